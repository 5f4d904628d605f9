"""``assay check`` finds what ``assay run`` refuses, by its place, and touches nothing."""

from __future__ import annotations

import pytest

from tests.bot.test_cli import SURVEY, Assay, assay, files

__all__ = ["assay"]


def both(assay: Assay, **environment: str) -> str:
    """What ``check`` finds; ``run`` refuses the same, with the same exit code."""
    found = assay("check", exits=78, **environment).stdout.splitlines()
    refused = assay.refuses("run", exits=78, **environment)
    assert len(found) == 1
    assert refused.partition(": ")[0] == found[0].partition(": ")[0]
    return found[0]


WRONG = ["missing", "garbage", "another's", "another's, unused", "another program's"]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_key_file_that_opens_nothing_here_is_found(assay: Assay, wrong: str) -> None:
    assay("chat", SURVEY, typed="" if "unused" in wrong else "Start\n1\n")
    named = {"ASSAY_DATABASE__KEYS": "sqlite:///mine.keys"}
    mine = assay.folder / "mine.keys"
    match wrong:
        case "garbage":
            mine.write_text("not a database, but long enough" * 99)
        case "another's" | "another's, unused":
            other = {"ASSAY_DATABASE__URL": "sqlite:///other.sqlite3"}
            assay("chat", SURVEY, typed="Start\n1\n", **named, **other)
        case "another program's":
            mine.write_bytes((assay.folder / "assay.sqlite3").read_bytes())

    before = files(assay)
    found = assay("check", exits=78, **named).stdout

    assert found.startswith("ASSAY_DATABASE__KEYS: ")
    assert "mine.keys" in found
    assert files(assay) == before
    if wrong != "another program's":
        assert assay.refuses("run", exits=78, **named).startswith("ASSAY_DATABASE__KEYS: ")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            '[database]\nurl = "sqlite:///none/a"',
            "none is no folder; make it, or change database.url",
        ),
        (
            '[database]\nkeys = "sqlite:///none/a"',
            "none is no folder; make it, or change database.k",
        ),
        ('[web]\nhost = "no.such.host.invalid"', "web.host: no.such.host.invalid cannot be "),
        ("[web]\nenabled = false", "web.enabled is false and telegram.token is empty"),
    ],
    ids=["database", "keys", "host", "no door"],
)
def test_what_run_refuses_is_found_in_the_file(assay: Assay, config: str, said: str) -> None:
    (assay.folder / "config.toml").write_text(config, "utf-8")

    assert both(assay).startswith(f"config.toml: {said}")


def test_a_database_in_order_with_its_key_file_has_no_findings(assay: Assay) -> None:
    (assay.folder / "apart").mkdir()
    apart = {"ASSAY_DATABASE__KEYS": "sqlite:///apart/keys"}
    assay("chat", SURVEY, typed="Start\n1\n", **apart)

    assert assay("check", **apart).stdout.startswith(
        "2 instruments, no findings; database: schema "
    )
