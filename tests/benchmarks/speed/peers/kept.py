"""Tables for whoever keeps answers with SQLAlchemy's ORM, and the engine as its guide has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.benchmarks.speed.peers import surroundings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class Base(DeclarativeBase):
    """All tables."""


class Walk(Base):
    """Somebody's way through the survey."""

    __tablename__ = "walk"
    chat: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(default=-1)
    sent: Mapped[bool] = mapped_column(default=False)


class Answer(Base):
    """What somebody said to one question."""

    __tablename__ = "answer"
    chat: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[int] = mapped_column(primary_key=True)
    options: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")


engine = create_async_engine(f"sqlite+aiosqlite:///{surroundings.FOLDER / 'answers.sqlite3'}")
sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def _durably(connection: Any, _: object) -> None:
    """What is committed outlives a loss of power: the same as the product's."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


async def make_tables() -> None:
    """Where there are none."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
