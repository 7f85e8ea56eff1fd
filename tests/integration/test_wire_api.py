"""The API over real HTTP: every call, repeated calls, lists and pictures."""

import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from api_caller import (
    IN_AN_HOUR,
    Caller,
    api_hall,
    caller,
    issue_body,
    journal_rows,
    move_body,
    new_id,
    seq,
    serve_everybody,
)

from support.server_process import Machine
from support.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with api_hall(tmp_path_factory.mktemp("hall")) as hall:
        yield hall


@pytest.fixture
def api(hall: Machine) -> Iterator[Caller]:
    """The caller of each test; no ticket stays open for the next one."""
    api = caller(hall)
    yield api
    serve_everybody(api)


def test_a_ticket_is_issued_with_everything_the_next_step_needs(api: Caller) -> None:
    response = api.post("/tickets", issue_body(procedure="1.001193"))
    assert response.status == 201
    ticket = response.body
    assert (ticket["service"], ticket["procedure"], ticket["class"], ticket["state"]) == (
        "HT", "1.001193", "ordinary", "waiting",
    )  # fmt: skip
    assert ticket["number"][0] == "A"
    assert ticket["counters"] == ["c1", "c2"]
    assert ticket["wait_min"] is None
    assert len(ticket["link"]) == 22
    assert ticket["repeated"] is False
    again = api.get(f"/tickets/{ticket['id']}").body
    assert again["link"] is None
    assert again["number"] == ticket["number"]


def test_the_same_request_again_is_the_same_ticket_as_it_is_now(api: Caller) -> None:
    body = issue_body()
    first = api.post("/tickets", body)
    api.ok("/counters/c1/next", {"request_id": new_id(), "station": "counters-1"})
    again = api.post("/tickets", body)
    assert (first.status, again.status) == (201, 200)
    assert again.body["repeated"] is True
    assert (again.body["id"], again.body["link"]) == (first.body["id"], first.body["link"])
    assert again.body["state"] == "called"


def test_another_body_with_the_same_request_id_is_refused(api: Caller) -> None:
    body = issue_body()
    api.ok("/tickets", body)
    before = seq(api)
    response = api.post("/tickets", {**body, "service": "CT"})
    assert (response.status, response.body["code"]) == (422, "request_reused")
    assert seq(api) == before


def test_a_day_of_one_ticket(api: Caller) -> None:
    issued = api.ok("/tickets", issue_body("DD"))
    called = api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    assert called["ticket"]["id"] == issued["id"]
    assert called["counter"]["ticket"]["number"] == issued["number"]
    board = api.get("/board").body
    assert board["calls"][0]["number"] == issued["number"]
    assert board["calls"][0]["counter"] == "c3"
    moves = f"/tickets/{issued['id']}/moves"
    assert api.ok(moves, move_body("recall", "c3"))["calls"] == 2
    assert api.ok(moves, move_body("start", "c3"))["state"] == "serving"
    assert api.ok(moves, move_body("hold", "c3", reason="Đi nộp phí, lệ phí", due_min=5))["state"] == "held"
    assert api.ok(moves, move_body("resume", "c3"))["state"] == "serving"
    done = api.ok(moves, move_body("finish", "c3", outcome="advice"))
    assert (done["state"], done["outcome"]) == ("served", "advice")


def test_next_with_nobody_waiting_makes_the_counter_ready(api: Caller) -> None:
    empty = api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    assert empty["ticket"] is None
    assert empty["counter"]["ready"] is True
    ticket = api.ok("/tickets", issue_body("DD"))
    assert api.get(f"/tickets/{ticket['id']}").body["state"] == "called"


def test_a_counter_is_opened_paused_signed_in_ready_and_closed(api: Caller) -> None:
    def state(**more: object) -> Any:
        return api.ok("/counters/c3/state", {"request_id": new_id(), **more})

    assert state(state="open")["state"] == "open"
    signed = api.ok("/counters/c3/clerk", {"request_id": new_id(), "clerk": "nv-c3"})
    assert signed["clerk"] == "nv-c3"
    assert api.ok("/counters/c3/ready", {"request_id": new_id(), "ready": True})["ready"] is True
    assert api.ok("/counters/c3/ready", {"request_id": new_id(), "ready": False})["ready"] is False
    paused = state(state="paused", reason="Họp đột xuất", until=IN_AN_HOUR)
    assert (paused["state"], paused["reason"], paused["until"]) == ("paused", "Họp đột xuất", IN_AN_HOUR)
    assert api.ok("/counters/c3/here", {"station": "page-1", "key": True})["state"] == "paused"
    assert state(state="closed")["state"] == "closed"


