"""One question within the groups that another one makes; groups that are withheld are dashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.document import Block, Cell, Column, Paragraph, Table
from flows.instrument import Choice, Criterion

if TYPE_CHECKING:
    from bot.reports.results.wording import Voice
    from flows.withholding import CrossTable, Group


def block(
    item: Choice | Criterion, by: Choice | Criterion, divided: CrossTable, voice: Voice
) -> Block:
    """The cross-table, in whole percent of each group."""
    pair = {"number": item.number, "by": by.number}
    criterion = isinstance(item, Criterion)
    if not any(group.base for group in divided.groups):
        key = "report_crossed_none_criterion" if criterion else "report_crossed_none"
        return Paragraph(voice.say(key, **pair), "note")
    titles = voice.briefly(by) if isinstance(by, Criterion) else voice.labels(by)
    columns = (
        Column(voice.say("report_option")),
        *(Column(titles[group.option], number=True) for group in divided.groups),
    )
    bases = (voice.say("report_group_base"), *(group.base for group in divided.groups))
    rows = (
        (text, *(_cell(group, option) for group in divided.groups))
        for option, text in voice.lettered(item).items()
    )
    notes = _notes(by, divided, voice)
    key = "report_crossed_criterion" if criterion else "report_crossed"
    return Table(voice.say(key, **pair), columns, (bases, *rows), notes)


def _cell(group: Group, option: str) -> Cell:
    if group.base == 0:
        return ""  # nobody is in it: there is nothing to withhold, and nothing to show
    return next((share.percent for share in group.shares if share.option == option), None)


def _notes(by: Choice | Criterion, divided: CrossTable, voice: Voice) -> str:
    notes = []
    if any(group.base is None for group in divided.groups):
        notes.append(voice.say("report_crossed_withheld"))
    if isinstance(by, Criterion) or by.at_most != 1:
        notes.append(voice.say("report_crossed_several"))
    return " ".join(notes)
