"""API tokens: shown once, stored hashed, ended by date or by an administrator."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select, update

from server.access import schema as t
from server.access.api_tokens import (
    MAX_LIFETIME_MS,
    MAX_TOKENS,
    ApiTokens,
    Scope,
    TokenProblem,
    TokenRefused,
)
from server.access.database import AccessDatabase, AccessEvent

DAY_MS = 24 * 3600 * 1000


@dataclass(slots=True)
class Programs:
    """The tokens of a new database, whose time a test sets."""

    path: Path
    now_ms: int = 1_795_394_400_000
    database: AccessDatabase = field(init=False)
    tokens: ApiTokens = field(init=False)

    def __post_init__(self) -> None:
        self.database = AccessDatabase(self.path, lambda: self.now_ms)
        self.tokens = ApiTokens(self.database)

    def create(self, name: str = "Bảng điện tử", *scopes: Scope, days: int = 30) -> str:
        chosen = scopes or (Scope.READ_BOARD,)
        return self.tokens.create("quan-tri", name, chosen, self.now_ms + days * DAY_MS, "192.0.2.7")[1]

    def problem(self, name: str = "x", *scopes: Scope, ends_ms: int | None = None) -> TokenProblem:
        with pytest.raises(TokenRefused) as refused:
            self.tokens.create("quan-tri", name, scopes, self.now_ms + DAY_MS if ends_ms is None else ends_ms)
        return refused.value.problem

    def events(self) -> list[tuple[str, str, str]]:
        log = t.access_log.c
        with self.database.transaction() as connection:
            rows = connection.execute(select(log.kind, log.actor, log.address).order_by(log.id)).all()
        return [(row.kind, row.actor, row.address) for row in rows]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    programs = Programs(tmp_path / "access.db")
    with closing(programs.database):
        yield programs


def test_a_program_is_found_by_its_token_alone(programs: Programs) -> None:
    token = programs.create("Bảng điện tử", Scope.READ_BOARD, Scope.ISSUE)
    program = programs.tokens.find(token)
    assert program is not None
    assert (program.name, program.scopes) == ("Bảng điện tử", frozenset({Scope.READ_BOARD, Scope.ISSUE}))
    for wrong in ("", "luot_pat_", token[:-1], token + "x", token.removeprefix("luot_pat_"), token.upper()):
        assert programs.tokens.find(wrong) is None


def test_the_database_has_no_token_in_clear(programs: Programs) -> None:
    token = programs.create()
    secret = token.removeprefix("luot_pat_").encode()
    files = [path.read_bytes() for path in programs.path.parent.iterdir() if path.is_file()]
    assert not any(secret in content for content in files)
    assert any(b"B\xe1\xba\xa3ng" in content for content in files)


def test_a_restarted_server_knows_the_same_tokens(programs: Programs) -> None:
    kept, removed = programs.create("một"), programs.create("hai")
    gone = programs.tokens.find(removed)
    assert gone is not None
    programs.tokens.remove("quan-tri", gone.id)
    again = ApiTokens(programs.database)
    assert again.find(kept) is not None
    assert again.find(removed) is None
    assert [token.name for token in again.all()] == ["một"]


def test_a_token_ends_at_its_date(programs: Programs) -> None:
    token = programs.create(days=2)
    programs.now_ms += 2 * DAY_MS - 1
    assert programs.tokens.find(token) is not None
    programs.now_ms += 1
    assert programs.tokens.find(token) is None
    (listed,) = programs.tokens.all()
    assert listed.is_ended(programs.now_ms)


def test_a_removed_token_opens_nothing_and_is_removed_once(programs: Programs) -> None:
    token = programs.create()
    program = programs.tokens.find(token)
    assert program is not None
    assert programs.tokens.remove("quan-tri", program.id, "192.0.2.7") is not None
    assert programs.tokens.find(token) is None
    assert programs.tokens.remove("quan-tri", program.id) is None
    assert programs.events() == [
        (AccessEvent.TOKEN_CREATED, "quan-tri", "192.0.2.7"),
        (AccessEvent.TOKEN_REMOVED, "quan-tri", "192.0.2.7"),
    ]


def test_the_last_use_is_stored_at_most_once_a_minute(programs: Programs) -> None:
    token = programs.create()
    stored = []
    for step_ms in (0, 59_999, 1, 59_999):
        programs.now_ms += step_ms
        programs.tokens.find(token)
        with programs.database.transaction() as connection:
            stored.append(connection.scalars(select(t.api_token.c.last_used_ms)).one())
    assert [at_ms - stored[0] for at_ms in stored] == [0, 0, 60_000, 60_000]


def test_a_token_needs_a_name_a_scope_and_an_end(programs: Programs) -> None:
    programs.create("Kho dữ liệu")
    far_ms = programs.now_ms + MAX_LIFETIME_MS + 1
    assert programs.problem("  ", Scope.CALL) is TokenProblem.NAME
    assert programs.problem("a" * 61, Scope.CALL) is TokenProblem.NAME
    assert programs.problem("a\x1b[31m", Scope.CALL) is TokenProblem.NAME
    assert programs.problem("  kho  DỮ liệu ", Scope.CALL) is TokenProblem.NAME_TAKEN
    assert programs.problem("b") is TokenProblem.SCOPES
    assert programs.problem("b", Scope.CALL, Scope.APPOINTMENTS) is TokenProblem.SCOPES
    assert programs.problem("b", Scope.CALL, ends_ms=programs.now_ms) is TokenProblem.ENDS
    assert programs.problem("b", Scope.CALL, ends_ms=far_ms) is TokenProblem.ENDS


def test_there_are_at_most_a_hundred_tokens(programs: Programs) -> None:
    for number in range(MAX_TOKENS):
        programs.create(f"chương trình {number}")
    assert programs.problem("một nữa", Scope.CALL) is TokenProblem.TOO_MANY
    programs.tokens.remove("quan-tri", programs.tokens.all()[0].id)
    programs.create("một nữa")


def test_a_scope_that_a_later_release_knows_opens_nothing_here(programs: Programs) -> None:
    token = programs.create()
    with programs.database.transaction() as connection:
        connection.execute(update(t.api_token).values(scopes=["read:stars", "issue"]))
    program = ApiTokens(programs.database).find(token)
    assert program is not None
    assert program.scopes == {Scope.ISSUE}
