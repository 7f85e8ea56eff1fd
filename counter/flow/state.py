"""The state of a counter station."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from counter.flow.alarms import PendingAlarms
from counter.flow.counter_devices import CounterDevices, KeyContext
from counter.flow.device_tests import InputTests
from counter.flow.effects import Effects
from counter.flow.ratings import RatingPadState
from hardware.ports import HealthState
from server.wire.messages import Board
from server.wire.station.liveness import ServerLiveness
from server.wire.station.newest import Trust


@dataclass(frozen=True, slots=True)
class CounterStationState:
    """The whole station. Moments are monotonic seconds.

    ``counters``: keypad and sign by counter; ``pads``: rating pad by counter. ``board``: the newest one that was
    accepted; ``trust``: whether it is the server's own, or must be checked with it. ``last_check_at_s``: when a doubted
    board was last checked with the server. ``fetch_at_s``: when to fetch the board next; None: not due. ``connected``:
    to the broker. ``liveness``: whether the server is alive; ``stale``: it is not. ``device_states``: by device, state,
    code and since when (a time of the wire). ``unknown_counters``: counters of this station that the office does not
    have. ``input_tests``: of keypads, rating pads and scanners. ``alarms``: staff alarms that are being sent.
    """

    context: KeyContext
    counters: Mapping[str, CounterDevices]
    pads: Mapping[str, RatingPadState]
    board: Board | None = None
    trust: Trust[Board] = field(default_factory=Trust)
    last_check_at_s: float = float("-inf")
    connected: bool = False
    liveness: ServerLiveness = field(default_factory=ServerLiveness)
    stale: bool = True
    fetch_at_s: float | None = 0.0
    device_states: Mapping[str, tuple[HealthState, str | None, str]] = field(default_factory=dict)
    unknown_counters: frozenset[str] = frozenset()
    input_tests: InputTests = field(default_factory=InputTests)
    alarms: PendingAlarms = field(default_factory=dict)


Step = tuple[CounterStationState, Effects]
"""The next state, and the effects to carry out."""


def initial_state(
    station: str,
    counters: Iterable[str],
    hold_reason: str,
    pad_key_counts: Mapping[str, int] | None = None,
    expected_inputs: Mapping[str, tuple[str, ...]] | None = None,
) -> CounterStationState:
    """Return the state at the start: nothing received, and all signs dark.

    ``pad_key_counts``: the number of keys of each counter's rating pad. ``hold_reason``: see ``counter.flow.keys``.
    ``expected_inputs``: those of each keypad, rating pad and scanner by its name, for tests.
    """
    pads = {counter: RatingPadState(counter, count) for counter, count in (pad_key_counts or {}).items()}
    devices = {counter: CounterDevices(counter) for counter in counters}
    tests = InputTests(expected_inputs or {})
    return CounterStationState(KeyContext(station, hold_reason), devices, pads, input_tests=tests)


def with_devices(state: CounterStationState, devices: CounterDevices) -> CounterStationState:
    """Replace the devices of one counter."""
    return replace(state, counters={**state.counters, devices.counter: devices})


def with_pad(state: CounterStationState, pad: RatingPadState) -> CounterStationState:
    """Replace the rating pad of one counter."""
    return replace(state, pads={**state.pads, pad.counter: pad})
