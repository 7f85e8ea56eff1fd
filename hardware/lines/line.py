"""One serial port, one thread, many addresses in both directions.

On real sites several signs, and keypads too, hang on one RS-485 line. Whoever wants to write joins the line as a
``Talker`` (``talking``), whoever wants to hear listens; the line's thread gives turns (``members``), keeps the silence
between frames, waits for answers where a protocol has them (``awaiting``), and heals the port. The life of a device's
thread stands here and nowhere else.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from config.threads import RestartingThread
from hardware.lines.awaiting import Awaiting
from hardware.lines.echo import PROBE, PROBE_S, Echo
from hardware.lines.members import Member, whose
from hardware.lines.serial_port import Parity, SerialPort
from hardware.lines.strays import Strays
from hardware.lines.talking import Frame, Talker, Verdict
from hardware.ports import Health, State
from hardware.turning import Turning

log = logging.getLogger(__name__)

SILENCE_CHARACTERS = 3.5
SHORTEST_SILENCE_S = 0.00175  # what Modbus asks for above 19200 baud, where 3.5 characters are too short to hear
ANSWER_CHARACTERS = 32  # an answer's own time on the line, beside the time until it begins
LONGEST_MANNERS_S = 0.5  # somebody who talks without end keeps nobody from writing longer than this


class Line:
    """The port ``address`` (a device or a pyserial URL), open from the first join or listen to the last leaving.

    ``clock`` gives monotonic seconds. May be used by any thread but its own.
    """

    def __init__(self, address: str, baud: int, clock: Callable[[], float], *, parity: Parity = "none") -> None:
        self.address, self.baud, self.parity = address, baud, parity
        self.clock = self._clock = clock
        self._lock = threading.Lock()
        self._members: list[Member] = []
        self._listeners: list[Callable[[bytes], None]] = []
        self._port: SerialPort | None = None
        self._thread: RestartingThread | None = None
        self._turning = Turning(clock)
        self._closed = Health(State.UNKNOWN)
        self._waiting: Awaiting | None = None
        self._echo = Echo()
        self._quiet_until = self._babble_since = 0.0
        self._turn = 0
        self._joined = 0
        self._strays = Strays()

    @property
    def garbage(self) -> int:
        """Bytes heard that nobody wanted."""
        return self._strays.count

    @property
    def stranger(self) -> bytes:
        """What something said lately that is no device for this line; nothing while anybody on it may be heard."""
        one_way = not self._hearers() and not any(one.answered for one in self._everybody())
        return self._strays.device(self._clock()) if one_way else b""

    def health(self) -> Health:
        """The port's own: READY while it is open, OFFLINE (``off``) while it is gone, UNKNOWN when the line's thread
        no longer comes round; nothing of who hangs on it."""
        port = self._port
        return self._closed if port is None else self._turning.believed(port.health())

    def join(self, talker: Talker, *, answered: bool = False) -> int:
        """Give ``talker`` its turns from now on; how many joined before it, which spreads what all repeat.
        ``answered``: somebody answers it."""
        with self._lock:
            self._members.append(Member(talker, answered))
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
            port = self._port
            self._thread = RestartingThread(
                f"line {self.address}", lambda: self._serve(port), failed=lambda error: self._failed(port, error)
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

    def _failed(self, port: SerialPort, error: Exception) -> None:
        """Report a talker's mistake as the port's fault and give the port up; the thread opens it again."""
        self._waiting = None
        port.fail(f"its thread failed: {type(error).__name__}; the log tells more")
        self._lost()  # nobody who wants to leave waits for a thread that may fail again and again

    def _over(self, port: SerialPort) -> bool:
        """Close the port and end when nobody is left; under the lock, so that whoever joins next begins anew."""
        with self._lock:
            if self._members or self._listeners:
                return False
            self._shut(port)
            return True

    def _shut(self, port: SerialPort) -> None:
        port.close()
        self._closed = port.health()
        self._port = self._thread = self._waiting = None

    def _opened(self, now: float) -> None:
        self._quiet_until = self._babble_since = now
        self._waiting = None  # its answer went with the cable
        self._echo = Echo()
        self._strays.forget()
        for member in self._everybody():
            member.talker.opened(now)
        for listener in self._hearers():
            listener(b"")

    def _lost(self) -> None:
        """Nothing can be said: who wants to leave leaves."""
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
        data = self._echo.others(data, now)
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
            self._strays.came(self.address, data, self._clock())

    def _settle(self) -> None:
        """End the wait for an answer, or for our own echo, that is here or does not come."""
        if instead := self._echo.give_up(self._clock()):
            self._give(instead)
        waiting, now = self._waiting, self._clock()
        if waiting is None:
            return
        if waiting.learn(self._echo):
            self._note_echo()
        ended = waiting.ended(now)
        if ended is None:
            return
        self._waiting = None
        if ended.lost:
            self._strays.came(self.address, ended.lost, now)
        if ended.others:
            self._give(ended.others)
        self._tell(waiting.member, waiting.frame, *ended.answer, now)

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
        wanted = [(one.due(now), place) for place, one in enumerate(members)]
        times = [at for at, _ in wanted if at is not None]
        ready = [place for at, place in wanted if at is not None and at <= now]
        if not ready:
            return min(times, default=None)
        if now < self._quiet_until:
            return self._quiet_until
        if self._echo.comes is None and (self._hearers() or any(one.answered for one in members)):
            return self._ask_for_echo(port, now)
        place = whose(members, ready, self._turn, now)
        self._turn = (place + 1) % len(members)
        members[place].since = None
        self._write(port, members[place], now)
        return now

    def _ask_for_echo(self, port: SerialPort, now: float) -> float:
        if port.write(PROBE):
            self._echo.ask(now + port.seconds(PROBE, SILENCE_CHARACTERS) + PROBE_S)
        return now

    def _write(self, port: SerialPort, member: Member, now: float) -> None:
        frame = member.next(now)
        if frame is None:
            self._remove(member)
            return
        if not port.write(frame.data):
            return
        now = self._clock()
        left_at = now + port.seconds(frame.data, 0)
        self._echo.wrote(frame.data, left_at, now)
        self._quiet_until = left_at + max(port.seconds(b"", SILENCE_CHARACTERS), SHORTEST_SILENCE_S)
        if frame.answer is not None:
            until = left_at + frame.answer_s + port.seconds(b"", ANSWER_CHARACTERS)
            self._waiting = Awaiting(member, frame, frame.answer, until)
        else:
            self._tell(member, frame, Verdict.DONE, "", now)

    def _tell(self, member: Member, frame: Frame, verdict: Verdict, words: str, now: float) -> None:
        if not member.leaving:
            member.talker.said(frame, verdict, words, now)

    def _remove(self, member: Member) -> None:
        with self._lock:
            self._members.remove(member)
        member.gone.set()

    def _everybody(self) -> Sequence[Member]:
        with self._lock:
            return tuple(self._members)

    def _hearers(self) -> Sequence[Callable[[bytes], None]]:
        with self._lock:
            return tuple(self._listeners)
