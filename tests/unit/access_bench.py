"""People, sessions and sign-ins for the tests, on a clock that the test turns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2.exceptions import InvalidHashError
from sqlalchemy import event

from server.access import passwords
from server.access.access import Access
from server.access.person import Person
from server.access.sign_in import SignInLocked, SignInRefused
from server.domain.permissions import Role

MONDAY_0800 = 1795395600000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

PASSWORD = "bốn con cá vàng"
BOX = "127.0.0.1"
DESK_PC = "192.168.1.21"
STRANGER_PC = "192.168.1.66"
BROWSER = "b-7f3a"


class AccessBench:
    """An ``Access`` in ``state``; ``now_ms`` is its clock."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.now_ms = MONDAY_0800
        self.access = Access.open(state, lambda: self.now_ms)

    def reopen(self) -> None:
        """Start the server again."""
        self.access.close()
        self.access = Access.open(self.state, lambda: self.now_ms)

    def person(self, name: str = "Trần Thị Bình", *roles: Role, password: str | None = PASSWORD) -> Person:
        """Create a person with a password of her own."""
        person = self.access.people.create("system", name, "vi", roles or [Role.CLERK])
        if password is not None:
            self.access.people.set_password("system", person.id, password)
        again = self.access.people.get(person.id)
        assert again is not None
        return again

    def named(self, sign_in_name: str) -> Person:
        """Return the person with this sign-in name."""
        person = self.access.people.with_sign_in_name(sign_in_name)
        assert person is not None
        return person

    def sign_in(self, name: str, password: str = PASSWORD, address: str = DESK_PC) -> str:
        """Sign in and return the token."""
        _person, token = self.access.sign_in.with_password(name, password, address, BROWSER)
        return token

    def try_wrong(self, name: str, address: str = DESK_PC) -> str:
        """Try a wrong password; return ``refused`` or ``locked``."""
        try:
            self.access.sign_in.with_password(name, "sai mật khẩu rồi", address, BROWSER)
        except SignInRefused:
            return "refused"
        except SignInLocked:
            return "locked"
        raise AssertionError("signed in with a wrong password")

    def is_open(self, token: str) -> bool:
        """Return whether the session of ``token`` is open, without using it."""
        return self.access.sessions.find(token, is_use=False) is not None


def count_hashes(monkeypatch: pytest.MonkeyPatch, bench: AccessBench) -> Callable[[], int]:
    """Count Argon2 hashes: return a function that returns their number since its last call."""
    counted: list[str] = []
    hasher = bench.access.sign_in._hasher
    real = hasher._argon2

    class CountingArgon2:
        def hash(self, secret: str) -> str:
            counted.append("hash")
            return real.hash(secret)

        def verify(self, secret_hash: str, secret: str) -> bool:
            """Count a comparison that was made: none is, with what is no hash."""
            counted.append("verify")
            try:
                return real.verify(secret_hash, secret)
            except InvalidHashError:
                counted.pop()
                raise

        def check_needs_rehash(self, secret_hash: str) -> bool:
            return real.check_needs_rehash(secret_hash)

    monkeypatch.setattr(hasher, "_argon2", CountingArgon2())

    def taken() -> int:
        number = len(counted)
        counted.clear()
        return number

    return taken


def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make hashes cheap, for tests of anything else."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "TIME_COST", 1)


@contextmanager
def recorded_sql(bench: AccessBench) -> Iterator[list[str]]:
    """Record the statements on ``access.db`` inside the ``with`` block."""
    statements: list[str] = []

    def record(_connection: Any, _cursor: Any, text: str, *_: object) -> None:
        statements.append(text)

    engine = bench.access.database._engines.write
    event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)
