"""What is wrong where: the stations' own reports, heard from the broker.

A station's will makes it offline; what its devices last said is then worth nothing, so they count as unknown.
So do all devices while the server itself hears nothing. Anybody on the broker may invent stations: as many are kept as
a hall may have, and one that was reported only once makes room for the next.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from server.station_boots import Boots
from server.wire.messages import DeviceState, DeviceStatus, StationHealth, StationStatus, to_time
from server.wire.messages.reports import MOST_DEVICES

log = logging.getLogger(__name__)


MOST_STATIONS = 200
LARGEST_REPORT = 16_384
MOST_BROKEN = 100
MOST_LINES = 60  # in the log, in the time of one
LINES_S = 60.0


class Reports:
    """The newest report of each station and device. May be used by several threads.

    ``changed`` is called after each change, by the thread that told it. ``wall_ms`` is the clock, UTC ms,
    ``mono_s`` a steady one.
    """

    def __init__(
        self, changed: Callable[[], None], wall_ms: Callable[[], int], mono_s: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._changed, self._wall_ms = changed, wall_ms
        self._lock = threading.Lock()
        self._stations: dict[str, StationStatus] = {}
        self._since: dict[str, str] = {}
        self._devices: dict[str, dict[str, DeviceStatus]] = {}
        self._boots: dict[str, Boots] = {}
        self._reported: dict[str, int] = {}  # how often, the station that was reported last is last
        self._broken: set[str] = set()
        self._full = False
        self._mono_s, self._lines_since_s, self._lines = mono_s, mono_s(), 0
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
            if not up:  # wills may be lost with the broker; who is there will say so again
                self._boots.clear()
        self._changed()

    def heard(self, path: str, payload: bytes) -> None:
        """A message on ``status/<path>``; ``path`` is ``station`` or ``station/device``. Empty = it is gone.

        A message that cannot be read, or speaks for another station than its topic, changes nothing; it is
        logged once per topic.
        """
        station, _, device = path.partition("/")
        try:
            if len(payload) > LARGEST_REPORT:
                raise ValueError(f"{len(payload)} bytes")
            change = self._hear_device(station, device, payload) if device else self._hear_station(station, payload)
        except ValueError as error:  # a ValidationError is one
            self._complain(path, error)
            return
        with self._lock:
            self._broken.discard(path)
        if change:
            self._changed()

    def _admitted(self, station: str) -> bool:
        """Make room for a report of ``station``; under the lock. False: there is none."""
        times = self._reported.pop(station, 0)
        if times == 0 and len(self._reported) >= MOST_STATIONS:
            once = next((name for name, count in self._reported.items() if count == 1), None)
            gone = next((name for name in self._reported if not self._is_online(name)), once)
            if not self._full:
                self._full = True
                log.warning(
                    "more than %d stations are reported, the last is %r: somebody invents them; old ones are forgotten",
                    MOST_STATIONS,
                    station,
                )
            if gone is None:
                return False
            self._forget(gone)
        self._reported[station] = times + 1
        return True

    def _is_online(self, station: str) -> bool:
        status = self._stations.get(station)
        return status is not None and status.online

    def _forget(self, station: str) -> None:
        for known in (self._reported, self._stations, self._since, self._devices, self._boots):
            known.pop(station, None)

    def _may_log(self) -> bool:
        """Whether the log has room for one more line of this minute."""
        now_s = self._mono_s()
        if now_s - self._lines_since_s >= LINES_S:
            self._lines_since_s, self._lines = now_s, 0
        self._lines += 1
        if self._lines == MOST_LINES:
            log.warning("%d reports of stations in a minute; the others of this minute are not logged", MOST_LINES)
        return self._lines < MOST_LINES

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
        twins = self._boots[name].twins if name in self._boots else ()
        told = devices if online and self._linked else [_unknown(one) for one in devices]
        return StationHealth(
            station=name,
            kind=status.kind if status else None,
            online=online,
            version=status.version if status else "",
            at=status.at if status else None,
            devices=[_name_twice(twins, status), *told] if twins and status else told,
            since=self._since.get(name),
        )

    def _hear_station(self, station: str, payload: bytes) -> bool:
        """Whether it says something new."""
        if not payload:
            with self._lock:
                self._since.pop(station, None)
                self._boots.pop(station, None)
                return self._stations.pop(station, None) is not None
        status = StationStatus.model_validate_json(payload)
        if status.station != station:
            raise ValueError(f"speaks for {status.station!r}")
        with self._lock:
            if not self._admitted(station):
                return False
            before, boots = self._stations.get(station), self._boots.setdefault(station, Boots())
            alone = not boots.twins
            status = boots.receive(status)
            twins = boots.twins
            self._stations[station] = status.model_copy(update={"at": status.at or (before.at if before else None)})
            if before is not None and before.online != status.online:
                self._since[station] = to_time(self._wall_ms())
            after = self._stations[station]
        if (before is None or before.online != status.online) and self._may_log():
            log.info("station %s is %s", station, "online" if status.online else "offline")
        if twins and alone:
            log.error("two stations are called %s (%s); give one of them another name", station, _machines(twins))
        elif not twins and not alone:
            log.info("only one station is called %s now", station)
        return before != after or bool(twins) == alone

    def _hear_device(self, station: str, device: str, payload: bytes) -> bool:
        """Whether it says something new."""
        if not payload:
            with self._lock:
                return self._devices.get(station, {}).pop(device, None) is not None
        status = DeviceStatus.model_validate_json(payload)
        if (status.station, status.device) != (station, device):
            raise ValueError(f"speaks for {status.station!r}, {status.device!r}")
        with self._lock:
            known = self._devices.get(station, {})
            if (device not in known and len(known) >= MOST_DEVICES) or not self._admitted(station):
                return False
            before = self._devices.setdefault(station, {}).get(device)
            if before is not None and status.last_at is None:  # a station that begins anew knows of no trouble
                status = status.model_copy(update={"last_code": before.last_code, "last_at": before.last_at})
            self._devices[station][device] = status
        news = before is None or (before.state, before.code) != (status.state, status.code)
        if news and self._may_log():
            log.info("%s of %s is %s%s", device, station, status.state, f" ({status.code})" if status.code else "")
        return before != status

    def _complain(self, path: str, error: ValueError) -> None:
        with self._lock:
            again = path in self._broken or len(self._broken) >= MOST_BROKEN
            if not again:
                self._broken.add(path)
        if not again and self._may_log():
            reason = f"{error.error_count()} mistakes" if isinstance(error, ValidationError) else str(error)
            log.warning("unreadable report on status/%r ignored: %s", path, reason)


def _machines(twins: Sequence[StationStatus]) -> str:
    return ", ".join(sorted({one.machine or "?" for one in twins}))


def _name_twice(twins: Sequence[StationStatus], status: StationStatus) -> DeviceStatus:
    """The fault that several stations have one name, shown as a device of it."""
    at = status.at or to_time(0)
    return DeviceStatus(
        station=status.station,
        device="name",
        state=DeviceState.FAULT,
        code="name_twice",
        since=at,
        at=at,
        detail=f"two stations are called {status.station}: on {_machines(twins)}",
    )


def _silent(status: StationStatus, device: str) -> DeviceStatus:
    """A device that the station is set up with and never reported."""
    at = status.at or to_time(0)
    return DeviceStatus(station=status.station, device=device, state=DeviceState.UNKNOWN, since=at, at=at)


def _unknown(status: DeviceStatus) -> DeviceStatus:
    return status.model_copy(update={"state": DeviceState.UNKNOWN, "code": None, "left_slips": None})
