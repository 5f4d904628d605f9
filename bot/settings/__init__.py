"""Every setting, from defaults, a TOML file, secret files and the environment, in that order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.settings.accepted import accepted, field_at, nearest
from bot.settings.kept import DatabasePart, KeyServerPart
from bot.settings.parts import (
    Access,
    Anonymity,
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
from bot.settings.sources import SettingsError, Sources

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "Access",
    "Anonymity",
    "DatabasePart",
    "Digests",
    "Instruments",
    "KeyServerPart",
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


class Settings(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="ASSAY_", env_nested_delimiter="__"
    )

    telegram: Telegram = Telegram()
    web: Web = Web()
    mail: Mail = Mail()
    database: DatabasePart = DatabasePart()
    key_server: KeyServerPart = KeyServerPart()
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

    _sources: Sources = PrivateAttr(default_factory=Sources)

    @property
    def public_url(self) -> str:
        """The address at which people reach the pages, without a slash at its end."""
        return (self.web.public_url or f"http://{self.web.host}:{self.web.port}").rstrip("/")

    def wrong(self, setting: str, said: object) -> SettingsError:
        """That a setting turned out to be wrong, with the place where it stands."""
        return SettingsError([f"{self._sources.place(setting.split('.'))}: {said}"])


def load(path: Path | None = None) -> Settings:
    """The settings from ``path``; without one, from ``./config.toml`` if it is there.

    Secret files are looked for in the folder that ``ASSAY_SECRETS`` or systemd's
    ``CREDENTIALS_DIRECTORY`` names: ``assay_telegram__token`` holds ``telegram.token``.
    Raises SettingsError.
    """
    if path is not None and not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise SettingsError([f"{path}: {what}; give the path of a TOML configuration"])
    sources = Sources.found(path or Path("config.toml"))
    if problems := list(sources.problems(Settings)):
        raise SettingsError(problems)
    try:
        found = _layered(sources)
    except ValidationError as error:
        raise SettingsError([_problem(sources, each) for each in error.errors()]) from None
    found._sources = sources  # noqa: SLF001 - its own: a setting knows its place only when loaded
    return found


def _layered(sources: Sources) -> Settings:
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
            toml = TomlConfigSettingsSource(settings_cls, sources.file)
            if sources.secrets is None:
                return env_settings, toml
            files = NestedSecretsSettingsSource(
                file_secret_settings,
                secrets_dir=sources.secrets,
                secrets_prefix="assay_",
                secrets_nested_delimiter="__",
                env_prefix="assay_",
            )
            return env_settings, files, toml

    return Layered()


def _problem(sources: Sources, error: ErrorDetails) -> str:
    loc = error["loc"]
    where = ".".join(map(str, loc))
    place = f"{sources.place(loc)}: {where}"
    if error["type"] == "value_error":
        return f"{place}: {error['msg'].removeprefix('Value error, ')}"
    if error["type"] != "extra_forbidden":
        field = field_at(Settings, loc)
        return f"{place}: {accepted(field) if field is not None else error['msg']}"
    *parents, key = loc
    of = field_at(Settings, parents)
    part: Any = Settings if of is None else of.annotation
    return f"{place}: unknown key; {nearest(str(key), part.model_fields)}"
