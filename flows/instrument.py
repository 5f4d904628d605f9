"""What is asked: instruments, sections, items and rows; immutable, closed to unknown keys."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

if TYPE_CHECKING:
    from collections.abc import Iterable

Text: TypeAlias = dict[str, str]
"""Words of an instrument by language tag: ``{"en": "Yes", "zh": "是"}``."""

# Identifiers travel in Telegram's button data, which holds 64 bytes for everything; a colon
# separates its parts, so no identifier may contain one.
_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
ItemId: TypeAlias = Annotated[str, StringConstraints(pattern=_IDENTIFIER, max_length=20)]
RowId: TypeAlias = Annotated[str, StringConstraints(pattern=_IDENTIFIER, max_length=24)]
InstrumentId: TypeAlias = Annotated[str, StringConstraints(pattern=_IDENTIFIER, max_length=40)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Row(_Closed):
    """One row that can be ticked. ``alone`` excludes every other row, ``group`` its own group."""

    id: RowId
    text: Text
    alone: bool = False
    group: str | None = None


class Option(_Row):
    """A row under a question; ``text_entry`` marks the one that asks for words ("Other")."""

    text_entry: bool = False


class ScoringItem(_Row):
    """A row under a criterion, worth ``points``; ``starred`` is what the document prints."""

    points: int = Field(ge=0)
    starred: bool = False
    stem: Text | None = None

    @property
    def zero(self) -> bool:
        """Whether this is the table's zero row: no points, and nothing beside it."""
        return self.points == 0 and self.alone

    @property
    def wording(self) -> Text:
        """The whole wording: the stem, where there is one, and the alternative together."""
        if self.stem is None:
            return self.text
        return {tag: f"{self.stem[tag]} {words}" for tag, words in self.text.items()}


class OnlyIf(_Closed):
    """The item is put only to those who ticked one of ``any_of`` under an earlier ``item``."""

    item: ItemId
    any_of: Annotated[tuple[RowId, ...], Field(min_length=1)]


class _Item(_Closed):
    id: ItemId
    number: str
    text: Text
    hint: Text | None = None
    only_if: OnlyIf | None = None


class Choice(_Item):
    """Options to tick: one (``at_most = 1``), up to ``at_most``, or all that apply (None)."""

    kind: Literal["choice"] = "choice"
    required: bool = False
    at_most: Annotated[int, Field(ge=1)] | None = None
    options: Annotated[tuple[Option, ...], Field(min_length=2)]
    comment: Text | None = None

    @property
    def rows(self) -> tuple[Option, ...]:
        """The options, under the name that every kind with rows shares."""
        return self.options


class FreeText(_Item):
    """An answer in the participant's own words."""

    kind: Literal["text"] = "text"
    required: bool = False


class ContactField(_Closed):
    """One line of contact details; ``format`` "email" is checked for being an address."""

    id: ItemId
    label: Text
    format: Literal["line", "email"] = "line"


class ContactDetails(_Item):
    """Who may be contacted; every line optional, the answers are anonymous without them."""

    kind: Literal["contact"] = "contact"
    required: bool = False
    fields: Annotated[tuple[ContactField, ...], Field(min_length=1)]

    def field(self, field_id: str) -> ContactField | None:
        """The line with this id, or None."""
        return next((field for field in self.fields if field.id == field_id), None)


class Criterion(_Item):
    """A benchmark criterion: the rows of its table are worth points."""

    kind: Literal["criterion"] = "criterion"
    required: bool = True
    theme: ItemId
    heading: Text | None = None
    heading_number: str | None = None
    rows: Annotated[tuple[ScoringItem, ...], Field(min_length=1)]

    @cached_property
    def maximum(self) -> int:
        """The points of the best selection the rules allow: one row alone, or the free rows
        together with the best of each group ("Execution of the methodology", two exceptions).
        """
        together = [row for row in self.rows if not row.alone]
        best = {row.group: 0 for row in together if row.group is not None}
        for row in together:
            if row.group is not None:
                best[row.group] = max(best[row.group], row.points)
        free = sum(row.points for row in together if row.group is None)
        return max([free + sum(best.values()), *(row.points for row in self.rows if row.alone)])

    @property
    def has_zero(self) -> bool:
        """Whether the table has a zero row; where not, "none of these" is offered."""
        return any(row.zero for row in self.rows)


Item: TypeAlias = Annotated[
    Choice | FreeText | ContactDetails | Criterion, Field(discriminator="kind")
]


class Theme(_Closed):
    """A group of criteria within a section."""

    id: ItemId
    title: Text


class Section(_Closed):
    """A part of an instrument, in order; ``weight`` is its share of the final score, in percent."""

    id: ItemId
    title: Text
    weight: Annotated[int, Field(ge=0, le=100)] | None = None
    themes: tuple[Theme, ...] = ()
    items: Annotated[tuple[Item, ...], Field(min_length=1)]


class Instrument(_Closed):
    """A questionnaire or benchmark as published: one ``edition`` of it, in its languages."""

    id: InstrumentId
    edition: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    kind: Literal["survey", "benchmark"]
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    title: Text
    source: str
    introduction: Text
    translation_note: Text | None = None
    """Said of a translation that is not the publisher's; empty words in the language it has."""
    renamed: dict[str, str] = {}
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @cached_property
    def items(self) -> tuple[Choice | FreeText | ContactDetails | Criterion, ...]:
        """All items, in order, across the sections."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words of its questions and options: whoever answers uses them."""
        texts = [self.title, self.introduction]
        for item in self.items:
            texts += [item.text, *(option.text for option in getattr(item, "options", ()))]
        said = "\n".join(each for text in texts for each in text.values())
        return frozenset(re.findall(r"[\w'-]+", said))

    @cached_property
    def _by_id(self) -> dict[str, Choice | FreeText | ContactDetails | Criterion]:
        return {item.id: item for item in self.items}

    @cached_property
    def _section_of(self) -> dict[str, Section]:
        return {item.id: section for section in self.sections for item in section.items}

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria of a benchmark, in printed order; none in a survey."""
        return tuple(item for item in self.items if isinstance(item, Criterion))

    def item(self, item_id: str) -> Choice | FreeText | ContactDetails | Criterion | None:
        """The item with this id, or None where this edition has none."""
        return self._by_id.get(item_id)

    def section_of(self, item_id: str) -> Section:
        """The section an item stands in. Raises KeyError for an item this edition lacks."""
        return self._section_of[item_id]

    def theme_of(self, criterion: Criterion) -> Theme:
        """The theme a criterion belongs to. Raises StopIteration never: the linter saw to it."""
        themes = self.section_of(criterion.id).themes
        return next(theme for theme in themes if theme.id == criterion.theme)


def row_of(rows: Iterable[_Row], row_id: str) -> _Row | None:
    """The row with this id, or None."""
    return next((row for row in rows if row.id == row_id), None)
