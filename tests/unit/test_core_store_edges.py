"""The store at its edges: a group that failed leaves no picture behind, and the chain refuses time that falls."""

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from core_hall import Hall, clerk, in_state
from sqlalchemy import text

from server.domain.ticket import State
from server.store.facts import Fact, Kind, Subject, seal
from server.store.journal import Broken, chained, read_facts
from server.store.writer import StorageFailed
from waiting import PATIENCE_S


def with_head_start(tx: Any, minutes: int) -> int:
    """Change the office under ``tx`` to its second revision, and say what the command then sees."""
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
    with hall.read() as reading:
        facts = list(read_facts(reading.connection))
    assert list(chained(iter(facts))) == facts
    last = facts[-1]
    fallen = replace(last, queue_ms=facts[-2].queue_ms - 1)
    fallen = replace(fallen, own=seal({name: getattr(fallen, name) for name in Fact.__dataclass_fields__}))
    with pytest.raises(Broken, match="queue time falls") as caught:
        list(chained(iter([*facts[:-1], fallen])))
    assert caught.value.seq == last.seq


def test_facts_from_before_a_ticket_could_be_put_off_or_sent_to_one_counter_still_apply(hall: Hall) -> None:
    """Older journals have no word of when a ticket is callable again, and none of a pin of the next errand."""
    row = in_state(hall, State.CALLED)
    about: Subject = {"ticket": row.id, "counter": "c1", "service": "HT"}
    old = {"number": row.number, "reason": None}
    hall.ask(lambda tx, now: tx.record(Kind.REQUEUED, clerk(), now, **about, data=old))
    back = hall.row(row.id)
    assert (back.state, back.callable_from_ms, back.behind_next) == (State.WAITING, 0, False)
    hall.next("c1")
    hall.move(row, "start", counter="c1")
    sent: Subject = about | {"service": "CT"}
    data = {"number": row.number, "outcome": "received", "procedure": None}
    hall.ask(lambda tx, now: tx.record(Kind.SENT_ON, clerk(), now, **sent, data=data))
    assert (hall.row(row.id).service, hall.row(row.id).pin) == ("CT", None)
