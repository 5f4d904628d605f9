"""Saying what a row of the outbox is about, as things stand now: a card, a page or a file."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bot.channels import Ambiguous, LiveCard, RetryLater, Unreachable
from storage import people

if TYPE_CHECKING:
    from bot.channels import Channel
    from bot.conversation import Conversation
    from storage.outbox import Due


async def speak(talk: Conversation, channel: Channel, due: Due) -> None:
    """Say it; nothing, where there is nothing to be said any more.

    Raises Unreachable, RetryLater or Ambiguous, as the channel does.
    """
    if due.kind == "page":
        await _say_page(talk, channel, due)
    elif due.kind == "file":
        kind, _, benchmark = due.reference.partition(":")
        made = await talk.file(due.channel, due.address, kind, benchmark)
        if made is not None:  # whose it was may have asked to be forgotten meanwhile
            await channel.send_file(due.address, made[0])
    else:
        await _show_card(talk, channel, due)


async def _say_page(talk: Conversation, channel: Channel, due: Due) -> None:
    name, language, on = f"{due.reference}::".split(":")[:3]
    try:
        page = await talk.page(due.channel, due.address, name, language)
    except KeyError:
        return  # a page of the desk, for somebody who may not see it any more
    await channel.say(due.address, page, int(on) if on else None)


async def _show_card(talk: Conversation, channel: Channel, due: Due) -> None:
    card_is, _, note = due.reference.partition(":")
    shown, kept = await talk.redrawn(due.channel, due.address, note)
    live = LiveCard(kept.message_id, kept.day) if kept is not None else None
    fresh = card_is == "new"
    now_live = await channel.show(due.address, shown, None if fresh else live)
    if shown.card.name == "sent":
        # Which message was the last, and of which day, would tell when somebody finished.
        await _remember(talk, due, None)
    elif now_live != live:
        await _remember(talk, due, now_live)
    if now_live != live and live is not None:
        with suppress(Unreachable, RetryLater, Ambiguous):
            await channel.retire(due.address, live)


async def _remember(talk: Conversation, due: Due, live: LiveCard | None) -> None:
    card = None if live is None else people.LiveCard(live.message_id, live.day)
    async with talk.database.writing() as tx:
        await people.set_card(tx, due.channel, due.address, card)
