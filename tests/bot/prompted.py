"""The commands in this process: quick, on a clock that is moved by hand, over a real database."""

from __future__ import annotations

import asyncio
import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

from bot import app, cli, log
from storage import people, reminders
from storage.database import Database
from storage.people import MAIL
from tests.bot.test_cli import CONTACTS, SURVEY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from storage.database import Tx
    from tests.bot.conftest import Clock


ANNA, WEI = "anna@example.org", "wei@example.org"
T = TypeVar("T")


def sit(
    folder: Path, clock: Clock, patch: pytest.MonkeyPatch, read: pytest.CaptureFixture[str]
) -> Prompt:
    """Have a folder with contacts, and be there."""
    (folder / "contacts.csv").write_text(CONTACTS, "utf-8")
    patch.chdir(folder)
    patch.setattr(app, "Universe", clock.universe)
    patch.setattr(log, "configure", lambda *_: None)  # it is the whole process's
    return Prompt(folder, clock, patch, read)


class Terminal(io.StringIO):
    """Somebody sits at it, and types this."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Said:
    """What a command said."""

    out: str
    err: str


@dataclass
class Prompt:
    """A folder with a database, and who runs commands there."""

    folder: Path
    clock: Clock
    patch: pytest.MonkeyPatch
    read: pytest.CaptureFixture[str]

    def __call__(self, *args: str, exits: int = 0, typed: str | None = None) -> Said:
        self.patch.setattr(sys, "argv", ["assay", *args])
        self.patch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = Said(*self.read.readouterr())
        assert (left.value.code or 0) == exits, said
        return said

    def refuses(self, *args: str) -> str:
        """The one line it says where it does nothing."""
        said = self(*args, exits=2)
        assert said.out == ""
        assert said.err.count("\n") == 1, said.err
        return said.err.rstrip("\n")

    def stored(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Do something to the database that the commands use."""
        return asyncio.run(self._stored(work))

    def audit(self) -> list[list[str]]:
        """Who did what on what for how many, the newest first."""
        return [line.split("\t")[1:] for line in self("audit").out.splitlines()]

    def invite(self) -> None:
        """Invite two people whom only mail reaches."""
        self("invite", "contacts.csv", "--instrument", SURVEY, "--out", "links.csv")

    async def _stored(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        database = await Database.open(f"sqlite:///{self.folder}/assay.sqlite3")
        try:
            async with database.writing() as tx:
                return await work(tx)
        finally:
            await database.close()


def fates(prompt: Prompt) -> dict[str, int]:
    """How many slots of the survey's endless round have which fate."""
    return dict(prompt.stored(lambda tx: reminders.tally(tx, SURVEY, "open")))


async def stop(tx: Tx) -> None:
    """Anna wants no reminders."""
    anna = await people.at_address(tx, MAIL, ANNA)
    assert anna is not None
    await people.set_reminders(tx, anna.id, wanted=False)
