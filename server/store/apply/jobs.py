"""Facts of the stations' jobs, and of calls for help."""

from collections.abc import Mapping

from sqlalchemy import Connection

from server.domain.facts import (
    Fact,
    HelpAsked,
    HelpTaken,
    JobDone,
    JobMade,
)
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, change_ticket, insert_row, update_one_row
from server.store.entry import JournalEntry


def _make_job(connection: Connection, entry: JournalEntry, fact: JobMade) -> None:
    row = {"station": fact.station, "kind": fact.job_kind, "mark": fact.mark}
    key = {"id": fact.job, "seq": entry.seq, "day": entry.day, "ticket": entry.ticket}
    insert_row(connection, t.job, state="open", made_at_ms=entry.at_ms, **key, **row)
    if fact.job_kind == "seen":
        change_ticket(connection, entry, TicketState, print_seen_at_ms=entry.at_ms)


def _finish_job(connection: Connection, entry: JournalEntry, fact: JobDone) -> None:
    done = {"state": fact.state, "proof": fact.proof, "done_at_ms": entry.at_ms}
    update_one_row(connection, entry, t.job, {"id": fact.job}, **done)


def _ask_help(connection: Connection, entry: JournalEntry, fact: HelpAsked) -> None:
    row = {"id": fact.call, "day": entry.day, "station": fact.station, "at_ms": entry.at_ms}
    insert_row(connection, t.help_call, **row)


def _take_help(connection: Connection, entry: JournalEntry, fact: HelpTaken) -> None:
    taken = {"taken_at_ms": entry.at_ms, "taken_by": entry.actor_id}
    update_one_row(connection, entry, t.help_call, {"id": fact.call}, **taken)


JOBS: Mapping[type[Fact], ApplyFact] = {
    JobMade: _make_job,
    JobDone: _finish_job,
    HelpAsked: _ask_help,
    HelpTaken: _take_help,
}
