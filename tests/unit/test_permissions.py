"""The table of permissions, and every action by every role through its command."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from core_hall import HOUR, Hall, in_state, kiosk, manager, request_id

from server import commands
from server.commands import Actor, Refused, Role
from server.domain.moves import Move
from server.domain.permissions import ROLES, Action, may, require_permission
from server.domain.queue.ticket import TicketState, moves_for
from server.store import Tx
from server.store.queries import TicketRow, newest_call, open_help_calls
from server.wire.messages import (
    AskHelp,
    CallNext,
    IssueTicket,
    JobResult,
    MoveTicket,
    Printed,
    Rate,
    RatingLevel,
    Scan,
    Seen,
    SetCounterState,
    SetReady,
    SignIn,
    to_time,
)

V, K, C, M, S = "visitor", "station", "clerk", "manager", "system"
PAGES = {"see_counter", "see_hall", "see_health"}

# The table, written out by hand.
TABLE: dict[str, set[str]] = {
    "issue": {K, C, M},
    "call": {K, C, S},
    "call_chosen": {K, C},
    "recall": {K, C},
    "start": {K, C},
    "finish": {K, C, S},
    "finish_next": {K, C},
    "no_show": {K, C},
    "return": {K, C, M},
    "requeue": {K, C, S},
    "hold": {K, C},
    "resume": {K, C},
    "release": {K, C, S},
    "transfer": {K, C},
    "defer": {V, C, M},
    "reclassify": {C, M},
    "reopen": {K, C},
    "cancel": {V, C, M},
    "expire": {S},
    "call_next": {K, C, M},
    "set_counter_state": {K, C, M},
    "sign_in": {K, C, M},
    "set_ready": {K, C, M},
    "acknowledge_call": {K, C, M},
    "note_dossier": {K, C, M},
    "rate": {K, C, M},
    "scan": {V, K, C, M, S},
    "reprint": {K, C, M},
    "use_printer": {C, M},
    "dismiss_slip": {C, M},
    "take_help": {C, M},
    "report_print": {V, K, C, M, S},
    "report_job": {V, K, C, M, S},
    "report_call_seen": {V, K, C, M, S},
    "ask_help": {V, K, C, M, S},
    "open_day": {C, M, S},
    "close_day": {C, M, S},
    "reopen_day": {C, M, S},
    "confirm_clock": {C, M, S},
    "enter_date": {C, M, S},
    "stop_issuing": {C, M, S},
    "resume_issuing": {C, M, S},
    "see_counter": {C},
    "see_hall": {C, M},
    "see_health": {C, M},
}

Run = Callable[[Tx, Actor, Any], Any]


@dataclass(frozen=True)
class MoveCase:
    """The state in which a move is legal, and what else its request has."""

    state: TicketState
    more: dict[str, Any]


MOVE_CASES: dict[str, MoveCase] = {
    "call": MoveCase(TicketState.WAITING, {}),
    "call_chosen": MoveCase(TicketState.WAITING, {"reason": "asked"}),
    "recall": MoveCase(TicketState.CALLED, {}),
    "start": MoveCase(TicketState.CALLED, {}),
    "finish": MoveCase(TicketState.SERVING, {"outcome": "received"}),
    "finish_next": MoveCase(TicketState.SERVING, {"outcome": "received", "service": "CT"}),
    "no_show": MoveCase(TicketState.CALLED, {"reason": "left"}),
    "return": MoveCase(TicketState.NO_SHOW, {}),
    "requeue": MoveCase(TicketState.CALLED, {}),
    "hold": MoveCase(TicketState.SERVING, {"reason": "copies"}),
    "resume": MoveCase(TicketState.HELD, {}),
    "release": MoveCase(TicketState.HELD, {}),
    "transfer": MoveCase(TicketState.WAITING, {"service": "CT"}),
    "defer": MoveCase(TicketState.WAITING, {}),
    "reclassify": MoveCase(TicketState.WAITING, {"class": "priority", "reason": "pregnant"}),
    "reopen": MoveCase(TicketState.SERVED, {}),
    "cancel": MoveCase(TicketState.WAITING, {"reason": "void"}),
}


def move(word: str) -> Callable[[Hall], Run]:
    """Return what prepares a ticket for a move and returns the move's command."""

    def prepare(hall: Hall) -> Run:
        ticket, case = in_state(hall, MOVE_CASES[word].state), MOVE_CASES[word]

        def run(tx: Tx, actor: Actor, now: Any) -> Any:
            body = {"request_id": request_id(), "move": word, "counter": "c1"} | case.more
            return commands.move_ticket(tx, actor, now, ticket.id, MoveTicket.model_validate(body))

        return run

    return prepare


