"""Rounds in a database, as a test wants them, and the report on one."""

from __future__ import annotations

import itertools
import uuid

from bot.reports.results import gathered
from bot.reports.results.gathered import Results, Wish
from bot.settings import Reports
from flows.session import Answer
from storage import people, responses
from storage.responses import Response
from tests import companies
from tests import surveymonkey_2021 as survey_2021
from tests.flows.playing import RSCB

SURVEY = survey_2021.SURVEY


async def collect(database, instrument, said, *, round_name="open", unfinished=()) -> None:
    """Have these responses be collected elsewhere, in a round."""
    drawn = itertools.count()

    def token(kind: str = "word") -> str:
        name = f"{kind} {next(drawn)} of {round_name}, {instrument.edition}"
        return uuid.uuid5(uuid.NAMESPACE_OID, name).hex

    kept = {token("id"): Response(each, n not in unfinished) for n, each in enumerate(said)}
    async with database.writing() as tx:
        await responses.add_imported(
            tx, instrument, round_name, kept, token=token, period="2021-Q4"
        )


async def collect_2021(database, instrument, **round_) -> None:
    """The forty of 2021, of whom the last did not finish."""
    last = {survey_2021.UNFINISHED}
    await collect(database, instrument, survey_2021.respondents(), unfinished=last, **round_)


async def assess(database, instrument, *said) -> None:
    """Have one company after the other send a self-assessment."""
    async with database.writing() as tx:
        for n, answers in enumerate(said):
            person = await people.arrive(
                tx, "web", f"door-{n}", "en", new_id=f"p{n}", secret=b"0" * 16
            )
            await companies.sent(tx, person.id, instrument.id, instrument.edition, answers, at=n)


async def report(database, house, limits=None, **wish) -> Results:
    """What a report shows; of the survey of 2021 where nothing else is asked for."""
    wanted = Wish(**{"instrument": SURVEY, **wish})
    async with database.reading() as tx:
        return await gathered.gather(tx, house.shelf, wanted, limits or Reports())


def ticked(**items: str) -> dict[str, Answer]:
    """Answers from what is ticked: ``ticked(q6="q6a", q1="q1a q1b")``; "" is none of these."""
    return {item: Answer(chosen=tuple(rows.split()), none=not rows) for item, rows in items.items()}


def company(**other: str) -> dict[str, Answer]:
    """A company that does nothing, but for what is said otherwise."""
    nothing = {
        item.id: next((row.id for row in item.rows if row.zero), "") for item in RSCB.criteria
    }
    return ticked(**nothing | other)


def best_answers() -> dict[str, Answer]:
    """What gives every point there is."""
    answers = {}
    for item in RSCB.criteria:
        free = [row for row in item.rows if row.group is None and not row.alone and row.points]
        groups = {row.group for row in item.rows if row.group}
        best = [
            max((row for row in item.rows if row.group == group), key=lambda row: row.points)
            for group in groups
        ]
        alone = max(
            (row for row in item.rows if row.alone), key=lambda row: row.points, default=None
        )
        together = [row for row in item.rows if row in free or row in best]
        if alone is not None and alone.points > sum(row.points for row in together):
            together = [alone]
        answers[item.id] = Answer(tuple(row.id for row in together))
    return answers
