"""One serial port, one thread, many addresses in both directions.

On real sites several signs, and keypads too, hang on one RS-485 line. Whoever wants to write joins the line as a
:class:`Talker`, whoever wants to hear listens; the line's thread gives turns, keeps the silence between frames,
waits for answers where a protocol has them, and heals the port. The life of a device's thread stands here and
nowhere else.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

from hardware.echo import PROBE, PROBE_S, Echo
from hardware.ports import Health, State
from hardware.serial_port import Parity, SerialPort
from hardware.turning import Turning

log = logging.getLogger(__name__)

SILENCE_CHARACTERS = 3.5
SHORTEST_SILENCE_S = 0.00175  # what Modbus asks for above 19200 baud, where 3.5 characters are too short to hear
ANSWER_CHARACTERS = 32  # an answer's own time on the line, beside the time until it begins
LONGEST_MANNERS_S = 0.5  # somebody who talks without end keeps nobody from writing longer than this
PATIENCE_S = 3.0  # who waited so long for a turn is as important as anybody
LOGGED_BYTES = 32
LONGEST_KEY = 3  # bytes; no answer of any protocol in use that can be garbled is shorter


class Verdict(StrEnum):
    """What became of a frame that wanted an answer. REFUSED: it was understood and turned down."""

    DONE = "done"
    REFUSED = "refused"
    SILENT = "silent"
    GARBLED = "garbled"


Answer = tuple[Verdict, str]


class Hurry(IntEnum):
    """Who goes first when several have something to say. NEWS: a person waits for it. UPKEEP: it was said before, or
    only looks better. IN_VAIN: nobody answered the last times."""

    NEWS = 0
    UPKEEP = 1
    IN_VAIN = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes that leave in one piece.

    ``answer`` reads what has come back so far and says what it is, with words for a person, or None while it is
    not all here; without one nobody answers. ``answer_s``: how long until an answer must have begun. ``pause_s``:
    how long the talker wants to be left alone after it, for others to have their turns.
    """

    data: bytes
    answer: Callable[[bytes], Answer | None] | None = None
    answer_s: float = 0.3
    pause_s: float = 0.0


class Talker(Protocol):
    """One address on the line. Every method runs in the line's thread and returns at once."""

    def opened(self, now: float) -> None:
        """The port was opened: whatever was said before may be forgotten at the other end."""

    def due(self, now: float) -> float | None:
        """When it next has something to say; at or before ``now``: at once."""

    def hurry(self) -> Hurry:
        """How important what is due is; called only when ``due`` said so."""

    def say(self, now: float) -> Frame:
        """The frame that is due; called only when ``due`` said so, and right before it is written."""

    def said(self, frame: Frame, verdict: Verdict, words: str, now: float) -> None:
        """What became of it; DONE as soon as it is written where no answer is expected."""

    def farewell(self) -> Iterable[Frame]:
        """What is said once when it leaves."""


@dataclass(slots=True)
class _Member:
    """Somebody on the line. ``farewell`` is what it still says once it is ``leaving``; ``since``: it is its turn."""

    talker: Talker
    answered: bool = False
    since: float | None = None
    leaving: bool = False
    farewell: deque[Frame] | None = None
    gone: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Waiting:
    """An answer under way."""

    member: _Member
    frame: Frame
    until: float
    heard: bytes = b""


