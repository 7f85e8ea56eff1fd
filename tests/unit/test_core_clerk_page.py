"""The model of the clerk page: its lists, its open ticket, and its buttons."""

from core_hall import MINUTE, MONDAY_0800, Hall, in_state, kiosk

from server import commands, views
from server.domain.queue.ticket import TicketState
from server.wire.messages import Seen, to_time


def test_the_clerks_page_has_the_line_with_the_next_one_first(hall: Hall) -> None:
    hall.issue("HT")
    pinned = hall.issue("CT")
    hall.move(pinned, "transfer", service="CT", pin="c3", counter="c2")
    hall.clock.go(10 * MINUTE)
    hall.issue("HT", "priority")
    page = hall.view(views.clerk_page, "c2")
    assert [(entry.number, entry.callable, entry.waited_ms) for entry in page.waiting] == [
        ("A002", True, 0),
        ("A001", True, 10 * MINUTE),
        ("B001", False, 10 * MINUTE),
    ]
    row = hall.next("c2")
    assert row is not None
    assert row.number == page.waiting[0].number


def test_the_clerks_page_tells_times_shown_and_spoken_of_the_open_ticket(hall: Hall) -> None:
    row = hall.issue("HT", procedure="1.001193")
    hall.clock.go(12 * MINUTE)
    hall.next("c1")
    opened = hall.view(views.clerk_page, "c1").open
    assert (opened.entry.waited_ms, opened.shown, opened.spoken, opened.started_at_ms) == (
        12 * MINUTE,
        False,
        None,
        None,
    )
    for spoken in (None, "yes"):
        ask = Seen(station="tv-1", shown_at=to_time(hall.clock.wall_ms), spoken=spoken)
        hall.ask(lambda tx, now, ask=ask: commands.report_call_seen(tx, kiosk(), now, opened.call, ask))
    hall.clock.go(MINUTE)
    hall.move(row, "start", counter="c1")
    hall.clock.go(2 * MINUTE)
    opened = hall.view(views.clerk_page, "c1").open
    assert (opened.shown, opened.spoken, opened.served_ms) == (True, "yes", 2 * MINUTE)
    assert (opened.walk_ms, opened.entry.procedure.code) == (MINUTE, "1.001193")


def test_buttons_say_what_is_in_the_way(hall: Hall) -> None:
    page = hall.view(views.clerk_page, "c3")
    assert not page.buttons["next"].allowed
    assert page.buttons["next"].refusal.key == "need_open"
    row = in_state(hall, TicketState.CALLED)
    buttons = hall.view(views.clerk_page, "c1").buttons
    assert [name for name in ("recall", "start", "no_show", "requeue", "transfer") if not buttons[name].allowed] == []
    assert (buttons["next"].refusal.key, buttons["next"].refusal.values["number"]) == ("need_finish", row.number)
    assert buttons["no_show"].refusal.key == "need_calls"
    assert not buttons["finish"].allowed
    hall.move(row, "start", counter="c1")
    buttons = hall.view(views.clerk_page, "c1").buttons
    assert buttons["finish"].allowed
    assert not buttons["recall"].allowed


def test_held_missed_and_recent_are_on_the_clerks_page(hall: Hall) -> None:
    held, missed, done = (
        in_state(hall, state) for state in (TicketState.HELD, TicketState.NO_SHOW, TicketState.SERVED)
    )
    page = hall.view(views.clerk_page, "c1")
    assert [[entry.id for entry in rows] for rows in (page.held, page.missed, page.recent)] == [
        [held.id],
        [missed.id],
        [done.id],
    ]
    assert (page.held[0].reason, page.held[0].due_at_ms) == ("copies", MONDAY_0800 + 30 * MINUTE)
    assert page.recent[0].may_reopen
    hall.clock.go(3 * MINUTE)
    assert not hall.view(views.clerk_page, "c1").recent[0].may_reopen


def test_a_held_ticket_has_no_remark_of_when_it_waited(hall: Hall) -> None:
    row = hall.issue("HT")
    hall.next("c1")
    hall.move(row, "requeue", counter="c1")
    hall.clock.go(10 * MINUTE)
    assert hall.view(views.clerk_page, "c1").waiting[0].remarks == ["requeued"]
    hall.next("c1")
    hall.move(row, "start", counter="c1")
    hall.move(row, "hold", counter="c1", reason="Đi nộp phí, lệ phí")
    page = hall.view(views.clerk_page, "c1")
    assert [(entry.state, entry.remarks) for entry in page.held] == [("held", [])]
    assert page.waiting == []
