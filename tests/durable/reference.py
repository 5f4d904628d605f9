"""What must come of what people did: a small interpreter that shares no code with the product.

Written from ``docs/`` and from what cards say. It reads an instrument's file itself, and takes what
somebody did in the order in which they did it. A press counts where the person is at the place of
the card on which it stands; otherwise nothing changes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Place = tuple[str, ...]
"""Such as ``("item", "q1")``, ``("field", "q12", "name")`` or ``("review",)``."""
INTRODUCTION: Place = ("introduction",)
REVIEW: Place = ("review",)
CHECKS: Place = ("checks",)
"""What a company sees before it sends: rows that score without a link."""
SENT: Place = ("sent",)


@dataclass(frozen=True)
class Did:
    """One thing that somebody did: pressed on the card of a place, or typed (``on`` is None)."""

    on: Place | None
    what: str
    """tick, untick, choose, go, erase, send or say."""
    row: str = ""
    to: Place = ()
    words: str = ""


@dataclass(frozen=True)
class Form:
    """An instrument as its file says it."""

    id: str
    kind: str
    sections: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, folder: Path) -> Form:
        told = tomllib.loads((folder / "instrument.toml").read_text("utf-8"))
        return cls(told["id"], told["kind"], tuple(told["sections"]))

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for section in self.sections for item in section["items"]]

    def item(self, name: str) -> dict[str, Any]:
        return next(each for each in self.items if each["id"] == name)


def rows_of(item: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = item.get("options") or item.get("rows") or []
    return found


def is_single(item: dict[str, Any]) -> bool:
    return item["kind"] == "choice" and item.get("at_most") == 1


@dataclass
class Said:
    """What somebody answered to one item."""

    rows: set[str] = field(default_factory=set)
    none: bool = False
    other: str = ""
    words: str = ""
    """The comment on a choice, or the text itself."""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def given(self) -> bool:
        return bool(self.rows or self.none or any(self.fields.values()))


@dataclass
class Walk:
    """One person's way through one form."""

    form: Form
    at: Place = INTRODUCTION
    said: dict[str, Said] = field(default_factory=dict)
    returning: bool = False
    """Whether they come from the review, and "next" leads back to it."""

    def of(self, name: str) -> Said:
        return self.said.setdefault(name, Said())

    def asked(self) -> list[str]:
        """The items that are put, as things stand."""
        shown: list[str] = []
        for item in self.form.items:
            only = item.get("only_if")
            if only is None or (
                only["item"] in shown and self.of(only["item"]).rows & set(only["any_of"])
            ):
                shown.append(item["id"])
        return shown

    def after(self, name: str) -> Place:
        """Where "next" leads."""
        asked = self.asked()
        later = asked[asked.index(name) + 1 :] if name in asked else asked
        return REVIEW if self.returning or not later else ("item", later[0])

    def first_open(self) -> Place:
        for name in self.asked():
            if not self.answered(name):
                return ("item", name)
        return REVIEW

    def answered(self, name: str) -> bool:
        return self.of(name).given or (
            self.form.item(name)["kind"] == "text" and bool(self.of(name).words)
        )

    def missing(self) -> list[str]:
        """The items without which nothing can be sent."""
        return [name for name in self.asked() if self._lacks(name)]

    def _unproved(self) -> bool:
        """Whether a row that is worth points has no link: nobody here gives any."""
        return any(row.get("points") for row in self._ticked())

    def _ticked(self) -> Iterator[dict[str, Any]]:
        for name in self.asked():
            rows = self.of(name).rows
            yield from (row for row in rows_of(self.form.item(name)) if row["id"] in rows)

    def _lacks(self, name: str) -> bool:
        item, said = self.form.item(name), self.of(name)
        entry = [row["id"] for row in rows_of(item) if row.get("text_entry")]
        wordless = bool(said.rows & set(entry)) and not said.other
        needed = item.get("required") or item["kind"] == "criterion"
        return wordless or (bool(needed) and not self.answered(name))

    def does(self, did: Did) -> None:
        """Take what somebody did."""
        if self.at == SENT or (did.on is not None and did.on != self.at):
            return
        match did.what:
            case "go":
                self._go(did.to)
            case "say":
                self._say(did.words)
            case "erase":
                self.of(self.at[1]).words = ""
            case "none":
                self.said[self.at[1]] = Said(none=True)
            case "choose":
                self._choose(did.row)
            case "tick" | "untick":
                self._tick(did.row, on=did.what == "tick")
            case "send" if not self.missing():
                self.at = CHECKS if self.at == REVIEW and self._unproved() else SENT

    def _go(self, to: Place) -> None:
        if to[0] in {"item", "comment", "other", "field"} and to[1] not in self.asked():
            return
        if to[0] == "other" and not self._entry_of(to[1]):
            return
        away = to[0] in {"introduction", "review"}
        self.returning = (self.returning or self.at == REVIEW) and not away
        self.at = to

    def _entry_of(self, name: str) -> set[str]:
        """The ticked row that asks for words."""
        asks = {row["id"] for row in rows_of(self.form.item(name)) if row.get("text_entry")}
        return asks & self.of(name).rows

    def _choose(self, row: str) -> None:
        item = self.form.item(self.at[1])
        said = self.of(item["id"])
        said.rows = {row}
        if self._entry_of(item["id"]):
            self.at = ("other", item["id"])
            return
        said.other = ""
        self._beyond(item)

    def _beyond(self, item: dict[str, Any]) -> None:
        """From a single choice on: to what may be added to it, or further."""
        self.at = ("comment", item["id"]) if "comment" in item else self.after(item["id"])

    def _tick(self, row: str, *, on: bool) -> None:
        item = self.form.item(self.at[1])
        said = self.of(item["id"])
        if on == (row in said.rows):
            return
        before = set(said.rows)
        if on:
            kept = {each for each in before if not _clash(item, each, row)} | {row}
            if len(kept) > item.get("at_most", len(kept)):
                return
            said.rows, said.none = kept, False
        else:
            said.rows.discard(row)
        asks = {each["id"] for each in rows_of(item) if each.get("text_entry")}
        if asks & before - said.rows:
            said.other = ""
        if on and row in asks:
            self.at = ("other", item["id"])

    def _say(self, words: str) -> None:
        place, *names = self.at
        if place == "comment" or (place == "item" and self.form.item(names[0])["kind"] == "text"):
            said = self.of(names[0])
            said.words = f"{said.words}\n{words}" if said.words else words
        elif place == "other":
            self.of(names[0]).other = words
            item = self.form.item(names[0])
            if is_single(item):
                self._beyond(item)
            else:
                self.at = ("item", names[0])
        elif place == "field":
            self.of(names[0]).fields[names[1]] = words
            ids = [each["id"] for each in self.form.item(names[0])["fields"]]
            later = ids[ids.index(names[1]) + 1 :]
            self.at = ("field", names[0], later[0]) if later else ("item", names[0])

    def score(self) -> Fraction:
        """Of 100: each section its share of what its rows can be worth together."""
        total = Fraction(0)
        for section in self.form.sections:
            worth = sum(_worth(item, self.of(item["id"]).rows) for item in section["items"])
            most = sum(
                max(_worth(item, rows) for rows in _legal(item)) for item in section["items"]
            )
            total += section["weight"] * Fraction(worth, most)
        return total

    def final(self) -> dict[str, Said]:
        """What is sent: the answers to what is put."""
        return {name: self.of(name) for name in self.asked() if self.answered(name)}


def _worth(item: dict[str, Any], rows: Iterable[str]) -> int:
    return sum(row["points"] for row in rows_of(item) if row["id"] in set(rows))


def _legal(item: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every choice of rows that can stand together."""
    ids = [row["id"] for row in rows_of(item)]
    for many in range(len(ids) + 1):
        for rows in combinations(ids, many):
            if not any(_clash(item, *pair) for pair in combinations(rows, 2)):
                yield rows


def _clash(item: dict[str, Any], one: str, other: str) -> bool:
    """Whether two rows cannot stand together."""
    rows = {row["id"]: row for row in rows_of(item)}
    first, second = rows[one], rows[other]
    if one == other:
        return False
    same_group = first.get("group") is not None and first.get("group") == second.get("group")
    return bool(first.get("alone") or second.get("alone") or same_group)
