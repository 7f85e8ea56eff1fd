"""The day's figures against literals worked out by hand."""

from dataclasses import replace

from server.domain.measures import (
    MINUTE_MS,
    LegRow,
    Satisfaction,
    Share,
    Spread,
    TicketRow,
    day,
    figures,
    little,
    ratings,
    served_ms,
    spread,
)
from server.domain.ticket import State

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
) -> LegRow:
    """Times in minutes of the day."""

    def at(minutes: int | None) -> int | None:
        return None if minutes is None else minutes * MIN

    return LegRow(service, procedure, counter, at(called), at(started), at(finished), outcome)


def ticket(
    number: str,
    state: State,
    issued: int,
    called: int | None,
    *legs: LegRow,
    ended: int | None = None,
    service: str = "HT",
    transfers: int = 0,
    practice: bool = False,
    void: bool = False,
) -> TicketRow:
    until = called if called is not None else ended
    return TicketRow(
        number=number,
        service=service,
        state=state,
        minute=issued,
        issued_ms=issued * MIN,
        first_called_ms=None if called is None else called * MIN,
        ended_ms=None if ended is None else ended * MIN,
        legs=legs,
        transfers=transfers,
        waiting_ms=0 if until is None else (until - issued) * MIN,
        practice=practice,
        void=void,
    )


# Seven to nine in the morning, minutes of the day: 420 is 07:00.
DAY = [
    # waits 5, walks 1, served 10
    ticket("A001", State.SERVED, 420, 425, leg(425, 426, 436)),
    # waits 20: just within; walks 2, served 8
    ticket("A002", State.SERVED, 425, 445, leg(445, 447, 455, counter="c2")),
    # waits 21: just over; walks 0, served 4; then at another service, walks 1, served 2, set aside, served 4
    ticket(
        "A003",
        State.SERVED,
        430,
        451,
        leg(451, 451, 455),
        leg(460, 461, 463, service="CT", procedure="2.000815", counter="c2", outcome=None),
        leg(None, 466, 470, service="CT", procedure="2.000815", counter="c2"),
        transfers=1,
    ),
    # waits 30; the day's close finished it: no service time
    ticket("B001", State.SERVED, 480, 510, leg(510, 511, 600, outcome="unrecorded"), service="CT"),
    # called after 4 and did not come: left, but not after the target
    ticket("A004", State.NO_SHOW, 435, 439, leg(439, None, None, outcome=None), ended=445),
    # called after 25 and did not come: left after the target
    ticket("A005", State.NO_SHOW, 440, 465, leg(465, None, None, outcome=None), ended=470),
    # gave up uncalled after 40: left after the target
    ticket("B002", State.CANCELLED, 485, None, leg(None, None, None, counter=None), ended=525, service="CT"),
    # still waiting
    ticket("B003", State.WAITING, 490, None, leg(None, None, None, counter=None), service="CT"),
    # in none of the figures
    ticket("A006", State.CANCELLED, 441, None, ended=442, void=True),
    ticket("Z001", State.SERVED, 442, 443, leg(443, 444, 445), practice=True),
]


def test_the_whole_day_equals_figures_worked_out_by_hand() -> None:
    found = day(DAY, target_min=20, open_ms={}).whole
    assert (found.issued, found.served, found.open) == (8, 4, 1)
    # waits 5, 20, 21, 30: mean 76/4, median 20.5, p90 is the 4th of 4
    assert found.wait == Spread(4, 19 * MIN, 20.5 * MIN, 30 * MIN)
    # within 20: A001, A002; of four served and two that left after more than 20
    assert found.within == Share(2, 6)
    assert found.left == Share(3, 8)
    assert found.no_show == Share(2, 8)
    # walks 1, 2, 0, 1, 1 over the legs that were called and started
    assert found.walk == Spread(5, 1 * MIN, 1 * MIN, 2 * MIN)
    # 10, 8, and 4 + 2 + 4; the unrecorded one is left out and counted
    assert found.service == Spread(3, 28 * MIN / 3, 10 * MIN, 10 * MIN)
    assert found.unrecorded == 1
    assert found.transferred == Share(1, 8)


def waiting_since(number: str, issued: int, now: int) -> TicketRow:
    return replace(ticket(number, State.WAITING, issued, None), uncalled_ms=(now - issued) * MIN)


def test_those_who_still_wait_longer_than_the_target_are_in_the_share() -> None:
    in_time = [ticket(f"A{n:03d}", State.SERVED, 420, 430, leg(430, 430, 431)) for n in range(15)]
    late = [ticket("A016", State.SERVED, 420, 441, leg(441, 441, 442))]
    # at 456: fourteen wait 36 to 23 minutes, one waits exactly 20, one 5
    overdue = [waiting_since(f"B{n:03d}", 420 + n, 456) for n in range(14)]
    others = [waiting_since("C001", 436, 456), waiting_since("C002", 451, 456)]
    found = figures([*in_time, *late, *overdue, *others], target_min=20)
    assert found.within == Share(15, 30)
    assert found.overdue == 14
    assert found.open == 16


def test_a_call_counts_from_when_it_was_made_not_from_when_it_was_served() -> None:
    serving = ticket("A001", State.SERVING, 420, 430, leg(430, 431, None, outcome=None))
    called_late = ticket("A002", State.CALLED, 420, 445, leg(445, None, None, outcome=None))
    # called in time, then asked for again: its first call is what the visitor waited for
    again = ticket("A003", State.WAITING, 420, 425, leg(425, None, None, outcome=None))
    found = figures([serving, called_late, again], target_min=20)
    assert (found.within, found.overdue) == (Share(2, 3), 0)


def test_practice_and_void_tickets_are_counted_apart() -> None:
    found = day(DAY, target_min=20, open_ms={})
    assert (found.practice, found.void) == (1, 1)


