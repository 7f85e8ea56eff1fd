"""Every fault of the simulated printer from below: what the driver's side of the line sees of it."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.simulated.printers.faults import FAULTS
from hardware.simulated.printers.makes import MAKES
from hardware.simulated.printers.realtime import Order, Scanner
from twins import FENCE, ROW, SLIP, STATUS, WELL, Rig
from waiting import PATIENCE_S

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
CLEARED = b"\x37\x25\x00"
AGAIN, AGAIN_CLEARED = b"\x10\x05\x01", b"\x10\x05\x02"
PROCESS_ID = b"\x1d(H\x06\x0000A001"
SHORTLY_S = 0.15


def raster(rows: int) -> bytes:
    return b"\x1dv0\0\x48\0" + rows.to_bytes(2, "little") + ROW * rows


@pytest.fixture
def rig() -> Iterator[Rig]:
    with closing(Rig()) as rig:
        yield rig


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("paper_out", "1a 32 12 7e"),
        ("cover_open", "1a 16 12 12"),
        ("hot", "1a 52 52 12"),
        ("fatal", "1a 52 32 12"),
        ("near_end", "12 12 12 1e"),
    ],
)
def test_what_the_sensors_see_is_told_in_epsons_bits(rig: Rig, fault: str, told: str) -> None:
    rig.fault(fault)
    assert rig.say(STATUS, 4).hex(" ") == told
    if fault != "near_end":
        rig.say(SLIP + FENCE)
        assert rig.hears(SHORTLY_S) == b"" and rig.cut_slips() == 0


@pytest.mark.parametrize("fault", ["paper_out", "cover_open", "hot", "frozen"])
def test_what_stopped_it_over_it_goes_on_by_itself(rig: Rig, fault: str) -> None:
    rig.fault(fault)
    rig.say(SLIP + FENCE)
    assert rig.hears(SHORTLY_S) == b""
    rig.fault(fault, on=False)
    assert rig.say(b"", 1) == b"\0" and rig.cut_slips() == 1


def test_a_cutter_jams_when_it_cuts_and_not_before(rig: Rig) -> None:
    rig.fault("cutter")
    assert rig.say(raster(10) + FENCE, 1) == b"\0" and rig.say(STATUS, 4) == WELL
    rig.say(b"\x1dVB\0" + FENCE)
    assert rig.printer.wait_for(lambda printer: printer.state()["jammed"], PATIENCE_S)
    assert rig.say(STATUS, 4).hex(" ") == "1a 52 1a 12"
    # Told to try again it jams again, and prints on once the cause is gone.
    rig.say(AGAIN)
    assert rig.printer.wait_for(lambda printer: printer.state()["jammed"], PATIENCE_S)
    assert rig.hears(SHORTLY_S) == b""
    rig.fault("cutter", on=False)
    assert rig.say(b"", 1) == b"\0" and rig.cut_slips() == 1


def test_recovery_with_clearing_drops_what_waits_behind_the_jam(rig: Rig) -> None:
    rig.fault("cutter")
    rig.say(SLIP + SLIP + FENCE)
    assert rig.printer.wait_for(lambda printer: printer.state()["jammed"], PATIENCE_S)
    rig.say(AGAIN_CLEARED)
    assert rig.say(STATUS, 4) == WELL
    rig.fault("cutter", on=False)
    assert rig.say(b"\x1dV\0" + FENCE, 1) == b"\0"
    assert rig.cut_slips() == 1


def test_recovery_is_for_errors_only_but_clones_clear_at_any_time() -> None:
    for make, slips in (("epson", 1), ("clone", 0)):
        with closing(Rig(make=MAKES[make])) as rig:
            rig.fault("paper_out")
            rig.say(SLIP + AGAIN_CLEARED)
            assert rig.say(STATUS, 4)[:1] == b"\x1a"
            rig.fault("paper_out", on=False)
            assert rig.say(FENCE, 1) == b"\0"
            assert rig.cut_slips() == slips


def test_clearing_empties_the_buffer_and_says_so_also_without_paper(rig: Rig) -> None:
    rig.fault("paper_out_mid")
    rig.say(raster(400) + b"\x1dVB\0" + FENCE)
    assert rig.printer.wait_for(lambda printer: not printer.state()["paper"], PATIENCE_S)
    assert rig.say(CLEAR, 3) == CLEARED
    rig.printer.new_roll()
    assert rig.say(FENCE, 1) == b"\0"
    # What was printed of it came out with the old roll; nothing of the rest follows.
    assert [piece["cut"] for piece in rig.printer.state()["slips"]] == [True]


def test_real_time_commands_inside_a_raster_are_obeyed(rig: Rig) -> None:
    dots = bytearray(ROW * 30)
    dots[100:105] = b"\x10\x14\x01\x00\x04"
    dots[300:303] = b"\x10\x04\x04"
    assert rig.say(b"\x1dv0\0\x48\0\x1e\0" + dots + FENCE, 2) == b"\x12\0"
    assert rig.printer.state()["pulses"] == 1
    dots[500 : 500 + len(CLEAR)] = CLEAR
    assert rig.say(b"\x1dv0\0\x48\0\x1e\0" + dots[: 500 + len(CLEAR)], 4) == b"\x12" + CLEARED
    # The raster's rest is text now, on the paper for everybody to see.
    assert rig.say(bytes(dots[500 + len(CLEAR) :]) + b"\n" + FENCE, 1) == b"\0"


def test_a_told_power_off_is_a_power_cycle(rig: Rig) -> None:
    with pytest.raises(ConnectionError):
        rig.say(b"\x10\x14\x02\x01\x08", 1)
        rig.say(STATUS, 1)


@pytest.mark.parametrize("fault", ["power_cycled", "fatal"])
def test_lost_power_drops_link_buffer_and_half_a_slip_and_comes_back_by_itself(rig: Rig, fault: str) -> None:
    rig.fault("paper_out")
    rig.say(SLIP + raster(100)[:4_000])
    assert rig.printer.wait_for(lambda printer: printer.state()["waiting_bytes"] > 3_000, PATIENCE_S)
    rig.fault("paper_out", on=False)
    rig.fault("cover_open")
    rig.fault(fault)
    if fault == "fatal":
        rig.fault(fault, on=False)
    with pytest.raises(ConnectionError):
        rig.say(FENCE, 1)
        rig.say(FENCE, 1)
    rig.fault("cover_open", on=False)
    assert rig.printer.wait_for(lambda printer: printer.state()["powered"], PATIENCE_S)
    rig.line.close()
    rig.connect()
    slips = rig.cut_slips()
    assert rig.say(FENCE, 1) == b"\0" and rig.cut_slips() == slips
    assert not any(rig.printer.faults.values())


def test_silent_prints_and_says_nothing_and_what_it_did_not_say_is_gone(rig: Rig) -> None:
    rig.fault("silent")
    rig.say(SLIP + FENCE + STATUS)
    assert rig.printer.wait_for(lambda printer: rig.cut_slips() == 1, PATIENCE_S)
    assert rig.hears(SHORTLY_S) == b""
    rig.fault("silent", on=False)
    assert rig.say(STATUS, 4) == WELL


def test_frozen_takes_everything_and_does_nothing(rig: Rig) -> None:
    rig.fault("frozen")
    rig.say(SLIP + FENCE + STATUS)
    assert rig.hears(SHORTLY_S) == b"" and rig.cut_slips() == 0
    assert rig.printer.state()["waiting_bytes"] > 100


def test_not_reading_leaves_bytes_with_the_sender(rig: Rig) -> None:
    rig.fault("not_reading")
    rig.say(SLIP + FENCE + STATUS)
    assert rig.hears(SHORTLY_S) == b"" and rig.printer.state()["waiting_bytes"] == 0
    rig.fault("not_reading", on=False)
    assert sorted(rig.say(b"", 5)) == sorted(b"\0" + WELL)


def test_every_second_answer_is_lost(rig: Rig) -> None:
    rig.fault("answers_lost")
    assert len(rig.say(STATUS * 4, 8)) == 8 and rig.hears(SHORTLY_S) == b""


def test_answers_come_late_and_in_order() -> None:
    with closing(Rig(late_s=0.4)) as rig:
        rig.fault("answers_late")
        rig.say(SLIP + FENCE)
        assert rig.printer.wait_for(lambda _: rig.cut_slips() == 1, PATIENCE_S)
        assert rig.hears(0.2) == b"" and rig.say(b"", 1) == b"\0"


def test_late_holds_the_job_but_answers_what_cannot_wait() -> None:
    with closing(Rig(late_s=0.4)) as rig:
        rig.fault("late")
        assert rig.say(SLIP + FENCE + STATUS, 4) == WELL
        assert rig.cut_slips() == 0
        assert rig.say(b"", 1) == b"\0" and rig.cut_slips() == 1


def test_garbled_answers_have_wrong_bits_and_bytes_too_many(rig: Rig) -> None:
    rig.fault("garbled")
    got = rig.say(STATUS * 3, 12)
    assert got != WELL * 3 and len(got + rig.hears(SHORTLY_S)) > 12


def test_garbled_input_prints_something_else(rig: Rig) -> None:
    rig.fault("garbled_input")
    rig.say(raster(20) + b"\x1dVB\0\x1dVB\0" + b"\0" * 1_500 + b"\x1b@" + FENCE)
    rig.hears(SHORTLY_S)
    rig.fault("garbled_input", on=False)
    rig.say(b"\0" * 80_000 + b"\x1b@\x1dVB\0" + FENCE)
    assert rig.printer.wait_for(lambda _: rig.cut_slips() > 0, PATIENCE_S)
    clean = Rig()
    with closing(clean):
        clean.say(raster(20) + b"\x1dVB\0\x1dVB\0" + FENCE, 1)
        assert rig.printer.png(1) != clean.printer.png(1)


def test_something_else_on_the_port_echoes_and_prints_nothing(rig: Rig) -> None:
    rig.fault("wrong_device")
    assert rig.say(b"AT\r" + STATUS, 24).startswith(b"AT\r")
    rig.say(SLIP)
    assert rig.hears(PATIENCE_S) and rig.printer.state()["slips"] == []


def test_automatic_status_can_be_missing(rig: Rig) -> None:
    rig.fault("no_asb")
    assert rig.say(b"\x1da\xff" + FENCE, 1) == b"\0"
    rig.fault("cover_open")
    assert rig.hears(SHORTLY_S) == b""


def test_only_changes_that_were_asked_for_are_pushed(rig: Rig) -> None:
    assert rig.say(b"\x1da\x08", 4) == b"\x10\x00\x00\x0f"
    rig.fault("hot")
    rig.fault("hot", on=False)
    rig.fault("near_end")
    assert rig.say(b"", 4) == b"\x10\x00\x03\x0f"
    # A reset ends it.
    rig.say(b"\x1b@" + FENCE, 1)
    rig.fault("near_end", on=False)
    assert rig.hears(SHORTLY_S) == b""


def test_real_time_questions_may_go_unanswered_while_offline(rig: Rig) -> None:
    rig.fault("dle_eot_ignored_when_offline")
    assert rig.say(STATUS, 4) == WELL
    rig.fault("cover_open")
    rig.say(STATUS)
    assert rig.hears(SHORTLY_S) == b""
    rig.fault("cover_open", on=False)
    assert rig.say(STATUS, 4) == WELL


def test_slow_stretches_the_mechanism_and_slow_link_the_line() -> None:
    with closing(Rig(speed_mm_s=2_000.0)) as rig:
        rig.say(raster(80) + b"\x1dVB\0" + FENCE, 1)
        rig.fault("slow")
        rig.say(raster(80) + b"\x1dVB\0" + FENCE, 1)
        rig.fault("slow_link")
        rig.say(raster(8) + b"\x1dVB\0" + FENCE, 1)
        quick, slow, crawling = rig.printer.reports()
        assert slow.mechanical_s == pytest.approx(8 * quick.mechanical_s)
        assert quick.wire_s == 0 < crawling.wire_s
        assert crawling.first_byte_s is not None and crawling.last_byte_s is not None
        assert crawling.last_byte_s - crawling.first_byte_s >= 0.9 * crawling.wire_s - 0.01


def test_a_slips_cost_is_reported_and_questions_between_slips_are_not_part_of_it(rig: Rig) -> None:
    rig.say(STATUS + FENCE, 5)
    rig.say(SLIP + FENCE, 1)
    rig.say(STATUS + FENCE, 5)
    [report] = rig.printer.reports()
    assert report.bytes == len(SLIP + FENCE)
    assert report.mechanical_s == pytest.approx((2 + 5 + 120 + 8) / 8 / 1e6)
    assert report.cut_s is not None and report.fence_s is not None and report.cut_s <= report.fence_s
    assert rig.ask("GET", "/printer/reports")[0] == 200


def test_a_process_id_behind_a_slip_is_its_fence_and_begins_no_other_slip(rig: Rig) -> None:
    rig.say(SLIP + PROCESS_ID + FENCE, 8)
    rig.say(PROCESS_ID, 7)
    rig.say(SLIP + PROCESS_ID, 7)
    reports = rig.printer.reports()
    assert [report.bytes for report in reports] == [len(SLIP + PROCESS_ID)] * 2
    for report in reports:
        assert report.cut_s is not None and report.fence_s is not None and report.cut_s <= report.fence_s


def test_every_fault_can_be_switched_on_and_off_in_any_order(rig: Rig) -> None:
    for _ in range(2):
        for fault in FAULTS:
            assert rig.ask("POST", f"/devices/printer/faults/{fault}", {"on": True})[0] == 204
        assert rig.ask("POST", "/faults/clear")[0] == 204
    assert rig.printer.wait_for(lambda printer: printer.state()["powered"], PATIENCE_S)
    rig.line.close()
    rig.connect()
    assert rig.say(b"\x1b@" + SLIP + FENCE, 1) == b"\0"


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(1, 4), st.lists(st.integers(0, 63), max_size=4))
def test_a_real_time_question_is_found_behind_any_bytes_and_in_any_pieces(
    before: bytes, n: int, cuts: list[int]
) -> None:
    whole = before + bytes((0x10, 0x04, n))
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    scanner = Scanner()
    found = [one for a, b in pairwise(edges) for one in scanner.feed(whole[a:b])]
    assert found[-1][:2] == (Order.STATUS, whole[-3:])


@pytest.fixture(scope="module")
def lasting() -> Iterator[Rig]:
    with closing(Rig()) as rig:
        yield rig


@settings(max_examples=40, deadline=None)
@given(
    pieces=st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([SLIP, FENCE, CLEAR, b"\x1dv0\0\x48\0\xff\0"])))
)
def test_whatever_was_sent_before_a_real_time_question_is_answered(lasting: Rig, pieces: list[bytes]) -> None:
    lasting.say(b"".join(pieces) + b"\x10\x04\x01")
    while lasting.say(b"", 1)[0] & 0b1001_0011 != 0b0001_0010:
        pass
    lasting.hears(0.001)
