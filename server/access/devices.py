"""The registry of enrolled devices. All devices are in memory, so that a request's token costs no SQL."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, CachedRows, log_event
from server.access.device import (
    Device,
    DeviceDetails,
    DeviceNameInvalid,
    DeviceNameTaken,
    NewDevice,
    TooManyDevices,
    UnknownDevice,
    WrongCounters,
    WrongDeviceKind,
    clean,
    folded,
    is_showable,
    may_serve,
)
from server.access.sessions import end_sessions_at
from server.access.tokens import token_hash
from server.wire.messages import DeviceKind

log = logging.getLogger(__name__)

LAST_USE_EVERY_MS = 60_000
"""The last use of a device is written at most this often."""
MAX_ENDED_TOKENS = 1000
MAX_DEVICES = 500


OnDeviceChange = Callable[[str], object]
"""Called with the id of a device that was enrolled, changed, replaced or removed, after the change is stored."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """The enrolled devices by the hash of their token.

    ``token_of``: that hash by the device's id; ``ended``: the tokens that are no longer valid.
    """

    by_token: Mapping[bytes, Device]
    token_of: Mapping[str, bytes]
    ended: frozenset[bytes]

    @property
    def devices(self) -> Sequence[Device]:
        return list(self.by_token.values())

    def existing(self, device: str) -> Device:
        """Return the device with this id. Raises ``UnknownDevice``."""
        for enrolled in self.devices:
            if enrolled.id == device:
                return enrolled
        raise UnknownDevice

    def check(self, kind: DeviceKind, details: DeviceDetails, *, but: str | None = None) -> DeviceDetails:
        """Return ``details`` in their stored form if a device other than ``but`` may have them."""
        name, place = clean(details.name), clean(details.place)
        if not name or not is_showable(name) or not is_showable(place):
            raise DeviceNameInvalid
        others = [device for device in self.devices if device.id != but]
        if any(folded(device.name) == folded(name) for device in others):
            raise DeviceNameTaken
        if len(others) >= MAX_DEVICES:
            raise TooManyDevices
        if not may_serve(kind, len(details.counters)):
            raise WrongCounters
        return DeviceDetails(name, place, tuple(dict.fromkeys(details.counters)))


class Devices:
    """The enrolled devices; threads may share it. Raises ``DeviceRefused`` for a change that is not possible."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database
        self._rows = CachedRows(database, _read)
        self._callbacks: list[OnDeviceChange] = []
        self._uses: dict[bytes, tuple[int, str]] = {}
        """By the hash of the token: when a device's last use was written, UTC ms, and its address."""

    def on_change(self, callback: OnDeviceChange) -> None:
        """Call ``callback`` after each change; it must not raise, and may read this registry."""
        self._callbacks.append(callback)

    def find(self, token: str, address: str | None = None) -> Device | None:
        """Return the device with this token, and note its use from ``address``."""
        key = token_hash(token)
        device = self._rows.get().by_token.get(key)
        if device is not None:
            self._note_use(key, device, address)
        return device

    def is_ended(self, token: str) -> bool:
        """Return whether ``token`` was that of a device which was removed or replaced since."""
        return token_hash(token) in self._rows.get().ended

    def all(self) -> Sequence[Device]:
        """Return all enrolled devices, by name."""
        devices = (self._with_use(key, device) for key, device in self._rows.get().by_token.items())
        return sorted(devices, key=lambda device: (folded(device.name), device.id))

    def get(self, device: str) -> Device | None:
        """Return the enrolled device with this id.

        Each request of the box's stations asks for it.
        """
        rows = self._rows.get()
        key = rows.token_of.get(device)
        return None if key is None else self._with_use(key, rows.by_token[key])

    def check(self, kind: DeviceKind, details: DeviceDetails) -> DeviceDetails:
        """Return ``details`` in their stored form if a new device may have them."""
        return self._rows.get().check(kind, details)

    def enrol(self, actor: str, new: NewDevice) -> None:
        """Add a device. Its id may be that of a removed one."""
        with self._database.transaction() as connection:
            rows = _read(connection)
            if any(device.id == new.id for device in rows.devices):
                raise DeviceNameTaken
            details = rows.check(new.kind, new.details)
            self._store(connection, actor, new, details)
            self._log(connection, AccessEvent.DEVICE_ENROLLED, actor, new.id, new.address, name=details.name)
        self._notify(new.id)

    def replace(self, actor: str, device: str, new: NewDevice) -> None:
        """Give id, name and counters of ``device`` to another machine.

        The token of the old machine ends, and the sessions that a PIN opened there.
        """
        with self._database.transaction() as connection:
            old = _read(connection).existing(device)
            if old.kind is not new.kind:
                raise WrongDeviceKind
            _end_token(connection, device)
            end_sessions_at(connection, device)
            self._store(connection, actor, replace(new, id=device), DeviceDetails(old.name, old.place, old.counters))
            self._log(connection, AccessEvent.DEVICE_ENROLLED, actor, device, new.address, replaced=True)
        self._notify(device)

    def change(self, actor: str, device: str, details: DeviceDetails) -> None:
        """Change name, place and counters; the device learns them within seconds."""
        with self._database.transaction() as connection:
            rows = _read(connection)
            checked = rows.check(rows.existing(device).kind, details, but=device)
            values = {"name": checked.name, "place": checked.place, "counters": list(checked.counters)}
            connection.execute(update(t.device).where(t.device.c.id == device).values(values))
            self._log(connection, AccessEvent.DEVICE_CHANGED, actor, device, now=values)
        self._notify(device)

    def remove(self, actor: str, device: str) -> None:
        """End the device's token and the PIN sessions there at once.

        Its broker user ends by the callbacks.
        """
        with self._database.transaction() as connection:
            _read(connection).existing(device)
            _end_token(connection, device)
            end_sessions_at(connection, device)
            removed = {"token_hash": None, "broker_hash": None, "removed_ms": self._database.wall_ms()}
            connection.execute(update(t.device).where(t.device.c.id == device).values(removed))
            self._log(connection, AccessEvent.DEVICE_REMOVED, actor, device)
        self._notify(device)

    def removed_id(self, name: str, kind: DeviceKind) -> str | None:
        """Return the id of a removed device of this name and kind.

        The same machine gets it back.
        """
        query = select(t.device.c.id, t.device.c.name).where(
            t.device.c.token_hash.is_(None), t.device.c.kind == kind.value
        )
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        return next((row.id for row in rows if folded(row.name) == folded(name)), None)

    def _notify(self, device: str) -> None:
        for callback in self._callbacks:
            callback(device)

    def _log(
        self, connection: Connection, kind: AccessEvent, actor: str, device: str, address: str = "", **detail: object
    ) -> None:
        at_ms = self._database.wall_ms()
        log_event(connection, at_ms, kind, actor=actor, subject=device, address=address, **detail)

    def _store(self, connection: Connection, actor: str, new: NewDevice, details: DeviceDetails) -> None:
        values: dict[str, Any] = {
            "kind": new.kind.value,
            "name": details.name,
            "place": details.place,
            "counters": list(details.counters),
            "token_hash": token_hash(new.token),
            "broker_hash": new.broker_hash,
            "enrolled_ms": self._database.wall_ms(),
            "enrolled_by": actor,
            "removed_ms": None,
            "last_used_ms": None,
            "address": new.address,
        }
        stored = connection.execute(update(t.device).where(t.device.c.id == new.id).values(values))
        if stored.rowcount == 0:
            connection.execute(insert(t.device).values(id=new.id, **values))

    def _with_use(self, key: bytes, device: Device) -> Device:
        """Return ``device`` with its last use, which ``CachedRows`` does not have."""
        if key not in self._uses:
            return device
        used_ms, address = self._uses[key]
        return replace(device, last_used_ms=used_ms, address=address)

    def _note_use(self, key: bytes, device: Device, address: str | None) -> None:
        """Write the use of ``device``, unless its last one was written within ``LAST_USE_EVERY_MS``."""
        now_ms = self._database.wall_ms()
        if key in self._uses and 0 <= now_ms - self._uses[key][0] < LAST_USE_EVERY_MS:
            return
        self._uses[key] = (now_ms, device.address if address is None else address)
        values = dict(zip(("last_used_ms", "address"), self._uses[key], strict=True))
        try:
            with self._database.transaction(quiet=True) as connection:
                connection.execute(update(t.device).where(t.device.c.token_hash == key).values(values))
        except DBAPIError as error:  # a full disk must not stop the devices
            log.warning("the last use of %s was not stored: %s", device.id, error.orig)


