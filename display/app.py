"""``luot-display``: the hall TV with its voice. Composes; closes in reverse."""

import argparse
import logging
import signal
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from config import settings as told
from config.address import split
from config.clock import Clock, Pace
from config.load import ConfigError, leave, or_exit
from display.announcer import Announcer, Settings
from display.board import Display
from display.events import Linked
from display.loop import Happening, Loop
from display.memory import recall
from display.outside import Devices, Glass, Hall, Sound, heard, itself
from display.packs import SHIPPED, first_of
from display.places import places
from display.speech import Speech
from hardware.open import open_speaker
from hardware.screens.control import Control
from hardware.screens.frames import Frames
from hardware.screens.panel import Panel
from hardware.screens.window import Closed, Inbox, Window
from hardware.watch import Watch, Watched
from server.wire.client import Server
from server.wire.feed import Feed
from server.wire.topics import Topics

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the window's end; 0, or 78 when the file cannot be used."""
    parser = argparse.ArgumentParser(prog="luot-display", description="The hall TV: calls, waiting counts, voice.")
    parser.add_argument("--config", type=Path, required=True, help="this machine's TOML file")
    path: Path = parser.parse_args(arguments).config
    settings = or_exit(path)
    line = "%(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=settings.machine.log.upper(), stream=sys.stderr, format=line)
    if settings.display is None:
        leave(ConfigError([f"{path}: section [display] is missing; add it, or do not start luot-display here"]))
    with ExitStack() as held:
        _run(settings, settings.display, path.resolve().parent, held)
    return 0


def _run(settings: told.Settings, display: told.Display, beside: Path, held: ExitStack) -> None:
    pace = Pace(settings.machine.pace) if settings.machine.pace else None
    boot_ns = partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME)
    clock = Clock(time.time_ns, boot_ns, BOOT_ID.read_text(encoding="ascii").strip(), pace)
    inbox: Inbox[Happening] = Inbox()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: inbox.put(Closed()))

    name, topics, screen = display.station, Topics(settings.link.office), display.screen
    at = places(screen.width_px, screen.height_px)
    panel = Panel(screen.width_px, screen.height_px, screen.width_mm, canvas_mm=at.canvas)
    window = Window(panel, title="Lượt", fullscreen=screen.fullscreen, display=screen.display)
    held.enter_context(closing(window))
    folder = settings.machine.state / name
    folder.mkdir(parents=True, exist_ok=True)
    memory = folder / "spoken.json"
    speaker = open_speaker(display.speaker) if display.voice else None
    voice = None
    if speaker is not None:
        held.enter_context(closing(speaker))
        folders = [*([beside / display.pack] if display.pack else []), SHIPPED / settings.machine.language]
        voice = first_of(folders, speaker.decode)
    server = held.enter_context(closing(Server(settings.link.server, language=settings.machine.language)))
    online, offline = itself(name, uuid.uuid4().hex[:8], clock.now())
    feed = Feed(
        *split(settings.link.broker),
        name,
        topics=(topics.board, topics.office, topics.server),
        on_message=lambda topic, payload: heard(topics, topic, payload, inbox.put),
        on_link=lambda up: inbox.put(Linked(up)),
        will=(topics.status(name), offline),
    )
    held.enter_context(closing(feed)).publish(topics.status(name), online, retain=True)
    speech = Speech()
    sound = Sound(speaker, voice.sounds if voice is not None else {}, speech, inbox.put)
    hall = held.enter_context(closing(Hall(name, topics, server, feed, sound, memory, inbox.put)))
    frames = Frames() if display.control is not None else None
    watched: dict[str, Watched] = {"screen": Glass(seen=not window.offscreen or frames is not None)}
    if speaker is not None:
        watched["speaker"] = speaker
    held.enter_context(closing(Watch(watched, Devices(name, clock, topics, feed, inbox.put).changed)))
    if display.control is not None and frames is not None:
        pages = {"speech": speech.page}
        held.enter_context(closing(Control(*split(display.control), frames, inbox.put, pages=pages)))
    said = display.speaker
    rules = Settings(voice.pack if voice else None, said.times, said.mute_from, said.mute_to)
    state = Display(name, Announcer(rules, recall(memory)), clock.mono_s(), voice=display.voice)
    speed = (lambda: pace.speed) if pace is not None else (lambda: 1.0)
    loop = Loop(state, clock, speed, hall.do, language=settings.machine.language, speech=speech)
    loop.run(inbox, window, at, panel, frames)


if __name__ == "__main__":
    raise SystemExit(main())
