"""Every move from every state, against a table of literals; and every guard."""

from typing import Any

import pytest
from core_hall import HOUR, Hall, clerk, in_state, kiosk, refusal, visitor

from server import commands
from server.commands import Actor, Role
from server.domain.queue.ticket import MOVES, TicketState, state_after

W, C, S, D, H, N, X, E = (
    TicketState.WAITING,
    TicketState.CALLED,
    TicketState.SERVING,
    TicketState.SERVED,
    TicketState.HELD,
    TicketState.NO_SHOW,
    TicketState.CANCELLED,
    TicketState.EXPIRED,
)
# The published table, written out by hand: from which state each move leads where.
TABLE: dict[str, dict[TicketState, TicketState]] = {
    "issue": {},
    "call": {W: C},
    "call_chosen": {W: C},
    "recall": {C: C},
    "start": {C: S},
    "finish": {S: D},
    "finish_next": {S: W},
    "no_show": {C: N},
    "return": {N: W},
    "requeue": {C: W},
    "hold": {S: H},
    "resume": {H: S},
    "release": {H: W},
    "transfer": {W: W, C: W, S: W, H: W},
    "defer": {W: W},
    "reclassify": {W: W, C: C},
    "correct": {W: W, C: C, S: S, H: H},
    "reopen": {D: S},
    "rejoin": {D: W},
    "cancel": {W: X, C: X, H: X, N: X},
    "expire": {},  # legal from waiting, called, held, but for the system only: nobody can ask for it
}
BY_SYSTEM = {"expire": {W, C, H}}
MORE: dict[str, dict[str, Any]] = {
    "call_chosen": {"reason": "asked"},
    "finish": {"outcome": "received"},
    "finish_next": {"outcome": "received", "service": "CT"},
    "no_show": {"reason": "left"},
    "hold": {"reason": "copies"},
    "transfer": {"service": "CT"},
    "reclassify": {"class": "priority", "reason": "pregnant"},
    "correct": {"procedure": "1.001193"},
    "cancel": {"reason": "void"},
}
STAFF_ONLY = {"reclassify", "cancel", "defer", "return"}


def test_the_move_table_leads_where_the_published_one_does() -> None:
    leads = {move.value: {state: state_after(move, state) for state in rule.sources} for move, rule in MOVES.items()}
    assert leads == TABLE | {"expire": {W: E, C: E, H: E}}


@pytest.mark.parametrize("state", list(TicketState))
@pytest.mark.parametrize("move", list(TABLE))
def test_every_pair_of_state_and_move_does_what_the_table_says(hall: Hall, state: TicketState, move: str) -> None:
    row = in_state(hall, state)
    before = hall.facts()
    ask = {"counter": "c1"} | MORE.get(move, {})
    if state is E:
        assert refusal(hall.move, row, move, **ask).code == "day_closed"
        assert hall.facts() == before
    elif state in TABLE[move]:
        assert hall.move(row, move, **ask).state is TABLE[move][state]
        assert len(hall.facts()) == len(before) + 1
    else:
        refused = refusal(hall.move, row, move, **ask)
        legal_for_system = state in BY_SYSTEM.get(move, set())
        assert refused.code == ("forbidden" if legal_for_system else "not_allowed")
        if not legal_for_system:
            possible = {name for name, ways in TABLE.items() if state in ways}
            assert set(refused.allowed) == possible
        assert hall.facts() == before
        assert hall.row(row.id) == row


def test_an_expired_ticket_stays_expired_on_the_next_day(hall: Hall) -> None:
    row = in_state(hall, E)
    hall.clock.go(48 * HOUR)
    hall.tick()
    hall.open("c1")
    for move in TABLE:
        assert refusal(hall.move, row, move, counter="c1", **MORE.get(move, {})).code == "not_allowed"


def test_a_word_that_is_no_move_is_refused_with_the_known_ones(hall: Hall) -> None:
    refused = refusal(hall.move, hall.issue(), "teleport")
    assert refused.code == "unknown_move"
    assert set(refused.allowed) == set(TABLE)


