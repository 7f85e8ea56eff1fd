"""Every refusal's HTTP status, in one table; and every error's way to the caller.

The answer of a refused API call is ``application/problem+json`` (RFC 9457): ``code`` is for programs,
``detail`` a sentence for people in the caller's language, ``errors`` names each mistaken field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from config.words import Words
from server.domain.calendar import local_date
from server.domain.errors import Refusal, Refused
from server.store.writer import Busy, StorageFailed
from server.web import phrases
from server.web.field_names import FIELD_NAMES, field_name
from server.web.figures import Figures
from server.web.sentences import FIELD, SENTENCES, Values, need_of, wrong_field
from server.wire.messages import Office, Problem, ProblemCode

MEDIA_TYPE = "application/problem+json"


MINUTE_MS = 60_000


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


class FieldTwice(Exception):
    """A request that says one field twice; which one is meant is not guessed."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


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
            found["when"] = self.when(-(-when_ms // MINUTE_MS) * MINUTE_MS)  # at the minute shown it must be true
        if isinstance(day := values.get("day"), str):
            found["day"] = Figures(words, self.office.zone).date(day)
        if need := str(values.get("need") or ""):
            found["detail"] = need_of(words, need, wrong=values.get("detail") not in (None, need))
        found["state"] = phrases.phrase(phrases.STATES, str(values.get("state", "")), words)
        possible = [word.strip() for word in str(values.get("moves", "")).split(",") if word.strip()]
        found["moves"] = phrases.phrases(phrases.MOVES, possible, words)
        return found


STATUSES: Mapping[ProblemCode, HTTPStatus] = {
    ProblemCode.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    ProblemCode.UNKNOWN_SERVICE: HTTPStatus.UNPROCESSABLE_ENTITY,
    ProblemCode.UNKNOWN_MOVE: HTTPStatus.UNPROCESSABLE_ENTITY,
    ProblemCode.NOT_ALLOWED: HTTPStatus.CONFLICT,
    ProblemCode.OPEN_TICKET: HTTPStatus.CONFLICT,
    ProblemCode.COUNTER_CLOSED: HTTPStatus.CONFLICT,
    ProblemCode.SERVICE_CLOSED: HTTPStatus.CONFLICT,
    ProblemCode.NO_COUNTER: HTTPStatus.CONFLICT,
    ProblemCode.FULL: HTTPStatus.CONFLICT,
    ProblemCode.DAY_CLOSED: HTTPStatus.CONFLICT,
    ProblemCode.REQUEST_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    ProblemCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ProblemCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ProblemCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ProblemCode.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    ProblemCode.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.STORAGE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Each code word has one status."""


def problem(error: Exception, reader: Reader) -> Problem:
    """``error`` as the caller gets it. Raises ``error`` itself when it is none of those we know."""
    if isinstance(error, Refused):
        fields = _named_field(error, reader.words)
        return _make(ProblemCode(error.code.value), reader, error.values, allowed=error.allowed, errors=fields)
    if isinstance(error, FieldTwice):
        return mistaken_fields([("twice", (error.field,))], reader)
    if isinstance(error, Rejected):
        return _make(error.code, reader, error.values, errors=error.errors, status=error.status)
    if isinstance(error, ValidationError):
        found = [(mistake["type"], mistake["loc"]) for mistake in error.errors(include_context=False)]
        return mistaken_fields(found, reader)
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

KNOWN: tuple[type[Exception], ...] = (Refused, Rejected, FieldTwice, ValidationError, HTTPException, *FAILURES)
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
    status = status or STATUSES[code]
    return Problem(
        title=status.phrase,
        status=status.value,
        code=code,
        detail=SENTENCES[code](reader.words, reader.named(values)),
        errors=list(errors),
        allowed=list(allowed),
    )


def mistaken_fields(found: Sequence[tuple[str, tuple[int | str, ...]]], reader: Reader) -> Problem:
    """The refusal of mistaken fields, each as (kind, place): people read their names, programs the fields' own."""
    fields = [(kind, ".".join(str(part) for part in place)) for kind, place in found]
    words = reader.words
    shown = "; ".join(_mistake(kind, field_name(words, field), words) for kind, field in fields)
    errors = [_mistake(kind, field, words) for kind, field in fields]
    return _make(ProblemCode.BAD_REQUEST, reader, {"detail": shown}, errors=errors)


def _mistake(kind: str, field: str, words: Words) -> str:
    return FIELD[kind](words, field) if kind in FIELD else wrong_field(words, field)


def _named_field(refused: Refused, words: Words) -> list[str]:
    """The field's own name, where the queue refused a request for one of its fields."""
    need = str(refused.values.get("need") or "")
    if refused.code is not Refusal.BAD_REQUEST or need not in FIELD_NAMES:
        return []
    wrong = refused.values.get("detail") not in (None, need)
    return [_mistake("wrong" if wrong else "missing", need, words)]


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
