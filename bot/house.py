"""What stays the same from visit to visit: the instruments, the rules, clock and chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from email.utils import parseaddr
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.guessing import Guesses
from bot.texts import in_words
from flows.reminding import Window
from flows.rounds import Cadence
from storage import sessions
from storage.people import MAIL

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.settings import Settings
    from bot.shelf import Shelf
    from bot.universe import Universe
    from flows.instrument import Instrument
    from storage.database import Tx
    from storage.keys import Keys
    from storage.people import Participant
    from storage.sessions import Kept


@dataclass(frozen=True, slots=True)
class Manners:
    """When people may be written to unasked, and by whose clock where they told none."""

    window: Window = field(default_factory=Window)
    cadence: Cadence = field(default_factory=Cadence)
    zone: tzinfo = UTC
    smallest_group: int = 5
    """From how many people up it is said where they stopped."""
    batch: int = 5
    """How many anonymous responses are let out together at least."""


@dataclass(frozen=True, slots=True)
class KeptFor:
    """For how many days what is kept (``bot.retaining``); 0 keeps it."""

    drafts: int = 30
    people: int = 365
    contact_details: int = 365
    audit: int = 730
    digests: int = 730


@dataclass(frozen=True, slots=True)
class House:
    """The rules of the house, and what stands on its shelf."""

    shelf: Shelf
    universe: Universe
    keys: Keys
    """What opens drafts, and responses that wait."""
    open_to_all: bool = False
    web_url: str = ""
    """Where the pages are; empty where there are none."""
    bot_name: str = ""
    """The Telegram bot's name; empty where none is known."""
    manners: Manners = field(default_factory=Manners)
    kept_for: KeptFor = field(default_factory=KeptFor)
    chat: str = "telegram"
    """The channel through which people can be written to."""
    mails: bool = False
    """Whether letters can leave."""
    sender: str = ""
    """In whose name letters are written; empty where the configuration names nobody."""
    guesses: Guesses = field(default_factory=Guesses)
    """What strangers tried lately; of this process alone."""

    @property
    def reaching(self) -> tuple[str, ...]:
        """The channels through which people are written to unasked."""
        return (self.chat, MAIL) if self.mails else (self.chat,)

    def links(self, token: str) -> tuple[str, ...]:
        """The links that carry a token, by the doors that are open."""
        telegram = f"https://t.me/{self.bot_name}?start={token}" if self.bot_name else ""
        return tuple(filter(None, (telegram, f"{self.web_url}/i/{token}" if self.web_url else "")))

    def day_of(self, moment: int) -> dict[str, str]:
        """The day of a second since 1970 by the house's clock, in words of every language."""
        return in_words(datetime.fromtimestamp(moment, self.manners.zone).date())


def zone_of(name: str | None, otherwise: tzinfo) -> tzinfo:
    """The time zone of a name; ``otherwise`` where there is none."""
    if name is None:
        return otherwise
    return UTC if name == "UTC" else ZoneInfo(name)


def open_house(settings: Settings, stock: Shelf, universe: Universe, keys: Keys) -> House:
    """The house that the settings describe."""
    told = settings.reminders
    return House(
        shelf=stock,
        universe=universe,
        keys=keys,
        open_to_all=settings.access.mode == "open",
        web_url=settings.public_url if settings.web.enabled else "",
        bot_name=settings.telegram.username,
        manners=Manners(
            window=Window(time(told.from_hour), time(told.to_hour)),
            cadence=Cadence(told.idle_days),
            zone=zone_of(told.zone, UTC),
            smallest_group=settings.reports.smallest_group,
            batch=settings.anonymity.batch,
        ),
        kept_for=KeptFor(**settings.retention.model_dump()),
        mails=settings.mail.sends,
        sender=parseaddr(settings.mail.sender)[0],
    )


async def under_way(house: House, tx: Tx, person: Participant) -> tuple[Instrument, Kept] | None:
    """The session a person is in, with the edition it is pinned to; None outside of one."""
    if person.instrument is None:
        return None
    kept = await sessions.load(tx, house.keys, person.id, person.instrument)
    if kept is None:
        return None
    return await house.shelf.edition(tx, kept.session.instrument, kept.session.edition), kept
