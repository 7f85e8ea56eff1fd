"""The waiting tickets that can be next, begin the line, or explain a call.

All are found by index: few tickets are read, however many people wait.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    select,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from server.domain.queue.choice import MAX_NAMED, Waiting
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.statement import Statement

Columns = ReadOnlyColumnCollection[str, Column[Any]]

_DAY: BindParameter[str | None] = bindparam("day")
_SEQ: BindParameter[int] = bindparam("seq")
_SERVICES: BindParameter[Collection[str]] = bindparam("services", expanding=True)
_MOST: BindParameter[int] = bindparam("most", type_=Integer)
_AFTER_ALL_KEYS = 2**62
_service, _ticket = t.service.c, t.ticket.c
_other = t.ticket.alias("other").c
"""The tickets of a subquery that is made once for each service."""


def contenders(connection: Connection, day: str | None, services: Collection[str]) -> list[Waiting]:
    """Return the waiting tickets of some services that can be next.

    They are those of ``contenders`` in ``server.domain.queue.choice``.
    """
    return _CONTENDERS.all(connection, day=day, services=list(services))


def tickets_to_explain(
    connection: Connection,
    day: str | None,
    chosen: Waiting,
    services: Collection[str],
    candidates: Sequence[Waiting] | None = None,
) -> list[Waiting]:
    """Return the waiting tickets from which a call of ``chosen`` is explained.

    They give the same explanation as all waiting tickets would. ``services``: those of the counter. Returned are, each
    once: their contenders, which are among ``candidates`` if they were read already; of each service one ticket with
    the same sort key as ``chosen``; and the first tickets issued before it, of these services and of the others, one
    more of each than an explanation names.
    """
    compared = list(contenders(connection, day, services) if candidates is None else candidates)
    # Mostly no ticket has the same key, and none of the counter's services was issued earlier: then this is all.
    by_service = _TIES_AND_FIRST_ISSUED.all(connection, day=day, rank_key=chosen.key, seq=chosen.seq)
    ties = [tie for service, tie, _ in by_service if tie is not None and service in services]
    compared += _WITH_IDS.all(connection, ids=ties) if ties else []
    with_earlier = [service for service, _, seq in by_service if seq is not None and seq < chosen.seq]
    for statement, searched in (
        (_EARLIER_IN_ORDER, [service for service in with_earlier if service in services]),
        (_EARLIER, [service for service in with_earlier if service not in services]),
    ):
        if searched:
            earlier = {"services": searched, "seq": chosen.seq, "issued_ms": chosen.issued_ms}
            compared += statement.all(connection, day=day, **earlier)
    return list({ticket.id: ticket for ticket in compared}.values())


@dataclass(frozen=True, slots=True)
class TicketOfCall:
    """The columns of a ticket that the explanation of its call records (``server.store.schema.tickets``)."""

    head_start_ms: int
    issued_at_ms: int
    returned: bool
    deferred: bool
    leg: int


def ticket_of_call(connection: Connection, ticket: str) -> TicketOfCall:
    """Return what the explanation of a call records of the called ticket itself."""
    columns = _TICKET_OF_CALL.first(connection, ticket=ticket)
    assert columns is not None, "a waiting ticket has a row"
    return columns


def earlier_in_order(
    connection: Connection, day: str | None, chosen: Waiting, services: Collection[str]
) -> list[Waiting]:
    """Return the first unrestricted tickets that were issued before ``chosen``.

    At most one more than an explanation names.
    """
    place = {"seq": chosen.seq, "issued_ms": chosen.issued_ms}
    return _EARLIER_IN_ORDER.all(connection, day=day, services=list(services), **place)


# --- statements ---

WAITING = select(
    _ticket.id,
    _ticket.number,
    _ticket.issue_seq.label("seq"),
    _ticket.service,
    _ticket.rank_key.label("key"),
    _ticket.issued_ms,
    _ticket.ticket_class,
    _ticket.pin,
    _ticket.callable_from_ms,
    _ticket.behind_next,
    _ticket.pin_clerk,
)
"""Selects the columns of ``Waiting``."""


def _restricted() -> Select[tuple[str]]:
    """Select the ids of the restricted tickets."""
    return select(_ticket.id).where(_ticket.day == _DAY, t.TICKET_IS_RESTRICTED, _ticket.service.in_(_SERVICES))


def _in_order(c: Columns) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a ticket is not restricted."""
    return c.pin.is_(None), c.pin_clerk.is_(None), c.callable_from_ms == 0, ~c.behind_next


def _first_in_order(*conditions: ColumnElement[bool]) -> Select[tuple[str]]:
    """Select, of each service, the first ticket that is not restricted."""
    of_service = (_other.day == _DAY, t.TICKET_IS_WAITING, _other.service == _service.id)
    first = select(_other.id).where(*of_service, *_in_order(_other), *conditions)
    first_id = first.order_by(_other.rank_key, _other.issue_seq).limit(1).scalar_subquery()
    return select(first_id).where(_service.id.in_(_SERVICES))


