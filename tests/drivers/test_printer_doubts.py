"""What the driver makes of strangers on its port, of late answers, and of staff who want the printer cleared."""

import logging
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.ports import PrintResult, PrintState, Proof, State
from hardware.printers.commands import split
from hardware.printers.drawing.forms import Form, encoder
from hardware.printers.encode import FENCE
from hardware.printers.profile import CodePage, Encoding, Limits, Profile
from hardware.printers.transports.connect import connector
from hardware.simulated.printers.makes import MAKES
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slip import Inverse, Number, Pair, Qr, Rule, Slip, Text
from papers import (
    BAUD,
    LIMITS,
    PAPER,
    PROFILE,
    Armed,
    LinkKind,
    Moment,
    Station,
    dots,
    limits_of,
    link_to,
    marked,
    patient,
    printed_dots,
    slip,
    times,
    twin,
)
from unhurried import mono_s
from waiting import PATIENCE_S, until

MARKS = replace(PROFILE, process_id=True)
TCVN3 = CodePage(Encoding.TCVN3, 30, 31, confirmed=True)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


def station_at(
    held: ExitStack,
    printer: SimulatedPrinter,
    folder: Path,
    *,
    kind: LinkKind = LinkKind.NETWORK,
    profile: Profile = PROFILE,
    limits: Limits | None = None,
) -> tuple[Station, Armed]:
    armed = Armed(printer)
    station = Station(link_to(kind, printer), folder / "journal", armed, limits or patient(kind), profile)
    held.enter_context(closing(station))
    return station, armed


# --- strangers -----------------------------------------------------------------------------------------


class Stranger:
    """Something else on the port: ``says`` what it answers to what it was told, or by itself to nothing."""

    def __init__(self, says: Callable[[bytes], bytes]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname()[:2])
        self.told = bytearray()
        self._says, self._over = says, threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        self._listener.settimeout(0.05)
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(0.02)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while not self._over.is_set():
            try:
                data = connection.recv(4096)
            except TimeoutError:
                data = b""
            except OSError:  # the driver hung up in the middle of all that
                return
            else:
                if not data:
                    return
            self.told += data
            try:
                connection.sendall(self._says(data))
            except OSError:
                return

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()


STRANGERS: dict[str, Callable[[bytes], bytes]] = {
    "an echo": lambda data: data,
    "a modem": lambda data: b"\r\nERROR\r\n" if data else b"",
    "a scanner": lambda data: b"" if data else b"8934563138165\r",
    "all twos": lambda data: b"2" * 7 * len(data),
    "noise": lambda data: b"\xff\x80\xff" if data else b"",
    "answers without end": lambda _data: b"\x12" * 40,
}


@pytest.mark.parametrize("says", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_on_the_port_is_named_with_its_bytes_and_gets_no_slip(
    opened: ExitStack, tmp_path: Path, says: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    stranger = opened.enter_context(closing(Stranger(says)))
    station = Station(
        connector("network", stranger.address, 0, mono_s),
        tmp_path / "journal",
        Armed(None),  # type: ignore[arg-type]
        LIMITS,
        PROFILE,
    )
    opened.enter_context(closing(station))
    with caplog.at_level(logging.WARNING):
        until(lambda: station.printer.health().code == "wrong", station.printer.health)
        health = station.printer.health()
        assert health.state is State.FAULT and health.detail.startswith("it sends ")
        assert bytes.fromhex(health.detail.removeprefix("it sends "))
        result = station.print("t-1", slip("A101"))
        assert result == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "wrong")
        station.looks(5)
    assert not set(stranger.told) - {0x10, 1, 2, 3, 4}, "more than questions was sent"
    assert station.printer.unconfirmed() == ()
    assert len([one for one in caplog.records if "no answer" in one.getMessage()]) <= 1


def test_a_stranger_that_makes_room_for_the_printer_is_forgotten(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path)))
    station, _ = station_at(opened, printer, tmp_path)
    station.fit()
    printer.set_fault("wrong_device", on=True)
    until(lambda: station.printer.health().code == "wrong", station.printer.health)
    printer.set_fault("wrong_device", on=False)
    station.fit()
    assert station.print("t-1", slip("A101")).state is PrintState.PRINTED


# --- late and lost answers -----------------------------------------------------------------------------


