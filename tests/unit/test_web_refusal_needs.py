"""Each need of the catalogue of refusals is met by a caller, in both languages."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, request_id
from core_refusals import Provoked, Scene, Send, check

from server import commands
from server.commands import Actor, Role
from server.domain.office_changes import Edit, Part
from server.web.shared.refusals import CATALOGUE
from server.wire.messages import ProblemCode, ProblemNeed, Seen

P, N = ProblemCode, ProblemNeed

CARD = "001099000001||Nguyễn Văn Mẫu|01011999|Nam|Phường Mẫu|01012021"
DOSSIER = "G.H29.001.02-260126-0001"


def not_valid(code_need: ProblemNeed, vi: str, en: str, provoke: Any) -> Provoked:
    """Return the row of a field, whose text is the middle of the code's sentence."""
    vietnamese = f"Yêu cầu chưa hợp lệ: {vi}. Chưa có gì thay đổi."
    english = f"The request is not valid: {en}. Nothing was changed."
    return Provoked(P.BAD_REQUEST, code_need, 400, vietnamese, english, provoke)


def not_allowed(need: ProblemNeed, vi: str, en: str, provoke: Any, **rules: object) -> Provoked:
    return Provoked(P.NOT_ALLOWED, need, 409, vi, en, provoke, rules)


def at_counter(scene: Scene, action: str, **fields: object) -> Send:
    return scene.api(f"/counters/c1/{action}", {"request_id": request_id()} | fields)


def issue(scene: Scene, **fields: object) -> Send:
    body = {"request_id": request_id(), "service": "CT", "station": "counters-1"}
    return scene.api("/tickets", body | fields)


def taken_here(scene: Scene) -> str:
    """Take a number at the station, and return its request."""
    earlier = request_id()
    issue(scene, request_id=earlier)("vi")
    return earlier


def at_another_place(scene: Scene) -> Send:
    edit = Edit(Part.SERVICE, "CT", {"place": None}, {"place": "UBND tỉnh, 1 Lê Lợi"})
    boss = Actor(Role.ADMINISTRATOR, "p-000001", roles=(Role.ADMINISTRATOR,))
    scene.hall.ask(lambda tx, now: commands.change_office(tx, boss, now, [edit]))
    return issue(scene)


def after_the_last_number(scene: Scene) -> Send:
    scene.hall.issue("CT")
    return issue(scene)


def scan(scene: Scene, text: str, **fields: object) -> Send:
    return scene.api("/scans", {"station": "counters-1", "text": text} | fields)


def rate(scene: Scene) -> Send:
    body = {"request_id": request_id(), "station": "counters-1", "counter": "c1", "level": "satisfied"}
    return scene.api("/ratings", body)


def by_the_clerk(scene: Scene, action: str, **fields: str) -> Send:
    scene.web.sign_in()
    return scene.form(f"/clerk/c1/do/{action}", fields)


def by_the_manager(scene: Scene, path: str, **fields: str) -> Send:
    scene.manages()
    return scene.form(path, fields)


def at_the_counter_of_somebody_else(scene: Scene) -> Send:
    scene.web.sign_in()
    scene.hall.open("c2")
    return scene.move(scene.hall.issue(), "call", counter="c2", signed=True)


def finished_without_an_outcome(scene: Scene) -> Send:
    scene.web.sign_in()
    return scene.move(scene.serving(), "finish", counter="c1", signed=True)


def into_the_same_class(scene: Scene) -> Send:
    scene.web.sign_in()
    return scene.move(scene.hall.issue(), "reclassify", signed=True, reason="x", **{"class": "ordinary"})


def shown_at_no_time(scene: Scene) -> Send:
    scene.called()
    call, display = f"k-{scene.hall.facts()[-1].seq}", Actor(Role.STATION, "tv-1", "tv-1")
    report = Seen.model_construct(station="tv-1", shown_at="soon", spoken=None)
    return scene.command(lambda tx, now: commands.report_call_seen(tx, display, now, call, report))


