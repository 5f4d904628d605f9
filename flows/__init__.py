"""What is asked, what may be answered and what it is worth; pure.

``begin`` and ``advance`` make turns, ``screens.card`` shows, ``score`` says what it is worth;
``loader.load`` and ``lint.lint`` read and check an instrument, ``definition`` prints and pins it,
``session`` and ``upgrade`` keep a walk through it. Modules are public where a verb alone would not
say of what: ``session.dump``, ``upgrade.move``.
"""

from flows import definition, entry, lint, loader, screens, session, upgrade
from flows.actions import Action, Command, Event, Turn
from flows.card import Card, Phrase
from flows.engine import advance, begin
from flows.instrument import Instrument
from flows.lint import Finding
from flows.navigation import missing
from flows.scoring import Score, points, score
from flows.session import Answer, Place, Session

__all__ = [
    "Action",
    "Answer",
    "Card",
    "Command",
    "Event",
    "Finding",
    "Instrument",
    "Phrase",
    "Place",
    "Score",
    "Session",
    "Turn",
    "advance",
    "begin",
    "definition",
    "entry",
    "lint",
    "loader",
    "missing",
    "points",
    "score",
    "screens",
    "session",
    "upgrade",
]
