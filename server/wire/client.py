"""Send requests to the server over HTTP, from stations and tools.

Two errors have two consequences. ``ServerRefused``: the server understood the request and refuses it; show why.
``ServerUnreachable``: the request may or may not have been carried out; repeat it later with the same ``request_id``,
which is harmless.
"""

import hashlib
import ssl
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

import urllib3
from pydantic import ValidationError

from config.http import ConnectionPool
from config.logo import check_logo
from server.wire.messages import Ask, Problem, Read

API = "/api/v1"

Answer = TypeVar("Answer", bound=Read)
"""The model of an answer."""


class ServerError(Exception):
    """Base: the request has no usable answer."""


class ServerRefused(ServerError):
    """The server refused the request. ``problem``: a code word for programs and a sentence for people."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


class ServerUnreachable(ServerError):
    """There was no readable answer; the request may or may not have been carried out."""


class ServerBusy(ServerUnreachable):
    """The server is too busy for the request; the same request may succeed soon."""


class TrustProblem(StrEnum):
    """The reason why a certificate of the server is not accepted."""

    NOT_YET_VALID = "not_yet_valid"  # or this machine's clock is behind
    EXPIRED = "expired"  # or this machine's clock is ahead
    OTHER_NAME = "other_name"  # the certificate is not for the address that was used
    OTHER_AUTHORITY = "other_authority"  # another server, or a machine in between
    NO_TLS = "no_tls"  # the other side speaks no TLS


_PROBLEM_BY_VERIFY_CODE = {
    9: TrustProblem.NOT_YET_VALID,
    10: TrustProblem.EXPIRED,
    62: TrustProblem.OTHER_NAME,
    64: TrustProblem.OTHER_NAME,
}
"""By OpenSSL's number of the mistake (X509_V_ERR); all other numbers are of a foreign authority."""


class ServerUntrusted(ServerUnreachable):
    """The server did not prove that it is the hall's; nothing was sent."""

    def __init__(self, problem: TrustProblem, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem


class ServerClient:
    """A client of the server at ``base_url`` ("http://127.0.0.1:8470"); threads may share it.

    ``timeout_s``: for connecting, and for each wait for bytes. ``language``: of the sentences of refusals. ``token()``
    is read for each request; None: without credentials. ``tls``: decides whether the server is trusted;
    ``fingerprint``: the SHA-256 of the only certificate that is accepted, in hexadecimal digits.
    """

    def __init__(
        self,
        base_url: str,
        timeout_s: float = 3.0,
        *,
        language: str = "vi",
        token: Callable[[], str | None] = lambda: None,
        tls: ssl.SSLContext | None = None,
        fingerprint: str | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_url = self._base_url + API
        self._token = token
        self._pool = ConnectionPool(
            maxsize=8,
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s),
            retries=False,
            headers={
                "Accept": "application/json",
                "Accept-Language": language,
                "Content-Type": "application/json",
            },
            ssl_context=tls,
            assert_fingerprint=fingerprint,
        )

    def request(self, method: str, path: str, body: Ask | None, answer: type[Answer]) -> Answer:
        """Send one request and return its answer, for example ``request("GET", "/board", None, Board)``.

        ``path`` is relative to ``/api/v1``. ``answer`` is the model of the answer.

        An answer without content is read as an empty object, so ``Read`` is the model of such answers.
        Raises ``ServerRefused``, ``ServerBusy`` and ``ServerUnreachable``.
        """
        data = None if body is None else body.model_dump_json(by_alias=True, exclude_none=True).encode()
        response = self._send(method, self._api_url + path, data)
        content = response.data
        if 200 <= response.status < 300:
            return _read(content or b"{}", answer, response.status)
        if 400 <= response.status < 500:
            raise ServerRefused(_read(content, Problem, response.status))
        kind = ServerBusy if response.status == HTTPStatus.SERVICE_UNAVAILABLE else ServerUnreachable
        raise kind(f"{method} {path}: status {response.status}")

    def logo(self, name: str) -> bytes:
        """Return the picture of the office's logo.

        Raises ``ServerUnreachable``, and ``ValueError`` for a picture that is none of ours.
        """
        path = f"/logo/{name}.png"
        response = self._send("GET", self._base_url + path, None)
        if response.status != HTTPStatus.OK:
            raise ServerUnreachable(f"GET {path}: status {response.status}")
        check_logo(response.data)
        if hashlib.sha256(response.data).hexdigest()[: len(name)] != name:
            raise ValueError("it is another picture")
        return response.data

    def close(self) -> None:
        """Close the keep-alive connections."""
        self._pool.clear()

    def _send(self, method: str, url: str, data: bytes | None) -> urllib3.BaseHTTPResponse:
        """Send a request; once more, if the kept connection turns out to be closed."""
        token = self._token()
        headers = self._pool.headers if token is None else {**self._pool.headers, "Authorization": f"Bearer {token}"}
        try:
            try:
                return self._pool.request(method, url, body=data, headers=headers, redirect=False)
            except urllib3.exceptions.ProtocolError:
                # The server has just closed this keep-alive connection. Every request may be repeated.
                return self._pool.request(method, url, body=data, headers=headers, redirect=False)
        except urllib3.exceptions.SSLError as error:
            raise ServerUntrusted(trust_problem(error), f"{method} {url}: {error}") from error
        except urllib3.exceptions.HTTPError as error:
            raise ServerUnreachable(f"{method} {url}: {error}") from error


def trusting(pem: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates in ``pem`` only. Raises ``ssl.SSLError``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an issuer of an organisation may have issuers of its own
    context.load_verify_locations(cadata=pem)
    return context


def trust_problem(error: BaseException) -> TrustProblem:
    """Return why TLS failed, from the error of ``ssl`` inside ``error``."""
    inner: object = error
    while isinstance(inner, urllib3.exceptions.HTTPError) and inner.args:
        inner = inner.args[0]
    if isinstance(inner, ssl.SSLCertVerificationError):
        return _PROBLEM_BY_VERIFY_CODE.get(inner.verify_code, TrustProblem.OTHER_AUTHORITY)
    return TrustProblem.NO_TLS if isinstance(inner, ssl.SSLError) else TrustProblem.OTHER_AUTHORITY


def _read(content: bytes, model: type[Answer], status: int) -> Answer:
    """Return the body of an answer as its model. Raises ``ServerUnreachable`` for an unreadable one."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise ServerUnreachable(f"status {status}, not a {model.__name__}: {error.error_count()} wrong") from error
