"""Text of the TOML files of one folder -> Instrument; all problems at once, each with its place.

The published wording stands in ``instrument.toml`` as plain strings; every other language has a
file of its own that gives words to the same ids. Pure: whoever calls has read the files.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import ValidationError

from flows.instrument import Instrument
from flows.lint import Finding, finding
from flows.misfits import misfits, named, written_instead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.misfits import Loc

MAIN = "instrument.toml"
Table: TypeAlias = dict[str, Any]
Address: TypeAlias = tuple[str, ...]

_ID = "*"  # stands for the id of the table in an address


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder holds: an instrument unless there was an error, and everything found."""

    instrument: Instrument | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Level:
    """One kind of table: which keys are words, at which address a translation has them, and
    which keys are lists of further tables.
    """

    words: Mapping[str, Address]
    lists: Mapping[str, _Level] = field(default_factory=dict)


_ITEM_WORDS = ("text", "hint", "heading", "comment")
_ITEM = _Level(
    {key: ("items", _ID, key) for key in _ITEM_WORDS},
    {
        "options": _Level({"text": ("options", _ID)}),
        "rows": _Level({"text": ("options", _ID), "stem": ("stems", _ID)}),
        "fields": _Level({"label": ("fields", _ID)}),
    },
)
_THEME = _Level({"title": ("themes", _ID)})
_SECTION = _Level({"title": ("sections", _ID)}, {"themes": _THEME, "items": _ITEM})
_INSTRUMENT = _Level(
    {"title": ("title",), "introduction": ("introduction",)}, {"sections": _SECTION}
)
_NOTE = ("note",)
_TRANSLATED = (
    "note", "title", "introduction", "sections", "themes", "items", "options", "stems", "fields",
)  # fmt: skip


def load(folder: str, files: Mapping[str, str]) -> Loaded:
    """The instrument in a folder, from the texts of its TOML files by name.

    A missing or unused translation is a warning: the original words stand in for it.
    """
    found: list[Finding] = []
    tables = {name: _parsed(folder, name, text, found) for name, text in files.items()}
    raw = tables.get(MAIN)
    if raw is None:
        if MAIN not in files:
            cure = f"put the questions into {MAIN}"
            found.append(finding("missing-file", f"{folder}/{MAIN}", "is not there", cure))
        return Loaded(None, tuple(found))
    walk = _Walk(folder, raw, found)
    languages = walk.languages(tables)
    data = walk.table(raw, _INSTRUMENT, ())
    walk.leftovers()
    instrument = _validated(folder, raw, {**data, **languages, **walk.note()}, found)
    if raw.get("id", folder) != folder:
        cure = f'name the folder {raw["id"]}, or write id = "{folder}"'
        found.append(finding("folder-name", f"{folder}/{MAIN}", f"id is '{raw['id']}'", cure))
    usable = all(each.severity != "error" for each in found)
    return Loaded(instrument if usable else None, tuple(found))


def _parsed(folder: str, name: str, text: str, found: list[Finding]) -> Table | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        cure = "mend that line; words stand in quotes, lists of tables under [[name]]"
        found.append(finding("toml-syntax", f"{folder}/{name}", str(error), cure))
        return None


def _validated(folder: str, raw: Table, data: Table, found: list[Finding]) -> Instrument | None:
    try:
        # Strict: a number in quotes is a slip, not a number.
        return Instrument.model_validate(data, strict=True)
    except ValidationError as error:
        place = f"{folder}/{MAIN}"
        found.extend(misfits(place, raw, error.errors(include_url=False)))
        return None


