"""Helper functions of endpoints: find the actor, run the command, return the state."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from config.clock import Now
from server import views
from server.commands import Actor, CommandResult
from server.domain.errors import Refusal, Refused
from server.domain.permissions import Action
from server.store import Snapshot, Tx
from server.web.api.endpoint import ApiRequest
from server.web.shared.callers import CallerProof, current_caller, station_actor
from server.web.shared.context import current_context
from server.web.shared.errors import Rejected
from server.web.shared.identity import browser_sign_ins
from server.wire.messages import Counter, ProblemCode, Ticket

Result = TypeVar("Result")
CounterCommand = Callable[[Tx, Actor, Now, str, Any], CommandResult]


def run_at_counter(request: ApiRequest[Any], command: CounterCommand) -> Counter:
    """Run ``command`` for the counter of the path, and return the counter's new state."""
    actor, counter = actor_of(request, request.ids["id"]), request.ids["id"]

    def work(tx: Tx, now: Now) -> Counter:
        command(tx, actor, now, counter, request.body)
        return views.counter(request.context.store.snapshot_of(tx, now), counter)

    with presence_unless_forbidden(request, counter):
        return run_command(request, work)


def run_command(request: ApiRequest[Any], work: Callable[[Tx, Now], Result]) -> Result:
    """Run ``work`` in a transaction and return its result."""
    return request.context.writer.ask(work)


def ticket_after(
    request: ApiRequest[Any], command: Callable[[Tx, Now], CommandResult], *, with_dossier: bool = True
) -> Ticket:
    """Run ``command`` and return the state of its ticket after it.

    The ticket is read in the command's transaction. Raises as ``ticket_of`` does.
    """

    def work(tx: Tx, now: Now) -> Ticket:
        result = command(tx, now)
        return ticket_of(request.context.store.snapshot_of(tx, now), result, with_dossier=with_dossier)

    return run_command(request, work)


def ticket_of(snapshot: Snapshot, result: CommandResult, *, with_dossier: bool) -> Ticket:
    """Return the ticket that a command returned, as ``snapshot`` has it. Raises ``not_found``.

    ``with_dossier`` False: for devices in front of visitors.
    """
    visitor_token, repeated = result.visitor_token, result.repeated
    ticket = views.ticket_by_id(
        snapshot, result.ticket or "", visitor_token=visitor_token, repeated=repeated, with_dossier=with_dossier
    )
    if ticket is None:
        raise Refused(Refusal.NOT_FOUND)
    return ticket


def counter_now(request: ApiRequest[Any]) -> Counter:
    """Return the current state of the counter of the path. Raises ``not_found``."""
    with request.context.store.read() as snapshot:
        return views.counter(snapshot, request.ids["id"])


def actor_of(request: ApiRequest[Any], counter: str | None = None) -> Actor:
    """Return the actor of a command at ``counter``: the caller, whose station the body names."""
    return station_actor(request.body.station, counter)


@contextmanager
def presence_unless_forbidden(request: ApiRequest[Any], counter: str | None) -> Iterator[None]:
    """Store a sign of life of the counter after the block, unless that was forbidden."""
    try:
        yield
    except Refused as refused:
        if refused.code is not Refusal.FORBIDDEN:
            note_presence(request, counter, request.body.station)
        raise
    note_presence(request, counter, request.body.station)


def require_presence_at(counter: str) -> None:
    """Raise ``forbidden`` for a device of another counter, and for a person who is elsewhere."""
    caller = current_caller()
    is_other_device = caller.device is not None and counter not in caller.device.counters
    if is_other_device or (caller.kind is CallerProof.PERSON and not _is_still_there(caller.id, counter)):
        raise Rejected(ProblemCode.FORBIDDEN)


def _is_still_there(person: str, counter: str) -> bool:
    """Return whether the person is at the counter, taken in this browser."""
    with current_context().store.read() as snapshot:
        return browser_sign_ins().at(counter) is not None and views.clerk_at(snapshot, counter) == person


def may_see_dossiers() -> bool:
    """Return whether the caller may see the codes of dossiers.

    Devices in front of visitors and readers may not.
    """
    return current_caller().may(Action.NOTE_DOSSIER)


def note_presence(request: ApiRequest[Any], counter: str | None, station: str | None) -> None:
    """Store a sign of life of the counter, because a station there sent this request."""
    if counter is not None and station is not None:
        request.context.presence.note_sign_of_life(counter, request.context.now())
