"""Every fault of the simulated printer, as the driver's side of the link has it."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.simulated.printers.faults import FAULTS
from hardware.simulated.printers.profiles import PROFILES
from hardware.simulated.printers.realtime import RealTimeCommand, RealTimeScanner
from support.simulated_printer import ALL_READY, FENCE, ROW, SLIP, STATUS, PrinterRig
from support.waiting import PATIENCE_S

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
CLEARED = b"\x37\x25\x00"
AGAIN, AGAIN_CLEARED = b"\x10\x05\x01", b"\x10\x05\x02"
PROCESS_ID = b"\x1d(H\x06\x0000A001"
SHORTLY_S = 0.15


def raster(rows: int) -> bytes:
    return b"\x1dv0\0\x48\0" + rows.to_bytes(2, "little") + ROW * rows


@pytest.fixture
def rig() -> Iterator[PrinterRig]:
    with closing(PrinterRig()) as rig:
        yield rig


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        ("paper_out", "1a 32 12 7e"),
        ("cover_open", "1a 16 12 12"),
        ("hot", "1a 52 52 12"),
        ("fatal", "1a 52 32 12"),
        ("near_end", "12 12 12 1e"),
    ],
)
def test_sensor_states_are_reported_in_epsons_bits(rig: PrinterRig, fault: str, reply: str) -> None:
    rig.fault(fault)
    assert rig.exchange(STATUS, 4).hex(" ") == reply
    if fault != "near_end":
        rig.exchange(SLIP + FENCE)
        assert rig.receive(SHORTLY_S) == b"" and rig.cut_slips() == 0


@pytest.mark.parametrize("fault", ["paper_out", "cover_open", "hot", "frozen"])
def test_after_the_fault_it_continues_by_itself(rig: PrinterRig, fault: str) -> None:
    rig.fault(fault)
    rig.exchange(SLIP + FENCE)
    assert rig.receive(SHORTLY_S) == b""
    rig.fault(fault, on=False)
    assert rig.exchange(b"", 1) == b"\0" and rig.cut_slips() == 1


def test_a_cutter_jams_when_it_cuts_and_not_before(rig: PrinterRig) -> None:
    rig.fault("cutter")
    assert rig.exchange(raster(10) + FENCE, 1) == b"\0" and rig.exchange(STATUS, 4) == ALL_READY
    rig.exchange(b"\x1dVB\0" + FENCE)
    assert rig.printer.wait_for(lambda printer: printer.state()["jammed"], PATIENCE_S)
    assert rig.exchange(STATUS, 4).hex(" ") == "1a 52 1a 12"
    # Told to try again it jams again, and prints on once the cause is gone.
    rig.exchange(AGAIN)
    assert rig.printer.wait_for(lambda printer: printer.state()["jammed"], PATIENCE_S)
    assert rig.receive(SHORTLY_S) == b""
    rig.fault("cutter", on=False)
    assert rig.exchange(b"", 1) == b"\0" and rig.cut_slips() == 1


def test_recovery_with_clearing_drops_what_waits_behind_the_jam(rig: PrinterRig) -> None:
    rig.fault("cutter")
    rig.exchange(SLIP + SLIP + FENCE)
    assert rig.printer.wait_for(lambda printer: printer.state()["jammed"], PATIENCE_S)
    rig.exchange(AGAIN_CLEARED)
    assert rig.exchange(STATUS, 4) == ALL_READY
    rig.fault("cutter", on=False)
    assert rig.exchange(b"\x1dV\0" + FENCE, 1) == b"\0"
    assert rig.cut_slips() == 1


def test_recovery_is_for_errors_only_but_clones_clear_at_any_time() -> None:
    for make, slips in (("epson", 1), ("clone", 0)):
        with closing(PrinterRig(make=PROFILES[make])) as rig:
            rig.fault("paper_out")
            rig.exchange(SLIP + AGAIN_CLEARED)
            assert rig.exchange(STATUS, 4)[:1] == b"\x1a"
            rig.fault("paper_out", on=False)
            assert rig.exchange(FENCE, 1) == b"\0"
            assert rig.cut_slips() == slips


def test_clearing_empties_the_buffer_and_is_reported_also_without_paper(rig: PrinterRig) -> None:
    rig.fault("paper_out_mid")
    rig.exchange(raster(400) + b"\x1dVB\0" + FENCE)
    assert rig.printer.wait_for(lambda printer: not printer.state()["paper"], PATIENCE_S)
    assert rig.exchange(CLEAR, 3) == CLEARED
    rig.printer.new_roll()
    assert rig.exchange(FENCE, 1) == b"\0"
    # What was printed of it came out with the old roll; nothing of the rest follows.
    assert [piece["cut"] for piece in rig.printer.state()["slips"]] == [True]


def test_real_time_commands_inside_a_raster_are_executed(rig: PrinterRig) -> None:
    dots = bytearray(ROW * 30)
    dots[100:105] = b"\x10\x14\x01\x00\x04"
    dots[300:303] = b"\x10\x04\x04"
    assert rig.exchange(b"\x1dv0\0\x48\0\x1e\0" + dots + FENCE, 2) == b"\x12\0"
    assert rig.printer.state()["pulses"] == 1
    dots[500 : 500 + len(CLEAR)] = CLEAR
    assert rig.exchange(b"\x1dv0\0\x48\0\x1e\0" + dots[: 500 + len(CLEAR)], 4) == b"\x12" + CLEARED
    # The raster's rest is text now, on the paper for everybody to see.
    assert rig.exchange(bytes(dots[500 + len(CLEAR) :]) + b"\n" + FENCE, 1) == b"\0"


def test_a_power_off_command_is_a_power_cycle(rig: PrinterRig) -> None:
    with pytest.raises(ConnectionError):
        rig.exchange(b"\x10\x14\x02\x01\x08", 1)
        rig.exchange(STATUS, 1)


@pytest.mark.parametrize("fault", ["power_cycled", "fatal"])
def test_lost_power_drops_link_buffer_and_half_a_slip_and_comes_back_by_itself(rig: PrinterRig, fault: str) -> None:
    rig.fault("paper_out")
    rig.exchange(SLIP + raster(100)[:4_000])
    assert rig.printer.wait_for(lambda printer: printer.state()["waiting_bytes"] > 3_000, PATIENCE_S)
    rig.fault("paper_out", on=False)
    rig.fault("cover_open")
    rig.fault(fault)
    if fault == "fatal":
        rig.fault(fault, on=False)
    with pytest.raises(ConnectionError):
        rig.exchange(FENCE, 1)
        rig.exchange(FENCE, 1)
    rig.fault("cover_open", on=False)
    assert rig.printer.wait_for(lambda printer: printer.state()["powered"], PATIENCE_S)
    rig.connection.close()
    rig.connect()
    slips = rig.cut_slips()
    assert rig.exchange(FENCE, 1) == b"\0" and rig.cut_slips() == slips
    assert not any(rig.printer.faults.values())


def test_a_silent_printer_prints_and_its_replies_are_lost(rig: PrinterRig) -> None:
    rig.fault("silent")
    rig.exchange(SLIP + FENCE + STATUS)
    assert rig.printer.wait_for(lambda printer: rig.cut_slips() == 1, PATIENCE_S)
    assert rig.receive(SHORTLY_S) == b""
    rig.fault("silent", on=False)
    assert rig.exchange(STATUS, 4) == ALL_READY


def test_frozen_takes_everything_and_does_nothing(rig: PrinterRig) -> None:
    rig.fault("frozen")
    rig.exchange(SLIP + FENCE + STATUS)
    assert rig.receive(SHORTLY_S) == b"" and rig.cut_slips() == 0
    assert rig.printer.state()["waiting_bytes"] > 100


def test_not_reading_leaves_bytes_with_the_sender(rig: PrinterRig) -> None:
    rig.fault("not_reading")
    rig.exchange(SLIP + FENCE + STATUS)
    assert rig.receive(SHORTLY_S) == b"" and rig.printer.state()["waiting_bytes"] == 0
    rig.fault("not_reading", on=False)
    assert sorted(rig.exchange(b"", 5)) == sorted(b"\0" + ALL_READY)


def test_every_second_answer_is_lost(rig: PrinterRig) -> None:
    rig.fault("answers_lost")
    assert len(rig.exchange(STATUS * 4, 8)) == 8 and rig.receive(SHORTLY_S) == b""


def test_answers_come_late_and_in_order() -> None:
    with closing(PrinterRig(late_s=0.4)) as rig:
        rig.fault("answers_late")
        rig.exchange(SLIP + FENCE)
        assert rig.printer.wait_for(lambda _: rig.cut_slips() == 1, PATIENCE_S)
        assert rig.receive(0.2) == b"" and rig.exchange(b"", 1) == b"\0"


def test_a_late_printer_holds_the_job_but_answers_real_time_queries() -> None:
    with closing(PrinterRig(late_s=0.4)) as rig:
        rig.fault("late")
        assert rig.exchange(SLIP + FENCE + STATUS, 4) == ALL_READY
        assert rig.cut_slips() == 0
        assert rig.exchange(b"", 1) == b"\0" and rig.cut_slips() == 1


def test_garbled_answers_have_wrong_bits_and_bytes_too_many(rig: PrinterRig) -> None:
    rig.fault("garbled")
    got = rig.exchange(STATUS * 3, 12)
    assert got != ALL_READY * 3 and len(got + rig.receive(SHORTLY_S)) > 12


def test_garbled_input_prints_something_else(rig: PrinterRig) -> None:
    rig.fault("garbled_input")
    rig.exchange(raster(20) + b"\x1dVB\0\x1dVB\0" + b"\0" * 1_500 + b"\x1b@" + FENCE)
    rig.receive(SHORTLY_S)
    rig.fault("garbled_input", on=False)
    rig.exchange(b"\0" * 80_000 + b"\x1b@\x1dVB\0" + FENCE)
    assert rig.printer.wait_for(lambda _: rig.cut_slips() > 0, PATIENCE_S)
    clean = PrinterRig()
    with closing(clean):
        clean.exchange(raster(20) + b"\x1dVB\0\x1dVB\0" + FENCE, 1)
        assert rig.printer.png(1) != clean.printer.png(1)


def test_something_else_on_the_port_echoes_and_prints_nothing(rig: PrinterRig) -> None:
    rig.fault("wrong_device")
    assert rig.exchange(b"AT\r" + STATUS, 24).startswith(b"AT\r")
    rig.exchange(SLIP)
    assert rig.receive(PATIENCE_S) and rig.printer.state()["slips"] == []


def test_automatic_status_can_be_missing(rig: PrinterRig) -> None:
    rig.fault("no_asb")
    assert rig.exchange(b"\x1da\xff" + FENCE, 1) == b"\0"
    rig.fault("cover_open")
    assert rig.receive(SHORTLY_S) == b""


def test_only_requested_changes_are_pushed(rig: PrinterRig) -> None:
    assert rig.exchange(b"\x1da\x08", 4) == b"\x10\x00\x00\x0f"
    rig.fault("hot")
    rig.fault("hot", on=False)
    rig.fault("near_end")
    assert rig.exchange(b"", 4) == b"\x10\x00\x03\x0f"
    # A reset ends it.
    rig.exchange(b"\x1b@" + FENCE, 1)
    rig.fault("near_end", on=False)
    assert rig.receive(SHORTLY_S) == b""


def test_real_time_questions_may_go_unanswered_while_offline(rig: PrinterRig) -> None:
    rig.fault("dle_eot_ignored_when_offline")
    assert rig.exchange(STATUS, 4) == ALL_READY
    rig.fault("cover_open")
    rig.exchange(STATUS)
    assert rig.receive(SHORTLY_S) == b""
    rig.fault("cover_open", on=False)
    assert rig.exchange(STATUS, 4) == ALL_READY


def test_slow_stretches_the_mechanism_and_slow_link_the_line() -> None:
    with closing(PrinterRig(speed_mm_s=2_000.0)) as rig:
        rig.exchange(raster(80) + b"\x1dVB\0" + FENCE, 1)
        rig.fault("slow")
        rig.exchange(raster(80) + b"\x1dVB\0" + FENCE, 1)
        rig.fault("slow_link")
        rig.exchange(raster(8) + b"\x1dVB\0" + FENCE, 1)
        quick, slow, crawling = rig.printer.reports()
        assert slow.mechanical_s == pytest.approx(8 * quick.mechanical_s)
        assert quick.wire_s == 0 < crawling.wire_s
        assert crawling.first_byte_s is not None and crawling.last_byte_s is not None
        assert crawling.last_byte_s - crawling.first_byte_s >= 0.9 * crawling.wire_s - 0.01


def test_a_slips_cost_is_reported_and_questions_between_slips_are_not_part_of_it(rig: PrinterRig) -> None:
    rig.exchange(STATUS + FENCE, 5)
    rig.exchange(SLIP + FENCE, 1)
    rig.exchange(STATUS + FENCE, 5)
    [report] = rig.printer.reports()
    assert report.bytes == len(SLIP + FENCE)
    assert report.mechanical_s == pytest.approx((2 + 5 + 120 + 8) / 8 / 1e6)
    assert report.cut_s is not None and report.fence_s is not None and report.cut_s <= report.fence_s
    assert rig.request("GET", "/printer/reports")[0] == 200


def test_a_process_id_behind_a_slip_is_its_fence_and_begins_no_other_slip(rig: PrinterRig) -> None:
    rig.exchange(SLIP + PROCESS_ID + FENCE, 8)
    rig.exchange(PROCESS_ID, 7)
    rig.exchange(SLIP + PROCESS_ID, 7)
    reports = rig.printer.reports()
    assert [report.bytes for report in reports] == [len(SLIP + PROCESS_ID)] * 2
    for report in reports:
        assert report.cut_s is not None and report.fence_s is not None and report.cut_s <= report.fence_s


def test_every_fault_can_be_switched_on_and_off_in_any_order(rig: PrinterRig) -> None:
    for _ in range(2):
        for fault in FAULTS:
            assert rig.request("POST", f"/devices/printer/faults/{fault}", {"on": True})[0] == 204
        assert rig.request("POST", "/faults/clear")[0] == 204
    assert rig.printer.wait_for(lambda printer: printer.state()["powered"], PATIENCE_S)
    rig.connection.close()
    rig.connect()
    assert rig.exchange(b"\x1b@" + SLIP + FENCE, 1) == b"\0"


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(1, 4), st.lists(st.integers(0, 63), max_size=4))
def test_a_real_time_question_is_found_behind_any_bytes_and_in_any_pieces(
    before: bytes, n: int, cuts: list[int]
) -> None:
    whole = before + bytes((0x10, 0x04, n))
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    scanner = RealTimeScanner()
    commands = [command for a, b in pairwise(edges) for command in scanner.feed(whole[a:b])]
    assert commands[-1][:2] == (RealTimeCommand.STATUS, whole[-3:])


@pytest.fixture(scope="module")
def lasting() -> Iterator[PrinterRig]:
    with closing(PrinterRig()) as rig:
        assert rig.exchange(STATUS, 4) == ALL_READY  # the printer has accepted the connection
        yield rig


@settings(max_examples=40, deadline=None)
@given(
    pieces=st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([SLIP, FENCE, CLEAR, b"\x1dv0\0\x48\0\xff\0"])))
)
def test_whatever_was_sent_before_a_real_time_question_is_answered(lasting: PrinterRig, pieces: list[bytes]) -> None:
    lasting.exchange(b"".join(pieces) + b"\x10\x04\x01")
    while lasting.exchange(b"", 1)[0] & 0b1001_0011 != 0b0001_0010:
        pass
    lasting.receive(0.001)
