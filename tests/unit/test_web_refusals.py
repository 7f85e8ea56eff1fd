"""Each code of the catalogue of refusals is met by a caller, in both languages."""

import ast
import re
from pathlib import Path

import pytest
from core_hall import HOUR, request_id
from core_refusals import Provoked, Scene, Send, check

from kiosk.flow.issuing import REASONS_BY_PROBLEM as KIOSK_REFUSALS
from server.domain.errors import Need, Refusal
from server.web.api.table import ENDPOINTS
from server.web.shared.refusal_entry import Audience
from server.web.shared.refusals import CATALOGUE
from server.wire.messages import Problem, ProblemCode, ProblemNeed

P = ProblemCode
SERVER = Path(__file__).parents[2] / "server"


def issue(scene: Scene, service: str = "HT", **more: object) -> Send:
    return scene.api("/tickets", {"request_id": request_id(), "service": service, "station": "kiosk-1"} | more)


def of_another_host(scene: Scene) -> Send:
    return scene.api("/counters/c1/next", {"request_id": request_id()}, host="http://evil.example")


def next_with_an_open_ticket(scene: Scene) -> Send:
    scene.called()
    return scene.api("/counters/c1/next", {"request_id": request_id()})


def at_noon(scene: Scene) -> Send:
    scene.hall.clock.go(4 * HOUR)
    return issue(scene)


def over_the_capacity(scene: Scene) -> Send:
    for _ in range(3):
        scene.hall.issue("DD")
    return issue(scene, "DD")


def after_the_close(scene: Scene) -> Send:
    scene.close_day()
    return scene.api("/counters/c1/next", {"request_id": request_id()})


def another_body(scene: Scene) -> Send:
    body = {"request_id": request_id(), "station": "kiosk-1"}
    assert scene.web.post("/tickets", body | {"service": "HT"})[0] == 201
    return scene.api("/tickets", body | {"service": "CT"})


def many_wrong_links(scene: Scene) -> Send:
    look = scene.visit("/v/nobody")
    for _ in range(20):
        assert look("vi").status == 404
    return look


def while_the_server_stops(scene: Scene) -> Send:
    scene.hall.writer.close()
    return issue(scene)


def on_a_full_disk(scene: Scene) -> Send:
    scene.break_disk()
    return issue(scene)