def _first_of_line(services: BindParameter[Collection[str]]) -> Select[tuple[str]]:
    """Select the first ``most`` tickets of ``services`` in the rule's order that are not restricted.

    Of each service not many more are read.
    """

    def in_order(c: Columns, service: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
        # The state is a bound value, which hides the index by issue: that of the line has the order.
        return c.day == _DAY, c.state == TicketState.WAITING, c.service == service, *_in_order(c)

    keys = select(_other.rank_key).where(*in_order(_other, _service.id)).order_by(_other.rank_key, _other.issue_seq)
    last_key = func.coalesce(keys.offset(_MOST).limit(1).scalar_subquery(), _AFTER_ALL_KEYS).label("last_key")
    bounds = select(_service.id, last_key).where(_service.id.in_(services)).cte().prefix_with("MATERIALIZED")
    in_bounds = and_(*in_order(_ticket, bounds.c.id), _ticket.rank_key <= bounds.c.last_key)
    # An outer join, so that SQLite begins with the bounds and not with the tickets.
    tickets = select(_ticket.id).outerjoin_from(bounds, t.ticket, in_bounds)
    first = tickets.order_by(_ticket.rank_key.nulls_last(), _ticket.issue_seq).limit(_MOST)
    return select(first.subquery().c.id)


def _first_earlier(*, in_order: bool) -> Select[tuple[str]]:
    """Select the first tickets that were issued before the chosen one.

    Selected are one more than an explanation names; of each service no more are read. ``in_order``: only tickets that
    are not restricted. Queue time never goes back, so of two tickets the one with the smaller sequence was issued
    earlier or in the same millisecond.
    """

    def is_earlier(c: Columns, service: ColumnElement[str], at_most_seq: ColumnElement[int]) -> ColumnElement[bool]:
        of_service = (c.day == _DAY, t.TICKET_IS_WAITING, c.service == service)
        earlier = (c.issue_seq <= at_most_seq, c.issued_ms < bindparam("issued_ms"))
        return and_(*of_service, *earlier, *(_in_order(c) if in_order else ()))

    at_place = select(_other.issue_seq).where(is_earlier(_other, _service.id, _SEQ)).order_by(_other.issue_seq)
    last_seq = func.coalesce(at_place.offset(MAX_NAMED).limit(1).scalar_subquery(), _SEQ).label("last_seq")
    bounds = select(_service.id, last_seq).where(_service.id.in_(_SERVICES)).cte().prefix_with("MATERIALIZED")
    # An outer join, so that SQLite begins with the bounds and not with the tickets.
    tickets = select(_ticket.id).outerjoin_from(bounds, t.ticket, is_earlier(_ticket, bounds.c.id, bounds.c.last_seq))
    first = tickets.order_by(_ticket.issue_seq.nulls_last()).limit(MAX_NAMED + 1)
    return select(first.subquery().c.id)


def _tickets_in(*ids: Select[tuple[str]]) -> Statement[Waiting]:
    """Return the statement for the tickets with these ids, each once."""
    return Statement(WAITING.where(_ticket.id.in_(union_all(*ids))), Waiting)


_CONTENDERS = _tickets_in(_restricted(), _first_in_order())
_WITH_IDS = Statement(WAITING.where(_ticket.id.in_(bindparam("ids", expanding=True))), Waiting)
_EARLIER_IN_ORDER = _tickets_in(_first_earlier(in_order=True))
_EARLIER = _tickets_in(_first_earlier(in_order=False))
LINE_START = (
    _restricted(),
    _first_in_order(),
    _first_of_line(bindparam("main", expanding=True)),
    _first_of_line(bindparam("also", expanding=True)),
)
"""Selects ids of waiting tickets of ``services``: all that can be next, and the first ``most`` of both lines.

One line is that of the services ``main``, the other that of ``also``.

Also all restricted ones: the rule (``callable_now``) gives each of these tickets the same place as among all. With at
least two first ones, a ticket with the same sort key as the next one is among them.
"""


_TICKET_OF_CALL = Statement(
    select(_ticket.head_start_ms, _ticket.issued_at_ms, _ticket.returned, _ticket.deferred, _ticket.leg).where(
        _ticket.id == bindparam("ticket")
    ),
    TicketOfCall,
)


def _ties_and_first_issued() -> Statement[Any]:
    """Return the statement that describes the waiting tickets of each service.

    Its columns: the service; the id of one with the key of the chosen ticket, not restricted and not the chosen one;
    and the sequence of the one issued first. None where there is none.
    """
    of_service = (_other.day == _DAY, t.TICKET_IS_WAITING, _other.service == _service.id)
    has_same_key = (_other.rank_key == bindparam("rank_key"), _other.issue_seq != _SEQ, *_in_order(_other))
    tie = select(_other.id).where(*of_service, *has_same_key).order_by(_other.issue_seq).limit(1).scalar_subquery()
    first_issued = select(func.min(_other.issue_seq)).where(*of_service).scalar_subquery()
    return Statement(select(_service.id, tie, first_issued))


_TIES_AND_FIRST_ISSUED = _ties_and_first_issued()
