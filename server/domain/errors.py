"""Refusals of the queue: what cannot be done, in a code word that the web turns into a status and a sentence."""

from collections.abc import Mapping
from enum import StrEnum


class Refusal(StrEnum):
    """The code words; ``docs/API.md`` lists them, ``server.web.errors`` gives each its HTTP status."""

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
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"


class Refused(Exception):
    """A command that changes nothing. ``values`` fill the sentence; ``allowed`` names the moves that are legal."""

    def __init__(
        self, code: Refusal, *, values: Mapping[str, object] | None = None, allowed: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.values: Mapping[str, object] = dict(values or {})
        self.allowed = allowed
