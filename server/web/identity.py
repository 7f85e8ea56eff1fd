"""Who is asking: the staff's browsers by a signed cookie, the visitors by the secret in their link.

Signing in needs no password yet: the server listens on loopback only, where whoever can reach it sits at this
machine. Accounts come before it listens anywhere else.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask, request, session

from config.words import LANGUAGES, Words, words
from server.domain.ticket import Role

LINK_BYTES = 16
KEY_BYTES = 32
REMEMBERED = timedelta(days=365)
_STATIONLESS = "web"


@dataclass(frozen=True, slots=True)
class Staff:
    """What the browser of a member of staff told us last. ``station`` is the browser itself, for presence."""

    language: str
    role: Role | None
    counter: str | None
    clerk: str | None
    station: str


def new_link() -> str:
    """A visitor's secret: 128 random bits, 22 characters that need no quoting in an address."""
    return secrets.token_urlsafe(LINK_BYTES)


def secret_key(state: Path) -> bytes:
    """The key that signs the cookies, made at the first start; only this user can read its file."""
    path = state / "cookie.key"
    state.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) == KEY_BYTES:
            return key
        path.unlink()  # torn by a power cut while it was made: nobody has a cookie of it
        return secret_key(state)
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def keep_cookies(app: Flask, key: bytes) -> None:
    """Let ``app`` remember a browser: signed, unreadable to scripts, never sent from another site."""
    app.secret_key = key
    app.config.update(
        SESSION_COOKIE_NAME="luot",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=False,  # plain HTTP, because loopback only
        # Only an answer that changes something sets the cookie: else one that was under way before a sign-out or
        # another language would bring the old ones back.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=REMEMBERED,
    )


def staff() -> Staff:
    """The browser of this request; a new one has no role."""
    role = session.get("role")
    return Staff(
        language=language(),
        role=Role(role) if role in (Role.CLERK, Role.MANAGER) else None,
        counter=session.get("counter"),
        clerk=session.get("clerk"),
        station=_browser(),
    )


def remember(
    *,
    language: str | None = None,
    role: Role | None = None,
    counter: str | None = None,
    clerk: str | None = None,
) -> None:
    """Keep what is given in the browser's cookie; None leaves it as it is."""
    given = {"language": language, "role": role and role.value, "counter": counter, "clerk": clerk}
    session.update({name: value for name, value in given.items() if value is not None})
    session.permanent = True


def forget() -> None:
    """Sign out: only the language stays."""
    for name in ("role", "counter", "clerk"):
        session.pop(name, None)


def language() -> str:
    """The language of this request: ``?lang=``, else the cookie's, else what the browser prefers, else vi."""
    for wanted in (request.args.get("lang"), session.get("language")):
        if wanted in LANGUAGES:
            return str(wanted)
    return preferred()


def preferred() -> str:
    """The language by ``Accept-Language`` alone: for callers without a cookie."""
    return request.accept_languages.best_match(list(LANGUAGES)) or "vi"


def words_here() -> Words:
    """The words in the language of this request."""
    return words(language())


def _browser() -> str:
    if "browser" not in session:
        session["browser"] = f"{_STATIONLESS}-{secrets.token_hex(8)}"
    return str(session["browser"])
