"""The set-up code: once, for a day, and only while there is no administrator."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import BOX, DAY, PASSWORD, AccessBench, cheap_hashes
from sqlalchemy import select

from server.access import schema, setup_code
from server.access.database import AccessEvent
from server.access.passwords import WeakPassword
from server.access.person import Person
from server.access.person_values import InvalidPerson
from server.access.setup_code import WrongSetupCode
from server.access.throttling import MAX_DELAY_MS, Locked
from server.access.tokens import CODE_ALPHABET, new_code
from server.domain.permissions import Role
from support.waiting import until


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccessBench]:
    cheap_hashes(monkeypatch)
    bench = AccessBench(tmp_path)
    yield bench
    bench.access.close()


def code_of(bench: AccessBench) -> str:
    code = bench.access.setup_code.current()
    assert code is not None
    return code


def redeem(bench: AccessBench, code: str, name: str = "Nguyễn Văn An", password: str = PASSWORD) -> Person:
    return bench.access.setup_code.redeem(code, BOX, name=name, language="vi", password=password)


def test_the_code_has_twelve_characters_that_nobody_confuses(bench: AccessBench) -> None:
    groups = code_of(bench).split("-")
    assert [len(group) for group in groups] == [4, 4, 4]
    assert set("".join(groups)) <= set(CODE_ALPHABET)
    assert code_of(bench) == code_of(bench), "it stays the same while the server runs"


def test_the_code_makes_the_first_administrator_once(bench: AccessBench) -> None:
    code = code_of(bench)
    person = redeem(bench, code.lower().replace("-", " "))
    assert person.roles == {Role.ADMINISTRATOR}
    assert bench.is_open(bench.sign_in("Nguyễn Văn An"))
    assert bench.access.setup_code.current() is None
    with pytest.raises(WrongSetupCode):
        redeem(bench, code, "Người khác")
    assert len(bench.access.people.all()) == 1
    bench.reopen()
    assert bench.access.setup_code.renew() is None
    with pytest.raises(WrongSetupCode):
        redeem(bench, code, "Người khác")


def test_no_code_is_made_when_the_first_administrator_comes_in_that_moment(
    bench: AccessBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of(bench)
    meanwhile = threading.Thread(target=lambda: redeem(bench, code))

    def new_code_after_the_redemption(length: int) -> str:
        meanwhile.start()
        until(bench.access.people.has_administrator)
        return new_code(length)

    monkeypatch.setattr(setup_code, "new_code", new_code_after_the_redemption)
    assert bench.access.setup_code.renew() is None
    meanwhile.join()
    assert bench.access.setup_code.current() is None
    with bench.access.database.transaction(quiet=True) as connection:
        assert connection.execute(select(schema.setup_code)).all() == []


def test_a_mistake_in_name_or_password_leaves_the_code_good(bench: AccessBench) -> None:
    code = code_of(bench)
    with pytest.raises(WeakPassword):
        redeem(bench, code, password="ngắn")
    with pytest.raises(WeakPassword):
        redeem(bench, code, password="nguyenvanan1")
    with pytest.raises(InvalidPerson):
        redeem(bench, code, name="")
    bench.access.setup_code.check(code, BOX)
    redeem(bench, code)


def test_each_start_without_an_administrator_makes_a_new_code(bench: AccessBench) -> None:
    first = code_of(bench)
    bench.reopen()
    second = code_of(bench)
    assert second != first
    with pytest.raises(WrongSetupCode):
        redeem(bench, first)
    redeem(bench, second)


def test_a_code_ends_after_a_day_and_the_box_shows_a_new_one(bench: AccessBench) -> None:
    first = code_of(bench)
    bench.now_ms += DAY
    with pytest.raises(WrongSetupCode):
        bench.access.setup_code.check(first, BOX)
    second = code_of(bench)
    assert second != first
    bench.access.setup_code.check(second, BOX)


def test_guesses_are_slowed_and_logged_without_their_text(bench: AccessBench) -> None:
    code = code_of(bench)
    for _try in range(11):
        with pytest.raises(WrongSetupCode):
            bench.access.setup_code.check("AAAA-BBBB-CCCC", "10.0.0.7")
    with pytest.raises(Locked):
        bench.access.setup_code.check(code, "10.0.0.7")
    bench.access.setup_code.check(code, BOX)
    bench.now_ms += MAX_DELAY_MS
    bench.access.setup_code.check(code, "10.0.0.7")
    rows = [row for row in bench.access.log.page() if row.kind == AccessEvent.SETUP_REFUSED]
    assert len(rows) == 11
    assert "AAAA" not in repr(rows)


def test_only_the_hash_of_the_code_is_stored(bench: AccessBench) -> None:
    code = code_of(bench)
    bench.access.close()
    stored = b"".join(path.read_bytes() for path in bench.state.iterdir())
    assert code.encode() not in stored
    assert code.replace("-", "").encode() not in stored
    bench.reopen()


def test_an_empty_code_opens_nothing(bench: AccessBench) -> None:
    for typed in ("", "----", "000000000000", "é" * 12):
        with pytest.raises(WrongSetupCode):
            bench.access.setup_code.check(typed, BOX)


def test_the_log_is_read_page_by_page_from_the_newest(bench: AccessBench) -> None:
    for number in range(7):
        bench.access.log.add(AccessEvent.ACTION_REFUSED, actor=f"p{number % 2}", subject="", number=number)
    first = bench.access.log.page(rows=3)
    second = bench.access.log.page(before=first[-1].id, rows=3)
    assert [row.detail["number"] for row in [*first, *second]] == [6, 5, 4, 3, 2, 1]
    assert [row.detail["number"] for row in bench.access.log.page(subject="p1")] == [5, 3, 1]
