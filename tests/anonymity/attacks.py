"""Fifteen ways to find out who said what. Each returns its guesses: response -> person.

An attack that finds nothing to go by guesses nothing, or guesses an order that has no meaning; both
are right as often as chance is.
"""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tests.anonymity.evidence import Evidence, Links


def in_order(evidence: Evidence, ids: Iterable[str]) -> Links:
    """The first to answer wrote the first response, and so on."""
    said = evidence.said()
    return dict(zip((said[each] for each in ids), evidence.people, strict=False))


def shared_values(evidence: Evidence) -> Links:
    """A value that stands with a person and with a response, whatever the columns are called."""
    theirs: dict[object, set[str]] = {}
    for table, who in (("participation", "participant_id"), ("session", "participant_id")):
        for row in _mappings(evidence, table):
            for name, value in row.items():
                if name not in _NAMES and value not in (None, "", 0, 1):
                    theirs.setdefault(value, set()).add(row[who])
    said, found = evidence.said(), {}
    for table, key in (("response", "id"), ("comment", "response_id")):
        for row in _mappings(evidence, table):
            for name, value in row.items():
                if name not in _NAMES and len(theirs.get(value, ())) == 1:
                    found[said[row[key]]] = next(iter(theirs[value]))
    return found


_NAMES: Final = {"instrument", "edition", "round", "item", "state", "revision", "part"}


def time(evidence: Evidence) -> Links:
    """Any column of a response that is a time: laid beside the order of people."""
    rows = _mappings(evidence, "response")
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        if re.search(r"(^at|_at|_on|time|date|day)$", name) and len(set(values)) > len(values) // 2:
            return in_order(evidence, [row["id"] for row in sorted(rows, key=lambda r: r[name])])
    return {}


def row_number(evidence: Evidence) -> Links:
    """SQLite's hidden number of a row."""
    return in_order(evidence, _ids(evidence, "SELECT id FROM response ORDER BY rowid"))


def place_in_the_heap(evidence: Evidence) -> Links:
    """Where PostgreSQL put a row."""
    return in_order(evidence, _ids(evidence, "SELECT id FROM response ORDER BY ctid"))


def place_of_texts(evidence: Evidence) -> Links:
    """Where PostgreSQL put a response's texts."""
    asked = "SELECT response_id FROM comment ORDER BY ctid"
    return in_order(evidence, dict.fromkeys(_ids(evidence, asked)))


def transaction(evidence: Evidence) -> Links:
    """Which transaction wrote a row: a response and a state that one transaction wrote belong
    together; those that it wrote to several are guessed among these.
    """
    people: dict[str, list[str]] = {}
    asked = "SELECT xmin::text, participant_id FROM participation WHERE state = 'finished'"
    for number, who in evidence.ask(asked) if evidence.on_postgresql else ():
        people.setdefault(number, []).append(who)
    said, found = evidence.said(), {}
    rows = evidence.ask("SELECT xmin::text, id FROM response") if people else []
    for number, each in rows:
        if people.get(number):
            found[said[each]] = people[number].pop()
    return found


def transaction_order(evidence: Evidence) -> Links:
    """In which order the transactions came that wrote the responses."""
    asked = "SELECT id FROM response ORDER BY xmin::text::bigint, ctid"
    return in_order(evidence, _ids(evidence, asked) if evidence.on_postgresql else ())


def place_in_the_file(evidence: Evidence) -> Links:
    """Where a response lies in SQLite's file: a page fills from its end."""
    return _by_offset(evidence, in_indexes=False)


def place_in_the_index(evidence: Evidence) -> Links:
    """The same in the pages of indexes, and of tables that are kept as one."""
    return _by_offset(evidence, in_indexes=True)


_INDEX_LEAF: Final = 0x0A


def _by_offset(evidence: Evidence, *, in_indexes: bool) -> Links:
    if evidence.on_postgresql:
        return {}
    content = Path(str(evidence.where.database)).read_bytes()
    size = int.from_bytes(content[16:18]) or 4096
    places = {}
    for (each,) in evidence.ask("SELECT id FROM response"):
        for at in _places(content, each.encode()):
            page = at // size
            if (content[page * size] == _INDEX_LEAF) == in_indexes:
                places.setdefault(each, (page, -(at % size)))
    return in_order(evidence, sorted(places, key=places.__getitem__))


def write_ahead_log(evidence: Evidence) -> Links:
    """In which order responses appear in the copies of the write-ahead log."""
    seen: dict[str, tuple[int, int]] = {}
    for number, file in enumerate(evidence.files()):
        if file.name.endswith("-wal"):
            content = file.read_bytes()
            for (each,) in evidence.ask("SELECT id FROM response"):
                at = content.find(each.encode())
                if at >= 0:
                    seen.setdefault(each, (number, at))
    return in_order(evidence, sorted(seen, key=seen.__getitem__))


def carved(evidence: Evidence) -> Links:
    """A person's id close before words of a response, anywhere in any file: in free pages, in the
    write-ahead log, in a backup.
    """
    found: Links = {}
    said = {words: each for each in evidence.said().values() for words in each[1]}
    person = re.compile("|".join(map(re.escape, evidence.people)).encode())
    for file in evidence.files():
        content = file.read_bytes()
        for words, each in said.items():
            for at in _places(content, words.encode()):
                near = person.findall(content, max(0, at - 60), at)
                if near:
                    found[each] = near[-1].decode()
    return found


