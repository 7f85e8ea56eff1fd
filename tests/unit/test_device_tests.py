"""The tests of devices that the first set-up asks for."""

from collections.abc import Sequence

from config.clock import Now
from counter.flow import counter_devices
from counter.flow.effects import Effect, FlashLamp, PostPresence, PostRequest, ShowFace
from counter.flow.events import Event, KeyPressed, event_of
from counter.flow.state import CounterStationState, initial_state
from counter.flow.step import next_wake_s, step
from display.flow import announcer
from display.flow.announcer import Announcer, AnnouncerSettings, GreetingRequested, Speak
from hardware.ports import Key, SignFace
from server.display_content.speech.packs import SHIPPED
from server.wire.messages import Call, DeviceTest
from server.wire.reports import TESTED_KEY
from server.wire.station.effects import Report
from server.wire.station.events import DeviceTestRequested, ReceivedMessage, Tick
from server.wire.voice import VoicePack

IDS = [f"00000000-0000-4000-8000-{n:012d}" for n in range(3)]
TESTED = SignFace(None, word=counter_devices.TEST_WORD, below="TEST")
PACK = VoicePack.model_validate_json((SHIPPED / "vi" / "manifest.json").read_bytes())


def at(seconds: float) -> Now:
    return Now(1_800_000_000_000 + round(seconds * 1000), round(seconds * 1000), seconds)


def station() -> CounterStationState:
    return initial_state("counters-1", ["c1"], "giữ", {})


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


def test_the_next_key_of_a_tested_keypad_is_reported_and_calls_nobody() -> None:
    state, effects = take(station(), DeviceTestRequested("keypad-c1", "t1"), 10)
    assert FlashLamp("keypad-c1") in effects
    state, effects = take(state, KeyPressed("c1", Key.NEXT, IDS[1]), 12)
    assert not [effect for effect in effects if isinstance(effect, PostRequest | PostPresence)]
    [report] = [effect for effect in effects if isinstance(effect, Report)]
    assert (report.status.device, report.status.detail) == ("keypad-c1", f"{TESTED_KEY} next")
    _, effects = take(state, KeyPressed("c1", Key.NEXT, IDS[2]), 13)
    assert [effect for effect in effects if isinstance(effect, PostRequest)]


def test_a_key_long_after_the_test_works_as_always() -> None:
    state, _ = take(station(), DeviceTestRequested("keypad-c1", "t1"), 10)
    _, effects = take(state, KeyPressed("c1", Key.NEXT, IDS[1]), 10 + counter_devices.KEY_TEST_S)
    assert [effect for effect in effects if isinstance(effect, PostRequest)]


def test_devices_of_other_counters_and_other_kinds_are_ignored() -> None:
    for device in ("sign-c9", "pad-c1", "speaker"):
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
