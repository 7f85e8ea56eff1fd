"""An upgrade waits while the server prepares its database, but not while it restarts repeatedly."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from onsite import finish_change
from onsite.finish_change import PREPARING_DATABASE, Clock, startup_fault
from onsite.machine import Machine
from onsite.paths import InstallPaths
from server import app
from support.server_process import free_ports

WITHIN_S = 90.0
STATE_OF_ROUND = """
import json, pathlib, sys
if "show" in sys.argv:
    folder = pathlib.Path(sys.argv[1])
    for name, value in json.loads((folder / "unit.json").read_text()).items():
        print(f"{name}={value}")
"""


def unit(active_state: str, pid: str, status: str) -> dict[str, str]:
    return {"ActiveState": active_state, "MainPID": pid, "StatusText": status}


PREPARING = unit("activating", "7", f"{PREPARING_DATABASE} (30 s)")
ANOTHER = unit("activating", "8", f"{PREPARING_DATABASE} (1 s)")
SILENT = unit("activating", "7", "")


@pytest.mark.parametrize(
    ("rounds", "minutes"),
    [([SILENT], 2), ([PREPARING] * 10 + [SILENT], 11), ([PREPARING] * 10 + [ANOTHER], 11)],
    ids=["no report", "one process", "started again"],
)
def test_the_time_begins_when_the_first_server_has_prepared_its_database(
    tmp_path: Path, rounds: Sequence[dict[str, str]], minutes: int
) -> None:
    """The last round stays; a round takes a minute, and no server ever answers."""
    paths = InstallPaths(tmp_path)
    paths.settings.parent.mkdir(parents=True)
    paths.settings.write_text(f'[server]\nlisten = "127.0.0.1:{free_ports(1)[0]}"\n', encoding="utf-8")
    systemctl = tmp_path / "systemctl.py"
    systemctl.write_text(STATE_OF_ROUND, encoding="utf-8")
    passed = [0]

    def show_round() -> None:
        state = rounds[min(passed[0], len(rounds) - 1)]
        (tmp_path / "unit.json").write_text(json.dumps(state), encoding="utf-8")

    def sleep(seconds: float) -> None:
        passed[0] += 1
        show_round()

    show_round()
    machine = Machine(paths, False, True, [sys.executable, str(systemctl), str(tmp_path)], lambda line: None)
    fault = startup_fault(machine, Clock(lambda: passed[0] * 60.0, sleep), WITHIN_S, 0.0)
    assert fault is not None and "does not answer" in fault
    assert passed[0] == minutes


def test_the_installer_knows_the_servers_status_text() -> None:
    assert app.PREPARING_DATABASE == PREPARING_DATABASE


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ({}, "127.0.0.1:8470"),
        ({"listen": "[::1]:5"}, "[::1]:5"),
        ({"listen": "0.0.0.0:8470"}, "127.0.0.1:8469"),
        ({"listen": "[::]:8470", "local": "127.0.0.1:9"}, "127.0.0.1:9"),
    ],
)
def test_a_server_of_other_machines_is_asked_at_its_loopback_address(server: dict[str, object], address: str) -> None:
    assert finish_change._loopback_address(server) == address
