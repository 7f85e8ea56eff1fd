"""An enrolled station trusts the server's certificate after its renewal too."""

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from config.settings import BrokerSettings, ServerSettings
from server.network.authority import Authority, Credential
from server.network.hall_network import HallNetwork
from server.network.names import BoxNames
from server.network.own_certificate import OwnCertificate
from server.network.tls import ServerTls
from server.startup.devices import server_identity
from server.wire.broker_login import tls_context
from server.wire.client import trusting
from support.certificates import credential, machine_ms, write

NAME = "luot.local"
NAMES = BoxNames((NAME,), ("127.0.0.1",))
SERVER = ServerSettings(listen="0.0.0.0:8470", office=Path("office.toml"))
BROKER = BrokerSettings(kind="mosquitto", network="0.0.0.0:8883")


def trusted_at_enrolment(tls: ServerTls) -> str:
    """Return the certificates that a station receives when it is enrolled now."""
    network = HallNetwork(SERVER, tls, read_names=lambda: NAMES)
    identity = server_identity(network, BROKER, "mau", NAME)
    assert identity is not None and tls.state is not None
    assert identity.certificate_hash == tls.state.certificate_hash
    assert identity.broker == f"{NAME}:8883"
    return identity.trust_pem


def connect(tls: ServerTls, trust_pem: str) -> None:
    """Make a handshake of a station with the server. Raises ``ssl.SSLCertVerificationError``."""
    shake_hands(tls, trusting(trust_pem))


def shake_hands(tls: ServerTls, context: ssl.SSLContext) -> None:
    to_server, to_station = ssl.MemoryBIO(), ssl.MemoryBIO()
    station = context.wrap_bio(to_station, to_server, server_hostname=NAME)
    server = tls.context().wrap_bio(to_server, to_station, server_side=True)
    waiting: list[Callable[[], None]] = [station.do_handshake, server.do_handshake]
    while waiting:
        for handshake in list(waiting):
            try:
                handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(handshake)


def own_tls(folder: Path, made: Credential, *issuers: Credential) -> ServerTls:
    files = OwnCertificate(*write(folder, made, *issuers))
    return ServerTls(Authority(folder / "tls", machine_ms, "mau"), files, machine_ms)


@pytest.mark.parametrize("has_issuer", [True, False])
def test_a_renewed_certificate_of_an_organisation_is_trusted_through_its_issuer(
    tmp_path: Path, has_issuer: bool
) -> None:
    """Without the issuer in the file nothing else than the certificate itself can be trusted."""
    root = credential("Root CA", days=900)
    chain: Sequence[Credential] = [root] if has_issuer else []
    tls = own_tls(tmp_path, credential(NAME, root), *chain)
    tls.refresh(NAMES, (NAME,))
    trust_pem = trusted_at_enrolment(tls)
    connect(tls, trust_pem)
    write(tmp_path, credential(NAME, root, days=200), *chain)
    assert tls.refresh(NAMES, (NAME,))
    if has_issuer:
        connect(tls, trust_pem)
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(tls, trust_pem)


def test_a_renewed_certificate_of_another_issuer_is_not_trusted(tmp_path: Path) -> None:
    root, other = credential("Root CA"), credential("Other CA")
    tls = own_tls(tmp_path, credential(NAME, root), root)
    tls.refresh(NAMES, (NAME,))
    trust_pem = trusted_at_enrolment(tls)
    write(tmp_path, credential(NAME, other), other)
    assert tls.refresh(NAMES, (NAME,))
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(tls, trust_pem)


def test_a_renewed_certificate_of_the_halls_authority_is_trusted(tmp_path: Path) -> None:
    tls = ServerTls(Authority(tmp_path, machine_ms, "mau"), None, machine_ms)
    tls.refresh(NAMES)
    trust_pem, before = trusted_at_enrolment(tls), tls.state
    connect(tls, trust_pem)
    tls.refresh(BoxNames((NAME,), ("127.0.0.1", "10.0.0.7")))  # another address: another certificate
    assert tls.state is not None and before is not None
    assert tls.state.certificate.public_key() != before.certificate.public_key()
    connect(tls, trust_pem)


def test_a_station_trusts_the_broker_by_the_same_certificates_as_the_server(tmp_path: Path) -> None:
    """Without the issuer in the file, that is the certificate itself."""
    tls = own_tls(tmp_path, credential(NAME, credential("Root CA", days=900)))
    tls.refresh(NAMES, (NAME,))
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(trusted_at_enrolment(tls))
    shake_hands(tls, tls_context(trusted))
