"""Programs of a test run that was killed end with it."""

import os
import subprocess
import sys
from pathlib import Path

from support.waiting import until

TESTS = Path(__file__).parents[1]
CODE = """
import subprocess, sys
from support.orphans import end_with_this_process
end_with_this_process()
print(subprocess.Popen(["sleep", "4321"]).pid, flush=True)
sys.stdin.read()
"""


def test_the_programs_of_a_killed_run_end_with_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CODE],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        program = Path("/proc", run.stdout.readline().decode().strip())
        assert program.exists()
        run.kill()
    until(lambda: not program.exists() or "\nState:\tZ" in (program / "status").read_text())
