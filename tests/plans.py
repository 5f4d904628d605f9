"""What a database would do for statements that were really executed, and what it would walk whole.

Statements are taken down as the driver gets them, with their values, so that a new one is looked at
without anybody naming it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

PLANNED = ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")
_ALIAS = re.compile(r"(\w+) AS (\w+)")
_SCAN = re.compile(r"SCAN (\w+)")


@dataclass(frozen=True, slots=True)
class Executed:
    """One statement as it went to the driver."""

    statement: str
    values: Any

    def __str__(self) -> str:
        return " ".join(self.statement.split())


@contextmanager
def taken_down(url: str) -> Iterator[list[Executed]]:
    """Every statement that goes to this database meanwhile, each once."""
    name, found = make_url(url).database, {}

    def keep(connection: Connection, _: object, statement: str, values: Any, *__: object) -> None:
        if connection.engine.url.database == name and statement.startswith(PLANNED):
            one = values[0] if isinstance(values, list) else values
            found.setdefault(statement, Executed(statement, one))
            kept[:] = found.values()

    kept: list[Executed] = []
    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield kept
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


@contextmanager
def planning(url: str) -> Iterator[Connection]:
    """A connection on which `walked` asks; what was done on it is gone afterwards."""
    engine = create_engine(url.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # However few rows there are: is there an index for it at all?
            connection.exec_driver_sql("SET enable_seqscan = off")
        yield connection
    engine.dispose()


def walked(connection: Connection, one: Executed) -> set[str]:
    """The tables that would be walked from end to end: without an index, or along one of which no
    part is looked up.
    """
    if connection.dialect.name == "postgresql":
        asked = f"EXPLAIN (FORMAT JSON) {one.statement}"
        (plan,) = connection.exec_driver_sql(asked, one.values).scalar_one()
        return set(_walked(plan["Plan"]))
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.statement}", one.values)
    aliases = {alias: name for name, alias in _ALIAS.findall(one.statement)}
    scanned = (_SCAN.match(row.detail) for row in plan)
    return {aliases.get(each[1], each[1]) for each in scanned if each}


def _walked(node: Mapping[str, Any], table: str = "") -> Iterator[str]:
    table = node.get("Relation Name", table)
    kind = node["Node Type"]
    along = kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
    if kind == "Seq Scan" or (along and "Index Cond" not in node):
        yield table
    for each in node.get("Plans", ()):
        yield from _walked(each, table)
