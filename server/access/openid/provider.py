"""Fetches the metadata, keys and tokens of an OpenID provider.

Everything has a time limit, and few threads wait for the provider at once, so that a slow provider holds up nobody
who signs in with a password.
"""

import base64
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from config.address import is_loopback
from server.access.openid.errors import OpenIdFailed, OpenIdProblem
from server.access.openid.id_token import ProvedSubject, UnknownKey, subject_of_token
from server.access.openid.pending import BegunSignIn, PendingSignIn, SignInPurpose
from server.access.timed_http import TimedExchange

TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 262_144
EXCHANGES_AT_ONCE = 4
"""The most requests for a token at once; further people are asked to try again or to use their password."""
KEPT_S = 3600.0
"""Metadata and keys are fetched again after this time."""
NEW_KEYS_EVERY_S = 30.0
"""The least time between two fetches because of an unknown key, which anybody can name."""


@dataclass(frozen=True, slots=True)
class OpenIdClient:
    """This office as a client of the provider. ``secret`` is empty for a client without one."""

    issuer: str
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """Metadata and keys, and when they were fetched (monotonic seconds)."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at_s: float


class OpenIdProvider:
    """The provider, as far as this office needs it. Threads may share it.

    ``mono_s`` is a monotonic clock, ``wall_ms`` the time of day, UTC ms.
    """

    def __init__(self, client: OpenIdClient, mono_s: Callable[[], float], wall_ms: Callable[[], int]) -> None:
        self._client, self._mono_s, self._wall_ms = client, mono_s, wall_ms
        self._fetching = threading.Lock()
        self._exchanging = threading.BoundedSemaphore(EXCHANGES_AT_ONCE)
        self._kept: _Kept | None = None

    @property
    def issuer(self) -> str:
        """Return the issuer, exactly as in its tokens."""
        return self._client.issuer

    def authorisation_url(self, begun: BegunSignIn) -> str:
        """Return the address at the provider where the person signs in. Raises ``OpenIdFailed``."""
        endpoint = str(self._current().metadata["authorization_endpoint"])
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": begun.pending.redirect_uri,
            "scope": "openid",
            "state": begun.state,
            "nonce": begun.pending.nonce,
            "code_challenge": create_s256_code_challenge(begun.pending.verifier),
            "code_challenge_method": "S256",
        }
        if begun.pending.purpose is SignInPurpose.PROOF:  # the provider's own session is no proof
            query |= {"prompt": "login", "max_age": "0"}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def subject(self, code: str, pending: PendingSignIn) -> ProvedSubject:
        """Exchange the code for an ID token, and return its subject. Raises ``OpenIdFailed``."""
        kept = self._current()
        if not self._exchanging.acquire(blocking=False):
            raise OpenIdFailed(OpenIdProblem.BUSY)
        try:
            token = self._id_token(kept, code, pending)
        finally:
            self._exchanging.release()
        try:
            return self._checked(token, kept, pending)
        except UnknownKey:
            return self._checked_with_new_keys(token, kept, pending)

    def _checked(self, token: str, kept: _Kept, pending: PendingSignIn) -> ProvedSubject:
        return subject_of_token(
            token,
            kept.keys,
            issuer=self._client.issuer,
            client_id=self._client.client_id,
            nonce=pending.nonce,
            now_s=self._wall_ms() // 1000,
        )

    def _checked_with_new_keys(self, token: str, kept: _Kept, pending: PendingSignIn) -> ProvedSubject:
        if self._mono_s() - kept.at_s < NEW_KEYS_EVERY_S:
            raise OpenIdFailed(OpenIdProblem.NOT_PROVED, "signed with an unknown key")
        try:
            return self._checked(token, self._fetch(), pending)
        except UnknownKey as error:
            raise OpenIdFailed(OpenIdProblem.NOT_PROVED, "signed with an unknown key") from error

    def _current(self) -> _Kept:
        """Return metadata and keys; while the provider is away, those fetched last."""
        kept = self._kept
        if kept is not None and self._mono_s() - kept.at_s < KEPT_S:
            return kept
        try:
            return self._fetch()
        except OpenIdFailed:
            if kept is None:
                raise
            self._kept = replace(kept, at_s=self._mono_s() - KEPT_S + NEW_KEYS_EVERY_S)  # not at each sign-in
            return kept

    def _fetch(self) -> _Kept:
        if not self._fetching.acquire(blocking=False):
            raise OpenIdFailed(OpenIdProblem.BUSY)
        try:
            metadata = self._metadata()
            keys = KeySet.import_key_set({"keys": _usable(self._get(str(metadata["jwks_uri"])))})
            kept = self._kept = _Kept(metadata, keys, self._mono_s())
        except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
            raise _unreachable(f"metadata or keys: {error}") from error
        finally:
            self._fetching.release()
        return kept

    def _metadata(self) -> Mapping[str, Any]:
        metadata = OpenIDProviderMetadata(self._get(get_well_known_url(self._client.issuer, external=True)))
        if metadata.get("issuer") != self._client.issuer:
            raise _unreachable(f"metadata of another issuer: {metadata.get('issuer')!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe_url(str(metadata.get(name, ""))):
                raise _unreachable(f"{name} is no https address")
        return dict(metadata)

    def _id_token(self, kept: _Kept, code: str, pending: PendingSignIn) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        methods = kept.metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self._client.secret and "client_secret_basic" in methods:
            pair = f"{quote(self._client.client_id, safe='')}:{quote(self._client.secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self._client.client_id
            if self._client.secret:
                form["client_secret"] = self._client.secret
        answer = self._request("POST", str(kept.metadata["token_endpoint"]), urlencode(form).encode(), headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OpenIdFailed(OpenIdProblem.REFUSED, f"no ID token: {str(answer.get('error'))[:60]}")
        return token

    def _get(self, url: str) -> dict[str, Any]:
        return self._request("GET", url, None, {})

    def _request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, Any]:
        """Return the JSON object that the provider answers; no redirect is followed."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        exchange = TimedExchange(_connection(parts.scheme, parts.hostname or "", parts.port), TIMEOUT_S)
        sent = {**headers, "Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            status, content = exchange.run(method, target, body, sent, max_bytes=MAX_ANSWER_BYTES)
            answer = json.loads(content)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            raise _unreachable(f"{parts.hostname}: {error}") from error
        is_answer = status == HTTPStatus.OK or (method == "POST" and status == HTTPStatus.BAD_REQUEST)
        if not is_answer or not isinstance(answer, dict):
            raise _unreachable(f"{parts.hostname}: HTTP {int(status)}")
        return answer


def is_safe_url(url: str) -> bool:
    """Return whether ``url`` is an https address, or an http one on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return (
        bool(host)
        and "@" not in parts.netloc
        and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
    )


def _usable(key_set: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the keys for signatures; keys of other kinds may stand beside them."""
    return [key for key in key_set["keys"] if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"]


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=TIMEOUT_S)


def _unreachable(detail: str) -> OpenIdFailed:
    return OpenIdFailed(OpenIdProblem.UNREACHABLE, detail)
