"""Change the office, at once or from a later day on; take changes back."""

from collections.abc import Sequence
from datetime import date as calendar_date
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from config.clock import Now
from server.commands.calling import call_ready_counters
from server.commands.common import bad_request
from server.commands.waiting_lines import LineMoves, move_lines, unserved_lines
from server.domain.actor import SYSTEM, Actor, require_permission
from server.domain.calendar import local_date, local_ms
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import OfficeChanged, OfficeChangePlanned, OfficeChangeWithdrawn
from server.domain.office import OfficeDefinition
from server.domain.office_changes import (
    Edit,
    EditConflict,
    OfficeProblem,
    Part,
    Parts,
    ProblemKind,
    date_problems,
    edited,
    is_date,
    new_problems,
    office_from_parts,
    parts_of,
    past_date_problems,
    reverse,
)
from server.domain.office_changes.parts import LASTING_PARTS
from server.domain.permissions import Action
from server.domain.queue.counter import CounterState
from server.store import Tx
from server.store.queries import counter_row, open_ticket
from server.store.queries.office_changes import (
    OfficeChangeRow,
    find_office_change,
    planned_office_changes,
    undoing_change,
)

LAST_PLANNED_DAY = timedelta(days=3660)
"""How far ahead a change may be planned."""
NO_MOVES: LineMoves = MappingProxyType({})


class OfficeRefused(Exception):
    """The changed office would be impossible. ``problems`` has every reason."""

    def __init__(self, problems: Sequence[OfficeProblem]) -> None:
        super().__init__("; ".join(f"{problem.part.value} {problem.id}: {problem.kind.value}" for problem in problems))
        self.problems = tuple(problems)


def change_office(
    tx: Tx,
    actor: Actor,
    now: Now,
    edits: Sequence[Edit],
    *,
    date: str | None = None,
    undoes: str | None = None,
    moves: LineMoves = NO_MOVES,
) -> str:
    """Change parts of the office and return the id of the change.

    ``date``: the first service day with the change, later than today; None: at once. ``moves``: the services whose
    waiting people are transferred in the same step, with the service that they wait for then; only at once. Changes
    nothing at all, or everything. Raises ``bad_request`` for no edits, for a date that has passed and for a move that
    is impossible, :class:`EditConflict` when somebody else changed a part meanwhile, :class:`OfficeRefused` for an
    impossible office. Staff who may put up notices may change these and nothing else.
    """
    actor = require_permission(actor, _action_for(actor, edits, moves))
    if not edits:
        raise bad_request(Need.REASON)
    office = changed_office(tx.office, edits)
    change, rows = f"o-{tx.head.seq + 1}", [edit.data() for edit in edits]
    if date is None:
        _require_unused(tx, office, moves)
        tx.record(OfficeChanged(change=change, edits=rows, undoes=undoes, planned=False), actor, now)
        move_lines(tx, actor, now, moves)
        call_ready_counters(tx, now)
    else:
        _require_later(tx, now, date)
        tx.record(OfficeChangePlanned(change=change, date=date, edits=rows, undoes=undoes), actor, now)
    return change


def _action_for(actor: Actor, edits: Sequence[Edit], moves: LineMoves) -> Action:
    """Return the permission that the edits need."""
    are_notices = not moves and all(edit.part is Part.NOTICE for edit in edits)
    return Action.PUT_NOTICE if are_notices and actor.may(Action.PUT_NOTICE) else Action.MANAGE_OFFICE


def changed_office(office: OfficeDefinition, edits: Sequence[Edit]) -> OfficeDefinition:
    """Return the office after the edits. Raises :class:`EditConflict`, :class:`OfficeRefused`."""
    for edit in edits:
        if edit.after is None and edit.part in LASTING_PARTS:
            raise ValueError(f"{edit.part.value} {edit.id} may be in use; it is closed and not removed")
    present = parts_of(office)
    _require_known_fields(present, edits)
    parts = edited(present, edits)
    problems = [*date_problems(parts, edits), *new_problems(office, office_from_parts(parts, office))]
    if problems:
        raise OfficeRefused(problems)
    return office_from_parts(parts, office)


def refuse_past_dates(edits: Sequence[Edit], first_day: str) -> None:
    """Raise :class:`OfficeRefused` for a date that people enter and that is over on ``first_day``.

    A file that is imported may have the holidays of the whole year.
    """
    problems = past_date_problems(edits, first_day)
    if problems:
        raise OfficeRefused(problems)


def _require_known_fields(present: Parts, edits: Sequence[Edit]) -> None:
    """Raise ``ValueError`` for a field that its part has not.

    The database would store it, and nobody could read the office any more.
    """
    for edit in edits:
        unknown = set(edit.after or ()) - set(present.get(edit.key, edit.after or ()))
        if unknown:
            raise ValueError(f"{edit.part.value} {edit.id} has no field {', '.join(sorted(unknown))}")


def withdraw_change(tx: Tx, actor: Actor, now: Now, change: str) -> None:
    """Withdraw a planned change. Raises ``not_found`` and, when it is planned no longer, ``not_allowed``."""
    actor = require_permission(actor, Action.MANAGE_OFFICE)
    row = _required(tx, change)
    if row.state != "planned":
        raise Refused(Refusal.NOT_ALLOWED)
    tx.record(OfficeChangeWithdrawn(change=change, impossible=False), actor, now)


