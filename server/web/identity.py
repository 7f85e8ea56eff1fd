"""Who is asking: the staff's browsers by a signed cookie, the visitors by the secret in their link.

A cookie is common to all pages of a browser, so it keeps one sign-in per counter, and each page names its own.

Signing in needs no password yet: the server listens on loopback only, where whoever can reach it sits at this
machine. Accounts come before it listens anywhere else.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from flask import Flask, request, session

from config.words import LANGUAGES, Words, words
from server.domain.ticket import Role

LINK_BYTES = 16
KEY_BYTES = 32
REMEMBERED = timedelta(days=365)
_STATIONLESS = "web"


MANAGER = "manager"
_MOST_DESKS = 12
"""A cookie has room for so many; the oldest sign-in is dropped."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One sign-in of a browser: a clerk at a counter, or a manager. ``clerk`` None: a counter without a clerk."""

    role: Role
    counter: str | None
    clerk: str | None

    @property
    def mark(self) -> str:
        """The value that the forms of a page carry, to name the sign-in that the page shows."""
        return f"{self.counter or MANAGER}:{self.clerk or ''}"


@dataclass(frozen=True, slots=True)
class Staff:
    """The sign-ins of one browser. One browser may have several pages, each with a sign-in of its own.

    ``station`` is the browser itself, for presence. ``latest`` is the sign-in made last.
    """

    language: str
    station: str
    desks: Mapping[str, str | None]
    manager: str | None
    latest: SignedIn | None

    def at(self, counter: str) -> SignedIn | None:
        """Return the sign-in at ``counter``, or None."""
        return SignedIn(Role.CLERK, counter, self.desks[counter]) if counter in self.desks else None

    @property
    def as_manager(self) -> SignedIn | None:
        """Return the manager's sign-in, or None."""
        return None if self.manager is None else SignedIn(Role.MANAGER, None, self.manager)

    def marked(self, mark: str) -> SignedIn | None:
        """Return the sign-in with this ``mark`` if it still holds, else None."""
        held = [self.as_manager, *map(self.at, self.desks)]
        return next((one for one in held if one is not None and one.mark == mark), None)


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
    """The browser of this request; a new one has no sign-in."""
    found = Staff(language(), _browser(), dict(session.get("desks", [])), session.get(MANAGER), None)
    last = session.get("latest")
    latest = found.as_manager if last == MANAGER else found.at(str(last))
    return replace(found, latest=latest)


def signed_in(counter: str | None) -> SignedIn | None:
    """Return this browser's sign-in at ``counter``, else its latest; None for a program or a new browser."""
    if not session.get("latest"):
        return None
    here = staff()
    return (here.at(counter) if counter is not None else None) or here.latest


def sign_in_at(counter: str, clerk: str | None) -> None:
    """Keep that ``clerk`` is signed in at ``counter`` in this browser; other counters' sign-ins stay."""
    _keep(desks=[*_desks_but(counter)[-(_MOST_DESKS - 1) :], (counter, clerk)], latest=counter)


def sign_in_manager(name: str) -> None:
    """Keep that the manager ``name`` is signed in in this browser."""
    _keep(manager=name, latest=MANAGER)


def sign_out(sign_in: SignedIn) -> None:
    """End this one sign-in; the browser's others and its language stay."""
    if sign_in.counter is None:
        session.pop(MANAGER, None)
    else:
        _keep(desks=_desks_but(sign_in.counter))
    if session.get("latest") == (sign_in.counter or MANAGER):
        left = [*dict(session.get("desks", [])), *([MANAGER] if MANAGER in session else [])]
        _keep(latest=left[-1] if left else None)


def keep_language(language: str) -> None:
    """Keep the language of this browser's pages."""
    _keep(language=language)


def say_next(place: str, note: str) -> None:
    """Keep a sentence for the next drawing of ``place``, which is a counter or ``manager``."""
    _keep(notes=session.get("notes", {}) | {place: note})


def said(place: str) -> str | None:
    """Take the sentence kept for ``place``; other pages of the browser keep theirs."""
    notes = dict(session.get("notes", {}))
    note: str | None = notes.pop(place, None)
    if note is not None:
        _keep(notes=notes)
    return note


def _desks_but(counter: str) -> list[tuple[str, str | None]]:
    """The sign-ins at the other counters, oldest first (a dictionary in a cookie would lose the order)."""
    return [(name, clerk) for name, clerk in session.get("desks", []) if name != counter]


def _keep(**values: object) -> None:
    session.update(values)
    session.permanent = True


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