class Line:
    """The port ``address`` (a device or a pyserial URL), open from the first join or listen to the last leaving.

    ``clock`` gives monotonic seconds. May be used by any thread but its own.
    """

    def __init__(self, address: str, baud: int, clock: Callable[[], float], *, parity: Parity = "none") -> None:
        self.address, self.baud, self.parity = address, baud, parity
        self.clock = self._clock = clock
        self._lock = threading.Lock()
        self._members: list[_Member] = []
        self._listeners: list[Callable[[bytes], None]] = []
        self._port: SerialPort | None = None
        self._thread: threading.Thread | None = None
        self._turning = Turning(clock)
        self._closed = Health(State.UNKNOWN)
        self._waiting: _Waiting | None = None
        self._echo = Echo()
        self._quiet_until = self._babble_since = 0.0
        self._turn = 0
        self._joined = 0
        self._garbage = 0

    @property
    def garbage(self) -> int:
        """Bytes heard that nobody wanted."""
        return self._garbage

    def health(self) -> Health:
        """The port's own: READY while it is open, OFFLINE (``off``) while it is gone, UNKNOWN when the line's thread
        no longer comes round; nothing of who hangs on it."""
        port = self._port
        return self._closed if port is None else self._turning.believed(port.health())

    def join(self, talker: Talker, *, answered: bool = False) -> int:
        """Give ``talker`` its turns from now on; how many joined before it, which spreads what all repeat.
        ``answered``: somebody answers it."""
        with self._lock:
            self._members.append(_Member(talker, answered))
            self._joined += 1
            self._begin()
            return self._joined - 1

    def leave(self, talker: Talker) -> None:
        """Let ``talker`` say its farewell, then give it no more turns; returns when that is done. The last one to
        leave closes the port. May be called again."""
        with self._lock:
            member = next((one for one in self._members if one.talker is talker), None)
            if member is None:
                return
            member.leaving = True
            self._wake()
        member.gone.wait()
        self._end()

    def listen(self, heard: Callable[[bytes], None]) -> Callable[[], None]:
        """Call ``heard`` in the line's thread with everything that comes and is no answer, as it comes; with
        nothing (``b""``) when the port was opened anew, so that half a code is not joined to what comes now.
        Returns what ends it, any number of times."""
        with self._lock:
            self._listeners.append(heard)
            self._begin()

        def stop() -> None:
            with self._lock:
                if heard in self._listeners:
                    self._listeners.remove(heard)
            self._end()

        return stop

    def wake(self) -> None:
        """Somebody on the line has something new to say."""
        with self._lock:
            self._wake()

    # --- beginning and end: under the lock

    def _begin(self) -> None:
        if self._thread is None:
            self._port = SerialPort(self.address, self.baud, self._clock, parity=self.parity)
            self._turning.turn()
            self._thread = threading.Thread(
                target=self._run, args=(self._port,), name=f"line {self.address}", daemon=True
            )
            self._thread.start()
        else:
            self._wake()

    def _wake(self) -> None:
        if self._port is not None:
            self._port.wake()

    def _end(self) -> None:
        """Wait for the thread, if nobody is left."""
        with self._lock:
            ending = self._thread if not self._members and not self._listeners else None
            self._wake()
        if ending is not None:
            ending.join()

    # --- the line's thread

    def _run(self, port: SerialPort) -> None:
        try:
            self._serve(port)
        finally:
            self._died(port)

    def _serve(self, port: SerialPort) -> None:
        while not self._over(port):
            self._turning.turn()
            now = self._clock()
            if port.open():
                self._opened(now)
            if not port.is_open:
                self._lost()
            self._hear(port.read())
            self._settle()
            port.wait(self._turning.rest(self._speak(port)))

    def _died(self, port: SerialPort) -> None:
        """After a talker's mistake nobody waits for this thread; whoever joins next begins anew."""
        with self._lock:
            if self._port is port:
                port.close()
                self._closed = Health(State.UNKNOWN, detail="its thread ended by a mistake; the log says which")
                self._port = self._thread = self._waiting = None
            for member in self._members:
                member.gone.set()

    def _over(self, port: SerialPort) -> bool:
        """Close the port and end when nobody is left; under the lock, so that whoever joins next begins anew."""
        with self._lock:
            if self._members or self._listeners:
                return False
            port.close()
            self._closed = port.health()
            self._port = self._thread = self._waiting = None
            return True

    def _opened(self, now: float) -> None:
        self._quiet_until = self._babble_since = now
        self._echo = Echo()
        for member in self._everybody():
            member.talker.opened(now)
        for listener in self._hearers():
            listener(b"")

    def _lost(self) -> None:
        """Nothing can be said: who wants to leave leaves, an answer under way never comes."""
        self._waiting = None
        for member in self._everybody():
            if member.leaving:
                self._remove(member)

    def _hear(self, data: bytes) -> None:
        if not data or self._port is None:
            return
        now = self._clock()
        if now >= self._quiet_until:
            self._babble_since = now
        silence_s = max(self._port.seconds(b"", SILENCE_CHARACTERS), SHORTEST_SILENCE_S)
        self._quiet_until = max(self._quiet_until, min(now + silence_s, self._babble_since + LONGEST_MANNERS_S))
        unknown = not self._echo.comes
        data = self._echo.others(data)
        if unknown and self._echo.comes:
            self._note_echo()
        if self._waiting is not None:
            self._waiting.heard += data
        elif data:
            self._give(data)

    def _note_echo(self) -> None:
        log.info("%s hears what it sends itself; that is passed over", self.address)

    def _give(self, data: bytes) -> None:
        hearers = self._hearers()
        for listener in hearers:
            listener(data)
        if not hearers:
            if not self._garbage:
                log.warning("%s: bytes that nobody asked for: %s", self.address, data[:LOGGED_BYTES].hex(" "))
            self._garbage += len(data)

    def _settle(self) -> None:
        """End the wait for an answer, or for our own echo, that is here or does not come."""
        if instead := self._echo.give_up(self._clock()):
            self._give(instead)
        waiting = self._waiting
        if waiting is None or waiting.frame.answer is None:
            return
        now = self._clock()
        self._learn(waiting)
        found = waiting.frame.answer(waiting.heard) if waiting.heard else None
        if found is None and now < waiting.until:
            return
        self._waiting = None
        if found is None or found[0] is Verdict.GARBLED:
            # A byte or two may be a key that was pressed; the wreck of an answer must not be read as keys.
            if 0 < len(waiting.heard) <= LONGEST_KEY:
                self._give(waiting.heard)
            else:
                self._garbage += len(waiting.heard)
            found = found or _missing(waiting.heard)
        elif stray := _stray(waiting.frame.answer, waiting.heard, found):
            self._give(stray)
        self._tell(waiting.member, waiting.frame, *found, now)

    def _learn(self, waiting: _Waiting) -> None:
        """What comes back and cannot be the answer is an echo, even if it was too late to be found by asking."""
        own, answer = waiting.frame.data, waiting.frame.answer
        if self._echo.comes or answer is None or not waiting.heard.startswith(own):
            return
        meaning = answer(own)
        if meaning is None or meaning[0] is not Verdict.DONE:
            self._echo.comes = True
            self._note_echo()
            waiting.heard = waiting.heard[len(own) :]

    def _speak(self, port: SerialPort) -> float | None:
        """Give the turn to whoever is due, one frame each in fair order; when to look again."""
        members = self._everybody()
        if not port.is_open:
            return None
        if self._waiting is not None:
            return self._waiting.until
        if self._echo.asked_until is not None:
            return self._echo.asked_until
        now = self._clock()
        wanted = [(self._due(one, now), place) for place, one in enumerate(members)]
        times = [at for at, _ in wanted if at is not None]
        ready = [place for at, place in wanted if at is not None and at <= now]
        if not ready:
            return min(times, default=None)
        if now < self._quiet_until:
            return self._quiet_until
        if self._echo.comes is None and (self._hearers() or any(one.answered for one in members)):
            return self._ask_for_echo(port, now)
        place = min(ready, key=lambda one: (self._hurry(members[one], now), (one - self._turn) % len(members)))
        self._turn = (place + 1) % len(members)
        members[place].since = None
        self._write(port, members[place], now)
        return now

    def _ask_for_echo(self, port: SerialPort, now: float) -> float:
        if port.write(PROBE):
            self._echo.ask(now + port.seconds(PROBE, SILENCE_CHARACTERS) + PROBE_S)
        return now

    def _hurry(self, member: _Member, now: float) -> Hurry:
        """Nobody waits for ever, however much the others have to say."""
        if member.since is None:
            member.since = now
        if member.leaving or now - member.since >= PATIENCE_S:
            return Hurry.NEWS
        return member.talker.hurry()

    def _due(self, member: _Member, now: float) -> float | None:
        return now if member.leaving else member.talker.due(now)

    def _next(self, member: _Member, now: float) -> Frame | None:
        """What ``member`` says now; None when its farewell is said."""
        if not member.leaving:
            return member.talker.say(now)
        if member.farewell is None:
            member.farewell = deque(member.talker.farewell())
        return member.farewell.popleft() if member.farewell else None

    def _write(self, port: SerialPort, member: _Member, now: float) -> None:
        frame = self._next(member, now)
        if frame is None:
            self._remove(member)
            return
        if not port.write(frame.data):
            return
        self._echo.wrote(frame.data)
        now = self._clock()
        left_at = now + port.seconds(frame.data, 0)
        self._quiet_until = left_at + max(port.seconds(b"", SILENCE_CHARACTERS), SHORTEST_SILENCE_S)
        if frame.answer is not None:
            until = left_at + frame.answer_s + port.seconds(b"", ANSWER_CHARACTERS)
            self._waiting = _Waiting(member, frame, until)
        else:
            self._tell(member, frame, Verdict.DONE, "", now)

    def _tell(self, member: _Member, frame: Frame, verdict: Verdict, words: str, now: float) -> None:
        if not member.leaving:
            member.talker.said(frame, verdict, words, now)

    def _remove(self, member: _Member) -> None:
        with self._lock:
            self._members.remove(member)
        member.gone.set()

    def _everybody(self) -> Sequence[_Member]:
        with self._lock:
            return tuple(self._members)

    def _hearers(self) -> Sequence[Callable[[bytes], None]]:
        with self._lock:
            return tuple(self._listeners)


