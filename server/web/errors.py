"""Every refusal's HTTP status and its sentence, in one table; and every error's way into it.

The answer of a refused API call is ``application/problem+json`` (RFC 9457): ``code`` is for programs,
``detail`` a sentence for people in the caller's language, ``errors`` names each mistaken field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from config.words import Words
from server.domain.calendar import local_date
from server.domain.errors import Refused
from server.store.writer import Busy, StorageFailed
from server.web import phrases
from server.web.figures import Figures
from server.wire.messages import Office, Problem, ProblemCode

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


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a sentence is for, and where: it names services and counters as the office does, times as the hall."""

    words: Words
    office: Office
    now_ms: int

    def when(self, wall_ms: int) -> str:
        """ "13:30 hôm nay", or "07:30, thứ Tư, 25/11/2026"."""
        figures, zone = Figures(self.words, self.office.zone), ZoneInfo(self.office.zone)
        day = local_date(wall_ms, zone)
        if day == local_date(self.now_ms, zone):
            return self.words("day", "{time} hôm nay", time=figures.time(wall_ms))
        weekday = figures.weekday(day)
        if self.words.language == "vi":
            weekday = weekday[:1].lower() + weekday[1:]
        return self.words(
            "day",
            "{time}, {weekday}, {date}",
            time=figures.time(wall_ms),
            weekday=weekday,
            date=figures.date(day),
        )

    def named(self, values: Values) -> dict[str, object]:
        """``values`` with ids, code words and times as people know them."""
        words, found = self.words, dict(values)
        for service in self.office.services:
            if service.id == values.get("service"):
                found["service"] = words.pick(service.name)
        for counter in self.office.counters:
            if counter.id == values.get("counter"):
                found["counter"] = counter.label
        if isinstance(when_ms := values.get("when_ms"), int):
            found["when"] = self.when(when_ms)
        if isinstance(day := values.get("day"), str):
            found["day"] = Figures(words, self.office.zone).date(day)
        if need := str(values.get("need") or ""):
            found["detail"] = _need(words, need, wrong=values.get("detail") not in (None, need))
        found["state"] = phrases.phrase(phrases.STATES, str(values.get("state", "")), words)
        possible = [word.strip() for word in str(values.get("moves", "")).split(",") if word.strip()]
        found["moves"] = phrases.phrases(phrases.MOVES, possible, words)
        return found


def _missing(words: Words, field: str) -> str:
    return words("error", "thiếu mục “{field}”", field=field)


def _wrong(words: Words, field: str) -> str:
    return words("error", "mục “{field}” không đúng", field=field)


def _need(words: Words, need: str, *, wrong: bool) -> str:
    """What a request lacks, or has wrong, for the middle of a sentence."""
    if need == "reason":
        return words("clerk", "Cần ghi lý do.").rstrip(".")
    if need == "outcome":
        return words("clerk", "Cần chọn kết quả.").rstrip(".")
    return _wrong(words, need) if wrong else _missing(words, need)


IN_THE_WAY: Mapping[str, Callable[[Words], str]] = {
    "calls": lambda words: words("clerk", "Cần gọi đủ {n} lần hoặc ghi lý do."),
    "calls_left": lambda words: words("error", "Số {number} đã được gọi đủ {n} lần."),
    "clerk": lambda words: words("error", "Chỉ cán bộ đã phục vụ số {number} mới làm được việc này."),
    "soon": lambda words: words("error", "Chỉ mở lại được trong vòng {minutes} phút."),
    "counter": lambda words: words("error", "Số {number} đang ở quầy {counter}."),
    "pin": lambda words: words("error", "Chỉ quầy khác được gọi số {number}."),
    "skill": lambda words: words("error", "Quầy {counter} không phục vụ lĩnh vực của số {number}."),
    "turn": lambda words: words("error", "Chưa đến lượt số {number}. Gọi ngoài thứ tự cần ghi lý do."),
    "today": lambda words: words("error", "Số {number} không phải số của hôm nay."),
    "once": lambda words: words("visitor", "Ông/Bà đã lùi lượt một lần, không lùi thêm được."),
    "ready_off": lambda words: words("error", "Trung tâm này không dùng chế độ sẵn sàng nhận số."),
    "close_day": lambda words: words("error", "Ngày {day} chưa đóng. Mời đóng ngày đó trước."),
}
"""Why a move that the table allows is refused all the same."""


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
    in_the_way = IN_THE_WAY.get(str(values.get("need")))
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
    "missing": _missing,
    "extra_forbidden": lambda words, field: words("error", "không có mục “{field}”", field=field),
    "json_invalid": lambda words, field: words("error", "nội dung không phải là JSON"),
}


def problem(error: Exception, reader: Reader) -> Problem:
    """``error`` as the caller gets it. Raises ``error`` itself when it is none of those we know."""
    if isinstance(error, Refused):
        return _make(ProblemCode(error.code.value), reader, error.values, allowed=error.allowed)
    if isinstance(error, Rejected):
        return _make(error.code, reader, error.values, errors=error.errors, status=error.status)
    if isinstance(error, ValidationError):
        mistakes = [_mistake(one["type"], one["loc"], reader.words) for one in error.errors(include_context=False)]
        return _make(ProblemCode.BAD_REQUEST, reader, {"detail": "; ".join(mistakes)}, errors=mistakes)
    if isinstance(error, HTTPException):
        return _of_http(error, reader)
    for kind, code in FAILURES.items():
        if isinstance(error, kind):
            return _make(code, reader, {})
    raise error


FAILURES: Mapping[type[Exception], ProblemCode] = {
    Busy: ProblemCode.BUSY,
    TimeoutError: ProblemCode.BUSY,
    StorageFailed: ProblemCode.STORAGE,
    SQLAlchemyError: ProblemCode.STORAGE,
}
"""What goes wrong below: the caller may send the same request again."""

KNOWN: tuple[type[Exception], ...] = (Refused, Rejected, ValidationError, HTTPException, *FAILURES)
"""Every error that ``problem`` has an answer for."""


def _make(
    code: ProblemCode,
    reader: Reader,
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
        detail=row.say(reader.words, reader.named(values)),
        errors=list(errors),
        allowed=list(allowed),
    )


def _mistake(kind: str, location: tuple[int | str, ...], words: Words) -> str:
    field = ".".join(str(part) for part in location)
    if kind in _FIELD:
        return _FIELD[kind](words, field)
    return _wrong(words, field)


def _of_http(error: HTTPException, reader: Reader) -> Problem:
    """What Flask itself refuses. A mistake of ours (500) is for the caller as if we were busy: try again."""
    status, words = HTTPStatus(error.code or HTTPStatus.BAD_REQUEST), reader.words
    if status is HTTPStatus.NOT_FOUND:
        return _make(ProblemCode.NOT_FOUND, reader, {})
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _make(ProblemCode.BUSY, reader, {}, status=status)
    details: Mapping[HTTPStatus, str] = {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: words("error", "nội dung quá lớn"),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: words("error", "nội dung phải có kiểu application/json"),
        HTTPStatus.METHOD_NOT_ALLOWED: words("error", "địa chỉ này không nhận phương thức đã dùng"),
    }
    detail = details.get(status) or f"{status.value} {status.phrase}"
    return _make(ProblemCode.BAD_REQUEST, reader, {"detail": detail}, errors=[detail], status=status)
