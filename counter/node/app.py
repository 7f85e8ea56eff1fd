"""``luot-sign``: the sign of one counter, driven by a small computer beside it."""

import logging
import queue
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.clock import Clock
from config.link import needs_enrolment
from config.load import ConfigError, exit_with
from config.notify import SystemdNotifier
from config.program import parse_command_line, require_section
from config.settings import NodeSettings, Settings
from counter.enrolment import enrol_at_signs
from counter.node.state import NodeState, face_of, heartbeat_received, next_wake_s, picture_received
from hardware.health.monitor import HealthMonitor
from hardware.open.signs import digits_at_once, drops_zeros, open_sign
from hardware.ports import Sign
from hardware.serial_bus.bus import SerialBuses
from server.wire.messages import CounterPicture, ServerBeat
from server.wire.station.compose import start_station
from server.wire.station.enrol.link import EnrolledStation, EnrolmentRun
from server.wire.station.events import ReceivedMessage
from server.wire.station.newest import PublisherLog

log = logging.getLogger(__name__)

NodeInbox = queue.SimpleQueue[ReceivedMessage | None]
"""Received messages; None ends the loop."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return 0, or 78 when the settings cannot be used."""
    path, settings = parse_command_line("luot-sign", "The sign of one counter, from the broker.", arguments)
    node = require_section(settings.node, "node", "luot-sign", path)
    try:
        enrolled = None
        if needs_enrolment(settings):
            enrolled = _enrol(settings, node)
            if enrolled is None:
                return 0
            settings = enrolled.settings
            node = require_section(settings.node, "node", "luot-sign", path)
        with ExitStack() as exit_stack:
            _run(settings, node, exit_stack, enrolled)
    except ValueError as error:
        exit_with(ConfigError([f"{path}: [node.sign]: {error}"]))
    return 0


def _enrol(settings: Settings, node: NodeSettings) -> EnrolledStation | None:
    """Show the code on the sign until the node is enrolled; None to end."""
    boot_s = partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    with closing(_open_sign(node, boot_s)) as sign:
        run = EnrolmentRun(settings, "node", mono_s=boot_s, random_bytes=secrets.token_bytes)
        digits, without_zeros = digits_at_once(node.sign, node.signs), drops_zeros(node.sign, node.signs)
        return enrol_at_signs(run, [sign], [digits], without_zeros=without_zeros)


def _open_sign(node: NodeSettings, mono_s: Callable[[], float]) -> Sign:
    """Return the node's sign. Raises ``ValueError`` for settings that contradict each other."""
    sign = open_sign(node.sign, SerialBuses(mono_s), node.signs, "sign")
    if sign is None:
        raise ValueError("kind 'none': a node without a sign has nothing to do")
    return sign


def _run(settings: Settings, node: NodeSettings, exit_stack: ExitStack, enrolled: EnrolledStation | None) -> None:
    inbox = NodeInbox()
    setup = start_station(
        settings,
        node.station,
        "sign",
        boot=uuid.uuid4().hex[:8],
        wall_ns=time.time_ns,
        boot_ns=partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME),
        stop=lambda: inbox.put(None),
        exit_stack=exit_stack,
        enrolled=enrolled,
    )
    clock, topics = setup.clock, setup.topics
    sign = exit_stack.enter_context(closing(_open_sign(node, clock.mono_s)))
    mqtt = setup.connect(
        devices=["sign"],
        models={topics.counter(node.counter): CounterPicture, topics.server: ServerBeat},
        on_message=inbox.put,
        on_connection=lambda event: None,  # only heartbeats prove that the server is alive
    )
    setup.supervise(HealthMonitor({"sign": sign}, setup.reporter(mqtt).publish, wall_ms=setup.wall_ms))
    _serve(sign, inbox, clock, setup.notifier)


def _serve(sign: Sign, inbox: NodeInbox, clock: Clock, notifier: SystemdNotifier) -> None:
    """Handle messages and show the resulting face on the sign, until None is received."""
    notifier.ready("the sign is served")
    state, displayed_face, publisher_log = NodeState(), None, PublisherLog()
    while True:
        now_s = clock.mono_s()
        if (face := face_of(state, now_s)) != displayed_face:
            sign.show(face)
            displayed_face = face
        notifier.alive()
        wake_s = next_wake_s(state)
        wait_s = 60.0 if wake_s is None else max(0.0, wake_s - now_s)
        try:
            message = inbox.get(timeout=notifier.limit_wait(wait_s))
        except queue.Empty:
            continue
        if message is None:
            break
        now_s = clock.mono_s()
        match message.content:
            case ServerBeat() as heartbeat:
                state = heartbeat_received(state, heartbeat, now_s, retained=message.retained)
            case CounterPicture() as picture:
                state = picture_received(state, picture)
        publisher_log.report(state.forged, now_s)
    notifier.stopping()


if __name__ == "__main__":
    raise SystemExit(main())
