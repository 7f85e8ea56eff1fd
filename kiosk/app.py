"""``luot-kiosk``: the touchscreen on which visitors take numbers.

Composes the program; closes its parts in reverse order.
"""

import logging
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial

from config.address import split_address
from config.clock import Clock
from config.link import needs_enrolment
from config.load import ConfigError, exit_with
from config.program import parse_command_line, require_section
from config.settings import KioskSettings, Settings
from config.setup_notice import read_notice
from config.slips import SlipLayout, load_layout
from hardware.health.monitor import HealthMonitor, Monitored
from hardware.open.printer import open_printer, wants_compact
from hardware.ports import DeviceHealth, Printer
from hardware.screens.control import ScreenControl
from hardware.screens.frames import Frames
from hardware.screens.panel import Panel
from hardware.screens.touch import Touch
from hardware.screens.window import Inbox, ScreenHealth, Window, WindowClosed
from kiosk.control_port import name_of_tap, tap_by_name
from kiosk.effects.printer import PrinterCalls
from kiosk.effects.runner import KioskEffectRunner
from kiosk.effects.server import ServerCalls
from kiosk.effects.slip import SlipContext
from kiosk.enrolment import enrol_on_screen
from kiosk.flow.events import PrinterHealthRead, PrintFinished
from kiosk.flow.state import FlowSettings
from kiosk.flow.step import start
from kiosk.loop import KioskLoop, LoopContext, LoopEvent
from kiosk.screens.draw import make_panel
from kiosk.subscriptions import event_of, topic_models
from server.wire.station.compose import StationSetup, start_station
from server.wire.station.enrol.link import EnrolledStation, EnrolmentRun
from server.wire.station.events import ReceivedMessage

log = logging.getLogger(__name__)

MIN_SCALE = 0.95
"""Least size of the panel as a share of the size the screens are designed for; below it a warning is logged."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the window's end.

    Returns 0; ends the process with 78 when the settings cannot be used.
    """
    path, settings = parse_command_line("luot-kiosk", "The kiosk on which visitors take numbers.", arguments)
    kiosk = require_section(settings.kiosk, "kiosk", "luot-kiosk", path)
    try:
        layout = load_layout(kiosk.printer.layout)
        enrolled = None
        if needs_enrolment(settings):
            boot_s = partial(time.clock_gettime, time.CLOCK_BOOTTIME)
            run = EnrolmentRun(settings, "kiosk", mono_s=boot_s, random_bytes=secrets.token_bytes)
            enrolled = enrol_on_screen(run, kiosk, settings.machine.control_token)
            if enrolled is None:
                return 0
            settings = enrolled.settings
            kiosk = require_section(settings.kiosk, "kiosk", "luot-kiosk", path)
        with ExitStack() as exit_stack:
            _run(settings, kiosk, layout, exit_stack, enrolled)
    except ConfigError as error:
        exit_with(error)
    return 0


@dataclass(frozen=True, slots=True)
class KioskDevices:
    """The open devices of the kiosk. ``monitored``: those whose health is reported, by name.

    ``frames``: the drawn frames of the screen, for the control port; None without one.
    """

    panel: Panel
    window: Window
    touch: Touch
    frames: Frames | None
    printer: Printer | None
    monitored: Mapping[str, Monitored]


def _run(
    settings: Settings,
    kiosk: KioskSettings,
    layout: SlipLayout,
    exit_stack: ExitStack,
    enrolled: EnrolledStation | None,
) -> None:
    inbox: Inbox[LoopEvent] = Inbox()
    setup = start_station(
        settings,
        kiosk.station,
        "kiosk",
        boot=uuid.uuid4().hex[:8],
        wall_ns=time.time_ns,
        boot_ns=partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME),
        stop=lambda: inbox.put(WindowClosed()),
        exit_stack=exit_stack,
        enrolled=enrolled,
    )
    clock = setup.clock
    devices = _open_devices(settings, kiosk, clock, inbox, exit_stack)
    printer = devices.printer
    server = setup.open_client()
    setup.supervise(_connect(setup, devices, inbox))
    server_calls = ServerCalls(kiosk.station, server, inbox.put, clock.mono_s)
    printer_calls = PrinterCalls(printer, inbox.put, _slip_context(kiosk, layout), clock)
    runner = exit_stack.enter_context(closing(KioskEffectRunner(server_calls, printer_calls)))
    if kiosk.control is not None and devices.frames is not None:
        _open_control_port(kiosk, kiosk.control, settings.machine.control_token, devices.frames, inbox, exit_stack)
    read, new_id = partial(read_notice, settings.machine.state), lambda: str(uuid.uuid4())
    context = LoopContext(clock, new_id, runner.run, printer, devices.frames, setup.notifier, read)
    flow_settings = _flow_settings(kiosk, settings.machine.language, has_printer=printer is not None)
    unconfirmed = printer.unconfirmed() if printer is not None else ()
    state = start(flow_settings, clock.now(), unconfirmed)
    KioskLoop(state, devices.panel, devices.window, context, devices.touch).run(inbox)


