"""The house of the conversation tests: a real database, both instruments, a clock at rest."""

from tests.bot.conftest import clock, database, house, postgres_template, talk, universe

__all__ = ["clock", "database", "house", "postgres_template", "talk", "universe"]
