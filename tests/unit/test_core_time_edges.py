"""The ends of holds, pins, readiness and calls, at their edges."""

from core_hall import HOUR, MINUTE, Hall, clerk, in_state

from server import commands
from server.domain.actor import SYSTEM
from server.domain.facts import CounterStateChanged
from server.domain.queue.counter import CounterState
from server.domain.queue.ticket import TicketState

SECOND = 1000
CLOSED = CounterStateChanged(counter="c1", state=CounterState.CLOSED, reason=None, until_at_ms=None, announce=None)


def test_a_held_ticket_that_is_due_at_a_closed_counter_is_free_for_every_counter(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    hall.move(row, "hold", counter="c1", reason="copies", due_min=10)
    # A journal of another version may have closed a counter without releasing what it held.
    hall.ask(lambda tx, now: tx.record(CLOSED, SYSTEM, now))
    hall.clock.go(10 * MINUTE)
    hall.tick()
    assert (hall.row(row.id).state, hall.row(row.id).pin) == (TicketState.WAITING, None)
    assert hall.next("c2") == hall.row(row.id)


def test_a_call_that_a_clerk_made_has_nothing_to_acknowledge(hall: Hall) -> None:
    in_state(hall, TicketState.CALLED)
    before = hall.facts()
    assert hall.ask(lambda tx, now: commands.acknowledge_call(tx, clerk("c1"), now, "c1")) is False
    assert hall.facts() == before


def test_after_a_reboot_an_automatic_call_has_its_whole_time_and_no_more(hall: Hall) -> None:
    hall.next("c1")
    row = hall.issue()
    assert hall.row(row.id).state is TicketState.CALLED
    hall.clock.boot_ms, hall.clock.wall_ms = 20 * SECOND, hall.clock.wall_ms + 30 * SECOND
    hall.restarted("boot-2")
    hall.clock.go(45 * SECOND - 1)
    hall.tick()
    assert hall.row(row.id).state is TicketState.CALLED
    hall.clock.go(1)
    hall.tick()
    assert hall.row(row.id).state is TicketState.WAITING


def test_a_held_tickets_time_is_shown_by_the_wall_clock_and_kept_by_queue_time(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    hall.clock.step_wall(HOUR)
    held = hall.move(row, "hold", counter="c1", reason="copies", due_min=10)
    assert held.due_at_ms == hall.clock.wall_ms + 10 * MINUTE
    assert held.due_ms == hall.clock.wall_ms - HOUR + 10 * MINUTE


def test_a_pin_to_a_counter_that_was_closed_long_ago_lasts_fifteen_minutes(hall: Hall) -> None:
    hall.clock.go(20 * MINUTE)
    row = hall.move(in_state(hall, TicketState.SERVING), "transfer", counter="c1", service="CT", pin="c3")
    hall.clock.go(15 * MINUTE - 1)
    hall.tick()
    assert hall.row(row.id).pin == "c3"
    hall.clock.go(1)
    hall.tick()
    assert hall.row(row.id).pin is None
