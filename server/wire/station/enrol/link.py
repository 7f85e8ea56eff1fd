"""The link of a station to the hall: on its box, or enrolled.

An enrolled station works with the settings of its file, changed by its enrolment: the addresses of server and broker,
the office, its own id, and its counters.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.notify import SystemdNotifier
from config.program import on_stop_signal, start_systemd_notifier
from config.settings import CounterStationSettings, DeskSettings, LinkSettings, Settings
from server.wire.broker_login import BrokerLogin
from server.wire.client import ServerClient, trusting
from server.wire.discovery import find_hall
from server.wire.enrolment import RandomBytes
from server.wire.messages import DeviceCredentials
from server.wire.messages.enrolment import StationDeviceKind
from server.wire.station.enrol.enroller import Enroller, EnrolmentSignals
from server.wire.station.enrol.exchange import AskingStation
from server.wire.station.enrol.state import EnrolmentState
from server.wire.station.enrol.stored import EnrolmentStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EnrolledStation:
    """An enrolled station. ``settings``: those with which it works; ``store``: where its enrolment is kept.

    ``notifier`` and ``signals`` are those of the program, made before the enrolment.
    """

    settings: Settings
    store: EnrolmentStore
    server: str
    credentials: DeviceCredentials
    notifier: SystemdNotifier
    signals: EnrolmentSignals

    def open_client(self) -> ServerClient:
        """Return a client that trusts the certificates of the enrolment only."""
        tls, language = trusting(self.credentials.trust_pem), self.settings.machine.language
        return ServerClient(self.server, language=language, token=lambda: self.credentials.token, tls=tls)

    def broker_login(self) -> BrokerLogin:
        """Return the device's login at the broker."""
        return BrokerLogin(self.credentials.broker_user, self.credentials.broker_password, self.store.ca_file)


def server_finder(settings: Settings, discover: Callable[[], str | None]) -> Callable[[], str | None]:
    """Return the function that finds the server: the address of the file, else ``discover``."""
    if "server" in settings.link.model_fields_set:
        return lambda: _https(settings.link.server)
    return discover


def find_server() -> str | None:
    """Return the address of the only hall that answers by mDNS."""
    hall = find_hall()
    return None if hall is None else hall.server


class EnrolmentRun:
    """The enrolment at the start of a station's program. ``signals`` end it, or ask for a new one.

    ``random_bytes`` is a source for secrets; ``discover`` finds a server on the network, None while there is none.
    """

    def __init__(
        self,
        settings: Settings,
        kind: StationDeviceKind,
        *,
        mono_s: Callable[[], float],
        random_bytes: RandomBytes,
        discover: Callable[[], str | None] = find_server,
    ) -> None:
        self._settings, self._kind = settings, kind
        self._mono_s, self._random_bytes = mono_s, random_bytes
        self._find_server = server_finder(settings, discover)
        self.signals = EnrolmentSignals()
        on_stop_signal(self.signals.stop)
        self.notifier = start_systemd_notifier(mono_s, self.signals.stop)

    def run(self, show: Callable[[EnrolmentState], object]) -> EnrolledStation | None:
        """Return the enrolled station; None when the program must end."""
        settings, kind = self._settings, self._kind
        store = EnrolmentStore(settings.machine.state, kind)
        asking = AskingStation(kind, suggested_id(settings, kind), tuple(wired_counters(settings, kind)))
        enroller = Enroller(store, asking, self._find_server, self._random_bytes, self._mono_s, show, self.signals)
        stored = enroller.run()
        if stored is None or stored.credentials is None:
            return None
        changed = enrolled_settings(settings, kind, stored.server, stored.credentials)
        return EnrolledStation(changed, store, stored.server, stored.credentials, self.notifier, self.signals)


def enrolled_settings(
    settings: Settings, kind: StationDeviceKind, server: str, credentials: DeviceCredentials
) -> Settings:
    """Return the settings with which the enrolled station works."""
    link = LinkSettings(server=server, broker=credentials.broker, office=credentials.office)
    return settings.model_copy(update={"link": link, **_section(settings, kind, credentials)})


def suggested_id(settings: Settings, kind: StationDeviceKind) -> str:
    """Return the id that the station has in its file."""
    section = {
        "kiosk": settings.kiosk,
        "counter": settings.counter,
        "display": settings.display,
        "node": settings.node,
    }[kind]
    return "" if section is None else section.station


def wired_counters(settings: Settings, kind: StationDeviceKind) -> Sequence[str]:
    """Return the counters that the station has in its file."""
    if kind == "counter" and settings.counter is not None:
        return [desk.counter for desk in settings.counter.desks]
    if kind == "node" and settings.node is not None:
        return [settings.node.counter]
    return ()


def _section(settings: Settings, kind: StationDeviceKind, credentials: DeviceCredentials) -> dict[str, object]:
    """Return the program's own section as the enrolment changes it."""
    device = credentials.device
    if kind == "kiosk" and settings.kiosk is not None:
        return {"kiosk": settings.kiosk.model_copy(update={"station": device.id})}
    if kind == "display" and settings.display is not None:
        return {"display": settings.display.model_copy(update={"station": device.id})}
    if kind == "node" and settings.node is not None:
        return {"node": settings.node.model_copy(update={"station": device.id, "counter": device.counters[0]})}
    if kind == "counter" and settings.counter is not None:
        return {"counter": _counter_station(settings.counter, device.id, device.counters)}
    return {}


def _counter_station(settings: CounterStationSettings, station: str, counters: Sequence[str]) -> CounterStationSettings:
    """Return the section with the counters of the enrolment.

    A desk keeps its counter if the device has it; the other desks get the device's other counters, in order.
    """
    own = {desk.counter for desk in settings.desks}
    left = iter([counter for counter in counters if counter not in own])
    desks: list[DeskSettings] = []
    for desk in settings.desks:
        counter = desk.counter if desk.counter in counters else next(left, None)
        if counter is None:
            log.warning("the devices of counter %s are not used: this station does not serve it", desk.counter)
        else:
            desks.append(desk.model_copy(update={"counter": counter}))
    for counter in left:
        log.warning("counter %s has no devices at this station", counter)
    return settings.model_copy(update={"station": station, "desks": tuple(desks)})


def _https(address: str) -> str:
    """Return an address with HTTPS: devices enrol over it only."""
    parts = urlsplit(address)
    return parts._replace(scheme="https").geturl()
