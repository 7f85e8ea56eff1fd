"""The server's own parts: what counts as well, and as trouble."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hardware.ports import State
from server import machine
from server.machine import Condition

HOUR_MS = 3_600_000


def of(free: int) -> Callable[[Path], object]:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    return lambda folder: Usage()


@pytest.mark.parametrize(
    ("free", "state", "code"),
    [
        (50_000_000_000, State.READY, None),
        (999_999_999, State.WARNING, "disk_low"),
        (199_999_999, State.FAULT, "disk_full"),
    ],
)
def test_a_disk_that_fills_up_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, state: State, code: str | None
) -> None:
    monkeypatch.setattr("server.machine.shutil.disk_usage", of(free))
    found = machine.disk(tmp_path).health()
    assert (found.state, found.code) == (state, code)


def test_a_folder_that_is_gone_is_unknown(tmp_path: Path) -> None:
    assert machine.disk(tmp_path / "gone").health().state is State.UNKNOWN


def test_the_broker_the_database_and_the_clock_say_what_they_are_asked() -> None:
    assert machine.broker(lambda: False, patience=0).health().code == "broker"
    assert machine.broker(lambda: True).health().state is State.READY
    assert machine.database(lambda: "disk I/O error").health().code == "storage"
    assert machine.database(lambda: None).health().state is State.READY
    believed, doubted = lambda: False, lambda: True
    answers: tuple[bool | None, ...] = (True, False, None)
    clock = [machine.wall_clock(lambda said=said: said, believed).health().state for said in answers]  # type: ignore[misc]
    wrong = machine.wall_clock(lambda: True, doubted).health()
    assert (wrong.state, wrong.code) == (State.FAULT, "clock_unknown"), "whatever a time server says"
    assert clock == [State.READY, State.WARNING, State.UNKNOWN]


def test_the_kernel_is_asked_without_rights() -> None:
    assert machine.kernel_says_synchronised() in (True, False, None)


def test_a_copy_that_a_wrong_clock_dated_in_the_future_is_not_a_new_one(tmp_path: Path) -> None:
    for stamp, hours in (("20310311T180000Z", 40_000), ("19700102T180000Z", 20)):
        copy = tmp_path / f"luot-{stamp}.db"
        copy.write_bytes(b"")
        os.utime(copy, (hours * 3600, hours * 3600))
    assert machine.copies([tmp_path], lambda: 100 * HOUR_MS).health().code == "old_copy"


def test_the_oldest_of_the_newest_copies_counts(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    part = machine.copies([near, far], lambda: 100 * HOUR_MS)
    assert part.health().code == "no_copy"
    for folder, hours in ((near, (1, 99)), (far, (51,))):
        folder.mkdir()
        for one in hours:
            copy = folder / f"luot-20261123T18{one:02d}00Z.db"
            copy.touch()
            os.utime(copy, (one * 3600, one * 3600))
    assert part.health().code == "old_copy"
    os.utime(far / "luot-20261123T185100Z.db", (52 * 3600, 52 * 3600))
    assert part.health().state is State.READY


def test_the_condition_is_the_newest_of_each_part() -> None:
    told: list[int] = []
    condition = Condition(lambda: told.append(1))
    condition.heard("disk", machine.broker(lambda: True).health())
    condition.heard("broker", machine.broker(lambda: False, patience=0).health())
    assert [(name, one.state) for name, one in condition.parts().items()] == [
        ("disk", State.READY),
        ("broker", State.OFFLINE),
    ]
    assert len(told) == 2


def test_a_broker_that_is_not_there_yet_is_no_trouble_and_one_that_stays_away_is() -> None:
    here = [False, False, True, False]
    part = machine.broker(lambda: here.pop(0) if here else False, patience=2)
    seen = [part.health().state for _ in range(4)]
    assert seen == [State.UNKNOWN, State.UNKNOWN, State.READY, State.OFFLINE]
    silent = machine.broker(lambda: False, patience=2)
    assert [silent.health().state for _ in range(3)] == [State.UNKNOWN, State.UNKNOWN, State.OFFLINE]