def _stray(answer: Callable[[bytes], Answer | None], heard: bytes, found: Answer) -> bytes:
    """The bytes around an answer that are not part of it: a key that was pressed while it came."""
    start = max(place for place in range(len(heard)) if answer(heard[place:]) == found)
    end = min(place for place in range(start, len(heard) + 1) if answer(heard[start:place]) == found)
    return heard[:start] + heard[end:]


def _missing(heard: bytes) -> tuple[Verdict, str]:
    if not heard:
        return Verdict.SILENT, "no answer"
    return Verdict.GARBLED, f"no answer but {heard[:LOGGED_BYTES].hex(' ')}"


class Lines:
    """The lines of one machine: who names the same port shares one. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._lines: dict[str, Line] = {}

    def line(self, address: str, baud: int, *, parity: Parity | None = None) -> Line:
        """The line at ``address``; ``parity`` None takes it as it is. Raises ``ValueError`` when it is in use with
        another speed or parity."""
        line = self._lines.get(address)
        if line is None:
            line = self._lines[address] = Line(address, baud, self.clock, parity=parity or "none")
        if (baud, parity or line.parity) != (line.baud, line.parity):
            told = f"{line.baud} baud, parity {line.parity}", f"{baud} baud, parity {parity or line.parity}"
            raise ValueError(f"{address} cannot have {told[0]} and {told[1]}")
        return line
