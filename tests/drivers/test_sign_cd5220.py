"""The CD5220 driver on a real pseudo-terminal, against literal bytes and against the simulated sign."""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st
from keypad_rules import Clock

from hardware.health.monitor import HealthMonitor
from hardware.ports import DeviceHealth, HealthState, SignFace
from hardware.serial_bus.bus import SerialBus
from hardware.serial_bus.unclaimed import REMEMBERED_S
from hardware.signs.bus_sign import BusSign
from hardware.signs.cd5220 import Cd5220, encode_lines, line_texts
from hardware.signs.rendering import render
from hardware.simulated.signs.pole_display import PoleDisplay
from hardware.simulated.signs.segments import SIXTEEN_SEGMENTS
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.terminal import Terminal
from support.scaled_time import mono_s
from support.waiting import until

BEGIN = b"\r\x0c\x1b@"  # ends half a string, leaves string mode, initialises
BLANK = b"\x1bQA" + b" " * 20 + b"\r\x1bQB" + b" " * 20 + b"\r"
A015 = b"\x1bQAA015" + b" " * 16 + b"\r\x1bQB" + b" " * 20 + b"\r"


class Cable:
    """The other end of the cable, with everything that came through it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.received = bytearray()
        self.terminal = Terminal(path, self.received.extend)

    def close(self) -> None:
        self.terminal.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Cable]:
    with closing(Cable(tmp_path / "sign")) as cable:
        yield cable


def opened(
    path: Path | str, *, resend_s: float = 60.0, baud: int = 9600, clock: Callable[[], float] = mono_s
) -> BusSign:
    return BusSign(SerialBus(str(path), baud, clock), Cd5220(), resend_s=resend_s, name="sign-c1")


def displayed_lines(face: SignFace, *, since: float = 0.0, now: float = 0.0) -> tuple[str, str]:
    """The two lines at ``now``."""
    return line_texts(render(face, since, now, blinks=False, shows_refusals=True)[0])


def test_a_number_is_sent_by_the_makers_table(line: Cable) -> None:
    with closing(opened(line.path)) as sign:
        sign.show(SignFace("A015"))
        until(lambda: line.received.endswith(A015))
    assert line.received.startswith(BEGIN)


def test_nothing_but_blanks_is_sent_before_the_first_number(line: Cable) -> None:
    with closing(opened(line.path)):
        until(lambda: line.received == BEGIN + BLANK)


def test_a_paused_counter_shows_dashes_and_never_the_old_number() -> None:
    assert displayed_lines(SignFace("A015", paused=True)) == ("----", "")


def test_a_refusal_is_shown_before_the_number() -> None:
    assert displayed_lines(SignFace("A015", word="Err", below="OPEN TICKET")) == ("Err", "OPEN TICKET")


@pytest.mark.parametrize("number", ["Đ015", "A0\r15", "A\x1bQB", "A" * 21])
def test_a_number_that_the_sign_cannot_show_whole_is_not_shown(number: str) -> None:
    assert Cd5220().capacity.text(number) is None


def test_a_call_blinks_three_times_at_one_hertz_and_then_stays() -> None:
    face = SignFace("A015", blink=True)
    seen = []
    for at in (0.0, 0.49, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 99.0):
        what, change_at = render(face, 10.0, 10.0 + at, blinks=False, shows_refusals=True)
        seen.append((at, what.text, change_at))
    assert seen == [
        (0.0, "A015", 10.5),
        (0.49, "A015", 10.5),
        (0.5, "", 11.0),
        (1.0, "A015", 11.5),
        (1.5, "", 12.0),
        (2.0, "A015", 12.5),
        (2.5, "", 13.0),
        (3.0, "A015", None),
        (99.0, "A015", None),
    ]


def test_a_blinking_call_reaches_the_line_as_alternating_frames(line: Cable) -> None:
    with closing(opened(line.path, clock=mono_s)) as sign:
        until(lambda: line.received.endswith(BLANK))
        line.received.clear()
        sign.show(SignFace("A015", blink=True))
        until(lambda: len(_changes(line.received)) >= 7, lambda: line.received)
        assert _changes(line.received)[:7] == [A015, BLANK, A015, BLANK, A015, BLANK, A015]


def _changes(received: bytearray) -> list[bytes]:
    """Return the frames received, without those that repeat the frame before."""
    frames = [bytes(received[at : at + len(BLANK)]) for at in range(0, len(received), len(BLANK))]
    return [frame for frame, _ in groupby(frames) if len(frame) == len(BLANK)]


def test_the_last_of_many_values_wins(line: Cable) -> None:
    with closing(opened(line.path)) as sign:
        for number in range(1, 1000):
            sign.show(SignFace(f"A{number:03d}"))
        until(lambda: line.received.endswith(encode_lines("A999", "")))


def test_the_same_frame_is_sent_again_and_again(line: Cable) -> None:
    with closing(opened(line.path, resend_s=0.02)) as sign:
        sign.show(SignFace("A015"))
        until(lambda: line.received.count(A015) >= 3)


def test_the_sign_is_blank_after_close_and_close_may_be_called_again(line: Cable) -> None:
    sign = opened(line.path)
    sign.show(SignFace("A015"))
    until(lambda: line.received.endswith(A015))
    sign.close()
    until(lambda: line.received.endswith(BLANK))
    sign.close()
    sign.show(SignFace("A016"))
    assert sign.health().state is HealthState.OFFLINE


def test_an_unplugged_sign_is_offline_and_shows_the_newest_number_when_it_is_back(line: Cable) -> None:
    with closing(opened(line.path)) as sign:
        sign.show(SignFace("A015"))
        until(lambda: sign.health().state is HealthState.READY and line.received.endswith(A015))
        line.terminal.unplug()
        until(lambda: sign.health().state is HealthState.OFFLINE)
        sign.show(SignFace("A016"))
        line.terminal.plug()
        until(lambda: line.received.endswith(BEGIN + encode_lines("A016", "")))
        assert sign.health().state is HealthState.READY


def test_an_unchanged_number_is_sent_at_once_when_the_cable_is_back(line: Cable) -> None:
    with closing(opened(line.path)) as sign:
        sign.show(SignFace("A015"))
        until(lambda: sign.health().state is HealthState.READY and line.received.endswith(A015))
        line.terminal.unplug()
        until(lambda: sign.health().state is HealthState.OFFLINE)
        line.received.clear()
        line.terminal.plug()
        until(lambda: line.received == BEGIN + A015, lambda: line.received)


def test_a_sign_that_is_not_there_at_the_start_is_offline_and_found_later(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "sign")) as sign:
        sign.show(SignFace("A015"))
        until(lambda: sign.health().state is HealthState.OFFLINE)
        with closing(Cable(tmp_path / "sign")) as line:
            until(lambda: line.received.endswith(A015))


def test_a_sign_whose_line_is_full_is_offline_not_ready(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    try:
        with closing(opened(Path(os.ttyname(theirs)), resend_s=0.001, baud=921600)) as sign:
            until(lambda: sign.health().state is HealthState.OFFLINE)
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_sign_behind_a_network_adapter_is_a_url_and_may_be_lost_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as adapter:
        url = f"socket://127.0.0.1:{adapter.getsockname()[1]}"
        with closing(opened(url)) as sign:
            sign.show(SignFace("A015"))
            for _ in range(2):
                cable, _ = adapter.accept()
                with closing(cable), cable.makefile("rb") as received:
                    assert received.read(len(BEGIN + A015)).startswith(BEGIN)
                until(lambda: sign.health().state is HealthState.OFFLINE)


def test_the_port_is_ours_alone(line: Cable) -> None:
    with closing(opened(line.path)) as sign:
        until(lambda: sign.health().state is HealthState.READY)
        with pytest.raises(serial.SerialException) as refused:
            serial.Serial(str(line.path), exclusive=True)
        assert refused.value.errno == errno.EAGAIN


def test_an_outage_and_its_end_are_logged_once_each(line: Cable, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "hardware")
    states: list[HealthState] = []

    def changed(_name: str, health: DeviceHealth) -> None:
        states.append(health.state)

    with closing(opened(line.path)) as sign:
        until(lambda: sign.health().state is HealthState.READY)
        with closing(HealthMonitor({"sign-c1": sign}, changed, interval_s=0.002)):
            line.terminal.unplug()
            until(lambda: HealthState.OFFLINE in states)
            line.terminal.plug()
            until(lambda: states == [HealthState.READY, HealthState.OFFLINE, HealthState.READY])
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert messages[0].startswith("sign-c1 is offline: ")
    assert messages[1] == "sign-c1 is ready again"


def simulated(path: Path) -> SimulatedSign:
    return SimulatedSign("c1", path, mono_s)


def test_the_twin_shows_the_drivers_number(tmp_path: Path) -> None:
    with closing(simulated(tmp_path / "sign")) as screen, closing(opened(tmp_path / "sign")) as sign:
        for face, expected in (
            (SignFace("A015"), ("A015", "")),
            (SignFace(None, paused=True), ("----", "")),
            (SignFace("X1000", word="Err", below="NO TICKET"), ("Err", "NO TICKET")),
            (SignFace("X1000"), ("X1000", "")),
            (SignFace(None), ("", "")),
        ):
            sign.show(face)
            until(lambda expected=expected: screen.shown() == expected)


def test_the_twin_reports_blinking_and_its_end(tmp_path: Path) -> None:
    with closing(simulated(tmp_path / "sign")) as screen, closing(opened(tmp_path / "sign")) as sign:
        sign.show(SignFace("A015", blink=True))
        until(lambda: screen.state()["blinking"])
        until(lambda: not screen.state()["blinking"])
        assert screen.shown() == ("A015", "")


def test_a_sign_without_power_stays_ready_and_is_dark_until_the_number_is_sent_again(tmp_path: Path) -> None:
    with closing(simulated(tmp_path / "sign")) as screen, closing(opened(tmp_path / "sign", resend_s=0.05)) as sign:
        sign.show(SignFace("A015"))
        until(lambda: screen.shown() == ("A015", ""))
        screen.set_fault("unpowered", on=True)
        assert screen.shown() == ("", "")
        assert [name for name, on in screen.faults.items() if on] == ["unpowered"]
        assert sign.health().state is HealthState.READY
        screen.set_fault("unpowered", on=False)
        until(lambda: screen.shown() == ("A015", ""))


def test_bytes_from_a_one_way_sign_are_another_device_until_it_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    with (
        closing(simulated(tmp_path / "sign")) as screen,
        closing(opened(tmp_path / "sign", resend_s=0.05, clock=clock)) as sign,
    ):
        until(lambda: sign.health().state is HealthState.READY, sign.health)
        screen.set_fault("wrong_device", on=True)
        until(lambda: sign.health().code == "wrong", sign.health)
        assert sign.health().state is HealthState.FAULT
        assert b"ERROR".hex(" ") in sign.health().detail
        screen.set_fault("wrong_device", on=False)
        sign.show(SignFace("A015"))
        until(lambda: screen.shown() == ("A015", ""), screen.shown)
        assert sign.health().code == "wrong"
        clock.ahead_s += REMEMBERED_S
        until(lambda: sign.health() == DeviceHealth(HealthState.READY), sign.health)
    (message,) = (record.getMessage() for record in caplog.records)
    assert message.startswith(f"{tmp_path / 'sign'}: unexpected bytes: ")


def test_another_device_on_the_port_is_another_matter(line: Cable) -> None:
    with closing(opened(line.path)) as sign:
        until(lambda: line.received == BEGIN + BLANK)
        line.terminal.send(b"893500112233\r")
        until(lambda: sign.health().code == "wrong", sign.health)
        line.terminal.unplug()
        until(lambda: sign.health().code == "off")
        line.terminal.plug()
        until(lambda: sign.health() == DeviceHealth(HealthState.READY), sign.health)


def test_what_a_loose_wire_sounds_like_is_no_device(line: Cable) -> None:
    with closing(opened(line.path)) as sign:
        until(lambda: line.received == BEGIN + BLANK)
        line.terminal.send(b"\x00\xff" * 20 + b"1234567")
        until(lambda: sign._bus.unclaimed_bytes == 47)
        assert sign.health() == DeviceHealth(HealthState.READY)
        line.terminal.send(b"8")
        until(lambda: sign.health().code == "wrong", sign.health)


def test_an_adapter_with_echo_is_no_wrong_device(
    line: Cable, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.serial_bus.echo.MAX_ECHO_DELAY_S", 60.0)
    with closing(opened(line.path, baud=115200)) as sign:
        for number in range(1, 9):
            sign.show(SignFace(f"A{number:03d}"))
            until(
                lambda number=number: line.received.endswith(encode_lines(f"A{number:03d}", "")), lambda: line.received
            )
        # An adapter on USB keeps it back, and gives it in pieces that have nothing to do with frames.
        for place in range(0, len(line.received), 30):
            line.terminal.send(bytes(line.received[place : place + 30]))
        line.terminal.send(b"~")
        until(lambda: sign._bus.unclaimed_bytes)
        assert (sign._bus.unclaimed_bytes, sign.health()) == (1, DeviceHealth(HealthState.READY))
    assert [record.getMessage() for record in caplog.records] == [f"{line.path}: unexpected bytes: 7e"]


def test_pulling_the_twins_cable_takes_its_link_away_and_brings_it_back(tmp_path: Path) -> None:
    with closing(simulated(tmp_path / "sign")) as screen:
        screen.set_fault("unplugged", on=True)
        assert not (tmp_path / "sign").is_symlink()
        screen.set_fault("unplugged", on=False)
        assert (tmp_path / "sign").is_char_device()
    assert not (tmp_path / "sign").is_symlink()


@given(st.lists(st.sampled_from("KMNVX0189AB"), max_size=7).map("".join), st.data())
def test_the_twin_reads_the_drivers_bytes_however_they_are_cut(number: str, data: st.DataObject) -> None:
    whole = BEGIN + encode_lines("Z9999", "OLD") + encode_lines(number, "")
    cut = data.draw(st.integers(0, len(whole)))
    glass = PoleDisplay()
    glass.feed(whole[:cut])
    glass.feed(whole[cut:])
    assert (glass.upper, glass.lower, glass.ignored_bytes) == (number, "", 0)


@pytest.mark.parametrize("cut", range(len(A015) + 1))
def test_a_sign_left_in_the_middle_of_a_frame_reads_the_next_one_right(cut: int) -> None:
    glass, off = PoleDisplay(), PoleDisplay()
    glass.feed(encode_lines("Z9999", "OLD") + A015[:cut])  # the cable was pulled: it has power, and waits
    off.feed(A015[cut:])  # its power came: it hears the rest of a frame, as letters
    for display, opening in ((glass, Cd5220().opening_frames()), (off, ())):
        display.feed(b"".join(sent.data for sent in opening) + encode_lines("B777", "NEW"))
        assert display.displayed_lines() == ("B777", "NEW")


def test_the_twin_accepts_only_the_pages_commands_in_string_mode() -> None:
    glass = PoleDisplay()
    glass.feed(b"AB\rC")  # letters go where the cursor is
    assert glass.displayed_lines() == ("CB", "")
    glass.feed(b"\x1bQAA0\r" + b"\x1b@" + b"XYZ")
    assert glass.displayed_lines() == ("A0", "")
    glass.feed(b"\x1bQAB\r\x1bQBlower\r")
    assert glass.displayed_lines() == ("B0", "lower")
    glass.feed(b"\x18N")
    assert glass.displayed_lines() == ("N", "lower")
    glass.feed(b"\x1b@")
    assert glass.displayed_lines() == ("", "")


def test_noise_before_a_frame_leaves_nothing_on_the_twin() -> None:
    glass = PoleDisplay()
    glass.feed(b"\xff\x00\x1bQZ" + encode_lines("A015", ""))
    assert glass.displayed_lines() == ("A015", "")
    assert glass.ignored_bytes == 3  # the rest are letters, and written over


def test_no_two_letters_and_no_two_digits_look_alike() -> None:
    for kind in ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"):
        assert len({SIXTEEN_SEGMENTS[char] for char in kind}) == len(kind)
