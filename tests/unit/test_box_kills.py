"""The kills of a change of release are spread over all of it."""

from collections import Counter
from pathlib import Path

import pytest

from tools.box.kill_points import CHILD, PATTERN, POWER, TERMINAL_TIME, Point, points
from tools.box.killers import Tracer


def test_a_later_part_has_the_kills_that_one_run_would_have() -> None:
    assert points(0, 90) + points(90, 200) == points(0, 200)


def test_a_third_is_killed_at_a_time_and_some_by_a_power_cut() -> None:
    counts = Counter("file" if "file" in point.kind or point.kind == CHILD else point.kind for point in points(0, 240))
    assert counts["file"] == 120
    assert counts[POWER] == 40
    assert sum(count for kind, count in counts.items() if kind.startswith("time")) == 80


@pytest.mark.parametrize("kind", sorted(set(PATTERN)))
def test_the_kills_of_a_kind_reach_every_part_of_a_change(kind: str) -> None:
    fractions = sorted(point.fraction for point in points(0, 240) if point.kind == kind)
    gaps = [after - before for before, after in zip([0.0, *fractions], [*fractions, 1.0], strict=True)]
    assert max(gaps) < 3 / len(fractions)


def test_some_releases_are_built_before_the_kill() -> None:
    builds = [point for point in points(0, 200) if point.builds]
    assert 4 <= len(builds) <= 10
    assert not Point(0, POWER, 3).builds
    assert Point(0, TERMINAL_TIME, 3).builds


def test_the_operations_of_the_busiest_program_are_read(tmp_path: Path) -> None:
    log = tmp_path / "trace.txt"
    tracer = Tracer(log, (), follows_children=True)
    assert (tracer.operations(), tracer.has_killed()) == ([], False)
    lines = (
        '7  rename("a", "b") = 0',
        "7  fsync(3 <unfinished ...>",
        "12 unlink(...) = 0",
        "7  <... fsync resumed>) = 0",
    )
    log.write_text("\n".join((*lines, "12 +++ killed by SIGKILL +++")), encoding="utf-8")
    assert (tracer.operations(), tracer.has_killed()) == (["rename", "fsync"], True)


def test_a_program_is_killed_at_one_operation_of_its_sequence(tmp_path: Path) -> None:
    tracer = Tracer(tmp_path / "trace.txt", ("write", "fsync", "write"), follows_children=False)
    assert "inject=write:signal=KILL:when=2" in tracer.command(["true"])
