"""The sentences of refusals: one function each, from the words and the refusal's values."""

from collections.abc import Callable, Mapping

from config.words import Words
from server.web.field_names import field_name
from server.wire.messages import ProblemCode

Values = Mapping[str, object]
Say = Callable[[Words, Values], str]


class _Known(dict[str, object]):
    """A refusal must not fail for want of a value."""

    def __missing__(self, name: str) -> str:
        return "…"


def _fill(text: str, values: Values) -> str:
    return text.format_map(_Known(values))


def _again(words: Words, values: Values, *, full: bool) -> str:
    """Nothing is issued now; when it starts again only where that is known."""
    known = {
        True: words("error", "Lĩnh vực {service} đã hết số của buổi này. Cấp số trở lại lúc {when}."),
        False: words("error", "Lĩnh vực {service} hiện không cấp số. Cấp số trở lại lúc {when}."),
    }
    unknown = {
        True: words("error", "Lĩnh vực {service} đã hết số của buổi này."),
        False: words("error", "Lĩnh vực {service} hiện không cấp số."),
    }
    return _fill((known if values.get("when") else unknown)[full], values)


def _not_allowed(words: Words, values: Values) -> str:
    need = str(values.get("need"))
    in_the_way = UNDATED.get(need) if values.get("day") is None else None
    in_the_way = in_the_way or IN_THE_WAY.get(need)
    if in_the_way is not None:
        return _fill(in_the_way(words), values)
    if not values.get("moves"):
        return _fill(words("error", "Số {number} đang ở trạng thái “{state}” nên không làm được việc này."), values)
    return _fill(
        words(
            "error",
            "Số {number} đang ở trạng thái “{state}” nên không làm được việc này. Có thể chọn: {moves}.",
        ),
        values,
    )


def _bad_request(words: Words, values: Values) -> str:
    return _fill(words("error", "Yêu cầu chưa hợp lệ: {detail}. Chưa có gì thay đổi."), values)


def _unknown_service(words: Words, values: Values) -> str:
    return _fill(words("error", "Không có lĩnh vực “{service}”. Mời chọn lại trong danh mục."), values)


def _unknown_move(words: Words, values: Values) -> str:
    return _fill(words("error", "Không có thao tác “{move}”. Chưa có gì thay đổi."), values)


def _open_ticket(words: Words, values: Values) -> str:
    return _fill(words("error", "Quầy {counter} còn số {number} chưa kết thúc. Mời kết thúc số này trước."), values)


def _counter_closed(words: Words, values: Values) -> str:
    return _fill(words("error", "Quầy {counter} đang đóng hoặc tạm dừng. Mời mở quầy trước."), values)


def _no_counter(words: Words, values: Values) -> str:
    return words("kiosk", "Hôm nay lĩnh vực này chưa có quầy phục vụ. Mời Ông/Bà gặp cán bộ hướng dẫn.")


def _day_closed(words: Words, values: Values) -> str:
    if values.get("need") == "again":
        return _fill(
            words(
                "error",
                "Ngày {day} đã đóng. Nếu đóng nhầm, mời chọn “Mở lại ngày vừa đóng”;"
                " nếu đồng hồ máy sai, mời chọn “Hôm nay là ngày khác”.",
            ),
            values,
        )
    return words("error", "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước.")


def _request_reused(words: Words, values: Values) -> str:
    return words("error", "Mã yêu cầu này đã dùng cho nội dung khác. Chưa có gì thay đổi.")


def _unauthenticated(words: Words, values: Values) -> str:
    return words("error", "Chưa đăng nhập hoặc phiên làm việc đã hết. Mời đăng nhập lại.")


def _forbidden(words: Words, values: Values) -> str:
    return words("error", "Tài khoản này không có quyền làm việc này. Nếu cần, mời báo người quản trị.")


