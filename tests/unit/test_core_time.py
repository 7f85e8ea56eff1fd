"""Queue time, the service day, and everything that happens because time has passed."""

from pathlib import Path

import pytest
from core_hall import HOUR, MINUTE, MONDAY_0800, Clock, Hall, in_state, manager
from sqlalchemy import select

from server import commands
from server.commands import Refused
from server.domain.queue.ticket import TicketState
from server.store.schema import day


def days(hall: Hall) -> list[tuple[str, str]]:
    with hall.read() as snapshot:
        return [(row.date, row.state) for row in snapshot.connection.execute(select(day).order_by(day.c.date))]


# --- queue time ---


@pytest.mark.parametrize("step_ms", [-10 * 365 * 24 * HOUR, -HOUR, -1, 1, HOUR, 24 * HOUR])
def test_a_wall_clock_that_is_set_reorders_nobody_and_makes_no_negative_wait(hall: Hall, step_ms: int) -> None:
    first = hall.issue()
    hall.clock.go(MINUTE)
    hall.clock.step_wall(step_ms)
    with hall.read() as snapshot:
        assert snapshot.queue_ms - first.issued_ms == MINUTE
    row = hall.next("c1")
    assert row is not None
    assert (row.id, (row.called_ms or 0) - row.issued_ms) == (first.id, MINUTE)


def test_queue_time_starts_at_the_walls_time_and_runs_with_boot_time(hall: Hall) -> None:
    assert hall.issue().issued_ms == MONDAY_0800
    hall.clock.go(90_000)
    hall.clock.step_wall(-20 * MINUTE)
    assert hall.issue().issued_ms == MONDAY_0800 + 90_000


def test_after_a_reboot_queue_time_goes_on_from_the_wall_clock(hall: Hall) -> None:
    hall.issue()
    hall.clock.wall_ms += 7 * MINUTE
    hall.clock.boot_ms = 5_000
    hall.restarted("boot-2")
    assert hall.issue().issued_ms == MONDAY_0800 + 7 * MINUTE
    hall.clock.go(MINUTE)
    assert hall.issue().issued_ms == MONDAY_0800 + 8 * MINUTE


def test_after_a_reboot_with_a_clock_that_lost_its_time_queue_time_never_falls(hall: Hall) -> None:
    hall.clock.go(HOUR)
    last = hall.issue()
    hall.clock.wall_ms = MONDAY_0800 - 20 * MINUTE
    hall.clock.boot_ms = 1_000
    hall.restarted("boot-2")
    after = hall.issue()
    assert after.issued_ms == last.issued_ms
    hall.clock.go(MINUTE)
    assert hall.issue().issued_ms == last.issued_ms + MINUTE
    assert hall.next("c1") == hall.row(last.id)


def test_a_restart_of_the_server_alone_changes_nothing_of_queue_time(hall: Hall) -> None:
    hall.clock.go(MINUTE)
    hall.clock.step_wall(-20 * MINUTE)
    hall.restarted()
    assert hall.issue().issued_ms == MONDAY_0800 + MINUTE


def test_queue_time_never_falls_along_the_journal(hall: Hall) -> None:
    for step in (0, HOUR, -3 * HOUR, 5, -5):
        hall.clock.go(1000)
        hall.clock.step_wall(step)
        hall.issue("CT") if hall.clock.wall_ms > MONDAY_0800 else hall.tick()
    times = [row.queue_ms for row in hall.facts()]
    assert times == sorted(times)


def test_a_step_over_two_seconds_is_journalled_once_and_a_small_one_is_not(hall: Hall) -> None:
    hall.clock.step_wall(-1900)
    hall.tick()
    assert "clock.stepped" not in hall.kinds()
    hall.issue()
    hall.clock.step_wall(-2100)
    hall.tick()
    hall.tick()
    assert hall.kinds().count("clock.stepped") == 1
    assert '"step_ms":-2100' in hall.facts()[-1].data


def test_a_leg_marked_in_two_boots_says_so(hall: Hall) -> None:
    from server.store.queries import legs_of

    row = in_state(hall, TicketState.SERVING)
    hall.clock.go(MINUTE)
    hall.restarted("boot-2")
    hall.move(row, "finish", counter="c1", outcome="received")
    other = hall.served()
    with hall.read() as snapshot:
        crossed = [legs_of(snapshot.connection, [ticket.id])[ticket.id][0].across_boots for ticket in (row, other)]
    assert crossed == [True, False]


