"""The order in which the workers take the test files.

Long files come first, so that no worker runs one alone at the end. Files that wait for programs and pages alternate
with unit tests, which need the processor, so that the cores are seldom idle.
"""

from collections.abc import Iterable, Sequence

LONG = (
    "tests/system/test_scripted_day.py",
    "tests/system/test_many_machines.py",
    "tests/integration/test_hall_real.py",
    "tests/integration/test_pages_clerk.py",
    "tests/integration/test_pages_office.py",
    "tests/unit/test_web_statements.py",
    "tests/integration/test_pages_clerk_fit.py",
    "tests/unit/test_statements_of_requests.py",
    "tests/integration/test_pages_people.py",
    "tests/integration/test_counter_station.py",
    "tests/integration/test_wire_server.py",
    "tests/integration/test_pages_setup.py",
    "tests/unit/test_core_moves.py",
    "tests/integration/test_pages_busy.py",
    "tests/integration/test_pages_scanned.py",
    "tests/system/test_slip_legibility.py",
    "tests/integration/test_pages_health.py",
    "tests/integration/test_pages_manager.py",
    "tests/integration/test_pages_typed.py",
    "tests/integration/test_pages_tabs.py",
    "tests/integration/test_pages_double.py",
    "tests/unit/test_kiosk_screens.py",
)
"""Files of 20 processor seconds and more, the longest first; ``--times-to`` measures them."""
WAITING = ("tests/system/", "tests/integration/", "tests/drivers/")
"""Folders whose tests wait for programs, pages and devices; each is taken before the next."""


def order_of_files(files: Iterable[str]) -> Sequence[str]:
    """Return ``files`` in the order in which workers should take them."""
    names = list(dict.fromkeys(files))
    rest = [name for name in names if name not in LONG]
    waiting = sorted((name for name in rest if name.startswith(WAITING)), key=_folder)
    computing = [name for name in rest if not name.startswith(WAITING)]
    places = {name: (place + 0.5) / len(group) for group in (waiting, computing) for place, name in enumerate(group)}
    return [*(name for name in LONG if name in names), *sorted(rest, key=lambda name: places[name])]


def _folder(name: str) -> int:
    return next(number for number, folder in enumerate(WAITING) if name.startswith(folder))
