"""``luot-hardware ready``: a person tries the devices of this machine and judges each."""

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config import device_trials
from config.load import load_settings
from config.words import words
from hardware.installer.commands import ready
from hardware.installer.context import InstallerContext
from hardware.installer.findings import Level
from support.installing import settings_file

DEVICES = ("sign-c1", "keypad-c1", "name")
KEYS = ("next", "recall", "1")


class ReportingServer(ThreadingHTTPServer):
    """A server whose keypad reports one more key each time that it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.keys = 0

    def health(self) -> Mapping[str, Any]:
        if ("device-tests", "keypad-c1") in [(path, body["device"]) for path, body in self.sent]:
            self.keys = min(self.keys + 1, len(KEYS))
        detail = device_trials.tested_detail(KEYS[: self.keys], KEYS[self.keys :]) if self.keys else None
        devices = [{"device": name, "detail": detail if name == "keypad-c1" else None} for name in DEVICES]
        return {"stations": [{"station": "counters-1", "online": True, "devices": devices}]}


class Answer(BaseHTTPRequestHandler):
    server: ReportingServer

    def do_GET(self) -> None:
        self._answer(200, json.dumps(self.server.health()).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.sent.append((self.path.rpartition("/")[2], body))
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def reporting_server() -> Iterator[ReportingServer]:
    with ReportingServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def run(server: ReportingServer, folder: Path, answers: list[str]) -> tuple[int, str]:
    """Run the command with these answers; return its exit code and its lines."""
    path = settings_file(folder, '[counter]\nstation = "counters-1"\n[[counter.desks]]\ncounter = "c1"\n')
    address = f"127.0.0.1:{server.server_address[1]}"
    path.write_text(path.read_text(encoding="utf-8").replace("127.0.0.1:1", address, 1), encoding="utf-8")
    shown: list[str] = []
    given, ids = iter(answers), itertools.count(1)
    context = InstallerContext(
        words=words("vi"),
        show=shown.append,
        ask=lambda question: next(given, None),
        mono_s=lambda: 0.0,
        wall_ms=lambda: 0,
        pause=lambda seconds: True,
        path=path,
        settings=load_settings(path),
    )
    return ready.run(context, new_id=lambda: f"id-{next(ids)}"), "\n".join(shown)


def test_each_device_is_tried_and_judged_and_the_results_are_sent(tmp_path: Path) -> None:
    with reporting_server() as server:
        code, shown = run(server, tmp_path, ["c", "k", "7", "2"])
    assert code == Level.FAULT
    assert [(path, body["device"], body.get("fault")) for path, body in server.sent] == [
        ("device-tests", "sign-c1", None),
        ("device-trials", "sign-c1", None),
        ("device-tests", "keypad-c1", None),
        ("device-trials", "keypad-c1", "keys"),
    ]
    assert {body["station"] for _, body in server.sent} == {"counters-1"}
    assert len({body["request_id"] for _, body in server.sent}) == 4
    assert "1/2 Bảng số quầy c1" in shown and "mọi vạch đều sáng như nhau" in shown
    assert "đã nhận: Gọi tiếp · Còn chờ: Gọi lại, 1" in shown
    assert "đã nhận: Gọi tiếp, Gọi lại, 1 · Đã nhận đủ" in shown


def test_a_device_that_is_left_out_has_no_result(tmp_path: Path) -> None:
    with reporting_server() as server:
        code, shown = run(server, tmp_path, ["gì cơ", "", "c"])
    assert code == Level.WARNING
    assert [body["device"] for path, body in server.sent if path == "device-trials"] == ["keypad-c1"]
    assert "Bỏ qua, chưa ghi kết quả." in shown


def test_without_a_server_nothing_is_tried(tmp_path: Path) -> None:
    with reporting_server() as server:
        pass
    code, shown = run(server, tmp_path, [])
    assert (code, shown) == (
        Level.FAULT,
        "Không hỏi được máy chủ, hoặc máy này không có thiết bị nào để thử.",
    )
