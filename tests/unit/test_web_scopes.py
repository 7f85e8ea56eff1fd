"""The calls that a program's scopes open: one table for check, page and documents."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from core_hall import Hall
from core_web import Web
from flask.testing import FlaskClient

from server.access.access import Access
from server.access.api_tokens import OFFERED_SCOPES, RESERVED_SCOPES, Scope
from server.web.api.scope_calls import calls_of_every_token, calls_of_scope
from server.web.api.table import ENDPOINTS
from server.web.staff.app import create_app
from server.wire.client import API

OFFICE_CALLS = ["GET /services", "GET /catalogue", "GET /office"]
EXPECTED = {
    Scope.READ_BOARD: [*OFFICE_CALLS, "GET /board"],
    Scope.READ_JOURNAL: ["GET /journal"],
    Scope.READ_REPORTS: [],
    Scope.ISSUE: [*OFFICE_CALLS, "POST /tickets"],
    Scope.CALL: [
        *OFFICE_CALLS,
        "GET /tickets",
        "GET /tickets/{id}",
        "POST /tickets/{id}/moves",
        "POST /tickets/{id}/undo",
        "POST /counters/{id}/next",
        "POST /counters/{id}/state",
        "POST /counters/{id}/ready",
        "POST /counters/{id}/alarm",
        "POST /counters/{id}/here",
    ],
    Scope.DIRECT: [*OFFICE_CALLS, "POST /counters/{id}/services", "POST /services/{id}/issuing"],
    Scope.APPOINTMENTS: [],
    Scope.DEVICES: ["GET /health"],
}


@pytest.fixture
def access(hall: Hall, tmp_path: Path) -> Iterator[Access]:
    with closing(Access.open(tmp_path, lambda: hall.clock.wall_ms)) as access:
        yield access


@pytest.fixture
def client(hall: Hall, access: Access) -> FlaskClient:
    return create_app(replace(Web(hall).app.extensions["luot"], access=access), b"k" * 32).test_client()


def test_each_scope_opens_its_calls_and_reserved_scopes_none() -> None:
    assert {scope: sorted(calls_of_scope(scope)) for scope in Scope} == {
        scope: sorted(calls) for scope, calls in EXPECTED.items()
    }
    assert {scope for scope in Scope if not calls_of_scope(scope)} == RESERVED_SCOPES
    assert "GET /openapi.json" in calls_of_every_token()


@pytest.mark.parametrize("scope", OFFERED_SCOPES)
def test_the_server_refuses_a_token_exactly_the_calls_that_are_not_listed(
    hall: Hall, access: Access, client: FlaskClient, scope: Scope
) -> None:
    ends_ms = hall.clock.wall_ms + 86_400_000
    _, secret = access.api_tokens.create("quan-tri", "Chương trình", [scope], ends_ms)
    listed = {*calls_of_scope(scope), *calls_of_every_token()}
    for endpoint in ENDPOINTS:
        if endpoint.path.startswith("/enrolments"):
            continue  # open to everyone: a station without credentials asks there
        answer = client.open(
            f"{API}{endpoint.path.replace('{id}', 'x')}",
            method=endpoint.method,
            base_url="http://127.0.0.1",
            json={} if endpoint.method == "POST" else None,
            headers={"Authorization": f"Bearer {secret}"},
        )
        call = f"{endpoint.method} {endpoint.path}"
        if call != "GET /device":  # of enrolled devices only, by its own check
            assert (answer.status_code == 403) == (call not in listed), f"{call}: {answer.get_data(True)}"
