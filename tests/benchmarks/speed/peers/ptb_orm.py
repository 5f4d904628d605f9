"""Handlers that keep each answer with SQLAlchemy's ORM: a session and a commit an update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from tests.benchmarks.speed.peers import form, ptb
from tests.benchmarks.speed.peers.kept import Answer, Walk, make_tables, sessions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession
    from telegram import Update
    from telegram.ext import Application, ContextTypes

    Context = ContextTypes.DEFAULT_TYPE


async def start(update: Update, _: Context) -> None:
    """Somebody begins, perhaps anew."""
    async with sessions.begin() as session:
        walk = await _walk(session, update)
        walk.at = -1
    await ptb.replied(update, form.WELCOME)


async def onward(update: Update, _: Context) -> None:
    """The next question."""
    async with sessions.begin() as session:
        walk = await _walk(session, update)
        walk.at += 1
    await ptb.turned(update, form.asked(walk.at))


async def pick(update: Update, _: Context) -> None:
    """An option."""
    at, option = map(int, update.callback_query.data.split(":")[1:])
    async with sessions.begin() as session:
        answer = await _answer(session, update, at)
        if form.QUESTIONS[at].kind == "many":
            ticked = {int(each) for each in answer.options.split()} ^ {option}
            answer.options = " ".join(map(str, sorted(ticked)))
            screen = form.asked(at, ticked)
        else:
            answer.options = str(option)
            screen = form.comment(at)
            if not form.QUESTIONS[at].comment:
                walk = await _walk(session, update)
                walk.at += 1
                screen = form.asked(walk.at)
    await ptb.turned(update, screen)


async def write(update: Update, _: Context) -> None:
    """A comment, or an answer in words."""
    words = update.message.text
    async with sessions.begin() as session:
        walk = await _walk(session, update)
        answer = await _answer(session, update, walk.at)
        answer.words = words
    await ptb.replied(update, form.saved(walk.at, words))


async def send(update: Update, _: Context) -> None:
    """Everything is said."""
    async with sessions.begin() as session:
        walk = await _walk(session, update)
        walk.sent = True
    await ptb.turned(update, form.SENT)


async def _walk(session: AsyncSession, update: Update) -> Walk:
    chat = update.effective_chat.id
    walk = await session.get(Walk, chat)
    if walk is None:
        walk = Walk(chat=chat, at=-1)
        session.add(walk)
    return walk


async def _answer(session: AsyncSession, update: Update, question: int) -> Answer:
    key = (update.effective_chat.id, question)
    answer = await session.get(Answer, key)
    if answer is None:
        answer = Answer(chat=key[0], question=question, options="", words="")
        session.add(answer)
    return answer


async def _ready(_: Application[Any, Any, Any, Any, Any, Any]) -> None:
    await make_tables()


def main() -> None:
    """Run the bot."""
    application = ptb.builder().post_init(_ready).build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(onward, pattern="^next$"))
    application.add_handler(CallbackQueryHandler(pick, pattern="^pick:"))
    application.add_handler(CallbackQueryHandler(send, pattern="^send$"))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, write))
    ptb.run(application)


if __name__ == "__main__":
    main()
