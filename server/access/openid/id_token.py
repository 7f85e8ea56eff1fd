"""Checks an ID token: signature, issuer, audience, nonce and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.access.openid.errors import OpenIdFailed, OpenIdProblem

ALGORITHMS = ("RS256", "PS256", "ES256")
"""The signatures that are accepted. "none" and those with the client's secret are not."""
LEEWAY_S = 60
"""The difference of clocks that is allowed."""
MAX_TOKEN_LENGTH = 16_384
MAX_SUBJECT_LENGTH = 255


class UnknownKey(Exception):
    """The token's key is not among the known ones: the provider may have new keys."""


@dataclass(frozen=True, slots=True)
class ProvedSubject:
    """The person at the provider, and when this person authenticated there.

    None: the provider does not say.
    """

    subject: str
    authenticated_s: int | None


def subject_of_token(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now_s: int) -> ProvedSubject:
    """Return the subject of an ID token that proves a sign-in. Raises ``OpenIdFailed`` and :class:`UnknownKey`."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise _not_proved("the token is too long")
    try:
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError) as error:
        if _has_unknown_key(token, keys):
            raise UnknownKey from error
        raise _not_proved(f"signature: {error}") from error
    registry = jwt.JWTClaimsRegistry(
        now=now_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        registry.validate(decoded.claims)
    except (JoseError, TypeError, ValueError) as error:
        raise _not_proved(f"claims: {error}") from error
    return ProvedSubject(_subject(decoded.claims, client_id), _authenticated_s(decoded.claims, now_s))


def _authenticated_s(claims: Mapping[str, Any], now_s: int) -> int | None:
    """Return the claim ``auth_time``; None without one.

    A claim that is no time until now counts as none.
    """
    value = claims.get("auth_time")
    is_time = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= now_s + LEEWAY_S
    return value if is_time else None


def _subject(claims: Mapping[str, Any], client_id: str) -> str:
    authorised = claims.get("azp")
    audience = claims["aud"]
    if authorised not in (None, client_id) or (isinstance(audience, list) and len(audience) > 1 and not authorised):
        raise _not_proved("the token is for another client")
    subject = claims["sub"]
    if not isinstance(subject, str) or not is_subject(subject):
        raise _not_proved("the subject is no text")
    return subject


def is_subject(text: str) -> bool:
    """Return whether the text can be a subject."""
    return 0 < len(text) <= MAX_SUBJECT_LENGTH and text.isprintable()


def _has_unknown_key(token: str, keys: KeySet) -> bool:
    """Return whether the token names a key that ``keys`` has not."""
    try:
        header = jws_header(token)
    except (JoseError, ValueError):
        return False
    key_id = header.get("kid")
    return header.get("alg") in ALGORITHMS and key_id is not None and key_id not in {key.kid for key in keys.keys}


def jws_header(token: str) -> Mapping[str, Any]:
    """Return the header of a token, of which nothing is proved. Raises ``JoseError`` and ``ValueError``."""
    from joserfc.jws import extract_compact

    return extract_compact(token.encode()).headers()


def _not_proved(detail: str) -> OpenIdFailed:
    return OpenIdFailed(OpenIdProblem.NOT_PROVED, detail)
