"""ConversationHandler with PicklePersistence, as the library's conversationbot example has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.ext import (
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

from tests.benchmarks.speed.peers import form, ptb, surroundings

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import ContextTypes

    Context = ContextTypes.DEFAULT_TYPE

WELCOMED, TICKING, CHOOSING, COMMENTING, WRITING, SAVED, REVIEWING = range(7)
STATES = {"many": TICKING, "one": CHOOSING, "words": WRITING, "contact": WRITING}


async def start(update: Update, context: Context) -> int:
    """Somebody begins, perhaps anew."""
    context.user_data.clear()
    context.user_data["at"] = -1
    await ptb.replied(update, form.WELCOME)
    return WELCOMED


async def onward(update: Update, context: Context) -> int:
    """The next question."""
    context.user_data["at"] += 1
    at = context.user_data["at"]
    await ptb.turned(update, form.asked(at))
    return REVIEWING if at == form.LAST else STATES[form.QUESTIONS[at].kind]


async def tick(update: Update, context: Context) -> int:
    """One of several options, on or off."""
    at, option = map(int, update.callback_query.data.split(":")[1:])
    context.user_data.setdefault(at, set()).symmetric_difference_update({option})
    await ptb.turned(update, form.asked(at, context.user_data[at]))
    return TICKING


async def choose(update: Update, context: Context) -> int:
    """The only option; its comment or the next question follows."""
    at, option = map(int, update.callback_query.data.split(":")[1:])
    context.user_data[at] = option
    if not form.QUESTIONS[at].comment:
        return await onward(update, context)
    await ptb.turned(update, form.comment(at))
    return COMMENTING


async def write(update: Update, context: Context) -> int:
    """A comment, or an answer in words."""
    at, words = context.user_data["at"], update.message.text
    context.user_data[f"words {at}"] = words
    await ptb.replied(update, form.saved(at, words))
    return SAVED


async def send(update: Update, _: Context) -> int:
    """Everything is said."""
    await ptb.turned(update, form.SENT)
    return ConversationHandler.END


def main() -> None:
    """Run the bot."""
    following = CallbackQueryHandler(onward, pattern="^next$")
    words = MessageHandler(filters.TEXT & ~filters.COMMAND, write)
    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            WELCOMED: [following],
            TICKING: [CallbackQueryHandler(tick, pattern="^pick:"), following],
            CHOOSING: [CallbackQueryHandler(choose, pattern="^pick:")],
            COMMENTING: [words, following],
            WRITING: [words, following],
            SAVED: [following],
            REVIEWING: [CallbackQueryHandler(send, pattern="^send$")],
        },
        fallbacks=[CommandHandler("start", start)],
        name="survey",
        persistent=True,
    )
    kept = PicklePersistence(filepath=surroundings.FOLDER / "conversations.pickle")
    application = ptb.builder().persistence(kept).build()
    application.add_handler(conversation)
    ptb.run(application)


if __name__ == "__main__":
    main()
