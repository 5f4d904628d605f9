"""Opens the doors of a running product in order, and closes them in reverse."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import app as assay
from bot import outages, serving
from bot.channels import (
    Ambiguous,
    RetryLater,
    Unreachable,
    Unreadable,
    Uploaded,
    telegram,
    telegram_intake,
    telegram_reading,
    telegram_wire,
    web,
)
from bot.channels.mail import MailChannel
from bot.fieldwork import appointments
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.contacts import LARGEST
from bot.fieldwork.documents import Documents
from bot.fieldwork.post import Post
from bot.health import Health
from bot.heartbeat import EVERY, Heartbeat
from bot.listening import listen
from bot.sender import Sender
from bot.serving import stopping
from bot.texts import template
from bot.workspace.link_round import LinkRound
from storage import ledger
from storage.presence import Presence

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Coroutine

    from starlette.requests import Request
    from starlette.types import ASGIApp
    from telegram import Bot

    from bot.app import App
    from bot.channels import Channel, Incoming
    from bot.settings import Settings
    from bot.vitals import Vitals

log = logging.getLogger(__name__)

UNAVAILABLE = 503
SILENCE = 90.0
"""Seconds without a good answer of Telegram, or a look at the outbox, from which on something is
wrong."""
TOGETHER, BESIDE = 64, 8
"""Updates that Telegram delivers at the same time: to one writer, to several instances."""


async def run(
    settings: Settings, ready: Callable[[App], Coroutine[None, None, None]] | None = None
) -> None:
    """Open every door that is configured, and stay until a signal says to stop."""
    await serve(settings, stopping(), ready)


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[App], Coroutine[None, None, None]] | None = None,
) -> None:
    """Open every door that is configured, and stay until ``stop``.

    ``ready`` is called when the doors are open.
    """
    async with assay.built(settings, exclusive=True) as app, AsyncExitStack() as resources:
        listening = listen(settings)
        try:
            await appointments.keep_configured(settings, app.database, app.universe, alone=True)
            vitals = app.conversation.vitals
            async with asyncio.TaskGroup() as doors:
                # Closed after the last door: until then, what is in the air is in living hands.
                presence = Presence.at(settings.database.url)
                resources.push_async_callback(presence.close)
                sender = await _open_doors(app, doors, resources, stop, listening, presence)
                opens = settings.evidence.open_links
                links = LinkRound(app.house, app.database) if opens else None
                alarm = Alarm(app.house, app.database, sender, links)
                heart = Heartbeat(
                    app.database,
                    app.universe,
                    sender.wake,
                    alarm.ring,
                    sender.account_for_abandoned,
                    presence,
                    vitals,
                    app.house.keys,
                )
                vitals.expect("heartbeat", 3 * EVERY)
                doors.create_task(_leaving(stop, vitals))
                clock = heart.scheduler()
                clock.start()
                doors.create_task(heart.watch(clock, stop))
                resources.callback(clock.shutdown, wait=False)
                log.info("ready")
                if ready is not None:
                    welcome = doors.create_task(ready(app))
                    await stop.wait()
                    welcome.cancel()
        finally:
            log.info("stopped")


async def _leaving(stop: asyncio.Event, vitals: Vitals) -> None:
    """Say at /readyz that it is on its way out, as soon as it is."""
    await stop.wait()
    vitals.stopping = True


async def _open_doors(
    app: App,
    doors: asyncio.TaskGroup,
    resources: AsyncExitStack,
    stop: asyncio.Event,
    listening: socket.socket | None,
    presence: Presence,
) -> Sender:
    settings = app.settings
    channels: dict[str, Channel] = {}
    mail = MailChannel(settings.mail) if settings.mail.sends else None
    if mail is not None:
        resources.push_async_callback(mail.close)
    documents = Documents(app.house, app.database, settings.reports)
    app.conversation.documents = documents
    post = Post(app.house, app.database, channels, mail, documents)
    sender = Sender(app.database, app.conversation, channels, app.universe, post, presence=presence)
    app.conversation.wake = sender.wake
    app.conversation.speaker = sender
    routes: list[Route] = []
    if settings.telegram.token.get_secret_value():
        routes = await _open_telegram(app, doors, resources, stop, channels)
    vitals = app.conversation.vitals
    if channels or mail is not None:
        doors.create_task(sender.run(stop))
        vitals.expect("sender", SILENCE)
    health = Health(vitals, app.database, app.universe, app.house.keys)
    routes += health.routes(metrics=settings.metrics.enabled)
    if listening is not None and not settings.web.enabled:
        bare = Starlette(routes=routes, exception_handlers={ClientDisconnect: web.cut_off})
        doors.create_task(_serve(bare, listening, stop, settings))
    elif listening is not None:
        pages = web.app(
            app.conversation,
            public_url=settings.public_url,
            extra_routes=routes,
        )
        doors.create_task(_serve(pages, listening, stop, settings))
    return sender


async def _open_telegram(
    app: App,
    doors: asyncio.TaskGroup,
    resources: AsyncExitStack,
    stop: asyncio.Event,
    channels: dict[str, Channel],
) -> list[Route]:
    """Speak through Telegram from here on; the routes that a webhook needs."""
    told = app.settings.telegram
    bot = telegram_wire.open_bot(told.token.get_secret_value(), told.base_url, told.base_file_url)
    channel = telegram.TelegramChannel(bot)
    channels[channel.name] = channel
    app.conversation.told = frozenset(channels)
    intake = telegram_intake.Intake(
        app.conversation.take,
        _set_aside(app),
        channel.answer,
        fetch=_fetch(app, channel),
        tries=outages.tries,
    )
    doors.create_task(telegram.announce(bot, template))
    resources.push_async_callback(telegram_wire.close, bot)
    if told.mode == "polling":
        doors.create_task(_poll(bot, intake, stop, app.conversation.vitals))
        return []
    secret = told.webhook_secret.get_secret_value()
    vitals = app.conversation.vitals
    refused = partial(vitals.refuse, "telegram")
    # What comes together is taken together where there is one writer; elsewhere each takes a
    # connection of the database.
    at_once = TOGETHER if app.database.one_writer else BESIDE
    await telegram_intake.set_webhook(bot, told.webhook_url, secret, refused, at_once=at_once)
    good = partial(vitals.hears, "webhook")
    return [_webhook(telegram_intake.Webhook(secret, intake, good, channel.edit))]


def _fetch(app: App, channel: telegram.TelegramChannel) -> telegram_intake.Fetch:
    """Documents are fetched for administrators only, and only small ones: everybody else's stay
    where they are.
    """

    async def fetched(incoming: Incoming) -> Incoming:
        said = incoming.said
        expected = await app.conversation.expects_file(incoming.channel, incoming.address)
        if not (isinstance(said, Uploaded) and expected):
            return incoming
        if said.size > LARGEST:
            return replace(incoming, said=Unreadable("too_large"))
        try:
            return replace(incoming, said=await channel.fetch(said))
        except (Unreachable, RetryLater, Ambiguous):
            return replace(incoming, said=Unreadable("not_fetched"))

    return fetched


def _set_aside(app: App) -> Callable[[int, str], Awaitable[None]]:
    async def note(update_id: int, reason: str) -> None:
        app.conversation.vitals.set_aside.inc()
        app.conversation.vitals.outcomes.labels(telegram_reading.NAME, "set_aside").inc()
        async with app.database.writing() as tx:
            await ledger.set_aside(tx, update_id, reason, app.universe.day())

    return note


async def _poll(
    bot: Bot, intake: telegram_intake.Intake, stop: asyncio.Event, vitals: Vitals
) -> None:
    await telegram_intake.delete_webhook(bot)
    vitals.expect("telegram", SILENCE)
    polling = telegram_intake.Polling(
        bot,
        intake,
        good=partial(vitals.hears, "polling"),
        refused=partial(vitals.refuse, "telegram"),
    )
    await polling.run(stop)
    await intake.close()


def _webhook(hook: telegram_intake.Webhook) -> Route:
    async def receive(request: Request) -> Response:
        secret = request.headers.get("x-telegram-bot-api-secret-token")
        if not hook.admits(secret):
            return Response(status_code=403)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return Response(status_code=415)
        body = await web.read_body(request, telegram_intake.LONGEST_BODY)
        answer = await hook.receive(body, secret)
        if answer.call is not None:
            return JSONResponse(answer.call, background=BackgroundTask(_soon, answer.arrived))
        away = answer.status == UNAVAILABLE
        wait = {"Retry-After": str(telegram_intake.RETRY_AFTER)} if away else None
        return Response(status_code=answer.status, headers=wait)

    return Route("/telegram/webhook", receive, methods=["POST"])


async def _soon(arrived: Callable[[], None]) -> None:
    arrived()


async def _serve(
    pages: ASGIApp, listening: socket.socket, stop: asyncio.Event, settings: Settings
) -> None:
    proxies = list(settings.web.trusted_proxies)
    await serving.serve(
        pages, listening, stop, proxy_headers=bool(proxies), forwarded_allow_ips=proxies
    )
