"""Fifteen ways to find out who said what. Each returns its guesses: response -> person.

An attack that finds nothing to go by guesses nothing, or guesses an order that has no meaning; both
are right as often as chance is.
"""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from flows.marks import layout
from tests.flows.playing import ASI

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.anonymity.evidence import Evidence, Links, Said


LAYOUT: Final = layout(ASI)


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
    """Where a response's words lie in the database's own files: a page fills from its end."""
    return _by_place(evidence, by_words=True)


def place_in_the_index(evidence: Evidence) -> Links:
    """Where a response's id lies in the pages of indexes, and of tables that are kept as one."""
    return _by_place(evidence, by_words=False)


_PAGE: Final = {True: 8192, False: 4096}


def _by_place(evidence: Evidence, *, by_words: bool) -> Links:
    """In the order of pages, each from its end."""
    size, places = _PAGE[evidence.on_postgresql], {}
    marks = _marks(evidence, by_words=by_words)
    for number, file in enumerate(each for each in evidence.last_files() if _holds_rows(each)):
        content = file.read_bytes()
        for mark, each in marks.items():
            at = content.find(mark)
            if at >= 0:
                places.setdefault(each, (number, at // size, -(at % size)))
    return _said_in_order(evidence, places)


def _holds_rows(file: Path) -> bool:
    return file.suffix in {".sqlite3", ".pages", ".backup"}


def _marks(evidence: Evidence, *, by_words: bool) -> dict[bytes, Said]:
    """What to look for in files: words, which no rewriting changes, or the ids of the end."""
    said = evidence.said()
    if not by_words:
        return {number.encode(): each for number, each in said.items()}
    return {words.split()[0].encode(): each for each in said.values() for words in each[1]}


def _said_in_order(evidence: Evidence, places: dict[Said, tuple[int, ...]]) -> Links:
    found = sorted(places, key=places.__getitem__)
    return dict(zip(found, evidence.people, strict=False))


def last_write_ahead_log(evidence: Evidence) -> Links:
    """In which order words appear in SQLite's write-ahead log as it lies in the end."""
    logs = [each for each in evidence.last_files() if each.name.endswith("-wal")]
    return {} if evidence.on_postgresql else _first_seen(evidence, logs)


def write_ahead_logs(evidence: Evidence) -> Links:
    """In which order words first appear in all copies of the write-ahead log; PostgreSQL's is an
    archive of everything since the survey began.
    """
    logs = [each for each in evidence.files() if each.name.endswith("-wal")]
    return _first_seen(evidence, logs)


def all_copies(evidence: Evidence) -> Links:
    """In which order words first appear in copies of anything."""
    return _first_seen(evidence, evidence.files())


def _first_seen(evidence: Evidence, files: Sequence[Path]) -> Links:
    places: dict[Said, tuple[int, ...]] = {}
    marks = _marks(evidence, by_words=True)
    for number, file in enumerate(files):
        content = file.read_bytes()
        for mark in [each for each, said in marks.items() if said not in places]:
            at = content.find(mark)
            if at >= 0 and _holds_rows(file):
                size = _PAGE[evidence.on_postgresql]
                places[marks[mark]] = (number, at // size, -(at % size))
            elif at >= 0:
                places[marks[mark]] = (number, at)
    return _said_in_order(evidence, places)


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
    """In which order texts lie in the raw pages of PostgreSQL's table of texts, older versions of
    rows included: as far back as any goes.
    """
    pages = [each for each in evidence.last_files() if each.name == "comment.pages"]
    if not pages:
        return {}
    content, size = pages[0].read_bytes(), _PAGE[True]
    places: dict[Said, tuple[int, ...]] = {}
    for mark, each in _marks(evidence, by_words=True).items():
        at = content.find(mark)
        if at >= 0:  # a page fills from its end
            places[each] = (at // size, -(at % size))
    return _said_in_order(evidence, places)


def snapshots(evidence: Evidence) -> Links:
    """Who finished between two looks, beside the responses of the same edition that appeared
    between the same two, or at the next look at which any did.
    """
    found: Links = {}
    chance = random.Random(len(evidence.moments))
    waiting: list[str] = []
    for before, after in zip(evidence.moments, evidence.moments[1:], strict=False):
        waiting += sorted(after.finished - before.finished)
        new = sorted(after.responses - before.responses)
        chance.shuffle(new)
        for each in new:
            name = after.editions.get(each)
            those = [who for who in waiting if evidence.editions[who] == name]
            if those:
                found[each] = those[0]
                waiting.remove(those[0])
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


def differences(evidence: Evidence) -> Links:
    """One report less the one before: what is more in the tables is what the last people said."""
    found: Links = {}
    chance = random.Random(len(evidence.reports))
    for before, after in zip(evidence.reports, evidence.reports[1:], strict=False):
        more = after.marks - before.marks
        new = [each for each in sorted(after.said - before.said) if _within(each, more)]
        chance.shuffle(new)
        last = evidence.people[max(0, after.sent - len(new)) : after.sent]
        found |= dict(zip(new, last, strict=False))
    return found


def _within(said: Said, more: Counter[tuple[str, str]]) -> bool:
    return all(more[pair] for pair in LAYOUT.parts(said[0]).items())


def details_beside_words(evidence: Evidence) -> Links:
    """Contact details that appear in the same report as new words, as if of the same writer."""
    found: Links = {}
    chance, whose = random.Random(7), {name: who for who, name in evidence.names.items()}
    for before, after in zip(evidence.reports, evidence.reports[1:], strict=False):
        people = [whose[each] for each in sorted(after.details - before.details)]
        new = sorted(after.said - before.said)
        chance.shuffle(new)
        found |= dict(zip(new, people, strict=False))
    return found


def edition(evidence: Evidence) -> Links:
    """Whose draft was of an edition, beside the responses of that edition."""
    asked = "SELECT r.id, c.edition FROM response r JOIN collection c ON c.id = r.collection_id"
    said, found = evidence.said(), {}
    used: dict[str, list[str]] = {}
    for who, name in evidence.editions.items():
        used.setdefault(name, []).append(who)
    for each, name in evidence.ask(asked):
        if used.get(name):
            found[said[each]] = used[name].pop(0)
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
        transaction_order, place_in_the_file, place_in_the_index, last_write_ahead_log, carved,
        carved_from_the_heap,
        drafts_in_backups, lengths_of_drafts, log_lines, language,
    )
}  # fmt: skip
"""On what there is in the end."""
WATCHING: Final[dict[str, Callable[[Evidence], Links]]] = {
    each.__name__: each
    for each in (
        snapshots, digests, write_ahead_logs, all_copies, differences, details_beside_words,
        edition,
    )
}  # fmt: skip
"""On what could be seen all the time."""


def share(links: Links, truth: Links) -> tuple[int, int]:
    """How many guesses are right, of how many about anonymous responses."""
    guesses = {said: who for said, who in links.items() if said in truth}
    return sum(truth[said] == who for said, who in guesses.items()), len(guesses)
