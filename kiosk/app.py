"""``luot-kiosk``: the touchscreen on which visitors take numbers. Composes; closes in reverse."""

import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.address import split
from config.clock import machine_clock
from config.load import ConfigError, leave
from config.program import begin, needed, on_stop, supervised
from config.settings import Kiosk, Settings
from config.slips import SlipLayout, load_layout
from hardware.open import open_printer, wants_compact
from hardware.screens.control import Control
from hardware.screens.frames import Frames
from hardware.screens.touch import Touch
from hardware.screens.window import Closed, Glass, Inbox, Window
from hardware.watch import Watch, Watched
from kiosk import state as k
from kiosk.flow import start
from kiosk.loop import Happening, Loop, Outside
from kiosk.outside import Devices, Hall, bounds_of, heard
from kiosk.screens import panel_of
from server.wire.client import Server
from server.wire.feed import Feed
from server.wire.reports import client_id, itself
from server.wire.topics import Topics

log = logging.getLogger(__name__)

SMALLEST_SCALE = 0.95


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the window's end; 0, or 78 when the file cannot be used."""
    path, settings = begin("luot-kiosk", "The kiosk on which visitors take numbers.", arguments)
    kiosk = needed(settings.kiosk, "kiosk", "luot-kiosk", path)
    try:
        layout = load_layout(kiosk.printer.layout)
        with ExitStack() as held:
            _run(settings, kiosk, layout, held)
    except ConfigError as error:
        leave(error)
    return 0


def _run(settings: Settings, kiosk: Kiosk, layout: SlipLayout, held: ExitStack) -> None:
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), settings.machine.pace)
    inbox: Inbox[Happening] = Inbox()
    on_stop(lambda: inbox.put(Closed()))
    supervisor = supervised(clock.mono_s, lambda: inbox.put(Closed()))

    name, topics, screen = kiosk.station, Topics(settings.link.office), kiosk.screen
    panel = panel_of(screen.width_px, screen.height_px, screen.width_mm)
    if panel.true_scale < SMALLEST_SCALE:
        log.warning("the panel is small: keys are %.0f mm instead of 20", 20 * panel.true_scale)
    window = held.enter_context(
        closing(Window(panel, title="Lượt", fullscreen=screen.fullscreen, display=screen.display, fitted=screen.fitted))
    )
    folder = settings.machine.state / name
    settled = lambda result: inbox.put(k.SlipDone(result))
    opened = open_printer(kiosk.printer, folder, clock.mono_s, lambda: clock.now().wall_ms, settled)
    printer = held.enter_context(closing(opened[0])) if opened is not None else None
    server = held.enter_context(closing(Server(settings.link.server, language=settings.machine.language)))
    frames = Frames() if kiosk.control is not None else None
    debounce_s, settle_s = kiosk.debounce_ms / 1000, kiosk.settle_ms / 1000
    touch = Touch(panel, debounce_s, settle_s)
    glass = Glass(seen=not window.offscreen or frames is not None, stuck=lambda: touch.stuck(clock.mono_s()))
    watched: dict[str, Watched] = {"screen": glass} if screen.fitted else {}
    if printer is not None:
        watched["printer"] = printer
    boot = uuid.uuid4().hex[:8]
    online, offline = itself(name, "kiosk", boot, clock.now(), watched)
    feed = Feed(
        *split(settings.link.broker),
        client_id(name, boot),
        topics=(topics.office, topics.board, topics.server, topics.work(name)),
        on_message=lambda topic, payload: heard(topics, name, topic, payload, inbox.put, kept=False),
        on_kept=lambda topic, payload: heard(topics, name, topic, payload, inbox.put, kept=True),
        on_link=lambda up: inbox.put(k.Linked(up)),
        will=(topics.status(name), offline),
    )
    held.enter_context(closing(feed)).publish(topics.status(name), online, retain=True)
    changed = Devices(name, topics, feed, clock, inbox.put).changed
    watch = held.enter_context(closing(Watch(watched, changed, wall_ms=lambda: clock.now().wall_ms)))
    supervisor.follow("the watch of the devices", lambda: watch.turns)
    papers = kiosk.printer.papers_list
    hall = Hall(
        name,
        server,
        printer,
        inbox.put,
        label=kiosk.label,
        papers=papers,
        clock=clock,
        layout=layout,
        compact=wants_compact(kiosk.printer),
    )
    held.enter_context(closing(hall))
    if kiosk.control is not None and frames is not None:
        again_s, token = max(debounce_s, settle_s), settings.machine.control_token
        held.enter_context(closing(Control(*split(kiosk.control), frames, inbox.put, again_s=again_s, token=token)))
    outside = Outside(clock, lambda: str(uuid.uuid4()), hall.do, printer, frames, supervisor)
    bounds = bounds_of(kiosk, settings.machine.language, has_printer=printer is not None)
    unconfirmed = printer.unconfirmed() if printer is not None else ()
    Loop(start(bounds, clock.now(), unconfirmed), panel, window, outside, touch).run(inbox)


if __name__ == "__main__":
    raise SystemExit(main())
