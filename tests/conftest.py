"""How many examples Hypothesis tries, and that no example is judged by how long it took.

``suite`` tries the same examples each time. ``prove`` (``make prove``) tries others, and ten times as many.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from pages import chromium

UNTIMED = [HealthCheck.too_slow]

settings.register_profile(
    "suite", max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=UNTIMED
)
settings.register_profile("prove", max_examples=600, deadline=None, database=None, suppress_health_check=UNTIMED)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all pages of a worker; each test opens a context of its own."""
    with chromium() as launched:
        yield launched
