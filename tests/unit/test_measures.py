"""The day's figures against literals worked out by hand."""

from dataclasses import replace

from server.domain.calendar import MINUTE_MS
from server.domain.queue.ticket import TicketState
from server.domain.reports.day_figures import day_figures
from server.domain.reports.littles_law import littles_law_check
from server.domain.reports.measured import MeasuredLeg, MeasuredTicket
from server.domain.reports.measures import DurationStatistics, Share, duration_statistics, figures
from server.domain.reports.ratings import Satisfaction, ratings

MIN = MINUTE_MS


def leg(
    called: int | None,
    started: int | None,
    finished: int | None,
    *,
    outcome: str | None = "received",
    counter: str | None = "c1",
    service: str = "HT",
    procedure: str | None = "1.001193",
) -> MeasuredLeg:
    """Times in minutes of the day."""

    def at(minutes: int | None) -> int | None:
        return None if minutes is None else minutes * MIN

    return MeasuredLeg(service, procedure, counter, at(called), at(started), at(finished), outcome)


def ticket(
    number: str,
    state: TicketState,
    issued: int,
    called: int | None,
    *legs: MeasuredLeg,
    ended: int | None = None,
    service: str = "HT",
    transfers: int = 0,
    practice: bool = False,
    void: bool = False,
) -> MeasuredTicket:
    until = called if called is not None else ended
    return MeasuredTicket(
        number=number,
        service=service,
        state=state,
        minute=issued,
        issued_ms=issued * MIN,
        first_called_ms=None if called is None else called * MIN,
        ended_ms=None if ended is None else ended * MIN,
        legs=legs,
        transfers=transfers,
        total_waiting_ms=0 if until is None else (until - issued) * MIN,
        practice=practice,
        void=void,
    )


# Seven to nine in the morning, minutes of the day: 420 is 07:00.
DAY = [
    # waits 5, walks 1, served 10
    ticket("A001", TicketState.SERVED, 420, 425, leg(425, 426, 436)),
    # waits 20: just within; walks 2, served 8
    ticket("A002", TicketState.SERVED, 425, 445, leg(445, 447, 455, counter="c2")),
    # waits 21: just over; walks 0, served 4; then at another service, walks 1, served 2, set aside, served 4
    ticket(
        "A003",
        TicketState.SERVED,
        430,
        451,
        leg(451, 451, 455),
        leg(460, 461, 463, service="CT", procedure="2.000815", counter="c2", outcome=None),
        leg(None, 466, 470, service="CT", procedure="2.000815", counter="c2"),
        transfers=1,
    ),
    # waits 30; the day's close finished it: no service time
    ticket("B001", TicketState.SERVED, 480, 510, leg(510, 511, 600, outcome="unrecorded"), service="CT"),
    # called after 4 and did not come: left, but not after the target
    ticket("A004", TicketState.NO_SHOW, 435, 439, leg(439, None, None, outcome=None), ended=445),
    # called after 25 and did not come: left after the target
    ticket("A005", TicketState.NO_SHOW, 440, 465, leg(465, None, None, outcome=None), ended=470),
    # gave up uncalled after 40: left after the target
    ticket("B002", TicketState.CANCELLED, 485, None, leg(None, None, None, counter=None), ended=525, service="CT"),
    # still waiting
    ticket("B003", TicketState.WAITING, 490, None, leg(None, None, None, counter=None), service="CT"),
    # in none of the figures
    ticket("A006", TicketState.CANCELLED, 441, None, ended=442, void=True),
    ticket("Z001", TicketState.SERVED, 442, 443, leg(443, 444, 445), practice=True),
]


def test_the_whole_day_equals_figures_worked_out_by_hand() -> None:
    measured = day_figures(DAY, target_min=20, counter_open_ms={}).day_totals
    assert (measured.issued, measured.served, measured.open) == (8, 4, 1)
    # waits 5, 20, 21, 30: mean 76/4, median 20.5, p90 is the 4th of 4
    assert measured.wait == DurationStatistics(4, 19 * MIN, 20.5 * MIN, 30 * MIN)
    # within 20: A001, A002; of four served and two that left after more than 20
    assert measured.within_target == Share(2, 6)
    assert measured.left == Share(3, 8)
    assert measured.no_show == Share(2, 8)
    # walks 1, 2, 0, 1, 1 over the legs that were called and started
    assert measured.call_to_start == DurationStatistics(5, 1 * MIN, 1 * MIN, 2 * MIN)
    # 10, 8, and 4 + 2 + 4; the unrecorded one is left out and counted
    assert measured.service == DurationStatistics(3, 28 * MIN / 3, 10 * MIN, 10 * MIN)
    assert measured.unrecorded == 1
    assert measured.transferred == Share(1, 8)


