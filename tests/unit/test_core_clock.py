"""A wall clock that is wrong, set right, or unknown.

Numbers can be taken all the same, and real days never mix.
"""

from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, MONDAY_0800, Clock, Hall, clerk, empty_database, in_state, kiosk, manager
from sqlalchemy import select

from config.clock import Now
from server import commands, views
from server.commands import ClosedDay, Refused
from server.domain.queue.ticket import TicketState
from server.store import Tx, replay
from server.store.backends.sqlite_engine import open_engines
from server.store.queries import TicketRow
from server.store.schema import day

IN_2031 = 1930957200000  # 2031-03-11 08:00 in Ho Chi Minh City, a Tuesday
IN_2000 = 946861200000  # 2000-01-03 08:00 there, a Monday
WEDNESDAY_0801 = MONDAY_0800 + 9 * 24 * HOUR + MINUTE  # 2026-12-02


def days(hall: Hall) -> list[tuple[str | None, str]]:
    with hall.read() as snapshot:
        return [(row.date, row.state) for row in snapshot.connection.execute(select(day).order_by(day.c.seq))]


def close(hall: Hall) -> ClosedDay:
    closed: ClosedDay = hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    return closed


def reopen(hall: Hall, reason: str = "bấm nhầm") -> Any:
    return hall.ask(lambda tx, now: commands.reopen_day(tx, manager(), now, reason))


def enter_date(hall: Hall, date: str, *, keep: bool = True) -> Any:
    return hall.ask(lambda tx, now: commands.enter_date(tx, manager(), now, date, keep_tickets=keep))


def confirm(hall: Hall, *, keep: bool = True) -> Any:
    return hall.ask(lambda tx, now: commands.confirm_clock(tx, manager(), now, keep_tickets=keep))


def tick(hall: Hall, *, synchronised: bool | None = None) -> None:
    hall.ask(lambda tx, now: commands.tick(tx, now, hall.presence, synchronised=synchronised))


def booted(hall: Hall, boot: str, wall_ms: int) -> None:
    """The machine is switched on, and its clock shows this."""
    hall.clock.wall_ms, hall.clock.boot_ms = wall_ms, 20_000
    hall.restarted(boot)
    hall.tick()


def wire_day(hall: Hall, row: TicketRow) -> str | None:
    date: str | None = hall.wire(row).day
    return date


def doubt(hall: Hall) -> str | None:
    with hall.read() as snapshot:
        return snapshot.head.doubt


@pytest.fixture
def ahead(tmp_path: Path) -> Hall:
    """A hall that was switched on in 2031, and gave A001."""
    hall = Hall(tmp_path, Clock(IN_2031))
    hall.tick()
    hall.issue()
    hall.clock.go(MINUTE)
    return hall


# --- ahead ---


def test_a_day_of_a_clock_that_was_ahead_gets_its_right_date_when_the_clock_is_set(ahead: Hall) -> None:
    first = ahead.number("A001")
    ahead.clock.wall_ms = WEDNESDAY_0801
    ahead.tick()
    assert days(ahead) == [("2026-12-02", "open")]
    assert (ahead.issue().number, wire_day(ahead, first)) == ("A002", "2026-12-02")
    ahead.open("c1")
    assert ahead.next("c1") == ahead.row(first.id), "who has a slip of before keeps the place"
    ahead.close()


def test_the_days_after_a_clock_that_was_ahead_open_and_close_by_themselves(ahead: Hall) -> None:
    ahead.clock.wall_ms = WEDNESDAY_0801
    ahead.tick()
    for morning in (3, 4):
        ahead.clock.go(24 * HOUR)
        ahead.tick()
        assert ahead.issue().number == "A001"
        assert days(ahead)[-1] == (f"2026-12-0{morning}", "open")
    booted(ahead, "boot-2", WEDNESDAY_0801 + 5 * 24 * HOUR)
    assert days(ahead)[-1] == ("2026-12-07", "open")
    assert ahead.issue().number == "A001"
    assert [state for _, state in days(ahead)] == ["closed", "closed", "closed", "open"]
    ahead.close()


def test_a_day_that_was_closed_while_the_clock_was_ahead_bars_no_other(ahead: Hall) -> None:
    close(ahead)
    booted(ahead, "boot-2", WEDNESDAY_0801)
    assert doubt(ahead) == "behind", "one of the two is wrong, and the machine cannot know which"
    assert ahead.issue().number == "A001"
    assert days(ahead) == [("2031-03-11", "closed"), (None, "open")]
    confirm(ahead)
    assert days(ahead)[-1] == ("2026-12-02", "open")
    assert doubt(ahead) is None
    assert ahead.issue().number == "A002"
    ahead.close()


def test_a_wrong_day_of_a_boot_before_is_replaced_and_those_who_wait_go_over(ahead: Hall) -> None:
    first = ahead.number("A001")
    booted(ahead, "boot-2", WEDNESDAY_0801)
    tick(ahead, synchronised=True)
    assert days(ahead)[-1] == ("2026-12-02", "open")
    assert ahead.row(first.id).state == "waiting", "nobody knows that it was not taken today"
    assert ahead.issue().number == "A002"
    ahead.close()


