"""Endpoints of counters and of scans."""

from config.clock import Now
from server import commands, views
from server.commands import CommandResult
from server.store import Snapshot, Tx
from server.web.api.endpoint import ApiRequest
from server.web.api.requests import (
    actor_of,
    counter_now,
    note_presence,
    presence_unless_forbidden,
    require_presence_at,
    run_at_counter,
    run_command,
    ticket_of,
)
from server.web.shared import scans
from server.web.shared.scanned_slips import ScanProblem
from server.wire.messages import (
    Called,
    CallNext,
    Counter,
    Here,
    RaiseAlarm,
    Scan,
    Scanned,
    SetCounterState,
    SetReady,
    SignIn,
    UnreadScan,
)


def call_next(request: ApiRequest[CallNext]) -> Called:
    actor, counter = actor_of(request, request.ids["id"]), request.ids["id"]

    def work(tx: Tx, now: Now) -> Called:
        result = commands.call_next(tx, actor, now, counter, request.body)
        snapshot = request.context.store.snapshot_of(tx, now)
        return views.called(snapshot, counter, result.ticket, repeated=result.repeated)

    with presence_unless_forbidden(request, counter):
        return run_command(request, work)


def set_state(request: ApiRequest[SetCounterState]) -> Counter:
    return run_at_counter(request, commands.set_state)


def sign_in(request: ApiRequest[SignIn]) -> Counter:
    return run_at_counter(request, commands.sign_in)


def set_ready(request: ApiRequest[SetReady]) -> Counter:
    return run_at_counter(request, commands.set_ready)


def raise_alarm(request: ApiRequest[RaiseAlarm]) -> None:
    actor, counter = actor_of(request, request.ids["id"]), request.ids["id"]
    run_command(request, lambda tx, now: commands.raise_alarm(tx, actor, now, counter, request.body))


def report_presence(request: ApiRequest[Here]) -> Counter:
    counter, actor = request.ids["id"], actor_of(request, request.ids["id"])

    def acknowledge(tx: Tx, now: Now) -> Counter:
        commands.acknowledge_call(tx, actor, now, counter)
        return views.counter(request.context.store.snapshot_of(tx, now), counter)

    # ``key``: somebody pressed a key, which acknowledges a call; without it, the keypad or page is only present.
    require_presence_at(counter)
    current = run_command(request, acknowledge) if request.body.key else counter_now(request)
    note_presence(request, counter, request.body.station)
    return current


def scan(request: ApiRequest[Scan]) -> Scanned:
    actor, counter = actor_of(request, request.body.counter), request.body.counter

    def draw(snapshot: Snapshot, scanned: commands.ScanResult) -> Scanned:
        if scanned.ticket is None:
            return Scanned(kind="unknown")
        result = CommandResult(scanned.ticket, counter)
        return Scanned(kind=scanned.meaning.value, ticket=ticket_of(snapshot, result, with_dossier=counter is not None))

    return scans.run_scan(
        request.context,
        counter,
        request.context.writer.ask,
        lambda tx, now: commands.scan(tx, actor, now, request.body),
        draw,
    )


def report_unread_scan(request: ApiRequest[UnreadScan]) -> None:
    require_presence_at(request.ids["id"])
    note_presence(request, counter_now(request).id, request.body.station)
    scans.show_problem_at(request.context, request.ids["id"], ScanProblem(request.body.why.value))
