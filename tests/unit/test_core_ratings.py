"""Ratings: who may rate which ticket, once and in time."""

from typing import Any

import pytest
from core_hall import MINUTE, Hall, in_state, keypad, refusal, request_id, visitor
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import commands
from server.commands import Actor
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.wire.messages import Rate


def rate(hall: Hall, level: str = "satisfied", counter: str = "c1", actor: Actor | None = None, **more: Any) -> Any:
    ask = Rate.model_validate(
        {"request_id": request_id(), "station": "counters-1", "counter": counter, "level": level} | more
    )
    return hall.ask(lambda tx, now: commands.rate(tx, actor or keypad(), now, ask))


def ratings(hall: Hall) -> list[tuple[str, str]]:
    with hall.read() as snapshot:
        return [(row.ticket, row.level) for row in snapshot.connection.execute(select(t.rating))]


def test_the_ticket_served_last_is_rated_once(hall: Hall) -> None:
    hall.served("c1")
    hall.clock.go(MINUTE)
    last = hall.served("c1")
    rate(hall, "very_satisfied")
    assert ratings(hall) == [(last.id, "very_satisfied")]
    assert refusal(rate, hall).values["need"] == "rate_once"
    assert len(ratings(hall)) == 1


def test_a_repeated_rating_is_answered_and_not_counted_twice(hall: Hall) -> None:
    hall.served("c1")
    again = request_id()
    for _ in range(2):
        rate(hall, request_id=again)
    assert len(ratings(hall)) == 1


def test_nobody_rates_before_anybody_was_served(hall: Hall) -> None:
    assert refusal(rate, hall).values["need"] == "rate_early"
    in_state(hall, TicketState.CALLED)
    assert refusal(rate, hall).values["need"] == "rate_early"


def test_who_is_being_served_does_not_rate_the_one_before(hall: Hall) -> None:
    first = hall.served("c1")
    second = hall.issue("HT")
    hall.next("c1")
    hall.move(second, "start", counter="c1")
    assert refusal(rate, hall).values["need"] == "rate_early"
    hall.clock.go(MINUTE)
    hall.move(second, "finish", counter="c1", outcome="received")
    rate(hall)
    assert [ticket for ticket, _ in ratings(hall)] == [second.id]
    assert first.id != second.id


def test_who_leaves_may_rate_while_the_next_one_walks_up(hall: Hall) -> None:
    first = hall.served("c1")
    hall.issue("HT")
    hall.next("c1")
    rate(hall)
    assert [ticket for ticket, _ in ratings(hall)] == [first.id]


@pytest.mark.parametrize(("after_ms", "open_still"), [(10 * MINUTE, True), (10 * MINUTE + 1, False)])
def test_ten_minutes_later_it_is_too_late(hall: Hall, after_ms: int, open_still: bool) -> None:
    hall.served("c1")
    hall.clock.go(after_ms)
    if open_still:
        rate(hall)
        assert len(ratings(hall)) == 1
    else:
        assert refusal(rate, hall).values["need"] == "rate_over"
        assert ratings(hall) == []


def test_a_visitors_browser_does_not_rate_at_a_counter(hall: Hall) -> None:
    hall.served("c1")
    assert refusal(rate, hall, actor=visitor()).code == "forbidden"
    assert refusal(rate, hall, counter="c99").code == "not_found"


def test_two_ratings_of_one_ticket_are_impossible_in_the_database(hall: Hall) -> None:
    row = hall.served("c1")
    rate(hall)
    with pytest.raises(IntegrityError, match=r"rating\.ticket"), hall.store.engines.write.begin() as connection:
        connection.execute(
            t.rating.insert(), {"ticket": row.id, "day": row.day, "counter": "c1", "level": "satisfied", "at_ms": 1}
        )


def test_a_rating_says_nobodys_name(hall: Hall) -> None:
    hall.served("c1")
    rate(hall, "dissatisfied")
    assert {column.name for column in t.rating.columns} == {"ticket", "day", "counter", "level", "at_ms"}
    fact = hall.facts()[-1]
    assert (fact.kind, fact.actor_role, fact.actor_id) == ("ticket.rated", "station", "counters-1")
