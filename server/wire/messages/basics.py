"""Parts of all messages: ids, times, code words, and the problem document of a refusal."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from config.letters import check_drawable

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
"""The id of a station, device, counter, clerk or ticket."""
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
"""The code of a service or procedure, as the office defines it."""
Note = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""A text of staff, on one line."""
VisitorText = Annotated[
    str,
    StringConstraints(max_length=100, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"),
    AfterValidator(check_drawable),
]
"""A short text that kiosks show in large letters."""
RequestId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
"""A UUID of version 4. A repeated request has the same one, and gets the same answer."""
Interval = Annotated[
    tuple[int, int],
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}),
]
"""The least and the greatest value of a range.

The schema has no ``prefixItems``, because not every OpenAPI tool supports them.
"""


def to_time(wall_ms: int) -> str:
    """Return milliseconds since 1970 in the format of the wire."""
    moment = datetime.fromtimestamp(wall_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{wall_ms % 1000:03d}Z"


def from_time(text: str) -> int:
    """Return a time in the format of the wire as milliseconds since 1970. Raises ``ValueError``."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


FIRST_YEAR, LAST_YEAR = 1970, 2099
"""The range of times and dates in received messages.

A machine whose battery is empty starts in 1970 or 2000; a year like 9999 is always an error, and cannot be converted to
the hall's time.
"""


def _checked_time(text: str) -> str:
    """Return ``text`` if it is a real moment; 2026-13-45 has the pattern of one."""
    from_time(text)
    return _checked_year(text)


def _checked_year(text: str) -> str:
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(f"not between {FIRST_YEAR} and {LAST_YEAR}")
    return text


def _checked_date(text: str) -> str:
    """Return ``text`` if it is a real day; 2026-02-30 has the pattern of one."""
    date.fromisoformat(text)
    return _checked_year(text)


Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_checked_date)]
"""A calendar date, for example 2026-11-30."""

Time = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"),
    AfterValidator(_checked_time),
]
"""A moment: RFC 3339 in UTC with milliseconds."""


class Read(BaseModel):
    """Base of received messages: unknown fields are ignored, so that version 1 may gain fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Ask(BaseModel):
    """Base of requests: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TicketClass(StrEnum):
    """Priority tickets have a head start."""

    ORDINARY = "ordinary"
    PRIORITY = "priority"


class Outcome(StrEnum):
    """The result of a served ticket."""

    RECEIVED = "received"  # the papers were accepted
    MORE_PAPERS = "more_papers"  # the visitor must bring more papers
    REFUSED = "refused"
    RETURNED = "returned"  # a result was handed out
    ADVICE = "advice"
    UNRECORDED = "unrecorded"  # the day was closed before the clerk recorded an outcome


class ProblemCode(StrEnum):
    """The code words of refusals, each with one HTTP status."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_MOVE = "unknown_move"
    NOT_ALLOWED = "not_allowed"  # not possible in the present state of ticket or counter
    OPEN_TICKET = "open_ticket"  # the counter still has a ticket called or being served
    COUNTER_CLOSED = "counter_closed"  # or paused
    SERVICE_CLOSED = "service_closed"  # outside its hours, or stopped by staff
    NO_COUNTER = "no_counter"  # no counter serves the service
    FULL = "full"  # no numbers are left
    DAY_CLOSED = "day_closed"
    REQUEST_REUSED = "request_reused"  # the ``request_id`` of a different request
    UNAUTHENTICATED = "unauthenticated"  # nobody is signed in
    FORBIDDEN = "forbidden"  # not for this role, this host or this site
    NOT_FOUND = "not_found"
    TOO_MANY = "too_many"  # requests from this address
    BUSY = "busy"
    STORAGE = "storage"  # the database did not store the change


class ProblemNeed(StrEnum):
    """The part that a refused request lacks, where the code alone is not enough.

    The first ten are fields of the request, which are missing or wrong. ``COUNTER`` and ``PIN`` are that too with the
    code bad_request; their comments are for not_allowed.
    """

    REASON = "reason"
    OUTCOME = "outcome"
    SERVICE = "service"
    PROCEDURE = "procedure"
    TICKET_CLASS = "ticket_class"
    PRINT_AT = "print_at"
    STATION = "station"
    UNTIL = "until"
    SHOWN_AT = "shown_at"
    KIND = "kind"
    BACK = "back"  # the ticket cannot come back from there
    PIN_CLERK = "pin_clerk"  # this clerk cannot call the ticket anywhere
    NOTE = "note"  # the note is too long
    CARD = "card"  # the text is the code of an identity card
    DOSSIER = "dossier"  # the text is no dossier's code
    DATE = "date"  # the date is out of range
    COUNTER = "counter"  # the ticket is at another counter
    CLERK = "clerk"  # only the clerk who served the ticket may do this
    PIN = "pin"  # only another counter may call the ticket
    SKILL = "skill"  # the counter does not serve the ticket's service
    TURN = "turn"  # it is not the ticket's turn; a reason is required
    LATER = "later"  # the ticket was put off; a reason is required
    CALLS_LEFT = "calls_left"  # the ticket was called as often as the rule allows
    RECALL_SOON = "recall_soon"  # the last call is too recent to call again
    TODAY = "today"  # the ticket is of an earlier day
    CALLS = "calls"  # too few calls to record an absence; a reason is required
    ABSENT_SOON = "absent_soon"  # the last call is too recent to record an absence
    ONCE = "once"  # the visitor has already let others go first, which is allowed once
    SOON = "soon"  # too late: a ticket can be reopened only soon after its end
    UNDO_LATE = "undo_late"  # too late to take the move back
    UNDO_NOTHING = "undo_nothing"  # there is no move of the caller that can be taken back
    NO_OPEN = "no_open"  # the counter has no ticket called or being served
    READY_OFF = "ready_off"  # the office does not use readiness
    TAKEN = "taken"  # the same touches at this kiosk took a number of the service, which still waits
    LAST_COUNTER = "last_counter"  # people wait, and no other counter serves the service
    OWN_LIST = "own_list"  # the service is not on the own list of the counter's clerk
    RATE_EARLY = "rate_early"  # the service has not ended yet
    RATE_ONCE = "rate_once"  # the service was rated already
    RATE_OVER = "rate_over"  # the time for a rating is over
    DRAWN = "drawn"  # the page was drawn before the state changed
    CLERK_CHANGED = "clerk_changed"  # another clerk is now signed in at the counter
    CLERK_LEFT = "clerk_left"  # nobody is signed in at the counter any more
    SIGN_IN_CHANGED = "sign_in_changed"  # the browser is now signed in with another name
    CLOSE_DAY = "close_day"  # the open day must be closed first
    DAY_OVER = "day_over"  # the day is past and cannot be reopened
    PRACTICE = "practice"  # a practice needs a time without a real day
    AGAIN = "again"  # the day of this date is closed: it must be reopened instead
    ELSEWHERE = "elsewhere"  # the service is handled at another place
    RANGE = "range"  # the series has no number left today, or all are in use
    OWN_COUNTER = "own_counter"  # a clerk acts at the own counter only
    NUMBER = "number"  # no ticket with this number waits for the counter
    REMOVED = "removed"  # the caller was an enrolled device; an administrator has removed or replaced it


_NEEDS = frozenset(need.value for need in ProblemNeed)


def _known_need(value: object) -> object:
    """Return ``value``, or None for a need of a newer server.

    Code and sentence are enough then.
    """
    return value if isinstance(value, str) and value in _NEEDS else None


class Problem(Read):
    """``application/problem+json`` with a code word; ``detail`` is a sentence for a person.

    ``errors``: the mistakes of the request, in English for programmers. ``allowed``: the moves that are possible now,
    for the code not_allowed.
    """

    type: str = "about:blank"
    title: str
    status: int
    code: ProblemCode
    need: Annotated[ProblemNeed | None, BeforeValidator(_known_need)] = Field(
        default=None,
        description="What the request lacks, where the code alone does not say it; version 1 may add more.",
    )
    detail: str
    errors: list[str] = []
    allowed: list[str] = []


class CounterStateName(StrEnum):
    """The state of a counter."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
