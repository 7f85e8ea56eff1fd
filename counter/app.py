"""``luot-counter``: signs, keypads, scanners and rating pads of all counters wired to this machine.

A ``desk`` is the section of the settings for one counter and its devices. Composes the program; closes its parts in
reverse order.
"""

import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.link import needs_enrolment
from config.load import ConfigError, exit_with
from config.program import parse_command_line, require_section
from config.settings import CounterStationSettings, Settings
from config.words import words
from counter.effects.devices import OpenedDevices, UnusableDevice
from counter.effects.runner import CounterEffectRunner
from counter.effects.sign_updates import SignUpdates
from counter.enrolment import enrol_at_signs
from counter.flow.events import DeviceChanged, Event, event_of
from counter.flow.state import CounterStationState, initial_state
from counter.loop import CounterInbox, run
from hardware.health.monitor import HealthMonitor
from hardware.open.possible_inputs import possible_inputs
from hardware.open.signs import digits_at_once, drops_zeros
from server.wire.messages import Board, DeviceTest, ServerBeat
from server.wire.mqtt_connection import MqttConnection
from server.wire.station.compose import StationSetup, start_station
from server.wire.station.enrol.link import EnrolledStation, EnrolmentRun
from server.wire.station.events import BrokerConnectionChanged, ReceivedMessage


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return 0, or 78 when the settings cannot be used."""
    path, settings = parse_command_line("luot-counter", "Signs and keypads of the counters.", arguments)
    station = require_section(settings.counter, "counter", "luot-counter", path)
    counters = [desk.counter for desk in station.desks]
    if duplicates := sorted({counter for counter in counters if counters.count(counter) > 1}):
        exit_with(
            ConfigError([f"{path}: [[counter.desks]]: {', '.join(duplicates)}: there twice; keep one section each"])
        )
    try:
        enrolled = None
        if needs_enrolment(settings):
            enrolled = _enrol(settings, station)
            if enrolled is None:
                return 0
            settings = enrolled.settings
            station = require_section(settings.counter, "counter", "luot-counter", path)
        with ExitStack() as exit_stack:
            _run(settings, station, exit_stack, enrolled)
    except (UnusableDevice, ValueError) as error:
        exit_with(ConfigError([f"{path}: [[counter.desks]]: {error}"]))
    return 0


def _enrol(settings: Settings, station: CounterStationSettings) -> EnrolledStation | None:
    """Show the code on the signs until the station is enrolled; None to end.

    All devices are opened, so that settings which cannot be used are reported first. Raises ``UnusableDevice``.
    """
    boot_s = partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    run = EnrolmentRun(settings, "counter", mono_s=boot_s, random_bytes=secrets.token_bytes)
    with ExitStack() as exit_stack:
        devices = _open_devices(station, boot_s, exit_stack, lambda _: None)
        digits = [digits_at_once(desk.sign, station.signs) for desk in station.desks]
        without_zeros = any(drops_zeros(desk.sign, station.signs) for desk in station.desks)
        return enrol_at_signs(run, list(devices.signs.values()), digits, without_zeros=without_zeros)


def _run(
    settings: Settings, station: CounterStationSettings, exit_stack: ExitStack, enrolled: EnrolledStation | None
) -> None:
    inbox = CounterInbox()
    setup = start_station(
        settings,
        station.station,
        "counter",
        boot=uuid.uuid4().hex[:8],
        wall_ns=time.time_ns,
        boot_ns=partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME),
        stop=lambda: inbox.put(None),
        exit_stack=exit_stack,
        enrolled=enrolled,
    )
    devices = _open_devices(station, setup.clock.mono_s, exit_stack, inbox.put)
    server = setup.open_client()
    sign_updates = SignUpdates(setup.topics, devices.signs)
    mqtt = _connect(setup, devices, sign_updates, inbox)
    runner = CounterEffectRunner(
        station.station,
        setup.topics,
        server,
        mqtt,
        devices.signs,
        inbox.put,
        devices.lamps,
        beepers=devices.beepers,
        mono_s=setup.clock.mono_s,
    )
    exit_stack.enter_context(closing(runner))
    on_change = lambda device, health: inbox.put(DeviceChanged(device, health))
    setup.supervise(HealthMonitor(devices.monitored, on_change, wall_ms=setup.wall_ms))
    run(_initial_state(settings, station), inbox, runner.run, setup.clock, setup.notifier)


def _open_devices(
    station: CounterStationSettings,
    mono_s: Callable[[], float],
    exit_stack: ExitStack,
    on_event: Callable[[Event], None],
) -> OpenedDevices:
    """Open the devices of every counter. Raises ``UnusableDevice``."""
    devices = OpenedDevices(on_event, lambda: str(uuid.uuid4()), mono_s, exit_stack, station.signs)
    for desk in station.desks:
        devices.open(desk)
    return devices


def _connect(
    setup: StationSetup, devices: OpenedDevices, sign_updates: SignUpdates, inbox: CounterInbox
) -> MqttConnection:
    """Connect to the broker; pass received messages to the loop and to the signs."""

    def on_message(message: ReceivedMessage) -> None:
        if (event := event_of(message)) is not None:
            inbox.put(event)
        sign_updates.receive(message)

    def on_connection(event: BrokerConnectionChanged) -> None:
        inbox.put(event)
        sign_updates.connection_changed(connected=event.connected)

    return setup.connect(
        devices=devices.monitored,
        models={
            setup.topics.board: Board,
            setup.topics.server: ServerBeat,
            setup.topics.test(setup.station): DeviceTest,
            **sign_updates.models,
        },
        on_message=on_message,
        on_connection=on_connection,
    )


def _initial_state(settings: Settings, station: CounterStationSettings) -> CounterStationState:
    hold_reason = words(settings.machine.language)("clerk", "Tạm gác bằng bàn phím")
    pad_key_counts = {desk.counter: desk.pad.levels for desk in station.desks if desk.pad.kind != "none"}
    counters = [desk.counter for desk in station.desks]
    return initial_state(station.station, counters, hold_reason, pad_key_counts, possible_inputs(station.desks))


if __name__ == "__main__":
    raise SystemExit(main())
