"""Contacts as CSV: what can be used, and every row that cannot, with its reason."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

from bot.texts import LANGUAGES
from flows.entry import is_email, line
from storage.contacts import Contact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = tuple(each.name for each in fields(Contact))
LARGEST = 5_000_000
"""Bytes of a file of contacts that is read."""


LONGEST_CELL = 200
"""Characters of a name, a company or a certification."""
LONGEST_ADDRESS = 128
"""Characters of an e-mail address."""
MOST_IN_CHAT = 5_000
"""Contacts of a file that is sent to the bot: they are invited while everybody else waits."""


class ContactsError(Exception):
    """The file cannot be used; one line a problem, with its row and what would be accepted."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file of contacts holds: one a certification, and what is wrong with the rest."""

    contacts: tuple[Contact, ...]
    problems: tuple[str, ...] = ()
    """Rows that cannot be used, one line each."""
    overtaken: tuple[str, ...] = ()
    """Rows whose certification stands in a later version further down or up."""


def read(path: Path) -> Sheet:
    """The contacts of a CSV file with the header of ``HEADER``, UTF-8 with or without BOM.

    Raises ContactsError for a file that cannot be used at all.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ContactsError(f"{path}: cannot be read: {error.strerror}") from None
    return parse(content, str(path))


def uploaded(text: str) -> Sheet:
    """The contacts of a file that was sent to the bot. Raises ContactsError."""
    sheet = parse(text.encode(), "contacts")
    if len(sheet.contacts) > MOST_IN_CHAT:
        what = f"holds more than {MOST_IN_CHAT} contacts"
        raise ContactsError(f"contacts: {what}; split it, or use the command assay invite")
    return sheet


def parse(content: bytes, name: str) -> Sheet:
    """The contacts in the bytes of a file of this name. Raises ContactsError."""
    header, *rows = _rows(content, name) or [[]]
    if tuple(header) != HEADER:
        raise ContactsError(f"{name}: {_wrong(header)}the header must be {','.join(HEADER)}")
    problems: list[str] = []
    usable: list[tuple[int, Contact]] = []
    for number, cells in enumerate(rows, start=2):
        if not any(cells):
            continue
        row = [line(cell) for cell in cells]
        found = [f"{name}: row {number}: {each}" for each in _problems(row)]
        problems.extend(found)
        if not found:
            usable.append((number, Contact(*row)))
    if not usable and not problems:
        raise ContactsError(f"{name}: holds no contact below its header")
    contacts, overtaken = _latest(usable, name)
    return Sheet(contacts, tuple(problems), overtaken)


def _wrong(header: list[str]) -> str:
    """What is wrong with a first row that is not the header."""
    if not any(header):
        return "is empty: "
    if len(header) == 1 and header[0].count(";") == len(HEADER) - 1:
        return "row 1: is separated by semicolons; save it with commas: "
    missing = [each for each in HEADER if each not in header]
    few = 0 < len(missing) < len(HEADER)
    return f"row 1: {', '.join(missing)} missing; " if few else "row 1: "


def _latest(
    usable: list[tuple[int, Contact]], name: str
) -> tuple[tuple[Contact, ...], tuple[str, ...]]:
    """Of one certification the latest version; of two of one day, the lower row."""
    best: dict[str, tuple[int, Contact]] = {}
    overtaken: list[str] = []
    for number, contact in usable:
        known = best.get(contact.key)
        if known is None:
            best[contact.key] = number, contact
            continue
        newer = contact.certified_on >= known[1].certified_on
        loser, winner = (known[0], number) if newer else (number, known[0])
        what = "certification" if contact.certification else "address"
        overtaken.append(f"{name}: row {loser}: row {winner} has a later version of this {what}")
        if newer:
            best[contact.key] = number, contact
    return tuple(contact for _, contact in sorted(best.values(), key=_by_row)), tuple(overtaken)


def _by_row(numbered: tuple[int, Contact]) -> int:
    return numbered[0]


def _rows(content: bytes, name: str) -> list[list[str]]:
    if len(content) > LARGEST:
        raise ContactsError(f"{name}: is larger than {LARGEST // 1_000_000} MB; split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ContactsError(f"{name}: is not UTF-8; save it as “CSV UTF-8”") from None
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise ContactsError(f"{name}: is not CSV: {error}; look for a quote without end") from None


def _problems(row: list[str]) -> Iterator[str]:
    if len(row) != len(HEADER):
        yield f"does not have {len(HEADER)} cells"
        return
    contact = Contact(*row)
    for name in ("name", "company", "certification"):
        if len(getattr(contact, name)) > LONGEST_CELL:
            yield f"{name}: is longer than {LONGEST_CELL} characters"
    if len(contact.email) > LONGEST_ADDRESS:
        yield f"email: is longer than {LONGEST_ADDRESS} characters"
    elif not is_email(contact.email):
        yield "email: is not an e-mail address; write name@company.com"
    if contact.language not in LANGUAGES:
        yield f"language: must be one of {', '.join(LANGUAGES)}"
    if contact.certified_on and not _is_date(contact.certified_on):
        yield "certified_on: is not a date; write 2021-11-23, or leave it empty"


def _is_date(text: str) -> bool:
    """Whether this is a day in the one form that is kept: Python reads "20211123" as well."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
