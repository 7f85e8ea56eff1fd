"""Telling systemd how this program is (sd_notify(3)): ready, alive, stopping, and a status in words.

``alive`` is called by the *main loop* of a program, each time it has come round, and by nobody else: a loop that
hangs stops saying it and is restarted. A device's thread is not the loop's matter: a hung printer must not take the
screen away. It is not hidden either: a thread that stands still (``follow``) is said in the log and in ``systemctl
status``, one that has failed runs again (``config.threads``) or ends the program (:func:`config.program.supervised`).
Started by anybody else than systemd, only the log is left of this.
"""

import logging
import os
import socket
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass

log = logging.getLogger(__name__)

LONGEST_S = 3600.0
STILL_S = 30.0


@dataclass(slots=True)
class _Followed:
    name: str
    turns: Callable[[], int]
    seen: int
    since_s: float
    told: bool = False


class Supervisor:
    """Whoever started this program and wants to hear of it. ``address`` None: nobody does.

    ``watchdog_s``: it restarts us when it has not heard ``alive`` for so long; None: it does not.
    """

    def __init__(self, address: str | None, watchdog_s: float | None, mono_s: Callable[[], float]) -> None:
        self._address = None if address is None else address.replace("@", "\0", 1) if address[0] == "@" else address
        self._half_s = LONGEST_S if watchdog_s is None else watchdog_s / 2
        self._watched = watchdog_s is not None
        self._mono_s, self._fed_s = mono_s, float("-inf")
        self._said = ""
        self._refused = False
        self._followed: list[_Followed] = []

    def ready(self, status: str) -> None:
        """This program now does its work. Said again it changes nothing but the status."""
        self._said = status
        self._tell(f"READY=1\nSTATUS={_line(status)}")
        self.alive()

    def follow(self, name: str, turns: Callable[[], int]) -> None:
        """Say when another thread has not turned for half a minute; ``turns`` counts, and is asked by ``alive``."""
        self._followed.append(_Followed(name, turns, turns(), self._mono_s()))

    def alive(self) -> None:
        """The main loop has come round. Cheap: at most four datagrams in a watchdog's time."""
        for one in self._followed:
            self._look_at(one)
        if self._watched and self._mono_s() - self._fed_s >= self._half_s / 2:
            self._fed_s = self._mono_s()
            self._tell("WATCHDOG=1")

    def status(self, words: str) -> None:
        """One line for ``systemctl status``; any thread may say it."""
        if words != self._said:
            self._said = words
            self._tell(f"STATUS={_line(words)}")

    def stopping(self) -> None:
        """This program is on its way to its end."""
        self._tell("STOPPING=1")

    def within(self, wait_s: float) -> float:
        """``wait_s``, but not longer than the main loop may sleep."""
        return min(wait_s, self._half_s)

    def _look_at(self, one: "_Followed") -> None:
        now_s, turns = self._mono_s(), one.turns()
        if turns != one.seen:
            one.seen, one.since_s = turns, now_s
            if one.told:
                log.info("%s goes on", one.name)
                self._tell(f"STATUS={_line(self._said)}")
            one.told = False
        elif now_s - one.since_s > STILL_S and not one.told:
            one.told = True
            log.error("%s has stood still for %.0f s", one.name, STILL_S)
            self._tell(f"STATUS={_line('; '.join(filter(None, (f'{one.name} stands still', self._said))))}")

    def _tell(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(0)  # a supervisor that does not listen must not hold us up
                out.sendto(message.encode(), self._address)
        except OSError as error:
            if not self._refused:
                log.warning("the supervisor cannot be told: %s", error)
            self._refused = True


NOBODY = Supervisor(None, None, lambda: 0.0)


def supervisor(environ: MutableMapping[str, str], mono_s: Callable[[], float]) -> Supervisor:
    """The one the environment names; its variables are taken away, so that our children do not speak for us."""
    address = environ.pop("NOTIFY_SOCKET", None)
    usec, pid = environ.pop("WATCHDOG_USEC", None), environ.pop("WATCHDOG_PID", None)
    if address is not None and address[:1] not in ("/", "@"):
        log.warning("NOTIFY_SOCKET=%s is no address of a local socket; nobody is told", address)
        address = None
    mine = pid is None or pid == str(os.getpid())
    watchdog_s = int(usec) / 1e6 if usec is not None and usec.isdigit() and int(usec) > 0 and mine else None
    return Supervisor(address or None, watchdog_s, mono_s)


def _line(words: str) -> str:
    return " ".join(words.split())
