"""The changes of the office for pages, and the office of an earlier day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.commands.waiting_lines import MOVED_STATES
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit, office_from_parts, parts_of, taken_back
from server.store import Snapshot
from server.store.queries import tickets_of
from server.store.queries.office_changes import (
    OfficeChangeRow,
    find_office_change,
    last_closing_seq,
    newest_office_changes,
    office_changes_done_after,
    planned_office_changes,
    undoing_change,
)

PAGE_ROWS = 50
"""The changes on one page of the history."""


@dataclass(frozen=True, slots=True)
class OfficeChange:
    """A change of the office.

    ``at_ms``: when it was made or planned (UTC ms), by the person ``by`` (an id) in the role ``by_role``. ``date``: the
    first day with a planned one; None: it was made at once. ``state``: planned, done, withdrawn or impossible.
    ``undoes``: the change that it takes back; ``undone_by``: the one that took it back, or is planned to.
    """

    id: str
    seq: int
    at_ms: int
    by_role: str
    by: str
    date: str | None
    state: str
    edits: Sequence[Edit]
    undoes: str | None
    undone_by: str | None


def office_change(snapshot: Snapshot, change: str) -> OfficeChange | None:
    """Return the change with this id."""
    row = find_office_change(snapshot.connection, change)
    return None if row is None else _change(snapshot, row)


def planned_changes(snapshot: Snapshot) -> Sequence[OfficeChange]:
    """Return the planned changes in the order in which they take effect."""
    return [_change(snapshot, row) for row in planned_office_changes(snapshot.connection)]


def office_history(snapshot: Snapshot, before_seq: int | None = None, rows: int = PAGE_ROWS) -> Sequence[OfficeChange]:
    """Return the newest changes, or those before the one with the sequence ``before_seq``, newest first."""
    last_seq = snapshot.head.seq + 1 if before_seq is None else before_seq
    return [_change(snapshot, row) for row in newest_office_changes(snapshot.connection, last_seq, rows)]


def office_of_day(snapshot: Snapshot, day: str) -> OfficeDefinition:
    """Return the office at a day's close; the present one for an open day.

    Every change that took effect later is taken back, newest first.
    """
    closing_seq = last_closing_seq(snapshot.connection, day)
    if closing_seq is None or day == snapshot.head.day:
        return snapshot.office
    changes = office_changes_done_after(snapshot.connection, closing_seq)
    if not changes:
        return snapshot.office
    parts = parts_of(snapshot.office)
    for row in changes:
        parts = taken_back(parts, [Edit.from_data(edit) for edit in row.edits])
    return office_from_parts(parts, snapshot.office)


def people_in_line(snapshot: Snapshot) -> Mapping[str, int]:
    """Return how many people wait for each service.

    Those set aside are included, those at a counter are not.
    """
    return Counter(row.service for row in tickets_of(snapshot.connection, snapshot.head.day, MOVED_STATES))


def _change(snapshot: Snapshot, row: OfficeChangeRow) -> OfficeChange:
    return OfficeChange(
        id=row.id,
        seq=row.seq,
        at_ms=row.at_ms,
        by_role=row.by_role,
        by=row.by,
        date=row.date,
        state=row.state,
        edits=[Edit.from_data(edit) for edit in row.edits],
        undoes=row.undoes,
        undone_by=undoing_change(snapshot.connection, row.id) if row.state == "done" else None,
    )
