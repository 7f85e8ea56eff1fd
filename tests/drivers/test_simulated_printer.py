"""The simulated printer from below: bytes in, status and paper out, and its control port."""

import io
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
from PIL import Image

from hardware.simulated.control import DeviceControl
from hardware.simulated.printers.faults import FAULTS
from hardware.simulated.printers.paper import HEAD_TO_CUTTER_ROWS, MAX_SLIPS
from support.simulated_printer import FENCE, ROW, SLIP, PrinterRig
from support.waiting import PATIENCE_S


@pytest.fixture
def rig() -> Iterator[PrinterRig]:
    with closing(PrinterRig()) as rig:
        yield rig


def test_the_paper_is_exactly_the_dots_of_the_bytes(rig: PrinterRig) -> None:
    assert rig.exchange(SLIP + FENCE, 1) == b"\x00"
    status, body = rig.request("GET", "/printer/slips/1.png")
    image = Image.open(io.BytesIO(body))
    # 15 mm that were past the head already, two rows, five fed, eight before the cut; 80 mm wide.
    assert status == 200 and image.size == (640, HEAD_TO_CUTTER_ROWS + 2 + 5 + 8)
    black = {(x, y) for y in range(image.height) for x in range(640) if not image.getpixel((x, y))}
    assert black == {(32 + x, HEAD_TO_CUTTER_ROWS + y) for x in range(576) if x % 8 < 4 for y in (0, 1)}


def test_status_bytes_are_epsons(rig: PrinterRig) -> None:
    asked = b"".join(bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))
    assert rig.exchange(asked, 4) == bytes((0x12, 0x12, 0x12, 0x12))
    rig.printer.set_fault("paper_out", on=True)
    assert rig.exchange(asked, 4) == bytes((0x1A, 0x32, 0x12, 0x7E))
    rig.printer.set_fault("paper_out", on=False)
    rig.printer.set_fault("cover_open", on=True)
    assert rig.exchange(asked, 4) == bytes((0x1A, 0x16, 0x12, 0x12))


def test_a_roll_that_ends_stops_the_printer_and_is_near_its_end_before() -> None:
    with closing(PrinterRig(roll_mm=20.0)) as short:
        assert short.exchange(b"\x10\x04\x04", 1) == b"\x1e"
        short.exchange(SLIP + FENCE)
        assert short.exchange(b"", 1) == b"\x03"
        short.exchange(SLIP + FENCE)
        assert short.printer.wait_for(lambda printer: not printer.state()["paper"], PATIENCE_S)
        assert short.request("POST", "/printer/roll") == (204, b"")
        assert short.exchange(b"", 1) == b"\x03"


def test_real_time_queries_are_answered_inside_data_and_while_stopped(rig: PrinterRig) -> None:
    rig.printer.set_fault("paper_out", on=True)
    assert rig.exchange(SLIP[:40] + b"\x10\x04\x04" + SLIP[43:] + FENCE, 1) == b"\x7e"
    # The fence is answered in its turn only: after the new roll.
    rig.printer.new_roll()
    assert rig.exchange(b"", 1) == b"\x00"
    assert [piece["cut"] for piece in rig.printer.state()["slips"]] == [True]


def test_no_row_is_lost_when_the_paper_ends_in_the_middle(rig: PrinterRig) -> None:
    rig.printer.set_fault("paper_out_mid", on=True)
    rig.exchange(b"\x1b@\x1dv0\0\x48\0\x90\x01" + ROW * 400)
    assert rig.printer.wait_for(lambda printer: not printer.state()["paper"], PATIENCE_S)
    rig.printer.new_roll()
    assert rig.exchange(b"\x1dVB\0" + FENCE, 1) == b"\x00"
    # 40 mm on the old roll, the rest on the new; each begins with the 15 mm between head and cutter.
    rows = [piece["rows"] - HEAD_TO_CUTTER_ROWS for piece in rig.printer.state()["slips"]]
    assert rows == [320, 80]


def test_a_question_split_between_packets_is_answered_once(rig: PrinterRig) -> None:
    rig.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"\x10\x04\x01\x10\x04\x04":
        rig.exchange(bytes([byte]))
    assert rig.exchange(FENCE, 3) == b"\x12\x12\x00"


def test_changes_are_pushed_once_requested(rig: PrinterRig) -> None:
    assert rig.exchange(b"\x1da\xff", 4) == bytes((0x10, 0x00, 0x00, 0x0F))
    rig.printer.set_fault("cover_open", on=True)
    assert rig.exchange(b"", 4) == bytes((0x38, 0x00, 0x00, 0x0F))
    rig.printer.set_fault("cover_open", on=False)
    assert rig.exchange(b"", 4) == bytes((0x10, 0x00, 0x00, 0x0F))


