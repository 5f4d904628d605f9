"""The parts of the configuration, one class a table of the TOML file."""

from __future__ import annotations

import difflib
import re
from datetime import date
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from flows.rounds import MOST_REMINDERS, Cadence, Round, RoundError, planned
from storage.location import is_here


class Part(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _an_address(text: str) -> str:
    found = urlsplit(text)
    if text and not (found.scheme in {"http", "https"} and found.hostname):
        message = "is no address; write one that begins with https://, or http://"
        raise ValueError(message)
    return text


Address = Annotated[str, AfterValidator(_an_address)]
"""The address of pages, or of a server that speaks HTTP; empty where there is none."""


class Telegram(Part):
    """The Telegram door; it opens when a token is set."""

    token: SecretStr = SecretStr("")
    username: str = ""
    base_url: Address = "https://api.telegram.org/bot"
    base_file_url: Address = "https://api.telegram.org/file/bot"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: Address = ""
    webhook_secret: SecretStr = SecretStr("")

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_alphabet(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if not all(char.isascii() and (char.isalnum() or char in "_-") for char in value):
            message = "may hold letters, digits, _ and - only"
            raise ValueError(message)
        return secret

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> Telegram:
        if self.mode == "webhook" and not (
            self.webhook_url and self.webhook_secret.get_secret_value()
        ):
            message = 'mode "webhook" needs webhook_url and webhook_secret'
            raise ValueError(message)
        return self


class Web(Part):
    """The web door."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: Address = ""
    trusted_proxies: tuple[str, ...] = ()

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for each in proxies:
            try:
                ip_network(each)
            except ValueError:
                message = f"{each!r} is no address or network; write 127.0.0.1 or 10.0.0.0/24"
                raise ValueError(message) from None
        return proxies


_MAILBOX = re.compile(
    r"[\w.!#$%&'*+/=^`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII | re.IGNORECASE
)


class Mail(Part):
    """The door through which letters leave; it opens when a server or a folder is named."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    reply_to: str = ""
    folder: str = ""

    @property
    def sends(self) -> bool:
        """Whether letters can leave."""
        return bool(self.host or self.folder)

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        address = parseaddr(text)[1]
        dots = ".." in address or address.startswith(".") or ".@" in address
        if text and (dots or not text.isprintable() or not _MAILBOX.fullmatch(address)):
            message = 'is no address; write "Assay <assay@example.org>" or assay@example.org'
            raise ValueError(message)
        return text

    @model_validator(mode="after")
    def _is_whole(self) -> Mail:
        if self.host and self.folder:
            message = "host and folder exclude each other; letters go one way"
            raise ValueError(message)
        if self.sends and not self.sender:
            message = 'a host or a folder needs sender, such as "Assay <assay@example.org>"'
            raise ValueError(message)
        if self.host and self.username and self.security == "none" and not is_here(self.host):
            message = 'security "none" would show the password to everyone on the way to host'
            raise ValueError(message)
        return self


class Access(Part):
    """Who may answer."""

    mode: Literal["invited", "open"] = "invited"
    admins: tuple[int, ...] = ()
    """Owners, by Telegram's numeric ids."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        close = difflib.get_close_matches(name, available_timezones(), 1)
        cure = f"did you mean {close[0]}?" if close else "write one like Europe/Amsterdam"
        message = f"{name!r} is no time zone; {cure}"
        raise ValueError(message)
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
"""A time zone's name, such as Europe/Amsterdam."""


class Reminders(Part):
    """When people may be reminded, and by whose clock where they told none."""

    idle_days: tuple[int, ...] = (2, 7, 14)
    from_hour: int = Field(9, ge=4, le=23)
    to_hour: int = Field(18, ge=5, le=23)
    zone: Zone = "UTC"

    @field_validator("idle_days")
    @classmethod
    def _a_cadence(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        try:
            planned(Round("", "any", date.min, cadence=Cadence(days)))
        except RoundError:
            message = f"must be at most {MOST_REMINDERS} days from 1 on, each later than the last"
            raise ValueError(message) from None
        return days

    @model_validator(mode="after")
    def _a_window(self) -> Reminders:
        if self.to_hour <= self.from_hour:
            message = "to_hour must be later than from_hour"
            raise ValueError(message)
        return self


class Digests(Part):
    """What administrators are told, and when, unless they chose otherwise in their chat."""

    schedule: Literal["day", "week", "month", "never"] = "week"
    hour: int = Field(8, ge=4, le=23)
    on_day: int = Field(1, ge=1, le=31)
    zone: Zone = "UTC"
    recipients: tuple[str, ...] = ()

    @field_validator("recipients")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for each in addresses:
            if not _MAILBOX.fullmatch(each):
                message = f"{each!r} is no address; write name@company.com"
                raise ValueError(message)
        return addresses


class Instruments(Part):
    """Instruments beside those that come with Assay."""

    folders: tuple[Path, ...] = ()

    @field_validator("folders")
    @classmethod
    def _are_folders(cls, folders: tuple[Path, ...]) -> tuple[Path, ...]:
        for each in folders:
            if not each.is_dir():
                message = f"{each} is no folder; make it, or leave it out"
                raise ValueError(message)
        return folders


class Anonymity(Part):
    """How sent responses lose their senders."""

    batch: int = Field(5, ge=3)


class Retention(Part):
    """For how many days what is kept; 0 keeps it."""

    drafts: int = Field(30, ge=0)
    people: int = Field(365, ge=0)
    contact_details: int = Field(365, ge=0)
    audit: int = Field(730, ge=0)
    digests: int = Field(730, ge=0)


class Reports(Part):
    """What reports withhold so that nobody is known by few."""

    smallest_group: int = Field(5, ge=1)
    smallest_comments: int = Field(8, ge=1)


class Evidence(Part):
    """The public links behind the claims of a self-assessment."""

    open_links: bool = False


class Metrics(Part):
    """What a monitor may read."""

    enabled: bool = False


class Log(Part):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"