def test_a_fence_that_is_answered_late_is_adopted(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path, late_s=1.5)))
    station, _ = station_at(opened, printer, tmp_path, limits=replace(limits_of(LinkKind.NETWORK), silent_s=30))
    station.fit()
    assert station.print("t-0", slip("A100")).state is PrintState.PRINTED
    printer.set_fault("late", on=True)
    assert station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    until(lambda: station.last("t-1") is PrintState.PRINTED, lambda: station.said)
    assert station.printer.unconfirmed() == ()
    assert times(dots(slip("A101")), printed_dots(printer)) == 1


@pytest.mark.parametrize("kind", [LinkKind.NETWORK, LinkKind.SERIAL])
def test_with_process_ids_a_slip_held_before_a_restart_is_adopted_after_it(
    opened: ExitStack, tmp_path: Path, kind: LinkKind
) -> None:
    printer = opened.enter_context(closing(twin(kind, tmp_path)))
    with ExitStack() as first:
        station, armed = station_at(first, printer, tmp_path, kind=kind, profile=MARKS)
        station.fit()
        armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
        assert station.print("t-1", slip("A101")).state is PrintState.HELD
    station, _ = station_at(opened, printer, tmp_path, kind=kind, profile=MARKS)
    until(lambda: station.printer.health().code == "cover", station.printer.health)
    printer.set_fault("cover_open", on=False)
    until(lambda: "t-1" in station.said, station.printer.health)
    assert station.said["t-1"] == [PrintResult("t-1", PrintState.PRINTED, Proof.PROCESS_ID)]
    assert station.printer.unconfirmed() == ()
    assert station.print("t-2", slip("A102")).proof is Proof.PROCESS_ID


def test_a_zero_on_the_line_of_a_printer_that_is_switched_off_proves_nothing(opened: ExitStack, tmp_path: Path) -> None:
    line = PtyPlug(tmp_path / "tty", BAUD)
    printer = opened.enter_context(closing(twin(LinkKind.SERIAL, tmp_path, plug=line, restart_s=0.5)))
    station, armed = station_at(opened, printer, tmp_path, kind=LinkKind.SERIAL)
    station.fit()
    armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    # Staff switch it off with the cover open; the line bears a zero, and no answer will come any more.
    printer.set_fault("power_cycled", on=True)
    line.write(b"\0")
    assert printer.wait_for(lambda one: not one.faults["power_cycled"], PATIENCE_S)
    line.write(b"\0")
    printer.set_fault("cover_open", on=False)
    station.fit()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert station.last("t-1") is PrintState.HELD
    assert [one.job for one in station.printer.unconfirmed()] == ["t-1"]


def test_a_zero_instead_of_the_fence_proves_nothing_when_the_printer_is_gone_after_it(
    opened: ExitStack, tmp_path: Path
) -> None:
    line = PtyPlug(tmp_path / "tty", BAUD)
    printer = opened.enter_context(closing(twin(LinkKind.SERIAL, tmp_path, plug=line, restart_s=1.0)))
    station, armed = station_at(opened, printer, tmp_path, kind=LinkKind.SERIAL)
    station.fit()
    assert station.print("t-0", slip("A100")).state is PrintState.PRINTED

    def switched_off() -> None:
        printer.set_fault("power_cycled", on=True)
        line.write(b"\0")

    armed.at(Moment.BEFORE_FENCE, switched_off)
    assert station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    assert times(dots(slip("A101")), printed_dots(printer)) == 0


def test_a_fence_proves_nothing_when_nobody_answers_after_it(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path)
    station.fit()
    armed.at(Moment.AFTER_FENCE, lambda: printer.set_fault("silent", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    assert [one.job for one in station.printer.unconfirmed()] == ["t-1"]


def test_a_serial_printer_switched_off_and_on_in_the_middle_proves_nothing(opened: ExitStack, tmp_path: Path) -> None:
    """The line is up all the time: what follows when its power is back would be letters to it, and the fence behind
    them a question. It is still dark when it is looked at between two pictures."""
    line = PtyPlug(tmp_path / "tty", BAUD)
    printer = opened.enter_context(closing(twin(LinkKind.SERIAL, tmp_path, plug=line, restart_s=PATIENCE_S)))
    station, armed = station_at(opened, printer, tmp_path, kind=LinkKind.SERIAL)
    station.fit()
    armed.at(Moment.BEFORE_FIRST_BYTE, lambda: printer.set_fault("power_cycled", on=True))
    long = Slip("A101", tuple(Number(f"A10{n}") for n in range(6)))
    assert station.print("t-1", long).state is PrintState.UNKNOWN
    printer.set_fault("power_cycled", on=False)
    station.fit()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert station.last("t-1") is PrintState.UNKNOWN
    assert printer.state()["unknown_commands"] == {}


def test_a_printer_that_never_answers_in_turn_still_prints_and_says_so(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path, make=MAKES["mute"])))
    station, _ = station_at(opened, printer, tmp_path)
    station.fit()
    for number in ("A101", "A102"):
        assert station.print(f"t-{number}", slip(number)).state is PrintState.UNKNOWN
        assert times(dots(slip(number)), printed_dots(printer)) == 1


