"""One HTTP exchange with a limit of its whole time and of the answer's size."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException


class TimedExchange:
    """Sends one request on a new connection. ``cancel`` may end it from another thread.

    A timeout of the socket alone limits each wait only: a peer that sends a byte now and then would hold the thread.
    """

    def __init__(self, connection: HTTPConnection, timeout_s: float) -> None:
        self._connection, self._timeout_s = connection, timeout_s
        self._lock = threading.Lock()
        self._is_cancelled = False

    def run(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], *, max_bytes: int = 0
    ) -> tuple[int, bytes]:
        """Return status and body of the answer; with ``max_bytes`` 0 no body is read.

        Raises ``TimeoutError``, ``OSError`` and ``HTTPException``.
        """
        timer = threading.Timer(self._timeout_s, self.cancel)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(method, target, body, headers, max_bytes)
        except (OSError, HTTPException, ValueError) as error:
            if self._is_cancelled:
                raise TimeoutError("no answer in time") from error
            raise
        finally:
            timer.cancel()
            self._connection.close()
            timer.join()

    def cancel(self) -> None:
        """End the exchange now."""
        with self._lock:
            self._is_cancelled = True
            open_socket = self._connection.sock
            if open_socket is not None:
                with suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)

    def _exchange(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], max_bytes: int
    ) -> tuple[int, bytes]:
        if self._is_cancelled:
            raise TimeoutError("cancelled")
        self._connection.connect()
        with self._lock:
            if self._is_cancelled:  # while it connected
                raise TimeoutError("no answer in time")
        self._connection.request(method, target, body, {**headers, "Connection": "close"})
        response = self._connection.getresponse()
        content = response.read(max_bytes + 1) if max_bytes else b""
        if self._is_cancelled:
            raise TimeoutError("no answer in time")
        if len(content) > max_bytes:
            raise HTTPException("the answer is too long")
        return response.status, content
