"""A kiosk is killed between the issue of a number and its slip's first record.

Nothing at the kiosk has a record of that slip, so the server must find it.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import urllib3
from playwright.sync_api import Browser, expect

from config.clock import write_demo_clock
from support.browser_pages import WAIT_MS, sit_down
from support.http_pools import http_pool
from support.printer_rig import LinkKind, simulated_printer
from support.server_process import ROOT, Api, Machine, free_ports, journal, machine, office, running
from support.waiting import PATIENCE_S, until

MINUTE_MS = 60_000


class Gate:
    """A proxy that can withhold the server's answers to one kind of request."""

    def __init__(self, server: tuple[str, int], keeps: bytes) -> None:
        self._server, self._keeps = server, keeps
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.kept = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            closed = threading.Event()
            threading.Thread(target=self._pass, args=(client, server, closed), daemon=True).start()
            threading.Thread(target=self._back, args=(server, client, closed), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket, closed: threading.Event) -> None:
        with client, server:
            while asked := _received(client):
                if self._keeps in asked:
                    closed.set()
                server.sendall(asked)

    def _back(self, server: socket.socket, client: socket.socket, closed: threading.Event) -> None:
        while answer := _received(server):
            if closed.is_set():
                self.kept.set()
                return
            client.sendall(answer)


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(65536)
    except OSError:
        return b""


@dataclass
class Hall:
    """A hall whose kiosk reaches the server through the proxy, on the test's clock."""

    where: Machine
    api: Api
    gate: Gate
    pace: Path
    screen: str
    pool: urllib3.PoolManager

    def issued(self) -> list[dict[str, Any]]:
        return [row for row in journal(self.api) if row["kind"] == "ticket.issued"]

    def tap(self, *targets: str) -> None:
        """One key after the other, each as soon as it is there."""
        for body in (json.dumps({"target": target}) for target in targets):
            until(partial(self._tapped, body), body)

    def _tapped(self, body: str) -> bool:
        return self.pool.request("POST", f"{self.screen}/tap", body=body).status == 204

    def ready(self) -> bool:
        """The kiosk knows its services and its printer."""
        _, health = self.api.get("/health")
        printers = [
            device for station in health["stations"] for device in station["devices"] if device["device"] == "printer"
        ]
        try:
            state = json.loads(self.pool.request("GET", f"{self.screen}/state").data)
        except urllib3.exceptions.HTTPError:
            return False
        return (
            state.get("screen") == "home"
            and not state["stale"]
            and [printer["state"] for printer in printers] == ["ready"]
        )

    def clock_goes(self, ms: int) -> None:
        boot_ms, wall_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000, time.time_ns() // 1_000_000
        write_demo_clock(self.pace, wall_ms=wall_ms + ms, ran_ms=boot_ms + ms, boot_ms=boot_ms, speed=1.0)


@contextmanager
def kiosk(hall: Hall) -> Iterator[subprocess.Popen[bytes]]:
    """The kiosk's program, killed at the end of the block if it still runs."""
    command = [sys.executable, "-m", "kiosk.app", "--config", str(hall.where.config)]
    environ = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    with (hall.where.config.parent / "kiosk.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=environ | {"PYTHONPATH": str(ROOT)})
    with process:
        try:
            until(hall.ready)
            yield process
        finally:
            process.kill()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    where = machine(tmp_path, office(["HT"], {"c1": ["HT"]}))
    (screen,) = free_ports(1)
    host, port = where.api.removeprefix("http://").split(":")
    with ExitStack() as held:
        gate = held.enter_context(closing(Gate((host, int(port)), b"POST /api/v1/tickets ")))
        printer = held.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
        pool = http_pool(retries=False, timeout=PATIENCE_S)
        hall = Hall(where, Api(where.api), gate, tmp_path / "pace.json", f"http://127.0.0.1:{screen}", pool)
        hall.clock_goes(0)
        settings = tomllib.loads(where.config.read_text(encoding="utf-8"))
        settings["machine"]["pace"] = str(hall.pace)
        settings["link"] = {"server": f"http://{gate.at}", "office": "test"}
        settings["link"]["broker"] = f"127.0.0.1:{where.broker[1]}"
        settings["kiosk"] = {
            "station": "kiosk-1",
            "control": f"127.0.0.1:{screen}",
            "settle_ms": 0,
            "screen": {"width_px": 540, "height_px": 960, "width_mm": 299.0},
            "printer": {"kind": "network", "address": ":".join(map(str, printer.address))},
        }
        where.config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        held.enter_context(running(where))
        yield hall


def test_staff_learn_of_a_number_whose_slip_was_lost_with_its_kiosk(hall: Hall, browser: Browser) -> None:
    with kiosk(hall) as process:
        hall.tap("take", "service-HT", "take")
        assert hall.gate.kept.wait(PATIENCE_S)
        process.kill()
    (issued,) = hall.issued()
    with kiosk(hall):
        kept = hall.where.state / "kiosk-1" / "printer.jsonl"
        assert not kept.exists() or "A001" not in kept.read_text(encoding="utf-8"), "the kiosk knows of it by itself"
        page = sit_down(browser.new_page(), hall.api, hall.where.api, "c1", "HT").page
        expect(page.locator("body")).not_to_contain_text("Phiếu chưa rõ đã in")
        hall.clock_goes(MINUTE_MS + 1000)
        expect(page.locator("body")).to_contain_text("Phiếu chưa rõ đã in: A001", timeout=WAIT_MS)
        page.goto(f"{hall.where.api}/staff/health")
        slips = page.locator(".slips", has_text="Phiếu chưa rõ đã in")
        expect(slips).to_contain_text("A001")
        page.get_by_role("button", name="In lại phiếu A001").click()
        until(lambda: hall.api.get(f"/tickets/{issued['ticket']}")[1]["print"] == "printed")
        expect(slips).to_have_count(0, timeout=WAIT_MS)
