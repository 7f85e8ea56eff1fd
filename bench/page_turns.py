"""Measure tickets beside browsers that load clerk pages without a pause.

150 people wait, 16 browsers load the page of a counter, and one kiosk takes five tickets a second. A row for each
number of pages drawn at once. To print it: ``PYTHONPATH=.:tests python -m bench.page_turns``.
"""

import subprocess
import tempfile
import time
from pathlib import Path

from bench.figures import percentile
from bench.open_pages import take_counters
from bench.servers import RunningServer, hall_server
from support.server_process import Api, need, office, request_id

AT_ONCE = (16, 4, 2, 1)
"""The measured values of ``pages_at_once``; with 16 no browser waits for another."""
BROWSERS = 16
TICKETS = 60
INTERVAL_S = 0.2


def main() -> None:
    """Print the table in Markdown."""
    print("| pages at once | pages/s | ticket p50 / p95 / max, ms | server CPU |\n|---|---|---|---|")
    for at_once in AT_ONCE:
        print(_row(at_once), flush=True)


def _row(at_once: int) -> str:
    hall = office(["HT", "CT"], {"c1": ["HT", "CT"]})
    with (
        tempfile.TemporaryDirectory() as folder,
        hall_server(Path(folder), ("c1",), hall, pages_at_once=at_once) as server,
    ):
        kiosk = server.api
        for _ in range(150):
            _take(kiosk)
        browsers = _start_browsers(server)
        begun_s, cpu_s = time.monotonic(), _cpu_s(server.pid)
        took_ms = sorted(_paced_take(kiosk, begun_s + n * INTERVAL_S) for n in range(TICKETS))
        cores = (_cpu_s(server.pid) - cpu_s) / (time.monotonic() - begun_s)
        pages = browsers.communicate()[0]
    per_s = next(line.split()[1] for line in pages.splitlines() if line.startswith("Requests/sec"))
    p50, p95 = (percentile(took_ms, share) for share in (0.5, 0.95))
    return f"| {at_once} | {per_s} | {p50:.0f} / {p95:.0f} / {took_ms[-1]:.0f} | {cores:.0%} of a core |"


def _start_browsers(server: RunningServer) -> "subprocess.Popen[str]":
    """Take c1, and let wrk load its page while tickets are taken."""
    cookie = take_counters(server, ["c1"])["c1"]
    seconds = round(TICKETS * INTERVAL_S) + 1
    size = ("-t", "2", "-c", str(BROWSERS), "-d", f"{seconds}s", "--timeout", "30s")
    command = [need("wrk"), *size, "-H", f"Cookie: {cookie}", f"{server.files.api}/clerk/c1"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _paced_take(kiosk: Api, at_s: float) -> float:
    """Take a ticket at a monotonic time; return how long it took in ms."""
    time.sleep(max(0.0, at_s - time.monotonic()))
    begun_s = time.monotonic()
    _take(kiosk)
    return (time.monotonic() - begun_s) * 1000


def _take(kiosk: Api) -> None:
    kiosk.ok("/tickets", {"request_id": request_id(), "service": "HT", "station": "kiosk-1"})


def _cpu_s(pid: int) -> float:
    """Return the processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()
