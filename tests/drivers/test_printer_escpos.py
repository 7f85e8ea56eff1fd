"""The driver over real TCP, against the simulated printer: results, proofs, faults."""

import logging
import queue
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from escpos_bench import LIMITS, PROFILE, EscposBench, health_of, slip, slips_of

from hardware.health.monitor import HealthMonitor
from hardware.ports import HealthState, PrintResult, PrintState, Proof
from hardware.printers.drawing.encoders import raster_encoder
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.encode import EncodedSlip
from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal
from hardware.printers.transports.connect import connector
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slips.slip import Qr, Slip
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S, until


def test_a_slip_is_proved_by_its_fence_and_cut(paper_printer: SimulatedPrinter, bench: EscposBench) -> None:
    bench.until(lambda health: health.state is HealthState.READY)
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.PRINTED, Proof.FENCE)
    state = paper_printer.state()
    assert [piece["cut"] for piece in state["slips"]] == [True] and state["unknown_commands"] == {}
    assert bench.printer.health().state is HealthState.READY
    assert bench.journal.unconfirmed() == ()


def test_a_process_id_proves_slips_where_the_profile_has_it(paper_printer: SimulatedPrinter, tmp_path: Path) -> None:
    bench = EscposBench(paper_printer.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, process_id=True))
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.PRINTED, Proof.PROCESS_ID)
    bench.close()


def test_many_slips_come_out_in_order_one_result_each(paper_printer: SimulatedPrinter, bench: EscposBench) -> None:
    jobs = [f"t-{n}" for n in range(8)]
    for job in jobs:
        bench.print(job)
    assert [bench.result().job for _ in jobs] == jobs
    assert slips_of(paper_printer) == len(jobs)


@pytest.mark.parametrize(("fault", "code"), [("paper_out", "paper_out"), ("cover_open", "cover")])
def test_a_fault_known_before_prints_nothing_now_or_later(
    paper_printer: SimulatedPrinter, bench: EscposBench, fault: str, code: str
) -> None:
    paper_printer.set_fault(fault, on=True)
    assert bench.until(lambda health: health.state is HealthState.FAULT).code == code
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, code)
    paper_printer.set_fault(fault, on=False)
    bench.until(lambda health: health.state is HealthState.READY)
    bench.print("t-2")
    assert bench.result().state is PrintState.PRINTED
    assert slips_of(paper_printer) == 1


@pytest.mark.parametrize("buffer_bytes", [65_536, 2_304])
def test_a_slip_finished_on_a_new_roll_is_split_and_stays_with_staff(tmp_path: Path, buffer_bytes: int) -> None:
    """With a small receive buffer, a part is still unsent when the paper ends."""
    paper_printer = SimulatedPrinter(
        "127.0.0.1", 0, paper_mm=80, speed_mm_s=1e6, roll_mm=80_000, mono_s=mono_s, buffer_bytes=buffer_bytes
    )
    bench = EscposBench(paper_printer.address, tmp_path / "printer.jsonl", limits=replace(LIMITS, fence_s=5, write_s=5))
    bench.print("t-0")
    assert bench.result().state is PrintState.PRINTED
    paper_printer.set_fault("paper_out_mid", on=True)
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.HELD, Proof.NONE, "paper_out")
    assert bench.until(lambda health: health.state is HealthState.FAULT).code == "paper_out"
    assert [entry.job for entry in bench.journal.unconfirmed()] == ["t-1"]
    bench.print("t-2")
    assert bench.result() == PrintResult("t-2", PrintState.FAILED, Proof.NONE, "paper_out")
    paper_printer.new_roll()
    assert bench.late_results.get(timeout=PATIENCE_S) == PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "torn")
    assert [(entry.job, entry.code) for entry in bench.journal.unconfirmed()] == [("t-1", "torn")]
    bench.until(lambda health: health.state is HealthState.READY)
    bench.print("t-1")
    assert bench.result().code == "torn", "it is never printed again by itself"
    bench.print("t-3")
    assert bench.result() == PrintResult("t-3", PrintState.PRINTED, Proof.FENCE)
    # A whole slip, the split one in two pieces, another whole one; and no byte was misread.
    assert slips_of(paper_printer) == 4
    assert paper_printer.state()["unknown_commands"] == {}
    bench.close()
    paper_printer.close()


def test_a_cover_opened_in_the_middle_holds_the_slip(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=60, roll_mm=80_000, mono_s=mono_s)
    bench = EscposBench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=50))
    bench.print("t-1")
    assert slow.wait_for(lambda printer: bool(printer.state()["printing"]), PATIENCE_S)
    slow.set_fault("cover_open", on=True)
    assert bench.result() == PrintResult("t-1", PrintState.HELD, Proof.NONE, "cover")
    slow.set_fault("cover_open", on=False)
    assert bench.late_results.get(timeout=PATIENCE_S) == PrintResult("t-1", PrintState.PRINTED, Proof.FENCE)
    bench.close()
    slow.close()


def test_a_silent_printer_is_offline_and_gets_nothing(paper_printer: SimulatedPrinter, bench: EscposBench) -> None:
    bench.until(lambda health: health.state is HealthState.READY)
    paper_printer.set_fault("silent", on=True)
    assert bench.until(lambda health: health.state is HealthState.OFFLINE).code == "silent"
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "silent")
    paper_printer.set_fault("silent", on=False)
    bench.until(lambda health: health.state is HealthState.READY)
    assert slips_of(paper_printer) == 0


