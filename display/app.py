"""``luot-display``: the hall TV with its voice. Composes the program; closes its parts in reverse order."""

import secrets
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from config.address import split_address
from config.clock import Clock
from config.link import needs_enrolment
from config.program import parse_command_line, require_section
from config.settings import DisplaySettings, Settings
from display.effects import spoken_ids
from display.effects.runner import DisplayEffectRunner, SoundPlayer
from display.effects.speech_page import SpeechPage
from display.enrolment import enrol_on_screen
from display.flow.announcer import Announcer, AnnouncerSettings
from display.flow.events import SpeakerChanged
from display.flow.state import DisplayState
from display.loop import DisplayLoop, LoopEvent
from display.screens.layout import Layout, layout_for
from hardware.health.monitor import HealthMonitor, Monitored
from hardware.open.speaker import open_speaker
from hardware.ports import DeviceHealth, Speaker
from hardware.screens.control import ScreenControl
from hardware.screens.frames import Frames
from hardware.screens.panel import Panel
from hardware.screens.window import Inbox, ScreenHealth, Window, WindowClosed
from server.display_content.speech.packs import SHIPPED, LoadedPack, load_first_pack
from server.wire.messages import Board, DeviceTest, Office, ServerBeat
from server.wire.mqtt_connection import MqttConnection
from server.wire.station.compose import DeviceReporter, StationSetup, start_station
from server.wire.station.enrol.link import EnrolledStation, EnrolmentRun
from server.wire.station.events import DeviceTestRequested, ReceivedMessage, common_event


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the window's end.

    Returns 0; ends the process with 78 when the settings cannot be used.
    """
    path, settings = parse_command_line("luot-display", "The hall TV: calls, waiting counts, voice.", arguments)
    display = require_section(settings.display, "display", "luot-display", path)
    enrolled = None
    if needs_enrolment(settings):
        boot_s = partial(time.clock_gettime, time.CLOCK_BOOTTIME)
        run = EnrolmentRun(settings, "display", mono_s=boot_s, random_bytes=secrets.token_bytes)
        enrolled = enrol_on_screen(run, display, settings.machine.control_token)
        if enrolled is None:
            return 0
        settings = enrolled.settings
        display = require_section(settings.display, "display", "luot-display", path)
    with ExitStack() as exit_stack:
        _run(settings, display, path.resolve().parent, exit_stack, enrolled)
    return 0


@dataclass(frozen=True, slots=True)
class DisplayDevices:
    """The open devices of the hall TV. ``monitored``: those whose health is reported, by name.

    ``frames``: the drawn frames of the screen, for the control port; None without one. ``pack``: the voice's clips.
    """

    layout: Layout
    panel: Panel
    window: Window
    frames: Frames | None
    speaker: Speaker | None
    pack: LoadedPack | None
    monitored: Mapping[str, Monitored]


def _run(
    settings: Settings,
    display: DisplaySettings,
    settings_folder: Path,
    exit_stack: ExitStack,
    enrolled: EnrolledStation | None,
) -> None:
    """Run the program. ``settings_folder``: a voice pack with a relative path lies there."""
    inbox: Inbox[LoopEvent] = Inbox()
    setup = start_station(
        settings,
        display.station,
        "display",
        boot=uuid.uuid4().hex[:8],
        wall_ns=time.time_ns,
        boot_ns=partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME),
        stop=lambda: inbox.put(WindowClosed()),
        exit_stack=exit_stack,
        enrolled=enrolled,
    )
    devices = _open_devices(settings, display, settings_folder, setup)
    speech_page = SpeechPage()
    sounds = devices.pack.sounds if devices.pack is not None else {}
    player = SoundPlayer(devices.speaker, sounds, speech_page, inbox.put)
    server = setup.open_client()
    mqtt = _connect(setup, devices, inbox)
    spoken_file = settings.machine.state / display.station / "spoken.json"
    runner = DisplayEffectRunner(
        display.station, setup.topics, server, mqtt, player, spoken_file, inbox.put, setup.clock.mono_s
    )
    exit_stack.enter_context(closing(runner))
    on_change = partial(_device_changed, setup.reporter(mqtt), inbox.put)
    setup.supervise(HealthMonitor(devices.monitored, on_change, wall_ms=setup.wall_ms))
    _open_control_port(settings, display, devices, speech_page, inbox, exit_stack)
    state = _initial_state(display, devices.pack, spoken_file, setup.clock)
    language, notifier = settings.machine.language, setup.notifier
    loop = DisplayLoop(state, setup.clock, runner.run, language=language, speech_page=speech_page, notifier=notifier)
    loop.run(inbox, devices.window, devices.layout, devices.panel, devices.frames)


def _open_devices(
    settings: Settings, display: DisplaySettings, settings_folder: Path, setup: StationSetup
) -> DisplayDevices:
    """Open window and speaker."""
    screen = display.screen
    layout = layout_for(screen.width_px, screen.height_px)
    panel = Panel(screen.width_px, screen.height_px, screen.width_mm, canvas_mm=layout.canvas)
    window = Window(panel, title="Lượt", fullscreen=screen.fullscreen, display=screen.display, fitted=screen.fitted)
    setup.exit_stack.enter_context(closing(window))
    frames = Frames() if display.control is not None else None
    monitored: dict[str, Monitored] = {}
    if screen.fitted:
        monitored["screen"] = ScreenHealth(visible=not window.offscreen or frames is not None)
    speaker, pack = _open_voice(settings, display, settings_folder, setup.clock, setup.exit_stack)
    if speaker is not None:
        monitored["speaker"] = speaker
    return DisplayDevices(layout, panel, window, frames, speaker, pack, monitored)


def _connect(setup: StationSetup, devices: DisplayDevices, inbox: Inbox[LoopEvent]) -> MqttConnection:
    topics = setup.topics
    return setup.connect(
        devices=devices.monitored,
        models={
            topics.board: Board,
            topics.office: Office,
            topics.server: ServerBeat,
            topics.test(setup.station): DeviceTest,
        },
        on_message=partial(_put_event, inbox.put),
        on_connection=inbox.put,
    )


def _open_control_port(
    settings: Settings,
    display: DisplaySettings,
    devices: DisplayDevices,
    speech_page: SpeechPage,
    inbox: Inbox[LoopEvent],
    exit_stack: ExitStack,
) -> None:
    if display.control is None or devices.frames is None:
        return
    pages, token = {"speech": speech_page.page}, settings.machine.control_token
    control = ScreenControl(*split_address(display.control), devices.frames, inbox.put, pages=pages, token=token)
    exit_stack.enter_context(closing(control))


def _open_voice(
    settings: Settings,
    display: DisplaySettings,
    settings_folder: Path,
    clock: Clock,
    exit_stack: ExitStack,
) -> tuple[Speaker | None, LoadedPack | None]:
    speaker = open_speaker(display.speaker, clock.mono_s) if display.voice else None
    if speaker is None:
        return None, None
    exit_stack.enter_context(closing(speaker))
    folders = [*([settings_folder / display.pack] if display.pack else []), SHIPPED / settings.machine.language]
    return speaker, load_first_pack(folders, speaker.decode)


def _initial_state(display: DisplaySettings, pack: LoadedPack | None, spoken_file: Path, clock: Clock) -> DisplayState:
    speaker = display.speaker
    announcer_settings = AnnouncerSettings(
        pack.pack if pack else None, speaker.times, speaker.mute_from, speaker.mute_to
    )
    announcer = Announcer(announcer_settings, spoken_ids.load(spoken_file))
    return DisplayState(display.station, announcer, clock.mono_s(), has_voice=display.voice)


def _put_event(put: Callable[[LoopEvent], None], message: ReceivedMessage) -> None:
    """Put the event of a message into the inbox. Runs in the connection's thread."""
    if isinstance(message.content, DeviceTest) and not message.retained:
        put(DeviceTestRequested(message.content.device, message.content.test, message.content.over))
        return
    event = common_event(message)
    if event is not None:
        put(event)


def _device_changed(
    reporter: DeviceReporter, put: Callable[[LoopEvent], None], device: str, health: DeviceHealth
) -> None:
    """Report the screen; pass the speaker's health to the flow.

    The flow reports the speaker together with missing clips.
    """
    if device == "speaker":
        put(SpeakerChanged(health))
    else:
        reporter.publish(device, health)


if __name__ == "__main__":
    raise SystemExit(main())
