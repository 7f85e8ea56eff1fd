"""The display's voice: passes events to the announcer, and reports outcomes and the speaker's health."""

from dataclasses import replace

from config.clock import Now
from display.flow import announcer
from display.flow.announcer import AnnouncerEvent, ConditionsChanged, GreetingRequested, SpeechOutcome
from display.flow.effects import AcknowledgeCall, Effect, Effects, MissingClips
from display.flow.state import DisplayState, Step
from hardware.ports import DeviceHealth, HealthState
from server.display_content.calls import CALL_KINDS
from server.display_content.speech.utterance import find_missing_clips
from server.wire.messages import Call, Office, to_time
from server.wire.reports import device_status
from server.wire.station.effects import Report
from server.wire.station.events import DeviceTestRequested

MAX_REMEMBERED_OUTCOMES = 60  # of calls that wait to be shown, or were shown just now


def announce(state: DisplayState, event: AnnouncerEvent, now: Now) -> Step:
    """Pass an event to the announcer, and acknowledge the calls whose outcome it reports."""
    if not state.has_voice:
        return state, ()
    next_announcer, announcer_effects = announcer.step(state.announcer, event, now)
    state = replace(state, announcer=next_announcer)
    shown_at_ms = dict(state.shown_calls)
    effects: list[Effect] = []
    for effect in announcer_effects:
        if not isinstance(effect, SpeechOutcome):
            effects.append(effect)
        elif effect.call.kind in CALL_KINDS:
            call_id = effect.call.id
            outcomes = (*state.outcomes, (call_id, effect.outcome))[-MAX_REMEMBERED_OUTCOMES:]
            state = replace(state, outcomes=outcomes)
            if call_id in shown_at_ms:  # otherwise it is acknowledged when it is shown
                effects.append(AcknowledgeCall(call_id, shown_at_ms[call_id], effect.outcome))
    return state, tuple(effects)


def conditions_changed(state: DisplayState, now: Now) -> Step:
    """Pass the time zone, the speaker's health and the demonstration's speed to the announcer."""
    audible = state.speaker is None or state.speaker.state is HealthState.READY
    return announce(state, ConditionsChanged(state.zone, audible, state.speed > 1), now)


def office_changed(state: DisplayState, office: Office, now: Now) -> Step:
    """Report the clips that the voice pack lacks for this office.

    This is done when services and counters are received, not only at a call.
    """
    state, effects = conditions_changed(state, now)
    pack = state.announcer.settings.pack
    if pack is None or not state.has_voice:
        return state, effects
    prefixes = "".join(service.prefix for service in office.services)
    missing = find_missing_clips(pack, prefixes, tuple(counter.label for counter in office.counters))
    if missing == state.missing_clips:
        return state, effects
    state = replace(state, missing_clips=missing)
    log_missing: Effects = (MissingClips(missing),) if missing else ()
    return state, (*effects, *log_missing, *_report_speaker(state, now))


def speaker_changed(state: DisplayState, health: DeviceHealth, now: Now) -> Step:
    """Store and report the speaker's health."""
    state, effects = conditions_changed(replace(state, speaker=health), now)
    return state, (*_report_speaker(state, now), *effects)


def test_speaker(state: DisplayState, event: DeviceTestRequested, now: Now) -> Step:
    """Read the greeting, so that people hear the speaker; ignore other devices."""
    if event.device != "speaker" or event.is_over:
        return state, ()
    greeting = Call.model_validate(
        {
            "id": f"test-{event.test}",
            "kind": "opening",
            "times": 1,
            "number": None,
            "counter": None,
            "label": None,
            "at": to_time(now.wall_ms),
            "class": None,
        }
    )
    return announce(state, GreetingRequested(greeting), now)


def _report_speaker(state: DisplayState, now: Now) -> Effects:
    """Report the speaker's health: a warning if it works but clips are missing."""
    health = state.speaker
    if health is None:
        return ()
    if health.state is HealthState.READY and state.missing_clips:
        health = replace(health, state=HealthState.WARNING, code="clips")
    return (Report(device_status(state.station, "speaker", health, to_time(now.wall_ms))),)
