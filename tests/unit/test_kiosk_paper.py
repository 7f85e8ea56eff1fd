"""Effects at the printer: slips, and the jobs of staff that bring out no paper."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from config.clock import Now
from hardware.ports import DeviceHealth, HealthState, PrintResult, PrintState, Proof, Unconfirmed
from hardware.slips.slip import Inverse, Slip
from kiosk.effects.printer import PrinterCalls
from kiosk.effects.slip import SlipContext
from kiosk.flow import effects, events
from tools.pictures import kiosk as demo


class Clock:
    def now(self) -> Now:
        return demo.NOW


class Printer:
    """Prints at once, with the given result."""

    def __init__(
        self, state: PrintState = PrintState.PRINTED, *, clears: bool = True, left: tuple[str, ...] = ()
    ) -> None:
        self._state, self._clears = state, clears
        self.slips: list[tuple[str, Slip]] = []
        self.left = {job: Unconfirmed(job, "A015", PrintState.UNKNOWN, None, 0) for job in left}
        self.rolls = 0

    def print_slip(self, job: str, slip: Slip, done: Callable[[PrintResult], None]) -> None:
        self.slips.append((job, slip))
        done(PrintResult(job, self._state, Proof.NONE))

    def clear_buffer(self, done: Callable[[bool], None]) -> None:
        done(self._clears)

    def roll_changed(self) -> None:
        self.rolls += 1

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        return tuple(self.left.values())

    def dismiss(self, job: str) -> None:
        del self.left[job]

    def health(self) -> DeviceHealth:
        return DeviceHealth(HealthState.READY)

    def close(self) -> None:
        return


class Bench:
    def __init__(self, printer: Printer | None) -> None:
        self.news: list[events.Event] = []
        self.calls = PrinterCalls(printer, self.news.append, SlipContext("1"), Clock())  # type: ignore[arg-type]
        self.state = demo.idle_kiosk()


def test_a_new_roll_is_recorded_and_reported() -> None:
    printer = Printer()
    bench = Bench(printer)
    bench.calls.record_new_roll("j1")
    assert printer.rolls == 1 and bench.news == [events.JobFinished("j1", "done")]


@pytest.mark.parametrize(("certain", "state"), [(True, "done"), (False, "unknown")])
def test_a_clearing_is_done_or_nobody_knows(certain: bool, state: str) -> None:
    bench = Bench(Printer(clears=certain))
    bench.calls.clear("j1")
    assert bench.news == [events.JobFinished("j1", state)]


def test_what_staff_looked_after_is_listed_no_more_by_whichever_job_it_was_sent() -> None:
    printer = Printer(left=("t-9f2c", "work-j7", "t-other"))
    printer.left["work-j8"] = replace(printer.left["work-j7"], job="work-j8", number="B001")
    bench = Bench(printer)
    bench.calls.dismiss_slips("j1", demo.ticket("A015"))
    assert set(printer.left) == {"t-other", "work-j8"}
    assert bench.news == [events.JobFinished("j1", "done")]


@pytest.mark.parametrize(("state", "left"), [(PrintState.PRINTED, set()), (PrintState.UNKNOWN, {"t-9f2c"})])
def test_a_slip_that_staff_print_again_ends_the_question_when_it_is_out(state: PrintState, left: set[str]) -> None:
    printer = Printer(state, left=("t-9f2c",))
    bench = Bench(printer)
    bench.calls.print_slip(effects.PrintSlip("work-j1", demo.ticket("A015"), "vi", "reprint"), bench.state)
    ((job, slip),) = printer.slips
    assert job == "work-j1" and any(
        isinstance(element, Inverse) and "BẢN IN LẠI" in element.text for element in slip.elements
    )
    assert set(printer.left) == left
    assert bench.news == [events.PrintFinished(PrintResult("work-j1", state, Proof.NONE))]


def test_without_a_printer_whatever_is_asked_for_fails_and_is_answered() -> None:
    bench = Bench(None)
    bench.calls.record_new_roll("j1")
    bench.calls.clear("j2")
    bench.calls.dismiss_slips("j3", demo.ticket())
    bench.calls.print_slip(effects.PrintSlip("work-j4", None, "vi", "test"), bench.state)
    assert [event.state for event in bench.news[:3]] == ["failed"] * 3  # type: ignore[union-attr]
    assert bench.news[3] == events.PrintFinished(PrintResult("work-j4", PrintState.FAILED, Proof.NONE))
