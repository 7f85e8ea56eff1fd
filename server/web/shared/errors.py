"""Turn errors into problem documents for callers.

The response to a refused API call is ``application/problem+json`` (RFC 9457): ``code`` and ``need`` are for programs,
``detail`` a sentence for people in the caller's language, ``errors`` names each mistaken field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from config.words import Words
from server.domain.calendar import local_date
from server.domain.errors import Refused
from server.store import Busy, DatabaseError, StorageFailed
from server.web.shared import phrases
from server.web.shared.error_texts import FIELD_MISTAKES, Values, is_wrong, refusal_sentence, wrong_field
from server.web.shared.field_names import FIELD_NAMES, field_name
from server.web.shared.formatting import Formatter
from server.web.shared.refusals import CATALOGUE
from server.wire.messages import Office, Problem, ProblemCode, ProblemNeed

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
"""The seconds after which a request refused as busy may be sent again; most bursts are over then."""
MINUTE_MS = 60_000


class Rejected(Exception):
    """A request rejected before any command: no sign-in, too many requests, wrong fields.

    ``errors`` has one sentence per mistake; ``status`` replaces the status of ``code`` where HTTP has a more exact one.
    """

    def __init__(
        self,
        code: ProblemCode,
        *,
        need: ProblemNeed | None = None,
        values: Values | None = None,
        errors: Sequence[str] = (),
        status: HTTPStatus | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code, self.need, self.values = code, need, dict(values or {})
        self.errors, self.status = tuple(errors), status


class DuplicateField(Rejected):
    """A request has one field twice, so that its meaning is not clear."""

    def __init__(self, field: str) -> None:
        super().__init__(ProblemCode.BAD_REQUEST)
        self.field = field


@dataclass(frozen=True, slots=True)
class ErrorTextContext:
    """The language, the office and the moment (UTC ms) that a sentence is written for."""

    words: Words
    office: Office
    now_ms: int

    def when(self, wall_ms: int) -> str:
        """Return a time: "13:30 hôm nay", or with its date "07:30, thứ Tư, 25/11/2026"."""
        formatter, zone = Formatter(self.words, self.office.zone), ZoneInfo(self.office.zone)
        day = local_date(wall_ms, zone)
        if day == local_date(self.now_ms, zone):
            return self.words("day", "{time} hôm nay", time=formatter.time(wall_ms))
        weekday = formatter.weekday(day)
        if self.words.language == "vi":
            weekday = weekday[:1].lower() + weekday[1:]
        return self.words(
            "day",
            "{time}, {weekday}, {date}",
            time=formatter.time(wall_ms),
            weekday=weekday,
            date=formatter.date(day),
        )

    def readable_values(self, values: Values) -> dict[str, object]:
        """Return ``values`` with names for ids, and texts for codes and times."""
        words, readable = self.words, dict(values)
        for service in self.office.services:
            if service.id == values.get("service"):
                readable["service"] = words.pick(service.name)
        for counter in self.office.counters:
            if counter.id == values.get("counter"):
                readable["counter"] = counter.label
        if isinstance(when_ms := values.get("when_ms"), int):
            # rounded up, so that the sentence holds at the minute that it names
            readable["when"] = self.when(-(-when_ms // MINUTE_MS) * MINUTE_MS)
        if isinstance(day := values.get("day"), str):
            readable["day"] = Formatter(words, self.office.zone).date(day)
        readable["state"] = phrases.phrase(phrases.STATES, str(values.get("state", "")), words)
        moves = [move.strip() for move in str(values.get("moves", "")).split(",") if move.strip()]
        readable["moves"] = phrases.phrases(phrases.MOVES, moves, words)
        roles = [role.strip() for role in str(values.get("roles", "")).split(",") if role.strip()]
        readable["roles"] = phrases.alternatives(phrases.ROLES, roles, words)
        return readable


def problem(error: Exception, context: ErrorTextContext) -> Problem:
    """Return the problem document of ``error``. Raises ``error`` itself if it is none of ``HANDLED_ERRORS``."""
    if isinstance(error, Refused):
        return _problem_of_refusal(error, context)
    if isinstance(error, DuplicateField):
        return mistaken_fields([("duplicate", (error.field,))], context)
    if isinstance(error, Rejected):
        return _problem(error.code, context, error.values, need=error.need, errors=error.errors, status=error.status)
    if isinstance(error, ValidationError):
        mistakes = [(mistake["type"], mistake["loc"]) for mistake in error.errors(include_context=False)]
        return mistaken_fields(mistakes, context)
    if isinstance(error, HTTPException):
        return _problem_of_http_error(error, context)
    for kind, code in RETRYABLE_ERRORS.items():
        if isinstance(error, kind):
            return _problem(code, context, {})
    raise error


RETRYABLE_ERRORS: Mapping[type[Exception], ProblemCode] = {
    Busy: ProblemCode.BUSY,
    TimeoutError: ProblemCode.BUSY,
    StorageFailed: ProblemCode.STORAGE,
    DatabaseError: ProblemCode.STORAGE,
}
"""Errors of writer and database, after which the caller may send the same request again."""

HANDLED_ERRORS: tuple[type[Exception], ...] = (Refused, Rejected, ValidationError, HTTPException, *RETRYABLE_ERRORS)
"""Every error that ``problem`` accepts."""


def _problem(
    code: ProblemCode,
    context: ErrorTextContext,
    values: Values,
    *,
    need: ProblemNeed | None = None,
    errors: Sequence[str] = (),
    allowed: Sequence[str] = (),
    status: HTTPStatus | None = None,
) -> Problem:
    status = status or CATALOGUE[code].status
    return Problem(
        title=status.phrase,
        status=status.value,
        code=code,
        need=need,
        detail=refusal_sentence(context.words, code, need, context.readable_values(values)),
        errors=list(errors),
        allowed=list(allowed),
    )


def mistaken_fields(mistakes: Sequence[tuple[str, tuple[int | str, ...]]], context: ErrorTextContext) -> Problem:
    """Return the problem document of mistaken fields.

    Each mistake is (kind, path of the field). The sentence has the fields' names for people, ``errors`` those for
    programs.
    """
    fields = [(kind, ".".join(str(part) for part in path)) for kind, path in mistakes]
    words = context.words
    mistakes_in_words = "; ".join(_mistake(kind, field_name(words, field), words) for kind, field in fields)
    errors = [_mistake(kind, field, words) for kind, field in fields]
    return _problem(ProblemCode.BAD_REQUEST, context, {"detail": mistakes_in_words}, errors=errors)


def _problem_of_refusal(refused: Refused, context: ErrorTextContext) -> Problem:
    code, need = ProblemCode(refused.code.value), None if refused.need is None else ProblemNeed(refused.need.value)
    errors = [] if code is not ProblemCode.BAD_REQUEST else _mistaken_need(need, refused.values, context.words)
    return _problem(code, context, refused.values, need=need, allowed=refused.allowed, errors=errors)


def _mistaken_need(need: ProblemNeed | None, values: Values, words: Words) -> list[str]:
    """Return the mistake in the field ``need``, with the field's name for programs.

    The list is empty where ``need`` names no field.
    """
    if need is None or need not in FIELD_NAMES:
        return []
    return [_mistake("wrong" if is_wrong(need, values) else "missing", need.value, words)]


def _mistake(kind: str, field: str, words: Words) -> str:
    return FIELD_MISTAKES[kind](words, field) if kind in FIELD_MISTAKES else wrong_field(words, field)


def _problem_of_http_error(error: HTTPException, context: ErrorTextContext) -> Problem:
    """Return the problem document of an HTTP error of Flask.

    An unexpected exception (500) reads as busy, because the caller may try again.
    """
    status, words = HTTPStatus(error.code or HTTPStatus.BAD_REQUEST), context.words
    if status is HTTPStatus.NOT_FOUND:
        return _problem(ProblemCode.NOT_FOUND, context, {})
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _problem(ProblemCode.BUSY, context, {}, status=status)
    details: Mapping[HTTPStatus, str] = {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: words("error", "nội dung quá lớn"),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: words("error", "nội dung phải có kiểu application/json"),
        HTTPStatus.METHOD_NOT_ALLOWED: words("error", "địa chỉ này không nhận phương thức đã dùng"),
    }
    detail = details.get(status) or f"{status.value} {status.phrase}"
    return _problem(ProblemCode.BAD_REQUEST, context, {"detail": detail}, errors=[detail], status=status)
