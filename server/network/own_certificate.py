"""Check the certificate of an organisation's own authority, ``[server.tls] certificate`` and ``key``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from config.address import is_address
from server.network.findings import FindingKind, NetworkFinding

MIN_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """The files of an organisation's certificate. ``certificate``: PEM, the server's first, then its issuers."""

    certificate: Path
    key: Path

    def version(self) -> object:
        """Return a value that changes when a file is replaced."""
        return tuple(_stamp(path) for path in (self.certificate, self.key))

    def read(self) -> Sequence[x509.Certificate]:
        """Return the certificates, the server's first. Raises ``OSError`` and ``ValueError``."""
        return x509.load_pem_x509_certificates(self.certificate.read_bytes())

    def mistakes(self) -> list[NetworkFinding]:
        """Return the mistakes that make the files useless, each with its remedy."""
        try:
            chain = self.read()
        except OSError as error:
            return [_unreadable("certificate", self.certificate, error)]
        except ValueError:
            remedy = "change a file in the form DER with: openssl x509 -inform der"
            text = f"[server.tls]: certificate = {str(self.certificate)!r}: this is not a PEM certificate; {remedy}"
            return [NetworkFinding(text, FindingKind.CERTIFICATE_FORM, file=self.certificate)]
        try:
            key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        except OSError as error:
            return [_unreadable("key", self.key, error)]
        except TypeError:
            return [self._about_key(FindingKind.KEY_PASSWORD, "the key has a password; remove it with: openssl pkey")]
        except ValueError:
            return [self._about_key(FindingKind.KEY_FORM, "this is not a PEM key; name the key's own file")]
        return [*self._pair_mistakes(chain[0], key), *_chain_mistakes(chain, self.certificate)]

    def warnings(self, names: Sequence[str], now: datetime) -> list[NetworkFinding]:
        """Return a sentence for each fault that browsers report: dates, and missing ``names``."""
        certificate, *issuers = self.read()
        end, start = certificate.not_valid_after_utc, certificate.not_valid_before_utc
        faults: list[NetworkFinding] = []
        if now >= end:
            text = f"[server.tls]: the certificate ended on {end.date()}; get a new one and replace {self.certificate}"
            faults.append(NetworkFinding(text, FindingKind.ENDED, file=self.certificate, day=end.date()))
        if now < start:
            text = f"[server.tls]: the certificate begins on {start.date()}, and the clock shows {now.date()}; set the"
            faults.append(
                NetworkFinding(f"{text} clock, or wait", FindingKind.NOT_BEGUN, day=start.date(), today=now.date())
            )
        missing = [name for name in names if not certificate_covers(certificate, name)]
        if missing:
            text = (
                f"[server.tls]: the certificate is not for {', '.join(missing)}; get one with this name, or remove the"
            )
            faults.append(
                NetworkFinding(f"{text} name from [server] names", FindingKind.NAMES_MISSING, names=", ".join(missing))
            )
        if not issuers and certificate.issuer != certificate.subject:
            text = (
                f"[server.tls]: the certificates of the issuers are missing; append them to {self.certificate}, or"
                " stations that are enrolled now refuse the next certificate"
            )
            faults.append(NetworkFinding(text, FindingKind.ISSUERS_MISSING, file=self.certificate))
        return faults

    def _about_key(self, kind: FindingKind, mistake: str) -> NetworkFinding:
        return NetworkFinding(f"[server.tls]: key = {str(self.key)!r}: {mistake}", kind, file=self.key)

    def _pair_mistakes(self, certificate: x509.Certificate, key: object) -> list[NetworkFinding]:
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            return [
                self._about_key(FindingKind.KEY_WEAK, "browsers accept RSA and EC keys only; get a certificate of one")
            ]
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size < MIN_RSA_BITS:
            mistake = f"{key.key_size} bits are too few; {MIN_RSA_BITS} are needed"
            return [self._about_key(FindingKind.KEY_WEAK, mistake)]
        if key.public_key() != certificate.public_key():
            remedy = "the first certificate of the file must be the server's own, made for this key"
            text = f"[server.tls]: {self.certificate} and {self.key} do not belong together; {remedy}"
            return [NetworkFinding(text, FindingKind.NO_PAIR, certificate=self.certificate, key=self.key)]
        return []


def certificate_covers(certificate: x509.Certificate, host: str) -> bool:
    """Return whether a certificate is for this name or address, as browsers decide it."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    if is_address(host):
        return host in map(str, alternative.get_values_for_type(x509.IPAddress))
    dns_names = [name.lower() for name in alternative.get_values_for_type(x509.DNSName)]
    return host in dns_names or f"*.{host.partition('.')[2]}" in dns_names


def _chain_mistakes(chain: Sequence[x509.Certificate], file: Path) -> list[NetworkFinding]:
    """Return a mistake for a chain in the wrong order, or not for web servers."""
    for certificate, issuer in pairwise(chain):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            names = f"{certificate.subject.rfc4514_string()!r} is not signed by {issuer.subject.rfc4514_string()!r}"
            remedy = "write the server's certificate first, then its issuer, then the issuer's issuer"
            text = f"[server.tls]: in the certificate's file, {names}, which follows it; {remedy}"
            return [NetworkFinding(text, FindingKind.CHAIN_ORDER, file=file)]
    usage = _extended_usage(chain[0])
    if usage is not None and ExtendedKeyUsageOID.SERVER_AUTH not in usage:
        text = "[server.tls]: the certificate is not for a web server; get one for 'TLS server authentication'"
        return [NetworkFinding(text, FindingKind.NOT_FOR_SERVERS, file=file)]
    return []


def _extended_usage(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _unreadable(setting: str, path: Path, error: OSError) -> NetworkFinding:
    text = (
        f"[server.tls]: {setting} = {str(path)!r}: cannot be read ({error.strerror}); check the name, and that the"
        " server's user may read it"
    )
    return NetworkFinding(text, FindingKind.FILE_UNREADABLE, file=path)


def _stamp(path: Path) -> object:
    """Return what changes when a file is replaced; None without the file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
