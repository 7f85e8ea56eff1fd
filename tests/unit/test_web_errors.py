"""Every error becomes a problem document, with names and times as people know them."""

import re

import pytest
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, RequestEntityTooLarge

from config.words import words
from server.domain.errors import Need, Refusal, Refused
from server.store import Busy, StorageFailed
from server.web.shared.errors import ErrorTextContext, Rejected, problem
from server.web.shared.refusals import CATALOGUE
from server.wire.messages import Day, IssueTicket, Office, OfficeCounter, ProblemCode, ProblemNeed, Rule, Service

MONDAY_9_MS = 1_795_399_200_000  # 2026-11-23T02:00:00Z, 09:00 in the hall
HOUR_MS = 3_600_000
VALUES = {
    "service": "HT",
    "counter": "c3",
    "number": "A015",
    "move": "teleport",
    "state": "called",
    "moves": "recall, start",
    "detail": "x",
    "seconds": 5,
    "n": 3,
    "minutes": 2,
    "name": "Trần Văn Mẫu",
    "day": "2026-11-23",
    "when_ms": MONDAY_9_MS,
}


def context(language: str = "vi") -> ErrorTextContext:
    service = Service(id="HT", prefix="A", name={"vi": "Hộ tịch", "en": "Civil status"}, state="open", counters=["c3"])
    office = Office(
        office="test", epoch="e1", rev=1, at="2026-11-23T02:00:00.000Z", name={"vi": "Phường Thử"},
        zone="Asia/Ho_Chi_Minh", mode="live", day=Day(date="2026-11-23", state="open"),
        rule=Rule(head_start_min=30, calls=3), services=[service], counters=[OfficeCounter(id="c3", label="3")],
        catalogue='W/"1"',
    )  # fmt: skip
    return ErrorTextContext(words(language), office, MONDAY_9_MS)


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_code_has_a_whole_sentence_in_both_languages(code: ProblemCode) -> None:
    documents = [problem(Rejected(code, values=VALUES), context(language)) for language in ("vi", "en")]
    assert documents[0].detail != documents[1].detail
    for document in documents:
        assert (document.code, document.status, document.need) == (code, CATALOGUE[code].status, None)
        assert document.detail.endswith(".")
        assert not re.search(r"[{}…]", document.detail)


@pytest.mark.parametrize("need", list(CATALOGUE[ProblemCode.NOT_ALLOWED].needs))
def test_each_need_has_a_whole_sentence_in_both_languages(need: ProblemNeed) -> None:
    rejected = Rejected(ProblemCode.NOT_ALLOWED, need=need, values=VALUES)
    documents = [problem(rejected, context(language)) for language in ("vi", "en")]
    assert documents[0].detail != documents[1].detail
    assert not re.search(r"[{}…]", documents[0].detail + documents[1].detail)
    assert [document.need for document in documents] == [need, need]


@pytest.mark.parametrize(
    ("when_ms", "language", "sentence"),
    [
        (
            MONDAY_9_MS + 4 * HOUR_MS + HOUR_MS // 2,
            "vi",
            "Lĩnh vực Hộ tịch đã hết số của buổi này. Cấp số trở lại lúc 13:30 hôm nay.",
        ),
        (
            MONDAY_9_MS + 48 * HOUR_MS,
            "vi",
            "Lĩnh vực Hộ tịch đã hết số của buổi này. Cấp số trở lại lúc 09:00, thứ Tư, 25/11/2026.",
        ),
        (
            MONDAY_9_MS + 48 * HOUR_MS,
            "en",
            "No numbers are left for Civil status in this half-day. It starts again at 09:00, Wednesday, 25/11/2026.",
        ),
        (None, "vi", "Lĩnh vực Hộ tịch đã hết số của buổi này."),
        (None, "en", "No numbers are left for Civil status in this half-day."),
    ],
)
def test_the_sentence_has_the_next_opening_only_where_it_is_known(
    when_ms: int | None, language: str, sentence: str
) -> None:
    refused = Refused(Refusal.FULL, values={"service": "HT", "when_ms": when_ms})
    assert problem(refused, context(language)).detail == sentence


def test_states_moves_and_counters_have_their_names() -> None:
    refused = Refused(Refusal.NOT_ALLOWED, values=VALUES, allowed=("recall", "start"))
    assert problem(refused, context()).detail == (
        "Số A015 đang ở trạng thái “Đang gọi” nên không làm được việc này. Có thể chọn: Gọi lại, Bắt đầu phục vụ."
    )
    taken = Refused(Refusal.OPEN_TICKET, values={"counter": "c3", "number": "A015"})
    assert problem(taken, context()).detail == "Quầy 3 còn số A015 chưa kết thúc. Mời kết thúc số này trước."


@pytest.mark.parametrize(
    ("need", "sentence"),
    [
        (Need.REASON, "Yêu cầu chưa hợp lệ: Cần ghi lý do. Chưa có gì thay đổi."),
        (Need.SERVICE, "Yêu cầu chưa hợp lệ: thiếu mục “lĩnh vực”. Chưa có gì thay đổi."),
    ],
)
def test_the_sentence_names_a_missing_field(need: Need, sentence: str) -> None:
    refused = Refused(Refusal.BAD_REQUEST, need=need, values={"detail": need.value})
    assert problem(refused, context()).detail == sentence


def test_a_refusal_never_fails_for_want_of_a_value() -> None:
    assert problem(Refused(Refusal.OPEN_TICKET), context()).detail.startswith("Quầy … còn số …")


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (Busy(), "busy", 503),
        (TimeoutError(), "busy", 503),
        (StorageFailed("disk full"), "storage", 503),
        (MethodNotAllowed(), "bad_request", 405),
        (RequestEntityTooLarge(), "bad_request", 413),
        (InternalServerError(), "busy", 500),
        (HTTPException(), "bad_request", 400),
    ],
)
def test_an_error_of_the_store_or_of_flask_becomes_a_problem(error: Exception, code: str, status: int) -> None:
    document = problem(error, context())
    assert (document.code.value, document.status) == (code, status)
    assert "disk full" not in document.model_dump_json()


def test_an_unexpected_error_is_raised_again() -> None:
    with pytest.raises(ZeroDivisionError):
        problem(ZeroDivisionError(), context())


def test_the_list_of_mistakes_does_not_repeat_the_callers_input() -> None:
    with pytest.raises(ValidationError) as caught:
        IssueTicket.model_validate({"service": "<script>", "station": "kiosk-1"})
    document = problem(caught.value, context("en"))
    assert document.errors == ["“request_id” is missing", "“service” is not right"]