# --- paper that ends in a slip ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LinkKind)
@pytest.mark.parametrize("profile", [PROFILE, MARKS], ids=["fence", "process id"])
@pytest.mark.parametrize(
    ("fault", "moment", "last"),
    [
        ("paper_out_mid", Moment.MID_RASTER, PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "torn")),
        ("paper_out", Moment.BEFORE_FIRST_BYTE, None),
        ("cover_open", Moment.MID_RASTER, None),
    ],
)
def test_only_a_slip_in_which_the_paper_ended_is_torn(
    opened: ExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: LinkKind,
    profile: Profile,
    fault: str,
    moment: Moment,
    last: PrintResult | None,
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.mechanism.MID_SLIP_MM", 3.0)
    printer = opened.enter_context(closing(twin(kind, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path, kind=kind, profile=profile)
    station.fit()
    armed.at(moment, lambda: printer.set_fault(fault, on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    printer.set_fault(fault, on=False)
    if fault != "cover_open":
        printer.new_roll()
    until(lambda: len(station.said["t-1"]) == 2, lambda: (station.said, station.printer.health()))
    proof = Proof.PROCESS_ID if profile.process_id else Proof.FENCE
    assert station.said["t-1"][1] == (last or PrintResult("t-1", PrintState.PRINTED, proof))
    assert [one.job for one in station.printer.unconfirmed()] == (["t-1"] if last else [])


def test_a_printer_that_does_not_report_by_itself_cannot_tell_that_nothing_was_printed(
    opened: ExitStack, tmp_path: Path
) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path, make=MAKES["clone-58"])))
    station, armed = station_at(opened, printer, tmp_path, profile=replace(PROFILE, automatic_status=False))
    station.fit()
    armed.at(Moment.BEFORE_FIRST_BYTE, lambda: printer.set_fault("paper_out", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    printer.new_roll()
    until(lambda: station.said["t-1"][-1].code == "torn", lambda: station.said)


def test_a_slip_held_for_paper_before_a_restart_is_torn_when_it_comes_out_after_it(
    opened: ExitStack, tmp_path: Path
) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path)))
    with ExitStack() as first:
        station, armed = station_at(first, printer, tmp_path, profile=MARKS)
        station.fit()
        armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("paper_out", on=True))
        assert station.print("t-1", slip("A101")).code == "paper_out"
    station, _ = station_at(opened, printer, tmp_path, profile=MARKS)
    until(lambda: station.printer.health().code == "paper_out", station.printer.health)
    printer.new_roll()
    until(lambda: "t-1" in station.said, station.printer.health)
    assert station.said["t-1"] == [PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "torn")]
    assert [one.code for one in station.printer.unconfirmed()] == ["torn"]


# --- what staff want done ------------------------------------------------------------------------------


def cleared(station: Station) -> bool:
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    station.printer.clear(answers.put)
    return answers.get(timeout=PATIENCE_S)


@pytest.mark.parametrize("fault", ["cover_open", "cutter", "paper_out"])
def test_what_the_printer_holds_is_dropped_when_staff_want_it(opened: ExitStack, tmp_path: Path, fault: str) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path)
    station.fit()
    armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault(fault, on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    assert cleared(station)
    assert station.last("t-1") is PrintState.FAILED and station.printer.unconfirmed() == ()
    printer.set_fault(fault, on=False)
    station.fit()
    assert station.print("work-j1", marked("A101")).state is PrintState.PRINTED
    rows = printed_dots(printer)
    # A jammed cutter has printed before it jams; of the others nothing comes any more.
    assert times(dots(slip("A101")), rows) == (1 if fault == "cutter" else 0)
    assert times(dots(marked("A101")), rows) == 1


def test_what_is_held_from_before_a_restart_is_dropped_too(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path)))
    with ExitStack() as first:
        station, armed = station_at(first, printer, tmp_path)
        station.fit()
        armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
        assert station.print("t-1", slip("A101")).state is PrintState.HELD
    station, _ = station_at(opened, printer, tmp_path)
    until(lambda: station.printer.health().code == "cover", station.printer.health)
    assert cleared(station)
    assert station.last("t-1") is PrintState.FAILED
    printer.set_fault("cover_open", on=False)
    station.fit()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert times(dots(slip("A101")), printed_dots(printer)) == 0


