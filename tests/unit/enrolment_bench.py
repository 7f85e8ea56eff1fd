"""Registry and enrolment of devices on a real database, with a settable clock."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.access.database import AccessDatabase
from server.access.device import Device, DeviceDetails, NewDevice
from server.access.devices import Devices
from server.access.enrolment import Enrolment, ServerIdentity
from server.access.pending import EnrolmentRequest, PendingDevice, PendingDevices
from server.wire.enrolment import EnrolmentKeys, EnrolmentTranscript, commitment, new_keys, open_sealed, shared_keys
from server.wire.messages import DeviceCredentials, DeviceKind

CERTIFICATE_HASH = b"c" * 32


class EnrolmentBench:
    """``devices`` and ``enrolment`` over ``database``. ``now_ms`` is the wall clock and the monotonic one."""

    def __init__(self, database: AccessDatabase, clock: "BenchClock") -> None:
        self.database, self.clock = database, clock
        self.identity: ServerIdentity | None = ServerIdentity(CERTIFICATE_HASH, "PEM", "mau", "luot.local:8883")
        self.stations_of_the_box: set[str] = set()
        self.changed: list[str] = []
        self.start()

    def start(self) -> None:
        """Start the server's parts, as after a power cut."""
        self.devices = Devices(self.database)
        self.devices.on_change(self.changed.append)
        pending = PendingDevices(lambda: self.clock.now_ms / 1000, lambda: self.clock.now_ms, secrets.token_bytes)
        self.enrolment = Enrolment(
            self.devices,
            pending,
            secrets.token_bytes,
            identity=lambda host: self.identity,
            hash_broker_password=lambda password: f"hash of {password}",
            is_taken=self.stations_of_the_box.__contains__,
        )

    def add(
        self, name: str, kind: DeviceKind = DeviceKind.KIOSK, *, device_id: str = "", counters: tuple[str, ...] = ()
    ) -> tuple[Device, str]:
        """Put a device into the registry, and return its token too."""
        token = secrets.token_urlsafe()
        details = DeviceDetails(name, "cửa chính", counters)
        new = NewDevice(device_id or "kiosk-1", kind, details, token, "hash", "10.0.0.7")
        self.devices.enrol("admin", new)
        device = self.devices.get(new.id)
        assert device is not None
        return device, token


class BenchClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_ms = 1_800_000_000_000


@contextmanager
def enrolment_bench(folder: Path) -> Iterator[EnrolmentBench]:
    """Yield a bench with its database in ``folder``."""
    clock = BenchClock()
    database = AccessDatabase(folder / "access.db", lambda: clock.now_ms)
    try:
        yield EnrolmentBench(database, clock)
    finally:
        database.close()


class BenchStation:
    """A station's side of an enrolment, without a network."""

    def __init__(self, bench: EnrolmentBench, kind: DeviceKind = DeviceKind.KIOSK, station: str = "kiosk-1") -> None:
        self._bench = bench
        self._keys: EnrolmentKeys = new_keys(secrets.token_bytes)
        request = EnrolmentRequest(kind, "10.0.0.7", "luot.local", station)
        committed = commitment(self._keys.public, self._keys.random)
        begun = bench.enrolment.begin_station(request, committed)
        self.pending: PendingDevice = bench.enrolment.pending.get(begun.id)
        bench.enrolment.pending.reveal(begun.id, self._keys.public, self._keys.random)
        transcript = EnrolmentTranscript(
            CERTIFICATE_HASH, kind.value, station, self._keys.public, self._keys.random, begun.key, begun.random
        )
        self.code = transcript.code()
        self._shared = shared_keys(self._keys, begun.key, transcript)

    def credentials(self) -> DeviceCredentials | None:
        """Ask for the credentials; None before the code was typed."""
        sealed = self._bench.enrolment.sealed(self.pending.id)
        return (
            None if sealed is None else DeviceCredentials.model_validate(json.loads(open_sealed(self._shared, sealed)))
        )

    def finish(self, receipt: str | None = None) -> None:
        """Confirm that the credentials are stored."""
        self._bench.enrolment.finish_station(self.pending.id, receipt or self._shared.receipt)
