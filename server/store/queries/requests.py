"""Requests that were carried out, so that a repeated one is recognised."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class RequestRow:
    """The hash of a request's body, and the ids of its result.

    ``ticket``, ``counter`` and ``job`` are those of ``CommandResult``, None where the request was about none.
    """

    hash: str
    ticket: str | None
    counter: str | None
    job: str | None


def find_request(connection: Connection, caller: str, request_id: str) -> RequestRow | None:
    """Return a caller's request if it was carried out."""
    return _REQUEST.first(connection, caller=caller, request_id=request_id)


_REQUEST = Statement(
    select(t.request.c.hash, t.request.c.ticket, t.request.c.counter, t.request.c.job).where(
        t.request.c.caller == bindparam("caller"), t.request.c.request_id == bindparam("request_id")
    ),
    RequestRow,
)