def test_a_printer_that_does_not_say_that_it_dropped_anything_leaves_it_unknown(
    opened: ExitStack, tmp_path: Path
) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path)
    station.fit()
    armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    printer.set_fault("frozen", on=True)
    assert not cleared(station)
    assert station.last("t-1") is PrintState.HELD
    assert [one.job for one in station.printer.unconfirmed()] == ["t-1"]


def test_nothing_can_be_dropped_where_no_printer_is(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(twin(LinkKind.NETWORK, tmp_path)))
    station, _ = station_at(opened, printer, tmp_path)
    station.fit()
    printer.set_fault("unplugged", on=True)
    until(lambda: station.printer.health().code == "off", station.printer.health)
    assert not cleared(station)


# --- a cable ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [LinkKind.SERIAL, LinkKind.USB])
def test_a_cable_that_was_pulled_and_put_back_heals_by_itself(
    opened: ExitStack, tmp_path: Path, kind: LinkKind
) -> None:
    printer = opened.enter_context(closing(twin(kind, tmp_path)))
    station, _ = station_at(opened, printer, tmp_path, kind=kind)
    for number in ("A101", "A102", "A103"):
        station.fit()
        assert station.print(f"t-{number}", slip(number)).state is PrintState.PRINTED
        printer.set_fault("unplugged", on=True)
        until(lambda: station.printer.health().code == "off", station.printer.health)
        printer.set_fault("unplugged", on=False)


@pytest.mark.parametrize("kind", LinkKind)
@pytest.mark.parametrize("make", ["epson", "clone"])
def test_a_picture_cut_off_by_a_broken_cable_swallows_nothing_of_the_next_slip(
    opened: ExitStack, tmp_path: Path, kind: LinkKind, make: str
) -> None:
    printer = opened.enter_context(closing(twin(kind, tmp_path, make=MAKES[make])))
    # Nothing is tried a second time for want of an answer: it is healed before, or not at all.
    station, armed = station_at(opened, printer, tmp_path, kind=kind, limits=replace(patient(kind), fence_s=3.0))
    station.fit()
    assert station.print("t-1", slip("A101")).state is PrintState.PRINTED

    def pulled() -> None:
        # Not before it prints: what is still on a cable that is pulled never gets there, and nothing is cut off.
        assert printer.wait_for(lambda one: one.state()["printing"], PATIENCE_S)
        printer.set_fault("unplugged", on=True)

    armed.at(Moment.MID_RASTER, pulled)
    assert station.print("t-2", slip("A102")).state is PrintState.UNKNOWN
    printer.set_fault("unplugged", on=False)
    station.fit()
    assert station.print("t-3", slip("A103")).state is PrintState.PRINTED
    assert times(dots(slip("A103")), printed_dots(printer)) == 1
    assert printer.state()["unknown_commands"] == {}


# --- our own bytes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", Form)
def test_every_form_of_a_slip_can_be_asked_between_its_commands(form: Form) -> None:
    whole = Slip(
        "A015",
        (
            Text("PHƯỜNG MẪU", 32, bold=True),
            Number("A015"),
            Inverse("ƯU TIÊN"),
            Rule(),
            Pair("Lĩnh vực:", "Hộ tịch"),
            Qr("http://127.0.0.1:8471/v/Qm3vX9bTzK4nWc7LrYpE2g", ("Quét mã để theo dõi số trên điện thoại.",)),
        ),
    )
    data = encoder(form, PAPER, Profile(native_qr=True, code_page=TCVN3))(whole).data + FENCE
    pieces = list(split(data))
    assert b"".join(pieces) == data
    assert pieces[-1] == FENCE, "something was not understood, and what follows it is one piece"
