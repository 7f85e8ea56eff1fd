"""A failed test runs again alone, and is named when it passes then."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PASSES_AT_THE_SECOND_TIME = """
from pathlib import Path

def test_one():
    marker = Path(__file__).with_name("ran")
    ran = marker.exists()
    marker.touch()
    assert ran
"""
ALWAYS_FAILS = "def test_one():\n    assert False\n"


def run_suite(folder: Path, test: str, copies: int = 1) -> subprocess.CompletedProcess[str]:
    """Run ``tools.suite`` on ``copies`` of one test file in ``folder``."""
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n", encoding="utf-8")
    for number in range(copies):
        (folder / str(number)).mkdir()
        (folder / str(number) / f"test_{number}.py").write_text(test, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "tools.suite", "-n", "1"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{ROOT}/tests"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_test_that_passes_alone_is_listed_as_unstable_and_the_suite_passes(tmp_path: Path) -> None:
    run = run_suite(tmp_path, PASSES_AT_THE_SECOND_TIME)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 failed" in run.stdout
    assert run.stdout.splitlines()[-1].strip().endswith("test_0.py::test_one")


def test_a_test_that_fails_twice_fails_the_suite(tmp_path: Path) -> None:
    run = run_suite(tmp_path, ALWAYS_FAILS)
    assert run.returncode == 1
    assert "unstable" not in run.stdout


@pytest.mark.parametrize(("copies", "repeated"), [(20, True), (21, False)])
def test_nothing_runs_again_after_many_failures(tmp_path: Path, copies: int, repeated: bool) -> None:
    run = run_suite(tmp_path, ALWAYS_FAILS, copies)
    assert run.returncode == 1
    assert ("once more, one at a time" in run.stdout) is repeated
