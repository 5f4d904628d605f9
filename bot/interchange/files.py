"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class ExportRefusedError(Exception):
    """Nothing can be exported there or in that form; one line says why."""


class ExportFailedError(Exception):
    """The export could not be finished; nothing of it remains."""


def beside(out: Path, ending: str) -> Path:
    """A companion of a file: ``out.csv`` and "-texts.csv" are ``out-texts.csv``."""
    return out.with_name(f"{out.stem}{ending}")


@contextmanager
def whole(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Names to write under; the files take their own when everything is written.

    The first is renamed last: where it is, its companions are. Answers are for nobody else's eyes.
    Raises ExportRefusedError where one is there already, ExportFailedError where the disk will not.
    """
    if not paths[0].parent.is_dir():
        raise ExportRefusedError(f"{paths[0]}: {paths[0].parent} is no folder; name one that is")
    parts: list[Path] = []
    try:
        for path in paths:
            if path.exists():
                raise ExportRefusedError(f"{path}: is there already; name a file that is not")
        for path in paths:
            part = path.with_name(f"{path.name}.part")
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            parts.append(part)
        yield parts
        for part in parts:
            with part.open("rb") as file:
                os.fsync(file.fileno())
        for part, path in reversed(list(zip(parts, paths, strict=True))):
            part.rename(path)
    except FileExistsError as error:
        what = "is there already; another export is writing it, or was killed: remove it then"
        raise ExportRefusedError(f"{error.filename}: {what}") from None
    except OSError as error:
        where = error.filename or paths[0]
        raise ExportFailedError(f"{where}: cannot be written: {error.strerror}") from None
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
