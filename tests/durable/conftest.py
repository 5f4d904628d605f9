"""Where processes of the product come from, for all tests of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.durable.spawner import spawning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.durable.spawner import Spawner


@pytest.fixture(scope="module")
def spawner() -> Iterator[Spawner]:
    with spawning() as ready:
        yield ready
