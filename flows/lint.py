"""What may be wrong with an instrument: findings, each with code, place and cure.

``flows.loader`` finds what the files get wrong; ``flows.rules`` look at an instrument whose form
is right, for what a participant would stumble over. Codes are stable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from flows.rules import MOST_JUMPS, MOST_ROWS, RULES

if TYPE_CHECKING:
    from flows.instrument import Instrument

Severity: TypeAlias = Literal["error", "warning"]


class Code(NamedTuple):
    """What a code means; an error keeps an instrument from being put to people."""

    severity: Severity
    meaning: str


CODES: dict[str, Code] = {
    "missing-file": Code("error", "`instrument.toml`, or the file of a language, is not there"),
    "unlisted-file": Code("warning", "a file belongs to no language in `translations`"),
    "toml-syntax": Code("error", "a file is not TOML; the message names line and column"),
    "unknown-key": Code("error", "a key that the format does not have"),
    "missing-key": Code("error", "a key that must be there"),
    "wrong-type": Code("error", "words where a number belongs, a number where words belong, …"),
    "wrong-value": Code("error", "the right type, but not a value that can be"),
    "folder-name": Code("error", "the folder is not named as the instrument's `id`"),
    "missing-translation": Code("warning", "words without a translation; the original is shown"),
    "unused-translation": Code("warning", "a translation of something that is not there"),
    "duplicate-id": Code("error", "two sections, themes, items, rows or contact lines share an id"),
    "duplicate-number": Code("error", "two items are printed with the same number"),
    "unknown-rename": Code("error", "`renamed` leads to an id that this edition does not have"),
    "unreachable-item": Code("error", "`only_if` can never be met, so nobody is asked"),
    "unknown-option": Code("error", "`only_if` names a row that its item does not have"),
    "unknown-theme": Code("error", "a criterion names a theme that its section does not have"),
    "empty-theme": Code("warning", "no criterion belongs to a theme"),
    "criterion-in-survey": Code("error", "only a benchmark has criteria"),
    "same-label": Code("error", "two rows of a card, or lines of contact details, read the same"),
    "unreachable-maximum": Code("error", "a criterion or section of which no point can be had"),
    "lonely-group": Code("warning", "a `group` with one row excludes nothing"),
    "needless-group": Code("warning", "a row is `alone` and in a `group`; `alone` says it all"),
    "idle-star": Code("warning", "a row is `starred` and excludes nothing"),
    "weights": Code("error", "the weights of a benchmark's sections do not add up to 100"),
    "needless-weight": Code("warning", "a section of a survey has a weight"),
    "text-entries": Code("error", "more than one option of a question asks for words"),
    "at-most": Code("error", "`at_most` is more than there are options"),
    "too-many-rows": Code("error", f"more than {MOST_ROWS} rows on one card"),
    "too-many-items": Code("error", f"more than {MOST_JUMPS} items and themes in the contents"),
    "too-long": Code("warning", "more words than one screen of a chat holds"),
    "blank-text": Code("error", "words that are empty in a language"),
    "control-character": Code("error", "a character that no reader sees, or sees as a box"),
    "stray-space": Code("warning", "words that begin or end with a space, or have two in a row"),
    "placeholder": Code("error", "`{…}` differ between the languages"),
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
    place = f"{instrument.id}/instrument.toml"
    return tuple(
        finding(code, f"{place}: {path}", message, cure)
        for rule in RULES
        for code, path, message, cure in rule(instrument)
    )
