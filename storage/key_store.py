"""Where keys lie: the few things that are done there, and which of the two places it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from storage import key_file
from storage.location import KeyServerAt, keys_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.location import KeysAt


class KeyStore(Protocol):
    """The key file, or a server that owns one. Whatever it does may be done twice.

    Each raises SQLAlchemyError where it cannot be done now.
    """

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    async def mark(self) -> str:
        """Which key file it is."""
        ...

    async def owner(self) -> str | None:
        """The database whose keys these are; None before the first."""
        ...

    async def claim(self, own: str) -> str:
        """Have the keys be this database's where they are nobody's; whose they are then."""
        ...

    async def give(self, own: str) -> None:
        """Have the keys be this database's, whosever they were."""
        ...

    async def put(self, key_id: str, secret: bytes, day: int) -> None:
        """Keep a key; it is on disk before this returns. ``day`` is the one it was made on, since
        1970.
        """
        ...

    async def read(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """Those of these keys that there are, by id."""
        ...

    async def there(self, ids: Sequence[str]) -> set[str]:
        """Which of these keys there are; no key leaves its place for that."""
        ...

    async def ids(self, until: int | None = None) -> set[str]:
        """The ids of all keys, or of those that were made on or before a day."""
        ...

    async def destroy(self, ids: Sequence[str]) -> bool:
        """Delete keys; whether nothing is left of them, in the file's log neither."""
        ...

    async def aclose(self) -> None:
        """Let go of it."""
        ...


async def open_store(at: KeysAt) -> KeyStore:
    """What keys are kept in. Raises StorageError, and KeysAwayError where a server does not
    answer.
    """
    if isinstance(at, KeyServerAt):
        from storage.key_server import KeyServer  # noqa: PLC0415 - few need what speaks HTTP

        return await KeyServer.open(at)
    return await key_file.KeyFile.open(at)


def is_there(at: KeysAt) -> bool:
    """Whether there is a key file; looked at without making one. A server has one. Raises
    StorageError.
    """
    return isinstance(at, KeyServerAt) or key_file.is_there(keys_file(at))
