"""Record the processor time of tests, with that of the processes that they start."""

import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

LONG_S = 0.2
"""A shorter test's time is read from this process only: reading all processes takes some milliseconds."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class TestTimes:
    """Append a line for each test to ``path``: seconds, a tab, the test's id."""

    __test__ = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tree_s, self._own_s = tree_s(), own_s()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        start_s = time.monotonic()
        result = yield
        is_last = nextitem is None or nextitem.path != item.path
        if is_last or time.monotonic() - start_s > LONG_S:
            now_s = tree_s()
            spent_s, self._tree_s, self._own_s = now_s - self._tree_s, now_s, own_s()
        else:
            now_s = own_s()
            spent_s, self._tree_s, self._own_s = now_s - self._own_s, self._tree_s + now_s - self._own_s, now_s
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{spent_s:.2f}\t{item.nodeid}\n")
        return result


def own_s() -> float:
    """Return the processor seconds of this process and of its ended children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def tree_s() -> float:
    """Return the processor seconds of this process and of all below it."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(fields[1])
            ticks[int(folder.name)] = sum(map(int, fields[11:15]))
    return own_s() + sum(ticks[pid] for pid in parents if _is_below(pid, parents)) / _TICKS_PER_S


def _is_below(pid: int, parents: dict[int, int]) -> bool:
    while (pid := parents.get(pid, 0)) > 1:
        if pid == os.getpid():
            return True
    return False
