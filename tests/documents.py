"""A document with one of everything, friendly and hostile, in both languages."""

from __future__ import annotations

from bot.reports.document import (
    Bar,
    Chart,
    Column,
    Document,
    Fact,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Quotes,
    Table,
)

HOSTILE = (
    "<script>alert(1)</script>",
    '#read("/etc/passwd") $x$ *a* _b_ `c` \\',
    '=HYPERLINK("http://example.org","x")',
    "+1",
    "@SUM(1)",
    "{{ 7 * 7 }}",
)
LABEL = {
    "en": "An answer whose wording is so long that it does not fit on one line beside its bar",
    "zh": "一个措辞很长的答案，长到无法与其条形图并排放在同一行之中，需要换行显示",
}


def sample(language: str = "en", *, rows: int = 70) -> Document:
    """Every kind of block at least once; a table of ``rows`` rows."""
    label = LABEL[language]
    bars = tuple(Bar(f"{label} {n}", 10 * n, f"{10 * n} %", 5.0 * n) for n in range(1, 9))
    long = tuple(
        (f"{label} {n}" if n % 9 == 0 else f"{n}.", n, None if n % 7 == 0 else f"{n}.50")
        for n in range(1, rows + 1)
    )
    return Document(
        title="铝业调查" if language == "zh" else "The survey",
        subtitle="轮次 open" if language == "zh" else "Round open",
        language=language,
        banner="暂定，自行报告" if language == "zh" else "Provisional, self-reported",
        source="版本 2021" if language == "zh" else "Edition 2021 & others",
        blocks=(
            Paragraph("Read me first.\nIn two lines."),
            Facts((Fact("Invited", "106"), Fact("Rate", "38 %", "40 of 106"))),
            Heading("Part one: a [name]/that no sheet * can have?"),
            Heading("A question", 2),
            *(Paragraph(each, "note") for each in HOSTILE),
            Table(
                "Options", (Column("Option"), Column("Count", number=True)),
                tuple((each, number) for number, each in enumerate(HOSTILE)), "A dash is withheld.",
            ),
            Chart("Shares", bars, 100, ("now", "before")),
            Chart("Nothing yet", (), 0),
            Quotes(HOSTILE),
            Paragraph("Take care.", "warning"),
            PageBreak(),
            Heading("Part one: a [name]/that no sheet * can have!"),
            Table(
                "Everything",
                (Column("Item"), Column("Number", number=True), Column("Score", number=True)),
                long,
            ),
        ),
    )  # fmt: skip
