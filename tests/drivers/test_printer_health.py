"""A printer's health and its roll: warnings, counted slips, old health, other links."""

import queue
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from escpos_bench import LIMITS, PROFILE, EscposBench, health_of, slip, slips_of

from hardware.ports import DeviceHealth, HealthState, PrintResult, PrintState, Proof
from hardware.printers.answers.status import StatusFlag
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal, Roll
from hardware.printers.transports.connect import connector
from hardware.simulated.printers.printer import SimulatedPrinter
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S, until


def test_a_roll_changed_while_the_station_was_off_is_counted_from_its_beginning(
    paper_printer: SimulatedPrinter, tmp_path: Path
) -> None:
    with closing(EscposBench(paper_printer.address, tmp_path / "printer.jsonl")) as evening:
        evening.print("t-1")
        assert evening.result().state is PrintState.PRINTED
        paper_printer.set_fault("paper_out", on=True)
        evening.until(lambda health: health.code == StatusFlag.PAPER_OUT)
        assert evening.journal.roll.slips == 1
    paper_printer.set_fault("paper_out", on=False)
    paper_printer.new_roll()
    with closing(EscposBench(paper_printer.address, tmp_path / "printer.jsonl")) as morning:
        until(lambda: morning.journal.roll == Roll())


def test_paper_near_its_end_is_a_warning_and_the_slips_left_are_counted(tmp_path: Path) -> None:
    near = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=1e6, roll_mm=4_000, mono_s=mono_s)
    bench = EscposBench(near.address, tmp_path / "printer.jsonl", profile=replace(PROFILE, roll_mm=4_000))
    bench.print("t-1")
    assert bench.result().state is PrintState.PRINTED
    health = bench.until(lambda health: health.state is HealthState.WARNING)
    used_mm = 4_000 - near.state()["left_mm"]
    assert health.code == "paper_near_end"
    assert health.left_slips == int((4_000 - bench.journal.roll.used_mm) / bench.journal.roll.used_mm)
    assert abs(bench.journal.roll.used_mm - used_mm) <= 1
    bench.printer.roll_changed()
    bench.until(lambda health: health.left_slips is None)
    bench.close()
    near.close()


def test_a_count_that_contradicts_the_printers_sensor_is_not_reported(
    bench: EscposBench, paper_printer: SimulatedPrinter
) -> None:
    bench.print("t-1")
    assert bench.result().state is PrintState.PRINTED
    assert bench.printer.health().left_slips is not None
    paper_printer.set_fault("near_end", on=True)
    health = bench.until(lambda health: health.state is HealthState.WARNING)
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
    health_of(printer, lambda health: health.state is HealthState.READY)
    ahead[0] = 10.0
    assert printer.health() == DeviceHealth(HealthState.UNKNOWN)
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
    health_of(printer, lambda health: health.state is HealthState.READY)
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
    assert printer.health().state is HealthState.UNKNOWN
    printer.close()
    assert (tmp_path / "slip.bin").read_bytes().startswith(b"\x1b@")


@pytest.mark.parametrize(("kind", "address"), [("network", "printer"), ("network", ":9100"), ("none", "")])
def test_an_impossible_address_is_refused_at_once(kind: str, address: str) -> None:
    with pytest.raises(ValueError, match=r"host:port|no printer of kind"):
        connector(kind, address, 0, mono_s)
