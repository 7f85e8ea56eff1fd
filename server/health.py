"""What is wrong where: the stations' own reports, heard from the broker.

A station's will makes it offline; what its devices last said is then worth nothing, so they count as unknown.
So do all devices while the server itself hears nothing.
"""

import logging
import threading
from collections.abc import Callable

from pydantic import ValidationError

from server.wire.messages import DeviceState, DeviceStatus, StationHealth, StationStatus, to_time

log = logging.getLogger(__name__)


class Reports:
    """The newest report of each station and device. May be used by several threads.

    ``changed`` is called after each change, by the thread that told it. ``wall_ms`` is the clock, UTC ms.
    """

    def __init__(self, changed: Callable[[], None], wall_ms: Callable[[], int]) -> None:
        self._changed, self._wall_ms = changed, wall_ms
        self._lock = threading.Lock()
        self._stations: dict[str, StationStatus] = {}
        self._since: dict[str, str] = {}
        self._devices: dict[str, dict[str, DeviceStatus]] = {}
        self._broken: set[str] = set()
        self._linked = False

    @property
    def linked(self) -> bool:
        """Whether the server itself hears the broker."""
        with self._lock:
            return self._linked

    def link(self, *, up: bool) -> None:
        """The server's own connection came or went."""
        with self._lock:
            self._linked = up
        self._changed()

    def heard(self, path: str, payload: bytes) -> None:
        """A message on ``status/<path>``; ``path`` is ``station`` or ``station/device``. Empty = it is gone.

        A message that cannot be read, or speaks for another station than its topic, changes nothing; it is
        logged once per topic.
        """
        station, _, device = path.partition("/")
        try:
            if device:
                self._hear_device(station, device, payload)
            else:
                self._hear_station(station, payload)
        except ValueError as error:  # a ValidationError is one
            self._complain(path, error)
            return
        with self._lock:
            self._broken.discard(path)
        self._changed()

    def stations(self) -> list[StationHealth]:
        """Every station heard of, sorted by id, with its devices as they count now."""
        with self._lock:
            names = sorted(self._stations.keys() | self._devices.keys())
            return [self._station(name) for name in names]

    def _station(self, name: str) -> StationHealth:
        status = self._stations.get(name)
        online = status is not None and status.online
        reported = self._devices.get(name, {})
        if status is not None and status.devices:  # what it is no longer set up with may still lie on the broker
            reported = {one: reported.get(one) or _silent(status, one) for one in status.devices}
        devices = sorted(reported.values(), key=lambda one: one.device)
        return StationHealth(
            station=name,
            kind=status.kind if status else None,
            online=online,
            version=status.version if status else "",
            at=status.at if status else None,
            devices=devices if online and self._linked else [_unknown(one) for one in devices],
            since=self._since.get(name),
        )

    def _hear_station(self, station: str, payload: bytes) -> None:
        if not payload:
            with self._lock:
                self._stations.pop(station, None)
                self._since.pop(station, None)
            return
        status = StationStatus.model_validate_json(payload)
        if status.station != station:
            raise ValueError(f"speaks for {status.station!r}")
        with self._lock:
            before = self._stations.get(station)
            self._stations[station] = status.model_copy(update={"at": status.at or (before.at if before else None)})
            if before is not None and before.online != status.online:
                self._since[station] = to_time(self._wall_ms())
        if before is None or before.online != status.online:
            log.info("station %s is %s", station, "online" if status.online else "offline")

    def _hear_device(self, station: str, device: str, payload: bytes) -> None:
        if not payload:
            with self._lock:
                self._devices.get(station, {}).pop(device, None)
            return
        status = DeviceStatus.model_validate_json(payload)
        if (status.station, status.device) != (station, device):
            raise ValueError(f"speaks for {status.station!r}, {status.device!r}")
        with self._lock:
            before = self._devices.setdefault(station, {}).get(device)
            if before is not None and status.last_at is None:  # a station that begins anew knows of no trouble
                status = status.model_copy(update={"last_code": before.last_code, "last_at": before.last_at})
            self._devices[station][device] = status
        if before is None or (before.state, before.code) != (status.state, status.code):
            log.info("%s of %s is %s%s", device, station, status.state, f" ({status.code})" if status.code else "")

    def _complain(self, path: str, error: ValueError) -> None:
        with self._lock:
            again = path in self._broken
            self._broken.add(path)
        if not again:
            reason = f"{error.error_count()} mistakes" if isinstance(error, ValidationError) else str(error)
            log.warning("unreadable report on status/%r ignored: %s", path, reason)


def _silent(status: StationStatus, device: str) -> DeviceStatus:
    """A device that the station is set up with and never reported."""
    at = status.at or ""
    return DeviceStatus(station=status.station, device=device, state=DeviceState.UNKNOWN, since=at, at=at)


def _unknown(status: DeviceStatus) -> DeviceStatus:
    return status.model_copy(update={"state": DeviceState.UNKNOWN, "code": None, "left_slips": None})
