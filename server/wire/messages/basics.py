"""What all messages are made of: ids, times, code words, and a refusal."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, WithJsonSchema

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Note = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
RequestId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
Interval = Annotated[
    tuple[int, int],
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}),
]
"""Described without ``prefixItems``, which not every reader of OpenAPI knows."""


def to_time(wall_ms: int) -> str:
    """Milliseconds since 1970 as the wire's time."""
    moment = datetime.fromtimestamp(wall_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{wall_ms % 1000:03d}Z"


def from_time(text: str) -> int:
    """The wire's time as milliseconds since 1970. Raises ``ValueError``."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


FIRST_YEAR, LAST_YEAR = 1970, 2099
"""Of the times and dates that are taken from anybody. A machine whose battery is empty begins in 1970 or 2000; a year
like 9999 is nowhere meant, and cannot be shown in the hall's time."""


def _real(text: str) -> str:
    """The text, when there is such a moment: 2026-13-45 has the pattern of one."""
    from_time(text)
    return _in_range(text)


def _in_range(text: str) -> str:
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(f"not between {FIRST_YEAR} and {LAST_YEAR}")
    return text


def _real_date(text: str) -> str:
    """The text, when there is such a day: 2026-02-30 has the pattern of one."""
    date.fromisoformat(text)
    return _in_range(text)


Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_date)]

Time = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"),
    AfterValidator(_real),
]


class Read(BaseModel):
    """Something a reader takes: unknown fields are ignored, so that version 1 may gain fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Ask(BaseModel):
    """Something a caller asks: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TicketClass(StrEnum):
    ORDINARY = "ordinary"
    PRIORITY = "priority"


class Outcome(StrEnum):
    RECEIVED = "received"
    MORE_PAPERS = "more_papers"
    REFUSED = "refused"
    RETURNED = "returned"
    ADVICE = "advice"
    UNRECORDED = "unrecorded"


class ProblemCode(StrEnum):
    """The code words of refusals, each with one HTTP status (``server.web.errors``)."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_MOVE = "unknown_move"
    NOT_ALLOWED = "not_allowed"
    OPEN_TICKET = "open_ticket"
    COUNTER_CLOSED = "counter_closed"
    SERVICE_CLOSED = "service_closed"
    NO_COUNTER = "no_counter"
    FULL = "full"
    DAY_CLOSED = "day_closed"
    REQUEST_REUSED = "request_reused"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    TOO_MANY = "too_many"
    BUSY = "busy"
    STORAGE = "storage"


class Problem(Read):
    """``application/problem+json`` with a code word; ``detail`` is a sentence for a person."""

    type: str = "about:blank"
    title: str
    status: int
    code: ProblemCode
    detail: str
    errors: list[str] = []
    allowed: list[str] = []


class CounterStateName(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
