"""Who may do what: written down apart from the product, to be read and argued about.

Whatever the product offers and is not named here fails the tests until somebody decides.
"""

from __future__ import annotations

from tests.access.world import MEMBERS, OF_GLOBEX, ROLES

EVERYBODY = frozenset(ROLES)
NOBODY: frozenset[str] = frozenset()

_LETTERS = {
    "O": ("owner",),
    "S": ("survey",),
    "R": ("researcher", "own-researcher"),
    "A": ("analyst",),
}

# O owner, S survey administrator, R researcher, A analyst.
DESK = {
    "": "OSRA", "round": "OSRA", "done": "OSRA",
    "people": "OS", "approve": "OS", "refuse": "OS",
    "invite": "OS", "upload": "OS", "links!": "OS", "letters!": "OS",
    "open": "OS", "extend": "OS", "close": "OS", "close!": "OS",
    "remind": "OS", "remind!": "OS",
    "team": "O", "code": "O",
    "report": "OSRA", "export": "OSR", "export!": "OSR",
    "now": "OSRA", "digest": "OSRA", "schedule": "OSRA",
    "checking": "OR", "case": "OR", "why": "OR", "decide": "OR", "feedback": "OR",
    "surely": "OR", "final": "OR", "again": "OR", "pack": "OR", "ranking": "OR",
}  # fmt: skip
NOT_OF_ONES_OWN = {"decide", "feedback", "final", "again"}
"""What a researcher does not do about the company that they work for."""

# o owner, e editor, v viewer: who changes something of their own company; of another one nobody.
WORK = {
    "": "", "team": "", "person": "", "waiting": "", "checks": "", "peers": "", "disputed": "",
    "handin": "", "remove": "", "to": "", "round": "oev", "pack": "",
    "invite": "o", "revoke": "o", "give": "o", "release": "o", "everything": "o", "removed": "o",
    "name": "o", "me": "oev",
    "sites": "oe", "unsite": "oe",
    "send": "o", "reopen": "o", "return": "o",
}  # fmt: skip
STAGES = {"send": "complete", "reopen": "sent", "return": "in its feedback round"}
"""What these do they do to an assessment at this stage; at any other they change nothing."""
_OF_LETTER = {"o": MEMBERS[0], "e": MEMBERS[1], "v": MEMBERS[2]}

# Commands that everybody may give: what they reach is one's own, and one's own alone.
COMMANDS = {
    "start", "take", "home", "help", "status", "privacy", "mydata", "code", "continue", "language",
    "pause", "scorecard", "forget", "move", "resume", "reminders", "decline", "timezone", "ask",
    "claim",
}  # fmt: skip
GUARDED = {"admin", "work", "verdict"}
"""Commands with rules of their own, above."""

PAGES = {
    "help", "language", "forget", "forgotten", "ask", "continue", "home", "status", "mydata",
    "privacy", "code", "reminders", "timezone",
}  # fmt: skip

FILES = {"report": "OSRA", "export": "OSR", "links": "OS", "digest": "OSRA", "pack": ""}
"""Who gets which file; an auditor's pack goes by company (``may_have_pack``)."""

# Method and path of every route, and what everybody is answered, whoever they are.
OPEN_ROUTES = {
    "GET /": 200, "GET /press": 303, "GET /language": 303, "POST /press": 303,
    "POST /language": 303, "GET /i/{token}": 200, "POST /i/{token}": 422, "GET /continue": 200,
    "POST /continue": 422, "GET /stop/{token}": 200, "POST /stop/{token}": 404, "GET /ask": 200,
    "POST /ask": 303, "GET /desk/{code}": 200, "POST /desk/{code}": 422,
    "GET /static/{name}": 404,
}  # fmt: skip
MACHINE_ROUTES = {"GET /healthz", "GET /readyz", "GET /metrics", "POST /telegram/webhook"}
"""Routes for machines: counts by kind for a monitor, and what only Telegram's secret opens."""
GUARDED_ROUTES = {
    "GET /page/{name}", "GET /scorecard", "GET /scorecard.{ending}", "GET /file/{kind}/{of}",
}  # fmt: skip
"""Routes whose answer depends on who asks: by page, by company, by file."""


def desk(verb: str) -> frozenset[str]:
    """Who may ask for this at the desk."""
    return frozenset(role for letter in DESK[verb] for role in _LETTERS[letter])


def file(kind: str) -> frozenset[str]:
    """Who may have this file."""
    return frozenset(role for letter in FILES[kind] for role in _LETTERS[letter])


def work(verb: str, company: str) -> frozenset[str]:
    """Who changes something of Acme by this; in the eyes of Globex's people Acme is foreign."""
    if company != "Acme":
        return NOBODY
    return frozenset(_OF_LETTER[letter] for letter in WORK[verb])


def at_stage(verb: str) -> frozenset[str]:
    """Who changes their company's assessment by this when Acme's is at its stage: owners of theirs.
    That of Initech, which a researcher owns, is sent; that of Globex is open and not complete.
    """
    return work(verb, "Acme") | ({"own-researcher"} if verb == "reopen" else NOBODY)


def may_have_pack(role: str, company: str) -> bool:
    """Members of the company; and who sees scores, once it was sent."""
    if company == "Initech":
        return role in {"owner", "researcher", "own-researcher"}
    return role in (MEMBERS if company == "Acme" else OF_GLOBEX)
