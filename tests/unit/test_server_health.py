"""The health of the server's own parts: which states are ready, and which are faults."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hardware.ports import HealthState
from server.monitoring import server_health
from server.monitoring.network_part import network_part
from server.monitoring.server_health import ServerHealth
from server.network.problems import NetworkFault, NetworkProblems

HOUR_MS = 3_600_000


def of(free: int) -> Callable[[Path], object]:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    return lambda folder: Usage()


@pytest.mark.parametrize(
    ("free", "state", "code"),
    [
        (50_000_000_000, HealthState.READY, None),
        (999_999_999, HealthState.WARNING, "disk_low"),
        (199_999_999, HealthState.FAULT, "disk_full"),
    ],
)
def test_a_disk_that_fills_up_is_reported_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, state: HealthState, code: str | None
) -> None:
    monkeypatch.setattr("server.monitoring.server_health.shutil.disk_usage", of(free))
    health = server_health.disk_part(tmp_path).health()
    assert (health.state, health.code) == (state, code)


def test_the_disk_of_a_missing_folder_is_unknown(tmp_path: Path) -> None:
    assert server_health.disk_part(tmp_path / "gone").health().state is HealthState.UNKNOWN


def test_broker_database_and_clock_report_their_state() -> None:
    assert server_health.broker_part(lambda: False, grace_checks=0).health().code == "broker"
    assert server_health.broker_part(lambda: True).health().state is HealthState.READY
    assert server_health.database_part(lambda: "disk I/O error").health().code == "storage"
    assert server_health.database_part(lambda: None).health().state is HealthState.READY
    believed, doubted = lambda: False, lambda: True
    answers: tuple[bool | None, ...] = (True, False, None)
    clock = [server_health.clock_part(lambda answer=answer: answer, believed).health().state for answer in answers]  # type: ignore[misc]
    wrong = server_health.clock_part(lambda: True, doubted).health()
    assert (wrong.state, wrong.code) == (HealthState.FAULT, "clock_unknown"), "whatever a time server says"
    assert clock == [HealthState.READY, HealthState.WARNING, HealthState.UNKNOWN]


def test_the_kernel_reports_its_clock_without_privileges() -> None:
    assert server_health.clock_is_synchronised() in (True, False, None)


def test_a_copy_that_a_wrong_clock_dated_in_the_future_does_not_count(tmp_path: Path) -> None:
    for stamp, hours in (("20310311T180000Z", 40_000), ("19700102T180000Z", 20)):
        copy = tmp_path / f"luot-{stamp}.db"
        copy.write_bytes(b"")
        os.utime(copy, (hours * 3600, hours * 3600))
    assert server_health.copies_part([tmp_path], lambda: 100 * HOUR_MS).health().code == "old_copy"


def test_the_folder_with_the_oldest_newest_copy_counts(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    part = server_health.copies_part([near, far], lambda: 100 * HOUR_MS)
    assert part.health().code == "no_copy"
    for folder, hours in ((near, (1, 99)), (far, (51,))):
        folder.mkdir()
        for hour in hours:
            copy = folder / f"luot-20261123T18{hour:02d}00Z.db"
            copy.touch()
            os.utime(copy, (hour * 3600, hour * 3600))
    assert part.health().code == "old_copy"
    os.utime(far / "luot-20261123T185100Z.db", (52 * 3600, 52 * 3600))
    assert part.health().state is HealthState.READY


def test_the_newest_health_of_each_part_is_kept() -> None:
    changes: list[int] = []
    server = ServerHealth(lambda: changes.append(1))
    server.update("disk", server_health.broker_part(lambda: True).health())
    server.update("broker", server_health.broker_part(lambda: False, grace_checks=0).health())
    assert [(name, health.state) for name, health in server.parts().items()] == [
        ("disk", HealthState.READY),
        ("broker", HealthState.OFFLINE),
    ]
    assert len(changes) == 2


def test_a_missing_broker_is_a_fault_only_some_checks_after_the_start() -> None:
    connected = [False, False, True, False]
    part = server_health.broker_part(lambda: connected.pop(0) if connected else False, grace_checks=2)
    states = [part.health().state for _ in range(4)]
    assert states == [HealthState.UNKNOWN, HealthState.UNKNOWN, HealthState.READY, HealthState.OFFLINE]
    silent = server_health.broker_part(lambda: False, grace_checks=2)
    assert [silent.health().state for _ in range(3)] == [HealthState.UNKNOWN, HealthState.UNKNOWN, HealthState.OFFLINE]


def test_the_worst_problem_of_the_network_is_its_health() -> None:
    changes: list[int] = []
    problems = NetworkProblems(lambda: changes.append(1))
    part = network_part(problems.all)
    assert part.health().state is HealthState.READY
    problems.report("announcement", NetworkFault.NOT_ANNOUNCED, "no multicast")
    assert (part.health().state, part.health().code) == (HealthState.WARNING, "not_announced")
    for _ in range(2):
        problems.report("broker", NetworkFault.CLOSED, "8883 is in use")
    shown = part.health()
    assert (shown.state, shown.code, shown.detail) == (HealthState.FAULT, "address_closed", "8883 is in use")
    problems.report("broker", NetworkFault.CLOSED, "")
    problems.report("announcement", NetworkFault.NOT_ANNOUNCED, "")
    assert part.health().state is HealthState.READY
    assert len(changes) == 4
