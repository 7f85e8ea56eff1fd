"""Starting the real programs for a test: machine files with free ports, a server as a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import tomli_w
import urllib3

from waiting import PATIENCE_S

ROOT = Path(__file__).parent.parent
FIRST_PORT, PORT_COUNT, APART = 10_000, 20_000, 199
# Each process of the tests begins elsewhere, so that two of them do not find the same one free.
_PORTS = (FIRST_PORT + (os.getpid() * APART + n) % PORT_COUNT for n in count())
INSTALL = {
    "mosquitto": "apt-get install mosquitto",
    "zbarimg": "apt-get install zbar-tools",
}


def need(program: str) -> str:
    """The program's path; a missing one fails the test with the line that installs it."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert found is not None, f"{program} is missing; run: {INSTALL.get(program, 'apt-get install ' + program)}"
    return found


def free_ports(wanted: int) -> list[int]:
    """Loopback ports that nobody listens on now, all different, and none of those that the kernel lends to outgoing
    connections: one of them could be gone before its program takes it."""
    return list(islice(filter(_is_free, _PORTS), wanted))


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def office(
    services: Sequence[str], counters: Mapping[str, Sequence[str]], *, rules: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """An office file for a test: services with prefixes A, B, C, …; counters with what they serve and a clerk each."""
    return {
        "id": "test",
        "name": {"vi": "Phường Thử", "en": "Test Ward"},
        "hours": {},
        "rules": {"call_gap_s": 0} | dict(rules or {}),  # tests press faster than people can come
        "services": [
            {"id": one, "prefix": "ABCDEGHKLMNPQ"[n], "name": {"vi": f"Lĩnh vực {one}"}}
            for n, one in enumerate(services)
        ],
        "counters": [
            {"id": one, "label": one.lstrip("c"), "services": list(serves), "clerk": f"nv-{one}"}
            for one, serves in counters.items()
        ],
        "clerks": [{"id": f"nv-{one}", "name": f"Cán bộ {one}"} for one in counters],
    }


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's file and where its server will be."""

    config: Path
    state: Path
    api: str
    visitors: str
    broker: tuple[str, int]


def machine(folder: Path, of: Mapping[str, Any], *, broker: str = "embedded", **server: Any) -> Machine:
    """Write the files of a server for ``office`` in ``folder``, on free ports."""
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
            **server,
        },
        "broker": {"kind": broker, "listen": f"127.0.0.1:{broker_port}"},
    }
    config = folder / "hall.toml"
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    return Machine(
        config, folder / "state", f"http://127.0.0.1:{api}", f"http://127.0.0.1:{visitors}", ("127.0.0.1", broker_port)
    )


@contextmanager
def running(where: Machine, *, program: Sequence[str] = ("-m", "server.app")) -> Iterator[subprocess.Popen[bytes]]:
    """The server as a process of its own until the block ends; its log is in ``server.log`` beside the state."""
    log = where.config.parent / "server.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, *program, "--config", str(where.config)],
            stdout=sink,
            stderr=sink,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            wait_for(f"{where.api}/api/v1/board", process, log)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until ``url`` answers 200; a program that ends first fails with its log."""
    pool = urllib3.PoolManager(retries=urllib3.Retry(connect=3, read=0, backoff_factor=0.02), timeout=5.0)
    for _ in range(600):
        assert process.poll() is None, f"it ended with {process.returncode}:\n{log.read_text(errors='replace')[-4000:]}"
        try:
            if pool.request("GET", url).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
    raise AssertionError(f"{url} does not answer:\n{log.read_text(errors='replace')[-4000:]}")


class Api:
    """A caller of the HTTP API with a connection of its own, as a station or a clerk's page has one."""

    def __init__(self, base: str) -> None:
        self._base = f"{base}/api/v1"
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1, block=True, retries=False, timeout=PATIENCE_S)

    def close(self) -> None:
        """Hang up."""
        self._pool.clear()

    def get(self, path: str) -> tuple[int, Any]:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        return self._ask("POST", path, body)

    def ok(self, path: str, body: Mapping[str, Any]) -> Any:
        """As :meth:`post`, but anything else than success fails the test with the problem."""
        status, answer = self._ask("POST", path, body)
        assert status in (200, 201), (path, body, status, answer)
        return answer

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if body is not None else {}
        answer = self._pool.request(method, f"{self._base}{path}", body=data, headers=headers)
        return answer.status, json.loads(answer.data) if answer.data else None


def request_id() -> str:
    """A fresh one, as a station's ``app.py`` makes them."""
    return str(uuid.uuid4())


def journal(api: Api) -> list[dict[str, Any]]:
    """The whole journal, page by page."""
    rows: list[dict[str, Any]] = []
    after = 0
    while True:
        status, page = api.get(f"/journal?after={after}&limit=500")
        assert status == 200, page
        rows += page["items"]
        if page["next"] is None:
            return rows
        after = page["next"]
