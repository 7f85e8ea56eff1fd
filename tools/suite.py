"""Run the tests; run those that failed once more, and report the unstable ones.

Tests run beside each other on two cores, so a test may fail that depends on the machine's speed in a way not known yet.
A test that fails twice has failed. One that passes alone is reported as unstable: a fault of the test to be mended.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

MAX_SECOND_RUN = 20
"""With more failed tests the fault is in the code, and nothing runs again."""
TESTS_FAILED = 1
"""Pytest's exit code for failed tests; all others stand for a run that did not end."""
BESIDE = ("--dist", "loadfile", "--no-loadscope-reorder")
"""Each file's tests run on one worker, in the order of the files."""


def main(arguments: Sequence[str]) -> int:
    """Run pytest with ``arguments``, then the failed tests alone; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        failed_file = Path(folder, "failed")
        exit_code = _run([*BESIDE, *arguments, "--failed-to", str(failed_file)])
        failed = failed_file.read_text(encoding="utf-8").splitlines() if failed_file.exists() else []
        if exit_code != TESTS_FAILED or not failed or len(failed) > MAX_SECOND_RUN:
            return exit_code
        print(f"\n{len(failed)} failed beside others; once more, one at a time:", flush=True)
        exit_code = _run(["-p", "no:xdist", *failed])
    if exit_code == 0:
        print("\nunstable: these tests failed beside others and passed alone; mend them:")
        print("\n".join(f"  {test}" for test in failed))
    return exit_code


def _run(arguments: Sequence[str]) -> int:
    """Run pytest.

    Python keeps what it has compiled: each of the programs that the tests start would compile it again.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
