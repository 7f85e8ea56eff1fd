"""From bytes to presses, without a port: codes, contacts, digits and their settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import devices
from hardware.keypads import keymap
from hardware.keypads.codes import (
    BURST_S,
    MAX_CODE_BYTES,
    PARTIAL_CODE_S,
    QUIET_AFTER_MACHINE_S,
    KeyDecoder,
    code_bytes,
    code_text,
)
from hardware.keypads.debouncer import Debouncer
from hardware.keypads.handlers import DigitCollector, RatingKeys
from hardware.keypads.serial_keys import KeypadBus, Lamp, SerialPad
from hardware.ports import Key, Press

LONG = 10.0


class Decoding:
    """A decoder that is fed and then left alone."""

    def __init__(self, *codes: bytes) -> None:
        self.decoder = KeyDecoder(codes)
        self.codes: list[bytes] = []
        self.garbage = b""

    def at(self, now: float, data: bytes = b"") -> None:
        decoded = self.decoder.feed(data, now)
        self.codes += decoded.codes
        self.garbage += decoded.garbage

    def wait(self) -> None:
        while (at := self.decoder.due()) is not None:
            self.at(at)


# --- codes --------------------------------------------------------------------------------------------


def test_each_key_is_the_byte_of_its_sheet() -> None:
    sheet = {b"\r": "next", b"R": "recall", b"S": "start", b"F": "finish", b"A": "no_show", b"H": "hold", b"P": "pause"}
    more = {b"#": "call", b"T": "transfer", b"C": "clear", **{b"%d" % n: str(n) for n in range(10)}}
    assert keymap.serial_keys({}) == sheet | more


@pytest.mark.parametrize("usual", [keymap.DEFAULT_SERIAL_KEYS, keymap.DEFAULT_EVDEV_KEYS])
def test_every_key_of_a_pad_is_in_the_usual_maps(usual: dict[str, str]) -> None:
    assert set(usual.values()) == set(keymap.KEYS)


def test_of_codes_that_begin_alike_the_longer_counts_if_its_rest_comes_in_time() -> None:
    decoding = Decoding(b"K1", b"K12")
    decoding.at(0.0, b"K1")
    decoding.at(0.05, b"2")
    decoding.at(1.0, b"K1")
    decoding.wait()
    decoding.at(2.0, b"K")
    decoding.at(2.0 + 2 * PARTIAL_CODE_S, b"K1")
    decoding.wait()
    assert decoding.codes == [b"K12", b"K1", b"K1"]
    assert decoding.garbage == b"K"


def test_half_a_code_does_not_swallow_the_next_key() -> None:
    decoding = Decoding(b"K1", b"\r")
    decoding.at(0.0, b"K")
    decoding.at(0.05, b"\r")
    decoding.wait()
    assert (decoding.codes, decoding.garbage) == ([b"\r"], b"K")


def test_codes_faster_than_a_finger_are_no_keys() -> None:
    decoding = Decoding(*keymap.serial_keys({}))
    for n, byte in enumerate(b"https://hall/v/SFHP15#T\r"):
        decoding.at(n * 0.001, bytes([byte]))
    decoding.wait()
    assert decoding.codes == []
    assert len(decoding.garbage) == 24
    decoding.at(LONG, b"\r")
    decoding.wait()
    assert decoding.codes == [b"\r"]


def test_a_slow_scanners_burst_is_none_either_and_a_quick_hand_is_one() -> None:
    scan = Decoding(*keymap.serial_keys({}))
    for n in range(40):
        scan.at(n * 0.0083, b"RSFAHP"[n % 6 : n % 6 + 1])
    scan.wait()
    assert scan.codes == []
    hand = Decoding(*keymap.serial_keys({}))
    for n in range(40):
        hand.at(n * 0.04, b"RSFAHP"[n % 6 : n % 6 + 1])
    hand.wait()
    assert len(hand.codes) == 40


def test_the_end_of_a_burst_that_is_read_late_is_no_keys() -> None:
    decoding = Decoding(*keymap.serial_keys({}))
    decoding.at(0.0, b"https://hall/v/SFHP15")
    decoding.wait()
    decoding.at(3 * BURST_S, b"#T\r")
    decoding.wait()
    assert decoding.codes == []
    decoding.at(3 * BURST_S + QUIET_AFTER_MACHINE_S, b"\r")
    decoding.wait()
    assert decoding.codes == [b"\r"]


def test_keys_that_a_busy_computer_reads_late_and_together_are_keys() -> None:
    decoding = Decoding(*keymap.serial_keys({}))
    decoding.at(0.0, b"15#SFR")
    decoding.wait()
    assert b"".join(decoding.codes) == b"15#SFR"
    decoding.at(LONG, b"15x#S")
    decoding.at(2 * LONG, b"123456789")
    decoding.wait()
    assert b"".join(decoding.codes) == b"15#SFR", "no hand: a byte of no key among them, or too many"


def test_a_press_is_reported_within_the_time_of_a_finger() -> None:
    decoding = Decoding(b"\r")
    decoding.at(0.0, b"\r")
    assert decoding.decoder.due() == BURST_S
    decoding.at(BURST_S)
    assert decoding.codes == [b"\r"]


@given(st.lists(st.tuples(st.binary(max_size=8), st.floats(0, 0.3)), max_size=20))
def test_any_bytes_are_codes_or_counted(story: list[tuple[bytes, float]]) -> None:
    decoding, now = Decoding(b"\r", b"R", b"K1", b"K12"), 0.0
    for data, after_s in story:
        now += after_s
        decoding.at(now, data)
    decoding.wait()
    assert sum(map(len, decoding.codes)) + len(decoding.garbage) == sum(len(data) for data, _ in story)


# --- what the settings may say ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "data"),
    [("\\r", b"\r"), ("\r", b"\r"), ("K1\\n", b"K1\n"), ("\\x02A\\xff", b"\x02A\xff"), ("\\\\", b"\\"), ("", b"")],
)
def test_codes_are_text_with_escapes(text: str, data: bytes) -> None:
    assert code_bytes(text) == data
    assert code_bytes(code_text(data)) == data


@given(st.binary(max_size=MAX_CODE_BYTES))
def test_every_code_can_be_written(data: bytes) -> None:
    assert code_bytes(code_text(data)) == data


@pytest.mark.parametrize("text", ["\\", "\\q", "\\x4", "\\xgg", "é", "x" * 17])
def test_an_impossible_code_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ValueError, match=r"backslash|ASCII|longer"):
        code_bytes(text)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keymap.serial_keys({"R": "recal"}), "unknown key 'recal'; did you mean 'recall'?"),
        (lambda: keymap.serial_keys({"": "next"}), "a code is empty"),
        (lambda: keymap.serial_keys({"\\r": "next", "\r": "start"}), "there twice"),
        (lambda: keymap.evdev_keys({"KEY_KPENTR": "next"}), "did you mean 'KEY_KPENTER'?"),
        (lambda: keymap.evdev_keys({"KEY_B": "nxt"}), "did you mean 'next'?"),
        (lambda: keymap.serial_levels({"A": 4}, 3), "unknown key '4'; known: 1, 2, 3"),
        (lambda: keymap.led_number("LED_NUM"), "did you mean 'LED_NUML'?"),
    ],
)
def test_an_unknown_key_is_refused_with_a_suggestion(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=r"unknown|empty|twice") as refused:
        make()  # type: ignore[operator]
    assert message in str(refused.value)


def test_own_keys_replace_the_usual_map_and_each_begins_with_the_address() -> None:
    assert keymap.serial_keys({"K1": "next"}, "\\x02") == {b"\x02K1": "next"}
    assert keymap.evdev_keys({"KEY_B": "next"}) == {48: "next"}
    assert keymap.serial_levels({}, 3) == {b"1": "1", b"2": "2", b"3": "3"}
    assert set(keymap.evdev_levels({}, 4).values()) == set("1234")


def test_the_settings_name_the_keys_that_there_are() -> None:
    description = devices.KeypadSettings.model_fields["keys"].description or ""
    named = description.rpartition("keys: ")[2].replace("0 to 9", ", ".join("0123456789")).split(", ")
    assert named == list(keymap.KEYS)


# --- contacts and digits ------------------------------------------------------------------------------


def test_a_bounce_is_one_press_whatever_is_pressed_between() -> None:
    debouncer = Debouncer(0.15)
    signals = [("next", 0.0), ("next", 0.01), ("next", 0.05), ("start", 0.1), ("next", 0.15), ("next", 0.4)]
    assert [debouncer.is_new_press(key, at) for key, at in signals] == [True, False, False, True, False, True]


def test_equal_digits_may_come_quickly_after_each_other() -> None:
    debouncer = Debouncer(0.15)
    assert [debouncer.is_new_press("1", at) for at in (0.0, 0.01, 0.1, 0.2)] == [True, False, True, True]


def test_a_stuck_key_is_one_press_and_mends_itself() -> None:
    debouncer = Debouncer(0.15)
    presses = [debouncer.is_new_press("next", n * 0.05) for n in range(100)]
    assert presses == [True] + [False] * 99
    assert debouncer.stuck_key(5.0) == "next"
    assert not debouncer.is_new_press("next", 5.5), "read late by a busy computer"
    assert debouncer.stuck_key(6.6) is None
    assert debouncer.is_new_press("next", 6.6)
    assert debouncer.stuck_key(6.6) is None


def test_digits_wait_five_seconds_for_their_key_and_no_longer() -> None:
    presses: list[Press] = []
    keyed: list[str] = []
    collector = DigitCollector(0.15, presses.append, keyed.append)
    collector.key_signal("1", 0.0)
    collector.key_signal("5", 4.0)
    assert collector.due() == 9.0
    collector.tick(8.9)
    collector.key_signal("call", 8.95)
    collector.key_signal("7", 10.0)
    collector.key_signal("next", 15.1)
    assert presses == [Press(Key.CALL, "15"), Press(Key.NEXT)]
    assert keyed == ["1", "15", "", "7", ""]


@pytest.mark.parametrize("key", ["pause", "hold", "no_show"])
@pytest.mark.parametrize("apart_s", [0.16, 0.3, 0.5, 0.69])
def test_a_double_press_of_a_key_that_undoes_itself_is_one_press(key: str, apart_s: float) -> None:
    presses: list[Press] = []
    collector = DigitCollector(0.15, presses.append, lambda _digits: None)
    for at in (1.0, 1.0 + apart_s, 1.0 + apart_s + 0.75):
        collector.key_signal(key, at)
    assert presses == [Press(Key(key))] * 2


def test_other_keys_between_do_not_make_a_double_press_two() -> None:
    presses: list[Press] = []
    collector = DigitCollector(0.15, presses.append, lambda _digits: None)
    for at, key in ((1.0, "hold"), (1.2, "recall"), (1.4, "hold"), (1.6, "recall")):
        collector.key_signal(key, at)
    assert presses == [Press(Key.HOLD), Press(Key.RECALL), Press(Key.RECALL)]


def test_the_first_key_after_an_outage_counts_however_soon_it_comes() -> None:
    presses: list[Press] = []
    levels: list[int] = []
    collector, rating = DigitCollector(0.15, presses.append, lambda _digits: None), RatingKeys(0.15, levels.append)
    for _ in range(2):
        collector.key_signal("next", 1.0)
        rating.key_signal("1", 1.0)
        collector.reset()
        rating.reset()
    assert (presses, levels) == ([Press(Key.NEXT)] * 2, [1, 1])


def test_a_line_that_lights_a_lamp_learns_when_it_is_to_go_out() -> None:
    calls: list[object] = []

    class Spy(KeypadBus):
        def __init__(self) -> None: ...

        def attach(self, pad: SerialPad, codes: object) -> None: ...

        def write(self, data: bytes) -> None:
            calls.append(data)

        def wake(self) -> None:
            calls.append(pad.due())

    pad = SerialPad(Spy(), {}, RatingKeys(0.15, lambda _level: None), lambda: 100.0, lamp=Lamp(b"L1", b"L0"))
    pad.flash_lamp()
    assert calls == [b"L1", 102.0]


def test_every_stroke_of_a_pad_is_a_key_a_digit_or_the_eraser() -> None:
    presses: list[Press] = []
    collector = DigitCollector(0.0, presses.append, lambda _digits: None)
    for n, stroke in enumerate(keymap.KEYS):
        collector.key_signal(stroke, float(n * 10))
    assert [press.key for press in presses] == list(Key)


def test_a_rating_pad_reports_each_level_once() -> None:
    levels: list[int] = []
    rating = RatingKeys(0.15, levels.append)
    for at, stroke in ((0.0, "1"), (0.01, "1"), (1.0, "4")):
        rating.key_signal(stroke, at)
    assert levels == [1, 4]
