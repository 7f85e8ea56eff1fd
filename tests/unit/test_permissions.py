"""The table of permissions, and every action by every role through its command."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from core_hall import HOUR, Hall, in_state, kiosk, manager, request_id

from server import commands, views
from server.access.api_tokens import Scope
from server.commands import Actor, Refused, Role
from server.domain.actor import require_permission
from server.domain.facts import TicketDeferred
from server.domain.moves import Move
from server.domain.office_changes import Edit, Part
from server.domain.permissions import DEVICE_KINDS, PERMISSIONS, SCOPES, Action, Permission, any_may, may
from server.domain.queue.ticket import TicketState, moves_for
from server.store import Tx
from server.store.queries import TicketRow, newest_call, open_help_calls
from server.wire.messages import (
    AskHelp,
    CallNext,
    IssueTicket,
    JobResult,
    JudgeDevice,
    MoveTicket,
    Printed,
    RaiseAlarm,
    Rate,
    RatingLevel,
    Scan,
    Seen,
    SetCounterState,
    SetReady,
    SignIn,
    UndoMove,
    to_time,
)

V, K, C, L, M, A, U, P, S = (
    "visitor",
    "station",
    "clerk",
    "lead_clerk",
    "manager",
    "administrator",
    "auditor",
    "program",
    "system",
)
PAGES = {action.value for action in Action if action.value.startswith(("see_", "manage_"))} | {
    "direct_counters",
    "mend_devices",
}

# The table, written out by hand.
TABLE: dict[str, set[str]] = {
    "issue": {K, C, L, M, P},
    "call": {K, C, L, P, S},
    "call_chosen": {K, C, L, P},
    "recall": {K, C, L, P},
    "start": {K, C, L, P},
    "finish": {K, C, L, P, S},
    "finish_next": {K, C, L, P},
    "no_show": {K, C, L, P},
    "return": {K, C, L, M, P},
    "requeue": {K, C, L, P, S},
    "hold": {K, C, L, P},
    "resume": {K, C, L, P},
    "release": {K, C, L, P, S},
    "transfer": {K, C, L, P},
    "defer": {V, C, L, M, P},
    "reclassify": {C, L, M, P},
    "correct": {C, L, M, P},
    "reopen": {K, C, L, P},
    "rejoin": {K, C, L, P},
    "cancel": {V, C, L, M, P},
    "expire": {S},
    "undo_move": {V, K, C, L, M, P},
    "call_next": {K, C, L, P},
    "set_counter_state": {K, C, L, M, P},
    "direct_counters": {L, M},
    "sign_in": {K, C, L, M},
    "set_ready": {K, C, L, P},
    "acknowledge_call": {K, C, L, P},
    "note_dossier": {K, C, L, P},
    "raise_alarm": {K, C, L, P},
    "note_ticket": {C, L},
    "rate": {K, S},
    "scan": {K, C, L, S},
    "reprint": {K, C, L, M},
    "use_printer": {C, L, M, A},
    "try_devices": {K, L, M, A},
    "mend_devices": {L, M, A},
    "dismiss_slip": {C, L, M},
    "take_help": {C, L, M},
    "take_alarm": {C, L, M, A},
    "send_colleague": {L, M},
    "send_message": {C, L},
    "message_counters": {L, M},
    "report_print": {K, S},
    "report_job": {K, S},
    "report_call_seen": {K, S},
    "ask_help": {K, S},
    "open_day": {L, M, S},
    "close_day": {L, M, S},
    "reopen_day": {L, M, S},
    "practise": {L, M, S},
    "confirm_clock": {L, M, S},
    "enter_date": {L, M, S},
    "stop_issuing": {L, M, S, P},
    "resume_issuing": {L, M, S, P},
    "lend_services": {L, M, P},
    "put_notice": {L, M, A},
    "see_office": {K, C, L, M, A, U, P},
    "see_board": {K, C, L, M, A, U, P},
    "see_tickets": {K, C, L, M, A, U, P},
    "see_jobs": {K},
    "see_counter": {C, L},
    "see_hall": {C, L, M, A, U},
    "see_reports": {L, M, U, P},
    "see_health": {K, C, L, M, A, U, P},
    "see_journal": {K, M, U, P},
    "see_account": {C, L, M, A, U},
    "see_administration": {A, U},
    "see_access_log": {A, U},
    "manage_office": {A},
    "manage_people": {A},
    "manage_devices": {A},
    "manage_programs": {A},
    "manage_network": {A},
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
    "correct": MoveCase(TicketState.WAITING, {"procedure": "1.001193"}),
    "reopen": MoveCase(TicketState.SERVED, {}),
    "rejoin": MoveCase(TicketState.SERVED, {}),
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


def note_ticket(hall: Hall) -> Run:
    row = in_state(hall, TicketState.SERVING)
    return lambda tx, actor, now: commands.note_ticket(tx, actor, now, request(), row.id, "c1", "waits for a copy")


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
    return lambda tx, actor, now: commands.request_printer_job(tx, actor, now, request(), "kiosk-1", "roll")


def try_devices(hall: Hall) -> Run:
    judgement = JudgeDevice(request_id=request_id(), station="kiosk-1", device="printer", fault="pale")
    return lambda tx, actor, now: commands.record_trial(tx, actor, now, judgement)


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


def take_alarm(hall: Hall) -> Run:
    body = RaiseAlarm(request_id=request_id())
    hall.ask(lambda tx, now: commands.raise_alarm(tx, kiosk(), now, "c1", body))
    with hall.read() as snapshot:
        (alarm,) = views.strip(snapshot).alarms
    return lambda tx, actor, now: commands.take_alarm(tx, actor, now, alarm.id)


def send_colleague(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.send_colleague(tx, actor, now, request(), "c1", counter="c2")


def send_message(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.message_managers(tx, actor, now, request_id(), "c1", "Hết giấy")


def message_counters(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.message_counters(tx, actor, now, request_id(), "c1", "Mời họp")


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


def undo_move(hall: Hall) -> Run:
    row, ask = in_state(hall, TicketState.WAITING), UndoMove(request_id=request_id())
    own_move = TicketDeferred(ticket=row.id, counter=None, service=row.service, number=row.number, key=row.rank_key)

    def run(tx: Tx, actor: Actor, now: Any) -> Any:
        tx.record(own_move, actor, now)
        return commands.undo_move(tx, actor, now, row.id, ask)

    return run


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


def lend_services(hall: Hall) -> Run:
    return lambda tx, actor, now: commands.lend_service(tx, actor, now, "c1", "DD")


def put_notice(hall: Hall) -> Run:
    row = {"text": {"vi": "Xin chào"}, "since": None, "until": None}
    edit = Edit(Part.NOTICE, "n1", None, row)
    return lambda tx, actor, now: commands.change_office(tx, actor, now, [edit])


COMMANDS: dict[str, Callable[[Hall], Run]] = {word: move(word) for word in MOVE_CASES} | {
    "issue": issue,
    "undo_move": undo_move,
    "call_next": at_counter(commands.call_next, lambda: CallNext(request_id=request_id())),
    "set_counter_state": at_counter(
        commands.set_state,
        lambda: SetCounterState.model_validate({"request_id": request_id(), "state": "paused"}),
    ),
    "sign_in": at_counter(commands.sign_in, lambda: SignIn(request_id=request_id(), clerk=None)),
    "set_ready": at_counter(commands.set_ready, lambda: SetReady(request_id=request_id(), ready=True)),
    "acknowledge_call": acknowledge,
    "note_dossier": note_dossier,
    "note_ticket": note_ticket,
    "rate": rate,
    "scan": scan,
    "reprint": reprint,
    "use_printer": use_printer,
    "try_devices": try_devices,
    "dismiss_slip": dismiss_slip,
    "take_help": take_help,
    "raise_alarm": at_counter(commands.raise_alarm, lambda: RaiseAlarm(request_id=request_id())),
    "take_alarm": take_alarm,
    "send_colleague": send_colleague,
    "send_message": send_message,
    "message_counters": message_counters,
    "report_print": report_print,
    "report_job": report_job,
    "report_call_seen": report_call_seen,
    "ask_help": ask_help,
    "open_day": open_day,
    "close_day": lambda hall: commands.close_day,
    "reopen_day": reopen_day,
    "practise": lambda hall: commands.stop_practice,
    "confirm_clock": lambda hall: commands.confirm_clock,
    "enter_date": enter_date,
    "stop_issuing": stop_issuing,
    "resume_issuing": resume_issuing,
    "lend_services": lend_services,
    "put_notice": put_notice,
}


def refusal(hall: Hall, run: Run, role: Role) -> str | None:
    """Run a command in this role and undo it; return the code of its refusal."""

    def attempt(tx: Tx, now: Any) -> str | None:
        savepoint = tx.connection.begin_nested()
        own = Tx(tx.connection, tx.boot_id, always_open=tx.always_open, own=None)
        try:
            run(own, Actor(role, "an"), now)
        except Refused as refused:
            return refused.code.value
        finally:
            savepoint.rollback()
        return None

    code: str | None = hall.ask(attempt)
    return code


def test_the_table_is_the_one_written_here() -> None:
    every: list[Permission] = [*Move, *Action]
    assert {action.value: {role.value for role in Role if may(role, action)} for action in every} == TABLE


def test_every_move_and_every_action_has_its_own_word_and_every_role_its_permissions() -> None:
    assert len({*Move, *Action}) == len(Move) + len(Action) == len(TABLE)
    assert set(PERMISSIONS) == set(Role)


def test_a_device_may_do_nothing_that_no_station_may_and_only_the_work_of_its_kind() -> None:
    assert all(permissions <= PERMISSIONS[Role.STATION] for permissions in DEVICE_KINDS.values())
    may_call = {kind for kind, permissions in DEVICE_KINDS.items() if Action.CALL_NEXT in permissions}
    may_issue = {kind for kind, permissions in DEVICE_KINDS.items() if Move.ISSUE in permissions}
    assert (may_call, may_issue) == ({"counter"}, {"kiosk"})
    assert not any(Action.SIGN_IN in permissions for permissions in (*DEVICE_KINDS.values(), *SCOPES.values()))
    assert DEVICE_KINDS["node"] == frozenset()
    assert {action.value for action in DEVICE_KINDS["browser"]} == {"see_office", "see_board", "report_call_seen"}


def test_each_scope_of_a_program_has_its_part_of_the_table() -> None:
    assert set(SCOPES) == {scope.value for scope in Scope}
    assert frozenset().union(*SCOPES.values()) == PERMISSIONS[Role.PROGRAM]
    assert {scope for scope, permissions in SCOPES.items() if Action.CALL_NEXT in permissions} == {"call"}


def test_an_actor_limited_to_the_work_of_a_device_may_do_no_more_than_that() -> None:
    kiosk = Actor(Role.STATION, "kiosk-2", only=DEVICE_KINDS["kiosk"])
    assert kiosk.may(Move.ISSUE)
    assert not kiosk.may(Action.CALL_NEXT)
    with pytest.raises(Refused):
        require_permission(kiosk, Action.CALL_NEXT)


def test_the_journal_records_the_first_role_of_a_person_that_grants_the_action() -> None:
    person = Actor(Role.CLERK, "an", roles=(Role.MANAGER, Role.CLERK, Role.AUDITOR))
    recorded = [require_permission(person, action).role for action in (Move.START, Move.CANCEL, Action.CLOSE_DAY)]
    assert recorded == [Role.CLERK, Role.CLERK, Role.MANAGER]
    assert require_permission(person, Action.SEE_ACCESS_LOG).role is Role.AUDITOR


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
def test_a_refusal_as_forbidden_names_the_roles_of_persons_that_may(action: Action, role: Role) -> None:
    actor = Actor(role, "an")
    if may(role, action):
        assert require_permission(actor, action) == actor
        return
    with pytest.raises(Refused) as caught:
        require_permission(actor, action)
    named = set(str(caught.value.values["roles"]).split(", ")) - {""}
    persons = TABLE[action.value] & {C, L, M, A, U}
    assert (caught.value.code, caught.value.allowed) == ("forbidden", ())
    assert named == (persons - {L} if C in persons else persons)


def test_an_auditor_reads_every_page_and_changes_nothing() -> None:
    reading = {action for action in Action if action.value.startswith("see_")} - {Action.SEE_COUNTER, Action.SEE_JOBS}
    assert PERMISSIONS[Role.AUDITOR] == reading


def test_no_role_of_a_person_but_administrator_manages_anything() -> None:
    others = [role for role in Role if role is not Role.ADMINISTRATOR]
    assert not any(any_may(others, action) for action in Action if action.value.startswith("manage_"))


@pytest.mark.parametrize(("role", "state"), list(itertools.product(Role, TicketState)))
def test_the_moves_for_a_role_are_the_legal_ones_that_it_may_make(role: Role, state: TicketState) -> None:
    legal = {
        TicketState.WAITING: {"call", "call_chosen", "transfer", "defer", "reclassify", "correct", "cancel", "expire"},
        TicketState.CALLED: {
            "recall",
            "start",
            "no_show",
            "requeue",
            "transfer",
            "reclassify",
            "correct",
            "cancel",
            "expire",
        },
        TicketState.SERVING: {"finish", "finish_next", "hold", "transfer", "correct"},
        TicketState.SERVED: {"reopen", "rejoin"},
        TicketState.HELD: {"resume", "release", "transfer", "correct", "cancel", "expire"},
        TicketState.NO_SHOW: {"return", "cancel"},
    }
    expected = {word for word in legal.get(state, set()) if role.value in TABLE[word]}
    assert {allowed.value for allowed in moves_for(role, state)} == expected
