"""Plain handlers that keep nothing but where each chat is: the floor of what the library costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from tests.benchmarks.speed.peers import form, ptb

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import ContextTypes

    Context = ContextTypes.DEFAULT_TYPE


async def start(update: Update, context: Context) -> None:
    """Somebody begins."""
    context.user_data["at"] = -1
    await ptb.replied(update, form.WELCOME)


async def pressed(update: Update, context: Context) -> None:
    """A button: what it carries says what to show."""
    what, *where = update.callback_query.data.split(":")
    if what == "send":
        await ptb.turned(update, form.SENT)
    elif what == "pick":
        await ptb.turned(update, _picked(context, *map(int, where)))
    else:
        context.user_data["at"] += 1
        context.user_data.pop("ticked", None)
        await ptb.turned(update, form.asked(context.user_data["at"]))


def _picked(context: Context, at: int, option: int) -> form.Screen:
    if form.QUESTIONS[at].kind == "many":
        ticked = context.user_data["ticked"] = {*context.user_data.get("ticked", ()), option}
        return form.asked(at, ticked)
    if form.QUESTIONS[at].comment:
        return form.comment(at)
    context.user_data["at"] += 1
    return form.asked(at + 1)


async def typed(update: Update, context: Context) -> None:
    """Words, read and thrown away."""
    await ptb.replied(update, form.saved(context.user_data["at"], update.message.text))


def main() -> None:
    """Run the bot."""
    application = ptb.builder().build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(pressed))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, typed))
    ptb.run(application)


if __name__ == "__main__":
    main()