class OneRemovedDevice:
    """A registry of devices from which every caller was removed."""

    def find(self, token: str, address: str) -> None:
        return None

    def is_ended(self, token: str) -> bool:
        return True


def read_by_a_removed_device(scene: Scene) -> Send:
    context = scene.web.app.extensions["luot"]
    access = SimpleNamespace(devices=OneRemovedDevice())
    scene.web.app.extensions["luot"] = replace(context, access=access)
    return scene.read("/device", token="removed")


def reprinted_nowhere(scene: Scene) -> Send:
    return by_the_clerk(scene, "reprint", ticket=scene.hall.issue().id, station="kiosk-9")


def noted_with_a_ticket(scene: Scene) -> Send:
    scene.called()
    return by_the_clerk(scene, "dossier", code="giấy khai sinh")


def before_its_turn(scene: Scene) -> Send:
    scene.hall.issue()
    return scene.move(scene.hall.issue(), "call", counter="c1")


def put_off(scene: Scene) -> Send:
    row = scene.hall.move(scene.called(), "requeue", counter="c1")
    return scene.move(row, "call", counter="c1")


def pinned_elsewhere(scene: Scene) -> Send:
    row = scene.hall.move(scene.hall.issue(), "transfer", counter="c1", service="HT", pin="c2")
    return scene.move(row, "call_chosen", counter="c1", reason="x")


def called_three_times(scene: Scene) -> Send:
    row = scene.called()
    for _ in range(2):
        scene.hall.move(row, "recall", counter="c1")
    return scene.move(row, "recall", counter="c1")


def of_another_day(scene: Scene) -> Send:
    row = scene.hall.move(scene.called(), "no_show", counter="c1", reason="left")
    scene.close_day()
    scene.hall.clock.go(48 * HOUR)  # the 24th is a holiday in this hall
    scene.hall.tick()
    return scene.move(row, "return")


def resumed_by_another_clerk(scene: Scene) -> Send:
    row = scene.hall.move(scene.serving(), "hold", counter="c1", reason="copies")
    scene.hall.sign("c1", "ql")
    return scene.move(row, "resume", counter="c1")


def deferred_twice(scene: Scene) -> Send:
    issued = scene.hall.issued()
    for _ in range(2):
        scene.hall.issue()
    address = f"/v/{issued.visitor_token}/defer"
    assert scene.visit(address, request_id=request_id())("vi").status == 303
    return scene.visit(address, request_id=request_id())


def reopened_late(scene: Scene) -> Send:
    row = scene.served()
    scene.hall.clock.go(3 * MINUTE)
    return scene.move(row, "reopen", counter="c1")


def undone_late(scene: Scene) -> Send:
    row = scene.served()
    scene.hall.clock.go(3 * MINUTE)
    return undo(scene, row.id)


def undo(scene: Scene, ticket: str) -> Send:
    scene.web.sign_in()
    return scene.api(f"/tickets/{ticket}/undo", {"request_id": request_id(), "counter": "c1"}, signed=True)


def rated_twice(scene: Scene) -> Send:
    scene.served()
    body = {"request_id": request_id(), "station": "counters-1", "counter": "c1", "level": "neutral"}
    assert scene.web.post("/ratings", body)[0] == 204
    return rate(scene)


def rated_late(scene: Scene) -> Send:
    scene.served()
    scene.hall.clock.go(11 * MINUTE)
    return rate(scene)


def under_another_clerk(scene: Scene, clerk: str | None) -> Send:
    press = by_the_clerk(scene, "next")
    scene.hall.sign("c1", clerk)
    return press


def signed_in_otherwise(scene: Scene) -> Send:
    scene.web.sign_in()
    return scene.form("/clerk/c1/here", {"as": "c1:binh"}, json=True)


def reopened_on_the_next_day(scene: Scene) -> Send:
    scene.close_day()
    scene.hall.clock.go(24 * HOUR)
    return by_the_manager(scene, "/manager/day/reopen", reason="x")


