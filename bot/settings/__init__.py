"""Every setting, from defaults, a TOML file, secret files and the environment, in that order."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.settings.parts import (
    Access,
    Anonymity,
    DatabasePart,
    Digests,
    Evidence,
    Instruments,
    Log,
    Mail,
    Metrics,
    Reminders,
    Reports,
    Retention,
    Telegram,
    Web,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "Access",
    "Anonymity",
    "DatabasePart",
    "Digests",
    "Instruments",
    "Log",
    "Mail",
    "Metrics",
    "Reminders",
    "Reports",
    "Retention",
    "Settings",
    "SettingsError",
    "Telegram",
    "Web",
    "load",
]


class SettingsError(Exception):
    """The configuration is wrong: one line a problem, each with its place and what is accepted."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="ASSAY_", env_nested_delimiter="__"
    )

    telegram: Telegram = Telegram()
    web: Web = Web()
    mail: Mail = Mail()
    database: DatabasePart = DatabasePart()
    access: Access = Access()
    reminders: Reminders = Reminders()
    digest: Digests = Digests()
    instruments: Instruments = Instruments()
    anonymity: Anonymity = Anonymity()
    retention: Retention = Retention()
    reports: Reports = Reports()
    evidence: Evidence = Evidence()
    metrics: Metrics = Metrics()
    log: Log = Log()

    @property
    def public_url(self) -> str:
        """The address at which people reach the pages, without a slash at its end."""
        return (self.web.public_url or f"http://{self.web.host}:{self.web.port}").rstrip("/")


def load(path: Path | None = None) -> Settings:
    """The settings from ``path``; without one, from ``./config.toml`` if it is there.

    Secret files are looked for in the folder that ``ASSAY_SECRETS`` or systemd's
    ``CREDENTIALS_DIRECTORY`` names: ``assay_telegram__token`` holds ``telegram.token``.
    Raises SettingsError.
    """
    if path is not None and not path.is_file():
        raise SettingsError([f"{path}: no such file; give the path of a TOML configuration"])
    found = path or Path("config.toml")
    _parsed(found)
    secrets = os.environ.get("ASSAY_SECRETS") or os.environ.get("CREDENTIALS_DIRECTORY")
    try:
        return _layered(found, secrets)
    except ValidationError as error:
        raise SettingsError([_problem(found, each) for each in error.errors()]) from None


def _parsed(path: Path) -> None:
    try:
        tomllib.loads(path.read_text("utf-8") if path.is_file() else "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: is not TOML: {error}"]) from None


def _layered(path: Path, secrets: str | None) -> Settings:
    """The settings with this file as their lowest layer; pydantic-settings fixes it by class."""

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            toml = TomlConfigSettingsSource(settings_cls, path)
            if secrets is None:
                return env_settings, toml
            files = NestedSecretsSettingsSource(
                file_secret_settings,
                secrets_dir=secrets,
                secrets_prefix="assay_",
                secrets_nested_delimiter="__",
                env_prefix="assay_",
            )
            return env_settings, files, toml

    return Layered()


def _problem(path: Path, error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        said = error["msg"].removeprefix("Value error, ")
        return f"{path}: {where}: {said}"
    *parents, key = error["loc"]
    part: Any = Settings
    for parent in parents:
        part = part.model_fields[str(parent)].annotation
    known = list(part.model_fields)
    close = difflib.get_close_matches(str(key), known, 1)
    cure = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"{path}: {where}: unknown key; {cure}"
