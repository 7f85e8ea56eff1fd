"""The real programs connect their parts.

Open files, the day's close with the sessions, the tokens of stations.
"""

import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

from config.box_token import FILE_NAME
from config.clock import machine_clock
from config.notify import notifier_from_environment
from config.settings import Settings
from server.wire.client import ServerRefused
from server.wire.messages import Office
from server.wire.station.compose import StationSetup
from support.http_pools import http_pool
from support.people import ADMINISTRATOR, create_people, people_of, session_cookie
from support.server_process import Machine, machine, office, running
from support.waiting import until

FEW_FILES = 256
WITH_FEW_FILES = f"""
import resource, runpy
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, ({FEW_FILES}, hard))
runpy.run_module("server.app", run_name="__main__", alter_sys=True)
"""
OFFICE = office(["CT"], {"c1": ["CT"]}) | {
    "clerks": [{"id": "nv-c1", "name": "Cán bộ c1"}, {"id": "quan-ly", "name": "Người quản lý", "role": "manager"}]
}


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A running server with accounts. ``sessions``: the tokens of its people, who are signed in."""

    where: Machine
    pid: int
    sessions: Mapping[str, str]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Start a live server with few open files."""
    folder = tmp_path_factory.mktemp("wiring")
    where = machine(folder, OFFICE, mode="live")
    sessions = create_people(where.state, people_of(OFFICE))
    script = folder / "few_files.py"
    script.write_text(WITH_FEW_FILES, encoding="utf-8")
    with running(where, program=(str(script),)) as process:
        yield LiveServer(where, process.pid, sessions)


def test_the_server_may_open_more_files_than_it_was_given(live: LiveServer) -> None:
    limits = Path(f"/proc/{live.pid}/limits").read_text()
    soft, hard = re.findall(r"Max open files +(\d+) +(\d+)", limits)[0]
    assert int(soft) == min(8192, int(hard)) > FEW_FILES


def test_the_days_close_signs_out_those_who_are_only_clerks(live: LiveServer) -> None:
    where, sessions, pool = live.where, live.sessions, http_pool(retries=False)

    def is_signed_in(person: str) -> bool:
        headers = {"Cookie": session_cookie(sessions[person])}
        return pool.request("GET", f"{where.api}/account", headers=headers, redirect=False).status == HTTPStatus.OK

    assert all(map(is_signed_in, sessions))
    headers = {"Cookie": session_cookie(sessions["quan-ly"])}
    closed = pool.request("POST", f"{where.api}/manager/day/close", headers=headers, redirect=False)
    assert closed.status == HTTPStatus.SEE_OTHER
    until(lambda: not is_signed_in("nv-c1"))
    assert is_signed_in("quan-ly") and is_signed_in(ADMINISTRATOR)


@pytest.mark.parametrize("has_file", [True, False])
def test_a_station_sends_the_token_of_its_own_file(live: LiveServer, tmp_path: Path, *, has_file: bool) -> None:
    """It has another state folder than the server, as with a user of its own."""
    link = {"server": live.where.api, "office": "test"}
    if has_file:
        link["token_file"] = str(tmp_path / "token")
        shutil.copy(live.where.state / FILE_NAME, tmp_path / "token")
    settings = Settings.model_validate({"machine": {"state": str(tmp_path / "state")}, "link": link})
    clock = machine_clock(time.time_ns, time.monotonic_ns, None)
    notifier = notifier_from_environment({}, clock.mono_s)
    with ExitStack() as stack:
        setup = StationSetup(settings, "kiosk-7", "kiosk", "boot-1", clock, notifier, stack)
        client = setup.open_client()
        if has_file:
            assert client.request("GET", "/office", None, Office).office == "test"
        else:
            with pytest.raises(ServerRefused) as refused:
                client.request("GET", "/office", None, Office)
            assert refused.value.problem.code == "unauthenticated"