@pytest.mark.parametrize("move", ["recall", "start", "finish", "hold", "call", "transfer"])
def test_a_visitor_may_only_defer_and_cancel(hall: Hall, move: str) -> None:
    state = {"finish": S, "hold": S, "call": W}.get(move, C)
    row = in_state(hall, state)
    ask = {"counter": "c1"} | MORE.get(move, {})
    assert refusal(hall.move, row, move, actor=visitor(), **ask).code == "forbidden"


def test_a_visitor_cancels_and_defers_without_a_reason(hall: Hall) -> None:
    assert hall.move(hall.issue(), "cancel", actor=visitor()).state is X
    assert hall.move(hall.issue(), "defer", actor=visitor()).deferred


@pytest.mark.parametrize(
    ("state", "move", "ask", "need"),
    [
        (W, "call_chosen", {"counter": "c1"}, "reason"),
        (W, "call_chosen", {"reason": "asked"}, "counter"),
        (C, "start", {}, "counter"),
        (S, "finish", {"counter": "c1"}, "outcome"),
        (S, "finish_next", {"counter": "c1", "outcome": "received"}, "service"),
        (S, "hold", {"counter": "c1"}, "reason"),
        (W, "transfer", {}, "service"),
        (W, "reclassify", {"reason": "x"}, "ticket_class"),
        (W, "reclassify", {"class": "priority"}, "reason"),
        (W, "correct", {}, "procedure"),
        (W, "cancel", {}, "reason"),
        (S, "transfer", {"service": "CT"}, "counter"),
    ],
)
def test_a_move_without_what_it_needs_says_what_is_missing(
    hall: Hall, state: TicketState, move: str, ask: dict[str, Any], need: str
) -> None:
    row = in_state(hall, state)
    refused = refusal(hall.move, row, move, **ask)
    assert refused.code == "bad_request"
    assert refused.values["need"] == need
    assert hall.row(row.id) == row


@pytest.mark.parametrize("move", ["recall", "start", "requeue", "no_show"])
def test_another_counter_may_not_move_the_ticket(hall: Hall, move: str) -> None:
    row = in_state(hall, C)
    refused = refusal(hall.move, row, move, counter="c2", **MORE.get(move, {}))
    assert (refused.code, refused.values["need"]) == ("not_allowed", "counter")


@pytest.mark.parametrize("ask", [{"counter": "c9"}, {"pin": "c9"}])
def test_an_unknown_counter_is_not_found(hall: Hall, ask: dict[str, str]) -> None:
    assert refusal(hall.move, hall.issue(), "transfer", service="CT", **ask, actor=clerk()).code == "not_found"


def test_unknown_ticket_service_and_counter_change_nothing(hall: Hall) -> None:
    before = hall.facts()
    assert refusal(hall.move, "t-none", "start", counter="c1").code == "not_found"
    assert refusal(hall.issue, "ZZ").code == "unknown_service"
    assert refusal(hall.next, "c9", actor=clerk()).code == "not_found"
    assert refusal(hall.issue, "XX").code == "no_counter"
    assert refusal(hall.issue, "CT", procedure="1.001193").code == "bad_request"
    assert hall.facts() == before


@pytest.mark.parametrize("actor", [visitor(), Actor(Role.SYSTEM, "system")])
def test_visitors_may_neither_issue_nor_call_nor_close(hall: Hall, actor: Actor) -> None:
    assert refusal(hall.issue, actor=actor).code == "forbidden"
    assert refusal(hall.next, "c1", actor=actor).code == "forbidden"
    assert refusal(hall.state, "c1", "closed", actor=actor).code == "forbidden"


def test_a_kiosk_may_not_close_the_day(hall: Hall) -> None:
    assert refusal(hall.ask, lambda tx, now: commands.close_day(tx, kiosk(), now)).code == "forbidden"
