"""``luot-counter``: signs and keypads of all counters wired to this machine. Composes; closes in reverse."""

import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.address import split
from config.clock import machine_clock
from config.load import ConfigError, leave
from config.program import begin, needed, on_stop, supervised
from config.settings import CounterStation, Settings
from config.words import words
from counter.events import DeviceChanged, Linked, Pressed
from counter.flow import station
from counter.outside import Hall, Inbox, heard, run
from hardware.open import open_keypad, open_sign
from hardware.ports import Key, Sign
from hardware.watch import Watch, Watched
from server.wire.client import Server
from server.wire.feed import Feed
from server.wire.reports import itself
from server.wire.topics import Topics


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0, or 78 when the file cannot be used."""
    path, settings = begin("luot-counter", "Signs and keypads of the counters.", arguments)
    counters = needed(settings.counter, "counter", "luot-counter", path)
    desks = [desk.counter for desk in counters.desks]
    if twice := sorted({one for one in desks if desks.count(one) > 1}):
        leave(ConfigError([f"{path}: [[counter.desks]]: {', '.join(twice)}: there twice; keep one section each"]))
    with ExitStack() as held:
        _run(settings, counters, held)
    return 0


def _run(settings: Settings, counters: CounterStation, held: ExitStack) -> None:
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), settings.machine.pace)
    inbox = Inbox()
    on_stop(lambda: inbox.put(None))
    supervisor = supervised(clock.mono_s)

    def pressed(counter: str, key: Key) -> None:
        inbox.put(Pressed(counter, key, str(uuid.uuid4())))

    name, topics = counters.station, Topics(settings.link.office)
    signs: dict[str, Sign] = {}
    watched: dict[str, Watched] = {}
    for desk in counters.desks:
        if (sign := open_sign(desk.sign, clock.mono_s)) is not None:
            signs[desk.counter] = watched[f"sign-{desk.counter}"] = held.enter_context(closing(sign))
        if (keypad := open_keypad(desk.keypad, partial(pressed, desk.counter), clock.mono_s)) is not None:
            watched[f"keypad-{desk.counter}"] = held.enter_context(closing(keypad))
    online, offline = itself(name, "counter", uuid.uuid4().hex[:8], clock.now(), watched)
    server = held.enter_context(closing(Server(settings.link.server, language=settings.machine.language)))
    feed = Feed(
        *split(settings.link.broker),
        name,
        topics=(topics.board, topics.server),
        on_message=lambda topic, payload: heard(topics, topic, payload, inbox),
        on_link=lambda up: inbox.put(Linked(up)),
        will=(topics.status(name), offline),
    )
    held.enter_context(closing(feed)).publish(topics.status(name), online, retain=True)
    hall = held.enter_context(closing(Hall(name, topics, server, feed, signs, inbox)))
    changed = lambda device, health: inbox.put(DeviceChanged(device, health))
    held.enter_context(closing(Watch(watched, changed, wall_ms=lambda: clock.now().wall_ms)))
    reason = words(settings.machine.language)("clerk", "Tạm gác bằng bàn phím")
    run(station(name, [desk.counter for desk in counters.desks], reason), inbox, hall.do, clock, supervisor)


if __name__ == "__main__":
    raise SystemExit(main())