def _end_token(connection: Connection, device: str) -> None:
    """Keep the hash of the token, so that its machine learns that it was removed."""
    query = select(t.device.c.token_hash).where(t.device.c.id == device)
    connection.execute(insert(t.ended_device_token).values(token_hash=connection.execute(query).scalar_one()))
    newest = connection.execute(select(func.max(t.ended_device_token.c.id))).scalar_one()
    connection.execute(delete(t.ended_device_token).where(t.ended_device_token.c.id <= newest - MAX_ENDED_TOKENS))


def _read(connection: Connection) -> _Rows:
    rows = connection.execute(select(t.device).where(t.device.c.token_hash.is_not(None))).all()
    ended = connection.execute(select(t.ended_device_token.c.token_hash)).scalars()
    by_token = {row.token_hash: _device(row) for row in rows}
    return _Rows(by_token, {device.id: key for key, device in by_token.items()}, frozenset(ended))


def _device(row: Any) -> Device:
    return Device(
        id=row.id,
        kind=DeviceKind(row.kind),
        name=row.name,
        place=row.place,
        counters=tuple(row.counters),
        broker_hash=row.broker_hash,
        enrolled_ms=row.enrolled_ms,
        enrolled_by=row.enrolled_by,
        last_used_ms=row.last_used_ms,
        address=row.address,
    )
