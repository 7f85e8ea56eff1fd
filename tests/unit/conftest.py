from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import Hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """A hall's core with both its counters open; a module whose days begin otherwise has its own."""
    hall = Hall(tmp_path)
    hall.tick()
    hall.open("c1", "c2")
    yield hall
    hall.close()