def test_a_display_reports_a_call_as_shown_and_spoken(api: Caller) -> None:
    api.ok("/tickets", issue_body("DD"))
    api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    call = api.get("/board").body["calls"][0]["id"]
    response = api.post(f"/calls/{call}/seen", {"station": "tv-1", "shown_at": IN_AN_HOUR, "spoken": "yes"})
    assert (response.status, response.body) == (204, None)
    facts = api.get(f"/journal?after={seq(api) - 1}").body["items"]
    assert facts[-1]["kind"] == "call.seen"


def test_the_proof_of_print_is_on_the_ticket(api: Caller) -> None:
    ticket = api.ok("/tickets", issue_body())
    proved = {"station": "kiosk-1", "state": "printed", "proof": "fence"}
    assert api.ok(f"/tickets/{ticket['id']}/print", proved)["print"] == "printed"


def test_a_scanned_slip_is_its_ticket_and_anything_else_is_unknown(api: Caller) -> None:
    ticket = api.ok("/tickets", issue_body())
    for text in (ticket["link"], f"http://127.0.0.1:1/v/{ticket['link']}"):
        scanned = api.ok("/scans", {"station": "kiosk-1", "text": text})
        assert (scanned["kind"], scanned["ticket"]["id"], scanned["ticket"]["link"]) == ("ticket", ticket["id"], None)
    assert api.ok("/scans", {"station": "kiosk-1", "text": "H29.114-260123-0007"}) == {
        "kind": "unknown",
        "ticket": None,
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/counters/c1/unread-scan", {"why": "garbled"}, 204),
        ("/scans", {"counter": "c1", "text": "G.H29.001.02-260126-0001"}, 409),
        ("/scans", {"counter": "c1", "text": "xyz"}, 200),
    ],
)
def test_a_refused_scan_changes_the_version_of_the_pages_at_once(
    hall: Machine, api: Caller, path: str, body: dict[str, str], status: int
) -> None:
    def version() -> bytes:
        with urllib.request.urlopen(f"{hall.api}/version", timeout=PATIENCE_S) as answer:
            return bytes(answer.read())

    before = version()
    assert api.post(path, {"station": "counters-1", **body}).status == status
    assert version() != before


def test_help_is_asked_once_however_often_it_is_sent(api: Caller) -> None:
    body = {"request_id": new_id(), "station": "kiosk-1"}
    before = [row["kind"] for row in journal_rows(api)].count("help.asked")
    assert [api.post("/help", body).status for _ in range(2)] == [204, 204]
    assert [row["kind"] for row in journal_rows(api)].count("help.asked") == before + 1


def test_the_lists_of_tickets_and_facts_have_pages(api: Caller) -> None:
    issued = [api.ok("/tickets", issue_body())["id"] for _ in range(3)]
    page = api.get("/tickets?state=waiting&limit=2").body
    rest = api.get(f"/tickets?state=waiting&after={page['next']}").body
    assert [ticket["id"] for ticket in page["items"] + rest["items"]] == issued
    assert rest["next"] is None
    facts = journal_rows(api, limit=3)
    assert [row["seq"] for row in facts] == list(range(1, seq(api) + 1))
    assert all(row["prev"] == before["own"] for before, row in pairwise(facts))


def test_services_catalogue_office_and_health(api: Caller) -> None:
    services = {service["id"]: service for service in api.get("/services").body["items"]}
    assert services["HT"]["state"] == "open"
    assert services["NO"]["state"] == "no_counter"
    assert services["HT"]["left"] is None
    whole = api.get("/office").body
    assert (whole["office"], whole["mode"], whole["epoch"]) == ("test", "demo", api.get("/board").body["epoch"])
    health = api.get("/health").body
    assert health["broker"] is True
    assert health["stations"] == []


def test_the_catalogue_is_sent_once(api: Caller) -> None:
    first = api.get("/catalogue")
    assert first.body["procedures"][0]["code"] == "1.001193"
    assert first.headers["ETag"] == first.body["etag"] == api.get("/office").body["catalogue"]
    again = api.get("/catalogue", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, None)
    assert api.get("/catalogue", If_None_Match='W/"other"').status == 200
