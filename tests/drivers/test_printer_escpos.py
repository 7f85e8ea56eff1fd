"""The driver over real TCP: against the simulated printer, and against peers that no simulator would be."""

import logging
import math
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.ports import Health, PrintResult, PrintState, Proof, State
from hardware.printers.answers.status import Trouble
from hardware.printers.answers.stranger import Garbage
from hardware.printers.conversation import Conversation
from hardware.printers.drawing.forms import raster
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.encode import Sheet
from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal, Roll
from hardware.printers.profile import Limits, Profile
from hardware.printers.transports import transport
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import Gone, Transport
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slip import Inverse, Number, Qr, Rule, Slip, Text
from hardware.watch import Watch
from unhurried import mono_s
from waiting import PATIENCE_S, until

# Real time-outs, only shorter; the simulated paper moves as fast as it can.
LIMITS = Limits(
    fence_s=0.6,
    status_s=0.3,
    write_s=0.6,
    poll_s=0.05,
    look_s=0.05,
    retry_first_s=0.02,
    retry_longest_s=0.05,
    doubt_s=math.inf,
)
PROFILE = Profile(speed_mm_s=1e6)


def slip(number: str = "A015") -> Slip:
    return Slip(
        number,
        (
            Text("PHƯỜNG MẪU", 32, bold=True),
            Number(number),
            Inverse("ƯU TIÊN"),
            Rule(),
            Qr("http://127.0.0.1:8471/t/Qm3vX9bTzK4nWc7LrYpE2g", ("Quét mã để theo dõi số trên điện thoại.",)),
            Text("Phiếu có giá trị trong ngày 23/11/2026."),
        ),
    )


def health_of(printer: EscposPrinter, true: Callable[[Health], bool]) -> Health:
    """The first health for which ``true`` holds."""
    found = [printer.health()]

    def holds() -> bool:
        found.append(printer.health())
        return true(found[-1])

    until(holds, lambda: found[-1])
    return found[-1]


class Bench:
    """A driver on a bench: what it reported, and waiting for what it will."""

    def __init__(
        self, address: tuple[str, int], path: Path, limits: Limits = LIMITS, profile: Profile = PROFILE
    ) -> None:
        self.results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
        self.settled: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
        self.journal = PrintJournal(path, lambda: 1_795_447_800_000)
        self._connect = connector("network", "{}:{}".format(*address), 0, mono_s)
        self.links: list[Transport] = []
        self.printer = EscposPrinter(
            self._open,
            PAPERS[80],
            self.journal,
            mono_s,
            profile=profile,
            limits=limits,
            settled=self.settled.put,
        )

    def _open(self) -> Transport:
        self.links.append(self._connect())
        return self.links[-1]

    def print(self, job: str) -> None:
        self.printer.print_slip(job, slip(), self.results.put)

    def result(self) -> PrintResult:
        return self.results.get(timeout=PATIENCE_S)

    def until(self, true: Callable[[Health], bool]) -> Health:
        return health_of(self.printer, true)

    def close(self) -> None:
        self.printer.close()
        assert self.results.empty(), "a job was reported twice"


@pytest.fixture
def paper_printer() -> Iterator[SimulatedPrinter]:
    printer = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=1e6, roll_mm=80_000, mono_s=mono_s)
    yield printer
    printer.close()


@pytest.fixture
def bench(paper_printer: SimulatedPrinter, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(paper_printer.address, tmp_path / "printer.jsonl")
    yield bench
    bench.close()


def slips_of(printer: SimulatedPrinter) -> int:
    return sum(piece["cut"] for piece in printer.state()["slips"])


def test_a_slip_is_proved_by_its_fence_and_lies_there_cut(paper_printer: SimulatedPrinter, bench: Bench) -> None:
    bench.until(lambda health: health.state is State.READY)
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.PRINTED, Proof.FENCE)
    state = paper_printer.state()
    assert [piece["cut"] for piece in state["slips"]] == [True] and state["unknown_commands"] == {}
    assert bench.printer.health().state is State.READY
    assert bench.journal.unconfirmed() == ()


def test_a_process_id_proves_more_where_the_profile_says_so(paper_printer: SimulatedPrinter, tmp_path: Path) -> None:
    bench = Bench(paper_printer.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, process_id=True))
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.PRINTED, Proof.PROCESS_ID)
    bench.close()