def taken_from_the_last_counter(scene: Scene) -> Send:
    scene.hall.issue("DD")
    return by_the_manager(scene, "/manager/counters/c3/services", do="take", service="DD")


def lent_to_a_clerk_without_it(scene: Scene) -> Send:
    edit = Edit(Part.CLERK, "binh", {"services": None}, {"services": ["CT"]})
    boss = Actor(Role.ADMINISTRATOR, "boss")
    scene.hall.ask(lambda tx, now: commands.change_office(tx, boss, now, [edit]))
    return by_the_manager(scene, "/manager/counters/c2/services", do="lend", service="DD")


def opened_twice_on_a_day(scene: Scene) -> Send:
    scene.close_day()
    return by_the_manager(scene, "/manager/day/open")


FIELDS = (
    not_valid(
        N.REASON, "Cần ghi lý do", "A reason is needed",
        lambda scene: scene.move(scene.serving(), "hold", counter="c1"),
    ),
    not_valid(N.OUTCOME, "Cần chọn kết quả", "An outcome is needed", finished_without_an_outcome),
    not_valid(
        N.COUNTER, "thiếu mục “quầy”", "“counter” is missing", lambda scene: scene.move(scene.called(), "start")
    ),
    not_valid(
        N.SERVICE, "thiếu mục “lĩnh vực”", "“service” is missing",
        lambda scene: scene.move(scene.hall.issue(), "transfer"),
    ),
    not_valid(
        N.KIND, "thiếu mục “loại việc”", "“kind of work” is missing",
        lambda scene: by_the_manager(scene, "/staff/health/printer/kiosk-1/explode"),
    ),
    not_valid(
        N.UNTIL, "giờ đã ghi không đúng, hoặc đã qua", "the time is not right, or has passed",
        lambda scene: at_counter(scene, "state", state="paused", until="2027-11-23T02:00:00.000Z"),
    ),
    not_valid(N.SHOWN_AT, "thiếu mục “lúc hiện số”", "“time of showing” is missing", shown_at_no_time),
    not_valid(
        N.PROCEDURE, "thủ tục đã chọn không thuộc lĩnh vực này",
        "the procedure chosen does not belong to this service",
        lambda scene: issue(scene, procedure="1.001193"),
    ),
    not_valid(
        N.PIN, "quầy đã chọn không phục vụ lĩnh vực này", "the counter chosen does not serve this service",
        lambda scene: scene.move(scene.hall.issue(), "transfer", service="HT", pin="c3"),
    ),
    not_valid(
        N.PIN_CLERK, "cán bộ đã chọn không ở quầy nào phục vụ lĩnh vực này",
        "the clerk chosen is at no counter that serves this service",
        lambda scene: scene.move(scene.hall.issue(), "transfer", service="HT", pin_clerk="chi"),
    ),
    not_valid(
        N.BACK, "từ nơi đã chọn, số này không quay lại quầy của Ông/Bà được",
        "from the place chosen this number cannot come back to your counter",
        lambda scene: scene.move(scene.hall.issue(), "transfer", counter="c1", service="HT", back=True),
    ),
    not_valid(
        N.NOTE, "ghi chú dài quá 200 ký tự", "the note is longer than 200 characters",
        lambda scene: by_the_clerk(scene, "note", ticket=scene.hall.issue().id, text="x" * 201),
    ),
    not_valid(N.TICKET_CLASS, "thiếu mục “diện ưu tiên”", "“class” is missing", into_the_same_class),
    not_valid(
        N.PRINT_AT, "không có máy in phiếu nào tên như vậy", "there is no slip printer of that name",
        lambda scene: issue(scene, print_at="kiosk-9"),
    ),
    not_valid(
        N.STATION, "không có máy in phiếu nào tên như vậy", "there is no slip printer of that name",
        reprinted_nowhere,
    ),
    not_valid(
        N.CARD, "đây là mã trên thẻ căn cước; hệ thống không nhận và không lưu mã này",
        "this is the code of a citizen’s card; it is neither taken nor kept",
        lambda scene: scan(scene, CARD),
    ),
    not_valid(N.DOSSIER, "đây không phải là mã hồ sơ", "this is not a dossier code", noted_with_a_ticket),
    not_valid(
        N.DATE, "mục “ngày” phải từ 01/01/2026 đến 31/12/2099",
        "the date must be between 01/01/2026 and 31/12/2099",
        lambda scene: by_the_manager(scene, "/manager/day/date", date="1999-01-01"),
    ),
)  # fmt: skip

