"""Where the answers of a round come from: survey responses that the database counts, or the newest
version of every self-assessment.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Protocol, TypeAlias

from flows.instrument import Choice, Criterion
from flows.scoring import score
from flows.session import NOTHING
from flows.statistics import Counted, tally
from storage import assessments, figures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from flows.instrument import Instrument
    from flows.session import Answer
    from flows.statistics import Selection, Tally
    from storage.database import Tx


Divided: TypeAlias = "Mapping[Selection, Mapping[str, Tally]]"
"""Selection under the item that divides -> item -> tally."""


class Source(Protocol):
    """What was answered in one round of one instrument."""

    async def editions(self) -> tuple[str, ...]:
        """The editions that were answered, sorted."""
        ...

    async def counted(self, edition: Instrument) -> Counted:
        """What was counted of one edition; who was invited is not known here."""
        ...

    async def imported(self, edition: Instrument) -> int:
        """How many of these responses were collected elsewhere."""
        ...

    async def divided(self, edition: Instrument, by: str) -> Divided:
        """The tallies of every other item among those who made each selection under ``by``."""
        ...

    async def words(self, edition: Instrument, item: str) -> tuple[str, ...]:
        """Every text given with an item, in alphabetical order."""
        ...

    async def scores(self, edition: Instrument) -> tuple[Fraction, ...]:
        """The final scores, lowest first; none in a survey."""
        ...


class Responses:
    """Responses to a survey: counted by the database, none of them is read."""

    def __init__(self, tx: Tx, instrument_id: str, round_name: str) -> None:
        self._tx, self._instrument, self._round = tx, instrument_id, round_name

    async def editions(self) -> tuple[str, ...]:
        """The editions that were answered, sorted."""
        return await figures.editions(self._tx, self._instrument, self._round)

    async def counted(self, edition: Instrument) -> Counted:
        """What was counted of one edition."""
        return await figures.counted(self._tx, edition, self._round)

    async def imported(self, edition: Instrument) -> int:
        """How many of these responses were collected elsewhere."""
        return (await figures.counted(self._tx, edition, self._round, "import")).responded

    async def divided(self, edition: Instrument, by: str) -> Divided:
        """The tallies of every other item among those who made each selection."""
        return await figures.divided(self._tx, edition, self._round, by)

    async def words(self, edition: Instrument, item: str) -> tuple[str, ...]:
        """Every text given with an item."""
        return await figures.words(self._tx, edition, self._round, item)

    async def scores(self, edition: Instrument) -> tuple[Fraction, ...]:  # noqa: ARG002 - of the protocol
        """None: a survey has no score."""
        return ()


class Assessments:
    """The newest self-assessment of everybody who sent one. They are as many as companies, so they
    are held in memory.
    """

    def __init__(self, round_name: str) -> None:
        self._round = round_name
        self._said: defaultdict[str, list[Mapping[str, Answer]]] = defaultdict(list)

    @classmethod
    async def read(cls, tx: Tx, instrument_id: str, round_name: str) -> Assessments:
        """The self-assessments with an instrument in a round."""
        found = cls(round_name)
        async for each in assessments.sent(tx, instrument_id, round_name):
            found._said[each.edition].append(each.answers)
        return found

    async def editions(self) -> tuple[str, ...]:
        """The editions that were answered, sorted."""
        return tuple(sorted(self._said))

    async def counted(self, edition: Instrument) -> Counted:
        """What was counted of one edition."""
        said = self._said[edition.edition]
        required = [item.id for item in edition.items if item.required]
        complete = (all(one.get(item, NOTHING).given for item in required) for one in said)
        tallies = {
            item.id: tally(Counter(one[item.id].chosen for one in said if _given(one, item.id)))
            for item in edition.items
            if isinstance(item, Choice | Criterion)
        }
        key = edition.id, edition.edition, self._round
        return Counted(*key, None, len(said), sum(complete), tallies)

    async def imported(self, edition: Instrument) -> int:  # noqa: ARG002 - of the protocol
        """None: self-assessments are made here."""
        return 0

    async def divided(self, edition: Instrument, by: str) -> Divided:
        """The tallies of every other criterion among those who made each selection."""
        parts: defaultdict[Selection, list[Mapping[str, Answer]]] = defaultdict(list)
        for one in self._said[edition.edition]:
            if _given(one, by):
                parts[one[by].chosen].append(one)
        return {
            made: {
                each.id: tally(Counter(one[each.id].chosen for one in them if _given(one, each.id)))
                for each in edition.criteria
                if each.id != by
            }
            for made, them in parts.items()
        }

    async def words(self, edition: Instrument, item: str) -> tuple[str, ...]:  # noqa: ARG002 - of the protocol
        """None: nothing is written in words in a self-assessment."""
        return ()

    async def scores(self, edition: Instrument) -> tuple[Fraction, ...]:
        """The final scores, lowest first."""
        return tuple(sorted(score(edition, one).floor for one in self._said[edition.edition]))


def _given(answers: Mapping[str, Answer], item: str) -> bool:
    return answers.get(item, NOTHING).given