def test_a_time_server_ends_the_doubt_about_a_clock_that_was_ahead(ahead: Hall) -> None:
    booted(ahead, "boot-2", WEDNESDAY_0801)
    assert doubt(ahead) == "behind"
    tick(ahead, synchronised=False)
    assert doubt(ahead) == "behind"
    tick(ahead, synchronised=True)
    assert doubt(ahead) is None
    booted(ahead, "boot-3", WEDNESDAY_0801 + 24 * HOUR)
    assert doubt(ahead) is None
    assert days(ahead)[-1] == ("2026-12-03", "open")
    ahead.close()


def test_a_power_cut_after_a_clock_that_was_ahead_is_part_of_nobodys_wait_for_ever(ahead: Hall) -> None:
    ahead.clock.wall_ms = WEDNESDAY_0801
    ahead.tick()
    row = ahead.issue()
    booted(ahead, "boot-2", WEDNESDAY_0801 + 10 * MINUTE)
    with ahead.read() as snapshot:
        assert snapshot.queue_ms - row.issued_ms == 10 * MINUTE
    ahead.close()


def test_staff_can_always_open_today_because_the_clock_was_wrong(hall: Hall) -> None:
    """Yesterday the clock was a day ahead, so that this date has been already."""
    hall.issue()
    close(hall)
    booted(hall, "boot-2", MONDAY_0800 + 3 * HOUR)
    with pytest.raises(Refused) as caught:
        hall.ask(lambda tx, now: commands.open_day(tx, manager(), now))
    assert (caught.value.code, caught.value.values["need"]) == ("day_closed", "again")
    assert enter_date(hall, "2026-11-23") == "2026-11-23"
    assert hall.issue().number == "A001", "not a number of the other day"
    assert days(hall) == [("2026-11-23", "closed"), ("2026-11-23", "open")]


def test_an_open_day_gets_the_date_that_staff_name_and_keeps_its_numbers(hall: Hall) -> None:
    row = hall.issue()
    enter_date(hall, "2026-11-26")
    hall.tick()
    assert days(hall) == [("2026-11-26", "open")]
    assert (hall.issue().number, wire_day(hall, row)) == ("A002", "2026-11-26")
    hall.clock.go(9 * HOUR)
    assert hall.issue().number == "A003", "the hours of a clock that is wrong say nothing"


def test_a_day_of_a_boot_before_is_not_called_today_by_staff(hall: Hall) -> None:
    kept = hall.issue()
    booted(hall, "boot-2", MONDAY_0800 + HOUR)
    enter_date(hall, "2026-11-25", keep=True)
    assert (hall.row(kept.id).state, hall.issue().number) == ("waiting", "A002")
    booted(hall, "boot-3", MONDAY_0800 + 2 * HOUR)
    enter_date(hall, "2026-11-26", keep=False)
    assert hall.row(kept.id).state == "expired"
    assert days(hall)[0] == ("2026-11-23", "closed")
    assert days(hall)[-1] == ("2026-11-26", "open")


def test_a_date_that_cannot_be_is_refused_by_its_name(hall: Hall) -> None:
    for wrong in ("2026-02-30", "9999-12-31", "1999-01-01", "tomorrow", "", "2026-W01-1"):
        with pytest.raises(Refused) as caught:
            enter_date(hall, wrong)
        assert (caught.value.code, caught.value.values["need"]) == ("bad_request", "date")
    with pytest.raises(Refused) as caught:
        hall.ask(lambda tx, now: commands.enter_date(tx, kiosk(), now, "2026-11-23"))
    assert caught.value.code == "forbidden"


# --- behind ---


def test_numbers_are_given_without_a_date_after_a_start_with_a_clock_that_lost_its_time(hall: Hall) -> None:
    hall.issue()
    close(hall)
    booted(hall, "boot-2", IN_2000)
    given = [hall.issue(), hall.issue()]
    assert [row.number for row in given] == ["A001", "A002"]
    assert [wire_day(hall, row) for row in given] == [None, None]
    with hall.read() as snapshot:
        picture = views.office(snapshot, "e")
    assert (picture.day.state, picture.day.date, picture.hours) == ("open", None, "")
    hall.open("c1")
    assert hall.next("c1") == hall.row(given[0].id)
    assert enter_date(hall, "2026-11-24") == "2026-11-24"
    assert [wire_day(hall, row) for row in given] == ["2026-11-24"] * 2


def test_a_power_cut_with_an_empty_clock_battery_sends_nobody_home(hall: Hall) -> None:
    rows = [in_state(hall, TicketState.NO_SHOW), in_state(hall, TicketState.SERVING), hall.issue()]
    booted(hall, "boot-2", IN_2000 + 123)
    assert [hall.row(row.id).state for row in rows] == ["no_show", "serving", "waiting"]
    assert hall.issue().number == "A004", "numbers go on"
    hall.move(rows[1], "finish", counter="c1", outcome="received")
    hall.clock.wall_ms = MONDAY_0800 + 20 * MINUTE
    hall.tick()
    assert days(hall) == [("2026-11-23", "closed"), ("2026-11-23", "open")]
    assert hall.row(rows[2].id).state == "waiting", "it was the same day"
    assert hall.next("c1") == hall.row(rows[2].id)
    assert hall.move(rows[0], "return", counter="c1").state == "waiting"


