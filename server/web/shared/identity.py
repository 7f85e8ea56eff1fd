"""The sign-ins of a browser's pages, and the tokens of visitors' pages.

All pages of a browser share one cookie, so the cookie has one sign-in per counter, and each page names its own. Its
members are ``desks`` (pairs of counter and clerk), ``manager``, ``administers`` (the manager is the administrator too),
``latest`` (the counter, or ``manager``, of the newest sign-in), ``browser``, ``language`` and ``notes``.

In a hall with accounts the cookie proves nothing: the person is that of the session (``session_cookie``), and only the
counters that this person has taken count. Without accounts (a demonstration, on loopback) anybody may be anybody.
"""

import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from flask import Flask, current_app, request, session
from flask.sessions import SecureCookieSessionInterface

from config.words import LANGUAGES, Words, words
from server.domain.actor import Actor
from server.domain.permissions import Action, Permission, Permissions, Role, any_may, may
from server.web.shared.session_cookie import cookie_name, current_session

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
    """One sign-in of a browser, at a counter or at the pages of the hall.

    ``counter`` is None at the pages of the hall; ``clerk`` is the id of the person, None at a counter without a named
    clerk. ``roles``: all roles of the person; ``granted``: the permissions of the composed ones.
    """

    role: Role
    counter: str | None
    clerk: str | None
    roles: Collection[Role] = field(default=(), compare=False)
    granted: Permissions = field(default=frozenset(), compare=False)

    @property
    def id(self) -> str:
        """The sign-in's id, which the forms of its page carry in the field ``as``."""
        return f"{self.counter or MANAGER}:{self.clerk or ''}"

    def actor(self, station: str) -> Actor:
        """Return the person as the actor of a command that ``station``, the browser, sends."""
        id_ = self.clerk or self.counter or station
        return Actor(self.role, id_, station, roles=self.roles, granted=self.granted)

    def may(self, action: Permission) -> bool:
        """Return whether this sign-in may do ``action``."""
        return self.actor(self.id).may(action)


@dataclass(frozen=True, slots=True)
class BrowserSignIns:
    """The sign-ins of one browser, whose pages may each use another one.

    ``station`` is the id of the browser, which facts record as the station of its actions. ``counters`` has a key for
    each counter with a sign-in, and as value the id of the clerk (None: a counter without a named clerk); ``manager``
    is the id of the manager, None without one. ``latest`` is the newest sign-in; after its sign-out the manager's, else
    the newest of those left; None without any. ``person_roles``: the roles of the signed-in person, ``granted``: the
    permissions of the composed ones; None in a hall without accounts, where the manager may be one who ``administers``.
    """

    language: str
    station: str
    counters: Mapping[str, str | None]
    manager: str | None
    latest: SignedIn | None
    person_roles: Collection[Role] | None = None
    granted: Permissions = frozenset()
    administers: bool = False

    def at(self, counter: str) -> SignedIn | None:
        """Return the sign-in at ``counter``, or None."""
        if counter not in self.counters:
            return None
        role = self._first_role(Action.SEE_COUNTER, Role.CLERK)
        return SignedIn(role, counter, self.counters[counter], self.person_roles or (), self.granted)

    @property
    def as_manager(self) -> SignedIn | None:
        """Return the sign-in at the pages of the hall, or None."""
        if self.manager is None:
            return None
        role = self._first_role(Action.SEE_HALL, Role.MANAGER)
        return SignedIn(role, None, self.manager, self.person_roles or (), self.granted)

    @property
    def roles(self) -> Collection[Role]:
        """The roles of all people of this browser."""
        if self.person_roles is not None:
            return self.person_roles
        signed_in = [*map(self.at, self.counters), self.as_manager]
        roles = {sign_in.role for sign_in in signed_in if sign_in is not None}
        return roles | {Role.ADMINISTRATOR} if self.administers else roles

    def may(self, action: Permission) -> bool:
        """Return whether the people of this browser may do ``action``."""
        return action in self.granted or any_may(self.roles, action)

    def _first_role(self, action: Action, demo_role: Role) -> Role:
        """Return the first role of the person that may do ``action``; without accounts ``demo_role``.

        A person of whom no role may do it acts by the composed ones.
        """
        if self.person_roles is None:
            return demo_role
        granting = (role for role in Role if role in self.person_roles and may(role, action))
        return next(granting, Role.STAFF)

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
    app.session_interface = _CookiesByScheme()
    app.config.update(
        SESSION_COOKIE_NAME="luot",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        # Only a response that changes the session sets the cookie. Otherwise a slow response to a request from before
        # a sign-out, or before a change of language, would restore the old session.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=COOKIE_LIFETIME,
    )


class _CookiesByScheme(SecureCookieSessionInterface):
    """Binds the cookie to this host and to HTTPS, over HTTPS.

    A demonstration has plain HTTP on loopback.
    """

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name(super().get_cookie_name(app))

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def browser_sign_ins() -> BrowserSignIns:
    """Return the sign-ins of the browser that sent this request."""
    if has_accounts():
        return _sign_ins_of_person()
    sign_ins = BrowserSignIns(
        request_language(),
        _browser_id(),
        dict(session.get("desks", [])),
        session.get(MANAGER),
        None,
        administers=bool(session.get("administers")),
    )
    latest_key = session.get("latest")
    latest = sign_ins.as_manager if latest_key == MANAGER else sign_ins.at(str(latest_key))
    return replace(sign_ins, latest=latest)


def has_accounts() -> bool:
    """Return whether people sign in with their accounts."""
    context = current_app.extensions.get("luot")
    return context is not None and context.access is not None


def _sign_ins_of_person() -> BrowserSignIns:
    """Return the sign-ins of the session's person, at the counters that this person has taken."""
    person_session = current_session()
    if person_session is None:
        return BrowserSignIns(request_language(), _browser_id(), {}, None, None, ())
    person = person_session.person
    taken = {counter: clerk for counter, clerk in session.get("desks", []) if clerk == person.id}
    counters = taken if person.may(Action.SEE_COUNTER) else {}
    sign_ins = BrowserSignIns(
        request_language(), person_session.browser, counters, person.id, None, person.roles, person.granted
    )
    return replace(sign_ins, latest=sign_ins.at(str(session.get("latest"))) or sign_ins.as_manager)


def sign_in_for(counter: str | None) -> SignedIn | None:
    """Return this browser's sign-in at ``counter``, else its latest one.

    Return None for a program, and for a browser without a sign-in.
    """
    if not session.get("latest") and not has_accounts():
        return None
    sign_ins = browser_sign_ins()
    return (sign_ins.at(counter) if counter is not None else None) or sign_ins.latest


def store_sign_in(counter: str, clerk: str | None) -> None:
    """Store in the cookie that ``clerk`` is signed in at ``counter``; other sign-ins stay."""
    _update_session(desks=[*_other_counters(counter)[-(_MAX_COUNTERS - 1) :], (counter, clerk)], latest=counter)


def store_manager_sign_in(manager_id: str, *, administers: bool = False) -> None:
    """Store in the cookie that this manager, or administrator, is signed in."""
    _update_session(manager=manager_id, administers=administers, latest=MANAGER)


def sign_out(sign_in: SignedIn) -> None:
    """Remove this sign-in from the cookie; other sign-ins and the language stay."""
    if sign_in.counter is None:
        session.pop(MANAGER, None)
        session.pop("administers", None)
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