def test_a_printer_that_falls_silent_while_printing_leaves_the_slip_unknown(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=100, roll_mm=80_000, mono_s=mono_s)
    bench = EscposBench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=100))
    bench.print("t-1")
    assert slow.wait_for(lambda printer: bool(printer.state()["printing"]), PATIENCE_S)
    slow.set_fault("silent", on=True)
    assert bench.result() == PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "silent")
    assert [entry.job for entry in bench.journal.unconfirmed()] == ["t-1"]
    bench.close()
    slow.close()


def test_a_proof_that_was_lost_is_not_replaced_by_that_of_the_next_slip(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=100, roll_mm=80_000, mono_s=mono_s)
    # The driver gives up on silence only long after the slip, so that the next one has the same link.
    limits, profile = replace(LIMITS, silent_s=30.0, power_doubt_s=0.1), replace(PROFILE, speed_mm_s=100)
    bench = EscposBench(slow.address, tmp_path / "printer.jsonl", limits, profile)
    bench.print("t-1")
    assert slow.wait_for(lambda printer: printer.state()["printing"], PATIENCE_S)
    slow.set_fault("silent", on=True)
    assert bench.result().state is PrintState.UNKNOWN
    assert slow.wait_for(lambda printer: not printer.state()["printing"], PATIENCE_S)
    slow.set_fault("silent", on=False)
    bench.until(lambda health: health.state is HealthState.READY)
    bench.print("t-2")
    assert bench.result() == PrintResult("t-2", PrintState.PRINTED, Proof.FENCE)
    assert bench.late_results.empty()
    assert [entry.job for entry in bench.journal.unconfirmed()] == ["t-1"]
    bench.close()
    slow.close()


def test_a_refused_connection_is_offline_and_recovers_by_itself(
    paper_printer: SimulatedPrinter, bench: EscposBench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.until(lambda health: health.state is HealthState.READY)
    with (
        caplog.at_level(logging.INFO),
        closing(HealthMonitor({"printer": bench.printer}, lambda *_: None, interval_s=0.01)),
    ):
        paper_printer.set_fault("unplugged", on=True)
        assert bench.until(lambda health: health.state is HealthState.OFFLINE).code == "off"
        bench.print("t-1")
        assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "off")
        paper_printer.set_fault("unplugged", on=False)
        bench.until(lambda health: health.state is HealthState.READY)
        until(lambda: "again" in caplog.text)
    # Logged once when it went off, and once when it was back.
    gone, back = (record.getMessage() for record in caplog.records)
    assert gone.startswith("printer is offline: ") and back == "printer is ready again"


def test_unplugged_in_the_middle_is_unknown_and_the_next_slip_is_whole(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=150, roll_mm=80_000, mono_s=mono_s)
    bench = EscposBench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=50))
    bench.print("t-1")
    assert slow.wait_for(lambda printer: bool(printer.state()["slips"]), PATIENCE_S)
    slow.power_cycle()
    assert bench.result() == PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "off")
    bench.until(lambda health: health.state is HealthState.READY)
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
    bench = EscposBench(paper_printer.address, tmp_path / "printer.jsonl")
    bench.print("t-1")
    assert bench.result().state is PrintState.PRINTED
    assert paper_printer.state()["unknown_commands"] == {}
    bench.close()


def test_closing_in_the_middle_reports_every_job_once(tmp_path: Path) -> None:
    slow = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=10, roll_mm=80_000, mono_s=mono_s)
    bench = EscposBench(slow.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, speed_mm_s=10))
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


def test_a_slip_that_cannot_be_drawn_fails_and_the_next_prints(bench: EscposBench) -> None:
    bench.printer.print_slip("t-1", Slip("A001", (Qr("x" * 1000),)), bench.results.put)
    assert bench.result() == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "fault")
    bench.print("t-2")
    assert bench.result().state is PrintState.PRINTED


def test_sample_slips_are_drawn_at_the_start_even_when_one_cannot_be(
    paper_printer: SimulatedPrinter, tmp_path: Path
) -> None:
    drawn: list[Slip] = []

    def encoded(drawing: Slip) -> EncodedSlip:
        drawn.append(drawing)
        return raster_encoder(PAPERS[80], PROFILE)(drawing)

    samples = [Slip("A001", (Qr("x" * 1000),)), slip()]
    connect = connector("network", "{}:{}".format(*paper_printer.address), 0, mono_s)
    journal = PrintJournal(tmp_path / "printer.jsonl", lambda: 0)
    results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
    with closing(
        EscposPrinter(connect, PAPERS[80], journal, mono_s, encoder=encoded, limits=LIMITS, samples=samples)
    ) as printer:
        until(lambda: len(drawn) == 2)
        health_of(printer, lambda health: health.state is HealthState.READY)
        assert slips_of(paper_printer) == 0 and journal.unconfirmed() == ()
        printer.print_slip("t-1", samples[1], results.put)
        assert results.get(timeout=PATIENCE_S).state is PrintState.PRINTED
    assert (len(drawn), slips_of(paper_printer)) == (3, 1)
