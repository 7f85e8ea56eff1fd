"""``luot-server``: the one that decides. Composes, from top to bottom; closes in reverse."""

import argparse
import gc
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue

from config.address import split
from config.clock import Clock, machine_clock
from config.drawable import undrawable
from config.load import ConfigError, leave
from config.notify import Supervisor
from config.office import OfficeFile
from config.program import on_stop, parser, supervised, told
from config.settings import Server, Settings
from hardware.watch import Watch
from server import commands, machine
from server.broker import BrokerError, broker
from server.bus import Bus, Inbox, Link, looking
from server.checks import check, database_path
from server.copies import keep_copies
from server.health import Reports
from server.machine import Condition, Part
from server.store.backup import before_migration
from server.store.engine import CannotOpen
from server.store.store import Store
from server.store.writer import Busy, StorageFailed, Writer
from server.web.factory import create_app
from server.web.identity import secret_key
from server.web.live import Live, streams_for
from server.web.parts import Parts
from server.web.scanned import ScannedSlips
from server.web.serving import CannotListen, raise_open_files, serving
from server.web.visitor import create_visitors
from server.web.waiting import ForCallers
from server.wire.topics import Topics

log = logging.getLogger("server")

VISITOR_THREADS = 16
LOOK_S = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server until SIGTERM or Ctrl-C. Exit code 78 for settings that cannot be used."""
    args = _parser().parse_args(arguments)
    settings = told(args.config)
    try:
        if args.backup or args.restore is not None:
            return keep_copies(settings, args.restore, _stamp())
        server, office = check(settings)
        if args.check:
            print(f"{args.config}: all right")
            return 0
        for one in undrawable(office):
            log.warning("%s: %s", server.office, one)
        return _run(settings, server, office)
    except ConfigError as error:
        leave(error)
    except (CannotOpen, BrokerError, CannotListen) as error:
        log.error("%s", error)
        return 1


def _run(settings: Settings, server: Server, office: OfficeFile) -> int:
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), settings.machine.pace)
    stop, state, epoch = threading.Event(), settings.machine.state, uuid.uuid4().hex[:8]
    inbox: Inbox = SimpleQueue()
    on_stop(stop.set)
    raise_open_files()
    supervisor = supervised(clock.mono_s, stop.set)
    with ExitStack() as stack:
        path, always_open = database_path(settings), server.always_open
        before_migration(path, _stamp())
        store = Store(path, clock.now, clock.boot_id, always_open=always_open, speed=clock.speed)
        stack.enter_context(closing(store))
        writer = Writer(store.engines.write, clock.now, clock.boot_id, on_commit=inbox.put, always_open=always_open)
        stack.enter_context(closing(writer))
        if writer.ask(lambda tx, now: commands.start(tx, now, office)):
            log.info("first start: the office %s is filled from %s", office.id, server.office)
        presence = commands.Presence(clock.now())
        synchronised = machine.kernel_says_synchronised if server.mode == "live" else _nobody_knows
        writer.ask(lambda tx, now: commands.tick(tx, now, presence, synchronised=synchronised()))

        stack.enter_context(broker(settings.broker, state, clock.mono_s))
        live = Live(epoch, most=streams_for(server.threads))
        reports = Reports(live.change, lambda: clock.now().wall_ms, clock.mono_s)
        bus = Bus(
            Link(*split(settings.broker.listen), Topics(office.id), epoch),
            looking(store, epoch, mode=server.mode, visitor_url=server.visitor_url),
            inbox,
            now=clock.now,
            on_status=reports.heard,
            on_link=lambda up: reports.link(up=up),
            changed=live.change,
        )
        stack.enter_context(closing(bus))

        condition = Condition(live.change)
        own = _own_parts(settings, path, reports, writer, clock, store)
        stack.enter_context(closing(Watch(own, condition.heard, every_s=LOOK_S, wall_ms=lambda: clock.now().wall_ms)))

        parts = Parts(
            store=store,
            writer=ForCallers(writer),
            presence=presence,
            scanned=ScannedSlips(),
            pictures=bus,
            reports=reports,
            condition=condition,
            live=live,
            now=clock.now,
            mono_s=clock.mono_s,
            new_id=lambda: str(uuid.uuid4()),
            new_ticket_id=lambda: f"t-{uuid.uuid4().hex[:12]}",
            epoch=epoch,
            version=version("luot"),
            mode=server.mode,
            visitor_url=server.visitor_url,
        )
        pages = create_app(parts, secret_key(state))
        stack.enter_context(serving("listen", server.listen, pages, server.threads, clock.mono_s))
        stack.enter_context(serving("visitors", server.visitors, create_visitors(parts), VISITOR_THREADS, clock.mono_s))
        stack.callback(live.close)

        log.info("staff: http://%s/  visitors: http://%s/  data: %s", server.listen, server.visitors, path)
        gc.freeze()  # what is here now stays; to look through it once more took most of the time of an end
        supervisor.ready(f"staff: http://{server.listen}/")
        _tick_until(stop, writer, clock, presence, supervisor, synchronised)
        supervisor.stopping()
        log.info("stopping")
    return 0


def _own_parts(
    settings: Settings, path: Path, reports: Reports, writer: Writer, clock: Clock, store: Store
) -> Mapping[str, Part]:
    """What of this machine is looked at. A demonstration's clock is nobody's, and nothing of it is kept."""
    found = {
        "broker": machine.broker(lambda: reports.linked),
        "database": machine.database(lambda: writer.trouble),
        "disk": machine.disk(path.parent),
    }
    server = settings.server
    if server is None or server.mode == "demo":
        return found
    folders = server.backup.folders or (settings.machine.state / "backup",)
    return found | {
        "clock": machine.wall_clock(machine.kernel_says_synchronised, store.clock_doubted),
        "copies": machine.copies(folders, lambda: clock.now().wall_ms),
    }


def _stamp() -> str:
    """The moment as copies of the database are named by it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def _nobody_knows() -> None:
    """Whether a demonstration's clock is synchronised."""
    return


def _tick_until(
    stop: threading.Event,
    writer: Writer,
    clock: Clock,
    presence: commands.Presence,
    supervisor: Supervisor,
    synchronised: Callable[[], bool | None],
) -> None:
    """Do what is due as time passes. Alive is who has an answer of the writer, be it that the disk is full."""
    wait_s = 0.0
    while not stop.wait(supervisor.within(wait_s)):
        try:
            wake = writer.ask(lambda tx, now: commands.tick(tx, now, presence, synchronised=synchronised()))
            wait_s = max(0.05, wake.in_s(clock.now(), speed=clock.speed()))
            supervisor.alive()
        except (Busy, StorageFailed, TimeoutError) as error:
            log.error("what is due by now could not be done: %s", error or type(error).__name__)
            wait_s = 1.0
            if isinstance(error, StorageFailed):
                supervisor.alive()


def _parser() -> argparse.ArgumentParser:
    made = parser("luot-server", "The server of one office.")
    only = made.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="only say whether the settings can be used")
    only.add_argument("--backup", action="store_true", help="only copy the database, as [server.backup] says")
    only.add_argument("--restore", type=Path, metavar="COPY", help="only put a copy in the database's place")
    return made


if __name__ == "__main__":
    raise SystemExit(main())
