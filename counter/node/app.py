"""``luot-sign``: the sign of one counter, driven by a small computer beside it from what the broker tells."""

import logging
import queue
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.address import split
from config.clock import Clock, machine_clock
from config.load import ConfigError, leave
from config.notify import Supervisor
from config.program import begin, needed, on_stop, supervised
from config.settings import Node as NodeSettings
from config.settings import Settings
from counter.node.showing import Node, due, face, heard
from hardware.lines.lines import Lines
from hardware.open_signs import open_sign
from hardware.ports import Health, Sign
from hardware.watch import Watch
from server.wire.feed import Feed
from server.wire.messages import CounterPicture, Read, ServerBeat, to_time
from server.wire.newest import PublisherLog
from server.wire.reports import client_id, device_status, itself
from server.wire.station import report, understood
from server.wire.topics import Topics

log = logging.getLogger(__name__)

Inbox = queue.SimpleQueue[tuple[Read, bool] | None]
"""Messages, each with whether the broker had kept it from before, and None for the end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0, or 78 when the file cannot be used."""
    path, settings = begin("luot-sign", "The sign of one counter, from the broker.", arguments)
    node = needed(settings.node, "node", "luot-sign", path)
    with ExitStack() as held:
        try:
            _run(settings, node, held)
        except ValueError as error:
            leave(ConfigError([f"{path}: [node.sign]: {error}"]))
    return 0


def _run(settings: Settings, node: NodeSettings, held: ExitStack) -> None:
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), settings.machine.pace)
    inbox, topics = Inbox(), Topics(settings.link.office)
    on_stop(lambda: inbox.put(None))
    supervisor = supervised(clock.mono_s, lambda: inbox.put(None))
    sign = open_sign(node.sign, Lines(clock.mono_s), node.signs, "sign")
    if sign is None:
        raise ValueError("kind 'none': a node without a sign has nothing to do")
    held.enter_context(closing(sign))
    kinds: dict[str, type[Read]] = {topics.counter(node.counter): CounterPicture, topics.server: ServerBeat}
    boot = uuid.uuid4().hex[:8]
    online, offline = itself(node.station, "sign", boot, clock.now(), ["sign"])

    def take(topic: str, payload: bytes, *, kept: bool) -> None:
        if payload and (told := understood(topic, payload, kinds)) is not None:
            inbox.put((told, kept))

    feed = Feed(
        *split(settings.link.broker),
        client_id(node.station, boot),
        topics=tuple(kinds),
        on_message=partial(take, kept=False),
        on_kept=partial(take, kept=True),
        on_link=lambda up: None,  # what is heard says more than whether it could be
        will=(topics.status(node.station), offline),
    )
    held.enter_context(closing(feed)).publish(topics.status(node.station), online, retain=True)

    def changed(device: str, health: Health) -> None:
        report(feed, topics, device_status(node.station, device, health, at=to_time(clock.now().wall_ms)))

    watch = held.enter_context(closing(Watch({"sign": sign}, changed, wall_ms=lambda: clock.now().wall_ms)))
    supervisor.follow("the watch of the sign", lambda: watch.turns)
    _serve(sign, inbox, clock, supervisor)


def _serve(sign: Sign, inbox: Inbox, clock: Clock, supervisor: Supervisor) -> None:
    """The node's one loop, until None arrives."""
    supervisor.ready("the sign is served")
    state, shown, publishers = Node(), None, PublisherLog()
    while True:
        now_s = clock.mono_s()
        if (wanted := face(state, now_s)) != shown:
            sign.show(wanted)
            shown = wanted
        supervisor.alive()
        at = due(state)
        try:
            told = inbox.get(timeout=supervisor.within(60.0 if at is None else max(0.0, at - now_s)))
        except queue.Empty:
            continue
        if told is None:
            break
        what, kept = told
        if isinstance(what, CounterPicture | ServerBeat):
            state = heard(state, what, clock.mono_s(), kept=kept)
            publishers.report(state.forged, clock.mono_s())
    supervisor.stopping()


if __name__ == "__main__":
    raise SystemExit(main())
