"""Facts of the work that stations do, and of visitors who ask for help."""

from collections.abc import Mapping

from sqlalchemy import Connection

from server.domain.ticket import State
from server.store import tables as t
from server.store.apply.rows import Apply, add, change_one, change_ticket
from server.store.facts import Fact, Kind


def _make_job(connection: Connection, fact: Fact) -> None:
    row = {name: fact.data[name] for name in ("station", "kind", "mark")}
    key = {"id": fact.data["job"], "seq": fact.seq, "day": fact.day, "ticket": fact.ticket}
    add(connection, t.job, state="open", made_at_ms=fact.at_ms, **key, **row)
    if row["kind"] == "seen":
        change_ticket(connection, fact, State, print_seen_at_ms=fact.at_ms)


def _do_job(connection: Connection, fact: Fact) -> None:
    done = {"state": fact.data["state"], "proof": fact.data["proof"], "done_at_ms": fact.at_ms}
    change_one(connection, fact, t.job, (t.job.c.id == fact.data["job"],), **done)


def _ask_help(connection: Connection, fact: Fact) -> None:
    row = {"id": fact.data["help"], "day": fact.day, "station": fact.data["station"], "at_ms": fact.at_ms}
    add(connection, t.help_call, **row)


def _take_help(connection: Connection, fact: Fact) -> None:
    taken = {"taken_at_ms": fact.at_ms, "taken_by": fact.actor_id}
    change_one(connection, fact, t.help_call, (t.help_call.c.id == fact.data["help"],), **taken)


JOBS: Mapping[Kind, Apply] = {
    Kind.JOB_MADE: _make_job,
    Kind.JOB_DONE: _do_job,
    Kind.HELP_ASKED: _ask_help,
    Kind.HELP_TAKEN: _take_help,
}
