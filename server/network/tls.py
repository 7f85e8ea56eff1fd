"""The TLS context of the server, which a renewed certificate replaces without a restart."""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from server.network.authority import Authority, certificate_pem, fingerprint
from server.network.findings import FindingKind, NetworkFinding, UnusableFiles
from server.network.names import BoxNames
from server.network.own_certificate import OwnCertificate

log = logging.getLogger(__name__)

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has no others."""


END_SOON = timedelta(days=20)
"""A certificate that ends within this time was not renewed in time."""
WITHOUT_OWN = (
    "[server.tls]: until these files are right, the hall's own authority serves: browsers warn, and stations that were"
    " enrolled with the organisation's certificate do not connect"
)


@dataclass(frozen=True, slots=True)
class TlsState:
    """The certificates in use. ``authority`` is None with an organisation's own certificate."""

    certificate: x509.Certificate
    authority: x509.Certificate | None
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def end(self) -> datetime:
        """The end of the server certificate."""
        return self.certificate.not_valid_after_utc

    @property
    def authority_fingerprint(self) -> str | None:
        """The fingerprint that people compare before they trust the authority."""
        return None if self.authority is None else fingerprint(self.authority)

    @property
    def certificate_hash(self) -> bytes:
        """The SHA-256 of the server certificate in DER, which enrolment binds to."""
        return self.certificate.fingerprint(hashes.SHA256())

    @property
    def trust_pem(self) -> str:
        """The certificates that stations trust: the authority's, or the own certificate's issuers."""
        trusted = (self.authority,) if self.authority is not None else self.issuers or (self.certificate,)
        return b"".join(map(certificate_pem, trusted)).decode()

    @property
    def authority_pem(self) -> bytes | None:
        """The authority's certificate for browsers and stations."""
        return None if self.authority is None else certificate_pem(self.authority)


def server_context(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """Return a context for TLS 1.2 and 1.3. Raises ``OSError`` (``ssl.SSLError``) for unusable files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.load_cert_chain(certificate, key)
    return context


class ServerTls:
    """Holds the current context; ``refresh`` renews it.

    ``own`` replaces the local authority, which serves while the own files cannot be used and none were used before.
    """

    def __init__(self, authority: Authority, own: OwnCertificate | None, wall_ms: Callable[[], int]) -> None:
        self._authority, self._own, self._wall_ms = authority, own, wall_ms
        self._context: ssl.SSLContext | None = None
        self._state: TlsState | None = None
        self._version: object = None
        self._own_problems: tuple[NetworkFinding, ...] = ()

    @property
    def ca_file(self) -> Path | None:
        """The file with the authority's certificate; None with an organisation's own certificate."""
        return None if self.has_own_certificate else self._authority.ca_file

    @property
    def files(self) -> tuple[Path, Path]:
        """The PEM files with the server's certificate and with its key, for the broker."""
        if self._own is not None and self.has_own_certificate:
            return self._own.certificate, self._own.key
        return self._authority.server_file, self._authority.server_file

    @property
    def state(self) -> TlsState | None:
        """The certificates in use; None before the first ``refresh``."""
        return self._state

    @property
    def has_own_certificate(self) -> bool:
        """Return whether the certificate in use is an organisation's own."""
        return self._own is not None and (self._state is None or self._state.authority is None)

    @property
    def ends_soon(self) -> bool:
        """Return whether the certificate in use was not renewed in time."""
        return self._state is not None and self._state.end - self._now() < END_SOON

    @property
    def problems(self) -> tuple[NetworkFinding, ...]:
        """The problems at the last ``refresh``, as in the log."""
        return (*self._own_problems, *(() if self.has_own_certificate else self._authority.problems))

    def context(self) -> ssl.SSLContext:
        """Return the context for a new connection; any thread may ask. ``refresh`` must have succeeded once."""
        assert self._context is not None
        return self._context

    def refresh(self, names: BoxNames, configured_names: tuple[str, ...] = ()) -> bool:
        """Use a renewed or replaced certificate; return whether the context is new.

        Connections in use keep theirs. Files that have become unusable leave the old context in use, and are logged.
        Raises ``OSError`` or ``ValueError`` when there is no context yet.
        """
        problems: tuple[NetworkFinding, ...] = ()
        if self._own is not None:
            try:
                return self._refresh_own(self._own, configured_names)
            except (OSError, ValueError) as error:
                if self._state is not None and self._state.authority is None:
                    self._report((_not_replaced(error), *_findings(error)))
                    return False
                problems = (*_findings(error), NetworkFinding(WITHOUT_OWN, FindingKind.OWN_UNUSED))
        try:
            is_new = self._refresh_local(names)
        except (OSError, ValueError) as error:
            if self._context is None:  # nothing serves until then
                self._report(problems[:-1])
                raise
            self._report((*problems, _not_replaced(error)))
            return False
        self._report(problems)
        return is_new

    def _refresh_local(self, names: BoxNames) -> bool:
        authority, certificate = self._authority.renew(names)
        if self._state == (new_state := TlsState(certificate, authority)):
            return False
        self._context, self._state = server_context(self._authority.server_file), new_state
        return True

    def _refresh_own(self, own: OwnCertificate, configured_names: tuple[str, ...]) -> bool:
        version = own.version()
        if self._context is not None and version == self._version:
            self._report(tuple(own.warnings(configured_names, self._now())))
            return False
        if mistakes := own.mistakes():
            raise UnusableFiles(mistakes)
        certificate, *issuers = own.read()
        context = server_context(own.certificate, own.key)
        self._context, self._state = context, TlsState(certificate, None, tuple(issuers))
        self._version = version
        self._report(tuple(own.warnings(configured_names, self._now())))
        return True

    def _report(self, problems: tuple[NetworkFinding, ...]) -> None:
        """Log problems once, until they change."""
        if problems != self._own_problems:
            self._own_problems = problems
            for problem in problems:
                log.error("%s", problem)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wall_ms() / 1000, UTC)


def _findings(error: OSError | ValueError) -> tuple[NetworkFinding, ...]:
    return error.findings if isinstance(error, UnusableFiles) else ()


def _not_replaced(error: OSError | ValueError) -> NetworkFinding:
    return NetworkFinding(f"the certificate in use stays: {error}", FindingKind.NOT_REPLACED)
