"""A house that is open to whom it invites, with a round of each instrument and its desk."""

from tests.bot.conftest import clock, database, house, postgres_template, universe
from tests.bot.fieldwork.conftest import fieldwork

__all__ = ["clock", "database", "fieldwork", "house", "postgres_template", "universe"]
