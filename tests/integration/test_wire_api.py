"""The API over real HTTP to a server of its own: every call, repeated calls, bad input, sentences for people."""

import http.client
import json
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from halls import Machine, machine, office, running
from server.wire.messages import to_time
from waiting import PATIENCE_S

HOUR_END = to_time(time.time_ns() // 1_000_000 + 3_600_000)


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends what a station sends, or anything else."""

    host: str
    port: int

    def send(self, method: str, path: str, body: object = None, *, raw: bytes | None = None, **headers: str) -> Said:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if data is not None:
            given = {"Content-Type": "application/json", **given}
        try:
            connection.request(method, f"/api/v1{path}", data, given)
            answer = connection.getresponse()
            text = answer.read()
            return Said(answer.status, json.loads(text) if text else None, dict(answer.getheaders()))
        finally:
            connection.close()

    def get(self, path: str, **headers: Any) -> Said:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object, **headers: Any) -> Said:
        return self.send("POST", path, body, **headers)

    def ok(self, path: str, body: object) -> Any:
        said = self.post(path, body)
        assert said.status in (200, 201), said
        return said.body


def new_id() -> str:
    return str(uuid.uuid4())


def an_issue(service: str = "HT", **more: object) -> dict[str, object]:
    return {"request_id": new_id(), "service": service, "station": "kiosk-1", **more}


def a_move(move: str, counter: str | None = "c1", **more: object) -> dict[str, object]:
    return {"request_id": new_id(), "move": move, "counter": counter, "station": "counters-1", **more}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    of = office(["HT", "CT", "DD", "NO"], {"c1": ["HT"], "c2": ["HT", "CT"], "c3": ["DD"]})
    of["services"][1]["capacity"] = 2
    of["services"][0]["name"]["en"] = "Civil status"
    of["procedures"] = [
        {
            "code": "1.001193", "service": "HT", "name": {"vi": "Khai sinh"}, "full_name": "Đăng ký khai sinh",
            "papers": ["Tờ khai"], "fee": "Miễn phí", "time": "Trong ngày", "authority": "UBND phường",
            "result": "Giấy khai sinh",
        }
    ]  # fmt: skip
    where = machine(tmp_path_factory.mktemp("hall"), of)
    with running(where):
        yield where


@pytest.fixture
def api(hall: Machine) -> Caller:
    host, _, port = hall.api.removeprefix("http://").partition(":")
    return Caller(host, int(port))


@pytest.fixture(autouse=True)
def an_empty_hall(hall: Machine) -> Iterator[None]:
    """Each test finds all counters free and leaves nobody behind who waits."""
    yield
    host, _, port = hall.api.removeprefix("http://").partition(":")
    api = Caller(host, int(port))
    for state in ("called", "serving", "held", "waiting"):
        for ticket in api.get(f"/tickets?state={state}&limit=1000").body["items"]:
            _away(api, ticket)


def _away(api: Caller, ticket: dict[str, Any]) -> None:
    """Serve a ticket, from whatever state it is in."""
    where = ticket["counter"]
    if ticket["state"] == "waiting":
        where = ticket["counters"][0]
        api.ok(f"/counters/{where}/state", {"request_id": new_id(), "state": "open"})
        api.ok(f"/tickets/{ticket['id']}/moves", a_move("call_chosen", where, reason="dọn"))
    if ticket["state"] == "held":
        api.ok(f"/tickets/{ticket['id']}/moves", a_move("resume", where))
    elif ticket["state"] != "serving":
        api.ok(f"/tickets/{ticket['id']}/moves", a_move("start", where))
    api.ok(f"/tickets/{ticket['id']}/moves", a_move("finish", where, outcome="received"))


def seq(api: Caller) -> int:
    return int(api.get("/board").body["seq"])


# --- the calls -------------------------------------------------------------------------------------------


def test_a_ticket_is_issued_with_everything_the_next_step_needs(api: Caller) -> None:
    said = api.post("/tickets", an_issue(procedure="1.001193"))
    assert said.status == 201
    ticket = said.body
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
    body = an_issue()
    first = api.post("/tickets", body)
    api.ok("/counters/c1/next", {"request_id": new_id(), "station": "counters-1"})
    again = api.post("/tickets", body)
    assert (first.status, again.status) == (201, 200)
    assert again.body["repeated"] is True
    assert (again.body["id"], again.body["link"]) == (first.body["id"], first.body["link"])
    assert again.body["state"] == "called"


def test_another_body_with_the_same_request_id_is_refused(api: Caller) -> None:
    body = an_issue()
    api.ok("/tickets", body)
    before = seq(api)
    said = api.post("/tickets", {**body, "service": "CT"})
    assert (said.status, said.body["code"]) == (422, "request_reused")
    assert seq(api) == before


def test_a_day_of_one_ticket(api: Caller) -> None:
    issued = api.ok("/tickets", an_issue("DD"))
    called = api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    assert called["ticket"]["id"] == issued["id"]
    assert called["counter"]["ticket"]["number"] == issued["number"]
    board = api.get("/board").body
    assert board["calls"][0]["number"] == issued["number"]
    assert board["calls"][0]["counter"] == "c3"
    moves = f"/tickets/{issued['id']}/moves"
    assert api.ok(moves, a_move("recall", "c3"))["calls"] == 2
    assert api.ok(moves, a_move("start", "c3"))["state"] == "serving"
    assert api.ok(moves, a_move("hold", "c3", reason="Đi nộp phí, lệ phí", due_min=5))["state"] == "held"
    assert api.ok(moves, a_move("resume", "c3"))["state"] == "serving"
    done = api.ok(moves, a_move("finish", "c3", outcome="advice"))
    assert (done["state"], done["outcome"]) == ("served", "advice")


def test_next_with_nobody_waiting_makes_the_counter_ready(api: Caller) -> None:
    empty = api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    assert empty["ticket"] is None
    assert empty["counter"]["ready"] is True
    ticket = api.ok("/tickets", an_issue("DD"))
    assert api.get(f"/tickets/{ticket['id']}").body["state"] == "called"


def test_a_counter_is_opened_paused_signed_in_ready_and_closed(api: Caller) -> None:
    def state(**more: object) -> Any:
        return api.ok("/counters/c3/state", {"request_id": new_id(), **more})

    assert state(state="open")["state"] == "open"
    signed = api.ok("/counters/c3/clerk", {"request_id": new_id(), "clerk": "nv-c3"})
    assert signed["clerk"] == "nv-c3"
    assert api.ok("/counters/c3/ready", {"request_id": new_id(), "ready": True})["ready"] is True
    assert api.ok("/counters/c3/ready", {"request_id": new_id(), "ready": False})["ready"] is False
    paused = state(state="paused", reason="Họp đột xuất", until=HOUR_END)
    assert (paused["state"], paused["reason"], paused["until"]) == ("paused", "Họp đột xuất", HOUR_END)
    assert api.ok("/counters/c3/here", {"station": "page-1", "key": True})["state"] == "paused"
    assert state(state="closed")["state"] == "closed"


def test_a_display_says_what_it_showed_and_spoke(api: Caller) -> None:
    api.ok("/tickets", an_issue("DD"))
    api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    call = api.get("/board").body["calls"][0]["id"]
    said = api.post(f"/calls/{call}/seen", {"station": "tv-1", "shown_at": HOUR_END, "spoken": "yes"})
    assert (said.status, said.body) == (204, None)
    facts = api.get(f"/journal?after={seq(api) - 1}").body["items"]
    assert facts[-1]["kind"] == "call.seen"


def test_what_the_printer_proved_stands_on_the_ticket(api: Caller) -> None:
    ticket = api.ok("/tickets", an_issue())
    proved = {"station": "kiosk-1", "state": "printed", "proof": "fence"}
    assert api.ok(f"/tickets/{ticket['id']}/print", proved)["print"] == "printed"


def test_a_scanned_slip_is_its_ticket_and_anything_else_is_unknown(api: Caller) -> None:
    ticket = api.ok("/tickets", an_issue())
    for text in (ticket["link"], f"http://127.0.0.1:1/v/{ticket['link']}"):
        found = api.ok("/scans", {"station": "kiosk-1", "text": text})
        assert (found["kind"], found["ticket"]["id"], found["ticket"]["link"]) == ("ticket", ticket["id"], None)
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
def test_a_scan_that_was_not_taken_is_news_for_the_pages_at_once(
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
    before = [row["kind"] for row in _journal(api)].count("help.asked")
    assert [api.post("/help", body).status for _ in range(2)] == [204, 204]
    assert [row["kind"] for row in _journal(api)].count("help.asked") == before + 1


def test_the_lists_of_tickets_and_facts_have_pages(api: Caller) -> None:
    issued = [api.ok("/tickets", an_issue())["id"] for _ in range(3)]
    page = api.get("/tickets?state=waiting&limit=2").body
    rest = api.get(f"/tickets?state=waiting&after={page['next']}").body
    assert [one["id"] for one in page["items"] + rest["items"]] == issued
    assert rest["next"] is None
    facts = _journal(api, limit=3)
    assert [row["seq"] for row in facts] == list(range(1, seq(api) + 1))
    assert all(row["prev"] == before["own"] for before, row in pairwise(facts))


def test_services_catalogue_office_and_health(api: Caller) -> None:
    services = {one["id"]: one for one in api.get("/services").body["items"]}
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


# --- bad input -------------------------------------------------------------------------------------------

BAD: list[tuple[str, str, Any, int, str]] = [
    ("POST", "/tickets", {}, 400, "bad_request"),
    ("POST", "/tickets", [], 400, "bad_request"),
    ("POST", "/tickets", {"request_id": "1", "service": "HT", "station": "kiosk-1"}, 400, "bad_request"),
    ("POST", "/tickets", an_issue(station="Ki-ốt"), 400, "bad_request"),
    ("POST", "/tickets", an_issue(name="Nguyễn Văn A"), 400, "bad_request"),
    ("POST", "/tickets", an_issue(**{"class": "vip"}), 400, "bad_request"),
    ("POST", "/tickets", an_issue("XX"), 422, "unknown_service"),
    ("POST", "/tickets", an_issue("NO"), 409, "no_counter"),
    ("POST", "/tickets", an_issue(procedure="9.999"), 400, "bad_request"),
    ("POST", "/tickets/t-nobody/moves", a_move("start"), 404, "not_found"),
    ("POST", "/tickets/t-nobody/print", {"station": "k", "state": "printed"}, 404, "not_found"),
    ("GET", "/tickets/t-nobody", None, 404, "not_found"),
    ("GET", "/tickets/%2e%2e%2f", None, 404, "not_found"),
    ("GET", "/tickets?limit=0", None, 400, "bad_request"),
    ("GET", "/tickets?limit=1001", None, 400, "bad_request"),
    ("GET", "/tickets?state=lost", None, 400, "bad_request"),
    ("GET", "/tickets?order=asc", None, 400, "bad_request"),
    ("GET", "/tickets?after=x", None, 400, "bad_request"),
    ("GET", "/journal?after=-1", None, 400, "bad_request"),
    ("GET", f"/journal?after={10**19}", None, 400, "bad_request"),
    ("GET", "/tickets?after=%D9%A1", None, 400, "bad_request"),
    ("GET", "/tickets?day=%D9%A22026-11-23", None, 400, "bad_request"),
    ("POST", "/counters/c9/next", {"request_id": new_id()}, 404, "not_found"),
    ("POST", "/counters/c9/here", {"station": "p"}, 404, "not_found"),
    ("POST", "/counters/c3/state", {"request_id": new_id(), "state": "asleep"}, 400, "bad_request"),
    ("POST", "/counters/c3/state", {"request_id": new_id(), "state": "paused", "until": "soon"}, 400, "bad_request"),
    (
        "POST",
        "/counters/c3/state",
        {"request_id": new_id(), "state": "paused", "until": "2026-13-45T99:00:00.000Z"},
        400,
        "bad_request",
    ),
    (
        "POST",
        "/counters/c3/state",
        {"request_id": new_id(), "state": "paused", "reason": "a\n\x1b[2J"},
        400,
        "bad_request",
    ),
    ("POST", "/counters/c3/ready", {"request_id": new_id(), "ready": "yes"}, 400, "bad_request"),
    ("POST", "/counters/c3/here", {"station": "p", "key": 1}, 400, "bad_request"),
    ("POST", "/tickets/t-nobody/moves", a_move("hold", due_min="5"), 400, "bad_request"),
    ("POST", "/tickets/t-nobody/moves", a_move("hold", due_min=True), 400, "bad_request"),
    ("POST", "/counters/c3/clerk", {"request_id": new_id(), "clerk": "nobody"}, 404, "not_found"),
    ("POST", "/counters/c9/clerk", {"request_id": new_id(), "clerk": None}, 404, "not_found"),
    ("POST", "/counters/c9/ready", {"request_id": new_id(), "ready": True}, 404, "not_found"),
    ("POST", "/calls/k-0/seen", {"station": "tv-1", "shown_at": HOUR_END}, 404, "not_found"),
    ("POST", "/calls/k-0/seen", {"station": "tv-1", "shown_at": HOUR_END, "spoken": "loud"}, 400, "bad_request"),
    ("GET", "/jobs/j-0", None, 404, "not_found"),
    ("POST", "/jobs/j-0/result", {"station": "kiosk-1", "state": "printed"}, 404, "not_found"),
    ("POST", "/scans", {"station": "kiosk-1", "text": "x" * 401}, 400, "bad_request"),
    ("POST", "/help", {"request_id": new_id()}, 400, "bad_request"),
    ("GET", "/nowhere", None, 404, "not_found"),
    ("DELETE", "/tickets", None, 405, "bad_request"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), BAD)
def test_bad_input_gets_a_clear_error_and_changes_nothing(
    api: Caller, method: str, path: str, body: Any, status: int, code: str
) -> None:
    before = seq(api)
    said = api.send(method, path, body)
    assert (said.status, said.body["code"]) == (status, code)
    assert said.headers["Content-Type"] == "application/problem+json"
    assert said.body["status"] == status
    assert said.body["detail"]
    assert seq(api) == before


def test_an_unknown_move_says_which_moves_there_are(api: Caller) -> None:
    ticket = api.ok("/tickets", an_issue())
    before = seq(api)
    said = api.post(f"/tickets/{ticket['id']}/moves", a_move("teleport"))
    assert (said.status, said.body["code"]) == (422, "unknown_move")
    assert "teleport" in said.body["detail"]
    assert "finish" in said.body["allowed"]
    assert seq(api) == before


def test_a_move_that_is_not_allowed_says_what_is(api: Caller) -> None:
    ticket = api.ok("/tickets", an_issue())
    said = api.post(f"/tickets/{ticket['id']}/moves", a_move("finish", outcome="received"))
    assert (said.status, said.body["code"]) == (409, "not_allowed")
    assert "call" in said.body["allowed"]
    assert "“Đang chờ”" in said.body["detail"]
    assert "finish" not in said.body["detail"]


@pytest.mark.parametrize(
    ("raw", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"request_id": NaN}', "application/json", 400),
        (b"request_id=1", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b'"' + b"x" * 70_000 + b'"', "application/json", 413),
    ],
)
def test_a_body_that_is_no_json_of_ours_is_refused(api: Caller, raw: bytes, media: str, status: int) -> None:
    before = seq(api)
    said = api.send("POST", "/tickets", raw=raw, Content_Type=media)
    assert (said.status, said.body["code"]) == (status, "bad_request")
    assert seq(api) == before


def test_no_number_is_given_out_over_the_capacity(api: Caller) -> None:
    for _ in range(2):
        api.ok("/tickets", an_issue("CT"))
    said = api.post("/tickets", an_issue("CT"))
    assert (said.status, said.body["code"]) == (409, "full")
    assert said.body["detail"] == "Lĩnh vực Lĩnh vực CT đã hết số của buổi này."
    services = {one["id"]: one for one in api.get("/services").body["items"]}
    assert (services["CT"]["state"], services["CT"]["left"]) == ("full", 0)


def test_next_with_an_open_ticket_names_it(api: Caller) -> None:
    for _ in range(2):
        api.ok("/tickets", an_issue("DD"))
    number = api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})["ticket"]["number"]
    said = api.post("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    assert (said.status, said.body["code"]) == (409, "open_ticket")
    assert said.body["detail"] == f"Quầy 3 còn số {number} chưa kết thúc. Mời kết thúc số này trước."


# --- sentences, and who may ask ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("vi", "Không có lĩnh vực “XX”. Mời chọn lại trong danh mục."),
        ("en-GB,en;q=0.9,vi;q=0.5", "There is no service “XX”. Please choose from the list."),
        ("fr", "Không có lĩnh vực “XX”. Mời chọn lại trong danh mục."),
        ("", "Không có lĩnh vực “XX”. Mời chọn lại trong danh mục."),
    ],
)
def test_the_sentence_is_in_the_callers_language(api: Caller, language: str, sentence: str) -> None:
    said = api.post("/tickets", an_issue("XX"), Accept_Language=language)
    assert said.body["detail"] == sentence
    assert said.body["allowed"] == ["HT", "CT", "DD", "NO"]


def test_each_mistaken_field_is_named(api: Caller) -> None:
    said = api.post("/tickets", {"request_id": new_id(), "servic": "HT", "station": "K"}, Accept_Language="en")
    assert said.body["errors"] == [
        "“service” is missing",
        "“station” is not right",
        "there is no field “servic”",
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8470"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_page_of_another_site_can_change_nothing(api: Caller, headers: dict[str, str]) -> None:
    before = seq(api)
    said = api.post("/tickets", an_issue(), **headers)
    assert (said.status, said.body["code"]) == (403, "forbidden")
    assert seq(api) == before


def test_our_own_page_may_ask(api: Caller) -> None:
    origin = f"http://{api.host}:{api.port}"
    said = api.post("/tickets", an_issue(), Origin=origin, Sec_Fetch_Site="same-origin")
    assert said.status == 201


def test_a_name_that_points_here_cannot_read_either(api: Caller) -> None:
    assert api.get("/board", Host="rebound.example").status == 403
    assert api.get("/board", Host="localhost:9000").status == 200


def test_answers_are_not_kept_and_not_framed(api: Caller) -> None:
    headers = api.get("/board").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


def _journal(api: Caller, limit: int = 500) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = api.get(f"/journal?after={after}&limit={limit}").body
        rows += page["items"]
        after = page["next"]
    return rows
