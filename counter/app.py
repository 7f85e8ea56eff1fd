"""``luot-counter``: signs, keypads, scanners and rating pads of all counters wired to this machine. Composes; closes
in reverse."""

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.address import split
from config.clock import machine_clock
from config.load import ConfigError, leave
from config.program import begin, needed, on_stop, supervised
from config.settings import CounterStation, Desk, Settings
from config.words import words
from counter.boards import Boards
from counter.events import DeviceChanged, Keyed, Linked, Pressed, Rated, Read
from counter.flow import station
from counter.outside import Hall, Inbox, heard, run
from hardware.keypads.serial_keys import KeyLines
from hardware.lines.lines import Lines
from hardware.open import open_keypad, open_pad, open_scanner
from hardware.open_signs import Sheets, open_sign
from hardware.ports import Press, Sign
from hardware.watch import Watch, Watched
from server.wire.client import Server
from server.wire.feed import Feed
from server.wire.reports import client_id, itself
from server.wire.topics import Topics


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0, or 78 when the file cannot be used."""
    path, settings = begin("luot-counter", "Signs and keypads of the counters.", arguments)
    counters = needed(settings.counter, "counter", "luot-counter", path)
    desks = [desk.counter for desk in counters.desks]
    if twice := sorted({one for one in desks if desks.count(one) > 1}):
        leave(ConfigError([f"{path}: [[counter.desks]]: {', '.join(twice)}: there twice; keep one section each"]))
    with ExitStack() as held:
        try:
            _run(settings, counters, held)
        except Unusable as error:
            leave(ConfigError([f"{path}: [[counter.desks]]: {error}"]))
    return 0


class Unusable(Exception):
    """The settings of a device cannot be used."""


class Devices:
    """What is wired to this machine, opened counter by counter. Raises :class:`Unusable`."""

    def __init__(self, inbox: Inbox, mono_s: Callable[[], float], held: ExitStack, sheets: Sheets) -> None:
        self._inbox, self._mono_s, self._held, self._sheets = inbox, mono_s, held, sheets
        self._lines = Lines(mono_s)
        self._key_lines = KeyLines(self._lines)
        self.signs: dict[str, Sign] = {}
        self.watched: dict[str, Watched] = {}
        self.lamps: dict[str, Callable[[], None]] = {}

    def open(self, desk: Desk) -> None:
        try:
            self._open(desk)
        except ValueError as error:
            raise Unusable(f"{desk.counter}: {error}") from error

    def _open(self, desk: Desk) -> None:
        put, at = self._inbox.put, desk.counter
        if (sign := open_sign(desk.sign, self._lines, self._sheets, f"sign-{at}")) is not None:
            self.signs[at] = self.watched[f"sign-{at}"] = self._held.enter_context(closing(sign))

        def pressed(press: Press) -> None:
            put(Pressed(at, press.key, str(uuid.uuid4()), press.digits))

        def keyed(digits: str) -> None:
            put(Keyed(at, digits))

        if (keypad := open_keypad(desk.keypad, pressed, self._key_lines, self._mono_s, keyed=keyed)) is not None:
            self.watched[f"keypad-{at}"] = self._held.enter_context(closing(keypad))
            self.lamps[f"keypad-{at}"] = keypad.refused
        rated = lambda level: put(Rated(at, level, str(uuid.uuid4())))
        if (pad := open_pad(desk.pad, rated, self._key_lines, self._mono_s)) is not None:
            self.watched[f"pad-{at}"] = self._held.enter_context(closing(pad))
            self.lamps[f"pad-{at}"] = pad.thanked
        scanned = lambda text: put(Read(at, text))
        garbled = lambda: put(Read(at, None))
        scanner = open_scanner(desk.scanner, scanned, self._lines, self._mono_s, garbled=garbled)
        if scanner is not None:
            self.watched[f"scanner-{at}"] = self._held.enter_context(closing(scanner))


def _run(settings: Settings, counters: CounterStation, held: ExitStack) -> None:
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), settings.machine.pace)
    inbox = Inbox()
    on_stop(lambda: inbox.put(None))
    supervisor = supervised(clock.mono_s, lambda: inbox.put(None))

    name, topics = counters.station, Topics(settings.link.office)
    devices = Devices(inbox, clock.mono_s, held, counters.signs)
    for desk in counters.desks:
        devices.open(desk)
    boot = uuid.uuid4().hex[:8]
    online, offline = itself(name, "counter", boot, clock.now(), devices.watched)
    server = held.enter_context(closing(Server(settings.link.server, language=settings.machine.language)))
    boards = Boards(topics, devices.signs)

    def on_message(topic: str, payload: bytes, *, kept: bool = False) -> None:
        heard(topics, topic, payload, inbox, kept=kept)
        boards.heard(topic, payload)

    def on_link(up: bool) -> None:  # noqa: FBT001
        inbox.put(Linked(up))
        boards.linked(up=up)

    feed = Feed(
        *split(settings.link.broker),
        client_id(name, boot),
        topics=(topics.board, topics.server, *boards.topics),
        on_message=on_message,
        on_kept=partial(on_message, kept=True),
        on_link=on_link,
        will=(topics.status(name), offline),
    )
    held.enter_context(closing(feed)).publish(topics.status(name), online, retain=True)
    hall = Hall(name, topics, server, feed, devices.signs, inbox, devices.lamps, mono_s=clock.mono_s)
    held.enter_context(closing(hall))
    changed = lambda device, health: inbox.put(DeviceChanged(device, health))
    watch = held.enter_context(closing(Watch(devices.watched, changed, wall_ms=lambda: clock.now().wall_ms)))
    supervisor.follow("the watch of the devices", lambda: watch.turns)
    reason = words(settings.machine.language)("clerk", "Tạm gác bằng bàn phím")
    levels = {desk.counter: desk.pad.levels for desk in counters.desks if desk.pad.kind != "none"}
    state = station(name, [desk.counter for desk in counters.desks], reason, levels)
    run(state, inbox, hall.do, clock, supervisor)


if __name__ == "__main__":
    raise SystemExit(main())
