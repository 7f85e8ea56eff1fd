"""The tests of devices that the first set-up asks for."""

from collections.abc import Sequence

from config.clock import Now
from config.device_trials import inputs_of_test
from counter.flow import counter_devices, device_tests
from counter.flow.effects import (
    Effect,
    FlashLamp,
    PostPresence,
    PostRating,
    PostRequest,
    PostScan,
    ShowFace,
)
from counter.flow.events import CodeScanned, DigitsKeyed, Event, KeyPressed, Rated, event_of
from counter.flow.state import CounterStationState, initial_state
from counter.flow.step import next_wake_s, step
from display.flow import announcer
from display.flow.announcer import Announcer, AnnouncerSettings, GreetingRequested, Speak
from hardware.ports import Key, SignFace
from server.display_content.speech.packs import SHIPPED
from server.wire.messages import Call, DeviceTest
from server.wire.station.effects import Report
from server.wire.station.events import DeviceTestRequested, ReceivedMessage, Tick
from server.wire.voice import VoicePack

IDS = [f"00000000-0000-4000-8000-{n:012d}" for n in range(3)]
TESTED = SignFace(None, word=counter_devices.TEST_WORD, below="TEST")
EXPECTED = {"keypad-c1": ("next", "start", "clear", "1", "2"), "pad-c1": ("1", "2", "3"), "scanner-c1": ("code",)}
PACK = VoicePack.model_validate_json((SHIPPED / "vi" / "manifest.json").read_bytes())


def at(seconds: float) -> Now:
    return Now(1_800_000_000_000 + round(seconds * 1000), round(seconds * 1000), seconds)


def station() -> CounterStationState:
    return initial_state("counters-1", ["c1"], "giữ", {"c1": 3}, EXPECTED)


def take(state: CounterStationState, event: Event, seconds: float) -> tuple[CounterStationState, Sequence[Effect]]:
    return step(state, event, at(seconds))


def faces(effects: Sequence[Effect]) -> list[SignFace]:
    return [effect.face for effect in effects if isinstance(effect, ShowFace)]


def test_a_sign_is_lit_for_a_moment_and_then_shows_what_it_showed() -> None:
    state, effects = take(station(), DeviceTestRequested("sign-c1", "t1"), 10)
    assert faces(effects) == [TESTED]
    assert (next_wake_s(state) or 0) <= 10 + counter_devices.SIGN_TEST_S
    state, effects = take(state, Tick(), 10 + counter_devices.SIGN_TEST_S)
    assert faces(effects) == [SignFace(None)]


def reported(effects: Sequence[Effect]) -> tuple[str, tuple[Sequence[str], Sequence[str]] | None]:
    """Return the device of the only report, and its received and missing inputs."""
    [report] = [effect for effect in effects if isinstance(effect, Report)]
    return report.status.device, inputs_of_test(report.status.detail)


def is_quiet(effects: Sequence[Effect]) -> bool:
    return not [effect for effect in effects if isinstance(effect, PostRequest | PostPresence | PostScan | PostRating)]


def test_the_keys_of_a_tested_keypad_are_reported_with_those_missing_and_call_nobody() -> None:
    state, effects = take(station(), DeviceTestRequested("keypad-c1", "t1"), 10)
    assert FlashLamp("keypad-c1") in effects
    state, effects = take(state, KeyPressed("c1", Key.NEXT, IDS[1]), 12)
    assert is_quiet(effects)
    assert reported(effects) == ("keypad-c1", (["next"], ["start", "clear", "1", "2"]))
    state, _ = take(state, DigitsKeyed("c1", "1"), 13)
    state, _ = take(state, DigitsKeyed("c1", "12"), 14)
    state, _ = take(state, DigitsKeyed("c1", ""), 15)
    state, effects = take(state, KeyPressed("c1", Key.START, IDS[2]), 16)
    assert reported(effects) == ("keypad-c1", (["next", "1", "2", "clear", "start"], []))
    state, effects = take(state, DeviceTestRequested("keypad-c1", "t1", is_over=True), 17)
    _, effects = take(state, KeyPressed("c1", Key.NEXT, IDS[2]), 18)
    assert [effect for effect in effects if isinstance(effect, PostRequest)]


def test_a_key_long_after_the_last_one_of_the_test_works_as_always() -> None:
    state, _ = take(station(), DeviceTestRequested("keypad-c1", "t1"), 10)
    state, effects = take(state, KeyPressed("c1", Key.NEXT, IDS[1]), 10 + device_tests.TEST_S - 1)
    assert is_quiet(effects)
    _, effects = take(state, KeyPressed("c1", Key.NEXT, IDS[2]), 10 + 2 * device_tests.TEST_S)
    assert [effect for effect in effects if isinstance(effect, PostRequest)]


def test_a_tested_rating_pad_rates_nobody() -> None:
    state, _ = take(station(), DeviceTestRequested("pad-c1", "t1"), 10)
    state, _ = take(state, Rated("c1", 3, IDS[0]), 11)
    state, effects = take(state, Rated("c1", 1, IDS[1]), 12)
    assert is_quiet(effects)
    assert reported(effects) == ("pad-c1", (["3", "1"], ["2"]))


def test_a_tested_scanner_reports_that_it_read_a_code_and_not_the_code() -> None:
    state, _ = take(station(), DeviceTestRequested("scanner-c1", "t1"), 10)
    state, effects = take(state, CodeScanned("c1", "000.00.00.H01-261123-0001"), 11)
    assert is_quiet(effects)
    assert reported(effects) == ("scanner-c1", (["code"], []))
    _, effects = take(state, CodeScanned("c1", None), 12)
    assert reported(effects) == ("scanner-c1", (["code", "unreadable"], []))


def test_devices_of_other_counters_and_other_kinds_are_ignored() -> None:
    for device in ("sign-c9", "pad-c9", "printer", "speaker"):
        _, effects = take(station(), DeviceTestRequested(device, "t1"), 10)
        assert faces(effects) == []


def test_a_test_that_the_broker_kept_is_ignored() -> None:
    message = DeviceTest(test="t1", device="sign-c1")
    assert event_of(ReceivedMessage("test/counters-1", message)) == DeviceTestRequested("sign-c1", "t1")
    assert event_of(ReceivedMessage("test/counters-1", message, retained=True)) is None


def test_the_speaker_reads_the_greeting_once_and_only_after_the_first_board() -> None:
    greeting = Call.model_validate(
        {
            "id": "test-t1",
            "kind": "opening",
            "times": 1,
            "number": None,
            "counter": None,
            "label": None,
            "at": "2026-11-23T01:12:05.100Z",
            "class": None,
        }
    )
    early = Announcer(AnnouncerSettings(PACK), None)
    assert announcer.step(early, GreetingRequested(greeting), at(10)) == (early, ())
    ready = Announcer(AnnouncerSettings(PACK), ())
    state, effects = announcer.step(ready, GreetingRequested(greeting), at(10))
    [speak] = [effect for effect in effects if isinstance(effect, Speak)]
    assert (speak.announcement.call.id, speak.announcement.readings) == ("test-t1", 1)
    assert announcer.is_speaking(state, "test-t1")
