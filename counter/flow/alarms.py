"""Raise the staff alarm of a counter from its keypad.

Its keys are 000 and the key that calls a number. No ticket has the number 0, so they mean nothing else. The alarm does
not wait behind other keys. The sign shows nothing of it: visitors see the sign. The keypad's lamp is lit once the
server has the alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.clock import Now
from counter.flow.effects import Effects, FlashLamp, LogMessage, PostAlarm
from counter.flow.events import AlarmAnswered, AlarmLost, KeyPressed
from hardware.ports import Key
from server.wire.messages import ProblemCode, RaiseAlarm

ALARM_DIGITS = "000"
"""The fewest digits of the alarm; a fourth 0 by a hasty hand is the alarm too."""
ALARM_KEYS = (Key.NEXT, Key.CALL)
"""Keys that complete the alarm: those that call the keyed number."""
RETRY_DELAY_S = 2.0
MAX_AGE_S = 600.0
"""An alarm is sent again for so long after it was keyed. A later one would send a colleague to a scene that is over."""
ANSWER_TIMEOUT_S = 30.0  # a call without an answer event after this time was lost in this program


@dataclass(frozen=True, slots=True)
class PendingAlarm:
    """An alarm that the server does not have yet. Moments are monotonic seconds.

    It is sent (again) at ``send_at_s``, and its call is treated as lost at ``lost_at_s``, each None while not due.
    """

    counter: str
    body: RaiseAlarm
    keyed_at_s: float
    send_at_s: float | None
    lost_at_s: float | None = None


PendingAlarms = Mapping[str, PendingAlarm]
"""The alarms that are being sent, by counter."""


def is_alarm(press: KeyPressed) -> bool:
    """Return whether a key with its digits is the staff alarm."""
    return press.key in ALARM_KEYS and press.digits.startswith(ALARM_DIGITS) and not press.digits.strip("0")


def keyed(alarms: PendingAlarms, press: KeyPressed, station: str, now: Now) -> PendingAlarms:
    """Return the alarms after one was keyed.

    While one of its counter is being sent, no other is added.
    """
    if press.counter in alarms:
        return alarms
    body = RaiseAlarm(request_id=press.request_id, station=station)
    return {**alarms, press.counter: PendingAlarm(press.counter, body, now.mono_s, now.mono_s)}


def answered(alarms: PendingAlarms, event: AlarmAnswered | AlarmLost, now: Now) -> tuple[PendingAlarms, Effects]:
    """Return the alarms after an answer, or schedule the same request again."""
    alarm = alarms.get(event.counter)
    if alarm is None:
        return alarms, ()
    if isinstance(event, AlarmLost) or event.code == ProblemCode.TOO_MANY:
        return _again(alarms, alarm, now)
    if event.code is None:
        return _without(alarms, alarm), (FlashLamp(f"keypad-{alarm.counter}", silently=True),)
    text = f"counter {alarm.counter}: the staff alarm was refused ({event.code})"
    return _without(alarms, alarm), (LogMessage(text, warning=True),)


def due_effects(alarms: PendingAlarms, now: Now) -> tuple[PendingAlarms, Effects]:
    """Return the effects that are due now."""
    effects: Effects = ()
    for alarm in tuple(alarms.values()):
        if alarm.lost_at_s is not None and now.mono_s >= alarm.lost_at_s:
            alarms, lost_effects = _again(alarms, alarm, now)
            effects += lost_effects
        elif alarm.send_at_s is not None and now.mono_s >= alarm.send_at_s:
            alarms = _with(alarms, replace(alarm, send_at_s=None, lost_at_s=now.mono_s + ANSWER_TIMEOUT_S))
            effects += (PostAlarm(alarm.counter, alarm.body),)
    return alarms, effects


def next_wake_s(alarms: PendingAlarms) -> float | None:
    """Return the next moment at which the alarms change without an event."""
    moments = [moment for alarm in alarms.values() for moment in (alarm.send_at_s, alarm.lost_at_s)]
    return min((moment for moment in moments if moment is not None), default=None)


def _again(alarms: PendingAlarms, alarm: PendingAlarm, now: Now) -> tuple[PendingAlarms, Effects]:
    if now.mono_s - alarm.keyed_at_s >= MAX_AGE_S:
        text = f"counter {alarm.counter}: the staff alarm could not be sent to the server for {MAX_AGE_S / 60:.0f} min"
        return _without(alarms, alarm), (LogMessage(text, warning=True),)
    return _with(alarms, replace(alarm, send_at_s=now.mono_s + RETRY_DELAY_S, lost_at_s=None)), ()


def _with(alarms: PendingAlarms, alarm: PendingAlarm) -> PendingAlarms:
    return {**alarms, alarm.counter: alarm}


def _without(alarms: PendingAlarms, alarm: PendingAlarm) -> PendingAlarms:
    return {counter: other for counter, other in alarms.items() if counter != alarm.counter}
