"""The identity of callers: staff by a signed cookie, visitors by a secret token.

All pages of a browser share one cookie, so the cookie has one sign-in per counter, and each page names its own. Its
members are ``desks`` (pairs of counter and clerk), ``manager``, ``latest`` (the counter, or ``manager``, of the newest
sign-in), ``browser``, ``language`` and ``notes``.

Signing in needs no password yet: the server listens on loopback only, and anybody who can reach it sits at this
machine. Accounts must exist before the server listens anywhere else.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from flask import Flask, request, session

from config.words import LANGUAGES, Words, words
from server.domain.permissions import Role

VISITOR_TOKEN_BYTES = 16
COOKIE_KEY_BYTES = 32
COOKIE_LIFETIME = timedelta(days=365)
_BROWSER_PREFIX = "web"
"""Begins the id of a browser as a station."""

MANAGER = "manager"
"""Stands for the manager's pages where clerks have the id of their counter."""
_MAX_COUNTERS = 12
"""The most sign-ins at counters that one cookie stores; a further one replaces the oldest.

Browsers store cookies of at most 4 kB.
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One sign-in of a browser: a clerk at a counter, or a manager.

    ``counter`` is None for a manager; ``clerk`` is the id of the person, None at a counter without a named clerk.
    """

    role: Role
    counter: str | None
    clerk: str | None

    @property
    def id(self) -> str:
        """The sign-in's id, which the forms of its page carry in the field ``as``."""
        return f"{self.counter or MANAGER}:{self.clerk or ''}"


@dataclass(frozen=True, slots=True)
class BrowserSignIns:
    """The sign-ins of one browser, whose pages may each use another one.

    ``station`` is the id of the browser, which facts record as the station of its actions. ``counters`` has a key for
    each counter with a sign-in, and as value the id of the clerk (None: a counter without a named clerk); ``manager``
    is the id of the manager, None without one. ``latest`` is the newest sign-in; after its sign-out the manager's, else
    the newest of those left; None without any.
    """

    language: str
    station: str
    counters: Mapping[str, str | None]
    manager: str | None
    latest: SignedIn | None

    def at(self, counter: str) -> SignedIn | None:
        """Return the sign-in at ``counter``, or None."""
        return SignedIn(Role.CLERK, counter, self.counters[counter]) if counter in self.counters else None

    @property
    def as_manager(self) -> SignedIn | None:
        """Return the manager's sign-in, or None."""
        return None if self.manager is None else SignedIn(Role.MANAGER, None, self.manager)

    def find(self, sign_in_id: str) -> SignedIn | None:
        """Return the sign-in with this id; None when this browser has it no longer."""
        sign_ins = [self.as_manager, *map(self.at, self.counters)]
        return next((sign_in for sign_in in sign_ins if sign_in is not None and sign_in.id == sign_in_id), None)


def new_visitor_token() -> str:
    """Return a new token for a visitor's link: 128 random bits in 22 URL-safe characters."""
    return secrets.token_urlsafe(VISITOR_TOKEN_BYTES)


def secret_key(state: Path) -> bytes:
    """Return the key that signs the cookies; create it at the first start.

    Only the server's own user can read the file.
    """
    path = state / "cookie.key"
    state.mkdir(parents=True, exist_ok=True)
    try:
        key_fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) == COOKIE_KEY_BYTES:
            return key
        path.unlink()  # truncated by a power failure when it was created: no cookie was signed with it yet
        return secret_key(state)
    key = secrets.token_bytes(COOKIE_KEY_BYTES)
    with os.fdopen(key_fd, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def configure_session_cookies(app: Flask, key: bytes) -> None:
    """Configure the session cookie: signed, hidden from scripts, never sent from another site."""
    app.secret_key = key
    app.config.update(
        SESSION_COOKIE_NAME="luot",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=False,  # plain HTTP, because loopback only
        # Only a response that changes the session sets the cookie. Otherwise a slow response to a request from before
        # a sign-out, or before a change of language, would restore the old session.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=COOKIE_LIFETIME,
    )


def browser_sign_ins() -> BrowserSignIns:
    """Return the sign-ins of the browser that sent this request."""
    sign_ins = BrowserSignIns(
        request_language(), _browser_id(), dict(session.get("desks", [])), session.get(MANAGER), None
    )
    latest_key = session.get("latest")
    latest = sign_ins.as_manager if latest_key == MANAGER else sign_ins.at(str(latest_key))
    return replace(sign_ins, latest=latest)


def sign_in_for(counter: str | None) -> SignedIn | None:
    """Return this browser's sign-in at ``counter``, else its latest one.

    Return None for a program, and for a browser without a sign-in.
    """
    if not session.get("latest"):
        return None
    sign_ins = browser_sign_ins()
    return (sign_ins.at(counter) if counter is not None else None) or sign_ins.latest


def store_sign_in(counter: str, clerk: str | None) -> None:
    """Store in the cookie that ``clerk`` is signed in at ``counter``; other sign-ins stay."""
    _update_session(desks=[*_other_counters(counter)[-(_MAX_COUNTERS - 1) :], (counter, clerk)], latest=counter)


def store_manager_sign_in(manager_id: str) -> None:
    """Store in the cookie that this manager is signed in."""
    _update_session(manager=manager_id, latest=MANAGER)


def sign_out(sign_in: SignedIn) -> None:
    """Remove this sign-in from the cookie; other sign-ins and the language stay."""
    if sign_in.counter is None:
        session.pop(MANAGER, None)
    else:
        _update_session(desks=_other_counters(sign_in.counter))
    if session.get("latest") == (sign_in.counter or MANAGER):
        remaining = [*dict(session.get("desks", [])), *([MANAGER] if MANAGER in session else [])]
        _update_session(latest=remaining[-1] if remaining else None)


def store_language(language: str) -> None:
    """Store the language of this browser's pages in the cookie."""
    _update_session(language=language)


def store_note(page_key: str, note: str) -> None:
    """Store a sentence that the page shows when it is rendered next.

    ``page_key`` is the id of a counter, or ``manager``.
    """
    _update_session(notes=session.get("notes", {}) | {page_key: note})


def pop_note(page_key: str) -> str | None:
    """Return the sentence stored for this page, and remove it from the cookie."""
    notes = dict(session.get("notes", {}))
    note: str | None = notes.pop(page_key, None)
    if note is not None:
        _update_session(notes=notes)
    return note


def _other_counters(counter: str) -> list[tuple[str, str | None]]:
    """Return the sign-ins at all counters but ``counter``, oldest first.

    The cookie has a list, because its JSON would not preserve the order of a dictionary.
    """
    return [(other, clerk) for other, clerk in session.get("desks", []) if other != counter]


def _update_session(**values: object) -> None:
    session.update(values)
    session.permanent = True


def request_language() -> str:
    """Return the language of this request.

    The order is ``?lang=``, the cookie, the browser's preference, ``vi``.
    """
    for language in (request.args.get("lang"), session.get("language")):
        if language in LANGUAGES:
            return str(language)
    return preferred_language()


def preferred_language() -> str:
    """Return the language by ``Accept-Language`` alone, for callers without a cookie."""
    return request.accept_languages.best_match(list(LANGUAGES)) or "vi"


def request_translations() -> Words:
    """Return the texts in the language of this request."""
    return words(request_language())


def _browser_id() -> str:
    if "browser" not in session:
        session["browser"] = f"{_BROWSER_PREFIX}-{secrets.token_hex(8)}"
    return str(session["browser"])
