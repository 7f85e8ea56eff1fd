"""Sign-in with a password or a PIN, without telling whether an account exists.

An unknown name, an inactive person and a wrong password cost the same work and raise the same exception.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from config.address import address_group
from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, log_event
from server.access.passwords import Hasher, TooManyHashes
from server.access.people import People
from server.access.person import Person
from server.access.person_values import sign_in_name
from server.access.sessions import Sessions, SignInMethod, insert_session
from server.access.throttling import (
    Locked,
    account_key,
    address_key,
    browser_key,
    count_try,
    forgive,
    pin_key,
    pin_life_key,
    take_back,
    wrong_tries,
)

MAX_PIN_TRIES = 20
"""After so many wrong tries the PIN is erased; the password works on."""
MAX_KNOWN_ADDRESSES = 20
"""The known addresses of one person; beyond, the one used longest ago is forgotten."""
DEVICE_FOR_PINS = "browser"


class SignInRefused(Exception):
    """Name and password, or name and PIN, do not belong together."""


class SignInLocked(Exception):
    """Too many wrong tries: no try is accepted before ``until_ms``."""

    def __init__(self, until_ms: int) -> None:
        super().__init__(f"locked until {until_ms}")
        self.until_ms = until_ms


class SignInBusy(Exception):
    """Too many people sign in at once; try again in some seconds."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try: its account, the stored hash, and the throttle's keys.

    ``person_id`` is None if nobody has the name; ``secret_hash`` if no secret can be right.
    ``device``: the browser of a PIN.
    """

    person_id: str | None
    secret_hash: str | None
    account_keys: tuple[str, ...]
    place_keys: tuple[str, ...]
    source: str
    tries_of_pin: int = 0
    device: str | None = None


class PersonSignIn:
    """Checks passwords and PINs, and opens sessions."""

    def __init__(self, database: AccessDatabase, people: People, sessions: Sessions, hasher: Hasher) -> None:
        self._database = database
        self._people = people
        self._sessions = sessions
        self._hasher = hasher

    def with_password(self, name: str, password: str, address: str, browser: str) -> tuple[Person, str]:
        """Sign in with a password: return the person and the token of a new session.

        ``name``: as typed; accents, capitals and spaces do not matter. Raises :class:`SignInRefused`,
        :class:`SignInLocked` and :class:`SignInBusy`.
        """
        typed = sign_in_name(name)
        is_meant = t.person.c.sign_in_name == typed
        attempt = self._begin(lambda connection: self._attempt_password(connection, is_meant, typed, address))
        self._verify(attempt, password, "password", address)
        return self._finish(attempt, password, "password", address, browser)

    def with_pin(self, name: str, pin: str, address: str, browser: str, device: str) -> tuple[Person, str]:
        """Sign in with a PIN at the enrolled browser ``device``; else as ``with_password``."""
        attempt = self._begin(lambda connection: self._attempt_pin(connection, sign_in_name(name), address, device))
        try:
            self._verify(attempt, pin, "pin", address)
        except SignInRefused:
            self._erase_guessed_pin(attempt, address)
            raise
        return self._finish(attempt, pin, "pin", address, browser)

    def prove(self, token: str, password: str, address: str) -> str:
        """Check the password of a signed-in person again; return the new token of the session.

        Raises as ``with_password``; also :class:`SignInRefused` if the session has ended.
        """
        session = self._sessions.find(token)
        if session is None:
            raise SignInRefused("the session has ended")
        person_id = session.person.id
        is_meant = t.person.c.id == person_id
        attempt = self._begin(lambda connection: self._attempt_password(connection, is_meant, person_id, address))
        self._verify(attempt, password, "password", address)
        with self._database.transaction(quiet=True) as connection:
            self._take_back(connection, attempt)
        renewed = self._sessions.renew(token, proved=True)
        if renewed is None:
            raise SignInRefused("the session has ended")
        return renewed

    def _begin(self, read: Callable[[Connection], _Attempt]) -> _Attempt:
        """Count the try as a wrong one. Raises :class:`SignInLocked`."""
        try:
            with self._database.transaction(quiet=True) as connection:
                attempt = read(connection)
                count_try(connection, attempt.account_keys + attempt.place_keys, self._database.wall_ms())
        except Locked as error:
            raise SignInLocked(error.until_ms) from None
        return attempt

    def _attempt_password(
        self, connection: Connection, is_meant: ColumnElement[bool], typed: str, address: str
    ) -> _Attempt:
        row = connection.execute(select(t.person).where(is_meant)).first()
        found_id = None if row is None else row.id
        source = address_group(address)
        secret_hash = None
        if row is not None and row.active and not self._has_ended(row.password_ends_ms):
            secret_hash = row.password_hash
        account = account_key(connection, found_id, typed, source)
        return _Attempt(found_id, secret_hash, (account,), (address_key(source),), source)

    def _attempt_pin(self, connection: Connection, name: str, address: str, device: str) -> _Attempt:
        row = connection.execute(select(t.person).where(t.person.c.sign_in_name == name)).first()
        found_id = None if row is None else row.id
        is_enrolled = _is_enrolled_browser(connection, device)
        source = address_group(address)
        keys: tuple[str, ...] = (pin_key(found_id, name),)
        tries = 0
        if found_id is not None:
            keys += (pin_life_key(found_id),)
            tries = wrong_tries(connection, pin_life_key(found_id))
        usable = row is not None and row.active and is_enrolled and tries < MAX_PIN_TRIES
        secret_hash = row.pin_hash if row is not None and usable else None
        return _Attempt(
            found_id, secret_hash, keys, (address_key(source), browser_key(device)), source, tries + 1, device
        )

    def _has_ended(self, ends_ms: int | None) -> bool:
        return ends_ms is not None and self._database.wall_ms() >= ends_ms

    def _verify(self, attempt: _Attempt, secret: str, method: SignInMethod, address: str) -> None:
        """Raise :class:`SignInRefused` unless the secret is right, after the same work in every case."""
        try:
            is_right = self._hasher.verify(attempt.secret_hash, secret)
        except TooManyHashes as error:
            with self._database.transaction(quiet=True) as connection:  # nothing was compared
                take_back(connection, attempt.account_keys + attempt.place_keys)
            raise SignInBusy(str(error)) from error
        if not is_right:
            with self._database.transaction(quiet=True) as connection:
                self._log(connection, AccessEvent.SIGN_IN_REFUSED, attempt.person_id or "", address, method, actor="")
            raise SignInRefused("name and secret do not belong together")

    def _finish(
        self, attempt: _Attempt, secret: str, method: SignInMethod, address: str, browser: str
    ) -> tuple[Person, str]:
        """Open the session, unless the secret was changed meanwhile."""
        assert attempt.person_id is not None
        assert attempt.secret_hash is not None
        is_outdated = self._hasher.is_outdated(attempt.secret_hash)
        new_hash = self._hasher.hash(secret) if is_outdated else attempt.secret_hash
        column = t.person.c.pin_hash if method == "pin" else t.person.c.password_hash
        is_unchanged = (t.person.c.id == attempt.person_id) & t.person.c.active & (column == attempt.secret_hash)
        with self._database.transaction() as connection:
            if connection.execute(update(t.person).where(is_unchanged).values({column: new_hash})).rowcount == 0:
                raise SignInRefused("the secret was changed meanwhile")
            if attempt.device is not None and not _is_enrolled_browser(connection, attempt.device):
                raise SignInRefused("the browser was removed meanwhile")
            now_ms = self._database.wall_ms()
            self._take_back(connection, attempt)
            if method == "password":
                _remember_address(connection, attempt.person_id, attempt.source, now_ms)
            token = insert_session(connection, now_ms, attempt.person_id, method, browser, address, attempt.device)
            self._log(connection, AccessEvent.SIGNED_IN, attempt.person_id, address, method)
        person = self._people.get(attempt.person_id)
        if person is None:
            raise SignInRefused("the person is gone")
        return person, token

    @staticmethod
    def _take_back(connection: Connection, attempt: _Attempt) -> None:
        forgive(connection, attempt.account_keys)
        take_back(connection, attempt.place_keys)

    def _erase_guessed_pin(self, attempt: _Attempt, address: str) -> None:
        if attempt.person_id is None or attempt.secret_hash is None or attempt.tries_of_pin < MAX_PIN_TRIES:
            return
        with self._database.transaction() as connection:
            is_same = (t.person.c.id == attempt.person_id) & (t.person.c.pin_hash == attempt.secret_hash)
            connection.execute(update(t.person).where(is_same).values(pin_hash=None))
            forgive(connection, [pin_life_key(attempt.person_id)])
            self._log(connection, AccessEvent.PIN_REMOVED, attempt.person_id, address, "pin", actor="system")

    def _log(
        self,
        connection: Connection,
        kind: AccessEvent,
        person_id: str,
        address: str,
        method: SignInMethod,
        actor: str | None = None,
    ) -> None:
        """Log an event of a person.

        A name that nobody has is not logged, for it may be a password.
        """
        actor = person_id if actor is None else actor
        now_ms = self._database.wall_ms()
        log_event(connection, now_ms, kind, actor=actor, subject=person_id, address=address, method=method)


def _is_enrolled_browser(connection: Connection, device: str) -> bool:
    devices = t.device.c
    is_browser = (devices.id == device) & (devices.kind == DEVICE_FOR_PINS) & devices.removed_ms.is_(None)
    return connection.execute(select(devices.id).where(is_browser)).first() is not None


def _remember_address(connection: Connection, person_id: str, source: str, now_ms: int) -> None:
    known = t.known_address
    statement = insert(known).values(person=person_id, address=source, last_used_ms=now_ms)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["person", "address"], set_={"last_used_ms": now_ms})
    )
    theirs = select(known.c.address).where(known.c.person == person_id).order_by(known.c.last_used_ms.desc())
    beyond = connection.execute(theirs.offset(MAX_KNOWN_ADDRESSES)).scalars().all()
    connection.execute(delete(known).where(known.c.person == person_id, known.c.address.in_(beyond)))
