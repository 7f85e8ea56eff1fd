"""One try to deliver a body: a POST within a time limit.

The receiver's answer is not read but for its status, no redirect is followed, and the proxies of the environment are
not used.
"""

import socket
import ssl
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from server.access.deliveries import TryOutcome
from server.access.hook_address import AddressRefused, HookAddress, IpAddress, parse_address, resolve
from server.access.timed_http import TimedExchange

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
        self._exchange: TimedExchange | None = None
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
        exchange = TimedExchange(_PinnedConnection(address, ip), TIMEOUT_S)
        with self._lock:
            if self._is_cancelled:
                return _failed("stopped")
            self._exchange = exchange
        return _send(exchange, address, body, headers)

    def cancel(self) -> None:
        """End the try now."""
        with self._lock:
            self._is_cancelled = True
            if self._exchange is not None:
                self._exchange.cancel()


def _send(exchange: TimedExchange, address: HookAddress, body: str, headers: Mapping[str, str]) -> TryOutcome:
    try:
        status, _ = exchange.run("POST", address.target, body.encode(), {**headers, "Host": address.host_header})
    except ssl.SSLCertVerificationError as error:
        return _failed(f"certificate refused: {error.verify_message}")
    except ssl.SSLError as error:
        return _failed(f"TLS failed: {error.reason}")
    except TimeoutError:
        return _failed("no answer in time")
    except ConnectionRefusedError:
        return _failed("connection refused")
    except OSError:
        return _failed("connection lost")
    except (HTTPException, ValueError):
        return _failed("not an answer of a web server")
    return TryOutcome(HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES, f"HTTP {status}")


def _failed(result: str) -> TryOutcome:
    return TryOutcome(is_delivered=False, result=result)
