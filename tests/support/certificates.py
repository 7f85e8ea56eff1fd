"""Certificates as an organisation's own authority makes them, and clients that trust an authority."""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.network.authority import Credential

NOW = datetime(2027, 3, 1, tzinfo=UTC)


def machine_ms() -> int:
    """Return the time of this machine, by which OpenSSL judges certificates."""
    return int(datetime.now(UTC).timestamp() * 1000)


def wall_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def credential(
    name: str, issuer: Credential | None = None, *, days: int = 90, start: datetime | None = None
) -> Credential:
    """Return a certificate for a DNS name; without an issuer, an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = start or datetime.now(UTC) - timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return Credential(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def write(folder: Path, made: Credential, *issuers: Credential) -> tuple[Path, Path]:
    """Write a certificate with its issuers, and its key; return both paths."""
    chain = b"".join(each.certificate.public_bytes(serialization.Encoding.PEM) for each in (made, *issuers))
    (folder / "own.crt").write_bytes(chain)
    (folder / "own.key").write_text(made.pem().partition("-----BEGIN CERTIFICATE-----")[0])
    return folder / "own.crt", folder / "own.key"


def client_context(ca: Path, versions: Sequence[ssl.TLSVersion] = ()) -> ssl.SSLContext:
    """Return a client's context that trusts the authority in the file ``ca`` only."""
    context = ssl.create_default_context(cafile=str(ca))
    if versions:
        context.minimum_version, context.maximum_version = versions
    return context
