"""Plant each fault in a copy of the tree and run the quick tests of its part: ``make plant``.

The copy is a folder of its own, so the working tree is never changed. A fault counts as found when a test fails that
passes without it. Exit 1 when one survives or no longer fits the code, 2 when the tests fail without any or do not end.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.plants.faults import MORE, SURVIVORS, Fault

ROOT = Path(__file__).parents[2]
COPIED = ("config", "counter", "display", "hardware", "kiosk", "server", "tests", "tools", "pyproject.toml")
LONGEST_S = 900
"""A run that takes longer says nothing: the machine may only be busy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant all faults, or those whose name has the given words in it."""
    parser = argparse.ArgumentParser(prog="python -m tools.plants", description=__doc__)
    parser.add_argument("words", nargs="?", default="", help="only faults with these words in their name")
    words = parser.parse_args(arguments).words
    groups = {"found unnoticed once": SURVIVORS, "thirty more": MORE}
    chosen = {group: [fault for fault in faults if words in fault.name] for group, faults in groups.items()}
    if not any(chosen.values()):
        parser.error(f"no fault has {words!r} in its name")
    misfits = [fault.name for faults in chosen.values() for fault in faults if not fits(ROOT, fault)]
    if misfits:
        print("no longer fit the code: " + "; ".join(misfits), file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="luot-plant-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        tests = sorted({test for faults in chosen.values() for fault in faults for test in fault.tests})
        run(tree, tests, None)
        survived = [fault for group, faults in chosen.items() for fault in plant_all(tree, group, faults)]
    return 1 if survived else 0


def fits(tree: Path, fault: Fault) -> bool:
    """Whether the line to change stands in the file once."""
    return (tree / fault.file).read_text(encoding="utf-8").count(fault.old) == 1


def copy_tree(tree: Path) -> None:
    """Copy what the quick tests need into ``tree``."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "fonts", "*.wav"))
        else:
            shutil.copy(source, tree / name)


def plant_all(tree: Path, group: str, faults: Sequence[Fault]) -> list[Fault]:
    """Plant one fault after the other; print and return those that no test noticed."""
    survived = []
    for fault in faults:
        found = plant(tree, fault)
        print(f"{'found   ' if found else 'SURVIVED'}  {fault.name}  ({fault.file})", flush=True)
        if not found:
            survived.append(fault)
    if faults:
        print(f"{group}: {len(faults) - len(survived)} of {len(faults)} found", flush=True)
    return survived


def plant(tree: Path, fault: Fault) -> bool:
    """Whether a test fails while the fault is in the tree; the file is put back afterwards."""
    path = tree / fault.file
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(fault.old, fault.new), encoding="utf-8")
    try:
        return run(tree, fault.tests, LONGEST_S) != 0
    finally:
        path.write_text(whole, encoding="utf-8")


def run(tree: Path, tests: Sequence[str], longest_s: float | None) -> int:
    """Pytest's exit code for these files of ``tests/unit``, with the code of ``tree`` and no other.

    ``longest_s``: they are given so many seconds; None: they are waited for, and must pass.
    """
    files = [f"tests/unit/{test}.py" for test in tests]
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ran = subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=longest_s, check=False)
    except subprocess.TimeoutExpired:
        print(f"{', '.join(tests)}: no end within {longest_s} s; nothing can be said of the fault", file=sys.stderr)
        raise SystemExit(2) from None
    if ran.returncode not in ((0,) if longest_s is None else (0, 1)):
        why = "the tests cannot be run" if longest_s is not None else "the tests fail without any fault"
        print(f"{ran.stdout.decode()[-2000:]}{ran.stderr.decode()[-2000:]}\n{why}", file=sys.stderr)
        raise SystemExit(2)
    return ran.returncode


if __name__ == "__main__":
    raise SystemExit(main())
