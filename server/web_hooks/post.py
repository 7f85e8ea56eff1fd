"""One try to deliver a body: a POST within a time limit.

The receiver's answer is not read but for its status, no redirect is followed, and the proxies of the environment are
not used.
"""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from server.access.deliveries import TryOutcome
from server.access.hook_address import AddressRefused, HookAddress, IpAddress, parse_address, resolve

TIMEOUT_S = 5.0
"""The longest time of one try after the name was resolved."""


class _PinnedConnection(HTTPConnection):
    """A connection to ``ip`` whatever the name of the host resolves to now. TLS proves the name."""

    def __init__(self, address: HookAddress, ip: IpAddress) -> None:
        super().__init__(address.host, address.port, timeout=TIMEOUT_S)
        self._address, self._ip = address, ip

    def connect(self) -> None:
        self.sock = socket.create_connection((str(self._ip), self.port), self.timeout)
        if self._address.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._address.host)


class Post:
    """One try; ``cancel`` may end it from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: _PinnedConnection | None = None
        self._is_cancelled = False

    def run(self, url: str, body: str, headers: Mapping[str, str], *, is_local: bool) -> TryOutcome:
        """Send ``body``; any 2xx status is a delivery."""
        try:
            address = parse_address(url, is_local=is_local)
            ip = resolve(address, is_local=is_local)
        except AddressRefused as error:
            return _failed(f"address refused: {error.problem}")
        except (OSError, UnicodeError):
            return _failed("unknown name")
        connection = _PinnedConnection(address, ip)
        timer = threading.Timer(TIMEOUT_S, self.cancel)
        timer.daemon = True
        with self._lock:
            if self._is_cancelled:
                return _failed("stopped")
            self._connection = connection
        timer.start()
        try:
            return self._send(connection, address, body, headers)
        finally:
            timer.cancel()
            with self._lock:
                self._connection = None
            connection.close()
            timer.join()

    def cancel(self) -> None:
        """End the try now."""
        with self._lock:
            self._is_cancelled = True
            if self._connection is not None and self._connection.sock is not None:
                with suppress(OSError):
                    self._connection.sock.shutdown(socket.SHUT_RDWR)

    def _send(
        self, connection: _PinnedConnection, address: HookAddress, body: str, headers: Mapping[str, str]
    ) -> TryOutcome:
        try:
            connection.connect()
            with self._lock:
                if self._is_cancelled:  # while it connected
                    return _failed("no answer in time")
            sent = {**headers, "Host": address.host_header, "Connection": "close"}
            connection.request("POST", address.target, body.encode(), sent)
            status = connection.getresponse().status
        except ssl.SSLCertVerificationError as error:
            return _failed(f"certificate refused: {error.verify_message}")
        except ssl.SSLError as error:
            return _failed(f"TLS failed: {error.reason}")
        except TimeoutError:
            return _failed("no answer in time")
        except (OSError, HTTPException, ValueError) as error:
            return _failed("no answer in time" if self._is_cancelled else _reason(error))
        return TryOutcome(HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES, f"HTTP {status}")


def _failed(result: str) -> TryOutcome:
    return TryOutcome(is_delivered=False, result=result)


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return "connection lost" if isinstance(error, OSError) else "not an answer of a web server"
