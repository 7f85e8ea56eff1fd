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

    def mistakes(self) -> list[str]:
        """Return the mistakes that make the files useless, each with its remedy."""
        try:
            chain = self.read()
        except OSError as error:
            return [_unreadable("certificate", self.certificate, error)]
        except ValueError:
            remedy = "change a file in the form DER with: openssl x509 -inform der"
            return [f"[server.tls]: certificate = {str(self.certificate)!r}: this is not a PEM certificate; {remedy}"]
        try:
            key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        except OSError as error:
            return [_unreadable("key", self.key, error)]
        except TypeError:
            return [f"[server.tls]: key = {str(self.key)!r}: the key has a password; remove it with: openssl pkey"]
        except ValueError:
            return [f"[server.tls]: key = {str(self.key)!r}: this is not a PEM key; name the key's own file"]
        return [*_pair_mistakes(chain[0], key, self), *_chain_mistakes(chain)]

    def warnings(self, names: Sequence[str], now: datetime) -> list[str]:
        """Return a sentence for each fault that browsers report: dates, and missing ``names``."""
        certificate, *issuers = self.read()
        end, start = certificate.not_valid_after_utc, certificate.not_valid_before_utc
        faults = []
        if now >= end:
            faults.append(
                f"[server.tls]: the certificate ended on {end.date()}; get a new one and replace {self.certificate}"
            )
        if now < start:
            faults.append(
                f"[server.tls]: the certificate begins on {start.date()}, and the clock shows {now.date()}; set the"
                " clock, or wait"
            )
        missing = [name for name in names if not certificate_covers(certificate, name)]
        if missing:
            faults.append(
                f"[server.tls]: the certificate is not for {', '.join(missing)}; get one with this name, or remove the"
                " name from [server] names"
            )
        if not issuers and certificate.issuer != certificate.subject:
            faults.append(
                f"[server.tls]: the certificates of the issuers are missing; append them to {self.certificate}, or"
                " stations that are enrolled now refuse the next certificate"
            )
        return faults


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


def _pair_mistakes(certificate: x509.Certificate, key: object, files: OwnCertificate) -> list[str]:
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return [
            f"[server.tls]: key = {str(files.key)!r}: browsers accept RSA and EC keys only; get a certificate of one"
        ]
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < MIN_RSA_BITS:
        return [f"[server.tls]: key = {str(files.key)!r}: {key.key_size} bits are too few; {MIN_RSA_BITS} are needed"]
    if key.public_key() != certificate.public_key():
        remedy = "the first certificate of the file must be the server's own, made for this key"
        return [f"[server.tls]: {files.certificate} and {files.key} do not belong together; {remedy}"]
    return []


def _chain_mistakes(chain: Sequence[x509.Certificate]) -> list[str]:
    """Return a mistake for a chain in the wrong order, or not for web servers."""
    for certificate, issuer in pairwise(chain):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            names = f"{certificate.subject.rfc4514_string()!r} is not signed by {issuer.subject.rfc4514_string()!r}"
            remedy = "write the server's certificate first, then its issuer, then the issuer's issuer"
            return [f"[server.tls]: in the certificate's file, {names}, which follows it; {remedy}"]
    usage = _extended_usage(chain[0])
    if usage is not None and ExtendedKeyUsageOID.SERVER_AUTH not in usage:
        return ["[server.tls]: the certificate is not for a web server; get one for 'TLS server authentication'"]
    return []


def _extended_usage(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _unreadable(setting: str, path: Path, error: OSError) -> str:
    return (
        f"[server.tls]: {setting} = {str(path)!r}: cannot be read ({error.strerror}); check the name, and that the"
        " server's user may read it"
    )


def _stamp(path: Path) -> object:
    """Return what changes when a file is replaced; None without the file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