ROWS = (
    Provoked(
        P.BAD_REQUEST, None, 400,
        "Yêu cầu chưa hợp lệ: mục “diện ưu tiên” không đúng. Chưa có gì thay đổi.",
        "The request is not valid: “class” is not right. Nothing was changed.",
        lambda scene: issue(scene, **{"class": "royal"}),
    ),
    Provoked(
        P.UNAUTHENTICATED, None, 401,
        "Chưa đăng nhập hoặc phiên làm việc đã hết. Mời đăng nhập lại.",
        "Not signed in, or the session has ended. Please sign in.",
        lambda scene: scene.form("/manager/day/close", json=True),
    ),
    Provoked(
        P.FORBIDDEN, None, 403,
        "Tài khoản này không có quyền làm việc này. Nếu cần, mời báo người quản trị.",
        "This account may not do this. Ask the administrator if you need it.",
        of_another_host,
    ),
    Provoked(
        P.NOT_FOUND, None, 404,
        "Không tìm thấy mục này, hoặc đã hết hiệu lực.",
        "Not found, or expired.",
        lambda scene: scene.read("/tickets/t-nobody"),
    ),
    Provoked(
        P.NOT_ALLOWED, None, 409,
        "Số A001 đang ở trạng thái “Đang chờ” nên không làm được việc này."
        " Có thể chọn: Gọi số tiếp theo, Gọi số chỉ định, Chuyển quầy.",
        "Number A001 is “waiting”, so this is not possible. Possible now: Call next, Call a chosen number, Transfer.",
        lambda scene: scene.move(scene.hall.issue(), "start", counter="c1"),
    ),
    Provoked(
        P.OPEN_TICKET, None, 409,
        "Quầy 1 còn số A001 chưa kết thúc. Mời kết thúc số này trước.",
        "Counter 1 still has number A001 open. Please finish it first.",
        next_with_an_open_ticket,
    ),
    Provoked(
        P.COUNTER_CLOSED, None, 409,
        "Quầy 3 đang đóng hoặc tạm dừng. Mời mở quầy trước.",
        "Counter 3 is closed or paused. Please open it first.",
        lambda scene: scene.api("/counters/c3/ready", {"request_id": request_id(), "ready": True}),
    ),
    Provoked(
        P.SERVICE_CLOSED, None, 409,
        "Lĩnh vực Hộ tịch hiện không cấp số. Cấp số trở lại lúc 13:30 hôm nay.",
        "No numbers are issued for Hộ tịch now. It starts again at 13:30 today.",
        at_noon,
    ),
    Provoked(
        P.NO_COUNTER, None, 409,
        "Hôm nay lĩnh vực này chưa có quầy phục vụ. Mời Ông/Bà gặp cán bộ hướng dẫn.",
        "No counter serves this today. Please see the staff.",
        lambda scene: issue(scene, "XX"),
    ),
    Provoked(
        P.FULL, None, 409,
        "Lĩnh vực Đất đai đã hết số của buổi này. Cấp số trở lại lúc 13:30 hôm nay.",
        "No numbers are left for Đất đai in this half-day. It starts again at 13:30 today.",
        over_the_capacity,
    ),
    Provoked(
        P.DAY_CLOSED, None, 409,
        "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước.",
        "The day is not open. Please open the day first.",
        after_the_close,
    ),
    Provoked(
        P.UNKNOWN_SERVICE, None, 422,
        "Không có lĩnh vực “ZZ”. Mời chọn lại trong danh mục.",
        "There is no service “ZZ”. Please choose from the list.",
        lambda scene: issue(scene, "ZZ"),
    ),
    Provoked(
        P.UNKNOWN_MOVE, None, 422,
        "Không có thao tác “teleport”. Chưa có gì thay đổi.",
        "There is no move “teleport”. Nothing was changed.",
        lambda scene: scene.move(scene.hall.issue(), "teleport"),
    ),
    Provoked(
        P.REQUEST_REUSED, None, 422,
        "Mã yêu cầu này đã dùng cho nội dung khác. Chưa có gì thay đổi.",
        "This request code was used with other content. Nothing was changed.",
        another_body,
    ),
    Provoked(
        P.TOO_MANY, None, 429,
        "Thao tác quá nhanh. Mời thử lại sau 4 giây.",
        "Too many requests. Please try again in 4 s.",
        many_wrong_links,
    ),
    Provoked(
        P.BUSY, None, 503,
        "Máy chủ đang bận. Mời thử lại sau vài giây; không bị ghi hai lần.",
        "The server is busy. Please try again in a few seconds; nothing is recorded twice.",
        while_the_server_stops,
    ),
    Provoked(
        P.STORAGE, None, 503,
        "Máy chủ không ghi được dữ liệu nên việc này chưa thực hiện. Các số đã cấp không bị mất."
        " Mời báo người quản trị ngay.",
        "The server cannot write, so this was not done. Numbers already issued are safe."
        " Please tell the administrator at once.",
        on_a_full_disk,
    ),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_caller_meets_the_refusal_with_its_status_and_sentence(row: Provoked, tmp_path: Path) -> None:
    check(row, tmp_path)


def test_every_code_is_in_the_catalogue_and_provoked() -> None:
    assert [row.code for row in ROWS] == list(CATALOGUE)
    assert set(CATALOGUE) == set(ProblemCode)


def test_the_domains_codes_and_needs_are_among_the_apis() -> None:
    beyond_the_domain = set(ProblemCode) - {ProblemCode(code.value) for code in Refusal}
    assert beyond_the_domain == {P.UNAUTHENTICATED, P.TOO_MANY, P.BUSY, P.STORAGE}
    assert set(ProblemNeed) - {ProblemNeed(need.value) for need in Need} == {
        ProblemNeed.SIGN_IN_CHANGED,
        ProblemNeed.REMOVED,
    }


def test_the_codes_of_every_call_are_met_by_programs() -> None:
    for endpoint in ENDPOINTS:
        for code in endpoint.refusals:
            assert Audience.PROGRAMS in CATALOGUE[code].audiences, (endpoint.name, code)
    assert all(CATALOGUE[code].audiences for code in CATALOGUE)


def test_the_kiosk_has_a_screen_for_codes_that_the_catalogue_has() -> None:
    issue_codes = next(endpoint for endpoint in ENDPOINTS if endpoint.name == "post_tickets").refusals
    assert set(issue_codes) - set(KIOSK_REFUSALS) == {
        P.UNKNOWN_SERVICE,
        P.FORBIDDEN,  # for both a member of staff is called
        P.NOT_ALLOWED,  # its needs have screens of their own
    }


def test_a_need_that_a_newer_server_adds_is_read_as_none() -> None:
    document = {"title": "Conflict", "status": 409, "code": "not_allowed", "detail": "x"}
    for need, read in (("turn", ProblemNeed.TURN), ("moon", None), (None, None), (["turn"], None)):
        assert Problem.model_validate(document | {"need": need}).need is read
    assert Problem.model_validate(document).need is None


def raised_pairs() -> set[tuple[str, str]]:
    """Return the (code, need) of each refusal that the sources make with both by name."""
    pairs = set()
    for path in (*SERVER.glob("commands/*.py"), *SERVER.glob("web/**/*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                names = re.findall(r"(?<!\w)(?:Refusal|ProblemCode|Need|ProblemNeed)\.(\w+)", ast.unparse(call))
                if call.func.id == "bad_request":
                    pairs |= {("BAD_REQUEST", need) for need in names}
                elif call.func.id in ("not_allowed", "_not_allowed"):
                    pairs |= {("NOT_ALLOWED", need) for need in names}
                elif call.func.id in ("Refused", "Rejected") and len(names) == 2:
                    pairs.add((names[0], names[1]))
    return pairs


def test_every_need_that_the_code_names_with_its_code_is_in_the_catalogue() -> None:
    in_catalogue = {(code.name, need.name) for code, entry in CATALOGUE.items() for need in entry.needs}
    raised = raised_pairs()
    assert raised <= in_catalogue
    by_a_variable = in_catalogue - raised
    assert {need for _, need in by_a_variable} <= {
        "OUTCOME", "SERVICE", "PRINT_AT", "STATION", "TURN", "LATER", "SKILL", "PIN", "CLERK_CHANGED", "CLERK_LEFT",
    }  # fmt: skip
