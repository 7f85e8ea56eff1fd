"""The server's addresses: on loopback from the start, beyond it once somebody administers the hall.

Without an administrator nobody has to sign in, so until then the server stays on loopback, whatever the file says.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from flask import Flask

from config.address import is_loopback, split_address
from config.binding import why_not_bindable
from config.settings import ServerSettings
from config.threads import RestartingThread
from server.network.announcement import HallAnnouncement
from server.network.findings import FindingKind, NetworkFinding
from server.network.hall_network import HallNetwork
from server.network.problems import NetworkFault, NetworkProblems
from server.web.shared.plain_http import PlainHttp
from server.web.shared.serving.handshaking import TlsListener
from server.web.shared.serving.http_server import CannotListen, serving
from server.web.shared.serving.limits import ReceiveLimits

log = logging.getLogger("server")

SHARE_OF_ONE_VISITOR = 0.5
"""The part of the places for waiting pages that one visitor's address may have."""
LOCAL_THREADS = 60
"""Threads of the address ``local`` beside those of calls and pages."""
OPEN_CHECK_S = 1.0
"""How often the network's listeners are tried while they are closed."""
REFRESH_S = 10.0
"""How often names, addresses and certificates are looked at."""


@dataclass(frozen=True, slots=True)
class _Listener:
    """One address. ``name`` is the setting that has it."""

    name: str
    address: str
    app: Flask
    threads: int
    limits: ReceiveLimits
    is_secure: bool = False

    @property
    def is_beyond_loopback(self) -> bool:
        return not is_loopback(split_address(self.address)[0])


class Listeners:
    """Serves the applications at all addresses of the settings. ``close`` ends it.

    ``may_open`` returns whether the hall has an administrator. The constructor raises ``CannotListen`` for an address
    on loopback; addresses of networks, which may come later than the program, are tried again. ``announcement``: made
    as soon as the staff's address is open, which the announcement names. Problems go to those of ``network``.
    """

    def __init__(
        self,
        server: ServerSettings,
        staff: Flask,
        visitors: Flask,
        network: HallNetwork | None,
        *,
        may_open: Callable[[], bool],
        mono_s: Callable[[], float],
        announcement: HallAnnouncement | None = None,
    ) -> None:
        self._server, self._network, self._may_open, self._mono_s = server, network, may_open, mono_s
        self._resources, self._lock, self._announcement = ExitStack(), threading.Lock(), announcement
        self._reported: dict[str, str] = {}
        self._problems = NetworkProblems() if network is None else network.problems
        self._closing = threading.Event()
        self._listeners = listeners = _listeners(server, staff, visitors)
        self._closed = [listener for listener in listeners if listener.is_beyond_loopback]
        try:
            for listener in listeners:
                if not listener.is_beyond_loopback:
                    self._serve(listener)
        except CannotListen:
            self._resources.close()
            raise
        self.open_if_allowed()
        self._next_refresh_s = mono_s() + REFRESH_S
        self._thread = RestartingThread("network", self._run, closing=self._closing)
        self._thread.start()

    @property
    def waits_for_administrator(self) -> bool:
        """Return whether addresses beyond loopback are closed because nobody administers the hall."""
        return bool(self._closed) and not self._may_open()

    def open_if_allowed(self) -> None:
        """Open the addresses beyond loopback if there is an administrator; any thread may call it.

        Pages call it when the set-up is finished; otherwise it happens within a second.
        """
        with self._lock:
            if not self._closed or self._closing.is_set():
                return
            if not self._may_open():
                self._report(
                    "set-up",
                    f"{', '.join(listener.name for listener in self._closed)}: this server stays on loopback until it"
                    f" has an administrator; open http://{self._server.loopback_address}/ on this machine and finish"
                    " the set-up",
                )
                return
            self._closed = [listener for listener in self._closed if not self._try(listener)]

    def close(self) -> None:
        """Stop serving, after the responses in progress."""
        self._closing.set()
        self._thread.join()
        if self._announcement is not None:
            self._announcement.close()
        self._resources.close()

    def _run(self) -> None:
        self._announce()
        while not self._closing.wait(OPEN_CHECK_S if self._closed else REFRESH_S):
            if self._network is not None and self._mono_s() >= self._next_refresh_s:
                self._next_refresh_s = self._mono_s() + REFRESH_S
                self._network.refresh()
                self._check_addresses()
            self.open_if_allowed()
            self._announce()

    def _announce(self) -> None:
        """Announce the staff's address once it is open, whatever the others do."""
        if self._network is None or self._announcement is None or any(listener.is_secure for listener in self._closed):
            return
        self._announcement.update(self._network.names)
        self._problems.report("announcement", NetworkFault.NOT_ANNOUNCED, self._announcement.failure)

    def _check_addresses(self) -> None:
        """Report an open address that this machine has lost."""
        for listener in self._listeners:
            if listener.is_beyond_loopback and listener not in self._closed:
                reason = why_not_bindable(split_address(listener.address)[0])
                text = f"[server]: {listener.name} = {listener.address!r}: nobody can connect ({reason})"
                self._report_closed(listener, "" if reason is None else text)

    def _try(self, listener: _Listener) -> bool:
        """Open an address beyond loopback; return False where that must be tried again."""
        if listener.is_secure and (self._network is None or self._network.certificates is None):
            return False  # the reason was logged
        try:
            self._serve(listener)
        except CannotListen as error:
            text = f"{error}; it is tried again every {OPEN_CHECK_S:.0f} s"
            self._report(listener.name, text)
            self._report_closed(listener, text)
            return False
        self._report_closed(listener, "")
        log.info("%s: open at %s://%s/", listener.name, "https" if listener.is_secure else "http", listener.address)
        return True

    def _report_closed(self, listener: _Listener, text: str) -> None:
        """Report why an address is closed; "": it is open."""
        finding = NetworkFinding(text, FindingKind.ADDRESS_CLOSED, address=listener.address)
        self._problems.report(listener.name, NetworkFault.CLOSED, finding)

    def _serve(self, listener: _Listener) -> None:
        tls = None
        if listener.is_secure and self._network is not None and self._network.tls is not None:
            tls = TlsListener(self._network.tls.context, PlainHttp(self._network).answer)
        self._resources.enter_context(
            serving(listener.name, listener.address, listener.app, listener.threads, self._mono_s, listener.limits, tls)
        )

    def _report(self, about: str, problem: str) -> None:
        """Log a problem once, until it changes."""
        if self._reported.get(about) != problem:
            self._reported[about] = problem
            log.warning("%s", problem)


def _listeners(server: ServerSettings, staff: Flask, visitors: Flask) -> list[_Listener]:
    limits = ReceiveLimits(
        pages_at_once=server.pages_at_once, pages_waiting=server.pages_waiting, calls_at_once=server.calls_at_once
    )
    half = server.visitor_threads // 2
    visitor_limits = replace(
        limits,
        pages_at_once=min(server.pages_at_once, half),
        calls_at_once=min(server.calls_at_once, half),
        share_of_one=SHARE_OF_ONE_VISITOR,
        upload_bytes=0,
    )
    is_secure = server.is_beyond_loopback
    listeners = [
        _Listener("listen", server.listen, staff, server.threads, limits, is_secure=is_secure),
        _Listener("visitors", server.visitors, visitors, server.visitor_threads, visitor_limits),
    ]
    if is_secure:
        threads = min(server.threads, server.calls_at_once + 2 * server.pages_at_once + LOCAL_THREADS)
        listeners.insert(0, _Listener("local", server.local, staff, threads, limits))
    return listeners
