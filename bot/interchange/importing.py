"""`assay import`: a file of responses into a round, all of it or nothing.

The file is read twice: once to find everything that is wrong before the database is touched, once
to bring the respondents in, in one transaction.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.interchange import json_form, surveymonkey
from bot.interchange.reading import Problem, Remark, Respondent
from flows.marks import layout
from flows.navigation import missing, relevant
from flows.session import dump_answer
from storage import responses
from storage.database import lock_person
from storage.responses import Kept, Response, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from bot.interchange.reading import Read
    from bot.universe import Universe
    from flows.instrument import Instrument
    from flows.session import Answer
    from storage.database import Database, Tx

Form: TypeAlias = Literal["surveymonkey", "json"]

_READERS = {"surveymonkey": surveymonkey.read, "json": json_form.read}
_ROUND = re.compile(r"[a-z0-9-]{1,40}")
_BATCH = 500
_MOST_SAID = 1000
"""Problems that are printed; of a wrong file with 100,000 rows nobody reads more."""


class ImportRefusedError(Exception):
    """The file cannot be taken; one line a problem. Nothing was changed."""


@dataclass(slots=True)
class Imported:
    """What became of the respondents of a file."""

    new: int = 0
    known: int = 0
    skipped: int = 0
    contacts: int = 0
    beside: int = 0
    remarks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = self.new + self.known + self.skipped
        counts = f"{self.new} new, {self.known} known already, {self.skipped} skipped (no answer)"
        parts = [f"{said} respondents read: {counts}"]
        if self.contacts:
            parts.append(f"contact details of {self.contacts} left out")
        if self.beside:
            parts.append(f"{self.beside} answers to questions that did not apply left out")
        return "; ".join([*parts, *self.remarks])


def acceptable_round(name: str, instrument: Instrument, published: Iterable[str]) -> None:
    """Raises ImportRefusedError for a name that no collected round may have."""
    if not _ROUND.fullmatch(name):
        what = "must be 1 to 40 small letters, digits and hyphens, such as 2021 or spring-2022"
        raise ImportRefusedError(f"--round {name}: {what}")
    if name in published:
        what = f"is a published round of {instrument.id}, which has no responses; name another"
        raise ImportRefusedError(f"--round {name}: {what}")


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The file, to be read more than once. Raises ImportRefusedError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            file.seek(0)
            yield file
    except io.UnsupportedOperation:
        raise ImportRefusedError(f"{path}: is no regular file; save it under a name") from None
    except OSError as error:
        raise ImportRefusedError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        what = "is not UTF-8; save it as “CSV UTF-8”, or export it again"
        raise ImportRefusedError(f"{path}: {what}") from None


def form_of(path: Path) -> Form:
    """What a file is, by its first character. Raises ImportRefusedError."""
    with opened(path) as file:
        for line in file:
            if line.strip():
                return "json" if line.strip()[0] in "{[" else "surveymonkey"
    raise ImportRefusedError(f"{path}: is empty; expected responses as CSV or JSON")


def examine(path: Path, form: Form, instrument: Instrument) -> None:
    """Read the whole file and keep nothing. Raises ImportRefusedError with all that is wrong."""
    problems: list[Problem] = []
    seen: dict[bytes, str] = {}
    with opened(path) as file:
        for each in _READERS[form](file, instrument):
            if isinstance(each, Problem):
                problems.append(each)
            elif isinstance(each, Respondent) and each.id:
                # A digest instead of the id: 100,000 of them stay small.
                key = hashlib.sha256(each.id.encode()).digest()[:16]
                before = seen.setdefault(key, each.place)
                if before != each.place:
                    what = f"found the respondent of {before} again; expected each once"
                    problems.append(Problem(each.place, what))
    _refuse(path, problems)


def _refuse(path: Path, problems: Sequence[Problem]) -> None:
    if not problems:
        return
    said = [f"{path}: {each}" for each in problems[:_MOST_SAID]]
    if len(problems) > _MOST_SAID:
        said.append(f"{path}: and {len(problems) - _MOST_SAID} more problems")
    raise ImportRefusedError("\n".join(said))


async def bring(
    database: Database,
    universe: Universe,
    instrument: Instrument,
    round_name: str,
    path: Path,
    form: Form,
) -> Imported:
    """Keep every respondent of the file that is not kept yet, in one transaction.

    Raises ImportRefusedError, and then none is.
    """
    done = Imported()
    problems: list[Problem] = []
    with opened(path) as file:
        said = _READERS[form](file, instrument)
        named = _Names(instrument, round_name).named(_answered(said, instrument, done, problems))
        async with database.writing() as tx:
            await lock_person(tx, f"import {instrument.id} {round_name}")
            while batch := dict(islice(named, _BATCH)):
                new = await _unknown(tx, instrument, batch, problems)
                done.new += len(new)
                done.known += len(batch) - len(new)
                await responses.add_imported(
                    tx,
                    instrument,
                    round_name,
                    {key: _final(instrument, each.answers) for key, each in new.items()},
                    token=universe.token,
                    period=universe.quarter(),
                )
            _refuse(path, problems)
    return done


def _answered(
    said: Iterable[Read], instrument: Instrument, done: Imported, problems: list[Problem]
) -> Iterator[Respondent]:
    """Those who answered anything, with the answers that count: as in a chat, what did not apply
    to somebody is no answer of theirs.
    """
    for each in said:
        match each:
            case Problem():  # the file changed since it was examined
                problems.append(each)
            case Remark():
                done.remarks.append(each.what)
            case Respondent():
                done.contacts += each.contact
                shown = {item.id for item in relevant(instrument, each.answers)}
                answers = {item: answer for item, answer in each.answers.items() if item in shown}
                done.beside += len(each.answers) - len(answers)
                if answers:
                    yield Respondent(each.place, each.id, answers)
                else:
                    done.skipped += 1


class _Names:
    """Ids that are the same whenever the same file is read, and tell nothing by themselves."""

    def __init__(self, instrument: Instrument, round_name: str) -> None:
        self._where = [instrument.id, round_name]
        self._equals: Counter[str] = Counter()

    def named(self, respondents: Iterable[Respondent]) -> Iterator[tuple[str, Respondent]]:
        """Each respondent under an id: of their own id, or of their answers and how many gave the
        same before.
        """
        for each in respondents:
            if each.id:
                yield self._digest("id", each.id), each
                continue
            said = {item: dump_answer(answer) for item, answer in sorted(each.answers.items())}
            content = self._digest("answers", said)
            self._equals[content] += 1
            yield self._digest("equal", [content, self._equals[content]]), each

    def _digest(self, kind: str, what: object) -> str:
        form = json.dumps([*self._where, kind, what], ensure_ascii=True, sort_keys=True)
        return hashlib.sha256(form.encode()).hexdigest()[:32]


def _final(instrument: Instrument, answers: Mapping[str, Answer]) -> Response:
    lacking = any(each.what == "answer" for each in missing(instrument, answers))
    return Response(answers, finished=not lacking)


async def _unknown(
    tx: Tx, instrument: Instrument, batch: Mapping[str, Respondent], problems: list[Problem]
) -> dict[str, Respondent]:
    """Those whom nobody knows yet; a known one must have said the same."""
    lines = layout(instrument)
    kept = await responses.kept(tx, list(batch))
    for key, before in kept.items():
        answers = batch[key].answers
        now = Kept(lines.line(answers), frozenset(words_of(Response(answers))))
        if now != before:
            what = "found a respondent who was imported with other answers; expected the same"
            problems.append(Problem(batch[key].place, what))
    return {key: each for key, each in batch.items() if key not in kept}