def test_many_slips_come_out_in_order_one_result_each(paper_printer: SimulatedPrinter, bench: Bench) -> None:
    jobs = [f"t-{n}" for n in range(8)]
    for job in jobs:
        bench.print(job)
    assert [bench.result().job for _ in jobs] == jobs
    assert slips_of(paper_printer) == len(jobs)


@pytest.mark.parametrize(("fault", "code"), [("paper_out", "paper_out"), ("cover_open", "cover")])
def test_a_fault_known_before_prints_nothing_now_or_later(
    paper_printer: SimulatedPrinter, bench: Bench, fault: str, code: str
) -> None:
    paper_printer.set_fault(fault, on=True)
    assert bench.until(lambda health: health.state is State.FAULT).code == code
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, code)
    paper_printer.set_fault(fault, on=False)
    bench.until(lambda health: health.state is State.READY)
    bench.print("t-2")
    assert bench.result().state is PrintState.PRINTED
    assert slips_of(paper_printer) == 1


@pytest.mark.parametrize("buffer_bytes", [65_536, 2_304])
def test_a_slip_that_is_finished_on_a_new_roll_is_torn_and_stays_with_staff(tmp_path: Path, buffer_bytes: int) -> None:
    """With a small receive buffer the slip's rest is still on our side when the paper ends."""
    paper_printer = SimulatedPrinter(
        "127.0.0.1", 0, paper_mm=80, speed_mm_s=1e6, roll_mm=80_000, mono_s=mono_s, buffer_bytes=buffer_bytes
    )
    bench = Bench(paper_printer.address, tmp_path / "printer.jsonl", limits=replace(LIMITS, fence_s=5, write_s=5))
    bench.print("t-0")
    assert bench.result().state is PrintState.PRINTED
    paper_printer.set_fault("paper_out_mid", on=True)
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.HELD, Proof.NONE, "paper_out")
    assert bench.until(lambda health: health.state is State.FAULT).code == "paper_out"
    assert [entry.job for entry in bench.journal.unconfirmed()] == ["t-1"]
    bench.print("t-2")
    assert bench.result() == PrintResult("t-2", PrintState.FAILED, Proof.NONE, "paper_out")
    paper_printer.new_roll()
    assert bench.settled.get(timeout=PATIENCE_S) == PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "torn")
    assert [(entry.job, entry.code) for entry in bench.journal.unconfirmed()] == [("t-1", "torn")]
    bench.until(lambda health: health.state is State.READY)
    bench.print("t-1")
    assert bench.result().code == "torn", "it is never printed again by itself"
    bench.print("t-3")
    assert bench.result() == PrintResult("t-3", PrintState.PRINTED, Proof.FENCE)
    # A whole slip, the torn one in two pieces, another whole one; and not a byte was misread.
    assert slips_of(paper_printer) == 4
    assert paper_printer.state()["unknown_commands"] == {}
    bench.close()
    paper_printer.close()


def test_a_cover_opened_in_the_middle_holds_the_slip(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=60, roll_mm=80_000, mono_s=mono_s)
    bench = Bench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=50))
    bench.print("t-1")
    assert slow.wait_for(lambda printer: bool(printer.state()["printing"]), PATIENCE_S)
    slow.set_fault("cover_open", on=True)
    assert bench.result() == PrintResult("t-1", PrintState.HELD, Proof.NONE, "cover")
    slow.set_fault("cover_open", on=False)
    assert bench.settled.get(timeout=PATIENCE_S) == PrintResult("t-1", PrintState.PRINTED, Proof.FENCE)
    bench.close()
    slow.close()


def test_a_silent_printer_is_offline_and_gets_nothing(paper_printer: SimulatedPrinter, bench: Bench) -> None:
    bench.until(lambda health: health.state is State.READY)
    paper_printer.set_fault("silent", on=True)
    assert bench.until(lambda health: health.state is State.OFFLINE).code == "silent"
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "silent")
    paper_printer.set_fault("silent", on=False)
    bench.until(lambda health: health.state is State.READY)
    assert slips_of(paper_printer) == 0


