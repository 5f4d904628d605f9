"""The first sheet of a scorecard's workbook: final score, sections and themes, all by formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.reports.scorecard.company import share
from bot.reports.scorecard.front import formula as weighted_sum
from bot.reports.scorecard.layout import SECTIONS
from bot.reports.scorecard.sheet import quoted
from bot.reports.scorecard.words import of_maximum, section_label, theme_label
from bot.texts import say
from flows.card import Phrase

if TYPE_CHECKING:
    from fractions import Fraction

    from bot.reports.scorecard.company import CompanyScore
    from bot.reports.scorecard.layout import Layout
    from bot.reports.scorecard.sheet import Sheet
    from flows.card import Words
    from flows.instrument import Section, Theme

_WIDTHS: Final = {"A": 62, "B": 10, "C": 10, "D": 11, "E": 10, "F": 12, "G": 11, "H": 11}
_CHART_ROWS: Final = 27


def write_score(sheet: Sheet, layout: Layout, company: CompanyScore, chart: Any) -> None:  # noqa: ANN401 - the library has no types
    """Final score with floor and ceiling, sections, themes and their chart."""
    sheet.columns(_WIDTHS)
    sheet.page.set_column("J:J", None, None, {"hidden": True})
    sheet.words("A1", Phrase("scorecard_title", {"title": company.instrument.title}), "title")
    sheet.words("A2", company.name or "", "subtitle")
    sheet.words("A3", company.banner, "banner")
    _final(sheet, layout, company)
    _sections(sheet, layout, company)
    end = _themes(sheet, layout, company)
    _drawn(sheet, layout, company, chart)
    notes: tuple[Words, ...] = (
        Phrase("workbook_how_to", {"items": layout.items}),
        weighted_sum(company, sheet.language),
        Phrase("scorecard_preconditions"),
        Phrase("scorecard_source_text", _source(company)),
    )
    for place, note in enumerate(notes):
        sheet.page.set_row(end + place, 48)
        sheet.page.merge_range(
            f"A{end + place + 1}:H{end + place + 1}",
            say(note, sheet.language),
            sheet.formats["note"],
        )


def _source(company: CompanyScore) -> dict[str, str]:
    return {"source": company.instrument.source, "edition": company.instrument.edition}


def _final(sheet: Sheet, layout: Layout, company: CompanyScore) -> None:
    """Final score, floor, ceiling, how many are answered, whether a rule is broken."""
    first = SECTIONS + 1
    last = SECTIONS + len(company.instrument.sections)
    criteria, now = company.instrument.criteria, company.now
    broken = f"SUM({layout.criterion_cells('H', criteria)})"
    floor, ceiling = f"SUM(F{first}:F{last})", f"SUM(G{first}:G{last})"
    # A selection that the rules exclude has no score, as in a file that is handed in.
    for row, (words, reckoned, value, look) in enumerate(
        (
            (Phrase("scorecard_final"), floor, now.score.floor, "big"),
            (Phrase("scorecard_floor"), floor, now.score.floor, "fact"),
            (Phrase("scorecard_ceiling"), ceiling, now.score.ceiling, "fact"),
        ),
        start=5,
    ):
        sheet.words(f"A{row}", words, "label")
        sheet.formula(f"B{row}", f'=IF({broken}>0,"–",{reckoned})', value, look)
    sheet.words("C5", Phrase("scorecard_of_100"), "subtitle")
    sheet.words("C6", Phrase("scorecard_floor_means"), "subtitle")
    sheet.words("C7", Phrase("scorecard_ceiling_means"), "subtitle")
    sheet.words("A8", Phrase("scorecard_answered"), "label")
    answered = f"=SUM({layout.criterion_cells('D', criteria)})"
    sheet.formula("B8", answered, now.answered, "count")
    sheet.words("C8", Phrase("workbook_of_criteria", {"n": len(criteria)}), "subtitle")
    sheet.words("A9", Phrase("workbook_check"), "label")
    sheet.formula("B9", f"={broken}", 0, "count")
    fine = say(Phrase("workbook_fine"), sheet.language)
    bad = say(Phrase("workbook_broken", {"items": layout.items}), sheet.language)
    sheet.formula("C9", f"=IF(B9=0,{quoted(fine)},{quoted(bad)})", fine, "subtitle")
    red = {"type": "cell", "criteria": ">", "value": 0, "format": sheet.formats["warning"]}
    sheet.page.conditional_format("B9", red)


def _sections(sheet: Sheet, layout: Layout, company: CompanyScore) -> None:
    titles = [
        Phrase("scorecard_section"),
        Phrase("scorecard_points"),
        Phrase("scorecard_maximum"),
        Phrase("scorecard_percent"),
        Phrase("scorecard_weight"),
        Phrase("scorecard_weighted"),
        Phrase("scorecard_at_most"),
    ]
    if company.last is not None:
        titles.append(Phrase("scorecard_last"))
    sheet.head(SECTIONS, titles)
    for section in company.instrument.sections:
        _section(sheet, layout, company, section)
    last = SECTIONS + len(company.instrument.sections)
    sheet.words(f"A{last + 1}", Phrase("scorecard_final"), "sum_text")
    for column in "BCDE":
        sheet.words(f"{column}{last + 1}", "", "sum_text")
    for column, value in zip(
        "FG", (company.now.score.floor, company.now.score.ceiling), strict=True
    ):
        cells = f"{column}{SECTIONS + 1}:{column}{last}"
        sheet.formula(f"{column}{last + 1}", f"=SUM({cells})", value, "sum")
    if company.last is not None:
        sheet.number(f"H{last + 1}", company.last.score.floor, "sum")


def _section(sheet: Sheet, layout: Layout, company: CompanyScore, section: Section) -> None:
    row, found = layout.section_row(section), company.now.sections[section.id]
    criteria = company.criteria(section)
    sheet.words(f"A{row}", section_label(section, sheet.language))
    sheet.formula(f"B{row}", f"=SUM({layout.criterion_cells('E', criteria)})", found.points)
    sheet.formula(f"C{row}", f"=SUM({layout.criterion_cells('F', criteria)})", found.maximum)
    sheet.formula(f"D{row}", f"=B{row}/C{row}", found.share, "share")
    sheet.number(f"E{row}", found.weight)
    sheet.formula(f"F{row}", f"=E{row}*B{row}/C{row}", found.floor_weighted, "score")
    still = f"SUM({layout.criterion_cells('G', criteria)})"
    ceiling = f"=E{row}*(B{row}+{still})/C{row}"
    sheet.formula(f"G{row}", ceiling, found.ceiling_weighted, "score")
    if company.last is not None:
        sheet.number(f"H{row}", company.last.sections[section.id].floor_weighted, "score")


def _first_theme(layout: Layout) -> int:
    """The row of the themes' titles: below the chart."""
    return SECTIONS + len(layout.instrument.sections) + 3 + _CHART_ROWS


