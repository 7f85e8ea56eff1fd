"""A kiosk whose printer link hangs in every call still issues numbers and answers taps."""

import queue
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from config.clock import machine_clock
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal
from hardware.printers.profile import PrinterLimits
from hardware.printers.transports.transport import LinkLost, Transport
from hardware.screens.frames import Frames
from hardware.screens.touch import Finger, TapResult
from hardware.screens.window import Inbox, Window, WindowClosed
from kiosk.control_port import name_of_tap, tap_by_name
from kiosk.effects.printer import PrinterCalls
from kiosk.effects.runner import KioskEffectRunner
from kiosk.effects.server import ServerCalls
from kiosk.effects.slip import SlipContext
from kiosk.flow import events
from kiosk.flow.state import FlowSettings
from kiosk.flow.step import start
from kiosk.loop import KioskLoop, LoopContext
from server.wire.messages import ServerBeat
from server.wire.station.events import HeartbeatReceived, PictureReceived
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S, until
from tools.pictures import kiosk as demo


class Rock:
    """A link that works until a call of ``hangs_in``, which returns when it is lifted."""

    def __init__(self, hangs_in: str) -> None:
        self._hangs_in, self._lifted, self.hit = hangs_in, threading.Event(), threading.Event()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    @property
    def lies(self) -> bool:
        """Return whether a call hangs now."""
        return self.hit.is_set() and not self._lifted.is_set()

    def lift(self) -> None:
        self._lifted.set()

    def _call(self, name: str) -> None:
        if name == self._hangs_in:
            self.hit.set()
            self._lifted.wait(PATIENCE_S)
            raise LinkLost("lifted")

    def connect(self) -> Transport:
        self._call("connect")
        return self

    def write(self, data: bytes, timeout_s: float) -> None:
        del timeout_s
        if b"\x1dv0" in data:
            self._call("a slip")
        self._call("write")
        for at in range(len(data)):
            if data.startswith(b"\x10\x04", at):
                self._answers.put(b"\x12")
            if data.startswith(b"\x1dr\x01", at):
                self._answers.put(b"\x00")

    def read(self, limit: int, timeout_s: float) -> bytes:
        del limit
        self._call("read")
        try:
            return self._answers.get(timeout=timeout_s) if timeout_s else self._answers.get_nowait()
        except queue.Empty:
            return b""

    def close(self) -> None:
        return


class Server:
    """Issues one number after another."""

    def __init__(self) -> None:
        self.issued = 0

    def request(self, _method: str, path: str, _body: object, _kind: type) -> Any:
        if path == "/tickets":
            self.issued += 1
            return demo.ticket(f"A{self.issued:03d}").model_copy(update={"id": f"t-{self.issued}"})
        return None


class Person:
    """A visitor in a thread, who waits for the reply to each tap."""

    def __init__(self, inbox: Inbox[Any], frames: Frames) -> None:
        self._inbox, self._frames = inbox, frames

    def taps(self, *wanted: str) -> None:
        for target in wanted:
            until(lambda target=target: self._tap(target) is TapResult.TAPPED)

    def _tap(self, target: str) -> TapResult:
        answers: queue.SimpleQueue[TapResult] = queue.SimpleQueue()
        for down in (True, False):
            self._inbox.put(
                Finger(down=down, x=0, y=0, target=tap_by_name(target), on_result=None if down else answers.put)
            )
        verdict = answers.get(timeout=PATIENCE_S)
        assert verdict in (TapResult.TAPPED, TapResult.TOO_SOON), (target, verdict, self._frames.newest())
        return verdict

    def sees(self, **wanted: object) -> None:
        n, end_s = 0, mono_s() + PATIENCE_S
        while True:
            frame = self._frames.newer_than(n, PATIENCE_S)
            assert frame is not None and mono_s() < end_s, ("wanted", wanted, "seen", self._frames.newest())
            if wanted.items() <= frame.state.items():
                return
            n = frame.number


@pytest.fixture
def at_the_kiosk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Rock, Person, Server, Any]]:
    """The kiosk runs here, and the visitor in ``run``."""
    rock, server = Rock(request.param), Server()
    inbox: Inbox[Any] = Inbox()
    frames, panel = Frames(name_of_tap), demo.PORTRAIT
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), None)
    with ExitStack() as held:
        window = held.enter_context(closing(Window(panel, title="Lượt", fullscreen=False, fitted=False)))
        journal = PrintJournal(tmp_path / "printer.jsonl", lambda: 1)
        printer = held.enter_context(
            closing(EscposPrinter(rock.connect, PAPERS[80], journal, time.monotonic, limits=PrinterLimits(poll_s=0.02)))
        )
        held.callback(rock.lift)
        calls = ServerCalls("kiosk-1", server, inbox.put, clock.mono_s)  # type: ignore[arg-type]
        prints = PrinterCalls(printer, inbox.put, SlipContext("1"), clock)
        runner = held.enter_context(closing(KioskEffectRunner(calls, prints)))
        context = LoopContext(clock, lambda: str(uuid.uuid4()), runner.run, printer, frames)
        loop = KioskLoop(start(FlowSettings("kiosk-1"), clock.now()), panel, window, context)
        inbox.put(PictureReceived(demo.office()))
        inbox.put(PictureReceived(demo.board()))
        inbox.put(events.CatalogueReceived(demo.catalogue(), "1"))
        inbox.put(HeartbeatReceived(ServerBeat(online=True, epoch="e7c1")))

        def run(visit: Any) -> None:
            failed: list[BaseException] = []

            def person() -> None:
                try:
                    visit()
                except BaseException as error:
                    failed.append(error)
                finally:
                    inbox.put(WindowClosed())

            thread = threading.Thread(target=person)
            thread.start()
            loop.run(inbox)
            thread.join()
            if failed:
                raise failed[0]

        yield rock, Person(inbox, frames), server, run


@pytest.mark.parametrize("at_the_kiosk", ["connect", "write", "read", "a slip"], indirect=True)
def test_taps_are_answered_with_a_number_while_the_printers_link_hangs(
    at_the_kiosk: tuple[Rock, Person, Server, Any],
) -> None:
    rock, person, server, run = at_the_kiosk

    def visit() -> None:
        person.sees(screen="home", stale=False)
        for number in ("A001", "A002"):
            person.taps("return", "take")
            person.sees(screen="result", number=number)
            assert rock.hit.wait(PATIENCE_S)
            person.taps("home")
            assert rock.lies, "the link came back, so nothing is shown by this test"
        assert server.issued == 2

    run(visit)
