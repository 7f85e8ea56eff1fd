"""``luot-server``: the server of one office. Starts its parts in order; closes them in reverse order."""

import gc
import logging
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from queue import SimpleQueue

from config.address import split_address
from config.clock import Clock, machine_clock
from config.drawable import find_undrawable
from config.load import ConfigError, exit_with
from config.notify import SystemdNotifier
from config.office import OfficeSettings
from config.program import load_settings_or_exit, on_stop_signal, start_systemd_notifier
from config.settings import ServerSettings, Settings
from config.words import LANGUAGES
from hardware.health.monitor import HealthMonitor
from server import commands
from server.access.access import Access
from server.display_content.browser import BrowserDisplay
from server.display_content.speech.packs import find_packs
from server.domain.queue.ticket_ids import TicketIds
from server.loop import ServerLoop
from server.messaging.broker import BrokerError, RunningBroker
from server.messaging.pictures import picture_reader
from server.messaging.publisher import Publisher, PublisherInbox, PublishTarget
from server.monitoring import server_health
from server.monitoring.integrity import IntegrityCheck
from server.monitoring.network_part import network_part
from server.monitoring.server_health import ServerHealth, ServerPart
from server.monitoring.station_monitor import StationMonitor
from server.monitoring.wanted_copy import want_copy
from server.network.hall_network import HallNetwork
from server.startup import command_line
from server.startup.checks import backup_folders, check_files, check_settings, database_path
from server.startup.devices import start_devices
from server.startup.first_setup import FirstSetup, open_first_setup, record_start
from server.startup.listeners import Listeners
from server.startup.network import also_on_change, announcement, hall_network, start_broker
from server.startup.office_choice import StoredOfficeChoice
from server.startup.office_toml import OFFICE_FILES
from server.startup.opening import ending_sessions_at_close, make_box_token, open_accounts
from server.startup.programs import then_sending_facts
from server.store import CannotOpen, CheckCancelled, MigrationCancelled, SqliteBackend, Store, Writer
from server.store.writer import Committed
from server.web.shared.context import AppContext
from server.web.shared.identity import secret_key
from server.web.shared.live import LiveVersion
from server.web.shared.scanned_slips import ScannedSlips
from server.web.shared.serving.caller import SkipIfDisconnected
from server.web.shared.serving.http_server import CannotListen, raise_open_files
from server.web.staff.app import create_app
from server.web.staff.practice.halls import EXTENSION as PRACTICE_HALLS
from server.web.visitors.app import create_visitor_app
from server.wire.topics import Topics

log = logging.getLogger("server")

SWITCH_INTERVAL_S = 0.001
"""How long a thread may hold the interpreter while others wait for it.

The receiving thread waits for it at each refusal: with the default of 5 ms refusals took longer in each pair of
measurements (decision 0040).
"""
CHECK_PARTS_EVERY_S = 2.0
"""The interval between two checks of the server's own parts."""
PREPARING_DATABASE = "preparing the database"
"""systemd's status text while the database is checked, copied and migrated; an upgrade waits while it is shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server until SIGTERM or Ctrl-C. Exit code 78 for settings that cannot be used."""
    args = command_line.parser().parse_args(arguments)
    settings = load_settings_or_exit(args.config)
    clock = machine_clock(time.time_ns, partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME), settings.machine.pace)
    try:
        exit_code = command_line.run_action(args, settings, clock, input)
        if exit_code is not None:
            return exit_code
        server, office = check_settings(settings)
        if args.check:
            check_files(server)
            print(f"{args.config}: all right")
            return 0
        for text in find_undrawable(office) if office is not None else ():
            log.warning("%s: %s", server.office, text)
        return _run(settings, clock, server, office)
    except ConfigError as error:
        exit_with(error)
    except (CannotOpen, BrokerError, CannotListen) as error:
        log.error("%s", error)
        return 1
    except (CheckCancelled, MigrationCancelled) as error:
        log.info("stopped before the database was ready: %s", error or "its check was cancelled")
        return 0


@dataclass(frozen=True, slots=True)
class ServerSetup:
    """The common inputs of the server's parts.

    ``server`` is the section [server] of ``settings``. ``resources`` closes the parts at the end; ``epoch`` is a random
    id of this start of the server.
    """

    settings: Settings
    server: ServerSettings
    clock: Clock
    epoch: str
    resources: ExitStack

    def wall_ms(self) -> int:
        """Return the time of the wall clock, UTC ms."""
        return self.clock.now().wall_ms