def test_a_process_id_is_returned_when_the_slip_is_out(rig: PrinterRig) -> None:
    assert rig.exchange(SLIP + b"\x1d(H\x06\x00000042", 7) == b"\x37\x220042\x00"


def test_unknown_commands_are_counted_and_skipped(rig: PrinterRig) -> None:
    assert rig.exchange(b"\x1bZ\x01\x1d(k\x03\0\x32\x43\x08" + FENCE, 1) == b"\x00"
    assert rig.printer.state()["unknown_commands"] == {"command 1b 5a": 1, "byte 01": 1, "GS ( k 3243": 1}


def test_only_the_last_slips_are_kept(rig: PrinterRig) -> None:
    rig.exchange(SLIP * (MAX_SLIPS + 3) + FENCE, 1)
    numbers = [piece["n"] for piece in rig.printer.state()["slips"]]
    assert numbers == list(range(4, MAX_SLIPS + 4))
    assert rig.request("GET", "/printer/slips/3.png")[0] == 404


def test_paper_rises_from_the_slot_at_the_printers_speed() -> None:
    with closing(PrinterRig(speed_mm_s=100.0)) as rig:
        rig.exchange(b"\x1b@\x1dv0\0\x48\0\x90\x01" + ROW * 400)
        start_s = time.monotonic()
        assert rig.printer.wait_for(lambda printer: bool(printer.state()["slips"]), PATIENCE_S)
        growing = rig.printer.state()["slips"][-1]
        assert not growing["cut"] and 0 < growing["rows"] < 400
        # 15 mm are hidden between head and cutter; the rest takes its time.
        assert rig.exchange(FENCE, 1) == b"\x00"
        assert time.monotonic() - start_s >= 0.3


def test_slips_are_taken_newest_first_and_paper_put_back(rig: PrinterRig) -> None:
    rig.exchange(SLIP + SLIP + FENCE, 1)
    assert json.loads(rig.request("POST", "/printer/take")[1]) == {"n": 2}
    assert json.loads(rig.request("POST", "/printer/take")[1]) == {"n": 1}
    assert rig.request("POST", "/printer/take")[0] == 409
    assert rig.request("POST", "/printer/paper", {"present": False})[0] == 204
    assert rig.exchange(b"\x10\x04\x04", 1) == b"\x7e"
    assert rig.request("POST", "/printer/paper", {"present": True})[0] == 204
    assert rig.exchange(b"\x10\x04\x04", 1) == b"\x12"


def test_unplugged_resets_the_link_and_refuses_until_plugged_in(rig: PrinterRig) -> None:
    assert rig.request("POST", "/devices/printer/faults/unplugged", {"on": True})[0] == 204
    with pytest.raises(ConnectionError):
        rig.exchange(b"\x10\x04\x01", 1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(rig.printer.address, timeout=PATIENCE_S)
    assert rig.request("POST", "/faults/clear")[0] == 204
    rig.connection.close()
    rig.connection = socket.create_connection(rig.printer.address, timeout=PATIENCE_S)
    assert rig.exchange(b"\x10\x04\x01", 1) == b"\x12"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/printer/take", None, 405),
        ("POST", "/printer/paper", {}, 400),
        ("POST", "/printer/paper", {"present": "yes"}, 400),
        ("POST", "/printer/paper", [1], 400),
        ("POST", "/devices/toaster/faults/unplugged", {"on": True}, 404),
        ("POST", "/devices/printer/faults/on_fire", {"on": True}, 404),
    ],
)
def test_a_wrong_request_is_refused_in_words_and_changes_nothing(
    rig: PrinterRig, method: str, path: str, body: object, status: int
) -> None:
    before = rig.printer.state()
    got, text = rig.request(method, path, body)
    assert got == status and json.loads(text)["detail"]
    assert rig.printer.state() == before


def test_brackets_without_end_are_no_json(rig: PrinterRig) -> None:
    connection = HTTPConnection(*rig.control.address, timeout=PATIENCE_S)
    with closing(connection):
        connection.request("POST", "/printer/paper", "[" * 60_000)
        answer = connection.getresponse()
        assert answer.status == 400 and json.loads(answer.read())["detail"]


def test_all_devices_are_listed_with_their_faults(rig: PrinterRig) -> None:
    [device] = json.loads(rig.request("GET", "/devices")[1])
    assert device["id"] == device["kind"] == "printer" and device["left_mm"] == 80_000
    assert device["faults"] == dict.fromkeys(FAULTS, False)
    assert sorted(name for names in device["groups"].values() for name in names) == sorted(FAULTS)


def test_the_control_port_stays_on_the_machine() -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        DeviceControl("0.0.0.0", 0, [])
