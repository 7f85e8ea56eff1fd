"""API tokens: the credentials of other programs, each with scopes and an end.

A token is shown once and stored as its SHA-256. All tokens are kept in memory too, because each request asks for one.
"""

import logging
import threading
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, log_event
from server.access.tokens import new_code, new_token, token_hash

log = logging.getLogger(__name__)

PREFIX = "luot_pat_"
"""Begins each API token, so that a person or a scanner of secrets recognises it."""
MAX_NAME_LENGTH = 60
MAX_TOKENS = 100
"""The most tokens that are not removed."""
MAX_LIFETIME_MS = 731 * 24 * 3600 * 1000
"""The longest life of a token: two years."""
MAX_REMOVED = 200
"""The most removed tokens whose names are kept; the oldest are erased."""
LAST_USE_EVERY_MS = 60_000
"""The least time between two stored last uses of one token."""
_ID_LENGTH = 10


class Scope(StrEnum):
    """A right of a program; ``server.domain.permissions.SCOPES`` has the permissions of each."""

    READ_BOARD = "read:board"
    READ_JOURNAL = "read:journal"
    READ_REPORTS = "read:reports"
    ISSUE = "issue"
    CALL = "call"
    DIRECT = "direct"
    APPOINTMENTS = "appointments"
    DEVICES = "devices"


RESERVED_SCOPES = frozenset({Scope.READ_REPORTS, Scope.APPOINTMENTS})
"""The scopes for calls that the API does not have yet; no new token has them."""
OFFERED_SCOPES: tuple[Scope, ...] = tuple(scope for scope in Scope if scope not in RESERVED_SCOPES)
"""The scopes that a new token may have."""


class TokenProblem(StrEnum):
    """Why a token cannot be created."""

    NAME = "name"  # empty, too long, or with characters that cannot be shown
    NAME_TAKEN = "name_taken"
    SCOPES = "scopes"  # none, or one that is not offered
    ENDS = "ends"  # in the past, or later than ``MAX_LIFETIME_MS``
    TOO_MANY = "too_many"


class TokenRefused(ValueError):
    """A token cannot be created, because of ``problem``."""

    def __init__(self, problem: TokenProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program's token, without its secret. Times are UTC ms; ``last_used_ms`` None: it was never used."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_ms: int
    created_by: str
    ends_ms: int
    last_used_ms: int | None

    def is_ended(self, now_ms: int) -> bool:
        """Return whether the token's end has come."""
        return now_ms >= self.ends_ms


class ApiTokens:
    """The tokens of all programs; threads may share it."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()  # never held while the database is asked
        with database.transaction() as connection:
            rows = connection.execute(select(t.api_token).where(t.api_token.c.removed_ms.is_(None))).all()
        self._tokens = {row.token_hash: _token(row) for row in rows}

    def all(self) -> Sequence[ApiToken]:
        """Return the tokens that are not removed, ended ones too, the newest first."""
        with self._lock:
            tokens = list(self._tokens.values())
        return sorted(tokens, key=lambda token: (-token.created_ms, token.id))

    def find(self, token: str) -> ApiToken | None:
        """Return the program that has this token, and note its use.

        None for an unknown, a removed or an ended token.
        """
        if not token.startswith(PREFIX):
            return None
        key, now_ms = token_hash(token), self._database.wall_ms()
        with self._lock:
            known = self._tokens.get(key)
            if known is None or known.is_ended(now_ms):
                return None
            last = known.last_used_ms
            is_due = last is None or abs(now_ms - last) >= LAST_USE_EVERY_MS
            if is_due:
                known = self._tokens[key] = replace(known, last_used_ms=now_ms)
        if is_due:
            self._store_last_use(known.id, now_ms)
        return known

    def _store_last_use(self, token_id: str, now_ms: int) -> None:
        try:
            with self._database.transaction(quiet=True) as connection:
                connection.execute(update(t.api_token).where(t.api_token.c.id == token_id).values(last_used_ms=now_ms))
        except DBAPIError as error:  # a full disk must not keep the program out
            log.warning("the last use of the API token %s was not stored: %s", token_id, error.orig)

    def create(
        self, actor: str, name: str, scopes: Collection[Scope], ends_ms: int, address: str = ""
    ) -> tuple[ApiToken, str]:
        """Create a token; return it and its secret, which nobody can read again.

        ``actor``: the id of the administrator; ``address``: of that person's browser. Raises :class:`TokenRefused`.
        """
        now_ms = self._database.wall_ms()
        name = _checked_name(name)
        if not scopes or not set(scopes) <= set(OFFERED_SCOPES):
            raise TokenRefused(TokenProblem.SCOPES)
        if not now_ms < ends_ms <= now_ms + MAX_LIFETIME_MS:
            raise TokenRefused(TokenProblem.ENDS)
        secret = PREFIX + new_token()
        token = ApiToken(
            f"program-{new_code(_ID_LENGTH).lower()}", name, frozenset(scopes), now_ms, actor, ends_ms, None
        )
        with self._database.transaction() as connection:
            _insert(connection, token, token_hash(secret), address)
        with self._lock:
            self._tokens[token_hash(secret)] = token
        return token, secret

    def remove(self, actor: str, token_id: str, address: str = "") -> ApiToken | None:
        """Remove a token, which is refused from now on; return it. None: there is no such token any more."""
        now_ms = self._database.wall_ms()
        rows = t.api_token
        with self._database.transaction() as connection:
            is_it = (rows.c.id == token_id) & rows.c.removed_ms.is_(None)
            row = connection.execute(select(rows).where(is_it)).one_or_none()
            if row is None:
                return None
            connection.execute(update(rows).where(is_it).values(removed_ms=now_ms))
            removed = rows.c.removed_ms
            kept = select(rows.c.id).where(removed.is_not(None)).order_by(removed.desc()).limit(MAX_REMOVED)
            connection.execute(delete(rows).where(removed.is_not(None), rows.c.id.not_in(kept)))
            log_event(
                connection,
                now_ms,
                AccessEvent.TOKEN_REMOVED,
                actor=actor,
                subject=token_id,
                address=address,
                name=row.name,
            )
        with self._lock:
            self._tokens.pop(row.token_hash, None)
        return _token(row)


def _insert(connection: Connection, token: ApiToken, key: bytes, address: str) -> None:
    names = connection.scalars(select(t.api_token.c.name).where(t.api_token.c.removed_ms.is_(None))).all()
    if len(names) >= MAX_TOKENS:
        raise TokenRefused(TokenProblem.TOO_MANY)
    if token.name.casefold() in {name.casefold() for name in names}:
        raise TokenRefused(TokenProblem.NAME_TAKEN)
    scopes = sorted(token.scopes)
    values = {"id": token.id, "name": token.name, "created_ms": token.created_ms, "created_by": token.created_by}
    connection.execute(insert(t.api_token).values(**values, token_hash=key, scopes=scopes, ends_ms=token.ends_ms))
    log_event(
        connection,
        token.created_ms,
        AccessEvent.TOKEN_CREATED,
        actor=token.created_by,
        subject=token.id,
        address=address,
        name=token.name,
        scopes=scopes,
    )


def _token(row: Row[tuple[object, ...]]) -> ApiToken:
    known = {scope.value for scope in Scope}
    return ApiToken(
        id=row.id,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes if scope in known),
        created_ms=row.created_ms,
        created_by=row.created_by,
        ends_ms=row.ends_ms,
        last_used_ms=row.last_used_ms,
    )


def _checked_name(name: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise TokenRefused(TokenProblem.NAME)
    return name
