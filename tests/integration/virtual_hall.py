"""The virtual hall's page on doubles of the control ports behind it."""

import io
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

from cheroot.wsgi import Server as WebServer
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from config.clock import Now
from config.settings import Settings
from server.hall.virtual.context import PageContext
from server.hall.virtual.control_clients import control_clients
from server.hall.virtual.page import make_page
from server.hall.virtual.pollers import start_pollers
from server.hall.virtual.state import HallState, LogEntry
from support.waiting import PATIENCE_S

WALL_MS = 1_795_398_130_000  # 2026-11-23 08:42:10 in the hall
PANEL = {"width_px": 540, "height_px": 960, "width_mm": 299.0}
TV_PANEL = {"width_px": 960, "height_px": 540, "width_mm": 941.0}
TARGETS = [
    {"id": "take", "label": "Lấy số thứ tự", "x": 40, "y": 300, "w": 460, "h": 120, "enabled": True},
    {"id": "back", "label": "Quay lại", "x": 40, "y": 800, "w": 200, "h": 80, "enabled": False},
]


def png(width: int, height: int, colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


@dataclass
class ControlPortDouble:
    """The double of a control port: fixed answers, and a record of the posts."""

    answers: dict[str, tuple[str, bytes]]
    posts: list[tuple[str, Any]] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def json(self, path: str, value: object) -> None:
        with self.changed:
            self.answers[path] = ("application/json", json.dumps(value).encode())

    def wait_for(self, post: tuple[str, Any]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: post in self.posts, PATIENCE_S), (post, self.posts)


@contextmanager
def control_port(double: ControlPortDouble) -> Iterator[str]:
    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            after = re.search(r"after=(\d+)", query)
            with double.changed:
                if after is not None and int(after[1]) >= 1:
                    double.changed.wait(0.2)
                    self.send_response(304)
                    self.end_headers()
                    return
                kind, body = double.answers.get(path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("X-Frame", "1")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with double.changed:
                double.posts.append((self.path, body))
                double.changed.notify_all()
            self.send_response(double.refuse.get(self.path, 204))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    class Port(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Port(("127.0.0.1", 0), Request)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class RecordedActions:
    """Records what the page asks of the hall."""

    def __init__(self, state: HallState) -> None:
        self.state = state
        self.done: list[tuple[object, ...]] = []
        self.changed = threading.Condition()

    def _record(self, *action: object) -> None:
        with self.changed:
            self.done.append(action)
            self.changed.notify_all()

    def set_speed(self, speed: float) -> None:
        self.state.put("speed", speed)
        self._record("speed", speed)

    def add_visitor(self) -> None:
        self._record("visitor")

    def play_morning(self, *, on: bool) -> None:
        self.state.put("morning", {"done": 3, "all": 70} if on else None)
        self._record("morning", on)

    def switch_power(self, name: str, *, on: bool) -> None:
        if name not in ("server", "broker"):
            raise KeyError(name)
        self.state.put("power", dict(self.state.get("power")) | {name: not on})
        self._record("power", name, on)

    def wait_for(self, *action: object) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: action in self.done, PATIENCE_S), (action, self.done)


@dataclass
class VirtualHall:
    url: str
    kiosk: ControlPortDouble
    tv: ControlPortDouble
    devices: ControlPortDouble
    state: HallState
    actions: RecordedActions


def device_list(faults: Mapping[str, bool] | None = None) -> list[dict[str, Any]]:
    return [
        {"id": "printer", "kind": "printer", "faults": dict(faults or {"paper_out": False, "unplugged": False})},
        {"id": "sign-c1", "kind": "sign", "faults": {"unpowered": False}, "text": "A015", "blinking": False},
        {"id": "keypad-c1", "kind": "keypad", "faults": {"stuck": False}},
        {"id": "sign-c2", "kind": "sign", "faults": {"unpowered": False}, "text": "", "blinking": False},
        {"id": "keypad-c2", "kind": "keypad", "faults": {"stuck": False}},
    ]


def board(state: str, ticket: str | None) -> dict[str, Any]:
    held = None if ticket is None else {"id": "t-1", "number": "A015", "state": ticket, "class": "ordinary"}
    first = {"id": "c1", "label": "1", "state": state, "ready": False, "reason": None, "ticket": held}
    second = {"id": "c2", "label": "2", "state": "paused", "ready": False, "reason": "Nghỉ", "ticket": None}
    return {"counters": [first, second], "calls": [], "epoch": "e1"}


def doubles() -> tuple[ControlPortDouble, ControlPortDouble, ControlPortDouble]:
    kiosk = ControlPortDouble({"/frame.png": ("image/png", png(540, 960, "#F6F4EF"))})
    kiosk.json("/state", {"screen": "home"})
    kiosk.json("/targets", TARGETS)
    tv = ControlPortDouble(
        {"/frame.png": ("image/png", png(960, 540, "#0B1430")), "/speech/k-1.wav": ("audio/wav", b"RIFF")}
    )
    tv.json("/state", {"screen": "board"})
    tv.json("/targets", [])
    tv.json("/speech", {"id": "k-1", "caption": "Mời số A015, quầy số một", "times": 1, "of": 2, "playing": True})
    paper = png(288, 500, "white")
    devices = ControlPortDouble({f"/printer/slips/{n}.png": ("image/png", paper) for n in (1, 2)})
    devices.json("/devices", device_list())
    slip = {"n": 2, "rows": 1120, "cut": True, "taken": False}
    devices.json("/printer", {"left_mm": 79_860, "paper": True, "printing": False, "slips": [slip], "version": 3})
    for counter in ("c1", "c2"):
        devices.answers[f"/signs/{counter}.png"] = ("image/png", png(240, 80, "black"))
    return kiosk, tv, devices


@contextmanager
def virtual_hall() -> Iterator[VirtualHall]:
    """Serve the page until the block ends."""
    kiosk, tv, devices = doubles()
    with ExitStack() as held:
        desk = {"sign": "sign", "keypad": "keypad"}
        settings = Settings.model_validate(
            {
                "server": {"visitors": "127.0.0.1:8571"},
                "kiosk": {"control": held.enter_context(control_port(kiosk)), "screen": PANEL},
                "display": {"control": held.enter_context(control_port(tv)), "screen": TV_PANEL},
                "simulated": {
                    "control": held.enter_context(control_port(devices)),
                    "desks": [{"counter": "c1", **desk, "pad": "pad", "scanner": "eye"}, {"counter": "c2", **desk}],
                },
                "counter": {"desks": [{"counter": "c1", "pad": {"levels": 3}}]},
            }
        )
        state = HallState(time.monotonic)
        actions = RecordedActions(state)
        state.put("board", board("open", "called"))
        state.put("fresh", True)
        state.put("speed", 1)
        state.put("power", {"server": False, "broker": False})
        state.put("office", {"counters": [{"id": "c1", "label": "1"}, {"id": "c2", "label": "2"}]})
        state.add_log(LogEntry(WALL_MS, "called", {"number": "A015", "counter": "1"}))
        clients = control_clients(settings)
        held.callback(clients.close)
        closed = held.enter_context(ExitStack())  # closed first: a poll in progress would connect again
        for poller in start_pollers(settings, clients, state, held):
            closed.callback(poller.join)
        now = Now(WALL_MS, 0, 0.0)
        context = PageContext(settings, state, clients, actions, lambda: now, ZoneInfo("Asia/Ho_Chi_Minh"))
        web = WebServer(("127.0.0.1", 0), make_page(context), numthreads=12, shutdown_timeout=1)
        web.prepare()
        thread = threading.Thread(target=web.serve)
        thread.start()
        held.callback(thread.join)
        held.callback(web.stop)
        held.callback(state.close)
        yield VirtualHall(f"http://127.0.0.1:{web.bind_addr[1]}", kiosk, tv, devices, state, actions)


@contextmanager
def open_page(browser: Browser, hall: VirtualHall) -> Iterator[Page]:
    """Open the page until the block ends; fail when its scripts failed."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(hall.url)
    expect(page.locator("#kiosk-picture")).to_be_visible()
    yield page
    page.close()
    assert not errors
