"""Sessions: a row for each signed-in browser.

All of them are in memory too, so that a request needs no SQL.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, CachedRows, log_event
from server.access.people import People
from server.access.person import Person
from server.access.tokens import new_token, token_hash
from server.domain.permissions import Role

log = logging.getLogger(__name__)

SignInMethod = Literal["password", "pin", "oidc"]

MAX_IDLE_MS = 12 * 3_600_000
MAX_AGE_MS = 7 * 24 * 3_600_000
"""Also a session that is always in use ends."""
FRESH_PROOF_MS = 10 * 60_000
"""Sensitive changes need a password that was proved so short a time ago."""
WRITE_EVERY_MS = 60_000
"""The last use of sessions is written so often."""
MAX_SESSIONS_OF_PERSON = 20
"""The most sessions of one person; a further one ends the one that was used longest ago."""
ROLES_OF_CLERKS = frozenset({Role.CLERK, Role.LEAD_CLERK, Role.STAFF})
"""A person with these roles only is signed out at the day's close."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. ``proved_ms``: when the person last proved who it is, 0 for never here.

    The password proves it, or a new authentication at the OpenID provider; a PIN does not.

    ``id`` names it on pages, and opens nothing; ``browser`` is the browser's id as a station.
    """

    id: str
    person: Person
    method: SignInMethod
    proved_ms: int
    created_ms: int
    last_used_ms: int
    browser: str
    address: str

    def is_fresh(self, now_ms: int) -> bool:
        """Return whether the person proved who it is in the last ten minutes."""
        return 0 <= now_ms - self.proved_ms < FRESH_PROOF_MS


class Sessions:
    """The sessions of all people; threads may share it."""

    def __init__(self, database: AccessDatabase, people: People) -> None:
        self._database = database
        self._people = people
        self._rows = CachedRows(database, _read_sessions)
        self._last_used: dict[bytes, int] = {}
        self._written_ms = database.wall_ms()

    def open(
        self, person: Person, method: SignInMethod, browser: str, address: str, *, is_proved: bool | None = None
    ) -> str:
        """Open a session and return its token, for the cookie.

        ``is_proved``: the person has just proved who it is; None: as ``method`` does.
        """
        with self._database.transaction() as connection:
            now_ms = self._database.wall_ms()
            return insert_session(connection, now_ms, person.id, method, browser, address, is_proved=is_proved)

    def find(self, token: str, *, is_use: bool = True) -> Session | None:
        """Return the session of a token, None if it has ended.

        ``is_use``: the person did something, which keeps the session alive; a live page's own refresh is no use.
        """
        key = token_hash(token)
        row = self._rows.get().get(key)
        if row is None:
            return None
        now_ms = self._database.wall_ms()
        session = self._session(row)
        if session is None or self._is_over(session, now_ms):
            return None
        if is_use:
            self._last_used[key] = now_ms
        if abs(now_ms - self._written_ms) >= WRITE_EVERY_MS:
            self._write_last_used(now_ms)
        return session

    def renew(self, token: str, *, proved: bool = False) -> str | None:
        """Return a new token in place of ``token``.

        ``proved``: the person has just proved who it is. Return None if the session has ended.
        """
        if self.find(token) is None:
            return None
        renewed = new_token()
        now_ms = self._database.wall_ms()
        values: dict[str, object] = {"token_hash": token_hash(renewed), "last_used_ms": now_ms}
        if proved:
            values["proved_ms"] = now_ms
        with self._database.transaction() as connection:
            result = connection.execute(
                update(t.session).where(t.session.c.token_hash == token_hash(token)).values(**values)
            )
        return renewed if result.rowcount else None

    def of_person(self, person_id: str) -> Sequence[Session]:
        """Return the open sessions of a person, the last used first."""
        return [session for session in self.all() if session.person.id == person_id]

    def all(self) -> Sequence[Session]:
        """Return all open sessions, the last used first."""
        now_ms = self._database.wall_ms()
        sessions = (self._session(row) for row in self._rows.get().values())
        still_open = [session for session in sessions if session is not None and not self._is_over(session, now_ms)]
        return sorted(still_open, key=lambda session: -session.last_used_ms)

    def end(self, token: str, *, address: str = "") -> None:
        """End the session of a token: its person signed out."""
        key = token_hash(token)
        row = self._rows.get().get(key)
        if row is not None:
            self._end([key], AccessEvent.SIGNED_OUT, actor=row.person, subject=row.person, address=address)

    def end_one(self, actor: str, person_id: str, session_id: str, *, address: str = "") -> None:
        """End the session of a person that has ``session_id`` on pages."""
        keys = [key for key, row in self._rows.get().items() if row.person == person_id and _id_of(key) == session_id]
        self._end(keys, AccessEvent.SESSIONS_ENDED, actor=actor, subject=person_id, address=address)

    def end_all(
        self, person: Person, except_token: str | None = None, *, actor: str | None = None, address: str = ""
    ) -> None:
        """End all sessions of a person, except the one of ``except_token``."""
        kept = None if except_token is None else token_hash(except_token)
        keys = [key for key, row in self._rows.get().items() if row.person == person.id and key != kept]
        self._end(keys, AccessEvent.SESSIONS_ENDED, actor=actor or person.id, subject=person.id, address=address)

    def end_of_clerks(self) -> None:
        """End the sessions of everybody who is only a clerk: the day was closed."""
        clerks = {person.id for person in self._people.all() if person.roles <= ROLES_OF_CLERKS}
        keys = [key for key, row in self._rows.get().items() if row.person in clerks]
        self._end(keys, AccessEvent.SESSIONS_ENDED, actor="system", subject="", address="")

    def _end(self, keys: Sequence[bytes], kind: AccessEvent, *, actor: str, subject: str, address: str) -> None:
        if not keys:
            return
        with self._database.transaction() as connection:
            result = connection.execute(delete(t.session).where(t.session.c.token_hash.in_(keys)))
            if result.rowcount:
                now_ms = self._database.wall_ms()
                log_event(
                    connection, now_ms, kind, actor=actor, subject=subject, address=address, sessions=result.rowcount
                )

    def _session(self, row: Row[Any]) -> Session | None:
        person = self._people.get(row.person)
        if person is None or not person.active:
            return None
        return Session(
            id=_id_of(row.token_hash),
            person=person,
            method=row.method,
            proved_ms=row.proved_ms,
            created_ms=row.created_ms,
            last_used_ms=self._last_used.get(row.token_hash, row.last_used_ms),
            browser=row.browser,
            address=row.address,
        )

    @staticmethod
    def _is_over(session: Session, now_ms: int) -> bool:
        return now_ms - session.last_used_ms >= MAX_IDLE_MS or now_ms - session.created_ms >= MAX_AGE_MS

    def _write_last_used(self, now_ms: int) -> None:
        """Write the last uses since the last time, and erase the sessions that are over."""
        self._written_ms = now_ms
        rows = self._rows.get()
        used = {key: used_ms for key, used_ms in list(self._last_used.items()) if key in rows}
        self._last_used = dict(used)
        over = [row.token_hash for row in rows.values() if self._is_over_row(row, now_ms)]
        try:
            with self._database.transaction(quiet=not over) as connection:
                for key, used_ms in used.items():
                    connection.execute(
                        update(t.session).where(t.session.c.token_hash == key).values(last_used_ms=used_ms)
                    )
                connection.execute(delete(t.session).where(t.session.c.token_hash.in_(over)))
        except DBAPIError as error:  # a full disk must not sign people out
            log.warning("the last use of the sessions was not stored: %s", error.orig)

    def _is_over_row(self, row: Row[Any], now_ms: int) -> bool:
        used_ms = self._last_used.get(row.token_hash, row.last_used_ms)
        return bool(now_ms - used_ms >= MAX_IDLE_MS or now_ms - row.created_ms >= MAX_AGE_MS)


def insert_session(
    connection: Connection,
    now_ms: int,
    person_id: str,
    method: SignInMethod,
    browser: str,
    address: str,
    device: str | None = None,
    *,
    is_proved: bool | None = None,
) -> str:
    """Insert a session and return its token; end the person's oldest beyond ``MAX_SESSIONS_OF_PERSON``.

    ``device``: the enrolled browser where a PIN was accepted. ``is_proved`` None: the password was the proof, if any.
    """
    token = new_token()
    was_proved = method == "password" if is_proved is None else is_proved
    connection.execute(
        insert(t.session).values(
            token_hash=token_hash(token),
            person=person_id,
            method=method,
            created_ms=now_ms,
            last_used_ms=now_ms,
            proved_ms=now_ms if was_proved else 0,
            address=address,
            browser=browser,
            device=device,
        )
    )
    theirs = select(t.session.c.token_hash).where(t.session.c.person == person_id)
    newest_first = theirs.order_by(t.session.c.last_used_ms.desc(), t.session.c.created_ms.desc())
    beyond: Iterable[bytes] = connection.execute(newest_first.offset(MAX_SESSIONS_OF_PERSON)).scalars().all()
    connection.execute(delete(t.session).where(t.session.c.token_hash.in_(beyond)))
    return token


def end_sessions_at(connection: Connection, device: str) -> int:
    """End the sessions that a PIN opened at an enrolled browser; return how many."""
    return connection.execute(delete(t.session).where(t.session.c.device == device)).rowcount


def _read_sessions(connection: Connection) -> Mapping[bytes, Row[Any]]:
    return {row.token_hash: row for row in connection.execute(select(t.session))}


def _id_of(key: bytes) -> str:
    return key.hex()[:16]