def test_the_morning_after_with_an_empty_clock_battery_shares_no_series_with_the_day_before(hall: Hall) -> None:
    left = hall.issue()
    booted(hall, "boot-2", IN_2000)
    fresh = hall.issue()
    assert fresh.day != left.day
    enter_date(hall, "2026-11-24", keep=False)
    assert (hall.row(left.id).state, hall.row(fresh.id).state) == ("expired", "waiting")


def test_a_day_without_a_date_ends_twelve_hours_after_its_first_number(hall: Hall) -> None:
    booted(hall, "boot-2", IN_2000)
    hall.clock.go(5 * HOUR)
    hall.tick()
    row = hall.issue()
    hall.clock.go(12 * HOUR - 1)
    hall.tick()
    assert hall.row(row.id).state == "waiting"
    hall.clock.go(1)
    hall.tick()
    assert hall.row(row.id).state == "expired"
    assert hall.issue().number == "A001"


def test_staff_who_close_a_day_without_a_date_close_it(hall: Hall) -> None:
    booted(hall, "boot-2", IN_2000)
    hall.issue()
    assert close(hall).date is None
    hall.tick()
    with pytest.raises(Refused) as caught:
        hall.issue()
    assert caught.value.code == "day_closed"
    assert reopen(hall) is None
    assert hall.issue().number == "A002"


def test_a_clock_that_is_confirmed_without_having_a_date_is_refused(hall: Hall) -> None:
    booted(hall, "boot-2", IN_2000)
    with pytest.raises(Refused) as caught:
        confirm(hall)
    assert caught.value.code == "bad_request"


def test_capacity_is_not_given_twice_after_a_power_cut_and_not_taken_by_the_day_before(hall: Hall) -> None:
    for _ in range(3):
        hall.issue("DD")
    booted(hall, "boot-2", IN_2000)
    with pytest.raises(Refused) as caught:
        hall.issue("DD")
    assert caught.value.code == "full"
    enter_date(hall, "2026-11-25", keep=False)
    assert hall.issue("DD").number == "C004"


# --- closed by mistake ---


def test_a_day_that_was_closed_by_mistake_opens_again_and_numbers_go_on(hall: Hall) -> None:
    rows = [hall.issue(), hall.issue()]
    close(hall)
    with pytest.raises(Refused) as caught:
        reopen(hall, " ")
    assert caught.value.values["need"] == "reason"
    assert reopen(hall) == "2026-11-23"
    assert [hall.row(row.id).state for row in rows] == ["expired", "expired"]
    assert hall.issue().number == "A003"
    assert days(hall) == [("2026-11-23", "open")]
    assert '"reason":"bấm nhầm"' in next(row.data for row in hall.facts() if row.kind == "day.reopened")
    assert close(hall).expired == 1


def test_a_day_of_yesterday_is_not_opened_again(hall: Hall) -> None:
    close(hall)
    hall.clock.go(24 * HOUR)
    with pytest.raises(Refused) as caught:
        reopen(hall)
    assert (caught.value.code, caught.value.values["need"]) == ("not_allowed", "day_over")
    with pytest.raises(Refused):
        hall.ask(lambda tx, now: commands.reopen_day(tx, clerk("c1"), now, ""))


# --- what it leaves ---


def test_all_this_can_be_replayed(hall: Hall, tmp_path: Path) -> None:
    test_a_power_cut_with_an_empty_clock_battery_sends_nobody_home(hall)
    close(hall)
    reopen(hall)
    booted(hall, "boot-3", IN_2000)
    enter_date(hall, "2026-11-25", keep=False)
    (tmp_path / "again").mkdir()
    (tmp_path / "again.db").write_bytes(empty_database().read_bytes())
    again = open_engines(tmp_path / "again.db")
    with hall.read() as snapshot:
        assert replay.check(snapshot.connection, again.write) == []
    again.close()


def test_a_hall_of_a_release_before_that_is_stuck_in_the_future_comes_back(ahead: Hall) -> None:
    """The journal is sure; the wrong day stayed open over days of a right clock."""
    first = ahead.number("A001")

    def as_before(tx: Tx, now: Now) -> None:
        tx.connection.exec_driver_sql("UPDATE queue_clock SET doubt = NULL, sure_ms = NULL")

    booted(ahead, "boot-2", WEDNESDAY_0801 - 24 * HOUR)
    ahead.ask(as_before)
    booted(ahead, "boot-3", WEDNESDAY_0801)
    assert doubt(ahead) is None
    assert days(ahead)[-1] == ("2026-12-02", "open")
    assert ahead.row(first.id).state == "waiting"
    ahead.close()