def issue(hall: Hall) -> Run:
    def run(tx: Tx, actor: Actor, now: Any) -> Any:
        body = {"request_id": request_id(), "service": "HT", "class": "ordinary", "station": "kiosk-1"}
        return commands.issue(tx, actor, now, IssueTicket.model_validate(body), hall.ids)

    return run


def at_counter(command: Callable[..., Any], ask: Callable[[], Any]) -> Callable[[Hall], Run]:
    """Return the command at the open, free counter c1, with a new request each time."""
    return lambda hall: lambda tx, actor, now: command(tx, actor, now, "c1", ask())


def acknowledge(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.acknowledge_call(tx, actor, now, "c1")


def note_dossier(hall: Hall) -> Run:
    in_state(hall, TicketState.SERVING)
    code = "000.00.01.H26-261123-0001"
    return lambda tx, actor, now: commands.note_dossier(tx, actor, now, request(), "c1", code)


def rate(hall: Hall) -> Run:
    hall.served("c1")
    return lambda tx, actor, now: commands.rate(
        tx,
        actor,
        now,
        Rate(request_id=request_id(), station="counters-1", counter="c1", level=RatingLevel.SATISFIED),
    )


def scan(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.scan(tx, actor, now, Scan(station="counters-1", text="anything"))


def request() -> AskHelp:
    return AskHelp(request_id=request_id(), station="kiosk-1")


def unclear_slip(hall: Hall) -> TicketRow:
    """A ticket of which nobody knows whether its slip came out."""
    ticket, ask = hall.issue(), Printed(state="unknown", station="kiosk-1")
    hall.ask(lambda tx, now: commands.report_print(tx, kiosk(), now, ticket.id, ask))
    return ticket


def reprint(hall: Hall) -> Run:
    ticket = hall.issue()
    return lambda tx, actor, now: commands.reprint(tx, actor, now, request(), ticket.id, "kiosk-1")


def use_printer(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.request_printer_job(tx, actor, now, request(), "kiosk-1", "test")


def dismiss_slip(hall: Hall) -> Run:
    ticket = unclear_slip(hall)
    return lambda tx, actor, now: commands.dismiss_slip(tx, actor, now, request(), ticket.id)


def ask_help(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.ask_help(tx, actor, now, request())


def take_help(hall: Hall) -> Run:
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, request()))
    with hall.read() as snapshot:
        call = open_help_calls(snapshot.connection, snapshot.head.day)[0].id
    return lambda tx, actor, now: commands.take_help(tx, actor, now, call)


def report_print(hall: Hall) -> Run:
    ticket, ask = hall.issue(), Printed(state="printed", station="kiosk-1")
    return lambda tx, actor, now: commands.report_print(tx, actor, now, ticket.id, ask)


def report_job(hall: Hall) -> Run:
    job = hall.ask(lambda tx, now: commands.request_printer_job(tx, manager(), now, request(), "kiosk-1", "roll")).job
    result = JobResult(station="kiosk-1", state="done")
    return lambda tx, actor, now: commands.report_job(tx, actor, now, job, result)


def report_call_seen(hall: Hall) -> Run:
    ticket = in_state(hall, TicketState.CALLED)
    with hall.read() as snapshot:
        call = newest_call(snapshot.connection, ticket.id)
    assert call is not None
    ask = Seen(station="tv-1", shown_at=to_time(hall.clock.wall_ms))
    return lambda tx, actor, now: commands.report_call_seen(tx, actor, now, call.id, ask)


def closed_day(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))


def open_day(hall: Hall) -> Run:
    closed_day(hall)
    hall.clock.go(24 * HOUR)
    return commands.open_day


def reopen_day(hall: Hall) -> Run:
    closed_day(hall)
    return lambda tx, actor, now: commands.reopen_day(tx, actor, now, "closed too early")


def enter_date(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.enter_date(tx, actor, now, "2026-11-23")


def stop_issuing(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.stop_issuing(tx, actor, now, "HT")


def resume_issuing(hall: Hall) -> Run:
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "HT"))
    return lambda tx, actor, now: commands.resume_issuing(tx, actor, now, "HT")


COMMANDS: dict[str, Callable[[Hall], Run]] = {word: move(word) for word in MOVE_CASES} | {
    "issue": issue,
    "call_next": at_counter(commands.call_next, lambda: CallNext(request_id=request_id())),
    "set_counter_state": at_counter(
        commands.set_state,
        lambda: SetCounterState.model_validate({"request_id": request_id(), "state": "paused"}),
    ),
    "sign_in": at_counter(commands.sign_in, lambda: SignIn(request_id=request_id(), clerk=None)),
    "set_ready": at_counter(commands.set_ready, lambda: SetReady(request_id=request_id(), ready=True)),
    "acknowledge_call": acknowledge,
    "note_dossier": note_dossier,
    "rate": rate,
    "scan": scan,
    "reprint": reprint,
    "use_printer": use_printer,
    "dismiss_slip": dismiss_slip,
    "take_help": take_help,
    "report_print": report_print,
    "report_job": report_job,
    "report_call_seen": report_call_seen,
    "ask_help": ask_help,
    "open_day": open_day,
    "close_day": lambda hall: commands.close_day,
    "reopen_day": reopen_day,
    "confirm_clock": lambda hall: commands.confirm_clock,
    "enter_date": enter_date,
    "stop_issuing": stop_issuing,
    "resume_issuing": resume_issuing,
}


def refusal(hall: Hall, run: Run, role: Role) -> str | None:
    """Run a command in this role and undo it; return the code of its refusal."""

    def attempt(tx: Tx, now: Any) -> str | None:
        savepoint = tx.connection.begin_nested()
        own = Tx(tx.connection, tx.boot_id, always_open=tx.always_open, own=None)
        try:
            run(own, Actor(role, "somebody"), now)
        except Refused as refused:
            return refused.code.value
        finally:
            savepoint.rollback()
        return None

    code: str | None = hall.ask(attempt)
    return code


def test_the_table_is_the_one_written_here() -> None:
    assert {action.value: {role.value for role in roles} for action, roles in ROLES.items()} == TABLE


def test_every_move_and_every_action_has_its_own_word_and_its_roles() -> None:
    assert set(ROLES) == {*Move, *Action}
    assert len(ROLES) == len(Move) + len(Action)


def test_every_action_but_expiry_and_the_pages_has_a_command_here() -> None:
    assert set(COMMANDS) == set(TABLE) - PAGES - {"expire"}


@pytest.mark.parametrize("action", sorted(COMMANDS))
def test_a_command_is_carried_out_for_the_roles_of_the_table_and_forbidden_to_all_others(
    hall: Hall, action: str
) -> None:
    run = COMMANDS[action](hall)
    codes = {role.value: refusal(hall, run, role) for role in Role}
    assert codes == {role.value: None if role.value in TABLE[action] else "forbidden" for role in Role}


def test_nobody_lets_a_ticket_expire_by_a_request(hall: Hall) -> None:
    ticket = hall.issue()
    ask = MoveTicket(request_id=request_id(), move="expire")
    run: Run = lambda tx, actor, now: commands.move_ticket(tx, actor, now, ticket.id, ask)
    assert {refusal(hall, run, role) for role in Role if role is not Role.SYSTEM} == {"forbidden"}


@pytest.mark.parametrize(("action", "role"), list(itertools.product(Action, Role)))
def test_what_is_not_permitted_is_refused_as_forbidden(action: Action, role: Role) -> None:
    if may(role, action):
        require_permission(role, action)
        return
    with pytest.raises(Refused) as caught:
        require_permission(role, action)
    assert (caught.value.code, caught.value.values, caught.value.allowed) == ("forbidden", {}, ())


@pytest.mark.parametrize(("role", "state"), list(itertools.product(Role, TicketState)))
def test_the_moves_for_a_role_are_the_legal_ones_that_it_may_make(role: Role, state: TicketState) -> None:
    legal = {
        TicketState.WAITING: {"call", "call_chosen", "transfer", "defer", "reclassify", "cancel", "expire"},
        TicketState.CALLED: {"recall", "start", "no_show", "requeue", "transfer", "reclassify", "cancel", "expire"},
        TicketState.SERVING: {"finish", "finish_next", "hold", "transfer"},
        TicketState.SERVED: {"reopen"},
        TicketState.HELD: {"resume", "release", "transfer", "cancel", "expire"},
        TicketState.NO_SHOW: {"return", "cancel"},
    }
    expected = {word for word in legal.get(state, set()) if role.value in TABLE[word]}
    assert {allowed.value for allowed in moves_for(role, state)} == expected
