"""Programs lend services to counters and stop issuing for today, by the API."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, Hall
from core_web import Web
from flask.testing import FlaskClient

from server.access.access import Access
from server.access.api_tokens import Scope
from server.web.staff.app import create_app
from server.wire.client import API
from server.wire.messages import to_time


class Program:
    """A program with a token of one scope."""

    def __init__(self, hall: Hall, access: Access, scope: Scope = Scope.DIRECT) -> None:
        self.hall = hall
        web = Web(hall)
        self._client: FlaskClient = create_app(
            replace(web.app.extensions["luot"], access=access), b"k" * 32
        ).test_client()
        ends_ms = hall.clock.wall_ms + 24 * HOUR
        token, self._secret = access.api_tokens.create("quan-tri", f"Điều phối {scope}", [scope], ends_ms)
        self.id = token.id

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._secret}"}
        answer = self._client.post(f"{API}{path}", json=body, base_url="http://127.0.0.1", headers=headers)
        return answer.status_code, answer.get_json()

    def counters_of(self, of_service: str, **body: Any) -> list[str]:
        """Change counter 2, and return the counters of a service."""
        status, answer = self.post("/counters/c2/services", **body)
        assert status == 200, answer
        return next(row["counters"] for row in answer["items"] if row["id"] == of_service)


@pytest.fixture
def access(hall: Hall, tmp_path: Path) -> Iterator[Access]:
    with closing(Access.open(tmp_path, lambda: hall.clock.wall_ms)) as access:
        yield access


@pytest.fixture
def program(hall: Hall, access: Access) -> Program:
    return Program(hall, access)


def test_a_service_is_lent_moved_taken_and_restored_for_today(program: Program) -> None:
    lend = {"do": "lend", "service": "DD"}
    assert program.counters_of("DD", **lend) == ["c2", "c3"]
    facts = len(program.hall.facts())
    assert program.counters_of("DD", **lend) == ["c2", "c3"]
    assert len(program.hall.facts()) == facts, "the same request again changes nothing"
    assert program.counters_of("DD", **lend, **{"from": "c3"}) == ["c2"]
    assert program.counters_of("DD", do="restore") == []
    assert program.post("/counters/c3/services", do="restore")[0] == 200
    assert program.counters_of("HT", do="take", service="HT") == ["c1"]
    (*_, last) = program.hall.facts()
    assert (last.kind, last.actor_role, last.actor_id) == ("counter.services_today", "program", program.id)


def test_the_consequence_is_named_and_a_confirmed_request_accepts_it(program: Program) -> None:
    program.hall.issue("DD")
    take = {"do": "take", "service": "DD"}
    status, refused = program.post("/counters/c3/services", **take)
    assert (status, refused["code"], refused["need"]) == (409, "not_allowed", "last_counter")
    assert program.post("/counters/c3/services", **take, confirmed=True)[0] == 200


def test_issuing_stops_with_reason_end_and_whom_to_ask_and_goes_on(program: Program) -> None:
    until = to_time(program.hall.clock.wall_ms + HOUR)
    stop = {"state": "stopped", "reason": "Mất kết nối phần mềm", "ask": "bàn hướng dẫn", "until": until}
    status, service = program.post("/services/HT/issuing", **stop)
    assert (status, service["stopped"], service["reason"]) == (200, True, "Mất kết nối phần mềm")
    assert (service["ask"], service["until"], service["state"]) == ("bàn hướng dẫn", until, "closed")
    status, service = program.post("/services/HT/issuing", state="issuing")
    assert (status, service["stopped"], service["state"]) == (200, False, "open")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/counters/c9/services", {"do": "lend", "service": "DD"}, 404, "not_found"),
        ("/counters/c2/services", {"do": "lend", "service": "ZZ"}, 422, "unknown_service"),
        ("/counters/c2/services", {"do": "lend"}, 400, "bad_request"),
        ("/services/ZZ/issuing", {"state": "stopped"}, 422, "unknown_service"),
        ("/services/HT/issuing", {"state": "stopped", "reason": "☂"}, 400, "bad_request"),
        ("/services/HT/issuing", {"state": "stopped", "until": "2026-11-23T00:00:00.000Z"}, 400, "bad_request"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    program: Program, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    facts = len(program.hall.facts())
    answered, refusal = program.post(path, **body)
    assert (answered, refusal["code"]) == (status, code)
    assert len(program.hall.facts()) == facts


def test_a_program_without_the_scope_directs_nothing(hall: Hall, access: Access) -> None:
    program = Program(hall, access, Scope.CALL)
    assert program.post("/counters/c2/services", do="lend", service="DD")[0] == 403
    assert program.post("/services/HT/issuing", state="stopped")[0] == 403
