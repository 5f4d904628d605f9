"""Who asked to be written to: their details, apart from all answers but those they attached."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from bot.interchange.export_csv import defused
from bot.interchange.files import ExportRefusedError, whole
from flows.instrument import Choice, ContactDetails
from flows.marks import layout
from storage import responses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.shelf import Shelf
    from flows.instrument import Instrument
    from storage.database import Database, Tx
    from storage.responses import ContactRequest


async def export(
    database: Database, stock: Shelf, instrument: Instrument, round_name: str, out: Path
) -> int:
    """Write a line for each who asked, in an order that tells nothing; how many.

    Raises ExportRefusedError where nobody did, ExportFailedError.
    """
    async with database.reading() as tx:
        asked = await responses.contact_requests(tx, instrument.id, round_name)
        if not asked:
            what = f"{instrument.id} has no contact details in this round"
            cure = "they come with the responses they were given with; see assay rounds"
            raise ExportRefusedError(f"--round {round_name}: {what}; {cure}")
        attached = [await _answers(tx, stock, instrument, each) for each in asked]
    lines = _lines(instrument)
    with whole((out,)) as (part,), part.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, quoting=csv.QUOTE_ALL)
        table.writerow([*lines.values(), "answers", "texts"])
        for each, (ticks, texts) in zip(asked, attached, strict=True):
            details = [each.details.get(line, "") for line in lines]
            table.writerow([defused(cell) for cell in (*details, ticks, texts)])
    return len(asked)


def _lines(instrument: Instrument) -> dict[str, str]:
    """The lines of contact details, with what stands before each."""
    return {
        line.id: line.label[instrument.languages[0]]
        for item in instrument.items
        if isinstance(item, ContactDetails)
        for line in item.fields
    }


async def _answers(
    tx: Tx, stock: Shelf, instrument: Instrument, asked: ContactRequest
) -> tuple[str, str]:
    """What somebody attached: the options by question, and their texts."""
    if asked.answers is None or asked.edition is None:
        return "", ""
    edition = await stock.edition(tx, instrument.id, asked.edition)
    ticks = layout(edition).answers(asked.answers.marks)
    chosen = "\n".join(_in_words(edition, item, said.chosen) for item, said in ticks.items())
    texts = sorted(asked.answers.words)
    return chosen, "\n".join(f"{_number(edition, item)}. {words}" for item, _, words in texts)


def _in_words(edition: Instrument, item_id: str, chosen: Sequence[str]) -> str:
    """A question by its number, with what was ticked as it is printed."""
    item, language = edition.item(item_id), edition.languages[0]
    rows = item.rows if isinstance(item, Choice) else ()
    said = [row.text[language] for row in rows if row.id in chosen]
    return f"{_number(edition, item_id)}. {'; '.join(said or chosen)}"


def _number(edition: Instrument, item_id: str) -> str:
    item = edition.item(item_id)
    return item_id if item is None else item.number
