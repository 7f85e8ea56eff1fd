"""``luot-hall``: a whole hall on one machine. Composes, from top to bottom; closes in reverse."""

import argparse
import io
import logging
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from cheroot.wsgi import Server as WebServer
from flask import Flask

from config.address import split
from config.clock import Clock, machine_clock, write_pace
from config.load import ConfigError, leave
from config.office import OfficeFile, load_office
from config.program import on_stop, parser, supervised, told
from config.settings import Hall, Settings
from server.hall.addresses import own_folder, places, refuse_taken, settle, write
from server.hall.cast import cast
from server.hall.children import Children, Life
from server.hall.doors import doors
from server.hall.ear import Ear
from server.hall.invitation import invitation, starting
from server.hall.kept_ports import own_ports
from server.hall.log_file import LogFile
from server.hall.opening import first_moment
from server.hall.page import House, make_page
from server.hall.player import Player
from server.hall.scene import Scene
from server.hall.stage import Stagehand
from server.hall.watch import listen, watch

LOG_LINE = "%(name)9s | %(message)s"
PAGE_THREADS = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a hall until Ctrl-C or SIGTERM. Exit code 78 for settings that cannot be used."""
    args = _parser().parse_args(arguments)
    settings = told(args.config, log_line=LOG_LINE)
    try:
        with ExitStack() as held:
            settings = _settled(settings, args, held)
            assert settings.hall is not None and settings.server is not None
            office = load_office(settings.server.office)
            logged = _log_to_file(settings, held, verbose=args.verbose)
            return _run(settings, settings.hall, office, logged, held)
    except ConfigError as error:
        leave(error)


def _run(settings: Settings, hall: Hall, office: OfficeFile, logged: LogFile, held: ExitStack) -> int:
    assert settings.machine.pace is not None
    clock = _start_clock(settings.machine.pace, office, hall)
    supervisor = supervised(clock.mono_s, lambda: _stop(hands, children))
    scene = Scene(clock.mono_s)
    hands = Stagehand(scene, clock, settings.machine.pace, settings.broker.kind)
    ways = doors(settings)
    player = Player(office, ways, settings.link.server, clock, scene, Random(hall.seed))
    held.callback(player.close)
    ear = Ear(scene, lambda: clock.now().wall_ms, player.heard)
    opened = threading.Event()

    def said(name: str, life: Life, reason: str) -> None:
        hands.child_said(name, life, reason)
        if reason and logged.quiet:
            print("\n".join(logged.last(name)), file=sys.stderr, flush=True)
        if children.stopping:
            supervisor.stopping()
            player.halt()
            logging.getLogger("server.wire.feed").setLevel(logging.ERROR)  # that the broker goes is no news now
        if name == "server" and life is Life.READY and not opened.is_set():
            held.callback(listen(settings, ear.message, ear.link).close)
        if all(one is Life.READY for one in children.lives().values()) and not opened.is_set():
            opened.set()
            supervisor.ready(f"the virtual hall: http://{hall.listen}/")
            print(invitation(f"http://{hall.listen}/", _short(logged.path)), flush=True)
            if hall.morning:
                player.begin()

    file = settings.machine.state / "hall.toml"
    children = Children(list(cast(settings, file)), mono_s=clock.mono_s, said=said, out=logged, supervisor=supervisor)
    hands.direct(children, player)
    hands.set_speed(hall.speed)
    held.callback(hands.set_speed, 1.0)  # the next run goes on from the moment this one ended
    watch(settings, ways, scene, held)
    house = House(settings, scene, ways, hands, clock.now, ZoneInfo(office.zone))
    _serve(make_page(house), hall.listen, held)
    held.callback(scene.close)
    on_stop(lambda: _stop(hands, children))
    return children.run()


def _settled(settings: Settings, args: argparse.Namespace, held: ExitStack) -> Settings:
    """The settings this hall really uses, written where its children read them. Raises ``ConfigError``."""
    if settings.hall is None or settings.server is None:
        raise ConfigError([f"{args.config}: [hall] or [server] is missing; luot-hall runs a whole hall"])
    hall = settings.hall.model_copy(
        update={"speed": args.speed or settings.hall.speed, "morning": args.morning or settings.hall.morning}
    )
    settings = settings.model_copy(update={"hall": hall})
    state = (args.state or settings.machine.state).resolve()
    own_folder(state, held)
    moved = own_ports(places(settings), state, held) if args.ports == "auto" else {}
    if not moved:
        refuse_taken(places(settings))
    settings = settle(
        settings, home=args.config.resolve().parent, state=state, moved=moved, token=secrets.token_urlsafe()
    )
    write(settings, state / "hall.toml")
    return settings


def _start_clock(pace: Path, office: OfficeFile, hall: Hall) -> Clock:
    boot_ms = _boot_ns() // 1_000_000
    wall_ms, ran_ms = first_moment(
        pace, office, wall_ms=time.time_ns() // 1_000_000, boot_ms=boot_ms, morning=hall.morning
    )
    write_pace(pace, wall_ms=wall_ms, ran_ms=ran_ms, boot_ms=boot_ms, speed=1.0)
    return machine_clock(time.time_ns, _boot_ns, pace)


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _serve(page: Flask, listen_on: str, held: ExitStack) -> None:
    web = WebServer(split(listen_on), page, numthreads=PAGE_THREADS, shutdown_timeout=1)
    web.prepare()
    thread = threading.Thread(target=web.serve, name="page", daemon=True)
    thread.start()
    held.callback(thread.join)
    held.callback(web.stop)


def _stop(hands: Stagehand, children: Children) -> None:
    hands.close()
    children.stop()


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _log_to_file(settings: Settings, held: ExitStack, *, verbose: bool) -> LogFile:
    """Log into the state folder; on the terminal only warnings of this program, or with ``verbose`` all."""
    file = LogFile(settings.machine.state / "hall.log", also=sys.stderr if verbose else None)
    held.callback(file.close)
    held.callback(logging.shutdown)
    handlers: list[logging.Handler] = [logging.StreamHandler(file)]
    if not verbose:
        terminal = logging.StreamHandler()
        terminal.setLevel(logging.WARNING)
        terminal.addFilter(lambda record: record.name != "server.wire.feed")  # the page says that the broker is gone
        handlers.append(terminal)
    logging.basicConfig(level=settings.machine.log.upper(), format=LOG_LINE, handlers=handlers, force=True)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show Vietnamese
    print(starting(), flush=True)
    return file


def _parser() -> argparse.ArgumentParser:
    made = parser("luot-hall", "A whole hall on one machine.")
    made.add_argument("--ports", choices=["auto"], help="auto: free loopback ports for everything")
    made.add_argument("--state", type=Path, help="folder for everything this hall writes")
    made.add_argument("--speed", type=_speed, help="how fast the wall clock runs, 1 to 60")
    made.add_argument("--verbose", action="store_true", help="log on the terminal too, not only into the state folder")
    made.add_argument("--morning", action="store_true", help="play a busy morning from the start")
    return made


def _speed(text: str) -> float:
    speed = float(text)
    if not 1 <= speed <= 60:
        raise argparse.ArgumentTypeError("the speed is 1 to 60")
    return speed


if __name__ == "__main__":
    raise SystemExit(main())
