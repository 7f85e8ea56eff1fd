"""Proofs in doubt: late and lost replies, power cycles, broken cables."""

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from printer_stations import WITH_PROCESS_ID, station_at

from hardware.ports import PrintResult, PrintState, Proof
from hardware.printers.commands import split
from hardware.printers.drawing.encoders import SlipForm, make_encoder
from hardware.printers.encode import FENCE
from hardware.printers.profile import Encoding, Profile, VietnameseCodePage
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.profiles import PROFILES
from hardware.slips.slip import HorizontalRule, Inverse, Number, Pair, Qr, Slip, Text
from support.printer_rig import (
    BAUD,
    PAPER,
    LinkKind,
    Moment,
    dots,
    limits_of,
    patient,
    printed_dots,
    simulated_printer,
    slip,
    times,
)
from support.waiting import PATIENCE_S, until

TCVN3 = VietnameseCodePage(Encoding.TCVN3, 30, 31, confirmed=True)


def test_a_late_reply_to_a_fence_proves_its_slip(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path, late_s=1.5)))
    station, _ = station_at(opened, printer, tmp_path, limits=replace(limits_of(LinkKind.NETWORK), silent_s=30))
    station.wait_until_ready()
    assert station.print("t-0", slip("A100")).state is PrintState.PRINTED
    printer.set_fault("late", on=True)
    assert station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    until(lambda: station.last("t-1") is PrintState.PRINTED, lambda: station.results)
    assert station.printer.unconfirmed() == ()
    assert times(dots(slip("A101")), printed_dots(printer)) == 1


@pytest.mark.parametrize("kind", [LinkKind.NETWORK, LinkKind.SERIAL])
def test_with_process_ids_a_slip_held_before_a_restart_is_proved_after_it(
    opened: ExitStack, tmp_path: Path, kind: LinkKind
) -> None:
    printer = opened.enter_context(closing(simulated_printer(kind, tmp_path)))
    with ExitStack() as first:
        station, armed = station_at(first, printer, tmp_path, kind=kind, profile=WITH_PROCESS_ID)
        station.wait_until_ready()
        armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
        assert station.print("t-1", slip("A101")).state is PrintState.HELD
    station, _ = station_at(opened, printer, tmp_path, kind=kind, profile=WITH_PROCESS_ID)
    until(lambda: station.printer.health().code == "cover", station.printer.health)
    printer.set_fault("cover_open", on=False)
    until(lambda: "t-1" in station.results, station.printer.health)
    assert station.results["t-1"] == [PrintResult("t-1", PrintState.PRINTED, Proof.PROCESS_ID)]
    assert station.printer.unconfirmed() == ()
    assert station.print("t-2", slip("A102")).proof is Proof.PROCESS_ID


def test_a_zero_on_the_line_of_a_printer_that_is_switched_off_proves_nothing(opened: ExitStack, tmp_path: Path) -> None:
    line = PtyPlug(tmp_path / "tty", BAUD)
    printer = opened.enter_context(closing(simulated_printer(LinkKind.SERIAL, tmp_path, plug=line, restart_s=0.5)))
    station, armed = station_at(opened, printer, tmp_path, kind=LinkKind.SERIAL)
    station.wait_until_ready()
    armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    # Staff switch it off with the cover open; a zero is on the line, and no reply will come any more.
    printer.set_fault("power_cycled", on=True)
    line.write(b"\0")
    assert printer.wait_for(lambda simulated: not simulated.faults["power_cycled"], PATIENCE_S)
    line.write(b"\0")
    printer.set_fault("cover_open", on=False)
    station.wait_until_ready()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert station.last("t-1") is PrintState.HELD
    assert [slip.job for slip in station.printer.unconfirmed()] == ["t-1"]


def test_a_zero_instead_of_the_fence_proves_nothing_when_the_printer_is_gone_after_it(
    opened: ExitStack, tmp_path: Path
) -> None:
    line = PtyPlug(tmp_path / "tty", BAUD)
    printer = opened.enter_context(closing(simulated_printer(LinkKind.SERIAL, tmp_path, plug=line, restart_s=1.0)))
    station, armed = station_at(opened, printer, tmp_path, kind=LinkKind.SERIAL)
    station.wait_until_ready()
    assert station.print("t-0", slip("A100")).state is PrintState.PRINTED

    def switched_off() -> None:
        printer.set_fault("power_cycled", on=True)
        line.write(b"\0")

    armed.at(Moment.BEFORE_FENCE, switched_off)
    assert station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    assert times(dots(slip("A101")), printed_dots(printer)) == 0


