"""Taking back the own last move: exactly what was before, by its own fact."""

import json
from typing import Any

import pytest
from core_hall import MINUTE, Hall, clerk, in_state, keypad, manager, refusal, request_id, visitor
from sqlalchemy import select
from test_core_moves import MORE, TABLE

from server import commands
from server.commands import Actor
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.apply.undoing import UNDOABLE
from server.store.queries import TicketRow
from server.wire.messages import UndoMove

GOES_ON = {"rev", "changed_at_ms", "changed_ms"}
MOVES = [
    (move, state) for move, sources in TABLE.items() if move not in ("recall", "issue", "expire") for state in sources
]


def rows(hall: Hall, ticket: TicketRow) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the ticket's columns that a move may change, and its legs."""
    with hall.read() as snapshot:
        row = snapshot.connection.execute(select(t.ticket).where(t.ticket.c.id == ticket.id)).one()
        legs = snapshot.connection.execute(select(t.leg).where(t.leg.c.ticket == ticket.id).order_by(t.leg.c.n)).all()
    columns = {name: value for name, value in row._mapping.items() if name not in GOES_ON}
    return columns, [dict(leg._mapping) for leg in legs]


@pytest.mark.parametrize(("move", "state"), MOVES)
def test_every_move_of_the_table_can_be_taken_back_whole(hall: Hall, move: str, state: TicketState) -> None:
    row = in_state(hall, state)
    before = rows(hall, row)
    hall.clock.go(MINUTE)
    hall.move(row, move, **{"counter": "c1"} | MORE.get(move, {}))
    assert rows(hall, row) != before
    seq = hall.facts()[-1].seq
    hall.clock.go(MINUTE)
    hall.undo(row)
    assert rows(hall, row) == before
    fact = hall.facts()[-1]
    assert (fact.kind, json.loads(fact.data)["undone"]) == ("ticket.move_undone", seq)


def test_all_legs_come_back(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    hall.move(row, "finish_next", counter="c1", outcome="received", service="HT")
    hall.next("c1")
    before = rows(hall, row)
    assert len(before[1]) == 2
    hall.move(row, "start", counter="c1")
    hall.undo(row)
    assert rows(hall, row) == before


def test_all_moves_but_two_can_be_taken_back() -> None:
    assert len(UNDOABLE) == len({move for move, _ in MOVES} - {"call_chosen"})


def test_only_the_last_move_can_be_taken_back_and_only_once(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    hall.undo(row)
    assert hall.row(row.id).state is TicketState.CALLED
    assert refusal(hall.undo, row).values["need"] == "undo_nothing"


def test_a_move_of_somebody_else_stays(hall: Hall) -> None:
    row = in_state(hall, TicketState.CALLED)
    hall.move(row, "requeue", counter="c1")
    assert refusal(hall.undo, row, Actor(clerk("c2").role, "binh"), None).values["need"] == "undo_nothing"
    assert refusal(hall.undo, row, manager(), None).values["need"] == "undo_nothing"
    hall.move(row, "cancel", reason="left", actor=manager())
    assert refusal(hall.undo, row).values["need"] == "undo_nothing"
    assert hall.undo(row, manager(), None).state is TicketState.WAITING


def test_a_clerk_takes_back_what_the_keypad_of_the_counter_did(hall: Hall) -> None:
    row = in_state(hall, TicketState.CALLED)
    hall.move(row, "no_show", counter="c1", reason="left", actor=keypad())
    assert refusal(hall.undo, row, clerk("c2"), "c2").values["need"] == "undo_nothing"
    assert hall.undo(row).state is TicketState.CALLED


def test_after_two_minutes_a_move_stays(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    hall.move(row, "hold", counter="c1", reason="copies")
    hall.clock.go(2 * MINUTE + 1)
    refused = refusal(hall.undo, row)
    assert (refused.values["need"], refused.values["minutes"]) == ("undo_late", 2)


def test_a_counter_that_serves_another_ticket_gets_none_back(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    hall.move(row, "finish", counter="c1", outcome="received")
    hall.issue()
    assert hall.next("c1") is not None
    assert refusal(hall.undo, row).code == "open_ticket"


def test_a_closed_counter_gets_none_back(hall: Hall) -> None:
    row = in_state(hall, TicketState.CALLED)
    hall.move(row, "no_show", counter="c1", reason="left")
    hall.state("c1", "closed")
    assert refusal(hall.undo, row).code == "counter_closed"


def test_a_recall_was_heard_and_nothing_before_it_is_taken_back(hall: Hall) -> None:
    row = in_state(hall, TicketState.CALLED)
    hall.move(row, "recall", counter="c1")
    assert refusal(hall.undo, row).values["need"] == "undo_nothing"


def test_a_visitor_takes_back_the_own_choice_and_nothing_else(hall: Hall) -> None:
    row = in_state(hall, TicketState.WAITING)
    hall.move(row, "cancel", actor=visitor())
    assert hall.undo(row, visitor(), None).state is TicketState.WAITING
    hall.move(row, "call_chosen", counter="c1", reason="x")
    assert refusal(hall.undo, row, visitor(), None).values["need"] == "undo_nothing"


def test_a_ticket_that_is_taken_back_is_called_to_a_counter_that_is_ready(hall: Hall) -> None:
    row = in_state(hall, TicketState.WAITING)
    hall.move(row, "cancel", reason="left", actor=manager())
    hall.ready("c2")
    assert hall.undo(row, manager(), None).state is TicketState.CALLED
    assert hall.row(row.id).counter == "c2"


def test_a_call_is_taken_back_and_does_not_count(hall: Hall) -> None:
    row = in_state(hall, TicketState.WAITING)
    called = hall.next("c1")
    assert called is not None
    back = hall.undo(row)
    assert (back.state, back.calls, back.called_ms, back.rank_key) == (TicketState.WAITING, 0, None, row.rank_key)
    again = hall.next("c1")
    assert again is not None
    assert again.id == row.id


def test_the_close_of_the_day_ends_all_ways_back(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVED)
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert refusal(hall.undo, row).code == "day_closed"
    with hall.read() as snapshot:
        assert snapshot.connection.execute(select(t.ticket_before)).all() == []


def test_a_repeated_request_takes_back_one_move(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    body = UndoMove(request_id=request_id(), counter="c1")
    for _ in range(2):
        hall.ask(lambda tx, now: commands.undo_move(tx, clerk("c1"), now, row.id, body))
    assert hall.row(row.id).state is TicketState.CALLED


def test_a_served_visitor_comes_back_to_the_old_place(hall: Hall) -> None:
    row = hall.served()
    later = hall.issue()
    back = hall.move(row, "rejoin", counter="c1")
    assert (back.state, back.rank_key, back.counter, back.outcome) == (TicketState.WAITING, row.rank_key, None, None)
    called = hall.next("c1")
    assert called is not None
    assert called.id == row.id != later.id


def test_a_pin_to_a_counter_that_has_closed_does_not_come_back(hall: Hall) -> None:
    hall.open("c2")
    row = hall.move(hall.issue("HT"), "transfer", actor=clerk("c1"), counter="c1", service="HT", pin="c2")
    hall.move(row, "cancel", reason="x")
    hall.state("c2", "closed")
    again = hall.undo(row)
    assert (again.state, again.pin) == (TicketState.WAITING, None)
    assert [fact.kind for fact in hall.facts()[-2:]] == ["ticket.move_undone", "ticket.unpinned"]
