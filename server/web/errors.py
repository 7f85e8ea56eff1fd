"""Every refusal's HTTP status and its sentence, in one table; and every error's way into it.

The answer of a refused API call is ``application/problem+json`` (RFC 9457): ``code`` is for programs,
``detail`` a sentence for people in the caller's language, ``errors`` names each mistaken field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from config.words import Words
from server.domain.errors import Refused
from server.web import phrases
from server.wire.messages import Problem, ProblemCode

MEDIA_TYPE = "application/problem+json"

Values = Mapping[str, object]
Say = Callable[[Words, Values], str]


class Rejected(Exception):
    """A request that the queue never sees: nobody signed in, too many, not understood.

    ``errors`` are one sentence each; ``status`` replaces the code's own where HTTP knows a better one.
    """

    def __init__(
        self,
        code: ProblemCode,
        *,
        values: Values | None = None,
        errors: Sequence[str] = (),
        status: HTTPStatus | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code, self.values, self.errors, self.status = code, dict(values or {}), tuple(errors), status


@dataclass(frozen=True, slots=True)
class Row:
    """One refusal: its status, and the sentence made of the words and the refusal's values."""

    status: HTTPStatus
    say: Say


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
    filled = dict(values)
    filled["state"] = phrases.phrase(phrases.STATES, str(values.get("state", "")), words)
    possible = [word.strip() for word in str(values.get("moves", "")).split(",") if word.strip()]
    if not possible:
        return _fill(words("error", "Số {number} đang ở trạng thái “{state}” nên không làm được việc này."), filled)
    filled["moves"] = phrases.phrases(phrases.MOVES, possible, words)
    return _fill(
        words(
            "error",
            "Số {number} đang ở trạng thái “{state}” nên không làm được việc này. Có thể chọn: {moves}.",
        ),
        filled,
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
    return words("error", "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước.")


def _request_reused(words: Words, values: Values) -> str:
    return words("error", "Mã yêu cầu này đã dùng cho nội dung khác. Chưa có gì thay đổi.")


def _unauthenticated(words: Words, values: Values) -> str:
    return words("error", "Chưa đăng nhập hoặc phiên làm việc đã hết. Mời đăng nhập lại.")


def _forbidden(words: Words, values: Values) -> str:
    return words("error", "Tài khoản này không có quyền làm việc này. Nếu cần, mời báo người quản trị.")


def _not_found(words: Words, values: Values) -> str:
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


TABLE: Mapping[ProblemCode, Row] = {
    ProblemCode.BAD_REQUEST: Row(HTTPStatus.BAD_REQUEST, _bad_request),
    ProblemCode.UNKNOWN_SERVICE: Row(HTTPStatus.UNPROCESSABLE_ENTITY, _unknown_service),
    ProblemCode.UNKNOWN_MOVE: Row(HTTPStatus.UNPROCESSABLE_ENTITY, _unknown_move),
    ProblemCode.NOT_ALLOWED: Row(HTTPStatus.CONFLICT, _not_allowed),
    ProblemCode.OPEN_TICKET: Row(HTTPStatus.CONFLICT, _open_ticket),
    ProblemCode.COUNTER_CLOSED: Row(HTTPStatus.CONFLICT, _counter_closed),
    ProblemCode.SERVICE_CLOSED: Row(HTTPStatus.CONFLICT, lambda words, v: _again(words, v, full=False)),
    ProblemCode.NO_COUNTER: Row(HTTPStatus.CONFLICT, _no_counter),
    ProblemCode.FULL: Row(HTTPStatus.CONFLICT, lambda words, v: _again(words, v, full=True)),
    ProblemCode.DAY_CLOSED: Row(HTTPStatus.CONFLICT, _day_closed),
    ProblemCode.REQUEST_REUSED: Row(HTTPStatus.UNPROCESSABLE_ENTITY, _request_reused),
    ProblemCode.UNAUTHENTICATED: Row(HTTPStatus.UNAUTHORIZED, _unauthenticated),
    ProblemCode.FORBIDDEN: Row(HTTPStatus.FORBIDDEN, _forbidden),
    ProblemCode.NOT_FOUND: Row(HTTPStatus.NOT_FOUND, _not_found),
    ProblemCode.TOO_MANY: Row(HTTPStatus.TOO_MANY_REQUESTS, _too_many),
    ProblemCode.BUSY: Row(HTTPStatus.SERVICE_UNAVAILABLE, _busy),
    ProblemCode.STORAGE: Row(HTTPStatus.SERVICE_UNAVAILABLE, _storage),
}

_FIELD: Mapping[str, Callable[[Words, str], str]] = {
    "missing": lambda words, field: words("error", "thiếu mục “{field}”", field=field),
    "extra_forbidden": lambda words, field: words("error", "không có mục “{field}”", field=field),
    "json_invalid": lambda words, field: words("error", "nội dung không phải là JSON"),
}


def problem(error: Exception, words: Words) -> Problem:
    """``error`` as the caller gets it. Raises ``error`` itself when it is none of those we know."""
    if isinstance(error, Refused):
        return _make(ProblemCode(error.code.value), words, error.values, allowed=error.allowed)
    if isinstance(error, Rejected):
        return _make(error.code, words, error.values, errors=error.errors, status=error.status)
    if isinstance(error, ValidationError):
        mistakes = [_mistake(one["type"], one["loc"], words) for one in error.errors(include_context=False)]
        return _make(ProblemCode.BAD_REQUEST, words, {"detail": "; ".join(mistakes)}, errors=mistakes)
    if isinstance(error, HTTPException):
        return _of_http(error, words)
    raise error


def _make(
    code: ProblemCode,
    words: Words,
    values: Values,
    *,
    errors: Sequence[str] = (),
    allowed: Sequence[str] = (),
    status: HTTPStatus | None = None,
) -> Problem:
    row = TABLE[code]
    status = status or row.status
    return Problem(
        title=status.phrase,
        status=status.value,
        code=code,
        detail=row.say(words, values),
        errors=list(errors),
        allowed=list(allowed),
    )


def _mistake(kind: str, location: tuple[int | str, ...], words: Words) -> str:
    field = ".".join(str(part) for part in location)
    if kind in _FIELD:
        return _FIELD[kind](words, field)
    return words("error", "mục “{field}” không đúng", field=field)


def _of_http(error: HTTPException, words: Words) -> Problem:
    """What Flask itself refuses."""
    status = HTTPStatus(error.code or 400)
    if status is HTTPStatus.NOT_FOUND:
        return _make(ProblemCode.NOT_FOUND, words, {})
    details: Mapping[HTTPStatus, str] = {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: words("error", "nội dung quá lớn"),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: words("error", "nội dung phải có kiểu application/json"),
    }
    detail = details.get(status) or f"{status.value} {status.phrase}"
    return _make(ProblemCode.BAD_REQUEST, words, {"detail": detail}, errors=[detail], status=status)
