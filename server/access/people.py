"""The people who may sign in: their names, roles and secrets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from server.access import schema as t
from server.access.composed_roles import known_roles
from server.access.database import AccessDatabase, AccessEvent, CachedRows, log_event
from server.access.passwords import Hasher, Weakness, WeakPassword, check_new_password, check_new_pin
from server.access.person import Person, read_people
from server.access.person_values import (
    InvalidPerson,
    checked_id,
    checked_language,
    checked_name,
    checked_roles,
    checked_sign_in_name,
    free_sign_in_name,
    new_pseudonym,
    sign_in_name,
)
from server.access.throttling import lift_locks
from server.access.tokens import new_code, token_hash
from server.domain.permissions import Role

ONE_TIME_PASSWORD_LENGTH = 12
ONE_TIME_PASSWORD_MS = 3 * 24 * 3_600_000
"""A one-time password that nobody has used ends: one made on Friday is good on Monday morning."""


class UnknownPerson(LookupError):
    """Nobody has this id."""


class LastAdministrator(Exception):
    """The last administrator who can sign in must stay one.

    That is: keep the role, stay active, and keep a way to sign in.
    """


class People:
    """The people in ``access.db``. Each change is a row of the access log.

    ``actor``: the id of the person who makes the change, else ``root`` or ``system``; ``address``: where from.
    """

    def __init__(self, database: AccessDatabase, hasher: Hasher) -> None:
        self._database = database
        self._hasher = hasher
        self._by_id = CachedRows(database, read_people)

    def all(self) -> Sequence[Person]:
        """Return everybody, also the inactive, by name."""
        return sorted(self._by_id.get().values(), key=lambda person: (person.name.casefold(), person.sign_in_name))

    def get(self, person_id: str) -> Person | None:
        """Return the person with this id."""
        return self._by_id.get().get(person_id)

    def with_sign_in_name(self, typed: str) -> Person | None:
        """Return the person whose sign-in name ``typed`` means."""
        meant = sign_in_name(typed)
        return next((person for person in self._by_id.get().values() if person.sign_in_name == meant), None)

    def with_oidc_subject(self, subject: str) -> Person | None:
        """Return the person whom the OpenID provider calls ``subject``."""
        return next((person for person in self._by_id.get().values() if person.oidc_subject == subject), None)

    def has_administrator(self) -> bool:
        """Return whether an active administrator exists; costs no SQL."""
        return any(person.active and Role.ADMINISTRATOR in person.roles for person in self._by_id.get().values())

    def create(
        self,
        actor: str,
        name: str,
        language: str,
        roles: Iterable[Role],
        *,
        composed: Iterable[str] = (),
        person_id: str | None = None,
        address: str = "",
    ) -> Person:
        """Add a person without a password. Raises :class:`InvalidPerson`.

        ``composed``: the ids of composed roles. ``person_id``: the id of a clerk whom the office already knows; else
        the id is a new pseudonym. The sign-in name is made from the name.
        """
        with self._database.transaction() as connection:
            created = insert_person(
                connection, self._database.wall_ms(), name, language, roles, person_id, composed=composed
            )
            roles_now = _row_of(connection, created).roles
            self._log(connection, AccessEvent.PERSON_CREATED, actor, created, address, roles=roles_now)
        return self._required(created)

    def change(
        self,
        actor: str,
        person_id: str,
        *,
        name: str | None = None,
        sign_in_name: str | None = None,
        language: str | None = None,
        roles: Iterable[Role] | None = None,
        composed: Iterable[str] = (),
        address: str = "",
    ) -> Person:
        """Change names, language or roles; other roles end the person's sessions.

        ``composed``: the ids of the composed roles beside ``roles``. Raises :class:`UnknownPerson`,
        :class:`InvalidPerson` and :class:`LastAdministrator`.
        """
        with self._database.transaction() as connection:
            row = _row_of(connection, person_id)
            values: dict[str, Any] = {}
            if name is not None and (new_name := checked_name(name)) != row.name:
                values["name"] = new_name
            if sign_in_name is not None:
                values |= _new_sign_in_name(connection, row, sign_in_name)
            if language is not None and checked_language(language) != row.language:
                values["language"] = language
            new_roles = row.roles if roles is None else checked_roles(roles, known_roles(connection, composed))
            if new_roles != row.roles:
                if Role.ADMINISTRATOR not in new_roles:
                    _refuse_without_administrator(connection, row)
                values["roles"] = new_roles
                _end_sessions(connection, person_id)
            if values:
                _update(connection, person_id, values)
                changed = {field: values[field] for field in ("language", "roles") if field in values}
                self._log(
                    connection, AccessEvent.PERSON_CHANGED, actor, person_id, address, fields=sorted(values), **changed
                )
        return self._required(person_id)

    def set_password(
        self,
        actor: str,
        person_id: str,
        password: str,
        *,
        office_name: str = "",
        keep_token: str | None = None,
        address: str = "",
    ) -> None:
        """Set the password that the person chose; end the sessions except that of ``keep_token``.

        Raises :class:`WeakPassword` and :class:`UnknownPerson`.
        """
        person = self._required(person_id)
        check_new_password(password, (person.name, person.sign_in_name, office_name))
        with self._database.transaction(quiet=True) as connection:
            old_hash = _row_of(connection, person_id).password_hash
        if old_hash is not None and self._hasher.verify(old_hash, password):
            raise WeakPassword(Weakness.SAME_AS_OLD)
        new_hash = self._hasher.hash(password)
        with self._database.transaction() as connection:
            _require_active(connection, person_id)
            values = {"password_hash": new_hash, "must_change_password": False, "password_ends_ms": None}
            _update(connection, person_id, values)
            _end_sessions(connection, person_id, except_token=keep_token)
            self._log(connection, AccessEvent.PASSWORD_CHANGED, actor, person_id, address)

    def set_one_time_password(self, actor: str, person_id: str, *, address: str = "") -> str:
        """Give the person a new password for one sign-in, and return it.

        The sessions end, and the locks are lifted. The password ends after three days, and must be changed at the
        first sign-in. Raises :class:`UnknownPerson`.
        """
        password = new_code(ONE_TIME_PASSWORD_LENGTH)
        new_hash = self._hasher.hash(password)
        with self._database.transaction() as connection:
            _require_active(connection, person_id)
            ends_ms = self._database.wall_ms() + ONE_TIME_PASSWORD_MS
            values = {"password_hash": new_hash, "must_change_password": True, "password_ends_ms": ends_ms}
            _update(connection, person_id, values)
            _end_sessions(connection, person_id)
            lift_locks(connection, person_id)
            self._log(connection, AccessEvent.PASSWORD_CHANGED, actor, person_id, address, one_time=True)
        return password

    def set_pin(self, actor: str, person_id: str, pin: str, *, address: str = "") -> None:
        """Set the PIN. Raises :class:`WeakPassword` and :class:`UnknownPerson`."""
        check_new_pin(pin)
        new_hash = self._hasher.hash(pin)
        with self._database.transaction() as connection:
            _require_active(connection, person_id)
            _update(connection, person_id, {"pin_hash": new_hash})
            self._log(connection, AccessEvent.PIN_CHANGED, actor, person_id, address)

    def remove_pin(self, actor: str, person_id: str, *, address: str = "") -> None:
        """Remove the PIN: from now on the person signs in with the password only."""
        with self._database.transaction() as connection:
            if _row_of(connection, person_id).pin_hash is not None:
                _update(connection, person_id, {"pin_hash": None})
                self._log(connection, AccessEvent.PIN_REMOVED, actor, person_id, address)

    def set_oidc_subject(
        self,
        actor: str,
        person_id: str,
        subject: str | None,
        *,
        keep_token: str | None = None,
        address: str = "",
    ) -> None:
        """Record the person's name at the OpenID provider. Raises :class:`InvalidPerson` if taken.

        The person's sessions end, except that of ``keep_token``. Raises :class:`LastAdministrator` if nobody could
        administrate then, because this person has no password of the own choice.
        """
        with self._database.transaction() as connection:
            row = _row_of(connection, person_id)
            if row.oidc_subject not in (None, subject) and not _has_own_password(row):
                _refuse_without_administrator(connection, row)
            taken = select(t.person.c.id).where(t.person.c.oidc_subject == subject, t.person.c.id != person_id)
            if subject is not None and connection.execute(taken).first() is not None:
                raise InvalidPerson("oidc_subject")
            _update(connection, person_id, {"oidc_subject": subject})
            _end_sessions(connection, person_id, except_token=keep_token)
            self._log(connection, AccessEvent.PERSON_CHANGED, actor, person_id, address, fields=["oidc_subject"])

    def deactivate(self, actor: str, person_id: str, *, address: str = "") -> None:
        """Let the person sign in no more: erase password and PIN.

        All sessions end. Raises :class:`UnknownPerson` and :class:`LastAdministrator`.
        """
        with self._database.transaction() as connection:
            row = _row_of(connection, person_id)
            _refuse_without_administrator(connection, row)
            values = {"active": False, "password_hash": None, "pin_hash": None, "must_change_password": False}
            _update(connection, person_id, values)
            _end_sessions(connection, person_id)
            connection.execute(delete(t.known_address).where(t.known_address.c.person == person_id))
            self._log(connection, AccessEvent.PERSON_CHANGED, actor, person_id, address, active=False)

    def activate(self, actor: str, person_id: str, *, address: str = "") -> None:
        """Let the person sign in again, with a one-time password that is made afterwards."""
        with self._database.transaction() as connection:
            _row_of(connection, person_id)
            _update(connection, person_id, {"active": True})
            self._log(connection, AccessEvent.PERSON_CHANGED, actor, person_id, address, active=True)

    def erase_name(self, actor: str, person_id: str, *, address: str = "") -> None:
        """Put the pseudonym in place of a deactivated person's names.

        The link to the provider ends. Raises :class:`UnknownPerson`; :class:`InvalidPerson` for an active person.
        """
        with self._database.transaction() as connection:
            if _row_of(connection, person_id).active:
                raise InvalidPerson("active")
            names = select(t.person.c.sign_in_name).where(t.person.c.id != person_id)
            unsaid = free_sign_in_name(person_id, set(connection.execute(names).scalars()))
            _update(connection, person_id, {"name": person_id, "sign_in_name": unsaid, "oidc_subject": None})
            fields = ["name", "oidc_subject", "sign_in_name"]
            self._log(connection, AccessEvent.PERSON_CHANGED, actor, person_id, address, fields=fields)

    def lift_locks(self, actor: str, person_id: str, *, address: str = "") -> None:
        """Forget the wrong tries of the person, so that the next try has no delay."""
        with self._database.transaction() as connection:
            _row_of(connection, person_id)
            lift_locks(connection, person_id)
            self._log(connection, AccessEvent.LOCK_LIFTED, actor, person_id, address)

    def _required(self, person_id: str) -> Person:
        person = self.get(person_id)
        if person is None:
            raise UnknownPerson(person_id)
        return person

    def _log(
        self, connection: Connection, kind: AccessEvent, actor: str, person_id: str, address: str, **detail: object
    ) -> None:
        now_ms = self._database.wall_ms()
        log_event(connection, now_ms, kind, actor=actor, subject=person_id, address=address, **detail)


def insert_person(
    connection: Connection,
    now_ms: int,
    name: str,
    language: str,
    roles: Iterable[Role],
    person_id: str | None = None,
    composed: Iterable[str] = (),
    **secrets: object,
) -> str:
    """Insert a person, with the columns ``secrets``; return the id. Raises :class:`InvalidPerson`."""
    name = checked_name(name)
    taken_ids = set(connection.execute(select(t.person.c.id)).scalars())
    new_id = new_pseudonym(taken_ids) if person_id is None else checked_id(person_id, taken_ids)
    values = {
        "id": new_id,
        "sign_in_name": free_sign_in_name(name, set(connection.execute(select(t.person.c.sign_in_name)).scalars())),
        "name": name,
        "language": checked_language(language),
        "roles": checked_roles(roles, known_roles(connection, composed)),
    }
    connection.execute(
        insert(t.person).values(
            **values | {"must_change_password": False, "active": True, "created_ms": now_ms} | secrets
        )
    )
    return new_id


def _new_sign_in_name(connection: Connection, row: Row[Any], typed: str) -> dict[str, str]:
    """Return the column that changes, if any. Raises :class:`InvalidPerson`."""
    others = set(connection.execute(select(t.person.c.sign_in_name).where(t.person.c.id != row.id)).scalars())
    chosen = checked_sign_in_name(typed, others)
    return {} if chosen == row.sign_in_name else {"sign_in_name": chosen}


def _row_of(connection: Connection, person_id: str) -> Row[Any]:
    row = connection.execute(select(t.person).where(t.person.c.id == person_id)).first()
    if row is None:
        raise UnknownPerson(person_id)
    return row


def _require_active(connection: Connection, person_id: str) -> None:
    if not _row_of(connection, person_id).active:
        raise UnknownPerson(person_id)


def _refuse_without_administrator(connection: Connection, row: Row[Any]) -> None:
    """Raise :class:`LastAdministrator` if no other administrator who can sign in remains.

    ``row``: the person who goes. Somebody who got a one-time password and never used it may never have received it.
    """
    if not row.active or Role.ADMINISTRATOR not in row.roles:
        return
    with_provider = set(connection.execute(select(t.session.c.person).where(t.session.c.method == "oidc")).scalars())
    others = connection.execute(select(t.person).where(t.person.c.active, t.person.c.id != row.id))
    if not any(
        Role.ADMINISTRATOR in other.roles
        and (_has_own_password(other) or (other.oidc_subject is not None and other.id in with_provider))
        for other in others
    ):
        raise LastAdministrator(row.id)


def _has_own_password(row: Row[Any]) -> bool:
    """Return whether the person has chosen the password, and so has signed in with it."""
    return row.password_hash is not None and not row.must_change_password


def administrator_exists(connection: Connection) -> bool:
    """Return whether an active administrator exists, inside a transaction."""
    return any(
        Role.ADMINISTRATOR in roles for roles in connection.scalars(select(t.person.c.roles).where(t.person.c.active))
    )


def _update(connection: Connection, person_id: str, values: Mapping[str, object]) -> None:
    connection.execute(update(t.person).where(t.person.c.id == person_id).values(**values))


def _end_sessions(connection: Connection, person_id: str, except_token: str | None = None) -> None:
    sessions = t.session.c
    theirs = sessions.person == person_id
    if except_token is not None:
        theirs &= sessions.token_hash != token_hash(except_token)
    connection.execute(delete(t.session).where(theirs))
