"""Data that lies beside an instrument, a TOML file each: read by its type, every slip named."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from flows.lint import Finding, finding

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_CODES = {"extra_forbidden": "unknown-key", "missing": "missing-key"}
_CURES = {"unknown-key": "leave it out", "missing-key": "write it"}


def read(place: str, text: str, model: type[M]) -> tuple[M | None, tuple[Finding, ...]]:
    """The file as ``model``, or None and what is wrong with it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        cure = "mend that line; words stand in quotes, lists of tables under [[name]]"
        return None, (finding("toml-syntax", place, str(error), cure),)
    try:
        # Strict: a number in quotes is a slip. As JSON: there a list may be a tuple all the same.
        return model.model_validate_json(json.dumps(raw, default=str), strict=True), ()
    except ValidationError as error:
        return None, tuple(_slip(place, each) for each in error.errors(include_url=False))


def _slip(place: str, error: ErrorDetails) -> Finding:
    where = ".".join(str(part) for part in error["loc"])
    code = _CODES.get(error["type"], "wrong-value")
    cure = {"unknown-key": "leave it out", "missing-key": "write it"}.get(
        code, "write such a value"
    )
    return finding(code, f"{place}: {where}", error["msg"].removeprefix("Value error, "), cure)
