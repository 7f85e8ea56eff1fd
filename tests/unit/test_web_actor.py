"""The actor of an API call: the browser's sign-in, else the named station."""

from core_hall import Hall, request_id
from core_web import Web


def actors(hall: Hall, kind: str) -> list[tuple[str, str]]:
    return [(fact.actor_role, fact.actor_id) for fact in hall.facts() if fact.kind == kind]


def reclassify(hall: Hall, web: Web, counter: str | None, browser: bool) -> int:
    ticket = hall.issue()
    body = {
        "request_id": request_id(),
        "move": "reclassify",
        "class": "priority",
        "reason": "elder",
        "station": "page-1",
    }
    client = web.browser if browser else web.app.test_client()
    path = f"/api/v1/tickets/{ticket.id}/moves"
    sent = body | ({"counter": counter} if counter else {})
    return client.post(path, json=sent, base_url="http://127.0.0.1").status_code


def test_a_browsers_call_is_made_by_the_clerk_at_that_counter_else_by_its_latest_sign_in(hall: Hall) -> None:
    web = Web(hall)
    web.sign_in("c1")
    web.sign_in("c2")
    assert [reclassify(hall, web, counter, browser=True) for counter in ("c1", "c2", None)] == [200, 200, 200]
    acted = actors(hall, "ticket.reclassified")
    assert acted[0] != acted[1] == acted[2]
    assert [role for role, _ in acted] == ["clerk"] * 3


def test_a_program_may_not_do_what_only_staff_may_and_gets_no_cookie(hall: Hall) -> None:
    web = Web(hall)
    assert reclassify(hall, web, None, browser=False) == 403
    answer = web.app.test_client().get("/api/v1/office", base_url="http://127.0.0.1")
    assert "Set-Cookie" not in answer.headers
