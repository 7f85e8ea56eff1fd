"""Open the broker connections of many displays in one process.

``python -m bench.subscribers HOST PORT STATE NAME NUMBER TOPIC``. Each is the connection of a real display of the box
(``server.wire.mqtt_connection``), with the login in the server's folder STATE. A line on standard input is a text to
wait for, and is answered by "ready". When every connection has received a message with that text, or after
``TIMEOUT_S``, the program prints a JSON list: the times of receipt, in seconds of the machine's monotonic clock.
"""

import json
import sys
import threading
import time
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from server.wire.broker_login import box_login
from server.wire.mqtt_connection import MqttConnection

TIMEOUT_S = 10.0


class Arrivals:
    """The times at which the connections received the expected text."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._changed = threading.Condition()
        self._text = b""
        self._connected = 0
        self._at_s: dict[int, float] = {}

    def expect(self, text: bytes) -> None:
        """Expect another text from now on."""
        with self._changed:
            self._text, self._at_s = text, {}

    def received(self, connection: int, topic: str, payload: bytes) -> None:
        """Record the time of a message with the text. Runs in the connection's thread."""
        now_s = time.monotonic()
        if self._text and self._text in payload:
            with self._changed:
                self._at_s.setdefault(connection, now_s)
                if len(self._at_s) == self._number:
                    self._changed.notify_all()

    def connected(self) -> None:
        """Count a connection as made. Runs in the connection's thread."""
        with self._changed:
            self._connected += 1
            self._changed.notify_all()

    def wait_connected(self) -> None:
        """Wait until all connections are made."""
        with self._changed:
            self._changed.wait_for(lambda: self._connected >= self._number, TIMEOUT_S)

    def wait_all(self) -> list[float]:
        """Wait until all connections have received the text; return the times, sorted.

        After ``TIMEOUT_S`` the times of those that have.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._at_s) == self._number, TIMEOUT_S)
            return sorted(self._at_s.values())


def main() -> int:
    """Serve until the end of standard input."""
    host, port, state, name, number, topic = sys.argv[1:]
    arrivals = Arrivals(int(number))
    with ExitStack() as stack:
        for connection in range(int(number)):
            subscriber = MqttConnection(
                host,
                int(port),
                f"bench-{name}-{connection}",
                topics=[topic],
                on_message=partial(arrivals.received, connection),
                on_connection=lambda _: arrivals.connected(),
                login=lambda: box_login(Path(state)),
            )
            stack.enter_context(closing(subscriber))
        arrivals.wait_connected()
        print("connected", flush=True)
        for line in sys.stdin:
            arrivals.expect(line.strip().encode())
            print("ready", flush=True)
            print(json.dumps(arrivals.wait_all()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
