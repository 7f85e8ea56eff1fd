"""The API over real HTTP: bad input, sentences for people, and requests of other sites."""

from collections.abc import Iterator
from typing import Any

import pytest
from api_caller import IN_AN_HOUR, Caller, api_hall, caller, issue_body, move_body, new_id, seq, serve_everybody

from support.server_process import Machine


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


BAD: list[tuple[str, str, Any, int, str]] = [
    ("POST", "/tickets", {}, 400, "bad_request"),
    ("POST", "/tickets", [], 400, "bad_request"),
    ("POST", "/tickets", {"request_id": "1", "service": "HT", "station": "kiosk-1"}, 400, "bad_request"),
    ("POST", "/tickets", issue_body(station="Ki-ốt"), 400, "bad_request"),
    ("POST", "/tickets", issue_body(name="Nguyễn Văn A"), 400, "bad_request"),
    ("POST", "/tickets", issue_body(**{"class": "vip"}), 400, "bad_request"),
    ("POST", "/tickets", issue_body("XX"), 422, "unknown_service"),
    ("POST", "/tickets", issue_body("NO"), 409, "no_counter"),
    ("POST", "/tickets", issue_body(procedure="9.999"), 400, "bad_request"),
    ("POST", "/tickets/t-nobody/moves", move_body("start"), 404, "not_found"),
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
    ("POST", "/tickets/t-nobody/moves", move_body("hold", due_min="5"), 400, "bad_request"),
    ("POST", "/tickets/t-nobody/moves", move_body("hold", due_min=True), 400, "bad_request"),
    ("POST", "/counters/c3/clerk", {"request_id": new_id(), "clerk": "nobody"}, 404, "not_found"),
    ("POST", "/counters/c9/clerk", {"request_id": new_id(), "clerk": None}, 404, "not_found"),
    ("POST", "/counters/c9/ready", {"request_id": new_id(), "ready": True}, 404, "not_found"),
    ("POST", "/calls/k-0/seen", {"station": "tv-1", "shown_at": IN_AN_HOUR}, 404, "not_found"),
    ("POST", "/calls/k-0/seen", {"station": "tv-1", "shown_at": IN_AN_HOUR, "spoken": "loud"}, 400, "bad_request"),
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
    response = api.send(method, path, body)
    assert (response.status, response.body["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.body["status"] == status
    assert response.body["detail"]
    assert seq(api) == before


def test_an_unknown_move_is_answered_with_the_moves_that_exist(api: Caller) -> None:
    ticket = api.ok("/tickets", issue_body())
    before = seq(api)
    response = api.post(f"/tickets/{ticket['id']}/moves", move_body("teleport"))
    assert (response.status, response.body["code"]) == (422, "unknown_move")
    assert "teleport" in response.body["detail"]
    assert "finish" in response.body["allowed"]
    assert seq(api) == before


def test_a_move_that_is_not_allowed_is_answered_with_the_ones_that_are(api: Caller) -> None:
    ticket = api.ok("/tickets", issue_body())
    response = api.post(f"/tickets/{ticket['id']}/moves", move_body("finish", outcome="received"))
    assert (response.status, response.body["code"]) == (409, "not_allowed")
    assert "call" in response.body["allowed"]
    assert "“Đang chờ”" in response.body["detail"]
    assert "finish" not in response.body["detail"]


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
    response = api.send("POST", "/tickets", raw=raw, Content_Type=media)
    assert (response.status, response.body["code"]) == (status, "bad_request")
    assert seq(api) == before


def test_no_number_is_given_out_over_the_capacity(api: Caller) -> None:
    for _ in range(2):
        api.ok("/tickets", issue_body("CT"))
    response = api.post("/tickets", issue_body("CT"))
    assert (response.status, response.body["code"]) == (409, "full")
    assert response.body["detail"] == "Lĩnh vực Lĩnh vực CT đã hết số của buổi này."
    services = {service["id"]: service for service in api.get("/services").body["items"]}
    assert (services["CT"]["state"], services["CT"]["left"]) == ("full", 0)


def test_next_with_an_open_ticket_names_it(api: Caller) -> None:
    for _ in range(2):
        api.ok("/tickets", issue_body("DD"))
    number = api.ok("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})["ticket"]["number"]
    response = api.post("/counters/c3/next", {"request_id": new_id(), "station": "counters-1"})
    assert (response.status, response.body["code"]) == (409, "open_ticket")
    assert response.body["detail"] == f"Quầy 3 còn số {number} chưa kết thúc. Mời kết thúc số này trước."


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
    response = api.post("/tickets", issue_body("XX"), Accept_Language=language)
    assert response.body["detail"] == sentence
    assert response.body["allowed"] == ["HT", "CT", "DD", "NO"]


def test_each_mistaken_field_is_named(api: Caller) -> None:
    response = api.post("/tickets", {"request_id": new_id(), "servic": "HT", "station": "K"}, Accept_Language="en")
    assert response.body["errors"] == [
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
    response = api.post("/tickets", issue_body(), **headers)
    assert (response.status, response.body["code"]) == (403, "forbidden")
    assert seq(api) == before


def test_our_own_page_may_ask(api: Caller) -> None:
    origin = f"http://{api.host}:{api.port}"
    response = api.post("/tickets", issue_body(), Origin=origin, Sec_Fetch_Site="same-origin")
    assert response.status == 201


def test_a_name_that_points_here_cannot_read_either(api: Caller) -> None:
    assert api.get("/board", Host="rebound.example").status == 403
    assert api.get("/board", Host="localhost:9000").status == 200


def test_answers_are_not_kept_and_not_framed(api: Caller) -> None:
    headers = api.get("/board").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
