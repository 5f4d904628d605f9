"""The tables of an auditor's pack: plain values row by row, before anybody makes a file of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.reports.scorecard.words import criterion_label, section_label, theme_label
from bot.texts import say
from flows.card import Phrase
from flows.evidence import Evidence, Link, linked, read_link
from flows.scoring import credited, printed, score
from flows.session import NOTHING, dump_answer
from flows.trail import SET, broken, follow
from flows.verification import accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.pack.contents import Pack
    from flows.instrument import Criterion, ScoringItem
    from flows.session import Answer
    from flows.trail import Deed

Cell: TypeAlias = "str | int"
LONGEST_CELL: Final = 30_000
"""Characters of a version in one cell: a workbook's cells hold no more than 32,767."""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, the heads of its columns, and its rows."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(pack: Pack, language: str) -> tuple[Table, ...]:
    """The sheets of a pack, in order."""
    return (
        _facts(pack, language),
        _answers(pack, language),
        _trail(pack, language),
        _versions(pack, language),
    )


def _heads(language: str, *keys: str) -> tuple[str, ...]:
    return tuple(say(Phrase(key), language) for key in keys)


def moment(at: int) -> str:
    """A second since 1970 as people and programs read it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _facts(pack: Pack, language: str) -> Table:
    """What the assessment is, its versions and scores, and how an outsider proves it."""

    def fact(key: str, value: Cell) -> tuple[Cell, ...]:
        return say(Phrase(key), language), value, ""

    instrument = pack.instrument
    rows = [
        fact("pack_company", pack.company),
        fact("pack_instrument", say(instrument.title, language)),
        fact("pack_instrument_id", instrument.id),
        fact("pack_edition", instrument.edition),
        fact("pack_round", pack.round),
        fact("pack_state", pack.state),
        fact("pack_domains", ", ".join(pack.domains)),
    ]
    for each in pack.versions:
        label = say(Phrase("pack_version", {"number": str(each.number)}), language)
        rows.append((label, each.digest, moment(each.at)))
    for name, rowed in _readings(pack):
        reckoned = score(instrument, rowed).floor
        label = say(Phrase(f"scorecard_{name}"), language)
        rows.append((label, printed(reckoned), str(reckoned)))
    for deeds in (pack.deeds, pack.of_company):
        place = broken(deeds)
        whole = Phrase("pack_whole") if place is None else Phrase("pack_broken", {"n": place + 1})
        rows.append(fact("pack_trail_is", say(whole, language)))
    how = ("pack_how_trail", "pack_how_version", "pack_how_score", "pack_times")
    rows += [fact("pack_how", say(Phrase(key), language)) for key in how]
    return Table(
        say(Phrase("pack_sheet_facts"), language),
        _heads(language, "pack_what", "pack_value", "pack_exact"),
        tuple(rows),
    )


def _readings(pack: Pack) -> Iterator[tuple[str, dict[str, Answer]]]:
    """The answers as each reading of the score counts them."""
    yield "claimed", dict(pack.answers)
    yield "evidenced", credited(pack.answers, linked(pack.answers))
    if pack.verdicts:
        yield "verified", credited(pack.answers, accepted(pack.verdicts))


def _answers(pack: Pack, language: str) -> Table:
    last: dict[str, Deed] = {deed.item: deed for deed in pack.deeds if deed.act in SET}
    rows = [
        _answer(pack, language, criterion, row, last.get(criterion.id))
        for criterion in pack.instrument.criteria
        for row in criterion.rows
    ]
    heads = (
        "scorecard_section", "scorecard_theme", "scorecard_criterion", "pack_id", "workbook_item",
        "scorecard_points", "pack_claimed", "pack_link", "pack_own", "pack_passage",
        "pack_period", "pack_note", "pack_who", "pack_when", "pack_edition",
        "pack_carried", "pack_decision", "pack_reason", "pack_decided_by", "pack_decided_at",
    )  # fmt: skip
    return Table(say(Phrase("pack_sheet_answers"), language), _heads(language, *heads), tuple(rows))


def _answer(
    pack: Pack, language: str, criterion: Criterion, row: ScoringItem, last: Deed | None
) -> tuple[Cell, ...]:
    answer = pack.answers.get(criterion.id, NOTHING)
    shown = answer.evidence.get(row.id, Evidence())
    claimed = row.id in answer.chosen
    verdict = pack.verdicts.get(row.id) if claimed else None
    instrument = pack.instrument
    return (
        section_label(instrument.section_of(criterion.id), language),
        theme_label(instrument.theme_of(criterion), language),
        criterion_label(criterion, language),
        row.id,
        say(row.wording, language),
        row.points,
        _yes(claimed, language),
        shown.link,
        _own(pack, shown, language),
        shown.passage,
        shown.period,
        shown.note,
        known(pack, last.who) if last is not None else "",
        moment(last.at) if last is not None else "",
        last.edition if last is not None else "",
        say(Phrase("pack_yes"), language) if answer.carried else "",
        say(Phrase(f"verdict_{verdict.decision}"), language) if verdict is not None else "",
        verdict.reason if verdict is not None else "",
        known(pack, verdict.who) if verdict is not None else "",
        moment(verdict.at) if verdict is not None else "",
    )


def _yes(whether: bool, language: str) -> str:  # noqa: FBT001 - it is what is said
    return say(Phrase("pack_yes" if whether else "pack_no"), language)


def _own(pack: Pack, shown: Evidence, language: str) -> str:
    found = read_link(shown.link, pack.domains) if shown.link else None
    return _yes(found.own, language) if isinstance(found, Link) else ""


def known(pack: Pack, who: str) -> str:
    """What somebody is called whom the trail knows by a number; the number where nobody says."""
    called = pack.people.get(who, "")
    return f"{called} ({who})" if called and called != who else who


def _trail(pack: Pack, language: str) -> Table:
    """Every deed, chain by chain, and the claimed score after each that set an answer."""
    chains = ("pack_chain_assessment", pack.deeds), ("pack_chain_company", pack.of_company)
    rows: list[tuple[Cell, ...]] = []
    for chain, deeds in chains:
        answers: dict[str, Answer] = {}
        for number, deed in enumerate(deeds, start=1):
            after = ("", "")
            if deed.act in SET:
                follow(answers, deed)
                reckoned = score(pack.instrument, answers).floor
                after = printed(reckoned), str(reckoned)
            named = say(Phrase(chain), language), number
            rows.append((*named, *_deed(pack, deed, language), *after, deed.digest))
    heads = (
        "pack_chain", "pack_number", "pack_when", "pack_seconds", "pack_who", "pack_who_id",
        "pack_act", "pack_act_id", "pack_edition", "scorecard_criterion", "pack_row", "pack_said",
        "pack_score_after", "pack_exact", "pack_digest",
    )  # fmt: skip
    return Table(say(Phrase("pack_sheet_trail"), language), _heads(language, *heads), tuple(rows))


def _deed(pack: Pack, deed: Deed, language: str) -> tuple[Cell, ...]:
    act = say(Phrase(f"pack_act_{deed.act}"), language)
    who = known(pack, deed.who), deed.who
    what = act, deed.act, deed.edition, deed.item, deed.row, deed.said
    return (moment(deed.at), deed.at, *who, *what)


def _versions(pack: Pack, language: str) -> Table:
    """What each version holds, in the very characters that its digest was made from."""
    rows: list[tuple[Cell, ...]] = []
    for each in pack.versions:
        forms = {item: dump_answer(answer) for item, answer in each.answers.items()}
        body = json.dumps(forms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        for part, at in enumerate(range(0, len(body), LONGEST_CELL), start=1):
            rows.append((each.number, each.edition, part, body[at : at + LONGEST_CELL]))
    heads = _heads(language, "pack_version_number", "pack_edition", "pack_part", "pack_body")
    return Table(say(Phrase("pack_sheet_versions"), language), heads, tuple(rows))
