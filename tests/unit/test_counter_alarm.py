"""The staff alarm from a counter's keypad: 000 and the key that calls."""

import pytest
from counter_bench import CALLED, IDS, OPEN, SERVING, CounterBench, board, connected

from config.devices import KeypadSettings
from counter.flow.alarms import MAX_AGE_S, RETRY_DELAY_S
from counter.flow.effects import FlashLamp, LogMessage, PostAlarm, PostPresence, ShowFace
from counter.flow.events import AlarmAnswered, AlarmLost, BoardChecked, DigitsKeyed, RequestLost
from counter.flow.state import initial_state
from hardware.open.inputs import lamp_beeps
from hardware.ports import Key
from server.wire.station.events import DeviceTestRequested


def alarms(bench: CounterBench) -> list[PostAlarm]:
    return [effect for effect in bench.done if isinstance(effect, PostAlarm)]


@pytest.mark.parametrize("digits", ["000", "0000"])
@pytest.mark.parametrize("key", [Key.NEXT, Key.CALL])
@pytest.mark.parametrize("at_counter", [OPEN, CALLED, SERVING], ids=["free", "called", "serving"])
def test_three_zeros_and_a_calling_key_raise_the_alarm_and_call_nobody(
    key: Key, digits: str, at_counter: dict[str, object]
) -> None:
    bench = connected(board(at_counter))
    effects = bench.press(key, digits=digits)
    (alarm,) = alarms(bench)
    assert (alarm.counter, alarm.body.request_id, alarm.body.station) == ("c3", IDS[0], "counters-1")
    assert bench.posts() == []
    assert PostPresence("c3", key=True) in effects, "somebody is at the counter: an automatic call is acknowledged"


@pytest.mark.parametrize(
    ("key", "digits"),
    [(Key.NEXT, ""), (Key.NEXT, "0"), (Key.NEXT, "00"), (Key.CALL, "001"), (Key.CALL, "1000"), (Key.TRANSFER, "000")],
)
def test_no_other_keys_are_an_alarm(key: Key, digits: str) -> None:
    bench = connected(board(SERVING))
    bench.press(key, digits=digits)
    assert alarms(bench) == []


def test_the_sign_shows_nothing_of_an_alarm_and_only_the_lamp_confirms_it() -> None:
    bench = connected(board(SERVING))
    shown = bench.face
    bench.happens(*(DigitsKeyed("c3", "0" * count) for count in (1, 2, 3, 0)))
    bench.press(Key.NEXT, digits="000")
    assert FlashLamp("keypad-c3", silently=True) not in bench.done
    assert bench.happens(AlarmAnswered("c3")) == [FlashLamp("keypad-c3", silently=True)]
    assert bench.face == shown
    assert not any(isinstance(effect, ShowFace) for effect in bench.done)
    assert bench.passes(MAX_AGE_S * 2) is not None
    assert len(alarms(bench)) == 1


def test_an_alarm_does_not_wait_for_a_key_that_the_server_does_not_answer() -> None:
    bench = connected(board(SERVING))
    bench.press(Key.FINISH)
    bench.press(Key.NEXT, digits="000")
    assert len(alarms(bench)) == 1
    bench.happens(BoardChecked("c3", board(SERVING)), RequestLost("c3"))
    assert bench.state.counters["c3"].presses != (), "the other key is still being tried"


def test_an_alarm_is_sent_again_as_the_same_request_until_the_server_has_it() -> None:
    bench = connected(board(SERVING))
    bench.press(Key.NEXT, digits="000")
    for _ in range(5):
        bench.happens(AlarmLost("c3"))
        bench.press(Key.NEXT, digits="000")
        bench.passes(RETRY_DELAY_S)
    bench.happens(AlarmAnswered("c3", "too_many"))
    bench.passes(RETRY_DELAY_S)
    assert {alarm.body.request_id for alarm in alarms(bench)} == {IDS[0]}
    assert len(alarms(bench)) == 7
    bench.happens(AlarmAnswered("c3"))
    bench.press(Key.NEXT, digits="000")
    assert alarms(bench)[-1].body.request_id == IDS[6], "after that it can be raised anew"


def test_an_alarm_older_than_ten_minutes_is_not_sent_any_more() -> None:
    bench = connected(board(SERVING))
    bench.press(Key.NEXT, digits="000")
    passed_s = 0.0
    while bench.state.alarms and passed_s < MAX_AGE_S * 2:
        bench.happens(AlarmLost("c3"))
        bench.passes(RETRY_DELAY_S)
        passed_s += RETRY_DELAY_S
    assert MAX_AGE_S <= passed_s <= MAX_AGE_S + 2 * RETRY_DELAY_S
    (message,) = [effect for effect in bench.done if isinstance(effect, LogMessage) and "alarm" in effect.text]
    assert "could not be sent to the server for 10 min" in message.text
    assert message.warning


def test_a_refused_alarm_is_logged_and_neither_shown_nor_confirmed() -> None:
    bench = connected(board(SERVING))
    bench.press(Key.NEXT, digits="000")
    (message,) = bench.happens(AlarmAnswered("c3", "forbidden"))
    assert isinstance(message, LogMessage)
    assert "forbidden" in message.text


def test_an_alarm_is_not_raised_while_the_keypad_is_tested() -> None:
    bench = CounterBench(initial_state("counters-1", ["c3"], "Tạm gác", expected_inputs={"keypad-c3": (Key.NEXT, "0")}))
    bench.happens(DeviceTestRequested("keypad-c3", "t1"))
    bench.press(Key.NEXT, digits="000")
    assert alarms(bench) == []


def test_a_lamp_that_beeps_is_known_so_that_it_stays_silent() -> None:
    assert lamp_beeps(KeypadSettings(kind="serial", port="/dev/x", lamp_on="\\x07"))
    assert not lamp_beeps(KeypadSettings(kind="serial", port="/dev/x", lamp_on="\\x12"))
    assert not lamp_beeps(KeypadSettings(kind="evdev", port="/dev/x", lamp_on="LED_CAPSL"))
