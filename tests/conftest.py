"""Settings of Hypothesis, the check that tests leave nothing open, and the browser.

The profile ``suite`` tries the same examples each time. ``prove`` (``make prove``) tries others, and ten times as many.
No example is judged by how long it took.
"""

import gc
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from support import leaks, orphans
from support.browser_pages import chromium
from support.file_order import order_of_files
from support.http_pools import close_connections
from support.processor_time import TestTimes

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


class FailedTests:
    """Append the id of each failed test to ``path``, once, for ``tools.suite``."""

    def __init__(self, path: Path) -> None:
        self._path, self._written = path, set[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid not in self._written:
            self._written.add(report.nodeid)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{report.nodeid}\n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--failed-to", type=Path, help="file to which the ids of failed tests are appended")
    parser.addoption("--times-to", type=Path, help="file to which each test's processor seconds are appended")


def pytest_configure(config: pytest.Config) -> None:
    orphans.end_with_this_process()
    config.pluginmanager.register(ExcusedFixtures())
    path: Path | None = config.getoption("--failed-to")
    if path is not None and not hasattr(config, "workerinput"):  # workers report to this process
        config.pluginmanager.register(FailedTests(path))
    times_path: Path | None = config.getoption("--times-to")
    if times_path is not None and (hasattr(config, "workerinput") or not config.getoption("numprocesses", None)):
        config.pluginmanager.register(TestTimes(Path(times_path)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without garbage collections; later ones pass over tests and modules, which stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files for the workers; each file's tests keep their order."""
    files = [_file_of(item) for item in items]
    places = {file: place for place, file in enumerate(order_of_files(files))}
    items.sort(key=lambda item: places[_file_of(item)])


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what passed tests have measured and recorded with ``record_property``, also on other workers."""
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            for name, value in report.user_properties:
                terminalreporter.write_line(f"measured: {name}: {value}")


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
