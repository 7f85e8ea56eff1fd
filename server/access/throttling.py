"""Growing delays after wrong tries: never longer than 15 minutes, and never for ever.

Wrong tries count for the address, and for the account. Those for an account count separately (``account_key``), so that
an attacker elsewhere cannot lock a person out of the PCs that this person uses. A try is counted before its password is
checked, so that many tries at once gain nothing; a right password takes it back.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from config.address import is_loopback
from server.access import schema as t
from server.access.database import AccessDatabase

MAX_DELAY_MS = 15 * 60_000
MAX_ROWS_OF_KIND = 2000
"""The most rows of one kind of key; those with the oldest wrong try are erased."""


@dataclass(frozen=True, slots=True)
class DelayRule:
    """The delays after wrong tries.

    ``free`` tries have none, the next has ``first_delay_ms``, each further one twice the last. The tries are forgotten
    ``forget_ms`` after the last wrong one.
    """

    free: int
    first_delay_ms: int
    forget_ms: int

    def delay_ms(self, wrong_tries: int) -> int:
        """Return the delay after so many wrong tries."""
        if wrong_tries <= self.free:
            return 0
        return min(MAX_DELAY_MS, self.first_delay_ms << min(wrong_tries - self.free - 1, 20))


ACCOUNT = DelayRule(free=4, first_delay_ms=15_000, forget_ms=24 * 3_600_000)
ADDRESS = DelayRule(free=10, first_delay_ms=15_000, forget_ms=3_600_000)
PIN = DelayRule(free=3, first_delay_ms=30_000, forget_ms=24 * 3_600_000)
PIN_LIFE = DelayRule(free=1_000_000, first_delay_ms=0, forget_ms=1 << 60)
"""Counts the wrong tries of a PIN since the last right one, without delays."""
RULES = {
    "account": ACCOUNT,
    "stranger": ACCOUNT,  # a name that nobody has: it must look like an account
    "address": ADDRESS,
    "pin": PIN,
    "pin_stranger": PIN,
    "pin_life": PIN_LIFE,
    "browser": ADDRESS,
    "setup": ADDRESS,
}
"""The rule of each kind of key; the kind is the part before the colon."""


class Locked(Exception):
    """No try is accepted before ``until_ms``."""

    def __init__(self, until_ms: int) -> None:
        super().__init__(f"locked until {until_ms}")
        self.until_ms = until_ms


def address_key(source: str) -> str:
    """Return the key of all tries from one address."""
    return f"address:{source}"


def browser_key(device: str) -> str:
    """Return the key of all PINs that are typed in one enrolled browser."""
    return f"browser:{device[:64]}"


def setup_key(source: str) -> str:
    """Return the key of the set-up codes that are typed at one address."""
    return f"setup:{source}"


def account_key(connection: Connection, person_id: str | None, typed: str, source: str) -> str:
    """Return the key of the tries for one account from one class of addresses.

    The classes are this machine, each address from which the person has signed in before, and all others together.
    ``typed`` names the account if nobody has it.
    """
    owner = f"account:{person_id}" if person_id is not None else f"stranger:{_digest(typed)}"
    if is_loopback(source):
        return f"{owner}@loopback"
    if person_id is not None and _is_known(connection, person_id, source):
        return f"{owner}@{source}"
    return f"{owner}@elsewhere"


def pin_key(person_id: str | None, typed: str) -> str:
    """Return the key of the wrong PINs of one account, in all browsers."""
    return f"pin:{person_id}" if person_id is not None else f"pin_stranger:{_digest(typed)}"


def pin_life_key(person_id: str) -> str:
    """Return the key that counts wrong tries since the last right PIN."""
    return f"pin_life:{person_id}"


def _digest(typed: str) -> str:
    return hashlib.sha256(typed.encode("utf-8", "replace")).hexdigest()[:32]


def _is_known(connection: Connection, person_id: str, source: str) -> bool:
    known = t.known_address
    query = select(known.c.person).where(known.c.person == person_id, known.c.address == source)
    return connection.execute(query).first() is not None


def count_try(connection: Connection, keys: Iterable[str], now_ms: int) -> None:
    """Count a try as a wrong one for each of ``keys``. Raises :class:`Locked`, and then counts nothing."""
    keys = list(keys)
    rows = {row.key: row for row in connection.execute(select(t.throttle).where(t.throttle.c.key.in_(keys))).all()}
    until_ms = max((_locked_until(rows[key].locked_until_ms, now_ms) for key in keys if key in rows), default=0)
    if until_ms > now_ms:
        raise Locked(until_ms)
    for key in keys:
        rule = RULES[_kind(key)]
        row = rows.get(key)
        is_forgotten = row is None or abs(now_ms - row.last_wrong_ms) >= rule.forget_ms
        wrong_tries = 1 if row is None or is_forgotten else row.wrong_tries + 1
        _write(connection, key, wrong_tries, now_ms, now_ms + rule.delay_ms(wrong_tries))
        if row is None:
            _erase_oldest(connection, _kind(key))


def _locked_until(until_ms: int, now_ms: int) -> int:
    """Return the end of a lock.

    A clock that was set back prolongs none beyond ``MAX_DELAY_MS``.
    """
    return until_ms if until_ms <= now_ms + MAX_DELAY_MS else 0


def forgive(connection: Connection, keys: Iterable[str]) -> None:
    """Forget all wrong tries of ``keys``, after a right one."""
    connection.execute(delete(t.throttle).where(t.throttle.c.key.in_(list(keys))))


def take_back(connection: Connection, keys: Iterable[str]) -> None:
    """Take back one counted try of each of ``keys``, which was right, and its delay.

    Addresses keep their other wrong tries: else an attacker with an account of his own would sign in now and then.
    """
    table = t.throttle
    for key in keys:
        connection.execute(
            table.update().where(table.c.key == key).values(wrong_tries=table.c.wrong_tries - 1, locked_until_ms=0)
        )
    connection.execute(table.delete().where(table.c.wrong_tries <= 0))


def wrong_tries(connection: Connection, key: str) -> int:
    """Return the counted tries of ``key``."""
    query = select(t.throttle.c.wrong_tries).where(t.throttle.c.key == key)
    return connection.execute(query).scalar() or 0


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _write(connection: Connection, key: str, wrong_tries: int, now_ms: int, until_ms: int) -> None:
    values = {"wrong_tries": wrong_tries, "last_wrong_ms": now_ms, "locked_until_ms": until_ms}
    statement = insert(t.throttle).values(key=key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))


def _erase_oldest(connection: Connection, kind: str) -> None:
    of_kind = t.throttle.c.key.startswith(f"{kind}:", autoescape=True)
    count = connection.execute(select(func.count()).where(of_kind)).scalar_one()
    if count > MAX_ROWS_OF_KIND:
        oldest = (
            select(t.throttle.c.key).where(of_kind).order_by(t.throttle.c.last_wrong_ms).limit(count - MAX_ROWS_OF_KIND)
        )
        connection.execute(delete(t.throttle).where(t.throttle.c.key.in_(oldest)))


class Throttle:
    """Counts wrong tries in transactions of its own, and lifts locks."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def count(self, keys: Iterable[str]) -> None:
        """Count a try for each of ``keys`` before it is checked. Raises :class:`Locked`."""
        with self._database.transaction(quiet=True) as connection:
            count_try(connection, keys, self._database.wall_ms())

    def forgive(self, keys: Iterable[str]) -> None:
        """Forget the tries of ``keys``, after a right one."""
        with self._database.transaction(quiet=True) as connection:
            forgive(connection, keys)

    def take_back(self, keys: Iterable[str]) -> None:
        """Take back one counted try of each of ``keys``, which was right."""
        with self._database.transaction(quiet=True) as connection:
            take_back(connection, keys)

    def locks(self) -> Sequence["Lock"]:
        """Return the locks of now."""
        now_ms = self._database.wall_ms()
        table = t.throttle
        query = select(table).where(table.c.locked_until_ms > now_ms).order_by(table.c.key)
        with self._database.transaction(quiet=True) as connection:
            return [Lock(row.key, row.locked_until_ms) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Lock:
    """``key`` is locked until ``until_ms``."""

    key: str
    until_ms: int

    @property
    def person(self) -> str | None:
        """The id of the person whose account is locked somewhere, None for other locks."""
        kind, _colon, rest = self.key.partition(":")
        return rest.partition("@")[0] if kind in ("account", "pin") else None


def lift_locks(connection: Connection, person_id: str) -> None:
    """Forget all wrong tries for the account of a person, password and PIN."""
    key = t.throttle.c.key
    of_account = key.startswith(f"account:{person_id}@", autoescape=True)
    of_pin = key.in_([pin_key(person_id, ""), pin_life_key(person_id)])
    connection.execute(delete(t.throttle).where(of_account | of_pin))
