"""What may be wrong with an instrument: findings, each with code, path and cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from flows.instrument import Instrument

Severity: TypeAlias = Literal["error", "warning"]


class Code(NamedTuple):
    """What a code means: an error keeps an instrument from being put to people."""

    severity: Severity
    meaning: str


CODES: dict[str, Code] = {
    "missing-file": Code("error", "instrument.toml, or the file of a language, is not there"),
    "unlisted-file": Code("warning", "a file belongs to no language of `translations`"),
    "toml-syntax": Code("error", "a file is not TOML; the message has line and column"),
    "unknown-key": Code("error", "a key that the format does not have"),
    "missing-key": Code("error", "a key that must be there"),
    "wrong-type": Code("error", "a number where words belong, words where a number belongs, …"),
    "wrong-value": Code("error", "the right type, but not a value that can be"),
    "folder-name": Code("error", "the folder is not named as the instrument's `id`"),
    "missing-translation": Code("warning", "words without a translation; the original is shown"),
    "unused-translation": Code("warning", "a translation of something that does not exist"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of an instrument, where it stands, and what would mend it."""

    code: str
    path: str
    message: str
    cure: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """The finding in one line."""
        return f"{self.path}: {self.code} {self.message} - {self.cure}"


def finding(code: str, path: str, message: str, cure: str) -> Finding:
    """A finding with the severity of its code."""
    return Finding(code, path, message, cure, CODES[code].severity)


def lint(instrument: Instrument) -> tuple[Finding, ...]:
    """Everything that the types let pass and a participant would stumble over."""
    _ = instrument
    return ()
