"""Messages between the server and devices that are not enrolled yet."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from server.wire.messages.basics import Ask, Id, Read

Bytes32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""32 bytes as hexadecimal digits: a key, a random number, a commitment or a receipt."""


class DeviceKind(StrEnum):
    """The kind of an enrolled device, which decides what it may do."""

    KIOSK = "kiosk"
    COUNTER = "counter"
    DISPLAY = "display"
    NODE = "node"  # drives the sign of one counter
    BROWSER = "browser"  # of staff; a person with a PIN may sign in there


StationDeviceKind = Literal["kiosk", "counter", "display", "node"]
"""The kinds that enrol themselves over the API; a browser does so on its page."""


class BeginEnrolment(Ask):
    """Ask for enrolment. ``station``: the id in the station's settings, a suggestion only.

    ``commitment``: SHA-256 of the station's key and random number. ``counters``: those wired to it.
    """

    kind: StationDeviceKind
    station: Id
    commitment: Bytes32
    counters: list[Id] = Field(default=[], max_length=40)


class RevealEnrolment(Ask):
    """Reveal the key and the random number to which the station is committed."""

    key: Bytes32
    random: Bytes32


class FinishEnrolment(Ask):
    """Confirm that the credentials are stored. ``receipt`` proves that the station has opened them."""

    receipt: Bytes32


class BegunEnrolment(Read):
    """The server's part. ``expires_s``: how long the code may be typed."""

    id: str
    key: Bytes32
    random: Bytes32
    expires_s: int


class EnrolmentProgress(Read):
    """The state of a request for enrolment.

    ``waiting``: no administrator has typed the code yet. ``sealed``: the credentials, for the station, in hex.
    """

    state: Literal["waiting", "confirmed"]
    sealed: str | None = None


class DeviceRecord(Read):
    """A device as the office knows it."""

    id: Id
    kind: DeviceKind
    name: str
    place: str
    counters: list[Id]


class DeviceCredentials(Read):
    """The content of ``EnrolmentProgress.sealed``: everything that a station needs for its work.

    ``trust_pem``: the only certificates that it trusts from now on. ``broker``: host and port of the broker.
    """

    device: DeviceRecord
    token: str
    office: Id
    trust_pem: str
    broker: str
    broker_user: str
    broker_password: str
