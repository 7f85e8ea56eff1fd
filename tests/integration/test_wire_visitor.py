"""The visitors' pages: states of a number, languages, wrong links, too many requests."""

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest
import urllib3

from config.http import ConnectionPool
from support.server_process import Api, Machine, machine, office, running


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    of = office(["HT"], {"c1": ["HT"]}, rules={"defer_behind": 1})
    of["services"][0]["name"] = {"vi": "Hộ tịch", "en": "Civil status"}
    where = machine(tmp_path_factory.mktemp("hall"), of)
    with running(where):
        yield where


@pytest.fixture
def api(hall: Machine) -> Iterator[Api]:
    with closing(Api(hall.api)) as api:
        yield api
        for state in ("called", "serving", "held", "waiting"):
            for ticket in api.get(f"/tickets?state={state}&limit=1000")[1]["items"]:
                _away(api, ticket)


def _away(api: Api, ticket: Mapping[str, Any]) -> None:
    steps: dict[str, list[tuple[str, dict[str, str]]]] = {
        "waiting": [("call_chosen", {"reason": "x"}), ("start", {})],
        "called": [("start", {})],
        "held": [("resume", {})],
        "serving": [],
    }
    if ticket["state"] == "waiting":
        api.ok("/counters/c1/state", {"request_id": new_id(), "state": "open"})
    for move, more in [*steps[ticket["state"]], ("finish", {"outcome": "received"})]:
        api.ok(f"/tickets/{ticket['id']}/moves", a_move(move, **more))


@pytest.fixture
def phone(hall: Machine) -> Iterator["Phone"]:
    with ConnectionPool(retries=False) as pool:
        yield Phone(hall.visitors, pool)


class Phone:
    def __init__(self, base: str, pool: urllib3.PoolManager) -> None:
        self._base, self._pool = base, pool

    def get(self, path: str, language: str = "vi") -> tuple[int, str]:
        answer = self._pool.request("GET", self._base + path, headers={"Accept-Language": language})
        assert "Set-Cookie" not in answer.headers
        return answer.status, answer.data.decode()

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> tuple[int, str]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._pool.request(
            "POST", self._base + path, fields=dict(fields), headers=given, redirect=False, encode_multipart=False
        )
        return answer.status, answer.headers.get("Location") or answer.data.decode()


def new_id() -> str:
    return str(uuid.uuid4())


def a_move(move: str, **more: object) -> dict[str, object]:
    return {"request_id": new_id(), "move": move, "counter": "c1", "station": "counters-1", **more}


def taken(api: Api) -> dict[str, Any]:
    ticket: dict[str, Any] = api.ok("/tickets", {"request_id": new_id(), "service": "HT", "station": "kiosk-1"})
    return ticket


def text(page: str) -> str:
    """Return the text of a page, without its tags."""
    body = page[page.index("<main") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", body, flags=re.DOTALL)))


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the page's forms."""
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))


def call(api: Api) -> None:
    api.ok("/counters/c1/next", {"request_id": new_id(), "station": "counters-1"})


def test_who_waits_sees_the_number_and_how_many_are_ahead(api: Api, phone: Phone) -> None:
    first, second = taken(api), taken(api)
    status, page = phone.get(f"/v/{second['link']}")
    assert status == 200
    shown = text(page)
    for part in (second["number"], "Đang chờ", "Còn 1 người trước Ông/Bà", "Hộ tịch", "hủy số"):
        assert part in shown
    assert "Thời gian chờ dự kiến" not in shown  # no interval is made up
    assert "Lùi lượt" not in shown  # nobody is behind
    ahead = text(phone.get(f"/v/{first['link']}")[1])
    assert "Ông/Bà là người tiếp theo" in ahead
    assert "Lùi lượt" in ahead