def waiting_since(number: str, issued: int, now: int) -> MeasuredTicket:
    return replace(ticket(number, TicketState.WAITING, issued, None), uncalled_ms=(now - issued) * MIN)


def test_those_who_still_wait_longer_than_the_target_are_in_the_share() -> None:
    in_time = [ticket(f"A{n:03d}", TicketState.SERVED, 420, 430, leg(430, 430, 431)) for n in range(15)]
    late = [ticket("A016", TicketState.SERVED, 420, 441, leg(441, 441, 442))]
    # at 456: fourteen wait 36 to 23 minutes, one waits exactly 20, one 5
    overdue = [waiting_since(f"B{n:03d}", 420 + n, 456) for n in range(14)]
    others = [waiting_since("C001", 436, 456), waiting_since("C002", 451, 456)]
    measured = figures([*in_time, *late, *overdue, *others], target_min=20)
    assert measured.within_target == Share(15, 30)
    assert measured.overdue == 14
    assert measured.open == 16


def test_a_call_counts_from_when_it_was_made_not_from_when_it_was_served() -> None:
    serving = ticket("A001", TicketState.SERVING, 420, 430, leg(430, 431, None, outcome=None))
    called_late = ticket("A002", TicketState.CALLED, 420, 445, leg(445, None, None, outcome=None))
    # called in time, then asked for again: its first call is what the visitor waited for
    again = ticket("A003", TicketState.WAITING, 420, 425, leg(425, None, None, outcome=None))
    measured = figures([serving, called_late, again], target_min=20)
    assert (measured.within_target, measured.overdue) == (Share(2, 3), 0)


def test_practice_and_void_tickets_are_counted_apart() -> None:
    measured = day_figures(DAY, target_min=20, counter_open_ms={})
    assert (measured.practice, measured.void) == (1, 1)


def test_each_ticket_belongs_to_the_service_hour_and_counter_it_began_with() -> None:
    measured = day_figures(DAY, target_min=20, counter_open_ms={})
    assert {name: figures.issued for name, figures in measured.services.items()} == {"CT": 3, "HT": 5}
    assert {hour: figures.issued for hour, figures in measured.hours.items()} == {7: 5, 8: 3}
    assert {name: figures.issued for name, figures in measured.counters.items()} == {"c1": 5, "c2": 1}
    assert measured.services["CT"].within_target == Share(0, 2)
    assert measured.services["HT"].within_target == Share(2, 4)


def test_service_times_belong_to_the_procedure_and_the_counter_of_their_leg() -> None:
    measured = day_figures(
        DAY, target_min=20, counter_open_ms={"c1": 120 * MIN, "c2": 60 * MIN, "c3": 30 * MIN, "c4": 0}
    )
    assert measured.procedures == {
        ("CT", "2.000815"): DurationStatistics(2, 3 * MIN, 3 * MIN, 4 * MIN),
        ("HT", "1.001193"): DurationStatistics(3, 22 * MIN / 3, 8 * MIN, 10 * MIN),
    }
    # c1 worked 10 + 4 minutes, c2 8 + 6, c3 none; c4 was never open
    assert measured.occupancy == {
        "c1": Share(14 * MIN, 120 * MIN),
        "c2": Share(14 * MIN, 60 * MIN),
        "c3": Share(0, 30 * MIN),
    }


def test_empty_half_hours_between_two_others_are_shown_as_none() -> None:
    rows = [ticket("A001", TicketState.WAITING, 449, None), ticket("A002", TicketState.WAITING, 510, None)]
    assert day_figures(rows, target_min=20, counter_open_ms={}).issued_by_half_hour == {
        420: 1,
        450: 0,
        480: 0,
        510: 1,
    }


def test_a_wait_on_an_edge_belongs_to_the_lower_class() -> None:
    waits = {low: n for low, _, n in day_figures(DAY, target_min=20, counter_open_ms={}).wait_classes}
    assert waits == {0: 1, 5: 0, 10: 0, 15: 1, 20: 1, 25: 1, 30: 0, 35: 0, 40: 0, 50: 0}


