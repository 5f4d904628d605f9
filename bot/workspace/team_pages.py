"""Pages about colleagues: who is on what, links for those who are to come, what is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.workspace.answering import name_of
from bot.workspace.bench import Bench, back, do
from flows.actions import Command
from flows.card import Button, Card, Entry, Line, Phrase, Several, Words
from flows.delegation import NOTHING, called
from storage import organisations, sessions

if TYPE_CHECKING:
    from storage.organisations import Colleague, Member

LONGEST_PERSON: Final = 60
LINK_DAYS: Final = 30
"""How long a colleague's link is good for."""
ROLES: Final = ("editor", "viewer")
"""As what a colleague can be invited."""
THEMES_A_ROW: Final = 5


async def lines(bench: Bench, *, pressable: bool = False) -> list[Line[Words]]:
    """Everybody who works on the assessment: as what, on which parts, where they are now."""
    tx, of = bench.tx, bench.of
    given = await organisations.assignments(tx, of.organisation, of.instrument)
    at = await sessions.colleagues_at(tx, of.id)
    answered: dict[int, int] = {}
    for claim in bench.claims.values():
        if claim.answer.given:
            answered[claim.member] = answered.get(claim.member, 0) + 1
    found: list[Line[Words]] = []
    for each in await organisations.members(tx, of.organisation):
        parts = tuple(called(bench.instrument, scope) for scope in given.get(each.id, []))
        item = bench.instrument.item(at.get(each.participant or "", ""))
        said: list[Words] = [_as_what(each)]
        said += [Phrase("work_parts", {"parts": Several(parts)})] if parts else []
        said += [Phrase("work_answered", {"n": answered[each.id]})] if each.id in answered else []
        said += [Phrase("work_is_at", {"number": item.number})] if item is not None else []
        to = Command("work", f"person.{each.id}") if pressable else None
        found.append(Line("", _called(bench, each), Several(tuple(said)), "fact", to))
    return found


def _as_what(who: Member | Colleague) -> Phrase:
    in_company = who.role
    return Phrase(f"role_in_company_{in_company}")


def _called(bench: Bench, each: Member) -> Words:
    if each.id == bench.me.id:
        return Phrase("work_you", {"name": each.name}) if each.name else Phrase("work_yourself")
    return name_of(each)


async def team(bench: Bench, name: str, _: str) -> Card[Words]:
    """Who works on the assessment, and who is invited to."""
    shown = await lines(bench, pressable=bench.owns)
    now = bench.house.universe.seconds()
    for mark, each in await organisations.invited(bench.tx, bench.me.organisation, now):
        to = Command("work", f"waiting.{mark}") if bench.owns else None
        what: list[Words] = [_as_what(each)]
        what += [called(bench.instrument, each.scope)] if each.scope else []
        detail = Several((*what, Phrase("work_has_not_come")))
        shown.append(Line("", each.name, detail, "fact", to))
    inviting = tuple(do(f"work_invite_{as_what}", f"invite.{as_what}") for as_what in ROLES)
    return Card(
        name=name,
        title=Phrase("work_team"),
        paragraphs=(Phrase("work_team_text" if bench.owns else "work_team_only_owner"),),
        lines=tuple(shown),
        buttons=(*((inviting,) if bench.owns else ()), (do("work_me", "me"), *back())),
    )


async def invite(bench: Bench, name: str, as_what: str) -> Card[Words]:
    """The name of the colleague who is to be invited; of "me", one's own."""
    if as_what not in {*ROLES, "me"}:
        raise KeyError(name)
    value = bench.me.name if as_what == "me" else ""
    return Card(
        name=name,
        title=Phrase("work_me" if as_what == "me" else f"work_invite_{as_what}"),
        paragraphs=(Phrase("work_me_text" if as_what == "me" else f"work_invite_text_{as_what}"),),
        entry=Entry(Phrase("work_invite_ask"), value, LONGEST_PERSON, "line"),
        words=Command("work", "me" if as_what == "me" else f"invite.{as_what}"),
        buttons=(back("team"),),
    )


async def link(bench: Bench, name: str, nonce: str) -> Card[Words]:
    """The links of a colleague who was invited just now. Whoever may not invite sees none."""
    if not bench.owns:
        raise KeyError(name)
    token = tokens.derived_link(bench.person.secret, nonce)
    found = await organisations.look_up(
        bench.tx, tokens.digest(token), bench.house.universe.seconds()
    )
    if found is None:
        raise KeyError(name)
    mark = tokens.digest(token).hex()[:8]
    return Card(
        name=name,
        title=Phrase("work_link", {"name": found.name}),
        paragraphs=(
            Phrase("work_link_text", {"n": LINK_DAYS}),
            *bench.house.links(token),
        ),
        buttons=((do("work_give", f"waiting.{mark}"),), back("team")),
    )


