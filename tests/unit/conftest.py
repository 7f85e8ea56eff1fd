from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from access_bench import cheap_hashes
from core_hall import Hall
from kiosk_bench import Kiosk

if TYPE_CHECKING:
    from account_web import AccountWeb


@pytest.fixture(scope="module", autouse=True)
def password_costs() -> Iterator[None]:
    """Make hashes of passwords cheap.

    The module that tests the hashes has its own fixture of this name.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        cheap_hashes(monkeypatch)
        yield


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """Return a hall's core with both counters open; some modules have their own."""
    hall = Hall(tmp_path)
    hall.tick()
    hall.open("c1", "c2")
    yield hall
    hall.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator["AccountWeb"]:
    """Provide the pages of a hall whose people sign in; some modules have their own."""
    from account_web import AccountWeb  # few modules need it

    web = AccountWeb(tmp_path)
    yield web
    web.close()


@pytest.fixture
def kiosk() -> Kiosk:
    """A kiosk in touch with its server, whose printer is ready."""
    return Kiosk()