# A call that no display reports counts as shown after five seconds: 20 s become 25 s.
MOVES = (
    Provoked(
        P.NOT_FOUND, N.NUMBER, 404, "Không có số 99 đang chờ quầy này.", "Number 99 is not waiting for this counter.",
        lambda scene: at_counter(scene, "next", number="99"),
    ),
    not_allowed(
        N.TURN, "Chưa đến lượt số A002. Gọi ngoài thứ tự cần ghi lý do.",
        "It is not the turn of number A002. Calling out of order needs a reason.",
        before_its_turn,
    ),
    not_allowed(
        N.LATER, "Số A001 đã hẹn gọi lại sau, gọi được từ 08:03 hôm nay. Gọi sớm hơn cần ghi lý do.",
        "Number A001 is to be called later, from 08:03 today. Calling it sooner needs a reason.",
        put_off,
    ),
    not_allowed(
        N.SKILL, "Quầy 1 không phục vụ lĩnh vực của số B001.", "Counter 1 does not serve the service of number B001.",
        lambda scene: scene.move(scene.hall.issue("CT"), "call_chosen", counter="c1", reason="x"),
    ),
    not_allowed(
        N.PIN, "Chỉ quầy khác được gọi số A001.", "Only another counter may call number A001.", pinned_elsewhere
    ),
    not_allowed(
        N.CALLS_LEFT, "Số A001 đã được gọi đủ 3 lần.", "Number A001 has been called 3 times already.",
        called_three_times,
    ),
    not_allowed(
        N.RECALL_SOON, "Số A001 vừa được gọi. Gọi lại được sau 25 giây nữa.",
        "Number A001 has just been called. It can be called again in 25 s.",
        lambda scene: scene.move(scene.called(), "recall", counter="c1"),
        call_gap_s=20,
    ),
    not_allowed(N.TODAY, "Số A001 không phải số của hôm nay.", "Number A001 is not of today.", of_another_day),
    not_allowed(
        N.COUNTER, "Số A001 đang ở quầy 1.", "Number A001 is at counter 1.",
        lambda scene: scene.move(scene.called(), "start", counter="c2"),
    ),
    not_allowed(
        N.CLERK, "Chỉ cán bộ đã phục vụ số A001 mới làm được việc này.",
        "Only the clerk who served number A001 can do this.",
        resumed_by_another_clerk,
    ),
    not_allowed(
        N.CALLS, "Cần gọi đủ 3 lần hoặc ghi lý do.", "Call 3 times or give a reason first.",
        lambda scene: scene.move(scene.called(), "no_show", counter="c1"),
    ),
    not_allowed(
        N.ABSENT_SOON, "Số A001 vừa được gọi. Ghi vắng mặt được sau 25 giây nữa.",
        "Number A001 has just been called. It can be marked absent in 25 s.",
        lambda scene: scene.move(scene.called(), "no_show", counter="c1", reason="x"),
        call_gap_s=20,
    ),
    not_allowed(
        N.ONCE, "Ông/Bà đã lùi lượt một lần, không lùi thêm được.", "You have moved back once already.",
        deferred_twice,
    ),
    not_allowed(
        N.SOON, "Chỉ mở lại được trong vòng 2 phút.", "This can be reopened within 2 minutes only.", reopened_late
    ),
    not_allowed(
        N.UNDO_LATE, "Chỉ hoàn tác được trong vòng 2 phút.", "This can be undone only within 2 minutes.", undone_late
    ),
    not_allowed(
        N.UNDO_NOTHING,
        "Số A001 không có thao tác nào của Ông/Bà để hoàn tác, hoặc đã có người xử lý tiếp.",
        "There is no action of yours on number A001 to undo, or somebody has worked on it since.",
        lambda scene: undo(scene, scene.hall.issue().id),
    ),
)  # fmt: skip

