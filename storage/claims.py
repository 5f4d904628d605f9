"""What a company claims, item by item: each with the revision that guards it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, insert, select, update

from flows.session import Answer, dump_answer, load_answer
from storage.database import upsert
from storage.tables import claim as table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.database import Tx


class Overtaken(Exception):  # noqa: N818 - says what is the case
    """Somebody else set this item in between; nothing was overwritten."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to one item, its revision, which member set it when (seconds since 1970), and the
    last revision before that which was anybody else's.
    """

    answer: Answer
    revision: int
    member: int
    before_them: int
    at: int

    def by_others(self, member: int) -> int:
        """The revision of the last change that somebody else made; 0 where nobody did."""
        return self.before_them if member == self.member else self.revision


def form(answer: Answer) -> str:
    """The JSON form of an answer, as a claim and a step of the trail hold it."""
    return json.dumps(dump_answer(answer), ensure_ascii=False, sort_keys=True)


async def of(tx: Tx, assessment: int) -> dict[str, Claim]:
    """Every claim of an assessment by item, those that were emptied again among them."""
    columns = table.c.item, table.c.answer, table.c.revision, table.c.member_id
    query = select(*columns, table.c.before_them, table.c.changed_at)
    found = await tx.execute(query.where(table.c.assessment_id == assessment))
    return {item: Claim(load_answer(json.loads(body)), *rest) for item, body, *rest in found}


def answers(claims: Mapping[str, Claim]) -> dict[str, Answer]:
    """The answers that the claims hold."""
    return {item: each.answer for item, each in claims.items() if not each.answer.empty}


async def put(
    tx: Tx, assessment: int, item: str, answer: Answer, *, base: Claim | None, member: int, at: int
) -> None:
    """Set the answer to an item that was ``base`` when it was read (None: nothing).

    Raises Overtaken where it is something else by now.
    """
    values = {"answer": form(answer), "member_id": member, "changed_at": at}
    if base is None:
        first = {"assessment_id": assessment, "item": item, "revision": 1, "before_them": 0}
        new = upsert(tx, table).values(**first, **values).on_conflict_do_nothing()
        if (await tx.execute(new.returning(table.c.revision))).first() is None:
            raise Overtaken(item)
        return
    here = and_(
        table.c.assessment_id == assessment,
        table.c.item == item,
        table.c.revision == base.revision,
    )
    changed = update(table).where(here)
    values |= {"revision": base.revision + 1, "before_them": base.by_others(member)}
    if (await tx.execute(changed.values(**values))).rowcount != 1:
        raise Overtaken(item)


async def fill(
    tx: Tx, assessment: int, said: Mapping[str, Answer], *, member: int, at: int
) -> None:
    """Set the answers of an assessment that has none yet."""
    rows = [
        {
            "assessment_id": assessment,
            "item": item,
            "answer": form(answer),
            "revision": 1,
            "member_id": member,
            "before_them": 0,
            "changed_at": at,
        }
        for item, answer in said.items()
    ]
    if rows:
        await tx.execute(insert(table), rows)
