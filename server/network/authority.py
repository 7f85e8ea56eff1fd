"""The hall's own certificate authority, and the server certificate that it signs.

Each is one PEM file with its key, so that key and certificate are always replaced together. Browsers and stations
trust the authority once; the server certificate is renewed by itself.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config.files import PRIVATE, PUBLIC, atomic_write
from server.network.findings import FindingKind, NetworkFinding
from server.network.names import BoxNames

log = logging.getLogger(__name__)

RELEASED = datetime(2026, 11, 30, tzinfo=UTC)
"""The date of this release: a clock before it is wrong."""
MAX_PLAUSIBLE = timedelta(days=20 * 365)
"""A clock further ahead of ``RELEASED`` is wrong."""
AUTHORITY_LIFETIME = timedelta(days=10 * 365)
CERTIFICATE_LIFETIME = timedelta(days=397)
"""Browsers accept at most 398 days."""
RENEW_BEFORE_END = timedelta(days=30)
WARN_BEFORE_AUTHORITY_ENDS = timedelta(days=365)
"""Time enough to enrol every station again, and to install the new authority on every PC."""
CLOCK_TOLERANCE = timedelta(days=1)
"""Certificates are valid from this long ago: clocks of clients may be behind."""

LOCAL_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
LOCAL_DOMAINS = ("local", "localhost", "lan", "internal", "home.arpa")
"""Domains that no public site has."""

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    def pem(self, *issuers: x509.Certificate) -> str:
        """Return key, certificate and the certificates of its issuers as one PEM text."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return (key + b"".join(map(certificate_pem, (self.certificate, *issuers)))).decode()


def _write_if_new(path: Path, text: str, *, rights: int = PUBLIC) -> None:
    if not path.exists() or path.read_bytes() != text.encode():
        atomic_write(path, text, rights=rights)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Return ``certificate`` as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint as browsers show it: "3A:5F:…", 32 bytes."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def is_plausible(clock: datetime) -> bool:
    """Return whether a clock may be right."""
    return RELEASED - CLOCK_TOLERANCE <= clock <= RELEASED + MAX_PLAUSIBLE


