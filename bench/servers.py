"""Run the servers that are measured: ours, and two to compare it with."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.client import LoadClient
from bench.figures import WrongAnswer
from config.settings import ServerSettings
from server.wire.messages import DeviceKind
from support.people import create_people, enrol_devices, people_of, session_cookie
from support.server_process import ROOT, Api, Machine, end, free_ports, machine, office, request_id, wait_for
from support.waiting import PATIENCE_S

SERVICES = ("HT", "CT", "DD", "TR", "CU", "BT", "MT", "KH")
COUNTERS = tuple(f"c{number}" for number in range(1, 17))
SERVES: Mapping[str, Sequence[str]] = dict.fromkeys(COUNTERS, SERVICES)
"""Each counter serves all services, so that the rule of the queue has the most tickets to compare."""
AS_SHIPPED: dict[str, int] = {
    name: ServerSettings.model_fields[name].default for name in ("threads", "calls_at_once", "pages_at_once", "streams")
}
"""The bounds of the server; those of the tests are smaller."""
THREADS = AS_SHIPPED["threads"]
KIOSKS = tuple(f"lobby-{number}" for number in range(1, 17))
"""The enrolled kiosks; the box has one of its own, ``kiosk-1``."""
DESK = "desk-"
"""Begins the id of an enrolled counter station."""
TVS = ("tv-upstairs", "tv-yard")
FILL_CONNECTIONS = 16
"""The connections by which tickets are issued before a measurement."""
REST_S = 0.5


@dataclass(frozen=True, slots=True)
class HallAccounts:
    """The tokens of a live hall by the ids of their owners.

    ``sessions``: of the persons; ``devices``: of the enrolled devices.
    """

    sessions: Mapping[str, str]
    devices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Our server: its files, its process and a client of its API.

    ``api`` sends as a station of the box. ``start_s``: the seconds from the start of the process to its first answer.
    ``accounts``: None in a demonstration.
    """

    files: Machine
    pid: int
    api: Api
    start_s: float
    accounts: HallAccounts | None = None

    @property
    def address(self) -> str:
        """Host and port of the API."""
        return self.files.api.removeprefix("http://")

    @property
    def token(self) -> str | None:
        """The token with which the box's stations send requests; None: a demonstration asks for none."""
        return self.files.box_token if self.accounts is not None else None

    @property
    def kiosks(self) -> Sequence[str]:
        """The token of each enrolled kiosk; none in a demonstration."""
        return [] if self.accounts is None else [self.accounts.devices[kiosk] for kiosk in KIOSKS]

    @property
    def desks(self) -> Sequence[str]:
        """The token of each counter's own counter station; none in a demonstration."""
        devices = {} if self.accounts is None else self.accounts.devices
        return [token for device, token in devices.items() if device.startswith(DESK)]

    def cookie(self, person: str) -> str:
        """Return the cookie of the browser in which this person is signed in."""
        assert self.accounts is not None
        return session_cookie(self.accounts.sessions[person])


@contextmanager
def hall_server(
    folder: Path,
    counters: Sequence[str] = COUNTERS,
    hall_office: Mapping[str, Any] | None = None,
    *,
    program: Sequence[str] = ("-m", "server.app"),
    has_accounts: bool = True,
    tree: Path = ROOT,
    **settings: Any,
) -> Iterator[RunningServer]:
    """Run the server as in a hall, with all counters open.

    ``hall_office``: by default all counters serve all services. ``program``: how Python is started.
    ``has_accounts`` False: a demonstration. ``tree``: the folder with the code. ``settings``: further settings of
    ``[server]``.
    """
    office_settings = hall_office or office(SERVICES, dict.fromkeys(counters, SERVICES))
    prepare = live_machine if has_accounts else _demo_machine
    files, accounts = prepare(folder, office_settings, **settings)
    before_s = time.monotonic()
    with server_process(files, program, tree) as process:
        start_s = time.monotonic() - before_s
        token = files.box_token if accounts is not None else None
        server = RunningServer(files, process.pid, Api(files.api, token), start_s, accounts)
        for counter in counters:
            server.api.ok(f"/counters/{counter}/clerk", {"request_id": request_id(), "clerk": f"nv-{counter}"})
            server.api.ok(f"/counters/{counter}/state", {"request_id": request_id(), "state": "open"})
        try:
            yield server
        finally:
            server.api.close()