# --- the day ---


def test_the_day_opens_with_the_hours_and_not_before(tmp_path: Path) -> None:
    hall = Hall(tmp_path, Clock(MONDAY_0800 - 31 * MINUTE))
    hall.tick()
    assert days(hall) == []
    with pytest.raises(Refused) as caught:
        hall.issue()
    assert caught.value.code == "day_closed"
    hall.clock.go(MINUTE)
    hall.tick()
    assert days(hall) == [("2026-11-23", "open")]
    hall.close()


def test_the_first_ticket_opens_the_day_if_the_schedule_has_not_yet(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    assert hall.issue().number == "A001"
    assert days(hall) == [("2026-11-23", "open")]
    hall.close()


def test_closing_counts_expires_who_waits_and_records_no_invented_outcome(hall: Hall) -> None:
    hall.served()
    in_state(hall, TicketState.HELD)
    in_state(hall, TicketState.NO_SHOW)
    serving = in_state(hall, TicketState.SERVING)
    hall.issue("CT")
    called = hall.next("c2")
    assert called is not None
    waiting = hall.issue("DD")
    closed = hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert (closed.served, closed.expired, closed.unrecorded) == (2, 3, 1)
    assert (hall.row(serving.id).state, hall.row(serving.id).outcome) == ("served", "unrecorded")
    assert {hall.row(ticket.id).state for ticket in (called, waiting)} == {"expired"}
    assert {hall.counter(counter).state for counter in ("c1", "c2")} == {"closed"}
    assert {hall.counter(counter).clerk for counter in ("c1", "c2")} == {None}
    assert days(hall) == [("2026-11-23", "closed")]


def test_a_closed_day_does_not_open_again_and_numbers_begin_anew_on_a_later_one(hall: Hall) -> None:
    hall.issue()
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.tick()
    with pytest.raises(Refused) as caught:
        hall.ask(lambda tx, now: commands.open_day(tx, manager(), now))
    assert caught.value.code == "day_closed"
    hall.clock.go(48 * HOUR)
    hall.tick()
    assert hall.issue().number == "A001"
    assert days(hall) == [("2026-11-23", "closed"), ("2026-11-25", "open")], "the 24th is a holiday"


def test_a_clock_that_is_set_back_dates_the_day_and_opens_no_other_one(hall: Hall) -> None:
    hall.clock.step_wall(-72 * HOUR)
    hall.tick()
    assert days(hall) == [("2026-11-20", "open")]
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.tick()
    assert days(hall) == [("2026-11-20", "closed")]


def test_a_forgotten_day_is_closed_at_three_and_not_at_midnight(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(18 * HOUR + 59 * MINUTE)
    wake = hall.tick()
    assert hall.row(row.id).state == "waiting", "02:59"
    assert wake.wall_ms == hall.clock.wall_ms + MINUTE
    hall.clock.go(MINUTE)
    hall.tick()
    assert hall.row(row.id).state == "expired"


@pytest.mark.parametrize("step_ms", [48 * HOUR, 365 * 24 * HOUR])
def test_a_wall_clock_set_ahead_sends_nobody_home_and_starts_no_numbers_anew(hall: Hall, step_ms: int) -> None:
    row = hall.issue()
    hall.clock.step_wall(step_ms)
    hall.tick()
    hall.clock.go(MINUTE)
    assert (hall.row(row.id).state, hall.issue().number) == ("waiting", "A002")
    hall.clock.step_wall(-step_ms)
    hall.tick()
    hall.clock.go(18 * HOUR + 59 * MINUTE)
    hall.tick()
    assert days(hall) == [("2026-11-23", "closed")]


def test_after_a_start_with_a_stale_clock_the_old_day_closes_when_the_clock_is_set_right(hall: Hall) -> None:
    row = hall.issue()
    hall.restarted("boot-2")
    hall.tick()
    assert hall.row(row.id).state == "waiting"
    hall.clock.step_wall(48 * HOUR)
    hall.tick()
    assert days(hall) == [("2026-11-23", "closed"), ("2026-11-25", "open")]


def test_a_server_that_was_off_at_three_closes_the_old_day_when_it_starts(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(48 * HOUR)
    hall.restarted("boot-2")
    hall.tick()
    assert hall.row(row.id).state == "expired"
    assert days(hall) == [("2026-11-23", "closed"), ("2026-11-25", "open")]


def test_always_open_opens_a_day_at_any_hour_and_on_a_holiday(tmp_path: Path) -> None:
    hall = Hall(tmp_path, Clock(MONDAY_0800 + 14 * HOUR + 24 * HOUR), always_open=True)
    hall.tick()
    assert hall.issue().day == "2026-11-24"
    hall.close()


def test_counter_state_and_sign_ins_survive_a_restart(hall: Hall) -> None:
    hall.state("c2", "paused", reason="meeting", until="2026-11-23T02:00:00.000Z")
    before = [hall.counter(counter) for counter in ("c1", "c2", "c3")]
    hall.restarted("boot-2")
    hall.tick()
    assert [hall.counter(counter) for counter in ("c1", "c2", "c3")] == before


def test_hours_are_facts_and_their_beginning_and_end_are_announced(tmp_path: Path) -> None:
    hall = Hall(tmp_path, Clock(MONDAY_0800 - HOUR))
    kinds = []
    for wait in (0, 30 * MINUTE, 4 * HOUR, 2 * HOUR, 3 * HOUR + 30 * MINUTE):
        hall.clock.go(wait)
        hall.tick()
        hall.tick()
        with hall.read() as snapshot:
            from server import views

            picture = views.office(snapshot, "e")
            kinds.append((picture.day.state, [call.kind for call in views.board(snapshot, "e").calls]))
    assert [state for state, _ in kinds] == ["closed", "open", "lunch", "open", "closed"]
    assert kinds[-1][1] == ["closing", "opening"]
    assert hall.kinds().count("hours.changed") == 5
    hall.close()


# --- held, pinned ---


def test_a_held_ticket_that_is_due_waits_again_for_its_own_counter(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    hall.move(row, "hold", counter="c1", reason="copies", due_min=10)
    hall.clock.go(9 * MINUTE)
    assert hall.tick().wall_ms == hall.clock.wall_ms + MINUTE
    assert hall.row(row.id).state == "held"
    hall.clock.go(MINUTE)
    hall.tick()
    due = hall.row(row.id)
    assert (due.state, due.pin, due.rank_key) == ("waiting", "c1", row.rank_key)
    assert hall.next("c2") is None
    assert hall.next("c1") == hall.row(row.id)


def test_a_pin_ends_when_its_counter_closes_or_pauses_for_fifteen_minutes(hall: Hall) -> None:
    rows = [hall.move(hall.issue(), "transfer", service="HT", pin="c1", counter="c1") for _ in range(2)]
    hall.state("c1", "paused", reason="meeting")
    hall.clock.go(15 * MINUTE - 1)
    wake = hall.tick()
    assert hall.row(rows[0].id).pin == "c1"
    assert wake.wall_ms == hall.clock.wall_ms + 1
    hall.clock.go(1)
    hall.tick()
    assert [hall.row(row.id).pin for row in rows] == [None, None]


def test_a_pin_to_a_counter_that_does_not_open_ends_after_fifteen_minutes(hall: Hall) -> None:
    row = hall.move(in_state(hall, TicketState.SERVING), "transfer", counter="c1", service="CT", pin="c3")
    hall.clock.go(15 * MINUTE - 1)
    hall.tick()
    assert hall.next("c2") is None
    hall.clock.go(1)
    hall.tick()
    assert hall.next("c2") == hall.row(row.id)


def test_ticking_when_nothing_is_due_writes_nothing(hall: Hall) -> None:
    hall.tick()
    before = hall.facts()
    for _ in range(5):
        hall.clock.go(1000)
        hall.tick()
    assert hall.facts() == before


def test_wake_is_in_real_seconds(hall: Hall) -> None:
    now = hall.clock.now()
    wake = commands.Wake(now.wall_ms + 60_000, now.mono_s + 20)
    assert wake.remaining_s(now, at_most_s=100) == 20
    assert wake.remaining_s(now, speed=6, at_most_s=100) == 10
    assert wake.remaining_s(now, speed=0, at_most_s=100) == 20
    assert commands.Wake(now.wall_ms + 60_000, None).remaining_s(now, speed=0, at_most_s=100) == 100
    assert wake.remaining_s(now) == 1
    assert commands.Wake(now.wall_ms - 5, None).remaining_s(now) == 0