def undo_change(
    tx: Tx, actor: Actor, now: Now, change: str, *, date: str | None = None, moves: LineMoves = NO_MOVES
) -> str:
    """Take a change back by a new one, and return the id of that.

    ``date`` and ``moves`` as for :func:`change_office`. A service, counter, person or procedure that the change added
    is closed, because tickets may refer to it. Raises ``not_found``, ``not_allowed`` for a change that has not taken
    effect or was taken back, and as ``change_office``.
    """
    actor = require_permission(actor, Action.MANAGE_OFFICE)
    row = _required(tx, change)
    if row.state != "done" or undoing_change(tx.connection, change) is not None:
        raise Refused(Refusal.NOT_ALLOWED)
    return change_office(tx, actor, now, edits_to_undo(row), undoes=change, date=date, moves=moves)


def edits_to_undo(row: OfficeChangeRow) -> list[Edit]:
    """Return the edits that take a change back."""
    return undoing_edits([Edit.from_data(edit) for edit in row.edits])


def undoing_edits(edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits that take ``edits`` back.

    A part that they added and that tickets may refer to is closed.
    """
    return [_closing_if_added(edit) for edit in reverse(edits)]


def _closing_if_added(edit: Edit) -> Edit:
    """Return the edit, but close what it would remove and tickets may refer to."""
    if edit.after is None and edit.part in LASTING_PARTS:
        return Edit(edit.part, edit.id, {"closed": False}, {"closed": True})
    return edit


def apply_due_changes(tx: Tx, now: Now, *, entered_date: str | None = None) -> None:
    """Let the planned changes take effect whose service day has come.

    Only while no day is open, so that a day has one office from its opening on, and not while the date is in doubt,
    unless staff entered it: ``entered_date``. A change that does not fit the office any more is marked as impossible
    and changes nothing.
    """
    if tx.day is not None or not tx.head.office_rev or (tx.head.doubt is not None and entered_date is None):
        return
    today = entered_date or local_date(now.wall_ms, tx.office.zone)
    for row in planned_office_changes(tx.connection):
        if row.date is not None and row.date <= today:
            _apply_planned(tx, now, row)


def next_planned_ms(tx: Tx, now: Now) -> int | None:
    """Return when the next planned change is due (UTC ms); None without a future one."""
    zone = tx.office.zone
    dates = (row.date for row in planned_office_changes(tx.connection) if row.date is not None)
    return next((due_ms for date in dates if (due_ms := local_ms(date, 0, zone)) > now.wall_ms), None)


def _apply_planned(tx: Tx, now: Now, row: OfficeChangeRow) -> None:
    try:
        changed_office(tx.office, [Edit.from_data(edit) for edit in row.edits])
    except (EditConflict, OfficeRefused, ValueError, LookupError, TypeError):  # a change must not stop the hall
        tx.record(OfficeChangeWithdrawn(change=row.id, impossible=True), SYSTEM, now)
        return
    rows: Sequence[dict[str, Any]] = [dict(edit) for edit in row.edits]
    tx.record(OfficeChanged(change=row.id, edits=rows, undoes=row.undoes, planned=True), SYSTEM, now)


def _require_unused(tx: Tx, office: OfficeDefinition, moves: LineMoves) -> None:
    """Raise :class:`OfficeRefused` for what the hall uses at this moment.

    That is a counter closed for good that is open or serves somebody, the last counter of a service for which people
    wait who are not moved, and the time zone of an open day.
    """
    problems = [
        OfficeProblem(ProblemKind.PEOPLE_WAIT, Part.SERVICE, service, "", {"n": waiting})
        for service, waiting in unserved_lines(tx, tx.office, office).items()
        if service not in moves
    ]
    for counter in office.counters.values():
        before = tx.office.counters.get(counter.id)
        if counter.closed and before is not None and not before.closed and _is_in_use(tx, counter.id):
            problems.append(OfficeProblem(ProblemKind.COUNTER_IN_USE, Part.COUNTER, counter.id, "closed"))
    if office.zone != tx.office.zone and tx.day is not None:
        problems.append(OfficeProblem(ProblemKind.DAY_OPEN, Part.OFFICE, "", "zone"))
    if problems:
        raise OfficeRefused(problems)


def _is_in_use(tx: Tx, counter: str) -> bool:
    is_open = counter_row(tx.connection, counter).state is not CounterState.CLOSED
    return is_open or open_ticket(tx.connection, counter) is not None


def _require_later(tx: Tx, now: Now, date: str) -> None:
    """Raise ``bad_request`` unless ``date`` is a date after today, and not too far away."""
    today = local_date(now.wall_ms, tx.office.zone)
    last_day = (calendar_date.fromisoformat(today) + LAST_PLANNED_DAY).isoformat()
    if not is_date(date) or not today < date <= last_day:
        raise bad_request(Need.DATE)


def _required(tx: Tx, change: str) -> OfficeChangeRow:
    row = find_office_change(tx.connection, change)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"change": change})
    return row