@contextmanager
def server_process(
    files: Machine, program_arguments: Sequence[str] = ("-m", "server.app"), tree: Path = ROOT
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the server as a process of its own.

    It answers when the block begins, and ends with it. The servers of the tests, on the other hand, are forked from a
    process that has imported them.
    """
    log = files.config.parent / "server.log"
    with program([sys.executable, *program_arguments, "--config", str(files.config)], log, tree=tree) as process:
        wait_for(f"{files.api}/api/v1/board", process, log)
        yield process


def live_machine(folder: Path, hall_office: Mapping[str, Any], **settings: Any) -> tuple[Machine, HallAccounts]:
    """Write the settings of a live hall; create its people and devices.

    Each counter has a browser and a counter station of its own. ``settings``: those of ``[server]``.
    """
    files = machine(folder, hall_office, mode="live", **(AS_SHIPPED | settings))
    devices: dict[str, tuple[DeviceKind, Sequence[str]]] = dict.fromkeys(KIOSKS, (DeviceKind.KIOSK, ()))
    devices |= dict.fromkeys(TVS, (DeviceKind.DISPLAY, ()))
    for number, counter in enumerate(hall_office["counters"], 1):
        devices[f"pc-{number}"] = (DeviceKind.BROWSER, [counter["id"]])
        devices[f"{DESK}{number}"] = (DeviceKind.COUNTER, [counter["id"]])
    sessions = create_people(files.state, people_of(hall_office))
    return files, HallAccounts(sessions, enrol_devices(files.state, devices))


def _demo_machine(folder: Path, hall_office: Mapping[str, Any], **settings: Any) -> tuple[Machine, None]:
    return machine(folder, hall_office, mode="demo", **(AS_SHIPPED | settings)), None


@contextmanager
def noop_server(folder: Path) -> Iterator[str]:
    """Run ``bench.noop_app``; provide its address."""
    with _compared_server(folder, "bench.noop_app") as url:
        yield url


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """Run ``bench.plain_app`` with a database in ``folder``; provide its address."""
    with _compared_server(folder, "bench.plain_app", str(folder / "plain.sqlite")) as url:
        yield url


@contextmanager
def _compared_server(folder: Path, module: str, *arguments: str) -> Iterator[str]:
    [port] = free_ports(1)
    log = folder / f"{module}.log"
    command = [sys.executable, "-m", module, f"127.0.0.1:{port}", str(THREADS), *arguments]
    with program(command, log) as process:
        wait_for(f"http://127.0.0.1:{port}/api/v1/board", process, log)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def program(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
    stdout: int | None = None,
    tree: Path = ROOT,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program of ``tree`` until the block ends.

    Its output is written to ``log``; with ``stdout``, only its errors are. It does not get this process's settings of
    SDL: the modules that draw the pictures of the documents choose a driver that keeps a screen's program busy.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("SDL_")}
    environ = {**own, "PYTHONPATH": f"{tree}:{os.environ.get('PYTHONPATH', '')}", **(environment or {})}
    with log.open("ab") as sink:
        output = sink if stdout is None else stdout
        process = subprocess.Popen(command, cwd=tree, env=environ, stdin=stdin, stdout=output, stderr=sink)
        try:
            yield process
        finally:
            end(process)


def fill(server: RunningServer, wanted: int) -> list[str]:
    """Issue ``wanted`` tickets of all services in turn; return the visitor tokens.

    Raises ``WrongAnswer``.
    """
    client = LoadClient(server.token)
    issued = 0

    def issue_next(connection: int) -> None:
        nonlocal issued
        if issued < wanted:
            issued += 1
            ticket = client.connection(server.address, connection)
            client.issue_ticket(ticket, SERVICES[issued % len(SERVICES)], lambda: issue_next(connection))

    for connection in range(FILL_CONNECTIONS):
        issue_next(connection)
    client.run_until(lambda: len(client.tokens) + len(client.wrong) >= wanted, within_s=PATIENCE_S)
    client.close()
    if client.wrong:
        raise WrongAnswer(f"{len(client.wrong)} tickets were not issued; first: {client.wrong[0]}")
    return client.tokens


def finish_open_tickets(server: RunningServer) -> dict[str, str]:
    """Start and finish each ticket that is open at a counter.

    Return counter -> ticket, of the tickets that were called and not started. Waits first until the server has answered
    the requests of clients that have disconnected.
    """
    called: dict[str, str] = {}
    for counter in _board_at_rest(server)["counters"]:
        ticket = counter["ticket"]
        if ticket is None:
            continue
        if ticket["state"] == "called":
            called[counter["id"]] = ticket["id"]
            move(server, ticket["id"], counter["id"], "start")
        move(server, ticket["id"], counter["id"], "finish", outcome="received")
    return called


def _board_at_rest(server: RunningServer) -> Any:
    """Return the board once nothing has changed for ``REST_S``."""
    previous: Any = None
    while True:
        status, board = server.api.get("/board")
        if status != 200:
            raise WrongAnswer(f"GET /board: {status}")
        if previous is not None and board["rev"] == previous["rev"]:
            return board
        previous = board
        time.sleep(REST_S)


def move(server: RunningServer, ticket: str, counter: str, name: str, **more: str) -> None:
    """Make one move of a ticket at a counter."""
    body = {"request_id": request_id(), "move": name, "counter": counter, "station": "counters-1", **more}
    server.api.ok(f"/tickets/{ticket}/moves", body)
