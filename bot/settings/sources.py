"""Where a setting comes from: a variable of the environment, a secret file, or the TOML file."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.settings.accepted import accepted, field_at, is_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

PREFIX = "ASSAY_"
NOT_SETTINGS = frozenset(f"{PREFIX}{each}" for each in ("SECRETS", "SEED", "TORTURE", "PLANT"))
"""Names of ours that set nothing: the folder of secrets, and three that the tests read."""


class SettingsError(Exception):
    """The configuration is wrong: one line a problem, each with its place and what is accepted."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Sources:
    """All that is not a default, and where it stands."""

    file: Path = Path("config.toml")
    said: Mapping[str, Any] = field(default_factory=dict)
    """What the file says."""
    secrets: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """What variables of the environment and secret files say, by their names; a name that stands in
    both is the environment's.
    """

    @classmethod
    def found(cls, file: Path) -> Sources:
        """What there is. Raises SettingsError for what cannot be read."""
        secrets = _secrets()
        values: dict[str, str] = {}
        if secrets is not None:
            values |= _in_folder(secrets)
        values |= {
            name: value for name, value in os.environ.items() if name.upper().startswith(PREFIX)
        }
        return cls(file, _parsed(file), secrets, values)

    def problems(self, settings: type[BaseModel]) -> Iterator[str]:
        """Names that set nothing, and values that are no JSON where a list or a table is wanted."""
        known = {each.upper(): each for each in _names(settings)}
        for name, value in sorted(self.values.items()):
            if name.upper() in NOT_SETTINGS:
                continue
            if name.upper() not in known:
                yield f"{self._place(name)}: unknown setting; {_meant(name, known)}"
                continue
            loc = tuple(name[len(PREFIX) :].lower().split("__"))
            if (of := field_at(settings, loc)) is not None and is_json(of):
                try:
                    json.loads(value)
                except ValueError:
                    yield f"{self._place(name)}: {'.'.join(loc)}: {accepted(of)}"

    def place(self, loc: Sequence[str | int]) -> str:
        """Where the setting of this path stands; the file for what is a default."""
        parts = [str(each) for each in loc if isinstance(each, str)]
        wanted = PREFIX + "__".join(parts).upper()
        beneath = [
            name
            for name in sorted(self.values)
            if (f"{name.upper()}__").startswith(f"{wanted}__")
            or wanted.startswith(f"{name.upper()}__")
        ]
        exact = [name for name in beneath if name.upper() == wanted]
        places = [self._place(name) for name in exact or beneath]
        if not places or (len(parts) == 1 and parts[0] in self.said and not exact):
            places.append(str(self.file))
        return ", ".join(dict.fromkeys(places))

    def _place(self, name: str) -> str:
        if name in os.environ or self.secrets is None:
            return name
        return str(self.secrets / name)


def _names(settings: type[BaseModel]) -> Iterator[str]:
    for part, of in settings.model_fields.items():
        yield f"{PREFIX}{part}"
        yield from (f"{PREFIX}{part}__{key}" for key in of.annotation.model_fields)  # type: ignore[union-attr]


def _meant(name: str, known: Mapping[str, str]) -> str:
    """The nearest name, spelled as this one is."""
    bare = {each.removeprefix(PREFIX): each for each in known}
    close = difflib.get_close_matches(name.upper().removeprefix(PREFIX), bare, 1)
    if not close:
        return f"names are like {PREFIX}WEB__PORT: a table of the file, two underscores, a key"
    meant = bare[close[0]]
    return f"did you mean {meant if name.isupper() else meant.lower()}?"


def _secrets() -> Path | None:
    for name in ("ASSAY_SECRETS", "CREDENTIALS_DIRECTORY"):
        said = os.environ.get(name)
        if said:
            if not Path(said).is_dir():
                problem = f"{name}: {said} is no folder; name one that holds a file a secret"
                raise SettingsError([problem])
            return Path(said)
    return None


def _in_folder(secrets: Path) -> dict[str, str]:
    """The secret files; those of others, which do not begin with our name, are left alone."""
    found = {}
    for each in sorted(secrets.iterdir()):
        if each.name.upper().startswith(PREFIX) and each.is_file():
            try:
                found[each.name] = each.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError):
                problem = f"{each}: cannot be read; let this user read it, as UTF-8"
                raise SettingsError([problem]) from None
    return found


def _parsed(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: is not TOML: {error}"]) from None
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from None
