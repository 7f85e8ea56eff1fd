"""Measure the time from a clerk's press to the new board at a subscriber.

One client calls, one station is subscribed at the embedded broker, and each call follows a pause.
To print it: ``PYTHONPATH=.:tests python -m bench.call_to_board``.
"""

import json
import queue
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.figures import percentile
from bench.servers import hall_server
from server.wire.broker_login import box_login
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.server_process import Api, office, request_id

CALLS = 60
PAUSE_S = 0.2


def main() -> None:
    """Print the median and the 99th percentile."""
    with tempfile.TemporaryDirectory() as folder:
        boards: queue.Queue[bytes] = queue.Queue()
        with hall_server(Path(folder), ("c1",), office(["HT"], {"c1": ["HT"]})) as hall:
            feed = MqttConnection(
                *hall.files.broker,
                "screen",
                topics=[Topics("test").board],
                on_message=lambda _topic, payload: boards.put(payload),
                on_connection=lambda _up: None,
                login=lambda: box_login(hall.files.state),
            )
            with closing(feed):
                took_ms = sorted(_call(hall.api, boards) for _ in range(CALLS))
    print(f"call to board: p50 {percentile(took_ms, 0.5):.1f} ms, p99 {percentile(took_ms, 0.99):.1f} ms")


def _call(clerk: Api, boards: "queue.Queue[bytes]") -> float:
    """Call a new ticket after a pause; return the ms until the board shows it."""
    ticket = clerk.ok("/tickets", {"request_id": request_id(), "service": "HT", "station": "kiosk-1"})
    time.sleep(PAUSE_S)
    begun_s = time.monotonic()
    clerk.ok("/counters/c1/next", {"request_id": request_id()})
    while True:
        called = (counter["ticket"] for counter in json.loads(boards.get(timeout=10))["counters"])
        if any(shown is not None and shown["id"] == ticket["id"] for shown in called):
            break
    took_ms = (time.monotonic() - begun_s) * 1000
    for move in ("start", "finish"):
        clerk.ok(f"/tickets/{ticket['id']}/moves", {"request_id": request_id(), "move": move, "counter": "c1"})
    return took_ms


if __name__ == "__main__":
    main()
