"""Set up the common parts of station programs: clock, signals, HTTP client, MQTT, device reports."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from pydantic import ValidationError

from config.address import is_loopback, split_address
from config.box_token import stations_token
from config.clock import Clock, machine_clock
from config.notify import SystemdNotifier
from config.program import end_after_failed_thread, on_stop_signal, start_systemd_notifier
from config.settings import Settings
from server.wire.broker_login import BrokerLogin, box_login
from server.wire.client import ServerClient
from server.wire.messages import Read, RestartStation, to_time
from server.wire.mqtt_connection import MqttConnection
from server.wire.reports import ReportableHealth, StationKind, client_id, device_status, presence
from server.wire.station.effects import publish_status
from server.wire.station.enrol.link import EnrolledStation
from server.wire.station.enrol.watch import DeviceWatch
from server.wire.station.events import BrokerConnectionChanged, ReceivedMessage
from server.wire.topics import Topics

log = logging.getLogger(__name__)

TopicModels = Mapping[str, type[Read]]
"""Topic that a station subscribes to -> the model of its messages."""


class DeviceMonitor(Protocol):
    """A running health monitor, implemented in ``hardware.health``.

    ``rounds``: how often it has polled all devices; a hung thread does not count on.
    """

    @property
    def rounds(self) -> int: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StationSetup:
    """The common parts of one run of a station. ``boot``: a new id per run. ``exit_stack`` closes the parts.

    ``station``: its id. ``notifier``: reports to systemd that the program is ready and alive. ``enrolled``: the
    credentials of an enrolled device; None for a program of the hall's box. ``stop``: ends the program in order.
    """

    settings: Settings
    station: str
    kind: StationKind
    boot: str
    clock: Clock
    notifier: SystemdNotifier
    exit_stack: ExitStack
    enrolled: EnrolledStation | None = None
    stop: Callable[[], object] = lambda: None

    @property
    def topics(self) -> Topics:
        """The topics of the station's office."""
        return Topics(self.settings.link.office)

    def wall_ms(self) -> int:
        """Return the time, UTC in milliseconds since 1970."""
        return self.clock.now().wall_ms

    def open_client(self) -> ServerClient:
        """Return an HTTP client of the server."""
        if self.enrolled is not None:
            return self.exit_stack.enter_context(closing(self.enrolled.open_client()))
        client = ServerClient(
            self.settings.link.server,
            language=self.settings.machine.language,
            token=partial(stations_token, self.settings),
        )
        return self.exit_stack.enter_context(closing(client))

    def connect(
        self,
        *,
        devices: Iterable[str],
        models: TopicModels,
        on_message: Callable[[ReceivedMessage], None],
        on_connection: Callable[[BrokerConnectionChanged], None],
    ) -> MqttConnection:
        """Return a connection that subscribes to ``models`` and publishes that the station is online.

        ``devices``: the names of those in its settings. When the station disappears, the broker publishes its will.
        Both callbacks run in a thread of the connection and must only put events into an inbox. A message on the
        topic ``restart`` ends the program, which systemd or the hall starts again.
        """
        restart = self.topics.restart(self.station)
        models = {**models, restart: RestartStation}
        status = self.topics.status(self.station)
        online, offline = presence(self.station, self.kind, self.boot, self.clock.now(), devices)

        def receive(topic: str, payload: bytes, *, retained: bool) -> None:
            content = decode(topic, payload, models)
            if isinstance(content, RestartStation):
                self._restart(retained=retained)
            elif content is not None:
                on_message(ReceivedMessage(topic, content, retained))

        mqtt = MqttConnection(
            *split_address(self.settings.link.broker),
            client_id(self.station, self.boot),
            topics=tuple(models),
            on_message=partial(receive, retained=False),
            on_retained=partial(receive, retained=True),
            on_connection=lambda connected: on_connection(BrokerConnectionChanged(connected)),
            will=(status, offline),
            login=self._broker_login,
        )
        self.exit_stack.enter_context(closing(mqtt)).publish(status, online, retain=True)
        return mqtt

    def _restart(self, *, retained: bool) -> None:
        """End the program, unless an old message was kept by the broker."""
        if not retained:
            log.info("the program ends: staff asked on the health page that it starts again")
            self.stop()

    def _broker_login(self) -> BrokerLogin | None:
        """Return the device's login, or the hall box's for a broker on this machine."""
        if self.enrolled is not None:
            return self.enrolled.broker_login()
        host, _ = split_address(self.settings.link.broker)
        return box_login(self.settings.machine.state) if is_loopback(host) else None

    def reporter(self, mqtt: MqttConnection) -> "DeviceReporter":
        """Return the reporter that publishes the health of the station's devices on ``mqtt``."""
        return DeviceReporter(self.station, self.topics, mqtt, self.clock)

    def supervise(self, monitor: DeviceMonitor) -> None:
        """Close ``monitor`` at the end, and report its thread to systemd when it hangs."""
        self.exit_stack.enter_context(closing(monitor))
        self.notifier.watch_thread("the health monitor of the devices", lambda: monitor.rounds)


def start_station(
    settings: Settings,
    station: str,
    kind: StationKind,
    *,
    boot: str,
    wall_ns: Callable[[], int],
    boot_ns: Callable[[], int],
    stop: Callable[[], object],
    exit_stack: ExitStack,
    enrolled: EnrolledStation | None = None,
) -> StationSetup:
    """Start the clock, the handling of stop signals and the supervision of a station's program.

    ``wall_ns`` and ``boot_ns`` are the machine's clocks. ``stop`` is called from another thread, and must only put
    something into an inbox; so does a change or the removal of an ``enrolled`` device call it.
    """
    clock = machine_clock(wall_ns, boot_ns, settings.machine.pace)
    if enrolled is None:
        on_stop_signal(stop)
        notifier = start_systemd_notifier(clock.mono_s, stop)
    else:
        notifier = enrolled.notifier
        enrolled.signals.when_stopped(stop)
        end_after_failed_thread(notifier, stop)
        exit_stack.enter_context(closing(DeviceWatch(enrolled, stop)))
    return StationSetup(settings, station, kind, boot, clock, notifier, exit_stack, enrolled, stop)


def decode(topic: str, payload: bytes, models: TopicModels) -> Read | None:
    """Return a message as the model of its topic, or None.

    None stands for a topic that is not in ``models``, an erased value (empty payload), and an invalid message, which
    is logged.
    """
    model = models.get(topic)
    if model is None or not payload:
        return None
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        log.warning("unreadable message on %s ignored: %d mistakes", topic, error.error_count())
        return None


class DeviceReporter:
    """Publishes the health of a station's devices."""

    def __init__(self, station: str, topics: Topics, mqtt: MqttConnection, clock: Clock) -> None:
        self._station, self._topics, self._mqtt, self._clock = station, topics, mqtt, clock

    def publish(self, device: str, health: ReportableHealth) -> None:
        """Publish the current ``health`` of ``device``."""
        at = to_time(self._clock.now().wall_ms)
        publish_status(self._mqtt, self._topics, device_status(self._station, device, health, at))
