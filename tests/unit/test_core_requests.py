"""A request that is repeated is answered, not repeated."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, Hall, clerk, kiosk, manager, request_id
from sqlalchemy import func, select

from server import commands
from server.commands import Actor, Refused, Role
from server.store.schema import request as requests
from server.wire.messages import AskHelp, CallNext, IssueTicket, MoveTicket, SetCounterState


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    hall.tick()
    hall.open("c1")
    yield hall
    hall.close()


def test_the_same_request_gives_the_same_ticket_and_its_link_again(hall: Hall) -> None:
    key = request_id()
    first = hall.issued("HT", request_id=key)
    facts = hall.facts()
    again = hall.issued("HT", request_id=key)
    assert (again.ticket, again.visitor_token, again.repeated) == (first.ticket, first.visitor_token, True)
    assert not first.repeated
    assert hall.facts() == facts


def test_only_issuing_again_gives_the_link_again(hall: Hall) -> None:
    row = hall.issue("HT")
    ask = MoveTicket(request_id=request_id(), move="call", counter="c1")
    answers = [hall.ask(lambda tx, now: commands.move_ticket(tx, clerk(), now, row.id, ask)) for _ in range(2)]
    assert [(answer.repeated, answer.visitor_token) for answer in answers] == [(False, None), (True, None)]


@pytest.mark.parametrize("other", [{"service": "CT"}, {"ticket_class": "priority"}, {"procedure": "1.001193"}])
def test_the_same_request_with_another_body_is_refused_and_changes_nothing(hall: Hall, other: dict[str, str]) -> None:
    key = request_id()
    hall.issued("HT", request_id=key)
    facts = hall.facts()
    with pytest.raises(Refused) as caught:
        hall.issued(**({"service": "HT", "request_id": key} | other))
    assert caught.value.code == "request_reused"
    assert hall.facts() == facts


def test_the_same_request_id_of_another_caller_is_another_request(hall: Hall) -> None:
    key = request_id()
    first = hall.issued("HT", request_id=key)
    second = hall.issued("HT", request_id=key, actor=Actor(Role.STATION, "kiosk-2", "kiosk-2"))
    assert first.ticket != second.ticket


def test_a_refusal_is_not_remembered(hall: Hall) -> None:
    key = request_id()
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "HT"))
    for _ in range(2):
        with pytest.raises(Refused):
            hall.issued("HT", request_id=key)
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "HT"))
    assert not hall.issued("HT", request_id=key).repeated


def test_a_repeated_request_shows_the_ticket_as_it_is_now(hall: Hall) -> None:
    key = request_id()
    hall.issued("HT", request_id=key)
    hall.next("c1")
    assert hall.row(hall.issued("HT", request_id=key).ticket).state == "called"


def test_a_repeated_next_calls_nobody_else(hall: Hall) -> None:
    first = hall.issue()
    hall.issue()
    key = request_id()
    assert hall.next("c1", request_id=key) == hall.row(first.id)
    hall.move(first, "start", counter="c1")
    hall.move(first, "finish", counter="c1", outcome="received")
    assert hall.next("c1", request_id=key) == hall.row(first.id)


def test_a_repeated_next_that_found_nobody_still_finds_nobody(hall: Hall) -> None:
    key = request_id()
    assert hall.next("c1", request_id=key) is None
    auto = hall.issue()
    assert auto.state == "called"
    assert hall.next("c1", request_id=key) is None, "not a refusal because of the ticket called meanwhile"


def test_next_at_another_counter_with_the_same_id_is_refused(hall: Hall) -> None:
    key = request_id()
    hall.next("c1", request_id=key, actor=kiosk())
    with pytest.raises(Refused) as caught:
        hall.next("c2", request_id=key, actor=kiosk())
    assert caught.value.code == "request_reused"


def test_a_repeated_move_is_made_once(hall: Hall) -> None:
    row = hall.issue()
    hall.next("c1")
    ask = MoveTicket(request_id=request_id(), move="recall", counter="c1")
    for _ in range(3):
        hall.ask(lambda tx, now: commands.move_ticket(tx, clerk(), now, row.id, ask))
    assert hall.row(row.id).calls == 2


def test_a_repeated_pause_after_it_was_reopened_does_not_pause_again(hall: Hall) -> None:
    ask = SetCounterState.model_validate({"request_id": request_id(), "state": "paused", "reason": "break"})
    hall.ask(lambda tx, now: commands.set_state(tx, clerk(), now, "c1", ask))
    hall.open("c1")
    answer = hall.ask(lambda tx, now: commands.set_state(tx, clerk(), now, "c1", ask))
    assert answer.repeated
    assert hall.counter("c1").state == "open"


def test_a_repeated_call_for_help_is_one_call(hall: Hall) -> None:
    ask = AskHelp(request_id=request_id(), station="kiosk-1")
    for _ in range(2):
        hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, ask))
    another = AskHelp(request_id=request_id(), station="kiosk-1")
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, another))
    assert hall.kinds().count("help.asked") == 1


def test_a_repeated_staff_issue_makes_one_job(hall: Hall) -> None:
    key = request_id()
    jobs = {hall.issued("HT", request_id=key, print_at="kiosk-1", actor=clerk()).job for _ in range(2)}
    assert hall.kinds().count("job.made") == 1
    assert len(jobs - {None}) == 1


def test_sixteen_kiosks_that_repeat_everything_get_one_ticket_a_request(hall: Hall) -> None:
    asks = [IssueTicket(request_id=request_id(), service="HT", station="kiosk-1") for _ in range(40)]

    def send(ask: IssueTicket) -> Any:
        return hall.ask(lambda tx, now: commands.issue(tx, kiosk(), now, ask, hall.ids)).ticket

    with ThreadPoolExecutor(16) as kiosks:
        tickets = list(kiosks.map(send, asks * 4))
    assert [tickets[n : len(asks) * 4 : len(asks)] for n in range(40)] == [[tickets[n]] * 4 for n in range(40)]
    assert sorted(hall.row(ticket).seq for ticket in set(tickets)) == list(range(1, 41))


def test_requests_are_remembered_until_the_next_days_close(hall: Hall) -> None:
    key = request_id()
    first = hall.issued("HT", request_id=key)
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert hall.issued("HT", request_id=key).ticket == first.ticket
    hall.clock.go(48 * HOUR)
    hall.tick()
    assert hall.issued("HT", request_id=key).ticket == first.ticket
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    with hall.read() as snapshot:
        left = snapshot.connection.execute(select(func.count()).select_from(requests)).scalar_one()
    assert left == 0


def test_the_link_is_erased_with_the_day(hall: Hall) -> None:
    key = request_id()
    hall.issued("HT", request_id=key)
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert hall.issued("HT", request_id=key).visitor_token is None


def test_a_request_survives_a_restart(hall: Hall) -> None:
    key = request_id()
    first = hall.issued("HT", request_id=key)
    hall.clock.go(MINUTE)
    hall.restarted()
    assert hall.issued("HT", request_id=key).ticket == first.ticket


def test_every_request_with_an_effect_is_in_the_journal_once(hall: Hall) -> None:
    hall.served()
    ask = CallNext(request_id=request_id())
    hall.ask(lambda tx, now: commands.call_next(tx, clerk(), now, "c1", ask))
    with_id = [row.request_id for row in hall.facts() if row.request_id is not None]
    assert len(with_id) == len(set(with_id)) == 6, "open, issue, next, start, finish, next"
