"""The counter station's step: ``step(state, event, now) -> (state, effects)``.

Keys of one counter are carried out one after the other. A key that concerns a ticket first reads the board, so that it
is decided by the state after the previous key. NEXT is sent without reading the board: the server chooses the ticket.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from config.clock import Now
from config.device_trials import tested_detail
from counter.flow import alarms, counter_devices, device_tests, ratings, scans, server_events
from counter.flow.effects import Effect, Effects, LogMessage, PostPresence, PostUnreadScan
from counter.flow.events import (
    AlarmAnswered,
    AlarmLost,
    BoardChecked,
    CodeScanned,
    DeviceChanged,
    DigitsKeyed,
    Event,
    HeldTicketsFetched,
    KeyPressed,
    Rated,
    RatingAnswered,
    RatingLost,
    RequestAnswered,
    RequestLost,
    RequestRefused,
    ScanAnswered,
)
from counter.flow.server_events import FETCH_INTERVAL_S
from counter.flow.state import CounterStationState, Step, with_devices, with_pad
from hardware.ports import DeviceHealth, HealthState
from server.wire.messages import to_time
from server.wire.reports import device_status
from server.wire.station.effects import Fetch, Report
from server.wire.station.events import (
    BrokerConnectionChanged,
    DeviceTestRequested,
    HeartbeatReceived,
    PictureReceived,
    PicturesFetched,
    Tick,
)

NO_HEARTBEAT = (
    f"no heartbeat from the server; its board is fetched every {FETCH_INTERVAL_S:.0f} s. Until that is answered the "
    "signs wired to this machine keep their numbers; a sign that reads the broker itself shows dashes without a "
    "heartbeat"
)
HEARTBEAT_BACK = "the server's heartbeat is received"


def step(state: CounterStationState, event: Event, now: Now) -> Step:
    """Return the next state and the effects.

    ``next_wake_s`` returns when to send a ``Tick``.
    """
    state, effects = _handle(state, event, now)
    state, due_effects = _due_effects(state, now)
    return state, (*effects, *due_effects)


def next_wake_s(state: CounterStationState) -> float | None:
    """Return the next moment (monotonic seconds) at which the state changes without an event."""
    moments = [state.fetch_at_s]
    if not state.stale:
        moments.append(state.liveness.expires_at_s)
    moments += [counter_devices.next_wake_s(devices) for devices in state.counters.values()]
    moments.append(alarms.next_wake_s(state.alarms))
    moments += [moment for pad in state.pads.values() for moment in (pad.send_at_s, pad.lost_at_s)]
    return min((moment for moment in moments if moment is not None), default=None)


def _handle(state: CounterStationState, event: Event, now: Now) -> Step:
    if isinstance(event, TestedInput) and (tested := _tested(state, event, now)) is not None:
        return tested
    match event:
        case KeyPressed() | DigitsKeyed() | RequestAnswered() | RequestRefused() | RequestLost() | HeldTicketsFetched():
            return _key_event(state, event, now)
        case AlarmAnswered() | AlarmLost():
            pending, effects = alarms.answered(state.alarms, event, now)
            return replace(state, alarms=pending), effects
        case CodeScanned():
            return _code_scanned(state, event, now)
        case ScanAnswered():
            return _scan_answered(state, event, now), ()
        case Rated() | RatingAnswered() | RatingLost():
            return _rating_event(state, event, now)
        case PictureReceived():
            return server_events.board_received(state, event.picture, now), ()
        case PicturesFetched():
            return server_events.board_fetched(state, event, now)
        case BoardChecked():
            return server_events.board_checked(state, event, now)
        case HeartbeatReceived():
            return server_events.heartbeat_received(state, event, now), ()
        case BrokerConnectionChanged():
            return server_events.connection_changed(state, event, now), ()
        case DeviceChanged():
            return _device_changed(state, event, now)
        case DeviceTestRequested():
            return _test_device(state, event, now), ()
        case Tick():
            return state, ()
    assert_never(event)


KeyEvent = KeyPressed | DigitsKeyed | RequestAnswered | RequestRefused | RequestLost | HeldTicketsFetched


def _key_event(state: CounterStationState, event: KeyEvent, now: Now) -> Step:
    """Handle a key, or an answer to the call that the first waiting key needed."""
    devices = state.counters[event.counter]
    if devices.server_call is None and not isinstance(event, KeyPressed | DigitsKeyed):
        return state, ()  # the answer to a call that was given up
    match event:
        case KeyPressed() if alarms.is_alarm(event):
            pending = alarms.keyed(state.alarms, event, state.context.station, now)
            return replace(state, alarms=pending), (PostPresence(event.counter, key=True),)
        case KeyPressed():
            devices = counter_devices.key_pressed(devices, event)
            return with_devices(state, devices), (PostPresence(event.counter, key=True),)
        case DigitsKeyed():
            devices = replace(devices, keyed_digits=event.digits)
        case RequestAnswered():
            devices = counter_devices.request_answered(devices)
            # The new board will arrive over MQTT; fetching it is quicker, and also works without a broker.
            state = replace(state, fetch_at_s=now.mono_s)
        case RequestRefused():
            devices = counter_devices.request_refused(devices, event.code, now)
        case RequestLost():
            devices = counter_devices.request_lost(devices, now, is_busy=event.is_busy)
        case HeldTicketsFetched():
            devices = counter_devices.held_tickets_fetched(devices, event, state.context, now)
        case _:
            assert_never(event)
    return with_devices(state, devices), ()


def _code_scanned(state: CounterStationState, event: CodeScanned, now: Now) -> Step:
    request = scans.scan_request(event.counter, event.text, state.context.station)
    if isinstance(request, PostUnreadScan):
        word = scans.UNREAD_WORDS[request.body.why]
        devices = counter_devices.show_refusal(state.counters[event.counter], word, now)
        return with_devices(state, devices), (request,)
    return state, (request, PostPresence(event.counter, key=True))


def _scan_answered(state: CounterStationState, event: ScanAnswered, now: Now) -> CounterStationState:
    devices = state.counters[event.counter]
    if event.meaning is None:
        return with_devices(state, counter_devices.show_refusal(devices, scans.refusal_word(event.problem), now))
    line = scans.clerk_line(event.meaning)
    if line is None:
        return with_devices(state, counter_devices.show_refusal(devices, scans.UNKNOWN_CODE, now))
    return with_devices(state, counter_devices.show_note(devices, line, now))


def _rating_event(state: CounterStationState, event: Rated | RatingAnswered | RatingLost, now: Now) -> Step:
    pad = state.pads[event.counter]
    effects: Effects = ()
    match event:
        case Rated():
            pad = ratings.pressed(pad, event, state.context.station, now)
        case RatingAnswered():
            pad, effects = ratings.answered(pad, event.code, now)
        case RatingLost():
            pad, effects = ratings.lost(pad, now)
    return with_pad(state, pad), effects


def _device_changed(state: CounterStationState, event: DeviceChanged, now: Now) -> Step:
    health, name = event.health, event.device
    reported_at = to_time(now.wall_ms)
    previous = state.device_states.get(name)
    since = previous[2] if previous and previous[:2] == (health.state, health.code) else reported_at
    state = replace(state, device_states={**state.device_states, name: (health.state, health.code, since)})
    kind, _, counter = name.partition("-")  # for example keypad-c1
    if kind == "keypad":
        ready = health.state is HealthState.READY
        devices = replace(state.counters[counter], keypad_ready=ready, presence_due_at_s=now.mono_s)
        state = with_devices(state, devices if ready else replace(devices, keyed_digits=""))
    return state, (Report(device_status(state.context.station, name, health, reported_at, since=since)),)


def _test_device(state: CounterStationState, event: DeviceTestRequested, now: Now) -> CounterStationState:
    """Begin or end the test of a device; ignore a device without a test."""
    kind, _, counter = event.device.partition("-")
    if counter not in state.counters:
        return state
    devices = state.counters[counter]
    if kind == "sign" and not event.is_over:
        return with_devices(state, counter_devices.begin_sign_test(devices, now))
    tests = state.input_tests
    if event.is_over:
        return replace(state, input_tests=tests.ended(event.device))
    if event.device not in tests.expected:
        return state
    state = replace(state, input_tests=tests.begun(event.device, now.mono_s))
    return with_devices(state, counter_devices.begin_keypad_test(devices)) if kind == "keypad" else state


TestedInput = KeyPressed | DigitsKeyed | Rated | CodeScanned


def _tested(state: CounterStationState, event: TestedInput, now: Now) -> Step | None:
    """Report the input of a tested device with its health; None without a test."""
    name, inputs = _input_of(event)
    if not state.input_tests.is_running(name, now.mono_s):
        return None
    tests, at = state.input_tests.with_inputs(name, inputs, now.mono_s), to_time(now.wall_ms)
    health_state, code, since = state.device_states.get(name, (HealthState.READY, None, at))
    health = DeviceHealth(health_state, code, tested_detail(tests.received(name), tests.missing(name)))
    report = Report(device_status(state.context.station, name, health, at, since=since))
    return replace(state, input_tests=tests), (report,)


def _input_of(event: TestedInput) -> tuple[str, Iterable[str]]:
    """Return the device of an input, and the names of the keys or codes."""
    match event:
        case KeyPressed():
            return f"keypad-{event.counter}", (event.key,)
        case DigitsKeyed():
            return f"keypad-{event.counter}", event.digits or (device_tests.CLEAR,)
        case Rated():
            return f"pad-{event.counter}", (str(event.level),)
        case CodeScanned():
            return f"scanner-{event.counter}", (device_tests.UNREADABLE if event.text is None else device_tests.CODE,)


def _due_effects(state: CounterStationState, now: Now) -> Step:
    """Return the effects that are due now, after any event."""
    state, notices = _log_notices(state, now)
    effects: list[Effect] = list(notices)
    if state.fetch_at_s is not None and now.mono_s >= state.fetch_at_s:
        state = replace(state, fetch_at_s=None)
        effects.append(Fetch(now.mono_s))
    pending, posted_alarms = alarms.due_effects(state.alarms, now)
    state = replace(state, alarms=pending)
    effects += posted_alarms
    for devices in state.counters.values():
        devices, calls = counter_devices.due_effects(devices, state.context, now)
        devices, faces = counter_devices.show_face(devices, state.board, now)
        state = with_devices(state, devices)
        effects += (*calls, *faces)
    for pad in state.pads.values():
        pad, posts = ratings.due_effects(pad, now)
        state = with_pad(state, pad)
        effects += posts
    return state, tuple(effects)


def _log_notices(state: CounterStationState, now: Now) -> Step:
    """Return log messages for the staff, each once.

    They are about the server's heartbeat, and about counters that do not exist.
    """
    notices: list[Effect] = []
    alive = state.connected and state.liveness.is_alive(now.mono_s)
    if alive == state.stale:
        state = replace(state, stale=not alive, fetch_at_s=state.fetch_at_s if alive else now.mono_s)
        notices.append(LogMessage(HEARTBEAT_BACK if alive else NO_HEARTBEAT, warning=not alive))
    if state.board is not None:
        unknown_counters = frozenset(state.counters) - {counter.id for counter in state.board.counters}
        if unknown_counters - state.unknown_counters:
            text = f"the office has no counter {', '.join(sorted(unknown_counters))}; check [[counter.desks]]"
            notices.append(LogMessage(text, warning=True))
        state = replace(state, unknown_counters=unknown_counters)
    return state, tuple(notices)
