"""What thinks in the simulated printer: it receives, obeys real-time commands at once, executes the others in their
turn, answers, and loses its power."""

import logging
import threading

from hardware.simulated.printers.interpreter import Interpreter
from hardware.simulated.printers.link import Handshake, Link
from hardware.simulated.printers.makes import Make
from hardware.simulated.printers.mechanism import PaperWay
from hardware.simulated.printers.memory import Memory
from hardware.simulated.printers.paper import Paper
from hardware.simulated.printers.plugs import Plug
from hardware.simulated.printers.realtime import Order, Scanner
from hardware.simulated.printers.reports import Ledger
from hardware.simulated.printers.works import Forgotten, Works

log = logging.getLogger(__name__)

CLEARED = b"\x37\x25\x00"
# GS a: the bit that asks for changes in the first, second, third byte of the status.
WATCHED_BITS = (0x02, 0x04, 0x08)


class Electronics:
    """Works from construction to ``close``. What is not said to take the lock is called with it held."""

    def __init__(
        self,
        works: Works,
        plug: Plug,
        make: Make,
        paper: Paper,
        *,
        byte_s: float,
        handshake: Handshake,
        speed_mm_s: float,
        roll_mm: float,
        buffer_bytes: int,
        restart_s: float,
        late_s: float,
    ) -> None:
        self.ledger = Ledger()
        self.memory = Memory(works, self.ledger, buffer_bytes, late_s)
        self.way = PaperWay(works, self.ledger, make, paper, speed_mm_s, roll_mm)
        self.interpreter = Interpreter(self._take, self.way, self, make, 8 * paper.head_bytes)
        self.link = Link(
            plug, self, works.has, works.changed, works.mono_s, byte_s=byte_s, handshake=handshake, late_s=late_s
        )
        self.pulses = 0
        self._works, self._make, self._restart_s = works, make, restart_s
        self._scanner = Scanner()
        self._pushing, self._pushed = 0, b""
        self._dark_until_s: float | None = None
        self._cold = self._closing = False
        works.on_note += [self._push, self.link.tell]
        self._thread = threading.Thread(target=self._work, name="printer-mechanism", daemon=True)
        self.link.start()
        self._thread.start()

    @property
    def powered(self) -> bool:
        return self._dark_until_s is None

    def close(self) -> None:
        """Takes the lock. Any number of times."""
        with self._works.changed:
            if self._closing:
                return
            self._closing = True
            self._forget()
            self._works.note()
        self.link.close()
        self._thread.join()

    # --- power and cable

    def lose_power(self) -> None:
        """Now; it is back by itself after ``restart_s``."""
        self._forget()
        self._scanner.forget()
        self.link.forget()
        self._pushing, self._cold, self.way.jammed = 0, True, False
        self._dark_until_s = self._works.mono_s() + self._restart_s
        if self.link.plug.dies_with_power:
            self.link.plug.pull()

    def power_on(self) -> None:
        self._dark_until_s = None
        self._works.faults["power_cycled"] = False
        if not self._works.has("unplugged"):
            try:
                self.link.plug.insert()
            except OSError as error:
                self._works.faults["unplugged"] = True
                log.warning("the simulated printer's port cannot be opened again: %s", error)

    def insert(self) -> None:
        """Put the cable back; without power there is nobody at its end yet. Raises ``OSError``."""
        if self.powered or not self.link.plug.dies_with_power:
            self.link.plug.insert()

    def _forget(self) -> None:
        self._works.life += 1
        self.memory.forget()

    # --- in its turn: the mechanism's thread, which takes the lock

    def _work(self) -> None:
        while not self._closing:
            try:
                idle = self.interpreter.step()
            except Forgotten:
                self._begin_anew()
            else:
                with self._works.changed:
                    self.ledger.end(self.link.byte_s, idle=idle)

    def _begin_anew(self) -> None:
        works = self._works
        with works.changed:
            self.interpreter.drop_line()
            if self._cold:
                self.interpreter.reset()
            self._cold = self.way.busy = False
            works.working = works.life
            while not self._closing and self._dark_until_s is not None:
                rest_s = self._dark_until_s - works.mono_s()
                if rest_s <= 0:
                    self.power_on()
                else:
                    works.changed.wait(rest_s)
            works.note()

    def _take(self, count: int) -> bytes:
        with self._works.changed:
            if self.way.busy and not len(self.memory):
                self.way.busy = False
                self._works.note()
            return self.memory.take(count, self._freed)

    def _freed(self) -> None:
        self.link.tell()
        self._works.changed.notify_all()

    def paper_byte(self) -> int:
        with self._works.changed:
            return self.way.condition().sensor()

    def reply(self, data: bytes) -> None:
        """An answer in its turn: not while the printer is offline."""
        with self._works.changed:
            self._works.until(lambda: not (self._make.prints and self.way.stands()))
            self.ledger.answered(self._works.mono_s())
            self.link.answer(data)

    def push_changes(self, mask: int) -> None:
        with self._works.changed:
            self._pushing, self._pushed = mask, b""
            self._push()

    def pulse(self) -> None:
        with self._works.changed:
            self.pulses += 1

    # --- on reception: the link's thread; these take the lock

    def room(self) -> int:
        with self._works.changed:
            return self.memory.room

    def ready(self) -> bool:
        with self._works.changed:
            return not (self._make.busy_when_offline and self.way.stands())

    def received(self, data: bytes) -> None:
        with self._works.changed:
            if not self.powered:
                return
            if not len(self.memory) and not self.way.busy:
                self.memory.wake()
            # Real-time commands are kept too: in their turn they are nothing, or part of a picture.
            done = 0
            if not self._works.has("frozen"):
                for order, command, end in self._scanner.feed(data):
                    self.memory.keep(data[done:end])
                    self._obey(order, command)
                    if not self.powered:
                        return
                    done = end
            self.memory.keep(data[done:])
            self._freed()

    def _obey(self, order: Order, command: bytes) -> None:
        condition = self.way.condition()
        match order:
            case Order.STATUS:
                if not (condition.stands and self._works.has("dle_eot_ignored_when_offline")):
                    self.link.answer(condition.real_time(command[2]))
            case Order.RECOVER:
                self.way.jammed = False
            case Order.RECOVER_CLEARED:
                if self.way.jammed or self._make.clears_always:
                    self.way.jammed = False
                    self._forget()
            case Order.CLEAR:
                self.way.jammed = False
                self._forget()
                self.link.answer(CLEARED)
            case Order.PULSE:
                self.pulses += 1
            case Order.POWER_OFF:
                self.lose_power()
        self._works.note()

    def _push(self) -> None:
        """Automatic status, when something changed that was asked for."""
        works = self._works
        if not self._make.asb or works.has("no_asb") or works.has("frozen") or not self.powered:
            return
        status = self.way.condition().automatic()
        watched = bytes(byte for bit, byte in zip(WATCHED_BITS, status, strict=False) if self._pushing & bit)
        if self._pushing and watched != self._pushed:
            self._pushed = watched
            self.link.answer(status)
