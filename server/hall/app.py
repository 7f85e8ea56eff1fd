"""``luot-hall``: all programs of a hall on one machine, with simulated devices."""

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

from config.address import split_address
from config.clock import Clock, machine_clock, write_demo_clock
from config.load import ConfigError, exit_with
from config.notify import SystemdNotifier
from config.office import OfficeSettings, load_office
from config.program import load_settings_or_exit, make_parser, on_stop_signal, start_systemd_notifier
from config.settings import HallSettings, Settings
from server.hall.demo.player import DemoPlayer
from server.hall.demo.start_time import start_time
from server.hall.supervisor.addresses import listen_addresses, refuse_taken
from server.hall.supervisor.log_file import LogFile
from server.hall.supervisor.programs import programs
from server.hall.supervisor.running_settings import lock_folder, settings_of_this_run, write_settings
from server.hall.supervisor.saved_ports import reserve_saved
from server.hall.supervisor.terminal import ready_box, starting_line
from server.hall.virtual.context import PageContext
from server.hall.virtual.control_clients import control_clients
from server.hall.virtual.controls import HallControls
from server.hall.virtual.mqtt_listener import MqttListener
from server.hall.virtual.page import make_page
from server.hall.virtual.pollers import start_pollers
from server.hall.virtual.state import HallState
from server.processes.child import ChildState
from server.processes.supervisor import ChildSupervisor

LOG_FORMAT = "%(name)9s | %(message)s"
PAGE_THREADS = 40  # each open page holds one with its waiting request
SETTINGS_FILE = "hall.toml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a hall until Ctrl-C or SIGTERM. Exit code 78: the settings cannot be used."""
    args = _parser().parse_args(arguments)
    settings = load_settings_or_exit(args.config, log_format=LOG_FORMAT)
    try:
        with ExitStack() as resources:
            settings = _prepare_settings(settings, args, resources)
            assert settings.hall is not None and settings.server is not None
            office = load_office(settings.server.office)
            log_file = _log_to_file(settings, resources, verbose=args.verbose)
            return _run(settings, settings.hall, office, log_file, resources)
    except ConfigError as error:
        exit_with(error)


def _run(
    settings: Settings, hall: HallSettings, office: OfficeSettings, log_file: LogFile, resources: ExitStack
) -> int:
    assert settings.machine.pace is not None
    clock = _start_clock(settings.machine.pace, office, hall)
    notifier = start_systemd_notifier(clock.mono_s, lambda: _stop(controls, supervisor))
    state = HallState(clock.mono_s)
    controls = HallControls(state, clock, settings.machine.pace, settings.broker.kind)
    clients = control_clients(settings)
    resources.callback(clients.close)
    player = DemoPlayer(office, clients, _one_click_pages(settings), clock, state, Random(hall.seed))
    resources.callback(player.close)
    listener = MqttListener(state, lambda: clock.now().wall_ms, player.on_message)
    progress = _StartProgress(settings, hall, controls, player, listener, notifier, log_file, resources)
    supervisor = ChildSupervisor(
        list(programs(settings, settings.machine.state / SETTINGS_FILE)),
        mono_s=clock.mono_s,
        on_change=lambda name, child_state, reason: progress.child_changed(supervisor, name, child_state, reason),
        output=log_file,
        notifier=notifier,
    )
    resources.callback(supervisor.close)
    controls.connect(supervisor, player)
    controls.set_speed(hall.speed)
    resources.callback(controls.set_speed, 1.0)  # the next run continues from the time at which this one ends
    start_pollers(settings, clients, state, resources)
    page = make_page(PageContext(settings, state, clients, controls, clock.now, ZoneInfo(office.zone)))
    _serve(page, hall.listen, resources)
    resources.callback(state.close)
    on_stop_signal(lambda: _stop(controls, supervisor))
    return supervisor.run()


def _one_click_pages(settings: Settings) -> str | None:
    """Return the address of the staff's pages; None in a live hall.

    Its pages ask for a password, which the played clerks do not have.
    """
    is_demo = settings.server is not None and settings.server.mode == "demo"
    return settings.link.server if is_demo else None


class _StartProgress:
    """Reacts to changes of the child processes.

    It connects to the broker when the server is ready, prints the hall's address when all programs are ready, and
    prints the last log lines of a program that died.
    """

    def __init__(
        self,
        settings: Settings,
        hall: HallSettings,
        controls: HallControls,
        player: DemoPlayer,
        listener: MqttListener,
        notifier: SystemdNotifier,
        log_file: LogFile,
        resources: ExitStack,
    ) -> None:
        self._settings, self._hall, self._controls, self._player = settings, hall, controls, player
        self._listener, self._notifier, self._log_file, self._resources = listener, notifier, log_file, resources
        self._is_connected = False  # to the broker
        self._is_announced = False  # the hall's address is printed

    def child_changed(self, supervisor: ChildSupervisor, name: str, child_state: ChildState, reason: str) -> None:
        """React to a child's new state; called in the supervisor's thread."""
        self._controls.child_changed(name, child_state, reason)
        if reason and not self._log_file.writes_to_terminal:
            print("\n".join(self._log_file.last_lines(name)), file=sys.stderr, flush=True)
        if supervisor.is_stopping:
            self._notifier.stopping()
            self._player.halt()
            # The broker is expected to stop now.
            logging.getLogger("server.wire.mqtt_connection").setLevel(logging.ERROR)
        if name == "server" and child_state is ChildState.READY and not self._is_connected:
            self._is_connected = True
            self._resources.callback(self._listener.connect(self._settings).close)
        if not self._is_announced and all(state is ChildState.READY for state in supervisor.states().values()):
            self._is_announced = True
            self._announce(f"http://{self._hall.listen}/")

    def _announce(self, address: str) -> None:
        self._notifier.ready(f"the virtual hall: {address}")
        print(ready_box(address, _relative_to_here(self._log_file.path)), flush=True)
        if self._hall.morning:
            self._player.begin()


