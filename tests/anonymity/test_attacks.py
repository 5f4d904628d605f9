"""Nobody who has everything but the key file finds out who said what, more often than chance does.

``ASSAY_SEED`` holds other surveys, ``ASSAY_TORTURE`` so many times more of them. The seed stands
still otherwise: with so many attacks at three standard errors each, one run in fifty would fail by
chance alone.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import releasing, submission
from storage import schema, sessions
from storage.database import Database
from tests.anonymity import naive, surveys
from tests.anonymity.attacks import ATTACKS, WATCHING, share
from tests.anonymity.surveys import SIZE, SIZES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.anonymity.evidence import Evidence, Links
    from tests.postgres import PostgresServer

SEED = int(os.environ.get("ASSAY_SEED", "606"))
MORE = int(os.environ.get("ASSAY_TORTURE", "1"))
SURVEYS = {"sqlite": 40 * MORE, "postgresql": 10 * MORE}
BATCH = 5
LEAST_GUESSES = 5
SEES_SOMETHING = {
    "sqlite": {
        "place_in_the_file", "place_in_the_index", "snapshots", "digests", "all_copies",
        "differences", "details_beside_words", "edition",
    },
    "postgresql": {
        "place_in_the_heap", "place_of_texts", "transaction_order", "place_in_the_file",
        "place_in_the_index", "carved_from_the_heap", "snapshots", "digests", "write_ahead_logs",
        "all_copies", "differences", "details_beside_words", "edition",
    },
}  # fmt: skip
"""Attacks that have something to go by in the product, too, and so are to be seen to guess."""
TIMEOUT = 600 * MORE


def bound(chance: float, responses: int) -> float:
    """What chance alone finds, and three standard errors more."""
    return chance + 3 * math.sqrt(chance * (1 - chance) / responses)


Watched = list[tuple["Evidence", "Links"]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory, postgres_server: PostgresServer) -> dict[str, Watched]:
    """All the surveys, held by the product, with what is true of each."""
    empty = tmp_path_factory.mktemp("empty") / "assay.sqlite3"
    schema.upgrade(f"sqlite:///{empty}")
    schema.upgrade(postgres_server.create("for_attacks"))
    found: dict[str, Watched] = {"sqlite": [], "postgresql": []}
    for number in range(SURVEYS["sqlite"]):
        folder = tmp_path_factory.mktemp("survey")
        shutil.copyfile(empty, folder / "assay.sqlite3")
        url = f"sqlite:///{folder / 'assay.sqlite3'}"
        found["sqlite"].append(_held(url, folder, SEED + number))
    for number in range(SURVEYS["postgresql"]):
        folder = tmp_path_factory.mktemp("survey")
        name = f"attacked_{number}"
        url = postgres_server.create(name, "for_attacks")
        found["postgresql"].append(_held(url, folder, SEED + 10_000 + number))
    return found


def _held(url: str, folder: Path, seed: int) -> tuple[Evidence, Links]:
    evidence, crowd = asyncio.run(surveys.held(url, folder, seed))
    said = evidence.said()
    # What may be left for ever: fewer than a batch of an edition of which no batch was let out.
    assert len(crowd.people) - BATCH < len(said) <= len(crowd.people)
    return evidence, crowd.truth(said)


@pytest.fixture(scope="module")
def careless(tmp_path_factory, postgres_server: PostgresServer) -> Watched:
    """The same, kept naively, on either database."""
    found = []
    for number, name in enumerate(("sqlite", "postgresql")):
        folder = tmp_path_factory.mktemp("naive")
        url = f"sqlite:///{folder / 'naive.sqlite3'}"
        where = url if name == "sqlite" else postgres_server.create("naive")
        evidence, crowd = naive.held(where, folder, SEED + number, SIZE)
        found.append((evidence, crowd.truth(evidence.said())))
    return found


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_in_the_end_nothing_tells_who_said_what(watched, database: str, name: str) -> None:
    _is_no_better_than(1 / min(SIZES), watched[database], name)
    if name in SEES_SOMETHING[database]:
        assert guesses(watched[database], name) > 0


def guesses(those: Watched, name: str) -> int:
    """How many guesses an attack makes about all these surveys."""
    return sum(share((ATTACKS | WATCHING)[name](each), truth)[1] for each, truth in those)


def _is_no_better_than(chance: float, those: Watched, name: str) -> None:
    right, of = 0, 0
    for evidence, truth in those:
        hits, there = share((ATTACKS | WATCHING)[name](evidence), truth)
        right, of = right + hits, of + there
    if of:
        found, most = right / of, bound(chance, of)
        assert found <= most, f"{name}: {found:.1%} of {of}, chance allows {most:.1%}; seed {SEED}"


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.parametrize("name", WATCHING)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_who_watches_all_the_time_finds_one_in_a_batch(watched, database: str, name: str) -> None:
    _is_no_better_than(1 / BATCH, watched[database], name)
    if name in SEES_SOMETHING[database]:
        assert guesses(watched[database], name) > 0


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.parametrize("name", [*ATTACKS, *WATCHING])
def test_every_attack_succeeds_where_answers_are_kept_naively(careless, name: str) -> None:
    attack, best = (ATTACKS | WATCHING)[name], 0.0
    for evidence, truth in careless:
        right, of = share(attack(evidence), truth)
        if of >= LEAST_GUESSES and right / of > bound(1 / BATCH, of):
            best = max(best, right / of)

    assert best, f"{name} finds nothing even there"


@pytest.mark.timeout(TIMEOUT)
def test_before_they_are_let_out_nobodys_words_are_in_any_file(watched) -> None:
    """Whoever takes copies finds words of released responses, and of no others."""
    for evidence, _ in watched["sqlite"]:
        for folder in evidence.copies:
            there = b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
            released = _released(folder)
            for mark in set(_CANARY.findall(there)):
                assert mark in released, f"{mark!r}; seed {SEED}"


@pytest.mark.timeout(TIMEOUT)
def test_what_was_never_let_out_is_in_no_file_of_postgresql(watched) -> None:
    """Neither in pages nor in its log: words that were held back, contact details, drafts."""
    for evidence, _ in watched["postgresql"]:
        asked = "SELECT words FROM comment UNION ALL SELECT details FROM contact_request"
        released = "\n".join(each for (each,) in evidence.ask(asked)).encode()
        there = {mark for file in evidence.files() for mark in _CANARY.findall(file.read_bytes())}
        ours = there & evidence.marks
        assert ours, "what was let out is in its files"
        assert not [mark for mark in ours if mark not in released], f"seed {SEED}"


_CANARY = re.compile(rb"(?:canary|name)[0-9a-f]{12}")


def _released(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / "assay.backup")) as copy:
        asked = "SELECT words FROM comment UNION ALL SELECT details FROM contact_request"
        rows = copy.execute(asked).fetchall()
    return "\n".join(words for (words,) in rows).encode()


@pytest.mark.timeout(TIMEOUT)
def test_no_log_names_a_person_or_holds_a_word_of_anybody(watched) -> None:
    for evidence, _ in (*watched["sqlite"], *watched["postgresql"]):
        assert evidence.log, "letting out is said"
        assert not [who for who in evidence.people if who in evidence.log]
        assert "canary" not in evidence.log


@pytest.mark.timeout(TIMEOUT)
def test_nobodys_id_is_on_the_answer_side(watched) -> None:
    tables = ("response", "comment", "tally", "collection", "contact_request", "pool")
    for evidence, _ in (*watched["sqlite"], *watched["postgresql"]):
        for table in tables:
            rows = str(evidence.ask(f"SELECT * FROM {table}"))
            assert not [who for who in evidence.people if who in rows]


# One mistake at a time, planted in the product itself: each is found by the attack it invites.


async def _nothing(*_: object, **__: object) -> None:
    """Leave it out."""


def _not_written_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(releasing.remixing, "write_anew", _nothing)
    patch.setattr(releasing.participation, "write_anew", _nothing)


def _in_the_senders_transaction(patch: pytest.MonkeyPatch) -> None:
    submit = submission.submit

    async def at_once(tx, house, who, instrument, sent) -> bool:
        done = await submit(tx, house, who, instrument, sent)
        alone = replace(house, manners=replace(house.manners, batch=1))
        await releasing.release(alone, tx, instrument.id, sent.round)
        return done

    _not_written_anew(patch)
    patch.setattr(submission, "submit", at_once)


def _with_row_numbers(patch: pytest.MonkeyPatch) -> None:
    """Ids that grow, as a row number does."""
    numbers = iter(range(10**9))
    patch.setattr(surveys.Universe, "token", lambda _: f"{next(numbers):032x}")
    _in_the_senders_transaction(patch)


def _a_close_lets_out_what_waits(patch: pytest.MonkeyPatch) -> None:
    """However few, and the round can be extended after: the operator closes after each sending."""

    async def always(*_: object) -> bool:
        return True

    async def undone(tx, instrument, round_name, now) -> None:
        await keep(tx, instrument, round_name, replace(now, final=False))

    keep = releasing.mixing.keep
    patch.setattr(releasing, "_went_before", always)
    patch.setattr(releasing.mixing, "keep", undone)
    patch.setattr(surveys, "CAN_BE_UNDONE", True)


def _not_compacted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Database, "compact", _nothing)


def _drafts_in_the_clear(patch: pytest.MonkeyPatch) -> None:
    closed = sessions._place

    async def open_(_, session, *__):
        return closed(session) | {"body": sessions.forms.dump(session)}

    patch.setattr(sessions, "_closed", open_)


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.parametrize(
    ("database", "plant", "found_by"),
    [
        ("postgresql", _not_written_anew, "transaction_order"),
        ("postgresql", _in_the_senders_transaction, "transaction"),
        ("postgresql", _not_compacted, "carved_from_the_heap"),
        ("sqlite", _with_row_numbers, "place_in_the_index"),
        ("sqlite", _in_the_senders_transaction, "snapshots"),
        ("sqlite", _drafts_in_the_clear, "drafts_in_backups"),
        ("sqlite", _a_close_lets_out_what_waits, "differences"),
        ("postgresql", _a_close_lets_out_what_waits, "write_ahead_logs"),
    ],
)
def test_a_planted_mistake_is_found(
    tmp_path, monkeypatch, postgres_server, database: str, plant, found_by: str
) -> None:
    schema.upgrade(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    plant(monkeypatch)
    right = of = 0
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        url = f"sqlite:///{folder / 'assay.sqlite3'}"
        if database == "postgresql":
            url = postgres_server.create(f"{plant.__name__}_{number}")
            schema.upgrade(url)
        else:
            shutil.copyfile(tmp_path / "empty.sqlite3", folder / "assay.sqlite3")
        evidence, truth = _held(url, folder, SEED + number)
        hits, there = share((ATTACKS | WATCHING)[found_by](evidence), truth)
        right, of = right + hits, of + there

    assert of, f"{found_by} guesses nothing"
    chance = 1 / BATCH if found_by in WATCHING else 1 / SIZE
    assert right / of > bound(chance, of), f"{found_by} finds {right / of:.0%} of {of}"
