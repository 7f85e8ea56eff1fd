"""Plant each fault in a copy of the tree and run its quick tests: ``make plant``.

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

from tools.plants.fault import Fault
from tools.plants.faults import FAULTS

ROOT = Path(__file__).parents[2]
COPIED = (
    "config",
    "counter",
    "display",
    "hardware",
    "kiosk",
    "packaging",
    "server",
    "tests",
    "tools",
    "pyproject.toml",
)
"""The part of the tree that the quick tests need."""
PARALLEL_RUNS = 2
RUN_TIMEOUT_S = 900
"""A longer run has no result: the machine may only be busy."""
FAILED = re.compile(r"^(?:FAILED|ERROR) tests/(.+?)(?: - |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of pytest: exit code (None: it did not end), output, and seconds."""

    code: int | None
    output: str
    duration_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant all faults, or those whose name has the given words in it."""
    parser = argparse.ArgumentParser(prog="python -m tools.plants", description=__doc__)
    parser.add_argument("words", nargs="?", default="", help="only faults with these words in their name")
    name_part = parser.parse_args(arguments).words
    chosen = [fault for fault in FAULTS if name_part in fault.name]
    if not chosen:
        parser.error(f"no fault has {name_part!r} in its name")
    if misfits := [fault.name for fault in chosen if not fits(ROOT, fault)]:
        print("no longer fit the code: " + "; ".join(misfits), file=sys.stderr)
        return 1
    start_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="luot-plant-") as folder:
        trees = [Path(folder) / str(number) for number in range(PARALLEL_RUNS)]
        for tree in trees:
            copy_tree(tree)
        baseline = run(trees[0], sorted({test for fault in chosen for test in fault.test_files}), f"-n{PARALLEL_RUNS}")
        if baseline.code != 0:
            print(f"{baseline.output[-4000:]}\nthe tests fail or do not end without any fault", file=sys.stderr)
            return 2
        codes = [report(fault, result) for fault, result in plant_all(trees, chosen)]
    noticed, survived = codes.count(1), codes.count(0)
    unknown = len(codes) - noticed - survived
    print(f"{len(codes)} faults: {noticed} found, {survived} survived, {unknown} unknown", end="; ")
    print(f"{(time.monotonic() - start_s) / 60:.1f} minutes")
    return 2 if unknown else 1 if survived else 0


def fits(tree: Path, fault: Fault) -> bool:
    """Return whether the text to change stands in the file once."""
    return (tree / fault.file).read_text(encoding="utf-8").count(fault.old) == 1


def copy_tree(tree: Path) -> None:
    """Copy the files that the quick tests need into ``tree``."""
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.wav"))
        else:
            shutil.copy(source, tree / name)


def plant_all(trees: Sequence[Path], faults: Sequence[Fault]) -> Iterator[tuple[Fault, Run]]:
    """Plant every fault, one in each tree at a time; yield runs in order."""
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
    """Run the fault's tests while it is in the tree, then put the file back."""
    path = tree / fault.file
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(fault.old, fault.new), encoding="utf-8")
    try:
        return run(tree, fault.test_files, "-x")
    finally:
        path.write_text(original, encoding="utf-8")


def report(fault: Fault, result: Run) -> int | None:
    """Print whether the fault was found, and by which test; return pytest's exit code."""
    outcome = {1: "found", 0: "SURVIVED"}.get(-1 if result.code is None else result.code, "UNKNOWN")
    print(f"{outcome:8}  {fault.name}  ({fault.file}, {result.duration_s:.0f} s)", flush=True)
    if test := FAILED.search(result.output):
        print(f"          by {test[1]}", flush=True)
    if outcome == "UNKNOWN":
        reason = (
            f"no end within {RUN_TIMEOUT_S} s"
            if result.code is None
            else f"pytest: {result.code}\n{result.output[-2000:]}"
        )
        print(f"{fault.name}: {reason}", file=sys.stderr)
    return result.code


def run(tree: Path, tests: Sequence[Path], *options: str) -> Run:
    """Run these files of tests with the code of ``tree`` only.

    They have ``RUN_TIMEOUT_S``.
    """
    files = [str(test) for test in tests]
    command = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "-rfE", *options, *files]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    start_s = time.monotonic()
    try:
        completed = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=RUN_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Run(None, "", time.monotonic() - start_s)
    return Run(completed.returncode, completed.stdout.decode(errors="replace"), time.monotonic() - start_s)


if __name__ == "__main__":
    raise SystemExit(main())
