"""A file of links: whole or not at all, and for nobody else's eyes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.fieldwork.contacts import ContactsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def appearing(out: Path) -> Iterator[Callable[[bytes], None]]:
    """A file that takes its name once the block is done, and is gone where the block fails.

    What is handed over writes the bytes, and comes back when the disk has them. Raises
    ContactsError where the file cannot be written.
    """
    part = out.with_name(out.name + ".part")
    try:
        # Whoever reads a link can answer in its owner's place: for nobody else's eyes.
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ContactsError(f"{part}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:

            def write(content: bytes) -> None:
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError as error:
                    raise ContactsError(f"{part}: cannot be written: {error.strerror}") from None

            yield write
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
