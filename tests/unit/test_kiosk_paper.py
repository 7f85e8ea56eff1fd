"""What the kiosk asks of its printer, and what staff do there."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from config.clock import Now
from hardware.ports import Health, PrintResult, PrintState, Proof, State, Unconfirmed
from hardware.slip import Inverse, Slip
from kiosk import state as k
from kiosk.paper import Paper
from kiosk.slip import Occasion
from tools.pictures import kiosk as demo


class Clock:
    def now(self) -> Now:
        return demo.NOW


class Printer:
    """Prints at once, and says of it what it is told to."""

    def __init__(
        self, says: PrintState = PrintState.PRINTED, *, clears: bool = True, left: tuple[str, ...] = ()
    ) -> None:
        self._says, self._clears = says, clears
        self.slips: list[tuple[str, Slip]] = []
        self.left = {job: Unconfirmed(job, "A015", PrintState.UNKNOWN, None, 0) for job in left}
        self.rolls = 0

    def print_slip(self, job: str, slip: Slip, done: Callable[[PrintResult], None]) -> None:
        self.slips.append((job, slip))
        done(PrintResult(job, self._says, Proof.NONE))

    def clear(self, done: Callable[[bool], None]) -> None:
        done(self._clears)

    def roll_changed(self) -> None:
        self.rolls += 1

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        return tuple(self.left.values())

    def seen(self, job: str) -> None:
        del self.left[job]

    def health(self) -> Health:
        return Health(State.READY)

    def close(self) -> None:
        return


class Bench:
    def __init__(self, printer: Printer | None) -> None:
        self.news: list[k.What] = []
        self.paper = Paper(printer, self.news.append, Occasion("1"), Clock())  # type: ignore[arg-type]
        self.state = demo.rest()


def test_a_new_roll_is_told_to_the_printer_and_answered() -> None:
    printer = Printer()
    bench = Bench(printer)
    bench.paper.roll_changed("j1")
    assert printer.rolls == 1 and bench.news == [k.JobDone("j1", "done")]


@pytest.mark.parametrize(("certain", "state"), [(True, "done"), (False, "unknown")])
def test_a_clearing_is_done_or_nobody_knows(certain: bool, state: str) -> None:
    bench = Bench(Printer(clears=certain))
    bench.paper.clear("j1")
    assert bench.news == [k.JobDone("j1", state)]


def test_what_staff_looked_after_is_listed_no_more_by_whichever_job_it_was_sent() -> None:
    printer = Printer(left=("t-9f2c", "work-j7", "t-other"))
    printer.left["work-j8"] = replace(printer.left["work-j7"], job="work-j8", number="B001")
    bench = Bench(printer)
    bench.paper.look_after("j1", demo.ticket("A015"))
    assert set(printer.left) == {"t-other", "work-j8"}
    assert bench.news == [k.JobDone("j1", "done")]


@pytest.mark.parametrize(("says", "left"), [(PrintState.PRINTED, set()), (PrintState.UNKNOWN, {"t-9f2c"})])
def test_a_slip_that_staff_print_again_ends_the_question_when_it_is_out(says: PrintState, left: set[str]) -> None:
    printer = Printer(says, left=("t-9f2c",))
    bench = Bench(printer)
    bench.paper.print(k.Print("work-j1", demo.ticket("A015"), "vi", "reprint"), bench.state)
    ((job, slip),) = printer.slips
    assert job == "work-j1" and any(isinstance(one, Inverse) and "BẢN IN LẠI" in one.text for one in slip.elements)
    assert set(printer.left) == left
    assert bench.news == [k.SlipDone(PrintResult("work-j1", says, Proof.NONE))]


def test_without_a_printer_whatever_is_asked_for_fails_and_is_answered() -> None:
    bench = Bench(None)
    bench.paper.roll_changed("j1")
    bench.paper.clear("j2")
    bench.paper.look_after("j3", demo.ticket())
    bench.paper.print(k.Print("work-j4", None, "vi", "test"), bench.state)
    assert [one.state for one in bench.news[:3]] == ["failed"] * 3  # type: ignore[union-attr]
    assert bench.news[3] == k.SlipDone(PrintResult("work-j4", PrintState.FAILED, Proof.NONE))
