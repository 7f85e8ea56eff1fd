"""``luot-display``: the hall TV with its voice. Composes; closes in reverse."""

import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from config import settings as told
from config.address import split
from config.clock import machine_clock
from config.program import begin, needed, on_stop, supervised
from display.announcer import Announcer, Settings
from display.board import Display
from display.events import Linked
from display.loop import Happening, Loop
from display.memory import recall
from display.outside import Devices, Hall, Sound, heard
from display.packs import SHIPPED, first_of
from display.places import places
from display.speech import Speech
from hardware.open import open_speaker
from hardware.screens.control import Control
from hardware.screens.frames import Frames
from hardware.screens.panel import Panel
from hardware.screens.window import Closed, Glass, Inbox, Window
from hardware.watch import Watch, Watched
from server.wire.client import Server
from server.wire.feed import Feed
from server.wire.reports import client_id, itself
from server.wire.topics import Topics


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the window's end; 0, or 78 when the file cannot be used."""
    path, settings = begin("luot-display", "The hall TV: calls, waiting counts, voice.", arguments)
    display = needed(settings.display, "display", "luot-display", path)
    with ExitStack() as held:
        _run(settings, display, path.resolve().parent, held)
    return 0


def _run(settings: told.Settings, display: told.Display, beside: Path, held: ExitStack) -> None:
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), settings.machine.pace)
    inbox: Inbox[Happening] = Inbox()
    on_stop(lambda: inbox.put(Closed()))
    supervisor = supervised(clock.mono_s, lambda: inbox.put(Closed()))

    name, topics, screen = display.station, Topics(settings.link.office), display.screen
    at = places(screen.width_px, screen.height_px)
    panel = Panel(screen.width_px, screen.height_px, screen.width_mm, canvas_mm=at.canvas)
    window = Window(panel, title="Lượt", fullscreen=screen.fullscreen, display=screen.display, fitted=screen.fitted)
    held.enter_context(closing(window))
    memory = settings.machine.state / name / "spoken.json"
    speaker = open_speaker(display.speaker, clock.mono_s) if display.voice else None
    voice = None
    if speaker is not None:
        held.enter_context(closing(speaker))
        folders = [*([beside / display.pack] if display.pack else []), SHIPPED / settings.machine.language]
        voice = first_of(folders, speaker.decode)
    server = held.enter_context(closing(Server(settings.link.server, language=settings.machine.language)))
    frames = Frames() if display.control is not None else None
    glass = Glass(seen=not window.offscreen or frames is not None)
    watched: dict[str, Watched] = {"screen": glass} if screen.fitted else {}
    if speaker is not None:
        watched["speaker"] = speaker
    boot = uuid.uuid4().hex[:8]
    online, offline = itself(name, "display", boot, clock.now(), watched)
    feed = Feed(
        *split(settings.link.broker),
        client_id(name, boot),
        topics=(topics.board, topics.office, topics.server),
        on_message=lambda topic, payload: heard(topics, topic, payload, inbox.put),
        on_link=lambda up: inbox.put(Linked(up)),
        will=(topics.status(name), offline),
    )
    held.enter_context(closing(feed)).publish(topics.status(name), online, retain=True)
    speech = Speech()
    sound = Sound(speaker, voice.sounds if voice is not None else {}, speech, inbox.put)
    hall = held.enter_context(closing(Hall(name, topics, server, feed, sound, memory, inbox.put, clock.mono_s)))
    changed = Devices(name, clock, topics, feed, inbox.put).changed
    watch = held.enter_context(closing(Watch(watched, changed, wall_ms=lambda: clock.now().wall_ms)))
    supervisor.follow("the watch of the devices", lambda: watch.turns)
    if display.control is not None and frames is not None:
        pages = {"speech": speech.page}
        held.enter_context(
            closing(
                Control(*split(display.control), frames, inbox.put, pages=pages, token=settings.machine.control_token)
            )
        )
    said = display.speaker
    rules = Settings(voice.pack if voice else None, said.times, said.mute_from, said.mute_to)
    state = Display(name, Announcer(rules, recall(memory)), clock.mono_s(), voice=display.voice)
    loop = Loop(state, clock, hall.do, language=settings.machine.language, speech=speech, supervisor=supervisor)
    loop.run(inbox, window, at, panel, frames)


if __name__ == "__main__":
    raise SystemExit(main())