def test_a_printer_that_falls_silent_while_printing_leaves_the_slip_unknown(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=100, roll_mm=80_000, mono_s=mono_s)
    bench = Bench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=100))
    bench.print("t-1")
    assert slow.wait_for(lambda printer: bool(printer.state()["printing"]), PATIENCE_S)
    slow.set_fault("silent", on=True)
    assert bench.result() == PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "silent")
    assert [entry.job for entry in bench.journal.unconfirmed()] == ["t-1"]
    bench.close()
    slow.close()


def test_a_proof_that_was_lost_is_not_replaced_by_that_of_the_next_slip(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=100, roll_mm=80_000, mono_s=mono_s)
    # Given up long after the slip, so that the link is the same for the next one unless something else ends it.
    limits, profile = replace(LIMITS, silent_s=30.0, doubt_s=0.1), replace(PROFILE, speed_mm_s=100)
    bench = Bench(slow.address, tmp_path / "printer.jsonl", limits, profile)
    bench.print("t-1")
    assert slow.wait_for(lambda printer: printer.state()["printing"], PATIENCE_S)
    slow.set_fault("silent", on=True)
    assert bench.result().state is PrintState.UNKNOWN
    assert slow.wait_for(lambda printer: not printer.state()["printing"], PATIENCE_S)
    slow.set_fault("silent", on=False)
    bench.until(lambda health: health.state is State.READY)
    bench.print("t-2")
    assert bench.result() == PrintResult("t-2", PrintState.PRINTED, Proof.FENCE)
    assert bench.settled.empty()
    assert [entry.job for entry in bench.journal.unconfirmed()] == ["t-1"]
    bench.close()
    slow.close()


def test_a_refused_connection_is_offline_and_heals_by_itself(
    paper_printer: SimulatedPrinter, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.until(lambda health: health.state is State.READY)
    with caplog.at_level(logging.INFO), closing(Watch({"printer": bench.printer}, lambda *_: None, every_s=0.01)):
        paper_printer.set_fault("unplugged", on=True)
        assert bench.until(lambda health: health.state is State.OFFLINE).code == "off"
        bench.print("t-1")
        assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "off")
        paper_printer.set_fault("unplugged", on=False)
        bench.until(lambda health: health.state is State.READY)
        until(lambda: "again" in caplog.text)
    # Once when it went, once when it was back.
    gone, back = (record.getMessage() for record in caplog.records)
    assert gone.startswith("printer is offline: ") and back == "printer is ready again"


def test_unplugged_in_the_middle_is_unknown_and_the_next_slip_is_whole(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=150, roll_mm=80_000, mono_s=mono_s)
    bench = Bench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=50))
    bench.print("t-1")
    assert slow.wait_for(lambda printer: bool(printer.state()["slips"]), PATIENCE_S)
    slow.power_cycle()
    assert bench.result() == PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "off")
    bench.until(lambda health: health.state is State.READY)
    bench.print("t-2")
    assert bench.result() == PrintResult("t-2", PrintState.PRINTED, Proof.FENCE)
    assert slow.state()["unknown_commands"] == {}
    assert [entry.job for entry in bench.journal.unconfirmed()] == ["t-1"]
    bench.close()
    slow.close()


def test_a_slip_that_a_dead_kiosk_left_half_sent_does_not_swallow_the_next(
    paper_printer: SimulatedPrinter, tmp_path: Path
) -> None:
    with socket.create_connection(paper_printer.address) as dying:
        dying.sendall(b"\x1b@\x1dv0\0\x48\0\xff\0" + b"\xf0" * 1000)
    bench = Bench(paper_printer.address, tmp_path / "printer.jsonl")
    bench.print("t-1")
    assert bench.result().state is PrintState.PRINTED
    assert paper_printer.state()["unknown_commands"] == {}
    bench.close()


class Stuck:
    """Accepts, answers the questions that come before the first slip, then never reads again."""

    def __init__(self, *, answers: bool) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(answers,))
        self._thread.start()

    def _serve(self, answers: bool) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(PATIENCE_S)
            seen = b""
            # The first question is answered, then the greeting, then the question before the slip.
            while answers and b"\x1dP" not in seen:
                data = connection.recv(1024)
                for at in range(len(data)):
                    if data.startswith(b"\x10\x04", at):
                        connection.sendall(b"\x12")
                seen = seen[-8:] + data
            self._over.wait(PATIENCE_S)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()


