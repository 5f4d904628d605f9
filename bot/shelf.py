"""The instruments that are installed: read once at start, older editions from the database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import SettingsError
from flows import consistency, definition, interpretation, lint, loader, published
from flows.consistency import Rules
from storage import definitions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

    from flows.instrument import Instrument
    from flows.interpretation import Interpretation
    from flows.lint import Finding
    from flows.published import Published
    from storage.database import Database, Tx


@dataclass(slots=True)
class Shelf:
    """Instruments by id, in the order of their folders, and editions as they are needed."""

    instruments: dict[str, Instrument]
    findings: tuple[Finding, ...] = ()
    published: dict[str, dict[str, Published]] = field(default_factory=dict)
    """Rounds that were published as tables, by instrument and name."""
    interpretations: dict[str, tuple[Interpretation, ...]] = field(default_factory=dict)
    """What the document of an instrument leaves open, and how it is read."""
    consistency: dict[str, Rules] = field(default_factory=dict)
    """What in an assessment contradicts itself, by instrument."""
    _editions: dict[tuple[str, str], Instrument] = field(default_factory=dict)

    def get(self, instrument_id: str) -> Instrument | None:
        """The installed edition of an instrument, or None."""
        return self.instruments.get(instrument_id)

    def rules(self, instrument_id: str) -> Rules:
        """What is looked at before a self-assessment is sent; nothing where no file says so."""
        return self.consistency.get(instrument_id, Rules())

    async def edition(self, tx: Tx, instrument_id: str, edition: str) -> Instrument:
        """An edition that a session is pinned to. Raises KeyError where nobody has kept it."""
        installed = self.instruments.get(instrument_id)
        if installed is not None and installed.edition == edition:
            return installed
        key = instrument_id, edition
        if key not in self._editions:
            body = await definitions.body(tx, instrument_id, edition)
            if body is None:
                raise KeyError(f"{instrument_id} {edition}")
            self._editions[key] = definition.restore(body)
        return self._editions[key]

    async def keep(self, database: Database) -> None:
        """Put every installed edition into the database, so that sessions outlive it.

        Raises StorageError where the wording changed and the edition did not.
        """
        async with database.writing() as tx:
            for each in self.instruments.values():
                body = definition.dump(each)
                await definitions.keep(tx, each.id, each.edition, definition.digest(each), body)


def read(folders: Iterable[Path] = ()) -> Shelf:
    """All instruments: those that come with Assay, then one a folder below each of ``folders``.

    Raises SettingsError where one of these is no folder.
    """
    roots: list[Traversable] = [resources.files("flows") / "instruments", *folders]
    stock = Shelf({})
    findings: list[Finding] = []
    for root in roots:
        if not root.is_dir():
            problem = f"instruments.folders: {root} is no folder; make it, or leave it out"
            raise SettingsError([problem])
        for folder in sorted(root.iterdir(), key=lambda each: each.name):
            if not (folder / "instrument.toml").is_file():
                continue
            texts = _texts(folder, findings)
            if texts is None:
                continue
            instrument, found = _loaded(folder.name, texts, stock.instruments)
            findings.extend(found)
            if instrument is not None:
                stock.instruments[instrument.id] = instrument
                findings.extend(_beside(folder, instrument, stock))
    return replace(stock, findings=tuple(findings))


def _beside(folder: Traversable, instrument: Instrument, stock: Shelf) -> list[Finding]:
    """Put what lies beside an instrument on the shelf: its published rounds, the readings that
    its document leaves open, and what in its answers contradicts itself.
    """
    findings: list[Finding] = []
    rounds: dict[str, Published] = {}
    for name, text in _tomls(folder / "published", findings):
        found, slips = published.load(name, text, instrument)
        findings.extend(slips)
        if found is not None:
            rounds[name] = found
    stock.published[instrument.id] = rounds
    stock.interpretations[instrument.id] = ()
    for name, text in _tomls(folder / "interpretations", findings):
        if name == instrument.edition:
            readings, slips = interpretation.load(text, instrument)
            findings.extend(slips)
            stock.interpretations[instrument.id] = readings
    stock.consistency[instrument.id] = Rules()
    for name, text in _tomls(folder / "consistency", findings):
        if name == instrument.edition:
            rules, slips = consistency.load(text, instrument)
            findings.extend(slips)
            stock.consistency[instrument.id] = rules
    return findings


def _tomls(folder: Traversable, findings: list[Finding]) -> list[tuple[str, str]]:
    """The TOML files of a folder, if it is there: name without its ending, text."""
    texts = _texts(folder, findings) if folder.is_dir() else None
    return [(name.removesuffix(".toml"), text) for name, text in (texts or {}).items()]


def _loaded(
    folder: str, texts: dict[str, str], others: dict[str, Instrument]
) -> tuple[Instrument | None, list[Finding]]:
    """The instrument, unless one of its findings is an error, and its findings."""
    loaded = loader.load(folder, texts)
    found = list(loaded.findings)
    if loaded.instrument is None:
        return None, found
    found.extend(lint.lint(loaded.instrument))
    if loaded.instrument.id in others:
        message, cure = "another folder holds an instrument of this id", "rename one of them"
        found.append(lint.finding("duplicate-id", folder, message, cure))
    sound = all(each.severity != "error" for each in found)
    return (loaded.instrument if sound else None), found


def _texts(folder: Traversable, found: list[Finding]) -> dict[str, str] | None:
    texts: dict[str, str] = {}
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.name.endswith(".toml"):
            try:
                texts[each.name] = each.read_text("utf-8")
            except UnicodeDecodeError:
                place = f"{folder.name}/{each.name}"
                found.append(lint.finding("toml-syntax", place, "is not UTF-8", "save it as UTF-8"))
                return None
    return texts
