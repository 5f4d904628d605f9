"""An image holds the program alone: what must never get into one is named in .dockerignore."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATTERNS = [
    line
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def ignored(path: str) -> bool:
    """Whether a path is left out, by the rules of the builder as far as they are used here."""
    parts = path.split("/")
    for pattern in PATTERNS:
        if pattern.startswith("**/"):
            if any(fnmatchcase(part, pattern.removeprefix("**/")) for part in parts):
                return True
        elif fnmatchcase(parts[0], pattern):
            return True
    return False


@pytest.mark.parametrize(
    "path",
    [
        ".venv/bin/python", ".git/config", "config.toml", "secrets/assay_telegram__token", ".env",
        "assay.sqlite3", "assay.sqlite3-wal", "assay.sqlite3.keys", "assay.sqlite3.before-1",
        "data/assay.sqlite3", "data/assay.sqlite3.keys-wal", "mine.keys", "LINKS.csv",
    ],
)  # fmt: skip
def test_nothing_of_this_machine_gets_into_an_image(path: str) -> None:
    assert ignored(path)


@pytest.mark.parametrize(
    "path",
    [
        "Makefile", "pyproject.toml", "requirements.txt", "README.md", "LICENSE", "NOTICE",
        "bot/cli/__init__.py", "bot/settings/__init__.py", "storage/keys.py", "flows/__init__.py",
        "bot/locale/en.po", "config.example.toml",
    ],
)  # fmt: skip
def test_what_the_program_needs_gets_in(path: str) -> None:
    assert not ignored(path)
    assert (ROOT / path).is_file()
