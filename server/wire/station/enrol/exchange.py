"""One enrolment from the station's side, over HTTPS with an unverified server.

All requests of one enrolment go to the same certificate, whose hash decides the code.
"""

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import ValidationError

from server.wire.client import ServerClient, ServerRefused, ServerUnreachable, ServerUntrusted, trust_problem, trusting
from server.wire.enrolment import (
    EnrolmentFailed,
    EnrolmentKeys,
    EnrolmentTranscript,
    RandomBytes,
    SharedKeys,
    certificate_hash,
    commitment,
    new_keys,
    open_sealed,
    shared_keys,
)
from server.wire.messages import (
    BeginEnrolment,
    BegunEnrolment,
    DeviceCredentials,
    DeviceRecord,
    EnrolmentProgress,
    FinishEnrolment,
    ProblemNeed,
    Read,
    RevealEnrolment,
)
from server.wire.messages.enrolment import StationDeviceKind
from server.wire.station.enrol.stored import StoredEnrolment, UnfinishedEnrolment

HTTPS_PORT = 443
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class AskingStation:
    """The station that asks. ``station`` and ``counters``: those in its settings, as suggestions."""

    kind: StationDeviceKind
    station: str
    counters: tuple[str, ...] = ()


class EnrolmentExchange:
    """One enrolment of ``asking`` at ``server`` ("https://…"); ``begin`` comes first, then ``poll`` until it ends.

    Raises ``ServerUnreachable``, ``ServerRefused`` and ``EnrolmentFailed``: then the enrolment begins again.
    """

    def __init__(self, server: str, asking: AskingStation, random_bytes: RandomBytes) -> None:
        self._server, self._asking = server, asking
        self._keys: EnrolmentKeys = new_keys(random_bytes)
        certificate = fetch_certificate(server)
        self._certificate_hash = certificate_hash(certificate)
        unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
        self._client = ServerClient(server, TIMEOUT_S, tls=unverified, fingerprint=self._certificate_hash.hex())
        self._shared: SharedKeys | None = None
        self._path = ""
        self.expires_s = 0

    def begin(self) -> str:
        """Exchange keys and random numbers; return the code that a person compares."""
        keys, asking = self._keys, self._asking
        request = BeginEnrolment(
            kind=asking.kind,
            station=asking.station,
            commitment=commitment(keys.public, keys.random).hex(),
            counters=list(asking.counters),
        )
        begun = self._client.request("POST", "/enrolments", request, BegunEnrolment)
        server_key = bytes.fromhex(begun.key)
        transcript = EnrolmentTranscript(
            self._certificate_hash,
            asking.kind,
            asking.station,
            keys.public,
            keys.random,
            server_key,
            bytes.fromhex(begun.random),
        )
        self._shared = shared_keys(keys, server_key, transcript)
        self._path, self.expires_s = f"/enrolments/{begun.id}", begun.expires_s
        revealed = RevealEnrolment(key=keys.public.hex(), random=keys.random.hex())
        self._client.request("POST", f"{self._path}/reveal", revealed, EnrolmentProgress)
        return transcript.code()

    def poll(self) -> StoredEnrolment | None:
        """Return the credentials, to be stored before ``finish``; None while nobody has typed the code."""
        progress = self._client.request("GET", self._path, None, EnrolmentProgress)
        if progress.sealed is None or self._shared is None:
            return None
        try:
            content = open_sealed(self._shared, bytes.fromhex(progress.sealed))
            credentials = DeviceCredentials.model_validate_json(content)
            trusting(credentials.trust_pem)
        except (ValueError, ValidationError, ssl.SSLError) as error:
            raise EnrolmentFailed("the credentials cannot be used") from error
        unfinished = UnfinishedEnrolment(id=self._path.rpartition("/")[2], receipt=self._shared.receipt)
        return StoredEnrolment(server=self._server, credentials=credentials, unfinished=unfinished)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class DeviceStanding(StrEnum):
    """The server's answer about credentials. STOPPED: the station ended before there was one."""

    ENROLLED = "enrolled"
    REMOVED = "removed"
    UNKNOWN = "unknown"
    STOPPED = "stopped"


def finish(stored: StoredEnrolment) -> tuple[DeviceStanding, StoredEnrolment]:
    """Confirm that the credentials are stored; return whether they hold, and the device's newest record.

    From here on the server must prove itself with the certificates that it gave. May be repeated after a power cut.
    Raises ``ServerUnreachable``, ``ServerUntrusted`` among them.
    """
    credentials, unfinished = stored.credentials, stored.unfinished
    if credentials is None:
        return DeviceStanding.REMOVED, stored
    client = trusted_client(stored.server, credentials)
    try:
        if unfinished is not None:
            _confirm(client, unfinished)
        device = client.request("GET", "/device", None, DeviceRecord)
    except ServerRefused as refused:
        return standing_of(refused), stored
    finally:
        client.close()
    return DeviceStanding.ENROLLED, StoredEnrolment(
        server=stored.server, credentials=credentials.model_copy(update={"device": device})
    )


def trusted_client(server: str, credentials: DeviceCredentials) -> ServerClient:
    """Return a client with the device's token, which trusts the certificates of its enrolment only."""
    tls = trusting(credentials.trust_pem)
    return ServerClient(server, TIMEOUT_S, token=lambda: credentials.token, tls=tls)


def standing_of(refused: ServerRefused) -> DeviceStanding:
    """Return what a refused request for the own record means."""
    return DeviceStanding.REMOVED if refused.problem.need is ProblemNeed.REMOVED else DeviceStanding.UNKNOWN


def _confirm(client: ServerClient, unfinished: UnfinishedEnrolment) -> None:
    """Report that the credentials are stored.

    A refusal is not final: the answer may have been lost, and the request has expired since.
    """
    with suppress(ServerRefused):
        client.request("POST", f"/enrolments/{unfinished.id}/finish", FinishEnrolment(receipt=unfinished.receipt), Read)


def fetch_certificate(server: str) -> bytes:
    """Return the certificate of ``server`` in DER, without checking it.

    Raises ``ServerUnreachable``, and ``ServerUntrusted`` for an address without TLS.
    """
    parts = urlsplit(server)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = parts.hostname or "", parts.port or HTTPS_PORT
    try:
        with (
            socket.create_connection((host, port), TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            certificate = secured.getpeercert(binary_form=True)
    except ssl.SSLError as error:
        raise ServerUntrusted(trust_problem(error), f"{server}: {error}") from error
    except (OSError, UnicodeError) as error:
        raise ServerUnreachable(f"{server}: {error}") from error
    if certificate is None:
        raise ServerUnreachable(f"{server} has no certificate")
    return certificate
