"""Report a program's state to systemd (sd_notify(3)): ready, alive, stopping, and a status text.

Only the *main loop* of a program calls ``alive``, in each round: a loop that hangs does not, and systemd restarts the
program. A hung device thread does not stop the loop, because a hung printer must not stop the screen. Such a thread
(``watch_thread``) is reported in the log and in ``systemctl status``; a thread that failed is restarted
(``config.threads``) or ends the program (:func:`config.program.start_systemd_notifier`). Without systemd there is only
the log.
"""

import logging
import os
import socket
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass

log = logging.getLogger(__name__)

MAX_SLEEP_S = 3600.0
"""Longest sleep of a main loop without a watchdog."""
START_EXTENSION_S = 300.0
"""A start that reports progress may take so much longer from then on."""
START_REPORT_INTERVAL_S = 5.0
STALLED_AFTER_S = 30.0
"""A thread without a new round for this long is reported as stalled."""


@dataclass(slots=True)
class _WatchedThread:
    """A thread and its counter of rounds.

    ``rounds`` reads the counter, ``last_rounds`` is its last known value. ``since_s``: when that value was read first
    (monotonic seconds). A thread whose counter does not change for ``STALLED_AFTER_S`` has stalled.
    """

    name: str
    rounds: Callable[[], int]
    last_rounds: int
    since_s: float
    stalled: bool = False


class SystemdNotifier:
    """Sends this program's state to systemd. ``address``: systemd's socket; None: nothing is sent.

    ``watchdog_s``: systemd restarts the program after so many seconds without ``alive``; None: it does not.
    """

    def __init__(self, address: str | None, watchdog_s: float | None, mono_s: Callable[[], float]) -> None:
        self._address = None if address is None else address.replace("@", "\0", 1) if address[0] == "@" else address
        self._max_sleep_s = MAX_SLEEP_S if watchdog_s is None else watchdog_s / 2
        self._has_watchdog = watchdog_s is not None
        self._mono_s, self._alive_sent_at_s = mono_s, float("-inf")
        self._created_at_s = self._start_reported_at_s = mono_s()
        self._status = ""
        self._send_failed = False
        self._watched: list[_WatchedThread] = []

    def starting(self, task: str) -> None:
        """Report progress of a ``task`` before ``ready``; may be called very often.

        Sends nothing in the first seconds. systemd then lets the start take ``START_EXTENSION_S`` more.
        """
        now_s = self._mono_s()
        if now_s - self._start_reported_at_s >= START_REPORT_INTERVAL_S:
            self._start_reported_at_s = now_s
            self._status = f"{task} ({now_s - self._created_at_s:.0f} s)"
            self._send(f"EXTEND_TIMEOUT_USEC={START_EXTENSION_S * 1e6:.0f}\nSTATUS={_one_line(self._status)}")

    def ready(self, status: str) -> None:
        """Report that the program works; a repeated call only changes the status."""
        self._status = status
        self._send(f"READY=1\nSTATUS={_one_line(status)}")
        self.alive()

    def watch_thread(self, name: str, rounds: Callable[[], int]) -> None:
        """Warn when another thread's counter has not changed for ``STALLED_AFTER_S``; checked on each ``alive``."""
        self._watched.append(_WatchedThread(name, rounds, rounds(), self._mono_s()))

    def alive(self) -> None:
        """Report that the main loop runs. Sends at most four datagrams in a watchdog's time."""
        for thread in self._watched:
            self._check(thread)
        if self._has_watchdog and self._mono_s() - self._alive_sent_at_s >= self._max_sleep_s / 2:
            self._alive_sent_at_s = self._mono_s()
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Set the line of ``systemctl status``; any thread may call this."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={_one_line(text)}")

    def stopping(self) -> None:
        """Report that the program is about to end."""
        self._send("STOPPING=1")

    def limit_wait(self, wait_s: float) -> float:
        """Return ``wait_s``, but not more than the main loop may sleep."""
        return min(wait_s, self._max_sleep_s)

    def _check(self, thread: _WatchedThread) -> None:
        now_s, rounds = self._mono_s(), thread.rounds()
        if rounds != thread.last_rounds:
            thread.last_rounds, thread.since_s = rounds, now_s
            if thread.stalled:
                log.info("%s runs again", thread.name)
                self._send(f"STATUS={_one_line(self._status)}")
            thread.stalled = False
        elif now_s - thread.since_s > STALLED_AFTER_S and not thread.stalled:
            thread.stalled = True
            log.error("%s has stalled for %.0f s", thread.name, STALLED_AFTER_S)
            self._send(f"STATUS={_one_line('; '.join(filter(None, (f'{thread.name} has stalled', self._status))))}")

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(0)  # a supervisor that does not read must not block this program
                out.sendto(message.encode(), self._address)
        except OSError as error:
            if not self._send_failed:
                log.warning("cannot notify systemd: %s", error)
            self._send_failed = True


NO_NOTIFIER = SystemdNotifier(None, None, lambda: 0.0)
"""A notifier that sends nothing, for programs and tests without systemd."""


def notifier_from_environment(environ: MutableMapping[str, str], mono_s: Callable[[], float]) -> SystemdNotifier:
    """Return the notifier that the environment describes, and remove its variables.

    They are removed so that child processes cannot report in this program's name.
    """
    address = environ.pop("NOTIFY_SOCKET", None)
    usec, pid = environ.pop("WATCHDOG_USEC", None), environ.pop("WATCHDOG_PID", None)
    if address is not None and address[:1] not in ("/", "@"):
        log.warning("NOTIFY_SOCKET=%s is no address of a local socket; systemd is not notified", address)
        address = None
    is_for_this_process = pid is None or pid == str(os.getpid())
    watchdog_s = (
        int(usec) / 1e6 if usec is not None and usec.isdigit() and int(usec) > 0 and is_for_this_process else None
    )
    return SystemdNotifier(address or None, watchdog_s, mono_s)


def _one_line(text: str) -> str:
    return " ".join(text.split())
