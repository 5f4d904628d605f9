"""Files for administrators, made when they are sent: reports, exports, links, a digest's chart."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.channels import Attachment
from bot.fieldwork import access, digests, figures, inviting, sure
from bot.fieldwork.desk_parts import is_number
from bot.reports.apart import apart
from storage import administrators, audit, rounds
from storage.audit import Act as Deed

if TYPE_CHECKING:
    from bot.fieldwork.access import Act
    from bot.house import House
    from bot.settings import Reports
    from flows.rounds import Round
    from storage.administrators import Administrator
    from storage.database import Database, Tx

KINDS: Final[dict[str, Act]] = {
    "report": "report",
    "export": "export",
    "links": "invite",
    "digest": "digest",
}
"""The files, and the right that each takes, asked for once more when it is made."""
AGREED_SECONDS = 86_400
"""So long after the yes an export can be fetched: sending it may have to be tried for a while."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Documents:
    """Makes files for administrators."""

    house: House
    database: Database
    limits: Reports

    async def make(
        self, channel: str, address: str, kind: str, of: str
    ) -> tuple[Attachment, str] | None:
        """One file and the language it speaks; None where there is none, or none for them."""
        async with self.database.reading() as tx:
            who = await administrators.at_address(tx, channel, address)
        if who is None or not access.may(who.role, KINDS[kind]):
            return None
        made = await self._made(who, kind, of)
        return None if made is None else (made, who.language)

    async def _made(self, who: Administrator, kind: str, of: str) -> Attachment | None:
        if kind == "digest":
            if of.partition(":")[0] != str(who.id):
                return None
            async with self.database.reading() as tx:
                return await digests.picture(self.house, tx, of)
        if kind == "links":
            async with self.database.writing() as tx:
                content = await inviting.links(self.house, tx, of)
            return Attachment("links.csv", "text/csv; charset=utf-8", content)
        async with self.database.reading() as tx:
            found = await rounds.numbered(tx, int(of)) if is_number(of) else None
            if found is None or self.house.shelf.get(found.instrument) is None:
                return None
            answered = await figures.given(tx, found)
            agreed = kind == "export" and await self._agreed(tx, who, found, answered)
        if not answered:
            return None
        if kind == "report":
            scores = access.may(who.role, "scores")
            return await self._report(found, who.language, answered, scores=scores)
        return await self._export(found, who) if agreed else None

    async def _agreed(self, tx: Tx, who: Administrator, of: Round, rows: int) -> bool:
        """Whether this administrator said yes lately to the export of so many: what is given out
        row by row has been asked for once more, and is written down.
        """
        kind = self.house.shelf.instruments[of.instrument].kind
        since = self.house.universe.seconds() - AGREED_SECONDS
        act = Deed(since, sure.actor(who), "export", f"{of.instrument} {of.name}", rows)
        return access.may_export(who.role, kind) and await audit.was_noted(tx, act)

    async def report(self, number: int, language: str) -> Attachment | None:
        """The full report on a round; None where there is no such round."""
        async with self.database.reading() as tx:
            found = await rounds.numbered(tx, number)
            answered = await figures.given(tx, found) if found is not None else 0
        if found is None or self.house.shelf.get(found.instrument) is None:
            return None
        return await self._report(found, language, answered, scores=False)

    async def _report(
        self, of: Round, language: str, answered: int, *, scores: bool
    ) -> Attachment | None:
        """The report; of a few companies only for who may see the scores of each."""
        benchmark = self.house.shelf.instruments[of.instrument].kind == "benchmark"
        if benchmark and not scores and answered < self.limits.smallest_group:
            return None
        # What sets type takes long to import, and most visits need none of it.
        results = import_module("bot.reports.results.gathered")
        wish = results.Wish(of.instrument, of.name)
        async with self.database.reading() as tx:
            gathered = await results.gather(tx, self.house.shelf, wish, self.limits)
            step = await figures.step_of(self.house, tx, of)
            gathered = results.going_on(gathered, step, by_link=not self.house.open_to_all)
        content = await apart(_pdf, gathered, language)
        return Attachment(f"{of.instrument}-{of.name}.pdf", "application/pdf", content)

    async def _export(self, of: Round, who: Administrator) -> Attachment:
        exporting = import_module("bot.interchange.exporting")
        stock = self.house.shelf
        with tempfile.TemporaryDirectory(prefix="assay-export-") as folder:
            out = Path(folder) / "responses.xlsx"
            await exporting.export(
                self.database,
                stock,
                stock.instruments[of.instrument],
                of.name,
                "xlsx",
                out,
                language=who.language,
                smallest=self.limits.smallest_comments,
            )
            return Attachment(f"{of.instrument}-{of.name}.xlsx", _XLSX, out.read_bytes())


def _pdf(gathered: object, language: str) -> bytes:
    document = import_module("bot.reports.results.survey_results").build(gathered, language)
    made: bytes = import_module("bot.reports.pdf").render(document)
    return made
