"""A call's explanation names twenty tickets of a kind; earlier facts have all others."""

from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

from core_hall import MINUTE, Hall

from server.domain.facts import FactKind
from server.domain.queue.choice import MAX_NAMED, CallingCounter, Waiting
from server.store import replay
from server.store.backends.sqlite_engine import open_engines
from server.store.entry import JournalEntry
from server.store.journal import read_entries
from server.store.migrations import migrate
from server.store.queries import waiting_rows

PASSED = MAX_NAMED + 7


def waiting_before(folder: Path, entries: list[JournalEntry], called: JournalEntry) -> list[Waiting]:
    """Return all tickets that waited before an entry, from the facts before it alone."""
    with closing(open_engines(folder / "again.db")) as again:
        migrate(again.write)
        replay.replay(again.write, takewhile(lambda entry: entry.seq < called.seq, entries))
        with again.read.connect() as connection:
            return [row.waiting for row in waiting_rows(connection, called.day)]


def passed_of(waiting: list[Waiting], called: JournalEntry, counter: CallingCounter) -> dict[str, list[str]]:
    """Return the numbers of all earlier tickets: served by the counter, and of other services."""
    chosen = next(ticket for ticket in waiting if ticket.id == called.ticket)
    earlier = sorted(
        (ticket for ticket in waiting if ticket.issued_ms < chosen.issued_ms), key=lambda ticket: ticket.seq
    )
    return {
        "passed": [ticket.number for ticket in earlier if ticket.service in counter.serves],
        "other_services": [ticket.number for ticket in earlier if ticket.service not in counter.serves],
    }


def test_the_facts_before_a_call_have_every_ticket_that_its_explanation_leaves_out(hall: Hall, tmp_path: Path) -> None:
    for _ in range(PASSED):
        hall.issue("HT"), hall.issue("CT")
        hall.clock.go(1_000)
    hall.clock.go(MINUTE)
    hall.issue("HT", "priority")
    assert hall.next("c1") is not None
    with hall.read() as snapshot:
        entries = list(read_entries(snapshot.connection))
        counter = CallingCounter("c1", snapshot.office.serves("c1", "an"))
    called = entries[-1]
    assert called.kind is FactKind.CALLED
    why: dict[str, Any] = called.data["why"]
    every = passed_of(waiting_before(tmp_path, entries, called), called, counter)
    assert {kind: len(numbers) for kind, numbers in every.items()} == {"passed": PASSED, "other_services": PASSED}
    for kind, numbers in every.items():
        assert (why[kind], why[f"more_{kind}"]) == (numbers[:MAX_NAMED], True)