def _run(settings: Settings, clock: Clock, server: ServerSettings, office: OfficeSettings | None) -> int:
    stop = threading.Event()
    on_stop_signal(stop.set)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    notifier = start_systemd_notifier(clock.mono_s, stop.set)
    with ExitStack() as resources:
        setup = ServerSetup(settings, server, clock, uuid.uuid4().hex[:8], resources)
        inbox: PublisherInbox = SimpleQueue()  # of the publisher: the writer puts each commit into it
        access = open_accounts(server, settings.machine.state, clock.mono_s, setup.wall_ms, resources)
        store = _open_store(setup, partial(_report_and_ask, notifier, stop))
        notifier.status("starting")
        writer = _start_writer(setup, store, ending_sessions_at_close(access, inbox.put))
        first_setup = _open_first_setup(setup, store, writer, access, office)
        if first_setup is not None and not first_setup.wait_for_office(clock.mono_s, stop, notifier):
            return 0
        presence = commands.Presence(clock.now())
        loop = ServerLoop(writer, clock, presence, _synchronisation(server))
        loop.tick()
        live_version = _live_version(setup)
        stations = StationMonitor(live_version.increment, setup.wall_ms, clock.mono_s)
        topics = Topics(_office_id(store))
        network = hall_network(server, settings, topics.office_id, access, setup.wall_ms, live_version.increment)
        broker = start_broker(settings, topics.office_id, access, network, clock.mono_s, resources)
        on_read = then_sending_facts(live_version.increment, access, store, secrets.SystemRandom().random, resources)
        publisher = _start_publisher(setup, store, inbox, topics, broker, stations, on_read, network)
        health = _start_health_monitor(setup, store, writer, broker, network, stations, live_version)
        context = _web_context(setup, store, writer, presence, publisher, stations, health, live_version, network)
        devices = start_devices(access, network, broker, settings.broker, stations, setup.clock.mono_s, topics)
        context = replace(context, access=access, enrolment=devices)
        _serve_pages(setup, context, first_setup)
        resources.callback(live_version.close)

        gc.freeze()  # the objects made so far live until the end; collecting them again took most of the shutdown time
        notifier.ready(f"staff: http://{server.loopback_address}/")
        loop.run(stop, notifier)
        notifier.stopping()
        log.info("stopping")
    return 0


def _open_store(setup: ServerSetup, is_cancelled: Callable[[], bool]) -> Store:
    """Open the database, which may take minutes when it is checked, or copied and migrated."""
    clock = setup.clock
    store = Store(
        SqliteBackend(database_path(setup.settings)),
        clock.now,
        clock.boot_id,
        always_open=setup.server.always_open,
        speed=clock.speed,
        is_cancelled=is_cancelled,
    )
    return setup.resources.enter_context(closing(store))


def _report_and_ask(notifier: SystemdNotifier, stop: threading.Event) -> bool:
    """Report to systemd that the database is being prepared; return whether to stop."""
    notifier.starting(PREPARING_DATABASE)
    return stop.is_set()


def _start_writer(setup: ServerSetup, store: Store, on_commit: Callable[[Committed], None]) -> Writer:
    clock, always_open = setup.clock, setup.server.always_open
    writer = Writer(store.engines.write, clock.now, clock.boot_id, on_commit=on_commit, always_open=always_open)
    return setup.resources.enter_context(closing(writer))


def _open_first_setup(
    setup: ServerSetup, store: Store, writer: Writer, access: Access | None, office: OfficeSettings | None
) -> FirstSetup | None:
    """Record the start of the server; return the first set-up, None in a demonstration."""
    record_start(writer, office, setup.server)
    if access is None:
        return None
    choice = StoredOfficeChoice(store, writer, setup.settings.link.office)
    new_id = lambda: str(uuid.uuid4())
    return open_first_setup(setup.settings, setup.server, access, choice, setup.resources, new_id=new_id)


def _office_id(store: Store) -> str:
    with store.read() as snapshot:
        return snapshot.office.id


def _start_publisher(
    setup: ServerSetup,
    store: Store,
    inbox: PublisherInbox,
    topics: Topics,
    broker: RunningBroker,
    stations: StationMonitor,
    on_read: Callable[[], None],
    network: HallNetwork | None,
) -> Publisher:
    """Publish the pictures after each commit; pass the stations' reports to ``stations``."""
    server = setup.server
    publisher = Publisher(
        PublishTarget(*split_address(setup.settings.broker.listen), topics, setup.epoch, broker.read_login),
        picture_reader(store, setup.epoch, mode=server.mode, visitor_url=_visitor_url(server, network)),
        inbox,
        now=setup.clock.now,
        on_status=stations.receive,
        on_connection=lambda connected: stations.set_connected(connected=connected),
        on_read=on_read,
    )
    also_on_change(network, publisher.publish_address)
    broker.when_removed(lambda user: publisher.erase_reports(user.station, stations.device_names(user.station)))
    return setup.resources.enter_context(closing(publisher))


def _visitor_url(server: ServerSettings, network: HallNetwork | None) -> Callable[[], str]:
    """Return a function that returns the present address of the visitors' pages."""
    return (lambda: server.visitor_url) if network is None else (lambda: network.visitor_url)