def _themes(sheet: Sheet, layout: Layout, company: CompanyScore) -> int:
    """The themes; returns the first free row below, counted from 0."""
    top = _first_theme(layout)
    titles = [
        Phrase("scorecard_theme"),
        Phrase("scorecard_points"),
        Phrase("scorecard_maximum"),
        Phrase("scorecard_percent"),
    ]
    if company.last is not None:
        titles.append(Phrase("scorecard_last"))
    sheet.head(top, titles)
    row = top
    for _, theme in company.themes:
        row += 1
        _theme(sheet, layout, company, theme, row)
    return row + 1


def _theme(sheet: Sheet, layout: Layout, company: CompanyScore, theme: Theme, row: int) -> None:
    found = company.now.themes[theme.id]
    criteria = company.criteria(theme)
    label = theme_label(theme, sheet.language)
    sheet.fit(row, _WIDTHS, {"A": label})
    sheet.words(f"A{row}", label)
    sheet.formula(f"B{row}", f"=SUM({layout.criterion_cells('E', criteria)})", found.points)
    sheet.formula(f"C{row}", f"=SUM({layout.criterion_cells('F', criteria)})", found.maximum)
    sheet.formula(f"D{row}", f"=B{row}/C{row}", found.share, "share")
    if company.last is not None:
        before: Fraction = share(company.last, theme.id) / 100
        sheet.number(f"E{row}", before, "share")
    _named(sheet, row, label, of_maximum(found, sheet.language))


def _named(sheet: Sheet, row: int, label: str, counted: str) -> None:
    """What the chart calls a theme: its points stand beside its name, by formula."""
    words = say(Phrase("scorecard_of", {"points": "§B§", "maximum": "§C§"}), sheet.language)
    parts = words.replace("§B§", f'"&B{row}&"').replace("§C§", f'"&C{row}&"')
    sheet.formula(f"J{row}", f'=A{row}&"  {parts}"', f"{label}  {counted}", "subtitle")


def _drawn(sheet: Sheet, layout: Layout, company: CompanyScore, chart: Any) -> None:  # noqa: ANN401 - the library has no types
    """The themes as a native chart over the cells, which follows the ticks."""
    top = _first_theme(layout)
    first, last = top + 1, top + sum(1 for _ in company.themes)
    names = f"='{layout.score}'!$J${first}:$J${last}"
    series = [("D", Phrase("scorecard_this"), "#1F7A8C")]
    if company.last is not None:
        series.append(("E", Phrase("scorecard_last"), "#B9C4CB"))
    for column, words, colour in series:
        chart.add_series(
            {
                "name": say(words, sheet.language),
                "categories": names,
                "values": f"='{layout.score}'!${column}${first}:${column}${last}",
                "fill": {"color": colour},
                "gap": 40,
            }
        )
    chart.set_title(
        {"name": say(Phrase("scorecard_chart"), sheet.language), "name_font": {"size": 12}}
    )
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    grid = {"visible": True, "line": {"color": "#E3E7EA"}}
    chart.set_x_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": grid})
    chart.set_legend({"position": "bottom"} if company.last is not None else {"none": True})
    chart.show_hidden_data()  # the names with points stand in a column of their own
    chart.set_size({"width": 1000, "height": _CHART_ROWS * 20 - 10})
    sheet.page.insert_chart(
        f"A{SECTIONS + len(layout.instrument.sections) + 3}",
        chart,
        {"description": say(Phrase("scorecard_chart"), sheet.language)},
    )