OTHERS = (
    Provoked(
        P.SERVICE_CLOSED, N.ELSEWHERE, 409,
        "Lĩnh vực Chứng thực không tiếp nhận tại đây. Mời công dân đến: UBND tỉnh, 1 Lê Lợi.",
        "Chứng thực is not handled here. Please send the visitor to: UBND tỉnh, 1 Lê Lợi.",
        at_another_place,
    ),
    not_allowed(
        N.TAKEN, "Vừa có số B001 được lấy tại máy này, và số đó đang chờ. Cần thêm số, mời cán bộ cấp tại quầy.",
        "Number B001 was just taken at this machine and still waits. Staff can issue another one at the desk.",
        lambda scene: issue(scene, earlier=taken_here(scene)),
        repeat_min=5,
    ),
    Provoked(
        P.FULL, N.RANGE, 409,
        "Dãy số của lĩnh vực Chứng thực đã cấp hết trong hôm nay. Cấp số trở lại lúc 07:30, thứ Tư, 25/11/2026."
        " Cần thêm số trong hôm nay, mời báo người quản trị.",
        "The numbers of Chứng thực are all issued for today. Numbers are issued again at 07:30, Wednesday, 25/11/2026."
        " If more are needed today, please tell the administrator.",
        after_the_last_number, {"number_last": 1},
    ),
    not_allowed(
        N.NO_OPEN, "Quầy 1 chưa có số nào đang gọi hoặc đang phục vụ.",
        "No number is called or being served at counter 1.",
        lambda scene: scan(scene, DOSSIER, counter="c1"),
    ),
    not_allowed(
        N.READY_OFF, "Trung tâm này không dùng chế độ sẵn sàng nhận số.", "This centre does not use readiness.",
        lambda scene: at_counter(scene, "ready", ready=True),
        ready=False,
    ),
    not_allowed(
        N.LAST_COUNTER,
        "1 người đang chờ lĩnh vực Đất đai và không còn quầy nào khác phục vụ. Nếu vẫn bỏ khỏi quầy 3,"
        " mời đánh dấu xác nhận.",
        "1 people wait for Đất đai, and no other counter serves it. If you still take it from counter 3, please tick"
        " to confirm.",
        taken_from_the_last_counter,
    ),
    not_allowed(
        N.OWN_LIST,
        "Trần Văn Bình không được phân công lĩnh vực Đất đai nên quầy 2 sẽ không gọi được. Nếu vẫn giao, mời đánh dấu"
        " xác nhận.",
        "Đất đai is not among the services of Trần Văn Bình, so counter 2 could not call for it. If you still give it,"
        " please tick to confirm.",
        lent_to_a_clerk_without_it,
    ),
    not_allowed(
        N.RATE_EARLY, "Mời Ông/Bà đánh giá sau khi được phục vụ xong.", "Please rate after you have been served.", rate
    ),
    not_allowed(
        N.RATE_ONCE, "Lượt này đã được đánh giá.", "This service has already been rated.", rated_twice
    ),
    not_allowed(
        N.RATE_OVER, "Đã hết thời gian đánh giá lượt này.", "This service can no longer be rated.", rated_late
    ),
    not_allowed(
        N.DRAWN, "Màn hình vừa thay đổi nên thao tác này chưa được ghi nhận. Mời xem lại rồi bấm lại.",
        "The screen has just changed, so this action was not carried out. Please look again, then press again.",
        lambda scene: by_the_clerk(scene, "next", drawn="another"),
    ),
    not_allowed(
        N.CLERK_CHANGED,
        "Quầy 1 hiện do Đặng Thị Mẫu phụ trách nên thao tác này chưa được ghi nhận. Mời đăng nhập lại.",
        "Đặng Thị Mẫu is at counter 1 now, so this action was not carried out. Please sign in again.",
        lambda scene: under_another_clerk(scene, "ql"),
    ),
    not_allowed(
        N.CLERK_LEFT, "Cán bộ đã rời quầy 1 nên thao tác này chưa được ghi nhận. Mời đăng nhập lại.",
        "The clerk has left counter 1, so this action was not carried out. Please sign in again.",
        lambda scene: under_another_clerk(scene, None),
    ),
    not_allowed(
        N.SIGN_IN_CHANGED,
        "Trình duyệt này nay đăng nhập với tên khác tên ghi trên trang, nên thao tác này chưa được ghi nhận."
        " Mời tải lại trang.",
        "This browser is now signed in under another name than the page shows, so this action was not carried out."
        " Please reload the page.",
        signed_in_otherwise,
    ),
    not_allowed(
        N.CLOSE_DAY, "Ngày 23/11/2026 chưa đóng. Mời đóng ngày đó trước.",
        "Day 23/11/2026 is still open. Please close it first.",
        lambda scene: by_the_manager(scene, "/manager/day/open"),
    ),
    not_allowed(
        N.DAY_OVER, "Ngày 23/11/2026 đã qua, không mở lại được. Mời chọn “Mở ngày làm việc”.",
        "23/11/2026 is over and cannot be opened again. Please choose “Open the day”.",
        reopened_on_the_next_day,
    ),
    not_allowed(
        N.PRACTICE,
        "Cả phòng chỉ diễn tập được khi chưa mở ngày làm việc và ngoài giờ làm việc."
        " Trong giờ làm việc, mời cán bộ diễn tập riêng.",
        "The whole hall can practise only while no day is open and outside the opening hours."
        " During them, staff may practise privately.",
        lambda scene: by_the_manager(scene, "/manager/practice/start"),
    ),
    Provoked(
        P.UNAUTHENTICATED, N.REMOVED, 401,
        "Thiết bị này đã bị gỡ khỏi hệ thống. Mời liên hệ người quản trị.",
        "This device was removed from the system. Please contact the administrator.",
        read_by_a_removed_device,
    ),
    Provoked(
        P.DAY_CLOSED, N.AGAIN, 409,
        "Ngày 23/11/2026 đã đóng. Nếu đóng nhầm, mời chọn “Mở lại ngày vừa đóng”;"
        " nếu đồng hồ máy sai, mời chọn “Hôm nay là ngày khác”.",
        "23/11/2026 has been closed. If that was a mistake, choose “Open it again”;"
        " if the machine’s clock is wrong, choose “Today is another date”.",
        opened_twice_on_a_day,
    ),
)  # fmt: skip

OWN_COUNTER = Provoked(
    P.FORBIDDEN, N.OWN_COUNTER, 403, "Ông/Bà không phụ trách quầy 2 nên không làm được việc này tại quầy đó.",
    "You are not in charge of counter 2, so you cannot do this there.", at_the_counter_of_somebody_else,
)  # fmt: skip

ROWS = (OWN_COUNTER, *FIELDS, *MOVES, *OTHERS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_caller_meets_the_need_with_its_sentence(row: Provoked, tmp_path: Path) -> None:
    check(row, tmp_path)


def test_every_need_is_in_the_catalogue_and_provoked() -> None:
    in_catalogue = {(code, need) for code, entry in CATALOGUE.items() for need in entry.needs}
    assert {(row.code, row.need) for row in ROWS} == in_catalogue
    assert {need for _, need in in_catalogue} == set(ProblemNeed)