def _start_health_monitor(
    setup: ServerSetup,
    store: Store,
    writer: Writer,
    broker: RunningBroker,
    network: HallNetwork | None,
    stations: StationMonitor,
    live_version: LiveVersion,
) -> ServerHealth:
    """Check the server's own parts every few seconds."""
    health = ServerHealth(live_version.increment)
    integrity = setup.resources.enter_context(closing(IntegrityCheck(store)))
    parts = _server_parts(setup, store, writer, broker, network, stations, integrity)
    monitor = HealthMonitor(parts, health.update, interval_s=CHECK_PARTS_EVERY_S, wall_ms=setup.wall_ms)
    setup.resources.enter_context(closing(monitor))
    return health


def _server_parts(
    setup: ServerSetup,
    store: Store,
    writer: Writer,
    broker: RunningBroker,
    network: HallNetwork | None,
    stations: StationMonitor,
    integrity: IntegrityCheck,
) -> Mapping[str, ServerPart]:
    """Return the parts to check. A demonstration has no real clock, no copies and no network."""
    parts = {
        "broker": server_health.broker_part(lambda: stations.connected, lambda: broker.error),
        "database": server_health.database_part(
            lambda: writer.last_error, store.known_damage, lambda: integrity.is_running
        ),
        "disk": server_health.disk_part(database_path(setup.settings).parent),
    }
    if network is None:
        return parts
    return parts | {
        "clock": server_health.clock_part(server_health.clock_is_synchronised, store.is_clock_doubted),
        "copies": server_health.copies_part(backup_folders(setup.settings), setup.wall_ms),
        "network": network_part(network.problems.all),
    }


def _web_context(
    setup: ServerSetup,
    store: Store,
    writer: Writer,
    presence: commands.Presence,
    publisher: Publisher,
    stations: StationMonitor,
    health: ServerHealth,
    live_version: LiveVersion,
    network: HallNetwork | None,
) -> AppContext:
    return AppContext(
        store=store,
        writer=SkipIfDisconnected(writer),
        presence=presence,
        scanned_slips=ScannedSlips(),
        pictures=publisher,
        reports=stations,
        server_health=health,
        live_version=live_version,
        now=setup.clock.now,
        mono_s=setup.clock.mono_s,
        new_id=lambda: str(uuid.uuid4()),
        new_ticket_id=TicketIds(setup.wall_ms, secrets.randbits).new,
        epoch=setup.epoch,
        version=version("luot"),
        mode=setup.server.mode,
        visitor_url=_visitor_url(setup.server, network),
        network=network,
        office_files=OFFICE_FILES,
        begin_device_test=lambda station, device: publisher.test_device(station, device, uuid.uuid4().hex),
        want_copy=partial(want_copy, setup.settings.machine.state),
        restart_station=lambda station: publisher.restart_station(station, uuid.uuid4().hex),
        end_device_test=lambda station, device: publisher.test_device(station, device, uuid.uuid4().hex, over=True),
        display=_browser_display(setup),
    )


def _browser_display(setup: ServerSetup) -> BrowserDisplay:
    display, language = setup.server.display, setup.settings.machine.language
    packs = find_packs(LANGUAGES, display.pack)
    return BrowserDisplay(language, display.times, display.mute_from, display.mute_to, packs)


def _serve_pages(setup: ServerSetup, context: AppContext, first_setup: FirstSetup | None) -> None:
    """Serve the pages of staff with the API, and those of visitors."""
    raise_open_files()
    context = replace(context, box_token=make_box_token(setup.settings.machine.state))
    server, access, setup_context = setup.server, context.access, None
    if first_setup is not None:
        first_setup.early_pages.close()
        setup_context = first_setup.context(context)
    staff = create_app(context, secret_key(setup.settings.machine.state), setup_context)
    setup.resources.callback(staff.extensions[PRACTICE_HALLS].close)
    visitors = create_visitor_app(context, requests_per_s=server.visitor_requests_per_s)
    listeners = Listeners(
        server,
        staff,
        visitors,
        context.network,
        may_open=access.people.has_administrator if access is not None else lambda: False,
        mono_s=setup.clock.mono_s,
        announcement=announcement(server, setup.settings, context.network, context.pictures.office.office),
    )
    setup.resources.enter_context(closing(listeners))
    if first_setup is not None:
        first_setup.finish_hooks.append(listeners.open_if_allowed)
    database = database_path(setup.settings)
    log.info("staff: http://%s/  visitors: http://%s/  data: %s", server.loopback_address, server.visitors, database)


def _synchronisation(server: ServerSettings) -> Callable[[], bool | None]:
    """Return a function that reads whether a time server sets the clock."""
    return server_health.clock_is_synchronised if server.mode == "live" else lambda: None


def _live_version(setup: ServerSetup) -> LiveVersion:
    server, mono_s = setup.server, setup.clock.mono_s
    return LiveVersion(setup.epoch, mono_s, max_streams=server.max_streams, per_s=server.refreshes_per_s)


if __name__ == "__main__":
    raise SystemExit(main())
