"""The data of a day's figures: waits, legs, open times, samples of the queue."""

from core_hall import HOUR, MINUTE, Hall, manager

from server import commands, views


def test_the_days_rows_have_what_the_measures_need(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(10 * MINUTE)
    hall.next("c1")
    hall.clock.go(MINUTE)
    hall.move(row, "requeue", counter="c1")
    hall.clock.go(3 * MINUTE)
    hall.next("c1")
    hall.clock.go(MINUTE)
    hall.move(row, "start", counter="c1")
    hall.clock.go(5 * MINUTE)
    hall.move(row, "transfer", counter="c1", service="CT")
    hall.clock.go(4 * MINUTE)
    hall.next("c2")
    hall.move(row, "start", counter="c2")
    hall.clock.go(3 * MINUTE)
    hall.move(row, "finish", counter="c2", outcome="received")
    hall.move(hall.issue(), "cancel", reason="void", counter="c1")
    measured, void = hall.view(views.measured_tickets, "2026-11-23")
    assert (measured.wait_ms, measured.total_waiting_ms, measured.transfers) == (10 * MINUTE, 17 * MINUTE, 1)
    assert [leg.service_ms for leg in measured.legs] == [5 * MINUTE, 3 * MINUTE]
    assert [leg.call_to_start_ms for leg in measured.legs] == [MINUTE, 0]
    assert (measured.service, measured.minute, void.void) == ("HT", 480, True)
    assert measured.uncalled_ms is void.uncalled_ms is None


def test_a_ticket_that_nobody_called_has_waited_until_now(hall: Hall) -> None:
    called, _ = hall.issue(), hall.issue()
    hall.clock.go(25 * MINUTE)
    hall.next("c1")
    hall.move(called, "requeue", counter="c1")
    assert [row.uncalled_ms for row in hall.view(views.measured_tickets, "2026-11-23")] == [None, 25 * MINUTE]


def test_open_time_leaves_pauses_out(hall: Hall) -> None:
    hall.issue()
    hall.clock.go(10 * MINUTE)
    hall.state("c1", "paused", reason="break")
    hall.clock.go(5 * MINUTE)
    hall.open("c1")
    hall.clock.go(20 * MINUTE)
    assert hall.view(views.counter_open_ms, "2026-11-23") == {"c1": 30 * MINUTE, "c2": 35 * MINUTE, "c3": 0}
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(HOUR)
    assert hall.view(views.counter_open_ms, "2026-11-23") == {"c1": 30 * MINUTE, "c2": 35 * MINUTE, "c3": 0}


def test_samples_of_the_line_fulfil_littles_law(hall: Hall) -> None:
    from server.domain.reports.day_figures import day_figures

    for _ in range(12):
        hall.issue()
        hall.clock.go(3 * MINUTE)
        if (row := hall.next("c1")) is not None:
            hall.clock.go(2 * MINUTE)
            hall.move(row, "start", counter="c1")
            hall.move(row, "finish", counter="c1", outcome="received")
    with hall.read() as snapshot:
        rows = views.measured_tickets(snapshot, "2026-11-23")
        samples = views.waiting_samples(snapshot, "2026-11-23")
    area = 0
    ends = [at for at, _ in samples.counts[1:]] + [samples.to_ms]
    for (at, count), end in zip(samples.counts, ends, strict=True):
        area += count * (end - at)
    assert area == sum(row.total_waiting_ms for row in rows) == 12 * 3 * MINUTE
    assert day_figures(rows, target_min=20, counter_open_ms={}).day_totals.served == 12


def test_a_transfer_of_a_ticket_that_was_set_aside_counts_as_one(hall: Hall) -> None:
    row = hall.issue()
    hall.next("c1")
    hall.move(row, "start", counter="c1")
    hall.move(row, "hold", counter="c1", reason="copy")
    hall.move(row, "transfer", counter="c1", service="CT")
    (measured,) = hall.view(views.measured_tickets, "2026-11-23")
    assert measured.transfers == 1
