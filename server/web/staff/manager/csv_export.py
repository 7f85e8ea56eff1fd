"""A day as a CSV file: one ticket per line, separated by semicolons.

Semicolons because spreadsheets set to Vietnamese read a comma as the decimal separator. A cell that a spreadsheet
would evaluate as a formula gets an apostrophe in front. Times are in the hall's zone; durations are whole seconds.
"""

import csv
import io
from collections.abc import Sequence

from server import views
from server.store import Snapshot
from server.tables.files import FORMULA_PREFIXES
from server.web.shared.formatting import Formatter
from server.web.shared.phrases import OUTCOMES, RATING_LEVELS, STATES, phrase

COLUMNS = (
    "number",
    "service",
    "procedure",
    "class",
    "state",
    "outcome",
    "issued",
    "called",
    "wait_s",
    "service_s",
    "counter",
    "transfers",
    "legs",
    "void",
    "reason",
    "rating",
    "still_waiting_s",
)
"""The first line of the file.

``issued``, ``called`` (the first call): hall time. ``wait_s``: from issue to the first call or, of a ticket that was
never called, until it was cancelled or expired; empty before. ``service_s``: over all legs, empty while one has no
recorded end. ``counter``: the first that called it. ``void``: 1 for a cancelled test ticket. ``reason``: why the ticket
is absent or cancelled, the clerk's text or the code void; empty if none was recorded, and in all other states.
``still_waiting_s``: of a ticket in the state waiting that was never called, from issue until the file is made; empty
for every other ticket, also for one that was cancelled or expired without a call.
"""


def csv_text(snapshot: Snapshot, day: str, formatter: Formatter) -> str:
    """Return the text of the file, with line ends as in RFC 4180. ``day`` is the id of the day."""
    office, words = views.office_of_day(snapshot, day), formatter.words
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for ticket in views.day_tickets(snapshot, day):
        measured, procedure = ticket.measured, office.procedures.get(ticket.procedure or "")
        wait_ms, service_ms, uncalled_ms = measured.wait_ms, measured.service_ms, measured.uncalled_ms
        cells: Sequence[object] = (
            measured.number,
            words.pick(office.services[measured.service].name),
            words.pick(procedure.name) if procedure else "",
            ticket.ticket_class,
            phrase(STATES, measured.state.value, words),
            phrase(OUTCOMES, ticket.outcome, words) if ticket.outcome else "",
            formatter.time(ticket.issued_at_ms),
            formatter.time(ticket.called_at_ms) if ticket.called_at_ms is not None else "",
            "" if wait_ms is None else wait_ms // 1000,
            "" if service_ms is None else service_ms // 1000,
            office.counters[measured.first_counter].label if measured.first_counter else "",
            measured.transfers,
            len(measured.legs),
            int(measured.void),
            ticket.reason or "",
            phrase(RATING_LEVELS, measured.rating, words) if measured.rating else "",
            "" if uncalled_ms is None else uncalled_ms // 1000,
        )
        writer.writerow([escape_formula(cell) for cell in cells])
    return text.getvalue()


def escape_formula(cell: object) -> object:
    """Return a cell with an apostrophe before a text that a spreadsheet would evaluate."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_PREFIXES) else cell
