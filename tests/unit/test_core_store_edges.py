"""The store at its edges: failed groups, older facts, and falling time."""

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from core_hall import Hall, in_state
from sqlalchemy import text

from server.domain.facts import FactKind
from server.domain.queue.ticket import TicketState
from server.store import StorageFailed
from server.store.apply import Inconsistent, apply
from server.store.chain import BrokenChain, entry_hash, verified
from server.store.journal import read_entries
from support.waiting import PATIENCE_S


def with_head_start(tx: Any, minutes: int) -> int:
    """Change the office under ``tx``, and return what the command then sees."""
    change = text("UPDATE office SET rev = 2, rules = json_set(rules, '$.head_start_min', :minutes)")
    tx.connection.execute(change, {"minutes": minutes})
    return int(tx.office.rules.head_start_min)


def test_an_office_that_a_failed_commit_took_back_is_not_kept(hall: Hall) -> None:
    there, go = threading.Event(), threading.Event()

    def hold(tx: Any, now: Any) -> None:
        there.set()
        assert go.wait(PATIENCE_S)

    def owe(tx: Any, now: Any) -> None:
        tx.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        tx.connection.execute(text("UPDATE counter_state SET clerk='nobody' WHERE counter='c1'"))

    hall.writer.submit(hold)
    assert there.wait(PATIENCE_S)
    failing: list[Future[Any]] = [hall.writer.submit(lambda tx, now: with_head_start(tx, 99)), hall.writer.submit(owe)]
    go.set()
    for future in failing:
        with pytest.raises(StorageFailed):
            future.result(PATIENCE_S)
    assert hall.ask(lambda tx, now: with_head_start(tx, 10)) == 10
    assert hall.issue("HT", "priority").rank_key == hall.number("A001").issued_ms - 10 * 60_000


def test_a_chain_in_which_queue_time_falls_is_broken_though_its_hashes_fit(hall: Hall) -> None:
    hall.issue()
    hall.clock.go(1000)
    hall.issue()
    with hall.read() as snapshot:
        facts = list(read_entries(snapshot.connection))
    assert list(verified(iter(facts))) == facts
    last = facts[-1]
    fallen = replace(last, queue_ms=facts[-2].queue_ms - 1)
    fallen = replace(fallen, own=entry_hash(fallen.columns()))
    with pytest.raises(BrokenChain, match="queue time falls") as caught:
        list(verified(iter([*facts[:-1], fallen])))
    assert caught.value.seq == last.seq


def apply_old(hall: Hall, kind: FactKind, ticket: str, service: str, data: dict[str, Any]) -> None:
    """Apply an entry of an older journal, at counter c1, as the next one."""
    with hall.read() as snapshot:
        last = list(read_entries(snapshot.connection))[-1]
    subject: Any = {"ticket": ticket, "counter": "c1", "service": service}
    entry = replace(last, kind=kind, seq=last.seq + 1, request_id=None, data=data, **subject)
    with hall.store.engines.write.begin() as connection:
        apply(connection, entry)


def test_facts_whose_data_are_not_those_of_their_kind_do_not_apply(hall: Hall) -> None:
    row = in_state(hall, TicketState.CALLED)
    with pytest.raises(Inconsistent, match="reason is missing"):
        apply_old(hall, FactKind.REQUEUED, row.id, "HT", {"number": row.number})
    with pytest.raises(Inconsistent, match="from: 'lost' is not a valid TicketState"):
        apply_old(hall, FactKind.CANCELLED, row.id, "HT", {"number": row.number, "from": "lost", "reason": None})


def test_facts_from_before_a_ticket_could_be_put_off_or_sent_to_one_counter_still_apply(hall: Hall) -> None:
    """Older journals have neither the time of a put-off ticket nor the next errand's pin."""
    row = in_state(hall, TicketState.CALLED)
    apply_old(hall, FactKind.REQUEUED, row.id, "HT", {"number": row.number, "reason": None})
    back = hall.row(row.id)
    assert (back.state, back.callable_from_ms, back.behind_next) == (TicketState.WAITING, 0, False)
    hall.next("c1")
    hall.move(row, "start", counter="c1")
    sent_on = {"number": row.number, "outcome": "received", "procedure": None}
    apply_old(hall, FactKind.SENT_ON, row.id, "CT", sent_on)
    assert (hall.row(row.id).service, hall.row(row.id).pin) == ("CT", None)