def test_the_ninetieth_percentile_is_the_nearest_rank() -> None:
    assert duration_statistics(range(1, 11)) == DurationStatistics(10, 5.5, 5.5, 9)
    assert duration_statistics(range(1, 12)) == DurationStatistics(11, 6.0, 6.0, 10)
    assert duration_statistics([7]) == DurationStatistics(1, 7.0, 7.0, 7)
    assert duration_statistics([]) is None


def test_a_second_over_the_target_is_over_it() -> None:
    on_time = MeasuredTicket("A001", "HT", TicketState.SERVED, 0, 0, 20 * MIN, None, ())
    late = MeasuredTicket("A002", "HT", TicketState.SERVED, 0, 0, 20 * MIN + 1, None, ())
    assert figures([on_time, late], target_min=20).within_target == Share(1, 2)


def test_a_service_is_measured_by_its_own_target() -> None:
    rows = [
        MeasuredTicket(f"A{n}", service, TicketState.SERVED, 0, 0, 25 * MIN, None, ())
        for n, service in enumerate(("HT", "DD"))
    ]
    assert figures(rows, target_min=20, service_targets={"DD": 30}).within_target == Share(1, 2)
    day = day_figures(rows, target_min=20, counter_open_ms={}, service_targets={"DD": 30})
    assert (day.services["HT"].within_target, day.services["DD"].within_target) == (Share(0, 1), Share(1, 1))


def test_a_share_of_nothing_has_no_percentage() -> None:
    measured = figures([], target_min=20)
    assert measured.within_target == Share(0, 0)
    assert measured.within_target.percent is None
    assert measured.wait is None


def test_a_ticket_with_an_unfinished_leg_has_no_service_time() -> None:
    assert ticket("A001", TicketState.SERVING, 0, 1, leg(1, 2, 3), leg(4, 5, None, outcome=None)).service_ms is None


def test_littles_law_finds_the_same_mean_both_ways() -> None:
    # one waits 0-30, another 10-20: areas 30 + 10 over an hour = 2/3 waiting on average
    rows = [ticket("A001", TicketState.SERVED, 0, 30), ticket("A002", TicketState.SERVED, 10, 20)]
    samples = [(0, 1), (10 * MIN, 2), (20 * MIN, 1), (30 * MIN, 0)]
    measured = littles_law_check(rows, samples, from_ms=0, to_ms=60 * MIN)
    assert measured is not None
    assert round(measured.computed, 9) == round(measured.measured, 9) == round(2 / 3, 9)


def test_littles_law_disagrees_when_a_sample_is_wrong() -> None:
    rows = [ticket("A001", TicketState.SERVED, 0, 30)]
    measured = littles_law_check(rows, [(0, 2), (30 * MIN, 0)], from_ms=0, to_ms=60 * MIN)
    assert measured is not None
    assert (measured.computed, measured.measured) == (0.5, 1.0)


def test_littles_law_says_nothing_without_samples() -> None:
    assert littles_law_check([], [], from_ms=0, to_ms=60 * MIN) is None


def test_ratings_are_shares_of_what_was_said_and_of_who_was_served() -> None:
    first, second, moved, late = DAY[:4]
    rows = [
        replace(first, rating="very_satisfied"),
        replace(second, rating="dissatisfied"),
        replace(moved, rating="satisfied"),
        late,
        replace(DAY[4], rating="satisfied"),  # nobody rates what was not served; such a row would be a mistake
    ]
    measured = ratings(rows)
    assert measured.day_totals == Satisfaction(satisfied=Share(2, 3), rated=Share(3, 4))
    # A003 was taken for HT and rated where it was served last, at counter 2
    assert measured.services == {"HT": Satisfaction(Share(2, 3), Share(3, 3))}
    assert measured.counters == {
        "c1": Satisfaction(Share(1, 1), Share(1, 2)),
        "c2": Satisfaction(Share(1, 2), Share(2, 2)),
    }


def test_a_neutral_rating_is_a_rating_and_not_a_satisfied_one() -> None:
    measured = ratings([replace(DAY[0], rating="neutral"), replace(DAY[1], rating="satisfied")])
    assert measured.day_totals == Satisfaction(Share(1, 2), Share(2, 2))


def test_without_ratings_there_is_no_group_of_them() -> None:
    measured = day_figures(DAY, target_min=20, counter_open_ms={}).ratings
    assert (measured.day_totals.satisfied.percent, measured.services, measured.counters) == (None, {}, {})