@pytest.mark.parametrize(
    ("answers", "state"), [(True, PrintState.UNKNOWN), (False, PrintState.FAILED)], ids=["mid-slip", "from the start"]
)
def test_a_printer_that_accepts_but_never_reads_hangs_nobody(tmp_path: Path, answers: bool, state: PrintState) -> None:
    stuck = Stuck(answers=answers)
    bench = Bench(stuck.address, tmp_path / "printer.jsonl")
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", state, Proof.NONE, "silent")
    assert bench.printer.health().state is State.OFFLINE
    bench.close()
    stuck.close()


class Half:
    """A link that takes one byte of what it is given."""

    def write(self, data: bytes, timeout_s: float) -> None:
        raise transport.Stuck(1)

    def read(self, limit: int, timeout_s: float) -> bytes:
        return b""

    def close(self) -> None:
        return


def test_a_question_of_which_only_a_part_left_ends_the_link() -> None:
    talk = Conversation(Half(), mono_s, lambda: False, lambda _answer: None, Garbage())
    with pytest.raises(Gone):
        talk.ask(0.01)
    with pytest.raises(Gone):
        talk.say(b"\x10\x05\x02", 0.01)


def test_a_wait_whose_time_has_passed_meanwhile_reads_what_is_there() -> None:
    class Slow(Half):
        def read(self, limit: int, timeout_s: float) -> bytes:
            assert timeout_s >= 0, "select refuses it"
            return b"\x12"

    talk = Conversation(Slow(), mono_s, lambda: False, lambda _answer: None, Garbage())
    assert talk.pump(-0.001)


def test_closing_in_the_middle_reports_every_job_once(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=10, roll_mm=80_000, mono_s=mono_s)
    bench = Bench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=10))
    for job in ("t-1", "t-2"):
        bench.print(job)
    assert slow.wait_for(lambda printer: bool(printer.state()["printing"]), PATIENCE_S)
    bench.printer.close()
    bench.printer.close()
    bench.print("t-3")
    assert [(bench.result().job, state) for state in ("unknown", "failed", "failed")] == [
        ("t-1", "unknown"),
        ("t-2", "failed"),
        ("t-3", "failed"),
    ]
    bench.close()
    slow.close()


def test_a_slip_that_cannot_be_drawn_fails_and_the_next_prints(bench: Bench) -> None:
    bench.printer.print_slip("t-1", Slip("A001", (Qr("x" * 1000),)), bench.results.put)
    assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "fault")
    bench.print("t-2")
    assert bench.result().state is PrintState.PRINTED


def test_usual_slips_are_drawn_at_the_start_for_nobody_even_when_they_cannot_be(
    paper_printer: SimulatedPrinter, tmp_path: Path
) -> None:
    drawn: list[Slip] = []

    def encoded(drawing: Slip) -> Sheet:
        drawn.append(drawing)
        return raster(PAPERS[80], PROFILE)(drawing)

    usual = [Slip("A001", (Qr("x" * 1000),)), slip()]
    connect = connector("network", "{}:{}".format(*paper_printer.address), 0, mono_s)
    journal = PrintJournal(tmp_path / "printer.jsonl", lambda: 0)
    results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
    with closing(
        EscposPrinter(connect, PAPERS[80], journal, mono_s, encoder=encoded, limits=LIMITS, like=usual)
    ) as printer:
        until(lambda: len(drawn) == 2)
        health_of(printer, lambda health: health.state is State.READY)
        assert slips_of(paper_printer) == 0 and journal.unconfirmed() == ()
        printer.print_slip("t-1", usual[1], results.put)
        assert results.get(timeout=PATIENCE_S).state is PrintState.PRINTED
    assert (len(drawn), slips_of(paper_printer)) == (3, 1)


def test_a_roll_changed_while_the_station_was_off_is_counted_from_its_beginning(
    paper_printer: SimulatedPrinter, tmp_path: Path
) -> None:
    with closing(Bench(paper_printer.address, tmp_path / "printer.jsonl")) as evening:
        evening.print("t-1")
        assert evening.result().state is PrintState.PRINTED
        paper_printer.set_fault("paper_out", on=True)
        evening.until(lambda health: health.code == Trouble.PAPER_OUT)
        assert evening.journal.roll.slips == 1
    paper_printer.set_fault("paper_out", on=False)
    paper_printer.new_roll()
    with closing(Bench(paper_printer.address, tmp_path / "printer.jsonl")) as morning:
        until(lambda: morning.journal.roll == Roll())


