"""What a setting accepts, in words."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic.fields import FieldInfo


def field_at(settings: type[BaseModel], loc: Sequence[str | int]) -> FieldInfo | None:
    """The setting of this path, or the table; None for one that there is not."""
    model: Any = settings
    found = None
    for part in loc:
        if isinstance(part, int):
            break
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return None
        found = model.model_fields.get(part)
        if found is None:
            return None
        model = found.annotation
    return found


def is_json(field: FieldInfo) -> bool:
    """Whether a setting is written as JSON where it is no line of the file: a list, or a table."""
    return _is_list(field.annotation) or _is_table(field.annotation)


def accepted(field: FieldInfo) -> str:
    """What may stand there."""
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        return f"must be {' or '.join(map(str, get_args(kind)))}"
    if _is_list(kind):
        many, one = ("whole numbers", "1") if get_args(kind)[0] is int else ("texts", '"…"')
        return f"must be a list of {many} in brackets: [{one}]"
    if _is_table(kind):
        return f"must be a table with keys: {', '.join(kind.model_fields)}"
    if kind is bool:
        return "must be true or false"
    if kind is int:
        return f"must be a whole number{_range(field)}"
    return "must be a path in quotes" if kind is Path else "must be a text in quotes"


def _is_list(kind: object) -> bool:
    return get_origin(kind) is tuple


def _is_table(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _range(field: FieldInfo) -> str:
    least = next((each.ge for each in field.metadata if isinstance(each, Ge)), None)
    most = next((each.le for each in field.metadata if isinstance(each, Le)), None)
    if least is None:
        return ""
    return f" from {least} to {most}" if most is not None else f", {least} or more"


def nearest(key: str, known: Iterable[str]) -> str:
    """What was meant by an unknown name."""
    names = list(known)
    close = difflib.get_close_matches(key, names, 1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(names)}"
