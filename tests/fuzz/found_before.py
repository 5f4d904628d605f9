"""What chance once found, kept: ``found/*.jsonl``, one input a line with the reason it is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("found")


def found(what: str) -> list[dict[str, Any]]:
    """The inputs of a kind, each with why it is kept."""
    lines = (FOLDER / f"{what}.jsonl").read_text("ascii").splitlines()
    return [json.loads(each) for each in lines]
