"""An enrolled device, what an administrator says about one, and the refusals of the registry."""

import unicodedata
from dataclasses import dataclass

from server.wire.messages import DeviceKind, DeviceRecord

MAX_NAME = 60
"""Characters of a name or place."""


class DeviceRefused(Exception):
    """Base: the registry refuses a change; nothing has changed."""


class DeviceNameTaken(DeviceRefused):
    """Another device has this name."""


class DeviceNameInvalid(DeviceRefused):
    """The name is empty, too long, or has characters that no page shows."""


class UnknownDevice(DeviceRefused):
    """No enrolled device has this id."""


class WrongDeviceKind(DeviceRefused):
    """A machine can only replace a device of its own kind."""


class WrongCounters(DeviceRefused):
    """A device of this kind cannot serve so many counters."""


class TooManyDevices(DeviceRefused):
    """The registry is full: remove devices that are gone."""


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device. ``id``: the station's id on the wire, and its user at the broker.

    ``counters``: those that it serves; a browser without one is for staff use. ``broker_hash``: Mosquitto's hash of its
    password at the broker, None without a user there. ``last_used_ms`` may be a minute old.
    """

    id: str
    kind: DeviceKind
    name: str
    place: str
    counters: tuple[str, ...]
    broker_hash: str | None
    enrolled_ms: int
    enrolled_by: str
    last_used_ms: int | None
    address: str

    def record(self) -> DeviceRecord:
        """Return the device as it learns it itself."""
        return DeviceRecord(id=self.id, kind=self.kind, name=self.name, place=self.place, counters=list(self.counters))


@dataclass(frozen=True, slots=True)
class DeviceDetails:
    """Name, place and counters of a device, as an administrator entered them."""

    name: str
    place: str = ""
    counters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device to enrol. ``address``: where it asked from; ``broker_hash`` as in ``Device``."""

    id: str
    kind: DeviceKind
    details: DeviceDetails
    token: str
    broker_hash: str | None
    address: str


def clean(text: str) -> str:
    """Return ``text`` NFC, without spaces at its ends and double spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def folded(name: str) -> str:
    """Return ``name`` as it is compared: capitals do not distinguish two devices."""
    return name.casefold()


def is_showable(text: str) -> bool:
    """Return whether pages and lists can show ``text``."""
    return len(text) <= MAX_NAME and all(character.isprintable() for character in text)


def may_serve(kind: DeviceKind, counters: int) -> bool:
    """Return whether a device of ``kind`` may serve so many counters."""
    match kind:
        case DeviceKind.NODE:
            return counters == 1
        case DeviceKind.COUNTER:
            return counters >= 1
        case DeviceKind.BROWSER:
            return True
        case _:
            return counters == 0
