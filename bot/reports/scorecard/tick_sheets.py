"""The two sheets below the score: a row for every scoring item with its tick, one a criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.reports.scorecard.layout import HEAD
from bot.reports.scorecard.sheet import quoted
from bot.reports.scorecard.words import criterion_label, section_label, theme_label
from bot.texts import say
from flows.card import Phrase, Several
from flows.session import NOTHING

if TYPE_CHECKING:
    from bot.reports.scorecard.company import CompanyScore
    from bot.reports.scorecard.layout import Layout
    from bot.reports.scorecard.sheet import Sheet
    from flows.card import Words
    from flows.instrument import Criterion
    from flows.session import Answer

_ITEM_WIDTHS: Final = {
    "A": 8, "B": 8, "C": 34, "D": 8, "E": 66, "F": 8,
    "G": 9, "H": 9, "I": 8, "J": 12, "K": 10, "L": 40,
}  # fmt: skip
_CRITERION_WIDTHS: Final = {
    "A": 30, "B": 44, "C": 52, "D": 11, "E": 9, "F": 10, "G": 11, "H": 11, "I": 10,
}  # fmt: skip


def write_items(sheet: Sheet, layout: Layout, company: CompanyScore) -> None:
    """One row a scoring item. Column H is the tick; K and L say where a rule is broken."""
    _top(sheet, company, Phrase("workbook_how_to_tick"), _ITEM_WIDTHS)
    titles = (
        Phrase("scorecard_section"),
        Phrase("scorecard_theme"),
        Phrase("scorecard_criterion"),
        Phrase("workbook_id"),
        Phrase("workbook_item"),
        Phrase("scorecard_points"),
        Phrase("workbook_starred"),
        Phrase("scorecard_ticked"),
        Phrase("workbook_counts"),
        Phrase("workbook_worth"),
        Phrase("workbook_breaks"),
        Phrase("workbook_mend"),
    )
    sheet.head(HEAD, titles, "ABCDEGL")
    for criterion in company.instrument.criteria:
        for key in layout.keys(criterion):
            _item(sheet, layout, company, criterion, key)
    last = max(layout.item_rows.values())
    ticks = f"H{HEAD + 1}:H{last}"
    refused = {
        "error_title": say(Phrase("workbook_tick_title"), sheet.language),
        "error_message": say(Phrase("workbook_tick_refused"), sheet.language),
    }
    sheet.page.data_validation(ticks, {"validate": "list", "source": [1, 0], **refused})
    done = {"type": "cell", "criteria": "==", "value": 1, "format": sheet.formats["ticked"]}
    sheet.page.conditional_format(ticks, done)
    sheet.page.autofilter(f"A{HEAD}:L{last}")
    sheet.page.freeze_panes(HEAD, 0)
    sheet.page.repeat_rows(HEAD - 1)
    sheet.page.set_landscape()


def _top(sheet: Sheet, company: CompanyScore, text: Phrase, widths: dict[str, int]) -> None:
    """Title, banner and a word on what this sheet is for."""
    sheet.columns(widths)
    sheet.words("A1", Phrase("scorecard_title", {"title": company.instrument.title}), "title")
    sheet.words("A2", company.banner, "banner")
    sheet.words("A3", text, "subtitle")


def _item(
    sheet: Sheet, layout: Layout, company: CompanyScore, criterion: Criterion, key: str
) -> None:
    row, language = layout.item_rows[key], sheet.language
    item = next((each for each in criterion.rows if each.id == key), None)
    section = company.instrument.section_of(criterion.id)
    points = item.points if item else 0
    tick = int(_is_ticked(criterion, company.answers.get(criterion.id, NOTHING), key))
    wording: Words = item.wording if item else Phrase("none_of_these")
    mend = say(_rule(criterion, key), language)
    sheet.fit(
        row, _ITEM_WIDTHS, {"C": criterion_label(criterion, language), "E": wording, "L": mend}
    )
    sheet.words(f"A{row}", section.id)
    sheet.words(f"B{row}", criterion.theme)
    sheet.words(f"C{row}", criterion_label(criterion, language))
    sheet.words(f"D{row}", key if item else "–")
    sheet.words(f"E{row}", wording, "text" if item else "weak")
    sheet.number(f"F{row}", points)
    sheet.words(f"G{row}", "*" if item and item.starred else "", "mark")
    sheet.number(f"H{row}", tick, "tick")
    sheet.formula(f"I{row}", f"=IF(H{row}=1,F{row},0)", points * tick)
    _worth(sheet, layout, company, criterion, key)
    broken = layout.breaks(criterion, key)
    wrong = f"AND(H{row}<>0,H{row}<>1)"
    clash = f",AND(H{row}=1,{broken}>0)" if broken else ""
    sheet.formula(f"K{row}", f"=IF(OR({wrong}{clash}),1,0)", 0)
    sheet.formula(f"L{row}", f'=IF(K{row}=1,{quoted(mend)},"")', "", "warning")


def _is_ticked(criterion: Criterion, answer: Answer, key: str) -> bool:
    """Whether a row is ticked. "None of these" in a table with a zero row is that row."""
    if not answer.none:
        return key in answer.chosen
    zero = next((row.id for row in criterion.rows if row.zero), criterion.id)
    return key == zero


def _worth(
    sheet: Sheet, layout: Layout, company: CompanyScore, criterion: Criterion, key: str
) -> None:
    """What an item by itself is worth in points of the final score."""
    row = layout.item_rows[key]
    section = company.instrument.section_of(criterion.id)
    at = layout.section_row(section)
    points = next((each.points for each in criterion.rows if each.id == key), 0)
    formula = f"=F{row}*'{layout.score}'!$E${at}/'{layout.score}'!$C${at}"
    sheet.formula(f"J{row}", formula, points * company.point(section), "worth")


def _rule(criterion: Criterion, key: str) -> Phrase:
    """What to do where this ticked item cannot stand."""
    item = next((each for each in criterion.rows if each.id == key), None)
    if item is None or item.alone:
        return Phrase("workbook_alone", {"criterion": criterion.number})
    rivals = [each.id for each in criterion.rows if each.alone]
    rivals += [
        each.id
        for each in criterion.rows
        if item.group is not None and each.group == item.group and each.id != key and not each.alone
    ]
    none = [] if criterion.has_zero else [Phrase("none_of_these")]
    return Phrase("workbook_not_with", {"items": Several((*rivals, *none))})


def write_criteria(sheet: Sheet, layout: Layout, company: CompanyScore) -> None:
    """One row a criterion: whether it is answered, its points, its maximum, what is open."""
    _top(sheet, company, Phrase("workbook_criteria_text"), _CRITERION_WIDTHS)
    titles = [
        Phrase("scorecard_section"),
        Phrase("scorecard_theme"),
        Phrase("scorecard_criterion"),
        Phrase("workbook_answered"),
        Phrase("scorecard_points"),
        Phrase("scorecard_maximum"),
        Phrase("workbook_open"),
        Phrase("workbook_breaks"),
    ]
    if company.last is not None:
        titles.append(Phrase("scorecard_last"))
    sheet.head(HEAD, titles, "ABC")
    for criterion in company.instrument.criteria:
        _criterion(sheet, layout, company, criterion)
    sheet.page.autofilter(f"A{HEAD}:H{max(layout.criterion_rows.values())}")
    sheet.page.freeze_panes(HEAD, 0)
    sheet.page.repeat_rows(HEAD - 1)
    sheet.page.set_landscape()


def _criterion(sheet: Sheet, layout: Layout, company: CompanyScore, criterion: Criterion) -> None:
    row, language, keys = (
        layout.criterion_rows[criterion.id],
        sheet.language,
        layout.keys(criterion),
    )
    found = company.now.criteria[criterion.id]
    section = company.instrument.section_of(criterion.id)
    cells = {
        "A": section_label(section, language),
        "B": theme_label(company.instrument.theme_of(criterion), language),
        "C": criterion_label(criterion, language),
    }
    sheet.fit(row, _CRITERION_WIDTHS, cells)
    for column, words in cells.items():
        sheet.words(f"{column}{row}", words)
    ticks = layout.item_cells("H", keys)
    sheet.formula(f"D{row}", f"=IF(COUNTIF({ticks},1)>0,1,0)", int(found.answered))
    sheet.formula(f"E{row}", f"=SUM({layout.item_cells('I', keys)})", found.points)
    sheet.formula(f"F{row}", layout.maximum(criterion), found.maximum)
    still = 0 if found.answered else found.maximum
    sheet.formula(f"G{row}", f"=IF(D{row}=1,0,F{row})", still)
    sheet.formula(f"H{row}", f"=SUM({layout.item_cells('K', keys)})", 0)
    if company.last is not None:
        sheet.number(f"I{row}", company.last.criteria[criterion.id].points)
