"""The set-up code: opens the set-up while there is no administrator.

It proves that its user can read the box's console or screen.
"""

import threading

from sqlalchemy import ColumnElement, delete, insert, select, update

from config.address import address_group
from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, log_event
from server.access.passwords import Hasher, check_new_password
from server.access.people import People, administrator_exists, insert_person
from server.access.person import Person
from server.access.throttling import Throttle, setup_key
from server.access.tokens import CODE_ALPHABET, new_code, token_hash
from server.domain.permissions import Role

CODE_LENGTH = 12
GROUP = 4
CODE_LIFE_MS = 24 * 3_600_000
ACTOR = "setup"


class WrongSetupCode(Exception):
    """The code is wrong, used or too old, or the set-up is finished."""


class SetupCode:
    """Makes the code and redeems it once for the first administrator. Only its hash is stored."""

    def __init__(self, database: AccessDatabase, people: People, hasher: Hasher, throttle: Throttle) -> None:
        self._database = database
        self._people = people
        self._hasher = hasher
        self._throttle = throttle
        self._code: str | None = None
        self._made_ms = 0
        self._lock = threading.Lock()  # of the code that is shown

    def renew(self) -> str | None:
        """Make a new code, and return it as people read it: ``ABCD-EFGH-JKMN``.

        The old one ends. Return None, and end any code, if there is an administrator.
        """
        with self._lock:
            return self._renew()

    def _renew(self) -> str | None:
        self._code = None
        code, now_ms = new_code(CODE_LENGTH), self._database.wall_ms()
        with self._database.transaction(quiet=True) as connection:
            connection.execute(delete(t.setup_code))
            if administrator_exists(connection):
                return None
            connection.execute(insert(t.setup_code).values(id=1, code_hash=token_hash(code), created_ms=now_ms))
        self._code, self._made_ms = code, now_ms
        return _grouped(code)

    def current(self) -> str | None:
        """Return the code for the box's own screens, a new one after 24 hours.

        None with an administrator.
        """
        if self._people.has_administrator():
            return None
        with self._lock:
            if self._code is None or abs(self._database.wall_ms() - self._made_ms) >= CODE_LIFE_MS:
                return self._renew()
            return _grouped(self._code)

    def check(self, typed: str, address: str) -> None:
        """Raise :class:`WrongSetupCode` unless ``typed`` is the code; it stays good. Raises ``Locked``."""
        keys = [setup_key(address_group(address))]
        self._throttle.count(keys)
        now_ms = self._database.wall_ms()
        with self._database.transaction(quiet=True) as connection:
            row = connection.execute(select(t.setup_code).where(_is_open(typed, now_ms))).first()
            if row is None:
                log_event(connection, now_ms, AccessEvent.SETUP_REFUSED, actor="", address=address)
        if row is None or self._people.has_administrator():
            raise WrongSetupCode("the set-up code is wrong, used or too old")
        self._throttle.take_back(keys)

    def redeem(
        self, typed: str, address: str, *, name: str, language: str, password: str, office_name: str = ""
    ) -> Person:
        """Use the code up: create the first administrator, and return the person.

        Raises ``WeakPassword`` and ``InvalidPerson``, and the code stays good then; as ``check`` else.
        """
        self.check(typed, address)
        check_new_password(password, (name, office_name))
        password_hash = self._hasher.hash(password)
        with self._database.transaction() as connection:
            now_ms = self._database.wall_ms()
            used = update(t.setup_code).where(_is_open(typed, now_ms)).values(used_ms=now_ms)
            if administrator_exists(connection) or connection.execute(used).rowcount == 0:
                raise WrongSetupCode("the set-up code was used meanwhile")
            roles = [Role.ADMINISTRATOR]
            person_id = insert_person(connection, now_ms, name, language, roles, password_hash=password_hash)
            log_event(connection, now_ms, AccessEvent.SETUP_FINISHED, actor=ACTOR, subject=person_id, address=address)
        with self._lock:
            self._code = None
        person = self._people.get(person_id)
        assert person is not None
        return person


def _is_open(typed: str, now_ms: int) -> ColumnElement[bool]:
    """Return the condition of the code ``typed``, not used and not too old."""
    columns = t.setup_code.c
    code = "".join(letter for letter in typed.upper() if letter in CODE_ALPHABET)
    is_young = (columns.created_ms > now_ms - CODE_LIFE_MS) & (columns.created_ms <= now_ms + CODE_LIFE_MS)
    return (columns.code_hash == token_hash(code)) & columns.used_ms.is_(None) & is_young


def _grouped(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
