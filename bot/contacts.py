"""Contacts as CSV, and the links that are written for them."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import astuple, fields
from datetime import date
from typing import TYPE_CHECKING

from bot import tokens
from bot.house import ROUND
from bot.texts import LANGUAGES
from flows.entry import is_email, line
from storage import invitations
from storage.invitations import Contact, Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bot.settings import Settings
    from bot.universe import Universe
    from storage.database import Database

HEADER = tuple(each.name for each in fields(Contact))
LINKS = (*HEADER, "telegram_link", "web_link")
DAYS_OPEN = 90
"""Days after which a link that nobody used is past its time."""


class ContactsError(Exception):
    """The file cannot be used; one line a problem, with its row and what would be accepted."""


def read(path: Path) -> tuple[Contact, ...]:
    """The contacts of a CSV file with the header of ``HEADER``, UTF-8 with or without BOM.

    Raises ContactsError that names every row that cannot be used; then none is.
    """
    header, *rows = _rows(path) or [[]]
    if tuple(header) != HEADER:
        raise ContactsError(f"{path}: row 1: the header must be {','.join(HEADER)}")
    problems: list[str] = []
    contacts: list[Contact] = []
    for number, cells in enumerate(rows, start=2):
        if not any(cells):
            continue
        row = [line(cell) for cell in cells]
        found = [f"{path}: row {number}: {each}" for each in _problems(row)]
        problems.extend(found)
        if not found:
            contacts.append(Contact(*row))
    if not contacts and not problems:
        problems.append(f"{path}: holds no contact below its header")
    if problems:
        raise ContactsError("\n".join(problems))
    return tuple(contacts)


def _rows(path: Path) -> list[list[str]]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ContactsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ContactsError(f"{path}: is not UTF-8; save it as “CSV UTF-8”") from None
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise ContactsError(f"{path}: is not CSV: {error}; look for a quote without end") from None


def _problems(row: list[str]) -> Iterator[str]:
    if len(row) != len(HEADER):
        yield f"does not have {len(HEADER)} cells"
        return
    contact = Contact(*row)
    if not is_email(contact.email):
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


async def invite(
    database: Database,
    settings: Settings,
    universe: Universe,
    contacts: Sequence[Contact],
    instrument: str,
    out: Path,
) -> int:
    """Write one single-use link a contact to ``out`` and keep their hashes; how many.

    The file is whole before the hashes are committed, and takes its name after: a link that was
    handed out always opens, and nothing is left behind by a failure. Raises ContactsError.
    """
    expires = universe.seconds() + DAYS_OPEN * 86_400
    part = out.with_name(out.name + ".part")
    try:
        # Whoever reads a link can answer in its owner's place: for nobody else's eyes.
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ContactsError(f"{part}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            async with database.writing() as tx:
                sheet = csv.writer(file)
                sheet.writerow(LINKS)
                for contact in contacts:
                    token = tokens.link_token(universe)
                    link = Link(tokens.digest(token), instrument, ROUND, expires)
                    await invitations.issue(tx, link, contact, new_id=universe.token())
                    sheet.writerow((*astuple(contact), *_links(settings, token)))
                file.flush()
                os.fsync(file.fileno())
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return len(contacts)


def _links(settings: Settings, token: str) -> tuple[str, str]:
    name = settings.telegram.username
    return (
        f"https://t.me/{name}?start={token}" if name else "",
        f"{settings.public_url}/i/{token}" if settings.web.enabled else "",
    )
