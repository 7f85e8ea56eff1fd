"""Sessions: how they end, and that a request costs no SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import BROWSER, DAY, DESK_PC, HOUR, MINUTE, AccessBench, cheap_hashes, recorded_sql
from sqlalchemy import select

from server.access import schema as t
from server.access.database import AccessEvent
from server.access.sessions import MAX_SESSIONS_OF_PERSON
from server.access.tokens import token_hash
from server.domain.permissions import Role

LAST_USE = "UPDATE session SET last_used_ms=? WHERE session.token_hash = ?"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccessBench]:
    cheap_hashes(monkeypatch)
    bench = AccessBench(tmp_path)
    yield bench
    bench.access.close()


def test_a_session_is_found_by_its_token_alone(bench: AccessBench) -> None:
    person = bench.person()
    token = bench.sign_in(person.sign_in_name)
    session = bench.access.sessions.find(token)
    assert session is not None
    assert (session.person, session.method, session.browser, session.address) == (person, "password", BROWSER, DESK_PC)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), session.id, token_hash(token).hex(), "é"):
        assert bench.access.sessions.find(wrong) is None


def test_the_database_holds_no_token(bench: AccessBench) -> None:
    token = bench.sign_in(bench.person().sign_in_name)
    bench.access.close()
    stored = b"".join(path.read_bytes() for path in bench.state.iterdir())
    assert token_hash(token) in stored
    assert token.encode() not in stored
    bench.reopen()


def test_a_session_outlives_a_restart_of_the_server(bench: AccessBench) -> None:
    token = bench.sign_in(bench.person().sign_in_name)
    bench.reopen()
    assert bench.is_open(token)


def test_a_session_ends_after_twelve_idle_hours(bench: AccessBench) -> None:
    token = bench.sign_in(bench.person().sign_in_name)
    for _use in range(5):
        bench.now_ms += 12 * HOUR - 1
        assert bench.access.sessions.find(token) is not None
    bench.now_ms += 12 * HOUR
    assert bench.access.sessions.find(token) is None
    bench.reopen()
    assert not bench.is_open(token)


def test_a_live_page_that_nobody_uses_keeps_no_session_alive(bench: AccessBench) -> None:
    token = bench.sign_in(bench.person().sign_in_name)
    for _refresh in range(11):
        bench.now_ms += HOUR
        assert bench.is_open(token)
    bench.now_ms += HOUR
    assert not bench.is_open(token)


def test_a_session_in_use_ends_after_a_week(bench: AccessBench) -> None:
    token = bench.sign_in(bench.person().sign_in_name)
    for _hour in range(7 * 24 - 1):
        bench.now_ms += HOUR
        assert bench.access.sessions.find(token) is not None
    bench.now_ms += HOUR
    assert bench.access.sessions.find(token) is None


def test_a_request_costs_no_sql_and_the_last_use_is_written_once_a_minute(bench: AccessBench) -> None:
    sessions, token = bench.access.sessions, bench.sign_in(bench.person().sign_in_name)
    other = bench.sign_in("tran-thi-binh")
    sessions.find(token)
    with recorded_sql(bench) as run:
        for _request in range(100):
            assert sessions.find(token) is not None
            assert sessions.find("unknown") is None
            assert bench.access.people.has_administrator() is False
            bench.now_ms += 9
    assert run == []
    bench.now_ms += MINUTE
    with recorded_sql(bench) as run:
        for _request in range(100):
            sessions.find(token)
            sessions.find(other)
    assert [statement for statement in run if statement.startswith("UPDATE")] == [LAST_USE]
    assert not any(statement.startswith("SELECT") for statement in run)


def test_the_last_use_survives_a_restart_to_the_minute(bench: AccessBench) -> None:
    sessions, token = bench.access.sessions, bench.sign_in(bench.person().sign_in_name)
    bench.now_ms += 11 * HOUR
    sessions.find(token)
    bench.reopen()
    bench.now_ms += 2 * HOUR
    assert bench.is_open(token)


def test_ended_sessions_leave_no_rows(bench: AccessBench) -> None:
    person = bench.person()
    bench.sign_in(person.sign_in_name)
    bench.now_ms += 13 * HOUR
    token = bench.sign_in(person.sign_in_name)
    bench.now_ms += 2 * MINUTE
    assert bench.access.sessions.find(token) is not None
    with bench.access.database.transaction(quiet=True) as connection:
        keys = connection.execute(select(t.session.c.token_hash)).scalars().all()
    assert keys == [token_hash(token)]


def test_sign_out_ends_one_session(bench: AccessBench) -> None:
    person = bench.person()
    mine, other = bench.sign_in(person.sign_in_name), bench.sign_in(person.sign_in_name)
    bench.access.sessions.end(mine)
    assert (bench.is_open(mine), bench.is_open(other)) == (False, True)
    bench.access.sessions.end(mine)
    bench.access.sessions.end("unknown")
    assert [row.kind for row in bench.access.log.page()].count(AccessEvent.SIGNED_OUT) == 1


def test_the_other_sessions_end_one_by_one_or_together(bench: AccessBench) -> None:
    sessions, person, stranger = bench.access.sessions, bench.person(), bench.person("Khác")
    mine, *others = (bench.sign_in(person.sign_in_name) for _session in range(4))
    theirs = bench.sign_in(stranger.sign_in_name)
    ids = {session.id for session in sessions.of_person(person.id)}
    assert len(ids) == 4
    chosen = sessions.find(others[0])
    assert chosen is not None
    sessions.end_one(stranger.id, stranger.id, chosen.id)
    assert bench.is_open(others[0]), "another person's session is not ended by its id"
    sessions.end_one(person.id, person.id, chosen.id)
    assert [bench.is_open(token) for token in (mine, *others)] == [True, False, True, True]
    sessions.end_all(person, except_token=mine)
    assert [bench.is_open(token) for token in (mine, *others, theirs)] == [True, False, False, False, True]
    sessions.end_all(person)
    assert [bench.is_open(token) for token in (mine, theirs)] == [False, True]


def test_the_days_close_signs_out_those_who_are_only_clerks(bench: AccessBench) -> None:
    roles = {
        "Thư ký": (Role.CLERK,),
        "Trưởng": (Role.LEAD_CLERK, Role.CLERK),
        "Quản lý": (Role.MANAGER, Role.CLERK),
        "Quản trị": (Role.ADMINISTRATOR,),
        "Thanh tra": (Role.AUDITOR,),
    }
    tokens = [bench.sign_in(bench.person(name, *of_person).sign_in_name) for name, of_person in roles.items()]
    bench.access.sessions.end_of_clerks()
    assert [bench.is_open(token) for token in tokens] == [False, False, True, True, True]


def test_one_person_has_at_most_twenty_sessions(bench: AccessBench) -> None:
    person = bench.person()
    tokens = []
    for _session in range(MAX_SESSIONS_OF_PERSON + 3):
        bench.now_ms += 1000
        tokens.append(bench.sign_in(person.sign_in_name))
    assert [bench.is_open(token) for token in tokens] == [False] * 3 + [True] * MAX_SESSIONS_OF_PERSON


def test_a_renewed_session_has_a_new_token_and_the_old_one_is_dead(bench: AccessBench) -> None:
    sessions, token = bench.access.sessions, bench.sign_in(bench.person().sign_in_name)
    bench.now_ms += DAY // 4
    renewed = sessions.renew(token, proved=True)
    assert renewed is not None
    assert (bench.is_open(token), bench.is_open(renewed)) == (False, True)
    assert sessions.renew(token) is None
    session = sessions.find(renewed)
    assert session is not None
    assert session.is_fresh(bench.now_ms)
    assert not session.is_fresh(bench.now_ms + 10 * MINUTE)
    assert not session.is_fresh(bench.now_ms - MINUTE), "the clock was set back"
