"""Plant each fault in a copy of the tree and run the quick tests of its part: ``make plant``.

Each copy is a folder of its own, so the working tree is never changed; two faults are tried at a time, each in its own
copy. A fault counts as found when a test fails that passes without the fault. Exit 1 when a fault survives or no longer
fits the code, 2 when the tests fail without any fault, cannot be run or do not end.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tools.plants.faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]
COPIED = ("config", "counter", "display", "hardware", "kiosk", "server", "tests", "tools", "pyproject.toml")
AT_ONCE = 2
LONGEST_S = 900
"""A run that takes longer says nothing: the machine may only be busy."""
FAILED = re.compile(r"^(?:FAILED|ERROR) tests/unit/(.+?)(?: - |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of pytest: its exit code (None: it did not end), what it printed, and seconds."""

    code: int | None
    printed: str
    took_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant all faults, or those whose name has the given words in it."""
    parser = argparse.ArgumentParser(prog="python -m tools.plants", description=__doc__)
    parser.add_argument("words", nargs="?", default="", help="only faults with these words in their name")
    words = parser.parse_args(arguments).words
    chosen = [fault for fault in FAULTS if words in fault.name]
    if not chosen:
        parser.error(f"no fault has {words!r} in its name")
    if misfits := [fault.name for fault in chosen if not fits(ROOT, fault)]:
        print("no longer fit the code: " + "; ".join(misfits), file=sys.stderr)
        return 1
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="luot-plant-") as folder:
        trees = [Path(folder) / str(number) for number in range(AT_ONCE)]
        for tree in trees:
            copy_tree(tree)
        without = run(trees[0], sorted({test for fault in chosen for test in fault.tests}), f"-n{AT_ONCE}")
        if without.code != 0:
            print(f"{without.printed[-4000:]}\nthe tests fail or do not end without any fault", file=sys.stderr)
            return 2
        codes = [report(fault, ran) for fault, ran in plant_all(trees, chosen)]
    found, survived = codes.count(1), codes.count(0)
    unknown = len(codes) - found - survived
    print(f"{len(codes)} faults: {found} found, {survived} survived, {unknown} unknown", end="; ")
    print(f"{(time.monotonic() - began_s) / 60:.1f} minutes")
    return 2 if unknown else 1 if survived else 0


def fits(tree: Path, fault: Fault) -> bool:
    """Whether the text to change stands in the file once."""
    return (tree / fault.file).read_text(encoding="utf-8").count(fault.old) == 1


def copy_tree(tree: Path) -> None:
    """Copy what the quick tests need into ``tree``."""
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "fonts", "*.wav"))
        else:
            shutil.copy(source, tree / name)


def plant_all(trees: Sequence[Path], faults: Sequence[Fault]) -> Iterator[tuple[Fault, Run]]:
    """Plant every fault, one in each tree at a time; yield the runs in the order of the faults."""
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def in_free_tree(fault: Fault) -> Run:
        tree = free.get()
        try:
            return plant(tree, fault)
        finally:
            free.put(tree)

    executor = ThreadPoolExecutor(len(trees))
    try:
        yield from zip(faults, executor.map(in_free_tree, faults), strict=True)
    finally:
        executor.shutdown(cancel_futures=True)


def plant(tree: Path, fault: Fault) -> Run:
    """Run the fault's tests while the fault is in the tree; the file is put back afterwards."""
    path = tree / fault.file
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(fault.old, fault.new), encoding="utf-8")
    try:
        return run(tree, fault.tests, "-x")
    finally:
        path.write_text(whole, encoding="utf-8")


def report(fault: Fault, ran: Run) -> int | None:
    """Print whether the fault was found, and by which test; return pytest's exit code."""
    word = {1: "found", 0: "SURVIVED"}.get(-1 if ran.code is None else ran.code, "UNKNOWN")
    print(f"{word:8}  {fault.name}  ({fault.file}, {ran.took_s:.0f} s)", flush=True)
    if by := FAILED.search(ran.printed):
        print(f"          by {by[1]}", flush=True)
    if word == "UNKNOWN":
        why = f"no end within {LONGEST_S} s" if ran.code is None else f"pytest: {ran.code}\n{ran.printed[-2000:]}"
        print(f"{fault.name}: {why}", file=sys.stderr)
    return ran.code


def run(tree: Path, tests: Sequence[str], *options: str) -> Run:
    """Run these files of ``tests/unit`` with the code of ``tree`` and no other, for at most ``LONGEST_S``."""
    files = [f"tests/unit/{test}.py" for test in tests]
    command = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "-rfE", *options, *files]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    began_s = time.monotonic()
    try:
        ran = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Run(None, "", time.monotonic() - began_s)
    return Run(ran.returncode, ran.stdout.decode(errors="replace"), time.monotonic() - began_s)


if __name__ == "__main__":
    raise SystemExit(main())
