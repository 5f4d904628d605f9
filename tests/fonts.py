"""Makes the fonts that reports are set in: Noto Sans SC, cut down to what reports can say.

    python -m tests.fonts "NotoSansSC[wght].ttf"

The variable font comes from the Noto project under the SIL Open Font License. The same font and the
same fontTools give the same files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FOLDER = Path(__file__).parents[1] / "bot" / "reports" / "fonts"
WEIGHTS = {"Regular": 400, "Bold": 700}
RANGES = (
    (0x0020, 0x024F),  # Latin, with the letters of European names
    (0x2000, 0x206F),  # punctuation
    (0x20A0, 0x20BF),  # currencies
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x25A0, 0x25FF),  # shapes
    (0x2700, 0x27BF),  # ticks and crosses
    (0x3000, 0x303F),  # Chinese punctuation
    (0xFF00, 0xFFEF),  # full width
)


def gb2312() -> set[int]:
    """The characters of GB 2312: what simplified Chinese is written with."""
    found: set[int] = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def wanted() -> set[int]:
    """Every character a report may need."""
    return gb2312().union(*(range(first, last + 1) for first, last in RANGES))


def make(source: Path) -> None:
    """Write one font a weight."""
    for name, weight in WEIGHTS.items():
        font = instantiateVariableFont(TTFont(source, recalcTimestamp=False), {"wght": weight})
        options = subset.Options(
            layout_features=["kern", "locl", "mark", "mkmk", "ccmp", "pwid"],
            hinting=False,
            notdef_outline=True,
            name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
            recalc_timestamp=False,
        )
        cut = subset.Subsetter(options)
        cut.populate(unicodes=wanted())
        cut.subset(font)
        names = {1: "Noto Sans SC", 2: name, 4: f"Noto Sans SC {name}", 6: f"NotoSansSC-{name}"}
        for number, text in names.items():
            font["name"].setName(text, number, 3, 1, 0x409)
        font["OS/2"].usWeightClass = weight
        font["OS/2"].fsSelection = 0x20 if name == "Bold" else 0x40
        font["head"].macStyle = int(name == "Bold")
        font.save(FOLDER / f"NotoSansSC-{name}.ttf", reorderTables=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
