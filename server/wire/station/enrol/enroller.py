"""Bring a station to credentials that the server accepts, and show each stage.

Every failure is shown and tried again; a step that was interrupted anywhere begins again without harm.
"""

import logging
import threading
from collections.abc import Callable

from server.wire.client import ServerRefused, ServerUnreachable, ServerUntrusted
from server.wire.enrolment import EnrolmentFailed, RandomBytes
from server.wire.messages import ProblemCode
from server.wire.station.enrol.exchange import AskingStation, DeviceStanding, EnrolmentExchange, finish
from server.wire.station.enrol.state import EnrolmentStage, EnrolmentState
from server.wire.station.enrol.stored import EnrolmentStore, StoredEnrolment

log = logging.getLogger(__name__)

POLL_INTERVAL_S = 2.0
RETRY_INTERVAL_S = 5.0
TOO_MANY_INTERVAL_S = 60.0
MAX_FAILED_POLLS = 3
"""After so many polls without an answer the enrolment begins again."""


class EnrolmentSignals:
    """Events from people and from the system for an ``Enroller``; any thread may call them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._is_stopping = self._is_touched = False
        self._on_stop: Callable[[], object] = lambda: None

    def stop(self) -> None:
        """End the enroller soon, and the station after it."""
        with self._condition:
            self._is_stopping = True
            self._condition.notify_all()
            self._on_stop()

    def when_stopped(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` at each ``stop`` from now on; at once if there was one already."""
        with self._condition:
            self._on_stop = callback
            if self._is_stopping:
                callback()

    def touch(self) -> None:
        """Ask for enrolment again, after a removal."""
        with self._condition:
            self._is_touched = True
            self._condition.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait; return True at once when the enroller must end."""
        with self._condition:
            return self._condition.wait_for(lambda: self._is_stopping, seconds)

    def wait_for_touch(self) -> bool:
        """Wait for a touch from now on; return True when the enroller must end."""
        with self._condition:
            self._is_touched = False
            self._condition.wait_for(lambda: self._is_stopping or self._is_touched)
            return self._is_stopping


class Enroller:
    """Enrols one station. ``find_server()`` returns its address, "https://…", or None while there is none.

    ``show`` is called with each stage, in the thread of ``run``.
    """

    def __init__(
        self,
        store: EnrolmentStore,
        asking: AskingStation,
        find_server: Callable[[], str | None],
        random_bytes: RandomBytes,
        mono_s: Callable[[], float],
        show: Callable[[EnrolmentState], object],
        signals: EnrolmentSignals,
    ) -> None:
        self._store, self._asking, self._find_server = store, asking, find_server
        self._random_bytes, self._mono_s, self._signals = random_bytes, mono_s, signals
        self._show_state = show
        self._shown: EnrolmentState | None = None

    def run(self) -> StoredEnrolment | None:
        """Return the enrolment with which the station can work; None when it must end."""
        while True:
            try:
                return self._run()
            except OSError as error:  # of the file; those of the network have other names here
                log.error("the enrolment cannot be changed on the disk: %s", error)
                self._show(EnrolmentStage.NOT_STORED)
            if self._signals.wait(RETRY_INTERVAL_S):
                return None

    def _run(self) -> StoredEnrolment | None:
        while True:
            stored = self._store.load() or self._enrol()
            if stored is None:
                return None
            if stored.credentials is None:
                if self._is_ended_by_removal(stored):
                    return None
                self._store.forget()
                continue
            standing, confirmed = self._finish(stored)
            match standing:
                case DeviceStanding.ENROLLED:
                    return confirmed
                case DeviceStanding.REMOVED:
                    self._store.mark_removed()
                case DeviceStanding.UNKNOWN:
                    log.warning("the server does not know this device any more; the station asks for enrolment again")
                    self._store.forget()
                case DeviceStanding.STOPPED:
                    return None

    def _enrol(self) -> StoredEnrolment | None:
        """Enrol until the credentials are stored; None when the station must end."""
        while True:
            server = self._find_server()
            if server is None:
                self._show(EnrolmentStage.SEARCHING)
                pause_s = RETRY_INTERVAL_S
            else:
                stored, pause_s = self._try(server)
                if stored is not None:
                    return stored
            if self._signals.wait(pause_s):
                return None

    def _try(self, server: str) -> tuple[StoredEnrolment | None, float]:
        """Try once; return the stored credentials, or the pause before the next try."""
        try:
            stored = self._exchange(server)
            if stored is None:
                return None, 0.0
            self._store.save(stored)
        except ServerUntrusted as error:
            self._show(EnrolmentStage(error.problem.value), server=server)
        except ServerUnreachable as error:
            log.debug("no enrolment: %s", error)
            self._show(EnrolmentStage.UNREACHABLE, server=server)
        except ServerRefused as refused:
            if refused.problem.code is ProblemCode.TOO_MANY:
                self._show(EnrolmentStage.TOO_MANY, server=server)
                return None, TOO_MANY_INTERVAL_S
            self._show(EnrolmentStage.NO_ENROLMENT, server=server)
        except EnrolmentFailed as error:
            log.warning("the enrolment begins again: %s", error)
        except OSError as error:
            log.error("the credentials cannot be stored: %s", error)
            self._show(EnrolmentStage.NOT_STORED, server=server)
        else:
            return stored, 0.0
        return None, RETRY_INTERVAL_S

    def _exchange(self, server: str) -> StoredEnrolment | None:
        """Show the code until an administrator has typed it.

        None: the code has expired, or the station must end.
        """
        exchange = EnrolmentExchange(server, self._asking, self._random_bytes)
        try:
            code = exchange.begin()
            self._show(EnrolmentStage.CODE, code=code, server=server)
            ends_at_s, failed_polls = self._mono_s() + exchange.expires_s, 0
            while self._mono_s() < ends_at_s and not self._signals.wait(POLL_INTERVAL_S):
                try:
                    stored = exchange.poll()
                except ServerRefused:
                    return None  # the server has started anew, or the code was mistyped too often
                except ServerUnreachable:
                    failed_polls += 1
                    if failed_polls >= MAX_FAILED_POLLS:
                        raise
                    continue
                failed_polls = 0
                if stored is not None:
                    return stored
            return None
        finally:
            exchange.close()

    def _finish(self, stored: StoredEnrolment) -> tuple[DeviceStanding, StoredEnrolment]:
        """Confirm the credentials, or check at a start that they still hold."""
        while True:
            stage, seconds = EnrolmentStage.FINISHING, RETRY_INTERVAL_S
            try:
                standing, confirmed = finish(stored)
                if confirmed != stored:
                    self._store.save(confirmed)
                return standing, confirmed
            except ServerUntrusted as error:
                stage = EnrolmentStage(error.problem.value)
            except ServerUnreachable:
                if stored.unfinished is None:
                    return DeviceStanding.ENROLLED, stored  # the station works, and shows that the server is away
            except OSError as error:
                log.error("the credentials cannot be stored: %s", error)
                stage = EnrolmentStage.NOT_STORED
            self._show(stage, server=stored.server)
            if self._signals.wait(seconds):
                return DeviceStanding.STOPPED, stored

    def _is_ended_by_removal(self, stored: StoredEnrolment) -> bool:
        """Show a removal until a touch; return True when the station must end.

        A start after that was shown asks for enrolment again.
        """
        if stored.is_removal_shown:
            return False
        self._store.mark_removed(is_shown=True)
        self._show(EnrolmentStage.REMOVED)
        return self._signals.wait_for_touch()

    def _show(self, stage: EnrolmentStage, *, code: str | None = None, server: str = "") -> None:
        state = EnrolmentState(stage, code, server)
        if state != self._shown:
            self._shown = state
            self._show_state(state)