def test_each_ticket_belongs_to_the_service_hour_and_counter_it_began_with() -> None:
    found = day(DAY, target_min=20, open_ms={})
    assert {name: one.issued for name, one in found.services.items()} == {"CT": 3, "HT": 5}
    assert {hour: one.issued for hour, one in found.hours.items()} == {7: 5, 8: 3}
    assert {name: one.issued for name, one in found.counters.items()} == {"c1": 5, "c2": 1}
    assert found.services["CT"].within == Share(0, 2)
    assert found.services["HT"].within == Share(2, 4)


def test_service_times_belong_to_the_procedure_and_the_counter_of_their_leg() -> None:
    found = day(DAY, target_min=20, open_ms={"c1": 120 * MIN, "c2": 60 * MIN, "c3": 30 * MIN, "c4": 0})
    assert found.procedures == {
        ("CT", "2.000815"): Spread(2, 3 * MIN, 3 * MIN, 4 * MIN),
        ("HT", "1.001193"): Spread(3, 22 * MIN / 3, 8 * MIN, 10 * MIN),
    }
    # c1 worked 10 + 4 minutes, c2 8 + 6, c3 none; c4 was never open
    assert found.occupancy == {
        "c1": Share(14 * MIN, 120 * MIN),
        "c2": Share(14 * MIN, 60 * MIN),
        "c3": Share(0, 30 * MIN),
    }


def test_empty_half_hours_between_two_others_are_shown_as_none() -> None:
    rows = [ticket("A001", State.WAITING, 449, None), ticket("A002", State.WAITING, 510, None)]
    assert day(rows, target_min=20, open_ms={}).half_hours == {420: 1, 450: 0, 480: 0, 510: 1}


def test_a_wait_on_an_edge_belongs_to_the_lower_class() -> None:
    waits = {low: n for low, _, n in day(DAY, target_min=20, open_ms={}).waits}
    assert waits == {0: 1, 5: 0, 10: 0, 15: 1, 20: 1, 25: 1, 30: 0, 35: 0, 40: 0, 50: 0}


def test_the_ninetieth_percentile_is_the_nearest_rank() -> None:
    assert spread(range(1, 11)) == Spread(10, 5.5, 5.5, 9)
    assert spread(range(1, 12)) == Spread(11, 6.0, 6.0, 10)
    assert spread([7]) == Spread(1, 7.0, 7.0, 7)
    assert spread([]) is None


def test_a_second_over_the_target_is_over_it() -> None:
    on_time = TicketRow("A001", "HT", State.SERVED, 0, 0, 20 * MIN, None, ())
    late = TicketRow("A002", "HT", State.SERVED, 0, 0, 20 * MIN + 1, None, ())
    assert figures([on_time, late], target_min=20).within == Share(1, 2)


def test_a_share_of_nothing_has_no_percentage() -> None:
    found = figures([], target_min=20)
    assert found.within == Share(0, 0)
    assert found.within.percent is None
    assert found.wait is None


def test_a_ticket_with_an_unfinished_leg_has_no_service_time() -> None:
    assert served_ms(ticket("A001", State.SERVING, 0, 1, leg(1, 2, 3), leg(4, 5, None, outcome=None))) is None


def test_littles_law_finds_the_same_mean_both_ways() -> None:
    # one waits 0-30, another 10-20: areas 30 + 10 over an hour = 2/3 waiting on average
    rows = [ticket("A001", State.SERVED, 0, 30), ticket("A002", State.SERVED, 10, 20)]
    samples = [(0, 1), (10 * MIN, 2), (20 * MIN, 1), (30 * MIN, 0)]
    found = little(rows, samples, from_ms=0, to_ms=60 * MIN)
    assert found is not None
    assert round(found.computed, 9) == round(found.measured, 9) == round(2 / 3, 9)


def test_littles_law_disagrees_when_a_sample_is_wrong() -> None:
    rows = [ticket("A001", State.SERVED, 0, 30)]
    found = little(rows, [(0, 2), (30 * MIN, 0)], from_ms=0, to_ms=60 * MIN)
    assert found is not None
    assert (found.computed, found.measured) == (0.5, 1.0)


def test_littles_law_says_nothing_without_samples() -> None:
    assert little([], [], from_ms=0, to_ms=60 * MIN) is None


def test_ratings_are_shares_of_what_was_said_and_of_who_was_served() -> None:
    first, second, moved, late = DAY[:4]
    rows = [
        replace(first, rating="very_satisfied"),
        replace(second, rating="dissatisfied"),
        replace(moved, rating="satisfied"),
        late,
        replace(DAY[4], rating="satisfied"),  # nobody rates what was not served; such a row would be a mistake
    ]
    found = ratings(rows)
    assert found.whole == Satisfaction(satisfied=Share(2, 3), rated=Share(3, 4))
    # A003 was taken for HT and rated where it was served last, at counter 2
    assert found.services == {"HT": Satisfaction(Share(2, 3), Share(3, 3))}
    assert found.counters == {
        "c1": Satisfaction(Share(1, 1), Share(1, 2)),
        "c2": Satisfaction(Share(1, 2), Share(2, 2)),
    }


def test_a_neutral_rating_is_a_rating_and_not_a_satisfied_one() -> None:
    found = ratings([replace(DAY[0], rating="neutral"), replace(DAY[1], rating="satisfied")])
    assert found.whole == Satisfaction(Share(1, 2), Share(2, 2))


def test_without_ratings_there_is_no_group_of_them() -> None:
    found = day(DAY, target_min=20, open_ms={}).ratings
    assert (found.whole.satisfied.percent, found.services, found.counters) == (None, {}, {})
