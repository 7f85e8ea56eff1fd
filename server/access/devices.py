"""The registry of enrolled devices. All devices are in memory, so that a request's token costs no SQL."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, log_event
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
from server.access.tokens import token_hash
from server.wire.messages import DeviceKind

log = logging.getLogger(__name__)

LAST_USE_EVERY_MS = 60_000
"""The last use of a device is written at most this often."""
MAX_ENDED_TOKENS = 1000
MAX_DEVICES = 500


OnDeviceChange = Callable[[str], object]
"""Called with the id of a device that was enrolled, changed, replaced or removed, after the change is stored."""


class Devices:
    """The enrolled devices; threads may share it. Raises ``DeviceRefused`` for a change that is not possible."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database
        self._lock = threading.RLock()
        self._callbacks: list[OnDeviceChange] = []
        self._by_token: dict[bytes, Device] = {}
        self._ended: frozenset[bytes] = frozenset()
        self._last_used_ms: dict[str, int] = {}
        with self._changing():
            pass  # only read

    def on_change(self, callback: OnDeviceChange) -> None:
        """Call ``callback`` after each change; it must not raise, and may read this registry."""
        self._callbacks.append(callback)

    def find(self, token: str, address: str | None = None) -> Device | None:
        """Return the device with this token, and note its use from ``address``."""
        device = self._by_token.get(token_hash(token))
        if device is not None:
            self._note_use(device, address)
        return device

    def is_ended(self, token: str) -> bool:
        """Return whether ``token`` was that of a device which was removed or replaced since."""
        return token_hash(token) in self._ended

    def all(self) -> Sequence[Device]:
        """Return all enrolled devices, by name."""
        return sorted(self._by_token.values(), key=lambda device: (folded(device.name), device.id))

    def get(self, device: str) -> Device | None:
        """Return the enrolled device with this id."""
        return next((enrolled for enrolled in self._by_token.values() if enrolled.id == device), None)

    def check(self, kind: DeviceKind, details: DeviceDetails, *, but: str | None = None) -> DeviceDetails:
        """Return ``details`` in their stored form if a device may have them.

        ``but``: the id of the device that has them already.
        """
        name, place = clean(details.name), clean(details.place)
        if not name or not is_showable(name) or not is_showable(place):
            raise DeviceNameInvalid
        others = [device for device in self._by_token.values() if device.id != but]
        if any(folded(device.name) == folded(name) for device in others):
            raise DeviceNameTaken
        if len(others) >= MAX_DEVICES:
            raise TooManyDevices
        if not may_serve(kind, len(details.counters)):
            raise WrongCounters
        return DeviceDetails(name, place, tuple(dict.fromkeys(details.counters)))

    def enrol(self, actor: str, new: NewDevice) -> Device:
        """Add a device. Its id may be that of a removed one."""
        with self._changing() as connection:
            if self.get(new.id) is not None:
                raise DeviceNameTaken
            details = self.check(new.kind, new.details)
            self._store(connection, actor, new, details)
            self._log(connection, AccessEvent.DEVICE_ENROLLED, actor, new.id, new.address, name=details.name)
        return self._changed(new.id)

    def replace(self, actor: str, device: str, new: NewDevice) -> Device:
        """Give id, name and counters of ``device`` to another machine.

        The token of the old machine ends.
        """
        with self._changing() as connection:
            old = self._existing(device)
            if old.kind is not new.kind:
                raise WrongDeviceKind
            self._end_token(connection, device)
            self._store(connection, actor, replace(new, id=device), DeviceDetails(old.name, old.place, old.counters))
            self._log(connection, AccessEvent.DEVICE_ENROLLED, actor, device, new.address, replaced=True)
        return self._changed(device)

    def change(self, actor: str, device: str, details: DeviceDetails) -> Device:
        """Change name, place and counters; the device learns them within seconds."""
        with self._changing() as connection:
            checked = self.check(self._existing(device).kind, details, but=device)
            values = {"name": checked.name, "place": checked.place, "counters": list(checked.counters)}
            connection.execute(update(t.device).where(t.device.c.id == device).values(values))
            self._log(connection, AccessEvent.DEVICE_CHANGED, actor, device, now=values)
        return self._changed(device)

    def remove(self, actor: str, device: str) -> None:
        """End the device's token at once; its broker user ends by the callbacks."""
        with self._changing() as connection:
            self._existing(device)
            self._end_token(connection, device)
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

    def _existing(self, device: str) -> Device:
        enrolled = self.get(device)
        if enrolled is None:
            raise UnknownDevice
        return enrolled

    def _changed(self, device: str) -> Device:
        self._notify(device)
        return self._existing(device)

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
        self._last_used_ms.pop(new.id, None)
        stored = connection.execute(update(t.device).where(t.device.c.id == new.id).values(values))
        if stored.rowcount == 0:
            connection.execute(insert(t.device).values(id=new.id, **values))

    def _end_token(self, connection: Connection, device: str) -> None:
        """Keep the hash of the token, so that its machine learns that it was removed."""
        query = select(t.device.c.token_hash).where(t.device.c.id == device)
        connection.execute(insert(t.ended_device_token).values(token_hash=connection.execute(query).scalar_one()))
        newest = connection.execute(select(func.max(t.ended_device_token.c.id))).scalar_one()
        connection.execute(delete(t.ended_device_token).where(t.ended_device_token.c.id <= newest - MAX_ENDED_TOKENS))

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """Run a transaction; when it is stored, read all devices into memory."""
        with self._lock:
            with self._database.transaction() as connection:
                yield connection
                rows = connection.execute(select(t.device).where(t.device.c.token_hash.is_not(None))).all()
                ended = frozenset(connection.execute(select(t.ended_device_token.c.token_hash)).scalars())
            self._by_token, self._ended = {row.token_hash: _device(row) for row in rows}, ended

    def _note_use(self, device: Device, address: str | None) -> None:
        """Write the use of ``device``, unless its last one was written within ``LAST_USE_EVERY_MS``."""
        now_ms = self._database.wall_ms()
        if 0 <= now_ms - self._last_used_ms.get(device.id, -LAST_USE_EVERY_MS) < LAST_USE_EVERY_MS:
            return
        self._last_used_ms[device.id] = now_ms
        values = {"last_used_ms": now_ms, "address": device.address if address is None else address}
        try:
            with self._changing() as connection:
                connection.execute(update(t.device).where(t.device.c.id == device.id).values(values))
        except SQLAlchemyError as error:  # a full disk must not stop the devices
            log.warning("the last use of %s was not written: %s", device.id, error)


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