class _Walk:
    """One walk over the tables of an instrument; remembers which translations it met."""

    def __init__(self, folder: str, raw: Table, found: list[Finding]) -> None:
        self.folder = folder
        self.raw = raw
        self.found = found
        self.original = "en"
        self.translations: dict[str, dict[Address, Any] | None] = {}
        self.met: set[Address] = set()

    def languages(self, tables: Mapping[str, Table | None]) -> Table:
        """The languages of the instrument; finds files that are missing or not announced."""
        tags = self._announced()
        for tag in tags:
            name = f"{tag}.toml"
            table = tables.get(name)
            self.translations[tag] = None if table is None else dict(_leaves(table))
            if name not in tables:
                cure = f"add {name}, or take '{tag}' out of translations"
                self._add("missing-file", name, "is not there", cure)
        for name in sorted(tables.keys() - {MAIN, *(f"{tag}.toml" for tag in tags)}):
            tag = name.removesuffix(".toml")
            cure = f'write translations = ["{tag}"] in {MAIN}, or remove the file'
            self._add("unlisted-file", name, "belongs to no language of the instrument", cure)
        return {"languages": (self.original, *tags)}

    def _announced(self) -> tuple[str, ...]:
        tag, tags = self.raw.get("language"), self.raw.get("translations", [])
        if tag is None:
            self._add("missing-key", MAIN, "'language'", 'write language = "en"')
        elif not isinstance(tag, str):
            self._add("wrong-type", MAIN, "'language'", 'write language = "en"')
        else:
            self.original = tag
        if isinstance(tags, list) and all(isinstance(each, str) for each in tags):
            return tuple(tags)
        self._add("wrong-type", MAIN, "'translations'", 'write translations = ["zh"]')
        return ()

    def table(self, raw: Table, level: _Level, loc: Loc) -> Table:
        """The same table with its words in every language; pydantic sees to everything else."""
        done: Table = {}
        for key, value in raw.items():
            at = (*loc, key)
            if not loc and key in {"language", "translations"}:
                continue
            if not loc and key in {"languages", "translation_note"}:
                cure = "write language, translations, and a note in the translation's file"
                self._add("unknown-key", MAIN, f"'{key}'", cure)
            elif key in level.words:
                done[key] = self._words(value, raw.get("id"), level.words[key], at)
            elif key in level.lists and isinstance(value, list):
                inner = level.lists[key]
                done[key] = tuple(
                    self.table(each, inner, (*at, n)) if isinstance(each, dict) else each
                    for n, each in enumerate(value)
                )
            else:
                done[key] = _frozen(value)
        return done

    def _words(self, value: object, own_id: object, address: Address, at: Loc) -> dict[str, str]:
        where = None
        if _ID not in address or isinstance(own_id, str):
            where = tuple(str(own_id) if part == _ID else part for part in address)
            self.met.add(where)
        if not isinstance(value, str):
            path = named(f"{self.folder}/{MAIN}", self.raw, at[:-1])
            cure = "write words in quotes; translations stand in their own file"
            self.found.append(finding("wrong-type", path, f"'{at[-1]}' is no text", cure))
        elif where is not None:  # an id that is missing is found by the types
            return {self.original: value, **self._translated(where, value)}
        return {}

    def _translated(self, where: Address, original: str) -> dict[str, str]:
        words = {}
        for tag, table in self.translations.items():
            said = original if table is None else table.get(where)
            if said is None:
                self._missing(tag, where, original)
            elif not isinstance(said, str):
                path = f"{tag}.toml: {'.'.join(where)}"
                self._add("wrong-type", path, f"'{where[-1]}' is no text", "write words in quotes")
            words[tag] = said if isinstance(said, str) else original
        return words

    def _missing(self, tag: str, where: Address, original: str) -> None:
        *tables, key = where
        under = f" under [{'.'.join(_key(each) for each in tables)}]" if tables else ""
        start = original.strip()[:40].replace("\n", " ")
        cure = f'add {_key(key)} = "…"{under}'
        self._add("missing-translation", f"{tag}.toml: {'.'.join(where)}", f"of '{start}'", cure)

    def leftovers(self) -> None:
        """Finds what the translations say and nobody asks."""
        for tag, table in self.translations.items():
            said = table or {}
            tops = dict.fromkeys(address[0] for address in said)
            for top in (top for top in tops if top not in _TRANSLATED):
                cure = written_instead(top, _TRANSLATED)
                self._add("unknown-key", f"{tag}.toml", f"'{top}'", cure)
            for address in said:
                if address[0] in _TRANSLATED and address not in {*self.met, _NOTE}:
                    self._unused(tag, said, address)

    def _unused(self, tag: str, said: Mapping[Address, Any], address: Address) -> None:
        *tables, key = address
        path = ": ".join((f"{tag}.toml", *filter(None, [".".join(tables)])))
        if address[0] == "items" and key not in _ITEM_WORDS:
            self._add("unknown-key", path, f"'{key}'", written_instead(key, _ITEM_WORDS))
            return
        lacking = [each[-1] for each in self.met - said.keys() if each[:-1] == address[:-1]]
        self._add("unused-translation", path, f"'{key}'", written_instead(key, lacking))

    def note(self) -> Table:
        """What is said of a translation that is not the publisher's, by language."""
        notes = {tag: (table or {}).get(_NOTE, "") for tag, table in self.translations.items()}
        for tag, note in notes.items():
            if not isinstance(note, str):
                self._add("wrong-type", f"{tag}.toml", "'note' is no text", "write words in quotes")
                notes[tag] = ""
        return {"translation_note": {self.original: "", **notes}} if any(notes.values()) else {}

    def _add(self, code: str, name: str, message: str, cure: str) -> None:
        self.found.append(finding(code, f"{self.folder}/{name}", message, cure))


def _leaves(table: Table, above: Address = ()) -> Iterator[tuple[Address, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key), value


def _frozen(value: object) -> object:
    """Lists as tuples, which is what strict types ask for."""
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return value


def _key(key: str) -> str:
    """A key as TOML wants it written."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'
