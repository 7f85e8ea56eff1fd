"""Start the real programs for a test, with settings files and free ports."""

import json
import os
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import tomli_w
import urllib3

from config.box_token import FILE_NAME, read_token
from support.forked_programs import start_program
from support.http_pools import http_pool
from support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
FIRST_PORT, PORT_COUNT, APART = 10_000, 20_000, 199
# Each test process begins at another port, so that two of them do not take the same free one.
_PORTS = (FIRST_PORT + (os.getpid() * APART + n) % PORT_COUNT for n in count())
INSTALL = {
    "ip": "apt-get install iproute2",
    "nsenter": "apt-get install util-linux",
    "mosquitto": "apt-get install mosquitto",
    "zbarimg": "apt-get install zbar-tools",
}


def need(program: str) -> str:
    """Return the program's path; without it the test fails with the command that installs it."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path is not None, f"{program} is missing; run: {INSTALL.get(program, 'apt-get install ' + program)}"
    return path


def free_ports(wanted: int) -> list[int]:
    """Return different loopback ports on which nobody listens now.

    The kernel assigns none of them to outgoing connections, so they stay free until their programs start.
    """
    return list(islice(filter(_is_free, _PORTS), wanted))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def office(
    services: Sequence[str], counters: Mapping[str, Sequence[str]], *, rules: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return an office with services A, B, C, …, and counters with a clerk each."""
    return {
        "id": "test",
        "name": {"vi": "Phường Thử", "en": "Test Ward"},
        "hours": {},
        "rules": {"call_gap_s": 0} | dict(rules or {}),  # tests press faster than visitors can walk
        "services": [
            {"id": service, "prefix": "ABCDEGHKLMNPQ"[n], "name": {"vi": f"Lĩnh vực {service}"}}
            for n, service in enumerate(services)
        ],
        "counters": [
            {"id": counter, "label": counter.lstrip("c"), "services": list(served), "clerk": f"nv-{counter}"}
            for counter, served in counters.items()
        ],
        "clerks": [{"id": f"nv-{counter}", "name": f"Cán bộ {counter}"} for counter in counters],
    }


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's settings file, and the addresses of its server."""

    config: Path
    state: Path
    api: str
    visitors: str
    broker: tuple[str, int]

    @property
    def box_token(self) -> str | None:
        """The token of the box's stations; None before the first start of the server."""
        return read_token(self.state / FILE_NAME)


def machine(folder: Path, of: Mapping[str, Any], *, broker: str = "embedded", **server: Any) -> Machine:
    """Write the settings of a server for the office ``of`` in ``folder``, on free ports."""
    api, visitors, broker_port = free_ports(3)
    (folder / "office.toml").write_text(tomli_w.dumps(dict(of)), encoding="utf-8")
    settings = {
        "machine": {"state": str(folder / "state")},
        "server": {
            "listen": f"127.0.0.1:{api}",
            "visitors": f"127.0.0.1:{visitors}",
            "visitor_url": f"http://127.0.0.1:{visitors}",
            "mode": "demo",
            "always_open": True,
            "threads": 32,
            "calls_at_once": 12,
            **server,
        },
        "broker": {"kind": broker, "listen": f"127.0.0.1:{broker_port}"},
    }
    config = folder / "hall.toml"
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    return Machine(
        config, folder / "state", f"http://127.0.0.1:{api}", f"http://127.0.0.1:{visitors}", ("127.0.0.1", broker_port)
    )


def end(process: "subprocess.Popen[Any]", by: signal.Signals = signal.SIGTERM) -> None:
    """End a process by a signal, unless it has ended. One that ignores the signal is killed, and fails the test."""
    if process.poll() is None:
        process.send_signal(by)
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


@contextmanager
def running(where: Machine, *, program: Sequence[str] = ("-m", "server.app")) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server as a process until the block ends. Its log is ``server.log`` beside the state."""
    log = where.config.parent / "server.log"
    process = start_program([*program, "--config", str(where.config)], log)
    try:
        wait_for(f"{where.api}/api/v1/board", process, log)
        yield process
    finally:
        end(process)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until ``url`` answers. A program that ends first fails the test with its log."""
    pool = http_pool(retries=urllib3.Retry(connect=3, read=0, backoff_factor=0.02), timeout=5.0)
    for _ in range(600):
        assert process.poll() is None, (
            f"the program ended with {process.returncode}:\n{log.read_text(errors='replace')[-4000:]}"
        )
        try:
            if pool.request("GET", url).status in (200, 401):  # 401: a hall with accounts works
                return
        except urllib3.exceptions.HTTPError:
            pass
    raise AssertionError(f"{url} does not answer:\n{log.read_text(errors='replace')[-4000:]}")


class Api:
    """A client of the HTTP API with its own connection, as stations have.

    ``token``: that of the box, of a device or of a program; None: a demonstration needs none.
    """

    def __init__(self, base: str, token: str | None = None) -> None:
        self._credentials = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._base = f"{base}/api/v1"
        self._pool = http_pool(num_pools=1, maxsize=1, block=True, retries=False, timeout=PATIENCE_S)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def get(self, path: str) -> tuple[int, Any]:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        return self._ask("POST", path, body)

    def ok(self, path: str, body: Mapping[str, Any]) -> Any:
        """Post, and return the answer; anything but success fails the test with the problem."""
        status, answer = self._ask("POST", path, body)
        assert status in (200, 201), (path, body, status, answer)
        return answer

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = self._credentials | ({"Content-Type": "application/json"} if body is not None else {})
        answer = self._pool.request(method, f"{self._base}{path}", body=data, headers=headers)
        return answer.status, json.loads(answer.data) if answer.data else None


def request_id() -> str:
    """Return a new request id, as a station's ``app.py`` makes it."""
    return str(uuid.uuid4())


def journal(api: Api) -> list[dict[str, Any]]:
    """Return the whole journal, read page by page."""
    rows: list[dict[str, Any]] = []
    after = 0
    while True:
        status, page = api.get(f"/journal?after={after}&limit=500")
        assert status == 200, page
        rows += page["items"]
        if page["next"] is None:
            return rows
        after = page["next"]
