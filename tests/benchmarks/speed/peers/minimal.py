"""The least that a bot with a database and a clock is: what a start is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram.ext import CommandHandler

from tests.benchmarks.speed.peers import form, ptb
from tests.benchmarks.speed.peers.kept import Walk, make_tables, sessions

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import Application, ContextTypes

scheduler = AsyncIOScheduler()


async def start(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Somebody begins."""
    async with sessions.begin() as session:
        await session.merge(Walk(chat=update.effective_chat.id, at=-1))
    await ptb.replied(update, form.WELCOME)


async def _beat() -> None:
    async with sessions() as session:
        await session.get(Walk, 0)


async def _ready(_: Application[Any, Any, Any, Any, Any, Any]) -> None:
    await make_tables()
    scheduler.add_job(_beat, "interval", seconds=30)
    scheduler.start()


def main() -> None:
    """Run the bot."""
    application = ptb.builder().post_init(_ready).build()
    application.add_handler(CommandHandler("start", start))
    ptb.run(application)


if __name__ == "__main__":
    main()