def test_the_page_is_in_the_phones_language_or_the_chosen_one(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    english = phone.get(f"/v/{ticket['link']}", "en-US,en")[1]
    assert '<html lang="en">' in english
    for part in ("You are next", "Civil status", "waiting"):
        assert part in text(english)
    assert "You are next" in text(phone.get(f"/v/{ticket['link']}?lang=en", "vi")[1])
    assert "người tiếp theo" in text(phone.get(f"/v/{ticket['link']}?lang=vi", "en")[1])


def test_who_is_called_sees_the_counter(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    call(api)
    status, page = phone.get(f"/v/{ticket['link']}")
    assert status == 200
    assert 'class="card called"' in page
    for part in (ticket["number"], "Đang gọi", "MỜI ÔNG/BÀ ĐẾN QUẦY 1", "Gọi lần 1 lúc"):
        assert part in text(page)
    assert "hủy số" in text(page)


def test_serving_held_and_served_say_what_to_do(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    call(api)
    link, moves = f"/v/{ticket['link']}", f"/tickets/{ticket['id']}/moves"
    api.ok(moves, a_move("start"))
    assert "Ông/Bà đang được phục vụ tại quầy 1." in text(phone.get(link)[1])
    assert "hủy số" not in text(phone.get(link)[1])
    api.ok(moves, a_move("hold", reason="Đi nộp phí, lệ phí", due_min=5))
    assert re.search(r"Mời quay lại quầy 1 trước \d\d:\d\d\.", text(phone.get(link)[1]))
    api.ok(moves, a_move("resume"))
    api.ok(moves, a_move("finish", outcome="received"))
    done = phone.get(link)[1]
    assert "Ông/Bà đã được phục vụ xong." in text(done)
    assert "data-refresh-s" not in done


def test_who_did_not_come_is_told_what_to_do(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    call(api)
    api.ok(f"/tickets/{ticket['id']}/moves", a_move("no_show", reason="x"))
    assert f"Số {ticket['number']} đã được gọi nhưng Ông/Bà chưa đến." in text(phone.get(f"/v/{ticket['link']}")[1])


def form_id(page: str) -> str:
    match = re.search(r'name="request_id" value="([^"]+)"', page)
    assert match is not None
    return match[1]


def test_a_number_is_given_back_only_after_a_question(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    link = f"/v/{ticket['link']}"
    status, question = phone.get(f"{link}/leave")
    assert status == 200
    assert f"Hủy số {ticket['number']}? Chỉ lấy lại được số trong vòng 2 phút sau khi hủy." in text(question)
    assert api.get(f"/tickets/{ticket['id']}")[1]["state"] == "waiting"
    body = {"request_id": form_id(question)}
    assert phone.post(f"{link}/leave", body) == (303, link)
    assert phone.post(f"{link}/leave", body) == (303, link)
    assert api.get(f"/tickets/{ticket['id']}")[1]["state"] == "cancelled"
    assert "đã được hủy" in text(phone.get(link)[1])


def test_a_turn_is_put_back_once(api: Api, phone: Phone) -> None:
    first, _ = taken(api), taken(api)
    link = f"/v/{first['link']}"
    question = phone.get(f"{link}/defer?lang=en")[1]
    assert "Let 1 people behind you go first?" in text(question)
    assert phone.post(f"{link}/defer?lang=en", {"request_id": form_id(question)}) == (303, f"{link}?lang=en")
    after = text(phone.get(link)[1])
    assert "Còn 1 người trước Ông/Bà" in after
    assert "Lùi lượt" not in after
    status, page = phone.post(f"{link}/defer", {"request_id": new_id()})
    assert status == 409
    assert "Ông/Bà đã lùi lượt một lần, không lùi thêm được." in text(page)


def test_a_question_answered_sooner_than_it_can_be_read_is_asked_again(api: Api, phone: Phone) -> None:
    link = f"/v/{taken(api)['link']}"
    fields = hidden(phone.get(f"{link}/leave")[1])
    assert phone.post(f"{link}/leave", fields | {"at_ms": str(10**15)}) == (303, f"{link}/leave")
    assert "Đang chờ" in text(phone.get(link)[1])
    assert phone.post(f"{link}/leave", fields | {"at_ms": "0"}) == (303, link)
    assert "đã được hủy" in text(phone.get(link)[1])


def test_a_question_that_was_drawn_for_another_state_of_the_number_is_refused(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    fields = hidden(phone.get(f"/v/{ticket['link']}/leave")[1]) | {"at_ms": "0"}
    call(api)
    status, page = phone.post(f"/v/{ticket['link']}/leave", fields)
    assert status == 409
    assert "Màn hình vừa thay đổi" in text(page)
    assert api.get(f"/tickets/{ticket['id']}")[1]["state"] == "called"


@pytest.mark.parametrize("fields", [{}, {"request_id": "1"}, {"request_id": ""}])
def test_a_form_that_is_not_ours_changes_nothing(api: Api, phone: Phone, fields: dict[str, str]) -> None:
    ticket = taken(api)
    assert phone.post(f"/v/{ticket['link']}/leave", fields)[0] == 400
    assert api.get(f"/tickets/{ticket['id']}")[1]["state"] == "waiting"


def test_another_site_cannot_give_a_number_back(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    sent = phone.post(f"/v/{ticket['link']}/leave", {"request_id": new_id()}, Origin="http://evil.example")
    assert sent[0] == 403
    assert api.get(f"/tickets/{ticket['id']}")[1]["state"] == "waiting"


def test_a_link_is_a_secret_that_no_list_gives_away(api: Api) -> None:
    ticket = taken(api)
    for path in ("/tickets", f"/tickets/{ticket['id']}", "/board", "/journal?limit=1000"):
        assert ticket["link"] not in str(api.get(path)[1])


def test_the_hall_today_is_open_to_everybody(api: Api, phone: Phone) -> None:
    ticket = taken(api)
    taken(api)
    call(api)
    page = ""
    while ticket["number"] not in page:
        status, page = phone.get("/")
        assert status == 200
    assert "Đang chờ số người A Hộ tịch 1 Tại quầy" in text(page)
    assert f"{ticket['number']} Quầy 1" in text(page)
    assert "Civil status" in text(phone.get("/", "en")[1])


def test_wrong_links_all_look_alike_and_guessing_is_slowed_down(tmp_path: Any) -> None:
    """In a hall of its own: it leaves this address slowed down."""
    where = machine(tmp_path, office(["HT"], {"c1": ["HT"]}))
    with running(where), closing(Api(where.api)) as api, ConnectionPool(retries=False) as pool:
        phone, ticket = Phone(where.visitors, pool), taken(api)
        pages = {phone.get(path) for path in ("/v/x", f"/v/{ticket['link']}x", f"/v/{'A' * 22}", f"/v/{ticket['id']}")}
        ((status, page),) = {(status, text(page)) for status, page in pages}
        assert status == 404
        assert "Đường dẫn không đúng hoặc đã hết hiệu lực." in page
        statuses = [phone.get("/v/guess")[0] for _ in range(40)]
        assert set(statuses) == {404, 429}
        assert statuses[-1] == 429
        assert phone.get(f"/v/{ticket['link']}")[0] == 200
        assert phone.get("/")[0] == 200
