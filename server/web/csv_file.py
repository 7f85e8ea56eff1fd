"""A day as a CSV file: one ticket a line, semicolons, a first line of names.

Semicolons because spreadsheets set to Vietnamese read a comma as the decimal mark. A cell that a spreadsheet
would take for a formula gets an apostrophe in front. Times are the hall's; durations are whole seconds.
"""

import csv
import io
from collections.abc import Sequence

from server import views
from server.domain.measures import served_ms
from server.store.queries import tickets_of
from server.store.store import Reading
from server.web.figures import Figures
from server.web.phrases import LEVELS, OUTCOMES, STATES, phrase

FORMULA = ("=", "+", "-", "@", "\t", "\r")
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


def csv_text(reading: Reading, date: str, fig: Figures) -> str:
    """The file's text, lines ended as RFC 4180 wants them."""
    office, words = reading.office, fig.words
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for ticket, row in zip(tickets_of(reading.connection, date), views.day_rows(reading, date), strict=True):
        procedure = office.procedures.get(ticket.procedure or "")
        wait_ms, service_ms = row.wait_ms, served_ms(row)
        cells: Sequence[object] = (
            row.number,
            words.pick(office.services[row.service].name),
            words.pick(procedure.name) if procedure else "",
            ticket.ticket_class,
            phrase(STATES, row.state.value, words),
            phrase(OUTCOMES, ticket.outcome, words) if ticket.outcome else "",
            fig.time(ticket.issued_at_ms),
            fig.time(ticket.called_at_ms) if ticket.called_at_ms is not None else "",
            "" if wait_ms is None else wait_ms // 1000,
            "" if service_ms is None else service_ms // 1000,
            office.counters[row.counter].label if row.counter else "",
            row.transfers,
            len(row.legs),
            int(row.void),
            ticket.reason or "",
            phrase(LEVELS, row.rating, words) if row.rating else "",
            "" if row.uncalled_ms is None else row.uncalled_ms // 1000,
        )
        writer.writerow([defused(cell) for cell in cells])
    return out.getvalue()


def defused(cell: object) -> object:
    """A text that no spreadsheet runs."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