async def person(bench: Bench, name: str, argument: str) -> Card[Words]:
    """A colleague: what is theirs, and what can be given to them or taken from them."""
    who = await _colleague(bench, name, argument)
    given = await organisations.assignments(bench.tx, bench.of.organisation, bench.of.instrument)
    theirs = given.get(who.id, [])
    parts = who.role == "editor"
    removing = ((do("work_remove", f"remove.{who.id}"),),) if who.id != bench.me.id else ()
    return Card(
        name=name,
        title=name_of(who),
        paragraphs=(
            _as_what(who),
            *((Phrase("work_parts_text" if theirs else "work_parts_none"),) if parts else ()),
        ),
        lines=tuple(
            Line(
                "",
                called(bench.instrument, scope),
                Phrase("work_take_away"),
                "fact",
                Command("work", f"release.{who.id}.{scope}"),
            )
            for scope in theirs
            if scope != NOTHING
        ),
        buttons=(
            *(((do("work_give", f"give.{who.id}"),),) if parts else ()),
            *(((do("work_give_all", f"everything.{who.id}"),),) if parts and theirs else ()),
            *removing,
            back("team"),
        ),
    )


async def waiting(bench: Bench, name: str, mark: str) -> Card[Words]:
    """A colleague who has not come yet: what is to be theirs, and taking the link back."""
    if not bench.owns:
        raise KeyError(name)
    now = bench.house.universe.seconds()
    there = dict(await organisations.invited(bench.tx, bench.me.organisation, now))
    if mark not in there:
        raise KeyError(name)
    who = there[mark]
    part = called(bench.instrument, who.scope) if who.scope else Phrase("work_everything")
    return Card(
        name=name,
        title=who.name,
        paragraphs=(
            _as_what(who),
            Phrase("work_will_answer", {"part": part}),
        ),
        entry=Entry(Phrase("work_give_ask"), "", LONGEST_PERSON, "line"),
        words=Command("work", f"give.w{mark}"),
        buttons=(
            *_parts(bench, f"give.w{mark}"),
            (do("work_revoke", f"revoke.{mark}"),),
            back("team"),
        ),
    )


async def give(bench: Bench, name: str, argument: str) -> Card[Words]:
    """Which part is to be a colleague's: a press for sections and themes, words for criteria."""
    who = await _colleague(bench, name, argument)
    return Card(
        name=name,
        title=Phrase("work_give_to", {"name": name_of(who)}),
        paragraphs=(Phrase("work_give_text"),),
        entry=Entry(Phrase("work_give_ask"), "", LONGEST_PERSON, "line"),
        words=Command("work", f"give.{who.id}"),
        buttons=(*_parts(bench, f"give.{who.id}"), back(f"person.{who.id}")),
    )


def _parts(bench: Bench, does: str) -> tuple[tuple[Button[Words], ...], ...]:
    """A press for each section, then for each theme."""
    sections = tuple(
        do("work_section", f"{does}.s:{each.id}", id=each.id) for each in bench.instrument.sections
    )
    themes = [
        do("work_theme", f"{does}.t:{theme.id}", number=theme.id)
        for each in bench.instrument.sections
        for theme in each.themes
    ]
    rows = range(0, len(themes), THEMES_A_ROW)
    return (sections, *(tuple(themes[at : at + THEMES_A_ROW]) for at in rows))


async def remove(bench: Bench, name: str, argument: str) -> Card[Words]:
    """Asking once more before a colleague is removed."""
    who = await _colleague(bench, name, argument)
    if who.id == bench.me.id:
        raise KeyError(name)
    return Card(
        name=name,
        title=Phrase("work_remove_title", {"name": name_of(who)}),
        paragraphs=(Phrase("work_remove_text"),),
        buttons=((do("work_remove_yes", f"removed.{who.id}"),), back(f"person.{who.id}")),
    )


async def _colleague(bench: Bench, name: str, argument: str) -> Member:
    """The member that a page is about, for whom it is theirs to decide. Raises KeyError."""
    there = await organisations.members(bench.tx, bench.me.organisation)
    found = next((each for each in there if str(each.id) == argument), None)
    if found is None or not bench.owns:
        raise KeyError(name)
    return found