def test_paper_near_its_end_is_a_warning_and_the_slips_left_are_counted(tmp_path: Path) -> None:
    near = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=1e6, roll_mm=4_000, mono_s=mono_s)
    bench = Bench(near.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, roll_mm=4_000))
    bench.print("t-1")
    assert bench.result().state is PrintState.PRINTED
    health = bench.until(lambda health: health.state is State.WARNING)
    used_mm = 4_000 - near.state()["left_mm"]
    assert health.code == "paper_near_end"
    assert health.left_slips == int((4_000 - bench.journal.roll.mm) / bench.journal.roll.mm)
    assert abs(bench.journal.roll.mm - used_mm) <= 1
    bench.printer.roll_changed()
    bench.until(lambda health: health.left_slips is None)
    bench.close()
    near.close()


def test_a_count_that_the_printers_own_sensor_gives_the_lie_is_not_told(
    bench: Bench, paper_printer: SimulatedPrinter
) -> None:
    bench.print("t-1")
    assert bench.result().state is PrintState.PRINTED
    assert bench.printer.health().left_slips is not None
    paper_printer.set_fault("near_end", on=True)
    health = bench.until(lambda health: health.state is State.WARNING)
    assert (health.code, health.left_slips) == ("paper_near_end", None)


def test_health_that_is_too_old_is_unknown(paper_printer: SimulatedPrinter, tmp_path: Path) -> None:
    ahead = [0.0]
    journal = PrintJournal(tmp_path / "printer.jsonl", lambda: 0)
    printer = EscposPrinter(
        connector("network", "{}:{}".format(*paper_printer.address), 0, mono_s),
        PAPERS[80],
        journal,
        lambda: mono_s() + ahead[0],
        limits=replace(LIMITS, poll_s=600),
    )
    health_of(printer, lambda health: health.state is State.READY)
    ahead[0] = 10.0
    assert printer.health() == Health(State.UNKNOWN)
    printer.close()


def test_a_serial_port_behind_a_url_prints_too(paper_printer: SimulatedPrinter, tmp_path: Path) -> None:
    host, port = paper_printer.address
    results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
    printer = EscposPrinter(
        connector("serial", f"socket://{host}:{port}", 115_200, mono_s),
        PAPERS[80],
        PrintJournal(tmp_path / "printer.jsonl", lambda: 0),
        mono_s,
        profile=PROFILE,
        limits=replace(LIMITS, write_s=PATIENCE_S),
    )
    health_of(printer, lambda health: health.state is State.READY)
    printer.print_slip("t-1", slip(), results.put)
    assert results.get(timeout=PATIENCE_S) == PrintResult("t-1", PrintState.PRINTED, Proof.FENCE)
    printer.close()
    assert slips_of(paper_printer) == 1


def test_a_file_takes_the_bytes_and_proves_nothing(tmp_path: Path) -> None:
    results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
    printer = EscposPrinter(
        connector("file", str(tmp_path / "slip.bin"), 0, mono_s),
        PAPERS[80],
        PrintJournal(tmp_path / "printer.jsonl", lambda: 0),
        mono_s,
        profile=replace(PROFILE, answers=False),
        limits=LIMITS,
    )
    printer.print_slip("t-1", slip(), results.put)
    assert results.get(timeout=PATIENCE_S) == PrintResult("t-1", PrintState.PRINTED, Proof.NONE)
    assert printer.health().state is State.UNKNOWN
    printer.close()
    assert (tmp_path / "slip.bin").read_bytes().startswith(b"\x1b@")


@pytest.mark.parametrize(("kind", "address"), [("network", "printer"), ("network", ":9100"), ("none", "")])
def test_an_address_that_cannot_be_one_is_refused_at_once(kind: str, address: str) -> None:
    with pytest.raises(ValueError, match=r"host:port|no printer of kind"):
        connector(kind, address, 0, mono_s)