class Authority:
    """The local authority in ``folder``. ``wall_ms`` is the clock; ``office`` names the authority in browsers.

    ``authority.pem`` has its certificate and key, ``ca.crt`` the certificate alone, for clients; ``server.pem`` the
    server certificate and its key. Files that a power failure damaged are set aside and made again. An authority that
    has ended is never replaced: the clock may be wrong, and no station would trust another one.
    """

    def __init__(self, folder: Path, wall_ms: Callable[[], int], office: str) -> None:
        self._folder, self._wall_ms, self._office = folder, wall_ms, office
        self._unsigned_names: frozenset[str] = frozenset()
        self._is_clock_reported = False
        self._end: NetworkFinding | None = None

    @property
    def problems(self) -> tuple[NetworkFinding, ...]:
        """The problems of the authority at the last ``renew``, as in the log."""
        return () if self._end is None else (self._end,)

    @property
    def server_file(self) -> Path:
        """The PEM file with the server's key and certificate."""
        return self._folder / "server.pem"

    @property
    def ca_file(self) -> Path:
        """The PEM file with the authority's certificate, for clients."""
        return self._folder / "ca.crt"

    def renew(self, names: BoxNames) -> tuple[x509.Certificate, x509.Certificate]:
        """Return the authority's certificate and the server certificate for ``names``; make what is missing.

        A new server certificate is made 30 days before its end, and when the names have changed. Raises ``OSError``.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        clock = datetime.fromtimestamp(self._wall_ms() / 1000, UTC)
        self._report_clock(clock)
        server = self._load("server.pem")
        now = clock if is_plausible(clock) else _newest_known_time(server)
        authority = self._load("authority.pem")
        if authority is None:
            authority = self._new_authority(names, now)
        self._report_end(authority.certificate, now)
        if authority.certificate.not_valid_after_utc <= now:  # a certificate of this time could not be signed
            now = min(_newest_known_time(server), authority.certificate.not_valid_after_utc - CERTIFICATE_LIFETIME)
        self._write_ca_file(authority.certificate)
        signable = self._signable(authority.certificate, names)
        if server is None or not _is_current(server.certificate, authority.certificate, signable, now):
            server = _new_server_credential(authority, signable, now)
            atomic_write(self.server_file, server.pem(authority.certificate), rights=PRIVATE)
            log.info("new server certificate for %s", ", ".join((*signable.names, *signable.addresses)) or "this box")
        return authority.certificate, server.certificate

    def _report_clock(self, clock: datetime) -> None:
        """Log a clock that cannot be right, once until it is."""
        if is_plausible(clock):
            self._is_clock_reported = False
        elif not self._is_clock_reported:
            self._is_clock_reported = True
            log.error(
                "the clock shows %s, which cannot be right; certificates are made as if it were later. Set the clock"
                " (timedatectl set-ntp true, or timedatectl set-time), or browsers and stations may refuse the"
                " connection",
                clock.date(),
            )

    def _report_end(self, authority: x509.Certificate, now: datetime) -> None:
        """Log once that the authority has ended by this clock, or will within a year."""
        end, finding = authority.not_valid_after_utc, None
        file = self._folder / "authority.pem"
        remove = f"remove {file} and restart; then enrol every station again, and install the"
        remove += " new authority on each browser's machine"
        if end <= now:
            text = (
                f"the clock shows {now.date()}, and the hall's certificate authority ended on {end.date()}; it is kept."
                f" Set the clock (timedatectl set-ntp true, or timedatectl set-time); if it is right, {remove}"
            )
            finding = NetworkFinding(text, FindingKind.AUTHORITY_ENDED, file=file, day=end.date(), today=now.date())
        elif end - now <= WARN_BEFORE_AUTHORITY_ENDS:
            text = f"the hall's certificate authority ends on {end.date()}. Before that, at a quiet hour, {remove}"
            finding = NetworkFinding(text, FindingKind.AUTHORITY_ENDS, file=file, day=end.date())
        if finding is not None and finding != self._end:
            log.error("%s", finding)
        self._end = finding

    def _new_authority(self, names: BoxNames, now: datetime) -> Credential:
        authority = _new_authority_credential(self._office, names, now)
        atomic_write(self._folder / "authority.pem", authority.pem(), rights=PRIVATE)
        log.warning(
            "new certificate authority of this hall, fingerprint (SHA-256) %s; install %s on each browser's machine,"
            " see the page /trust",
            fingerprint(authority.certificate),
            self.ca_file,
        )
        return authority

    def _write_ca_file(self, certificate: x509.Certificate) -> None:
        _write_if_new(self.ca_file, certificate_pem(certificate).decode())

    def _load(self, name: str) -> Credential | None:
        """Return the credential in a file; None without a usable one, which is set aside."""
        path = self._folder / name
        if not path.exists():
            return None
        content = path.read_bytes()
        try:
            key = serialization.load_pem_private_key(content, None)
            certificate = x509.load_pem_x509_certificate(content)
            if isinstance(key, Key) and key.public_key() == certificate.public_key():
                path.chmod(PRIVATE)
                return Credential(certificate, key)
        except ValueError:
            pass
        aside = path.with_name(f"{name}.damaged")
        path.replace(aside)
        log.error("%s is damaged; it is now %s, and a new one is made", path, aside.name)
        return None

    def _signable(self, authority: x509.Certificate, names: BoxNames) -> BoxNames:
        """Return the names that the authority may sign; log the others once."""
        allowed = BoxNames(
            tuple(name for name in names.names if _may_sign_name(authority, name)),
            tuple(address for address in names.addresses if _may_sign_address(authority, address)),
        )
        left_out = frozenset({*names.names, *names.addresses} - {*allowed.names, *allowed.addresses})
        if new := left_out - self._unsigned_names:
            log.warning(
                "the hall's authority may not sign %s: it is limited to private networks, and to the names and"
                " addresses of the day it was made. Use [server.tls] certificate, or remove %s, restart, and install"
                " the new authority",
                ", ".join(sorted(new)),
                self._folder / "authority.pem",
            )
        self._unsigned_names = left_out
        return allowed


def _newest_known_time(server: Credential | None) -> datetime:
    """Return the newest time that has passed: of this release or of the last certificate."""
    if server is None:
        return RELEASED
    return max(RELEASED, server.certificate.not_valid_before_utc + CLOCK_TOLERANCE)


def _new_authority_credential(office: str, names: BoxNames, now: datetime) -> Credential:
    """Return a new authority for private addresses and the hall's names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Luot"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Luot {office} CA"[:64]),
        ]
    )
    domains = dict.fromkeys([*LOCAL_DOMAINS, *names.names])
    constraints = x509.NameConstraints(
        [
            *(x509.DNSName(domain) for domain in domains),
            *(x509.IPAddress(ip_network(network)) for network in dict.fromkeys([*LOCAL_NETWORKS, *names.addresses])),
        ],
        None,
    )
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(subject, subject, key, min(RELEASED, now) - CLOCK_TOLERANCE, now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Credential(certificate, key)


def _new_server_credential(authority: Credential, names: BoxNames, now: datetime) -> Credential:
    """Return a new server certificate with a new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Luot server")])
    end = min(now - CLOCK_TOLERANCE + CERTIFICATE_LIFETIME, authority.certificate.not_valid_after_utc)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    issuer_key = authority.key.public_key()
    certificate = (
        _builder(subject, authority.certificate.subject, key, now - CLOCK_TOLERANCE, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Credential(certificate, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _alternative_names(names: BoxNames) -> Sequence[x509.GeneralName]:
    """Return the names of a server certificate; loopback is always among them."""
    dns_names = dict.fromkeys(["localhost", *names.names])
    addresses = dict.fromkeys(["127.0.0.1", "::1", *names.addresses])
    return [
        *(x509.DNSName(name) for name in dns_names),
        *(x509.IPAddress(ip_address(address)) for address in addresses),
    ]


def _is_current(certificate: x509.Certificate, issuer: x509.Certificate, names: BoxNames, now: datetime) -> bool:
    """Return whether a server certificate can still be used."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        authority_key = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        issuer_key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    end = certificate.not_valid_after_utc
    return (
        set(alternative) == set(_alternative_names(names))
        and authority_key.key_identifier == issuer_key.digest
        and certificate.not_valid_before_utc <= now
        and (now < end - RENEW_BEFORE_END or end == issuer.not_valid_after_utc)  # a new one could not end later
    )


def _may_sign_name(authority: x509.Certificate, name: str) -> bool:
    trees = _permitted_trees(authority)
    domains = [tree.value for tree in trees if isinstance(tree, x509.DNSName)]
    return not trees or any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _may_sign_address(authority: x509.Certificate, address: str) -> bool:
    trees, host = _permitted_trees(authority), ip_address(address)
    networks = [tree.value for tree in trees if isinstance(tree, x509.IPAddress)]
    return not trees or any(host in network for network in networks if isinstance(network, IPv4Network | IPv6Network))


def _permitted_trees(authority: x509.Certificate) -> Sequence[x509.GeneralName]:
    """Return the names that an authority is limited to; empty without a limit."""
    try:
        return authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
    except x509.ExtensionNotFound:
        return ()
