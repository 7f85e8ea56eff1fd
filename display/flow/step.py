"""The hall display's step: ``step(state, event, now) -> (state, effects)``."""

from dataclasses import replace
from typing import assert_never

from config.clock import Now
from display.flow import server_events, voice
from display.flow.announcer import SpeechEnded
from display.flow.call_panel import advance_panel, wake_moments
from display.flow.events import Event, Played, SpeakerChanged, SpeedChanged
from display.flow.state import STARTING_S, DisplayState, Step
from server.wire.station.events import (
    BrokerConnectionChanged,
    DeviceTestRequested,
    HeartbeatReceived,
    LogoFetched,
    PictureReceived,
    PicturesFetched,
    Tick,
)
from server.wire.station.logo import StationLogo


def step(state: DisplayState, event: Event, now: Now) -> Step:
    """Return the next state and the effects, in order.

    ``next_wake_s`` returns when to send a ``Tick``.
    """
    state, effects = _handle(state, event, now)
    state, panel_effects = advance_panel(state, now)
    state, fetch = server_events.fetch_if_due(state, now)
    return state, (*effects, *panel_effects, *fetch)


def next_wake_s(state: DisplayState, now: Now) -> float:
    """Return the next monotonic moment at which the state changes without an event.

    ``display.screens.view.next_view_s`` returns the moments of the clock and of turning pages.
    """
    moments = [state.started_at_s + STARTING_S, *wake_moments(state)]
    if state.retry_at_s is not None:
        moments.append(state.retry_at_s)
    if state.liveness.expires_at_s is not None:
        moments.append(state.liveness.expires_at_s)
    return min((moment for moment in moments if moment > now.mono_s), default=now.mono_s + 60)


def _handle(state: DisplayState, event: Event, now: Now) -> Step:
    match event:
        case PictureReceived():
            return server_events.picture_received(state, event.picture, now)
        case PicturesFetched():
            return server_events.pictures_fetched(state, event, now)
        case HeartbeatReceived():
            return server_events.heartbeat_received(state, event, now)
        case BrokerConnectionChanged():
            return server_events.fetch(state, now) if event.connected else (state, ())
        case Played():
            return voice.announce(state, SpeechEnded(event.call, event.reading, event.to_its_end), now)
        case SpeakerChanged():
            return voice.speaker_changed(state, event.health, now)
        case SpeedChanged():
            return voice.conditions_changed(replace(state, speed=event.speed), now)
        case DeviceTestRequested():
            return voice.test_speaker(state, event, now)
        case LogoFetched():
            return replace(state, logo=StationLogo(event.name, event.png)), ()
        case Tick():
            return state, ()
    assert_never(event)