def carved_from_the_heap(evidence: Evidence) -> Links:
    """In which order texts lie in the raw pages of PostgreSQL, older versions of rows included."""
    if not evidence.heap:
        return {}
    said = evidence.said()
    places: dict[str, tuple[int, int]] = {}
    size = 8192
    for number, each in said.items():
        for words in each[1]:
            at = evidence.heap.find(words.encode())
            if at >= 0:  # a page fills from its end
                places.setdefault(number, (at // size, -(at % size)))
    return in_order(evidence, sorted(places, key=places.__getitem__))


def snapshots(evidence: Evidence) -> Links:
    """Who finished between two looks, beside the responses that appeared between the same two, or
    at the next look at which any did.
    """
    found: Links = {}
    chance = random.Random(len(evidence.moments))
    waiting: list[str] = []
    for before, after in zip(evidence.moments, evidence.moments[1:], strict=False):
        waiting += sorted(after.finished - before.finished)
        new = sorted(after.responses - before.responses)
        chance.shuffle(new)
        if new:
            batch, waiting = waiting[: len(new)], waiting[len(new) :]
            found |= dict(zip(new, batch, strict=False))
    return found


def drafts_in_backups(evidence: Evidence) -> Links:
    """A draft in an old backup that holds the very words of a response."""
    found: Links = {}
    for row in _old_drafts(evidence):
        body = str(row.get("body") or "")
        for said in evidence.said().values():
            if body and said[1] and all(words in body for words in said[1]):
                found[said] = row["participant_id"]
    return found


def lengths_of_drafts(evidence: Evidence) -> Links:
    """The longest draft in a backup is that of the longest response, and so on."""
    longest: dict[str, int] = {}
    for row in _old_drafts(evidence):
        size = max(len(str(row.get("body") or "")), len(row.get("sealed") or b""))
        longest[row["participant_id"]] = max(size, longest.get(row["participant_id"], 0))
    if len(set(longest.values())) < 2:
        return {}
    said = sorted(evidence.said().values(), key=lambda each: sum(map(len, each[1])))
    return dict(zip(said, sorted(longest, key=longest.__getitem__), strict=False))


def log_lines(evidence: Evidence) -> Links:
    """A line of the log that names a person and something of a response."""
    found: Links = {}
    said = evidence.said()
    for line in evidence.log.splitlines():
        those = [who for who in evidence.people if who in line]
        what = [each for each in said if each in line]
        if len(those) == len(what) == 1:
            found[said[what[0]]] = those[0]
    return found


def digests(evidence: Evidence) -> Links:
    """What administrators see: one more has finished, and this is what is said more."""
    found: Links = {}
    known = 0
    for (n, before), (m, after) in zip(evidence.desk, evidence.desk[1:], strict=False):
        new = sorted(after - before)
        chance = random.Random(m)
        chance.shuffle(new)
        if m > n or new:
            found |= dict(zip(new, evidence.people[known : known + len(new)], strict=False))
            known += len(new)
    return found


def language(evidence: Evidence) -> Links:
    """The one person who speaks a language, beside the one response in it."""
    spoken: dict[str, list[str]] = {}
    for who, tag in evidence.ask("SELECT id, language FROM participant"):
        spoken.setdefault(tag, []).append(who)
    said, found = evidence.said(), {}
    by_tag: dict[str, list[str]] = {}
    for each, tag in evidence.ask("SELECT id, language FROM response"):
        by_tag.setdefault(tag, []).append(each)
    for tag, ids in by_tag.items():
        found |= dict(zip((said[each] for each in ids), spoken.get(tag, ()), strict=False))
    return found


def _old_drafts(evidence: Evidence) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for file in evidence.files():
        if file.suffix == ".backup":
            with closing(sqlite3.connect(file)) as copy:
                copy.row_factory = sqlite3.Row
                rows += [dict(each) for each in copy.execute("SELECT * FROM session")]
    return rows


def _mappings(evidence: Evidence, table: str) -> list[dict[str, object]]:
    engine = evidence.engine()
    with engine.connect() as connection:
        rows = [
            dict(each) for each in connection.execute(text(f"SELECT * FROM {table}")).mappings()
        ]
    engine.dispose()
    return rows


def _ids(evidence: Evidence, query: str) -> Sequence[str]:
    return [each for (each,) in evidence.ask(query)]


def _places(content: bytes, words: bytes) -> Iterator[int]:
    at = content.find(words)
    while at >= 0:
        yield at
        at = content.find(words, at + 1)


ATTACKS: Final[dict[str, Callable[[Evidence], Links]]] = {
    each.__name__: each
    for each in (
        shared_values, time, row_number, place_in_the_heap, place_of_texts, transaction,
        transaction_order, place_in_the_file, place_in_the_index, write_ahead_log, carved,
        carved_from_the_heap,
        drafts_in_backups, lengths_of_drafts, log_lines, language,
    )
}  # fmt: skip
"""On what there is in the end."""
WATCHING: Final[dict[str, Callable[[Evidence], Links]]] = {
    each.__name__: each for each in (snapshots, digests)
}
"""On what could be seen all the time."""


def share(links: Links, truth: Links) -> tuple[int, int]:
    """How many guesses are right, of how many responses."""
    return sum(truth.get(said) == who for said, who in links.items()), len(truth)
