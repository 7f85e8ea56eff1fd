"""Enrol waiting devices: the administrator's code, the sealed credentials, the row in the registry.

The registry gets its row when the device has proved that it stored its credentials. Until then nothing is stored, so a
power cut on either side leaves nothing half done: the device begins again.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, count

from server.access.device import DeviceDetails, DeviceNameTaken, NewDevice, UnknownDevice, WrongDeviceKind, folded
from server.access.devices import Devices
from server.access.pending import (
    LIFETIME_S,
    Approval,
    EnrolmentRefused,
    EnrolmentRequest,
    PendingDevice,
    PendingDevices,
    UnknownEnrolment,
)
from server.access.tokens import new_token
from server.wire.enrolment import RandomBytes, is_receipt, seal
from server.wire.messages import DeviceCredentials, DeviceKind, DeviceRecord

ID_PREFIXES = {DeviceKind.COUNTER: "counters", DeviceKind.DISPLAY: "tv", DeviceKind.NODE: "sign"}
"""How the ids of the kinds begin that are not called by their own name."""


class EnrolmentUnavailable(EnrolmentRefused):
    """The server has no certificate by which a device could recognise it."""


class NoBrokerReason(StrEnum):
    """Why stations of other machines cannot be enrolled."""

    NO_HTTPS = "no_https"
    EMBEDDED = "embedded"
    LOOPBACK = "loopback"
    EXTERNAL = "external"


class NoNetworkBroker(EnrolmentRefused):
    """The broker cannot be reached from another machine, so no station can work there."""

    def __init__(self, reason: NoBrokerReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """The part of this server that devices must know.

    ``certificate_hash``: SHA-256 of its certificate, in DER.

    ``trust_pem``: the certificates that they trust from then on. ``broker``: host and port as another machine reaches
    it; None: the broker does not leave this machine.
    """

    certificate_hash: bytes
    trust_pem: str
    office: str
    broker: str | None = None


@dataclass(frozen=True, slots=True)
class StationBegun:
    """The server's part of a station's enrolment.

    ``expires_s``: how long the code may be typed.
    """

    id: str
    key: bytes
    random: bytes
    expires_s: int


class Enrolment:
    """Enrols devices; threads may share it.

    ``identity(host)`` returns the server's identity for a device that wrote its address as ``host``, or None.
    ``hash_broker_password`` returns Mosquitto's hash of a password. ``is_taken(id)``: whether a station that is no
    enrolled device works with this id, such as the kiosk of the server's own machine. ``why_no_broker``: why no station
    can use the broker.
    """

    def __init__(
        self,
        devices: Devices,
        pending: PendingDevices,
        random_bytes: RandomBytes,
        *,
        identity: Callable[[str], ServerIdentity | None],
        hash_broker_password: Callable[[str], str],
        is_taken: Callable[[str], bool],
        why_no_broker: NoBrokerReason | None = None,
    ) -> None:
        self.pending = pending
        self._devices, self._random_bytes = devices, random_bytes
        self._identity, self._hash_broker_password, self._is_taken = identity, hash_broker_password, is_taken
        self.why_no_broker = why_no_broker
        self._lock = threading.RLock()

    def begin_station(self, request: EnrolmentRequest, committed: bytes) -> "StationBegun":
        """Add a station; return the server's part.

        Raises ``TooManyBeginnings`` and ``EnrolmentUnavailable``.
        """
        identity = self._identity(request.host)
        if identity is None:
            raise EnrolmentUnavailable
        pending, own = self.pending.begin_station(request, committed, identity.certificate_hash)
        return StationBegun(pending.id, own.public, own.random, int(LIFETIME_S))

    def why_no_stations(self) -> NoBrokerReason | None:
        """Return why no station can be enrolled; None: one can.

        Then other machines reach server and broker.
        """
        if self.why_no_broker is not None:
            return self.why_no_broker
        if (identity := self._identity("")) is None:
            return NoBrokerReason.NO_HTTPS
        return NoBrokerReason.LOOPBACK if identity.broker is None else None

    def confirm(
        self, actor: str, pending_id: str, typed: str, details: DeviceDetails, *, replaces: str | None = None
    ) -> None:
        """Approve the device whose code ``actor`` typed. The same confirmation again changes nothing.

        ``replaces``: the id of the device whose name, counters and work it takes over; ``details`` do not count then.
        Raises ``UnknownEnrolment``, ``WrongCode``, ``NoNetworkBroker`` and ``DeviceRefused``.
        """
        with self._lock:
            pending = self.pending.with_code(pending_id, typed)
            if pending.approval is None:
                pending.approval = self._approve(actor, pending, details, replaces)

    def sealed(self, pending_id: str) -> bytes | None:
        """Return the credentials for a waiting station, or None before the code was typed.

        Raises ``UnknownEnrolment``.
        """
        pending = self.pending.asked(pending_id)
        return None if pending.approval is None else pending.approval.sealed

    def finish_station(self, pending_id: str, receipt: str) -> None:
        """Store the device in the registry, because it has stored its credentials. May be repeated.

        Raises ``UnknownEnrolment``, also for a receipt that proves nothing, and ``DeviceRefused``.
        """
        with self._lock:
            pending = self.pending.asked(pending_id)
            if pending.approval is None or pending.keys is None or not is_receipt(pending.keys, receipt):
                raise UnknownEnrolment
            self._finish(pending, pending.approval)

    def finish_browser(self, pending_id: str) -> str | None:
        """Store an approved browser in the registry and return its token.

        None: the code was not typed yet.

        Raises ``UnknownEnrolment`` and ``DeviceRefused``.
        """
        with self._lock:
            pending = self.pending.asked(pending_id)
            if pending.request.kind is not DeviceKind.BROWSER:
                raise UnknownEnrolment
            if pending.approval is None:
                return None
            self._finish(pending, pending.approval)
            return pending.approval.token

    def _finish(self, pending: PendingDevice, approval: Approval) -> None:
        if pending.is_finished:
            return
        request = pending.request
        new = NewDevice(
            approval.device, request.kind, approval.details, approval.token, approval.broker_hash, request.address
        )
        if approval.replaces is not None:
            self._devices.replace(approval.actor, approval.replaces, new)
        else:
            self._devices.enrol(approval.actor, new)
        pending.is_finished = True

    def _approve(self, actor: str, pending: PendingDevice, details: DeviceDetails, replaces: str | None) -> Approval:
        """Choose the device's id and token; for a station also its password, and seal them."""
        kind = pending.request.kind
        if replaces is None:
            details = self._checked(kind, details)
            device = self._choose_id(pending.request, details.name)
        else:
            device, details = self._replaced(kind, replaces)
        token = new_token()
        if pending.keys is None:  # a browser
            return Approval(actor, details, replaces, device, token, None, None)
        password = new_token()
        record = DeviceRecord(
            id=device, kind=kind, name=details.name, place=details.place, counters=list(details.counters)
        )
        credentials = self._credentials(pending.request.host, record, token, password)
        sealed = seal(pending.keys, credentials.model_dump_json().encode(), self._random_bytes)
        return Approval(actor, details, replaces, device, token, self._hash_broker_password(password), sealed)

    def _credentials(self, host: str, record: DeviceRecord, token: str, password: str) -> DeviceCredentials:
        identity = self._identity(host)
        if identity is None:
            raise EnrolmentUnavailable
        if identity.broker is None:
            raise NoNetworkBroker(self.why_no_broker or NoBrokerReason.LOOPBACK)
        return DeviceCredentials(
            device=record,
            token=token,
            office=identity.office,
            trust_pem=identity.trust_pem,
            broker=identity.broker,
            broker_user=record.id,
            broker_password=password,
        )

    def _checked(self, kind: DeviceKind, details: DeviceDetails) -> DeviceDetails:
        """Return ``details`` if no device and no approved one has the name."""
        checked = self._devices.check(kind, details)
        if any(folded(approval.details.name) == folded(checked.name) for approval in self._unfinished()):
            raise DeviceNameTaken
        return checked

    def _replaced(self, kind: DeviceKind, device: str) -> tuple[str, DeviceDetails]:
        old = self._devices.get(device)
        if old is None:
            raise UnknownDevice
        if old.kind is not kind:
            raise WrongDeviceKind
        if any(approval.replaces == device for approval in self._unfinished()):
            raise DeviceNameTaken
        return old.id, DeviceDetails(old.name, old.place, old.counters)

    def _choose_id(self, request: EnrolmentRequest, name: str) -> str:
        """Return the id of a removed device of this name, else a free one.

        The suggested id comes first.
        """
        promised = {approval.device for approval in self._unfinished()}
        former = self._devices.removed_id(name, request.kind)
        if former is not None and former not in promised:
            return former
        prefix = ID_PREFIXES.get(request.kind, request.kind.value)
        numbered = (f"{prefix}-{number}" for number in count(1))
        candidates = chain([request.station] if request.station else [], numbered)
        return next(
            device
            for device in candidates
            if device not in promised and self._devices.get(device) is None and not self._is_taken(device)
        )

    def _unfinished(self) -> Iterator[Approval]:
        return (pending.approval for pending in self.pending.waiting() if pending.approval is not None)
