"""Finds threads, open files, sockets and child processes that a test leaves behind.

A watch compares the resources of this process before and after a test or module. Resources that fixtures of a wider
scope open meanwhile are excused.
"""

import os
import socket
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.waiting import PATIENCE_S, until

SCOPES = ("function", "class", "module", "package", "session")
"""Scopes of fixtures, the narrowest first."""
CACHED = (Path(__file__).parents[2] / "hardware/screens/fonts",)
"""Folders of files that stay open on purpose: pygame keeps each font's file open, and the cache of
``hardware.screens.fonts.face`` keeps the fonts."""

FileId = tuple[int, int]
"""Device and inode: the same for each descriptor of one file, whatever its number and name."""


@dataclass(slots=True)
class Held:
    """Threads, open files and child processes of this process. ``files``: how often each is open."""

    threads: set[threading.Thread]
    files: Counter[FileId]
    children: set[int]

    def add(self, opened: "Held") -> None:
        self.threads |= opened.threads
        self.files += opened.files
        self.children |= opened.children

    def __sub__(self, before: "Held") -> "Held":
        return Held(self.threads - before.threads, self.files - before.files, self.children - before.children)

    def __bool__(self) -> bool:
        return bool(self.threads or self.files or self.children)


def held() -> Held:
    """Return the resources that this process holds now, without threads of C libraries."""
    threads = {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}
    return Held(threads, Counter(file for _, file in _descriptors()), set(_children()))


def _descriptors() -> Iterator[tuple[int, FileId]]:
    """Yield each open descriptor with its file."""
    for name in _names("/proc/self/fd"):
        with suppress(OSError):  # the descriptor of the listing itself
            status = os.fstat(int(name))
            yield int(name), (status.st_dev, status.st_ino)


def _children() -> Iterator[int]:
    """Yield the process id of each child, ended ones that were not waited for included."""
    for thread in _names("/proc/self/task"):
        with suppress(OSError):  # the thread has ended meanwhile
            yield from map(int, Path(f"/proc/self/task/{thread}/children").read_bytes().split())


def _names(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


# --- watches ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watch:
    """The resources at the beginning of a scope, and those excused since."""

    scope: str
    before: Held

    def leaks(self) -> list[str]:
        """Return a description of each resource that is held now and was not before."""
        left = held() - self.before
        return describe(left) if left else []


_watches: list[Watch] = []


@contextmanager
def watched(
    scope: str, *, is_void: Callable[[], bool] = lambda: False, within_s: float = PATIENCE_S
) -> Iterator[Watch]:
    """Fail when the block leaves a resource open.

    Resources that are still ending are waited for, up to ``within_s`` seconds. When ``is_void`` returns true nothing is
    checked: a test has failed, and its traceback keeps objects alive.
    """
    watch = Watch(scope, held())
    _watches.append(watch)
    try:
        yield watch
    finally:
        _watches.remove(watch)
    if is_void() or not watch.leaks():
        return
    try:
        until(lambda: not watch.leaks(), within_s=within_s)
    except AssertionError:
        pytest.fail("left open: " + "; ".join(watch.leaks()), pytrace=False)


@contextmanager
def excused(scope: str) -> Iterator[None]:
    """Excuse watches of narrower scopes than ``scope`` from resources that the block opens."""
    narrower = [watch for watch in _watches if SCOPES.index(watch.scope) < SCOPES.index(scope)]
    before = held() if narrower else None
    yield
    if before is not None:
        opened = held() - before
        for watch in narrower:
            watch.before.add(opened)


# --- descriptions -------------------------------------------------------------------------------------------


def describe(left: Held) -> list[str]:
    """Describe threads by name and function, files by target, children by command line."""
    threads = [_thread(thread) for thread in sorted(left.threads, key=lambda thread: thread.name)]
    return [*threads, *_files(left.files), *map(_child, sorted(left.children))]


def _thread(thread: threading.Thread) -> str:
    run = getattr(thread, "_target", None) or type(thread).run
    return f"thread {thread.name!r} running {getattr(run, '__qualname__', repr(run))}"


def _files(left: Mapping[FileId, int]) -> Sequence[str]:
    """Describe the last descriptors of each file, as many as are too many."""
    numbers: dict[FileId, list[int]] = {}
    for number, file in _descriptors():
        numbers.setdefault(file, []).append(number)
    texts: list[str] = []
    for file, count in left.items():
        for number in sorted(numbers.get(file, ()))[-count:]:
            with suppress(OSError):  # closed meanwhile
                target = Path(f"/proc/self/fd/{number}").readlink()
                if not any(target.is_relative_to(folder) for folder in CACHED):
                    texts.append(f"file descriptor {number}: {target}{_ends(number)}")
    return texts


def _ends(number: int) -> str:
    """Return the addresses of a socket; empty for other files."""
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        return ""
    with socket.socket(fileno=os.dup(number)) as copy:
        try:
            return f" {copy.type.name} {copy.getsockname()} to {copy.getpeername()}"
        except OSError:
            return f" {copy.type.name} {copy.getsockname()}"


def _child(number: int) -> str:
    try:
        command = Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        before, _, after = Path(f"/proc/{number}/stat").read_text(errors="replace").rpartition(") ")
    except OSError:
        return f"child {number}, which has just ended"
    ended = ", which has ended and was not waited for" if after.startswith("Z") else ""
    return f"child {number}: {command or before.partition('(')[2]}{ended}"