def _slip_context(kiosk: KioskSettings, layout: SlipLayout) -> SlipContext:
    compact = wants_compact(kiosk.printer)
    return SlipContext(
        kiosk.label,
        lists_papers=kiosk.printer.papers_list,
        compact=compact,
        layout=layout,
        at_desk=not kiosk.screen.fitted,
    )


def _open_devices(
    settings: Settings, kiosk: KioskSettings, clock: Clock, inbox: Inbox[LoopEvent], exit_stack: ExitStack
) -> KioskDevices:
    """Open window and printer; ``exit_stack`` closes them."""
    panel, window = _open_window(kiosk, exit_stack)
    opened = open_printer(
        kiosk.printer,
        settings.machine.state / kiosk.station,
        clock.mono_s,
        lambda: clock.now().wall_ms,
        lambda late_result: inbox.put(PrintFinished(late_result)),
    )
    printer = exit_stack.enter_context(closing(opened[0])) if opened is not None else None
    frames = Frames(name_of_tap) if kiosk.control is not None else None
    touch = Touch(panel, kiosk.debounce_ms / 1000, kiosk.settle_ms / 1000)
    screen_health = ScreenHealth(
        visible=not window.offscreen or frames is not None, stuck=lambda: touch.stuck(clock.mono_s())
    )
    monitored: dict[str, Monitored] = {"screen": screen_health} if kiosk.screen.fitted else {}
    if printer is not None:
        monitored["printer"] = printer
    return KioskDevices(panel, window, touch, frames, printer, monitored)


def _open_window(kiosk: KioskSettings, exit_stack: ExitStack) -> tuple[Panel, Window]:
    """Open the window on the kiosk's panel; ``exit_stack`` closes it."""
    screen = kiosk.screen
    panel = make_panel(screen.width_px, screen.height_px, screen.width_mm)
    if panel.true_scale < MIN_SCALE:
        log.warning("the panel is small: keys are %.0f mm instead of 20", 20 * panel.true_scale)
    window = Window(panel, title="Lượt", fullscreen=screen.fullscreen, display=screen.display, fitted=screen.fitted)
    return panel, exit_stack.enter_context(closing(window))


def _connect(setup: StationSetup, devices: KioskDevices, inbox: Inbox[LoopEvent]) -> HealthMonitor:
    """Connect to the broker; return the started monitor that reports the devices' health there."""

    def receive(message: ReceivedMessage) -> None:
        event = event_of(message)
        if event is not None:
            inbox.put(event)

    mqtt = setup.connect(
        devices=devices.monitored,
        models=topic_models(setup.topics, setup.station),
        on_message=receive,
        on_connection=inbox.put,
    )
    reporter = setup.reporter(mqtt)

    def device_changed(device: str, health: DeviceHealth) -> None:
        reporter.publish(device, health)
        if device == "printer":
            inbox.put(PrinterHealthRead(health))

    return HealthMonitor(devices.monitored, device_changed, wall_ms=setup.wall_ms)


def _open_control_port(
    kiosk: KioskSettings, address: str, token: str, frames: Frames, inbox: Inbox[LoopEvent], exit_stack: ExitStack
) -> None:
    touch_pause_s = max(kiosk.debounce_ms, kiosk.settle_ms) / 1000
    control = ScreenControl(
        *split_address(address), frames, inbox.put, touch_pause_s=touch_pause_s, token=token, target_by_name=tap_by_name
    )
    exit_stack.enter_context(closing(control))


def _flow_settings(kiosk: KioskSettings, language: str, *, has_printer: bool) -> FlowSettings:
    return FlowSettings(
        station=kiosk.station,
        language=language,
        languages=kiosk.languages,
        idle_s=kiosk.idle_s,
        ask_s=kiosk.ask_s,
        result_s=kiosk.result_s,
        has_printer=has_printer,
    )


if __name__ == "__main__":
    raise SystemExit(main())
