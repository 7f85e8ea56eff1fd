"""Ready counters: who asked when nobody waited gets the next ticket by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import MINUTE, Hall, clerk, in_state, keypad

from server import commands
from server.commands import Refused
from server.domain.queue.ticket import TicketState

SECOND = 1000


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    hall.tick()
    hall.open()
    yield hall
    hall.close()


def ready(hall: Hall) -> list[str]:
    return [counter for counter in ("c1", "c2", "c3") if hall.counter(counter).ready_ms is not None]


def is_active(hall: Hall, *counters: str) -> None:
    for counter in counters:
        hall.presence.note_sign_of_life(counter, hall.clock.now())


def test_next_with_nobody_waiting_makes_ready_and_the_next_ticket_comes_by_itself(hall: Hall) -> None:
    assert hall.next("c1") is None
    assert ready(hall) == ["c1"]
    row = hall.issue()
    assert (row.state, row.counter) == ("called", "c1")
    assert ready(hall) == []


def test_the_longest_ready_counter_comes_first(hall: Hall) -> None:
    hall.next("c2")
    hall.clock.go(SECOND)
    hall.next("c1")
    assert hall.issue("HT").counter == "c2"
    assert hall.issue("HT").counter == "c1"


def test_a_ready_counter_gets_only_what_it_serves(hall: Hall) -> None:
    hall.next("c1")
    assert hall.issue("CT").state == "waiting"
    assert ready(hall) == ["c1"]


@pytest.mark.parametrize("way", ["return", "release", "transfer", "finish_next", "open", "unpin"])
def test_any_way_back_to_the_line_serves_a_ready_counter(hall: Hall, way: str) -> None:
    state = {"return": TicketState.NO_SHOW, "release": TicketState.HELD}.get(way, TicketState.SERVING)
    if way in ("open", "unpin"):
        hall.state("c2", "closed")
        row = hall.issue("DD") if way == "open" else hall.issue("CT")
        if way == "unpin":
            hall.move(row, "transfer", service="CT", pin="c2", counter="c1")
        hall.next("c3")
        if way == "unpin":
            hall.open("c2")
            hall.state("c2", "closed")
        assert hall.row(row.id).counter == "c3"
        return
    row = in_state(hall, state)
    hall.next("c2")
    more = {"transfer": {"service": "CT"}, "finish_next": {"service": "CT", "outcome": "advice"}}.get(way, {})
    moved = hall.move(row, way, counter="c1", **more)
    assert (moved.state, moved.counter) == ("called", "c2")


def test_a_requeue_does_not_come_back_to_the_counter_that_gave_it_back(hall: Hall) -> None:
    row = in_state(hall, TicketState.CALLED)
    assert hall.move(row, "requeue", counter="c1").state == "waiting"


@pytest.mark.parametrize("way", ["pause", "close", "not ready"])
def test_readiness_ends_on_pause_close_and_not_ready(hall: Hall, way: str) -> None:
    hall.next("c1")
    if way == "not ready":
        hall.ready("c1", False)
    else:
        hall.state("c1", {"pause": "paused", "close": "closed"}[way])
    assert ready(hall) == []
    assert hall.issue().state == "waiting"


def test_readiness_ends_after_ten_minutes_and_says_why(hall: Hall) -> None:
    hall.next("c1")
    for _ in range(10):
        hall.clock.go(MINUTE - 1)
        is_active(hall, "c1")
        hall.tick()
    assert ready(hall) == ["c1"]
    hall.clock.go(10)
    is_active(hall, "c1")
    hall.tick()
    assert ready(hall) == []
    assert hall.counter("c1").ready_ended == "time"


def test_readiness_ends_thirty_seconds_after_the_page_was_last_heard_of(hall: Hall) -> None:
    is_active(hall, "c1")
    hall.next("c1")
    hall.clock.go(29 * SECOND)
    wake = hall.tick()
    assert ready(hall) == ["c1"]
    assert wake.mono_s == hall.clock.now().mono_s + 1
    hall.clock.go(SECOND)
    hall.tick()
    assert (ready(hall), hall.counter("c1").ready_ended) == ([], "away")


def test_any_page_or_keypad_of_the_counter_keeps_it_ready(hall: Hall) -> None:
    hall.next("c1")
    is_active(hall, "c1")
    hall.clock.go(25 * SECOND)
    is_active(hall, "c1")
    hall.clock.go(25 * SECOND)
    hall.tick()
    assert ready(hall) == ["c1"]


def test_after_a_restart_readiness_waits_thirty_seconds_for_the_page(hall: Hall) -> None:
    hall.next("c1")
    hall.next("c2")
    hall.clock.go(3 * MINUTE)
    hall.restarted()
    hall.clock.go(20 * SECOND)
    hall.tick()
    assert ready(hall) == ["c1", "c2"]
    is_active(hall, "c2")
    hall.clock.go(15 * SECOND)
    hall.tick()
    assert ready(hall) == ["c2"]


def test_an_unacknowledged_automatic_call_goes_back_and_the_counter_pauses(hall: Hall) -> None:
    hall.next("c1")
    row = hall.issue()
    hall.clock.go(44 * SECOND)
    wake = hall.tick()
    assert wake.mono_s == hall.clock.now().mono_s + 1
    assert hall.row(row.id).state == "called"
    hall.clock.go(SECOND)
    hall.tick()
    back, counter = hall.row(row.id), hall.counter("c1")
    assert (back.state, back.rank_key, back.calls) == ("waiting", row.rank_key, 0)
    assert (counter.state, counter.reason) == ("paused", "no_answer")


def test_what_goes_back_unacknowledged_is_called_to_the_next_ready_counter(hall: Hall) -> None:
    hall.next("c1")
    hall.clock.go(SECOND)
    hall.next("c2")
    row = hall.issue()
    is_active(hall, "c2")
    hall.clock.go(20 * SECOND)
    is_active(hall, "c2")
    hall.clock.go(25 * SECOND)
    hall.tick()
    assert (hall.row(row.id).state, hall.row(row.id).counter) == ("called", "c2")


@pytest.mark.parametrize("sign", ["key", "start", "recall"])
def test_any_key_or_move_there_acknowledges(hall: Hall, sign: str) -> None:
    hall.next("c1")
    row = hall.issue()
    if sign == "key":
        assert hall.ask(lambda tx, now: commands.acknowledge_call(tx, keypad(), now, "c1"))
        assert not hall.ask(lambda tx, now: commands.acknowledge_call(tx, keypad(), now, "c1"))
    else:
        hall.move(row, sign, counter="c1")
    hall.clock.go(5 * MINUTE)
    hall.tick()
    assert hall.row(row.id).counter == "c1"
    assert hall.counter("c1").state == "open"


def test_a_call_that_a_clerk_made_needs_no_acknowledgement(hall: Hall) -> None:
    row = hall.issue()
    hall.next("c1")
    hall.clock.go(10 * MINUTE)
    hall.tick()
    assert hall.row(row.id).state == "called"


def test_the_acknowledgement_time_is_real_and_starts_anew_with_the_server(hall: Hall) -> None:
    hall.next("c1")
    row = hall.issue()
    hall.clock.go(40 * SECOND)
    hall.restarted()
    hall.clock.go(40 * SECOND)
    hall.tick()
    assert hall.row(row.id).state == "called"
    hall.clock.go(5 * SECOND)
    hall.tick()
    assert hall.row(row.id).state == "waiting"


def test_ready_can_be_turned_off_by_setting(tmp_path: Path) -> None:
    hall = Hall(tmp_path, rules={"ready": False})
    hall.tick()
    hall.open("c1")
    assert hall.next("c1") is None
    assert hall.issue().state == "waiting"
    with pytest.raises(Refused):
        hall.ready("c1")
    hall.close()


def test_ready_by_its_own_button_needs_an_open_free_counter(hall: Hall) -> None:
    hall.state("c1", "paused", reason="break")
    with pytest.raises(Refused) as caught:
        hall.ready("c1")
    assert caught.value.code == "counter_closed"
    hall.open("c1")
    in_state(hall, TicketState.SERVING)
    with pytest.raises(Refused) as caught:
        hall.ready("c1")
    assert caught.value.code == "open_ticket"
    hall.issue("CT")
    hall.ready("c2")
    assert hall.number("B001").counter == "c2", "somebody waits: called at once"


def test_resuming_or_reopening_ends_readiness(hall: Hall) -> None:
    held = in_state(hall, TicketState.HELD)
    hall.next("c1")
    hall.move(held, "resume", counter="c1")
    assert ready(hall) == []
    assert hall.issue("TK").state == "waiting"


def test_a_sign_in_with_fewer_skills_is_respected_at_once(tmp_path: Path) -> None:
    people = [{"id": "an", "name": "An"}, {"id": "binh", "name": "B", "services": ["CT"]}, {"id": "chi", "name": "C"}]
    hall = Hall(tmp_path, clerks=people)
    hall.tick()
    hall.open("c2")
    hall.next("c2")
    assert hall.issue("HT").state == "waiting"
    assert hall.issue("CT").counter == "c2"
    hall.close()


def test_an_automatic_call_is_the_systems_and_says_so_in_the_journal(hall: Hall) -> None:
    hall.next("c1")
    hall.issue()
    called = hall.facts()[-1]
    assert (called.kind, called.actor_role, called.actor_id) == ("ticket.called", "system", "system")
    assert '"auto":true' in called.data
    assert clerk("c1").id == "an"
    assert '"clerk":"an"' in called.data
