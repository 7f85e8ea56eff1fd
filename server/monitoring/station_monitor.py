"""The health of stations and their devices, from the reports that they publish.

When a station disconnects, its MQTT will reports it offline, and the state of its devices is unknown. All devices are
unknown while the server has no connection to the broker. Anybody on the broker can publish reports of invented
stations: the number of stations is limited, and one that has reported only once is removed first.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from server.monitoring.report_log import ReportLog
from server.monitoring.station_starts import StationStarts
from server.wire.messages import DeviceState, DeviceStatus, StationHealth, StationStatus, to_time
from server.wire.messages.reports import MAX_DEVICES

log = logging.getLogger(__name__)

MAX_STATIONS = 200
"""Far more than a hall has; the memory for reports of invented stations stays small."""
MAX_REPORT_BYTES = 16_384
"""A larger report is ignored; those of our stations are smaller."""


class StationMonitor:
    """The newest report of each station and device; all mappings have station ids as keys. Thread-safe.

    ``changed`` is called after each change, by the thread that reported it. ``wall_ms`` is the clock (UTC ms),
    ``mono_s`` a monotonic one.
    """

    def __init__(
        self, changed: Callable[[], None], wall_ms: Callable[[], int], mono_s: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._changed, self._wall_ms = changed, wall_ms
        self._lock = threading.Lock()
        self._stations: dict[str, StationStatus] = {}
        self._since: dict[str, str] = {}  # since when a station is online or offline, in the form of the wire
        self._devices: dict[str, dict[str, DeviceStatus]] = {}
        self._starts: dict[str, StationStarts] = {}
        self._report_counts: dict[str, int] = {}  # by station, in the order of the last report
        self._log = ReportLog(mono_s)
        self._connected = False

    @property
    def connected(self) -> bool:
        """True while the server has a connection to the broker."""
        with self._lock:
            return self._connected

    def set_connected(self, *, connected: bool) -> None:
        """Store that the server's connection to the broker was made or lost."""
        with self._lock:
            self._connected = connected
            if not connected:  # the broker may lose wills; running stations report again when it has restarted
                self._starts.clear()
        self._changed()

    def receive(self, path: str, payload: bytes) -> None:
        """Store a report on ``status/<path>``: ``station`` or ``station/device``.

        An empty payload erases the report. A report that cannot be read, or names another station than its topic,
        changes nothing and is logged once per topic.
        """
        station, _, device = path.partition("/")
        try:
            if len(payload) > MAX_REPORT_BYTES:
                raise ValueError(f"{len(payload)} bytes")
            if device:
                changed = self._receive_device(station, device, payload)
            else:
                changed = self._receive_station(station, payload)
        except ValueError as error:  # a ValidationError is one
            self._log.log_unreadable(path, error)
            return
        self._log.note_readable(path)
        if changed:
            self._changed()

    def device_names(self, station: str) -> Sequence[str]:
        """Return the names of the devices of which a station has reported."""
        with self._lock:
            return sorted(self._devices.get(station, {}))

    def stations(self) -> list[StationHealth]:
        """Return every station that reported, sorted by id, with the current state of its devices."""
        with self._lock:
            names = sorted(self._stations.keys() | self._devices.keys())
            return [self._station_health(name) for name in names]

    def _station_health(self, name: str) -> StationHealth:
        status = self._stations.get(name)
        online = status is not None and status.online
        reported = self._devices.get(name, {})
        if status is not None and status.devices:  # the broker may keep reports of devices that were removed
            reported = {device: reported.get(device) or _never_reported(status, device) for device in status.devices}
        devices = sorted(reported.values(), key=lambda device: device.device)
        if not (online and self._connected):
            devices = [_unknown(device) for device in devices]
        namesakes = self._starts[name].namesakes if name in self._starts else ()
        if namesakes and status:
            devices = [_name_fault(namesakes, status), *devices]
        return StationHealth(
            station=name,
            kind=status.kind if status else None,
            online=online,
            version=status.version if status else "",
            at=status.at if status else None,
            devices=devices,
            since=self._since.get(name),
        )

    def _receive_station(self, station: str, payload: bytes) -> bool:
        """Store a station's report; return whether anything changed."""
        if not payload:
            with self._lock:
                self._since.pop(station, None)
                self._starts.pop(station, None)
                return self._stations.pop(station, None) is not None
        status = StationStatus.model_validate_json(payload)
        if status.station != station:
            raise ValueError(f"names the station {status.station!r}")
        with self._lock:
            if not self._make_room(station):
                return False
            before, starts = self._stations.get(station), self._starts.setdefault(station, StationStarts())
            was_shared = bool(starts.namesakes)
            status = starts.receive(status)
            namesakes = starts.namesakes
            after = status.model_copy(update={"at": status.at or (before.at if before else None)})
            self._stations[station] = after
            if before is not None and before.online != status.online:
                self._since[station] = to_time(self._wall_ms())
        if before is None or before.online != status.online:
            self._log.log_change("station %s is %s", station, "online" if status.online else "offline")
        if namesakes and not was_shared:
            log.error(
                "two stations are called %s (%s); give one of them another name", station, _machine_names(namesakes)
            )
        elif was_shared and not namesakes:
            log.info("only one station is called %s now", station)
        return before != after or bool(namesakes) != was_shared

    def _receive_device(self, station: str, device: str, payload: bytes) -> bool:
        """Store a device's report; return whether anything changed."""
        if not payload:
            with self._lock:
                return self._devices.get(station, {}).pop(device, None) is not None
        status = DeviceStatus.model_validate_json(payload)
        if (status.station, status.device) != (station, device):
            raise ValueError(f"names the station {status.station!r}, the device {status.device!r}")
        with self._lock:
            devices = self._devices.get(station, {})
            if (device not in devices and len(devices) >= MAX_DEVICES) or not self._make_room(station):
                return False
            before = self._devices.setdefault(station, {}).get(device)
            if before is not None and status.last_at is None:  # a restarted station does not know its last fault
                status = status.model_copy(update={"last_code": before.last_code, "last_at": before.last_at})
            self._devices[station][device] = status
        if before is None or (before.state, before.code) != (status.state, status.code):
            code = f" ({status.code})" if status.code else ""
            self._log.log_change("%s of %s is %s%s", device, station, status.state, code)
        return before != status

    def _make_room(self, station: str) -> bool:
        """Make room for a report of ``station``; return False when there is none. Needs the lock."""
        count = self._report_counts.pop(station, 0)
        if count == 0 and len(self._report_counts) >= MAX_STATIONS:
            self._log.log_too_many_stations(MAX_STATIONS, station)
            removable = self._removable_station()
            if removable is None:
                return False
            self._remove(removable)
        self._report_counts[station] = count + 1
        return True

    def _removable_station(self) -> str | None:
        """Return a station that is not online, else one that reported only once."""
        offline = next((name for name in self._report_counts if not self._is_online(name)), None)
        reported_once = next((name for name, count in self._report_counts.items() if count == 1), None)
        return reported_once if offline is None else offline

    def _is_online(self, station: str) -> bool:
        status = self._stations.get(station)
        return status is not None and status.online

    def _remove(self, station: str) -> None:
        for values in (self._report_counts, self._stations, self._since, self._devices, self._starts):
            values.pop(station, None)


def _machine_names(namesakes: Sequence[StationStatus]) -> str:
    return ", ".join(sorted({status.machine or "?" for status in namesakes}))


def _name_fault(namesakes: Sequence[StationStatus], status: StationStatus) -> DeviceStatus:
    """Return the fault that several stations have one name, in the form of a device."""
    at = status.at or to_time(0)
    return DeviceStatus(
        station=status.station,
        device="name",
        state=DeviceState.FAULT,
        code="name_twice",
        since=at,
        at=at,
        detail=f"two stations are called {status.station}: on {_machine_names(namesakes)}",
    )


def _never_reported(status: StationStatus, device: str) -> DeviceStatus:
    """Return the state of a configured device that never reported."""
    at = status.at or to_time(0)
    return DeviceStatus(station=status.station, device=device, state=DeviceState.UNKNOWN, since=at, at=at)


def _unknown(status: DeviceStatus) -> DeviceStatus:
    return status.model_copy(update={"state": DeviceState.UNKNOWN, "code": None, "left_slips": None})