def _not_found(words: Words, values: Values) -> str:
    if values.get("need") == "number":
        return _fill(words("error", "Không có số {number} đang chờ quầy này."), values)
    return words("error", "Không tìm thấy mục này, hoặc đã hết hiệu lực.")


def _too_many(words: Words, values: Values) -> str:
    return _fill(words("error", "Thao tác quá nhanh. Mời thử lại sau {seconds} giây."), values)


def _busy(words: Words, values: Values) -> str:
    return words("error", "Máy chủ đang bận. Mời thử lại sau vài giây; không bị ghi hai lần.")


def _storage(words: Words, values: Values) -> str:
    return words(
        "error",
        "Máy chủ không ghi được dữ liệu nên việc này chưa thực hiện. Các số đã cấp không bị mất."
        " Mời báo người quản trị ngay.",
    )


def missing_field(words: Words, field: str) -> str:
    return words("error", "thiếu mục “{field}”", field=field)


def wrong_field(words: Words, field: str) -> str:
    return words("error", "mục “{field}” không đúng", field=field)


def field_twice(words: Words, field: str) -> str:
    return words("error", "mục “{field}” có hai lần", field=field)


def need_of(words: Words, need: str, *, wrong: bool) -> str:
    """What a request lacks, or has wrong, for the middle of a sentence."""
    if need == "reason":
        return words("clerk", "Cần ghi lý do.").rstrip(".")
    if need == "outcome":
        return words("clerk", "Cần chọn kết quả.").rstrip(".")
    if need in NO_CODE:
        return NO_CODE[need](words)
    if wrong and need in NOT_FITTING:
        return NOT_FITTING[need](words)
    named = field_name(words, need)
    return wrong_field(words, named) if wrong else missing_field(words, named)


NO_CODE: Mapping[str, Callable[[Words], str]] = {
    "card": lambda words: words("error", "đây là mã trên thẻ căn cước; hệ thống không nhận và không lưu mã này"),
    "dossier": lambda words: words("error", "đây không phải là mã hồ sơ"),
    "date": lambda words: words("error", "mục “ngày” phải từ 01/01/2026 đến 31/12/2099"),
}
"""What is wrong with a scanned or typed text; the text itself is never said again."""


NOT_FITTING: Mapping[str, Callable[[Words], str]] = {
    "procedure": lambda words: words("error", "thủ tục đã chọn không thuộc lĩnh vực này"),
    "pin": lambda words: words("error", "quầy đã chọn không phục vụ lĩnh vực này"),
    "ticket_class": lambda words: words("error", "số này đã thuộc diện đó"),
    "print_at": lambda words: words("error", "không có máy in phiếu nào tên như vậy"),
    "station": lambda words: words("error", "không có máy in phiếu nào tên như vậy"),
}
"""What does not fit what else was asked, by the field's name."""


