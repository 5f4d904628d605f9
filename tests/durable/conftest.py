"""Where processes of the product come from, for all tests of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spawner import Spawner

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def _spawner() -> Iterator[Spawner]:
    ready = Spawner()
    yield ready
    ready.ends()


@pytest.fixture
def spawner(_spawner: Spawner) -> Iterator[Spawner]:
    yield _spawner
    _spawner.clears()
