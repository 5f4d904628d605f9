"""Odd strings: whatever a keyboard, a program or somebody with bad intentions may hand in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tests.fuzz.chance import chance, times

if TYPE_CHECKING:
    import random

NUMBER = 20_000

CONTROLS = [chr(code) for code in (*range(32), 127, *range(128, 160))]
INVISIBLE = [
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e",
    "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060",
    "\u2063", "\u2066", "\u2067", "\u2068", "\u2069", "\u2800", "\u3000", "\u3164", "\ufe0f",
    "\ufeff", "\ufff9", "\ufffc", "\ufffd", "\ufffe", "\uffff", "\U000e0001", "\U000e0041",
    "\U0010ffff", "\U0001fffe", "\u00a0", "\u1680", "\u2007", "\u202f", "\u205f",
]  # fmt: skip
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff", "\udc00\ud800", "\ud83d", "\ude00"]
SCRIPTS = [
    "مرحبا", "שלום", "\u202eabc\u202c", "\u200fא1", "नमस्ते", "ไทย", "한국어", "日本語", "两年",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "e\u0301" * 50, "\u0301", "ﷺ", "ﷺ" * 30, "ß", "İ", "ı", "ǅ", "ﬁ", "Ⅷ", "①", "🙂", "👩‍👩‍👧‍👦",
    "🇨🇭", "👍🏽", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f", "𝕳𝖊𝖑𝖑𝖔", "ɐqɔ", "\U0001f9d1\u200d",
    "𠜎𠜱",
]  # fmt: skip
FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.test","x")', "＝1+1", "＋1", "－1", "＠a", " =1", "'=1", '"=1',
    "\u200b=1", "\ufeff=1", "\x00=1", "\x0b=1", "\u00ad=1", "\u202e=1", ";=1", ",=1", '"\n=1',
    "-2+3+cmd|' /C calc'!A0", '=DDE("cmd";"/C calc";"x")', "{=1}", "_x003D_1", "_x0000_",
    "%0A=1", "=-1", "\u2028=1", "\x85=1", "\u2212\u0031",
]  # fmt: skip
MARKUP = [
    "<b>", "</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;",
    "&amp;", "&#60;", "&#x3c;script&#x3e;", "&nbsp", "&", "<", ">", "]]>", "<!--", "-->",
    "<![CDATA[", "</textarea><script>1</script>", "</title>", '"><svg/onload=1>',
    "' onmouseover='1", "</style>", "javascript:alert(1)", "*a*", "_a_", "`a`",
    "[a](http://evil.test)", "||a||", "~a~", "# a", "{{7*7}}", "{% raw %}", "{0}", "{}", "{",
    "}", "${7*7}", "%s", "%(x)s", "%n", "#{1}", "<%= 1 %>", "#let x = 1",
    '#read("/etc/passwd")', "$a$", "@ref", "\\u0000", "\\x1b", "<tg-spoiler>",
    '<a href="tg://user?id=1">x</a>', "</blockquote>", "<blockquote expandable>", "<pre><code>",
]  # fmt: skip
PATHS = [
    "../../etc/passwd", "..\\..\\x", "/etc/passwd", "C:\\x", "CON", "nul", "COM1.txt", "a/b",
    "..", ".", "~", "file:///etc/passwd", "%2e%2e%2f", "a\x00.csv", "-rf", "--help", "$(id)",
    "`id`", "; ls", "| cat", "\\\\host\\share", "%00", "AUX:", "a.", " a ",
]  # fmt: skip
STATEMENTS = [
    "'; DROP TABLE person; --", "' OR '1'='1", '" OR 1=1', "1; SELECT 1", "/* a */", "\\'",
    "''", "x' UNION SELECT * FROM response --", ":name", "?", "%", "_", "null", "None",
    "undefined", "true",
]  # fmt: skip
FORGED = [
    "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b[31mred", "\x9b31m", "\x1bP1;1|\x1b\\",
    "\x1b]52;c;YQ==\x07", "a\n2026-01-01 [error] forged event=1", "a\r\nBcc: evil@example.org",
    "a\rb", "a\n\nbody", "a\r\n\r\n<html>", "=?utf-8?q?a=0ABcc:_b@c?=",
    "=?utf-8?b?CkJjYzogYUBi?=", "a\x85b", "a\u2028b", "\b\b\b", "\a", "\x0c", "\x1c", "\x1d",
    "\x1e", '{"level": "error"}\n{"a": 1}', "a\tb",
]  # fmt: skip
NUMBERS = [
    "1e309", "-1e309", "½", "٣", "NaN", "nan", "inf", "-inf", "Infinity", "0x10", "0b1",
    "1_000", "1,000", "1.000,5", "９", "²", "₂", "一", "三", "Ⅳ", "-0", "+0", "00", "1.", ".5",
    "1e5", "1E+400", "9" * 400, "0." + "0" * 400 + "1", "-" * 50, "1/0", "1 2", "௧", "𝟙", "२",
    "99999999999999999999", "2026-02-30", "2026-11-23", "0000-00-00", "99999-01-01", "1-1-1",
    "२०२६-११-२३", "25:00", "12:60", "2026-11-23T25:00", "23.11.2026", "31/02/2026",
    "-0001-01-01", "2026-W53-7", "10:00+99:99", "٢٠٢٦", "-9223372036854775809",
    "18446744073709551616", "\u2155", "1\u0660", "０１",
]  # fmt: skip
ADDRESSES = [
    "a@b", "a@b.c", "a@@b.c", '"a b"@c.d', "a@[1.2.3.4]", "a@b.c\nBcc: d@e.f", "a@b..c", "@",
    "a@", "a@xn--a.b", "ä@ö.de", "a@straße.de", "a@" + "b" * 300 + ".c", "a" * 300 + "@b.c",
    "a@b.c,d@e.f", "<a@b.c>", "A <a@b.c>", "a@ｂ.c", "a@b。c", "a@\u200bb.c", "http://[",
    "http://a b", "https://a/\nb", "http://a@b@c", "//x", "https://例子.测试/\u202e",
    "http://127.0.0.1:99999/", "https://x/%zz?#",
]  # fmt: skip
EMPTY = ["", " ", "\n", "\t", "\u3000", "\u200b", "\r\n", "   \n  "]

GROUPS = {
    "controls": CONTROLS, "invisible": INVISIBLE, "surrogates": SURROGATES, "scripts": SCRIPTS,
    "formulas": FORMULAS, "markup": MARKUP, "paths": PATHS, "statements": STATEMENTS,
    "forged": FORGED, "numbers": NUMBERS, "addresses": ADDRESSES, "empty": EMPTY,
}  # fmt: skip
CHOSEN = [text for group in GROUPS.values() for text in group]
LONG = [
    "a" * 5_000, "名" * 5_000, "🙂" * 3_000, "&" * 5_000, "a " * 5_000, "\n" * 5_000,
    "e\u0301" * 3_000, "<b>" * 2_000, "(" * 5_000, ("\ud800a") * 3_000, "'" * 40_000,
    "1," * 5_000, "@" * 5_000, "a." * 5_000, "=" * 33_000,
]  # fmt: skip


def odd(rnd: random.Random) -> str:
    """One odd string: a chosen one, several run together, or any characters."""
    kind = rnd.random()
    if kind < 0.2:
        return rnd.choice(CHOSEN)
    if kind < 0.75:
        groups = rnd.choices(list(GROUPS.values()), k=rnd.randint(2, 4))
        return "".join(
            (rnd.choice(group) + rnd.choice(("", "", " ", "a", "Oat", "\n"))) for group in groups
        )
    if kind < 0.76:
        return rnd.choice(LONG)[: rnd.randint(100, 6_000)]
    highest = rnd.choice((0x7F, 0x7F, 0xFF, 0x2FFF, 0xFFFF, 0x10FFFF))
    return "".join(chr(rnd.randint(0, highest)) for _ in range(rnd.randint(1, 24)))


@cache
def strings() -> tuple[str, ...]:
    """All that one run tries: what was chosen first, then what chance adds."""
    rnd = chance("odd strings")
    number = times(NUMBER)
    drawn = (odd(rnd) for _ in range(number - len(CHOSEN) - len(LONG)))
    return (*CHOSEN, *LONG, *drawn)[:number]
