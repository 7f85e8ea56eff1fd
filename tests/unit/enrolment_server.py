"""A server over HTTPS that enrols devices."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core_hall import Hall
from core_web import Web
from cryptography.hazmat.primitives.serialization import Encoding
from enrolment_bench import EnrolmentBench, enrolment_bench

from server.access.access import Access
from server.access.device import Device, DeviceDetails
from server.access.enrolment import ServerIdentity
from server.access.pending import PendingDevice
from server.network.authority import Authority
from server.network.names import BoxNames
from server.network.tls import ServerTls
from server.web.shared.serving.handshaking import TlsListener
from server.web.shared.serving.http_server import serving
from server.wire.enrolment import certificate_hash
from support.certificates import machine_ms
from support.server_process import free_ports
from support.waiting import until


@dataclass
class EnrolmentServer:
    """The running server. ``bench`` has its registry."""

    bench: EnrolmentBench
    url: str
    tls: ServerTls

    def waiting(self) -> PendingDevice:
        """Wait until a device shows a code; return it."""
        until(lambda: len(self.bench.enrolment.pending.waiting()) == 1)
        return self.bench.enrolment.pending.waiting()[0]

    def enrol(self, name: str, counters: tuple[str, ...] = (), code: str | None = None) -> None:
        """Type the code of the waiting device."""
        pending = self.waiting()
        details = DeviceDetails(name, "", counters)
        self.bench.enrolment.confirm("admin", pending.id, code or pending.code or "", details)

    def enrolled(self, count: int = 1) -> Device:
        """Wait until so many devices are enrolled; return the last one by name."""
        until(lambda: len(self.bench.devices.all()) == count)
        return self.bench.devices.all()[-1]


def make_tls(folder: Path) -> ServerTls:
    """Return a server certificate of an authority in ``folder``."""
    tls = ServerTls(Authority(folder, machine_ms, "mau"), None, machine_ms)
    tls.refresh(BoxNames(("localhost",), ("127.0.0.1",)))
    return tls


def identity(tls: ServerTls) -> ServerIdentity:
    """Return what a server with this certificate gives to its devices."""
    assert tls.state is not None
    assert tls.state.authority_pem is not None
    der = tls.state.certificate.public_bytes(Encoding.DER)
    return ServerIdentity(certificate_hash(der), tls.state.authority_pem.decode(), "mau", "127.0.0.1:1")


@contextmanager
def enrolment_server(folder: Path, port: int | None = None) -> Iterator[EnrolmentServer]:
    """Serve the API with its enrolment over HTTPS; the hall's data lies in ``folder``."""
    port = port or free_ports(1)[0]
    address = f"127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        closing(Hall(folder)) as hall,
        enrolment_bench(folder) as bench,
        closing(Access.open(folder / "another", lambda: 0)) as access,
    ):
        tls = make_tls(folder / "tls")
        bench.identity = identity(tls)
        app = Web(hall).app
        context = app.extensions["luot"]
        access = replace(access, devices=bench.devices)
        app.extensions["luot"] = replace(context, access=access, enrolment=bench.enrolment)
        listener = TlsListener(tls.context, lambda received: b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n")
        with serving("listen", address, app, 16, lambda: hall.clock.now().mono_s, tls=listener):
            yield EnrolmentServer(bench, f"https://{address}", tls)
