"""The definition of an instrument as others read it, and the form in which an edition is kept."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, assert_never

from flows.instrument import Choice, ContactDetails, Criterion, FreeText, Instrument

if TYPE_CHECKING:
    from flows.instrument import Option, ScoringItem, Section
    from flows.navigation import AnyItem


def definition(instrument: Instrument) -> dict[str, Any]:
    """What ``assay instruments show ID --json`` prints: a promise, changed only by adding."""
    return {
        "id": instrument.id,
        "version": instrument.edition,
        "kind": instrument.kind,
        "title": instrument.title,
        "sections": [_section(section) for section in instrument.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": section.id, "title": section.title}
    if section.weight is not None:
        shown["weight"] = section.weight
    if section.themes:
        shown["themes"] = [{"id": theme.id, "title": theme.title} for theme in section.themes]
    shown["items"] = [_item(item) for item in section.items]
    return shown


def _item(item: AnyItem) -> dict[str, Any]:
    match item:
        case Choice():
            kind = "single" if item.at_most == 1 else "multiple"
            return {**_question(item, kind), "comment": item.comment, "at_most": item.at_most}
        case FreeText():
            return _question(item, "text")
        case ContactDetails():
            fields = [each.model_dump(mode="json") for each in item.fields]
            return {**_question(item, "contact"), "fields": fields}
        case Criterion():
            return _criterion(item)
        case _:
            assert_never(item)


def _question(item: Choice | FreeText | ContactDetails, kind: str) -> dict[str, Any]:
    condition = item.only_if
    return {
        "id": item.id,
        "number": item.number,
        "kind": kind,
        "required": item.required,
        "text": item.text,
        "hint": item.hint,
        "options": [_option(row) for row in item.options] if isinstance(item, Choice) else [],
        "comment": None,
        "only_if": condition and condition.model_dump(mode="json"),
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "id": option.id,
        "text": option.text,
        "text_entry": option.text_entry,
        "alone": option.alone,
        "group": option.group,
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "number": criterion.number,
        "kind": "criterion",
        "required": criterion.required,
        "theme": criterion.theme,
        "text": criterion.text,
        "hint": criterion.hint,
        "heading": criterion.heading,
        "heading_number": criterion.heading_number,
        "maximum": criterion.maximum,
        "items": [_scoring_item(row) for row in criterion.rows],
    }


def _scoring_item(row: ScoringItem) -> dict[str, Any]:
    return {
        "id": row.id,
        "text": row.wording,
        "points": row.points,
        "starred": row.starred,
        "zero": row.zero,
        "alone": row.alone,
        "group": row.group,
    }


def dump(instrument: Instrument) -> str:
    """The canonical JSON of an instrument: nothing is lost, and equal instruments give equal text.

    What has its default is left out, so that a later key of the format changes no older edition.
    """
    body = instrument.model_dump(mode="json", exclude_defaults=True)
    for section, shown in zip(instrument.sections, body["sections"], strict=True):
        for item, each in zip(section.items, shown["items"], strict=True):
            each["kind"] = item.kind  # a default too, but the one that says which type to restore
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def restore(text: str) -> Instrument:
    """The instrument from its canonical JSON. Raises ValueError where it is none."""
    return Instrument.model_validate_json(text)


def digest(instrument: Instrument) -> str:
    """The SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(dump(instrument).encode()).hexdigest()