def test_a_fence_proves_nothing_when_the_printer_is_silent_after_it(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path)
    station.wait_until_ready()
    armed.at(Moment.AFTER_FENCE, lambda: printer.set_fault("silent", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    assert [slip.job for slip in station.printer.unconfirmed()] == ["t-1"]


def test_a_serial_printer_switched_off_and_on_in_the_middle_proves_nothing(opened: ExitStack, tmp_path: Path) -> None:
    """The link outlives the printer's power: the rest of the picture would be letters.

    The printer is still off when the driver polls it between two pictures.
    """
    line = PtyPlug(tmp_path / "tty", BAUD)
    printer = opened.enter_context(
        closing(simulated_printer(LinkKind.SERIAL, tmp_path, plug=line, restart_s=PATIENCE_S))
    )
    station, armed = station_at(opened, printer, tmp_path, kind=LinkKind.SERIAL)
    station.wait_until_ready()
    armed.at(Moment.BEFORE_FIRST_BYTE, lambda: printer.set_fault("power_cycled", on=True))
    long = Slip("A101", tuple(Number(f"A10{n}") for n in range(6)))
    assert station.print("t-1", long).state is PrintState.UNKNOWN
    printer.set_fault("power_cycled", on=False)
    station.wait_until_ready()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert station.last("t-1") is PrintState.UNKNOWN
    assert printer.state()["unknown_commands"] == {}


def test_a_printer_without_queued_replies_still_prints_without_proof(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path, make=PROFILES["mute"])))
    station, _ = station_at(opened, printer, tmp_path)
    station.wait_until_ready()
    for number in ("A101", "A102"):
        assert station.print(f"t-{number}", slip(number)).state is PrintState.UNKNOWN
        assert times(dots(slip(number)), printed_dots(printer)) == 1


@pytest.mark.parametrize("kind", [LinkKind.SERIAL, LinkKind.USB])
def test_a_cable_pulled_and_put_back_recovers_by_itself(opened: ExitStack, tmp_path: Path, kind: LinkKind) -> None:
    printer = opened.enter_context(closing(simulated_printer(kind, tmp_path)))
    station, _ = station_at(opened, printer, tmp_path, kind=kind)
    for number in ("A101", "A102", "A103"):
        station.wait_until_ready()
        assert station.print(f"t-{number}", slip(number)).state is PrintState.PRINTED
        printer.set_fault("unplugged", on=True)
        until(lambda: station.printer.health().code == "off", station.printer.health)
        printer.set_fault("unplugged", on=False)


@pytest.mark.parametrize("kind", LinkKind)
@pytest.mark.parametrize("make", ["epson", "clone"])
def test_a_raster_cut_off_by_a_broken_cable_swallows_nothing_of_the_next_slip(
    opened: ExitStack, tmp_path: Path, kind: LinkKind, make: str
) -> None:
    printer = opened.enter_context(closing(simulated_printer(kind, tmp_path, make=PROFILES[make])))
    # No retry for want of a reply can hide the fault: the time-out is too long.
    station, armed = station_at(opened, printer, tmp_path, kind=kind, limits=replace(patient(kind), fence_s=3.0))
    station.wait_until_ready()
    assert station.print("t-1", slip("A101")).state is PrintState.PRINTED

    def pulled() -> None:
        # Not before it prints: bytes still on the cable never arrive, and nothing is cut off.
        assert printer.wait_for(lambda simulated: simulated.state()["printing"], PATIENCE_S)
        printer.set_fault("unplugged", on=True)

    armed.at(Moment.MID_RASTER, pulled)
    assert station.print("t-2", slip("A102")).state is PrintState.UNKNOWN
    printer.set_fault("unplugged", on=False)
    station.wait_until_ready()
    assert station.print("t-3", slip("A103")).state is PrintState.PRINTED
    assert times(dots(slip("A103")), printed_dots(printer)) == 1
    assert printer.state()["unknown_commands"] == {}


@pytest.mark.parametrize("form", SlipForm)
def test_every_form_of_a_slip_is_split_between_its_commands(form: SlipForm) -> None:
    whole = Slip(
        "A015",
        (
            Text("PHƯỜNG MẪU", 32, bold=True),
            Number("A015"),
            Inverse("ƯU TIÊN"),
            HorizontalRule(),
            Pair("Lĩnh vực:", "Hộ tịch"),
            Qr("http://127.0.0.1:8471/v/Qm3vX9bTzK4nWc7LrYpE2g", ("Quét mã để theo dõi số trên điện thoại.",)),
        ),
    )
    data = make_encoder(form, PAPER, Profile(native_qr=True, code_page=TCVN3))(whole).data + FENCE
    pieces = list(split(data))
    assert b"".join(pieces) == data
    assert pieces[-1] == FENCE, "an unknown command makes the rest one piece"