IN_THE_WAY: Mapping[str, Callable[[Words], str]] = {
    "calls": lambda words: words("clerk", "Cần gọi đủ {n} lần hoặc ghi lý do."),
    "recall_soon": lambda words: words("error", "Số {number} vừa được gọi. Gọi lại được sau {seconds} giây nữa."),
    "absent_soon": lambda words: words("error", "Số {number} vừa được gọi. Ghi vắng mặt được sau {seconds} giây nữa."),
    "later": lambda words: words(
        "error", "Số {number} đã hẹn gọi lại sau, gọi được từ {when}. Gọi sớm hơn cần ghi lý do."
    ),
    "calls_left": lambda words: words("error", "Số {number} đã được gọi đủ {n} lần."),
    "clerk": lambda words: words("error", "Chỉ cán bộ đã phục vụ số {number} mới làm được việc này."),
    "soon": lambda words: words("error", "Chỉ mở lại được trong vòng {minutes} phút."),
    "counter": lambda words: words("error", "Số {number} đang ở quầy {counter}."),
    "pin": lambda words: words("error", "Chỉ quầy khác được gọi số {number}."),
    "skill": lambda words: words("error", "Quầy {counter} không phục vụ lĩnh vực của số {number}."),
    "turn": lambda words: words("error", "Chưa đến lượt số {number}. Gọi ngoài thứ tự cần ghi lý do."),
    "today": lambda words: words("error", "Số {number} không phải số của hôm nay."),
    "once": lambda words: words("visitor", "Ông/Bà đã lùi lượt một lần, không lùi thêm được."),
    "no_open": lambda words: words("error", "Quầy {counter} chưa có số nào đang gọi hoặc đang phục vụ."),
    "rate_early": lambda words: words("rating", "Mời Ông/Bà đánh giá sau khi được phục vụ xong."),
    "rate_once": lambda words: words("rating", "Lượt này đã được đánh giá."),
    "rate_over": lambda words: words("rating", "Đã hết thời gian đánh giá lượt này."),
    "ready_off": lambda words: words("error", "Trung tâm này không dùng chế độ sẵn sàng nhận số."),
    "drawn": lambda words: words(
        "error", "Màn hình vừa thay đổi nên thao tác này chưa được ghi nhận. Mời xem lại rồi bấm lại."
    ),
    "clerk_changed": lambda words: words(
        "error", "Quầy {counter} hiện do {name} phụ trách nên thao tác này chưa được ghi nhận. Mời đăng nhập lại."
    ),
    "clerk_left": lambda words: words(
        "error", "Cán bộ đã rời quầy {counter} nên thao tác này chưa được ghi nhận. Mời đăng nhập lại."
    ),
    "sign_in_changed": lambda words: words(
        "error",
        "Trình duyệt này nay đăng nhập với tên khác tên ghi trên trang, nên thao tác này chưa được ghi nhận."
        " Mời tải lại trang.",
    ),
    "close_day": lambda words: words("error", "Ngày {day} chưa đóng. Mời đóng ngày đó trước."),
    "day_over": lambda words: words("error", "Ngày {day} đã qua, không mở lại được. Mời chọn “Mở ngày làm việc”."),
}
"""Why a move that the table allows is refused all the same."""

UNDATED: Mapping[str, Callable[[Words], str]] = {
    "close_day": lambda words: words("error", "Ngày làm việc đang mở. Mời đóng ngày đang mở trước."),
    "day_over": lambda words: words("error", "Ngày vừa đóng không mở lại được. Mời chọn “Mở ngày làm việc”."),
}
"""The same of a day whose date is not known."""


FIELD: Mapping[str, Callable[[Words, str], str]] = {
    "missing": missing_field,
    "extra_forbidden": lambda words, field: words("error", "không có mục “{field}”", field=field),
    "json_invalid": lambda words, field: words("error", "nội dung không phải là JSON"),
    "twice": field_twice,
}

SENTENCES: Mapping[ProblemCode, Say] = {
    ProblemCode.BAD_REQUEST: _bad_request,
    ProblemCode.UNKNOWN_SERVICE: _unknown_service,
    ProblemCode.UNKNOWN_MOVE: _unknown_move,
    ProblemCode.NOT_ALLOWED: _not_allowed,
    ProblemCode.OPEN_TICKET: _open_ticket,
    ProblemCode.COUNTER_CLOSED: _counter_closed,
    ProblemCode.SERVICE_CLOSED: lambda words, v: _again(words, v, full=False),
    ProblemCode.NO_COUNTER: _no_counter,
    ProblemCode.FULL: lambda words, v: _again(words, v, full=True),
    ProblemCode.DAY_CLOSED: _day_closed,
    ProblemCode.REQUEST_REUSED: _request_reused,
    ProblemCode.UNAUTHENTICATED: _unauthenticated,
    ProblemCode.FORBIDDEN: _forbidden,
    ProblemCode.NOT_FOUND: _not_found,
    ProblemCode.TOO_MANY: _too_many,
    ProblemCode.BUSY: _busy,
    ProblemCode.STORAGE: _storage,
}
