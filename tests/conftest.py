"""Settings of Hypothesis, the check that tests leave nothing open, and the browser.

The profile ``suite`` tries the same examples each time. ``prove`` (``make prove``) tries others, and ten times as many.
No example is judged by how long it took.
"""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from support import leaks, orphans
from support.browser_pages import chromium
from support.http_pools import close_connections

UNTIMED = [HealthCheck.too_slow]

settings.register_profile(
    "suite", max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=UNTIMED
)
settings.register_profile("prove", max_examples=600, deadline=None, database=None, suppress_health_check=UNTIMED)
settings.load_profile("suite")


class ExcusedFixtures:
    """Excuse a test from things that a fixture of a wider scope opens.

    A plugin, because pytest does not call the hooks of this file for fixtures of the session.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        with leaks.excused(fixturedef.scope):
            return (yield)


def pytest_configure(config: pytest.Config) -> None:
    orphans.end_with_this_process()
    config.pluginmanager.register(ExcusedFixtures())


@pytest.fixture(scope="module", autouse=True)
def module_leaves_nothing_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail when a module's fixtures leave a thread, file, socket or child process behind."""
    yield from _watch("module", request)


@pytest.fixture(autouse=True)
def leaves_nothing_open(module_leaves_nothing_open: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, file, socket or child process behind."""
    yield from _watch("function", request)


def _watch(scope: str, request: pytest.FixtureRequest) -> Iterator[None]:
    failed = request.session.testsfailed
    with leaks.watched(scope, is_void=lambda: request.session.testsfailed > failed):
        yield
        close_connections()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one Chromium for a worker; each test opens a context of its own."""
    with chromium() as launched:
        yield launched
