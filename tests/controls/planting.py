"""Mistakes, each planted into the product before the tests are read: ``-p tests.controls.planting``
with ``ASSAY_PLANT`` naming one.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import bot.channels.telegram_intake as intake
from bot.channels import Ambiguous, telegram_text, web_pages
from bot.interchange import export_csv
from bot.saying import Saying
from storage import backups, database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def answered_before_commit() -> None:
    """The webhook says that it has taken an update, and takes it then."""
    module: Any = intake
    tasks = set()

    async def begun(work: Any) -> None:
        task = asyncio.ensure_future(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    module._to_its_end = begun


def retried_reminders() -> None:
    """A reminder whose call may have arrived is said again."""
    saying: Any = Saying
    called = saying._called

    async def again(self: Any, due: Any, claim: str, prepared: Any) -> Any:
        lost: list[Ambiguous] = []

        async def heard() -> None:
            try:
                await prepared()
            except Ambiguous as error:
                lost.append(error)
                raise

        outcome = await called(self, due, claim, heard)
        if lost:
            await self._postpone(due, claim, 1)
            return None
        return outcome

    saying._called = again


def deferred_transactions() -> None:
    """What reads before it writes gets its lock late."""
    module: Any = database
    begin = module._begin

    async def late(tx: Any, *, writes: bool) -> None:
        await begin(tx, writes=writes and tx.dialect.name == "postgresql")

    module._begin = late
    plain = module.Database.bare.__func__

    def unlocked(cls: Any, where: Any, held: Any = None) -> Any:
        made = plain(cls, where, held)
        if made._lock is not None:
            made._writer, made._lock = module._sqlite(where, 4), NoLock()
        return made

    module.Database.bare = classmethod(unlocked)


class NoLock:
    """Holds nobody up."""

    async def acquire(self) -> None:
        """Go on."""

    def release(self) -> None:
        """Nothing was held."""


def key_in_the_backup() -> None:
    """A backup brings the keys of drafts along."""
    module: Any = backups
    plain = module.backup

    def whole(url: str, target: Path) -> None:
        plain(url, target)
        source = module._sqlite(url, "", "")
        with closing(sqlite3.connect(target)) as copy, copy:
            copy.execute("ATTACH ? AS keys", (f"{source}.keys",))
            copy.execute("CREATE TABLE key AS SELECT * FROM keys.key")

    module.backup = whole


def unescaped_in_telegram() -> None:
    """What somebody wrote is markup in a message."""
    module: Any = telegram_text

    class Html:
        escape = staticmethod(lambda text, **_: text)

    module.html = Html


def unescaped_on_the_page() -> None:
    """What somebody wrote is markup on a page."""
    module: Any = web_pages
    plain = module.Environment
    module.Environment = lambda *args, **kwargs: plain(*args, **{**kwargs, "autoescape": False})


def formulas_in_cells() -> None:
    """What begins like a formula is one."""
    module: Any = export_csv
    module.defused = lambda cell: cell


def compared_by_prefix() -> None:
    """The beginning of a secret will do."""

    def admits(self: intake.Webhook, secret: str | None) -> bool:
        return bool(secret) and self.secret.startswith(str(secret))

    module: Any = intake.Webhook
    module.admits = admits


PLANTS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        answered_before_commit, retried_reminders, deferred_transactions, key_in_the_backup,
        unescaped_in_telegram, unescaped_on_the_page, formulas_in_cells, compared_by_prefix,
    )
}  # fmt: skip

PLANTS.get(os.environ.get("ASSAY_PLANT", ""), partial(int))()