def _prepare_settings(settings: Settings, args: argparse.Namespace, resources: ExitStack) -> Settings:
    """Lock the state folder, reserve addresses, write the running settings and return them.

    Raises ``ConfigError``.
    """
    if settings.hall is None or settings.server is None:
        raise ConfigError([f"{args.config}: [hall] or [server] is missing; luot-hall runs a whole hall"])
    if args.ports == "auto" and settings.server.is_beyond_loopback:
        problem = f"[server] listen = {settings.server.listen}: --ports auto is for a hall on loopback"
        raise ConfigError([f"{args.config}: {problem}; start it without, or listen on 127.0.0.1"])
    hall = settings.hall.model_copy(
        update={"speed": args.speed or settings.hall.speed, "morning": args.morning or settings.hall.morning}
    )
    settings = settings.model_copy(update={"hall": hall})
    state = (args.state or settings.machine.state).resolve()
    lock_folder(state, resources)
    new_addresses = reserve_saved(listen_addresses(settings), state, resources) if args.ports == "auto" else {}
    if not new_addresses:
        refuse_taken(listen_addresses(settings))
    settings = settings_of_this_run(
        settings,
        home=args.config.resolve().parent,
        state=state,
        new_addresses=new_addresses,
        token=secrets.token_urlsafe(),
    )
    write_settings(settings, state / SETTINGS_FILE)
    return settings


def _start_clock(clock_file: Path, office: OfficeSettings, hall: HallSettings) -> Clock:
    boot_ms = _boot_ns() // 1_000_000
    wall_ms, ran_ms = start_time(
        clock_file, office, wall_ms=time.time_ns() // 1_000_000, boot_ms=boot_ms, morning=hall.morning
    )
    write_demo_clock(clock_file, wall_ms=wall_ms, ran_ms=ran_ms, boot_ms=boot_ms, speed=1.0)
    return machine_clock(time.time_ns, _boot_ns, clock_file)


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _serve(page: Flask, listen_on: str, resources: ExitStack) -> None:
    web = WebServer(split_address(listen_on), page, numthreads=PAGE_THREADS, shutdown_timeout=1)
    web.prepare()
    thread = threading.Thread(target=web.serve, name="page", daemon=True)
    thread.start()
    resources.callback(thread.join)
    resources.callback(web.stop)


def _stop(controls: HallControls, supervisor: ChildSupervisor) -> None:
    controls.close()
    supervisor.stop()


def _relative_to_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _log_to_file(settings: Settings, resources: ExitStack, *, verbose: bool) -> LogFile:
    """Log into the state folder; log to the terminal only warnings, or with ``verbose`` everything."""
    file = LogFile(settings.machine.state / "hall.log", terminal=sys.stderr if verbose else None)
    resources.callback(file.close)
    resources.callback(logging.shutdown)
    handlers: list[logging.Handler] = [logging.StreamHandler(file)]
    if not verbose:
        terminal = logging.StreamHandler()
        terminal.setLevel(logging.WARNING)
        terminal.addFilter(lambda record: record.name != "server.wire.mqtt_connection")  # the page shows the connection
        handlers.append(terminal)
    logging.basicConfig(level=settings.machine.log.upper(), format=LOG_FORMAT, handlers=handlers, force=True)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show Vietnamese
    print(starting_line(), flush=True)
    return file


def _parser() -> argparse.ArgumentParser:
    command_line = make_parser("luot-hall", "A whole hall on one machine.")
    command_line.add_argument("--ports", choices=["auto"], help="auto: free loopback ports for everything")
    command_line.add_argument("--state", type=Path, help="folder for everything this hall writes")
    command_line.add_argument("--speed", type=_speed, help="how fast the wall clock runs, 1 to 60")
    command_line.add_argument(
        "--verbose", action="store_true", help="log on the terminal too, not only into the state folder"
    )
    command_line.add_argument("--morning", action="store_true", help="play a busy morning from the start")
    return command_line


def _speed(text: str) -> float:
    speed = float(text)
    if not 1 <= speed <= 60:
        raise argparse.ArgumentTypeError("the speed is 1 to 60")
    return speed


if __name__ == "__main__":
    raise SystemExit(main())
