"""The settings of the rule of the queue, a part of the office."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the rule of the queue; ``config.office_rules.RuleSettings`` describes each.

    The defaults stand for settings that an office of an earlier release does not have.
    """

    head_start_min: int = 30  # a priority ticket counts as taken so much earlier
    calls: int = 3  # after so many calls a ticket is not called again, and may be marked absent without a reason
    call_gap_s: int = 20  # minimum time between two calls of a ticket, see call_gap.py
    call_later_min: int = 3  # a ticket that was put off can be called again after this
    defer_behind: int = 5  # a visitor who lets others go first lets so many go first
    ready: bool = True  # whether counters may be ready for automatic calls
    ready_min: int = 10  # readiness without a call ends after this
    acknowledge_s: int = 45  # an automatic call that nobody acknowledges for so long is taken back
    grace_s: int = 30  # a ready clerk whose page and keypad give no sign of life for so long counts as absent
    reopen_min: int = 2  # a served ticket can be reopened for so long
    undo_min: int = 2  # a move of a ticket can be taken back for so long
    hold_min: int = 30  # a ticket is held for so long if the clerk gives no time
    pin_pause_min: int = 15  # the pins to a counter end after a pause of this length
    next_finishes: bool = False  # whether a call of the next ticket first finishes the one that is being served
    rating_min: int = 10  # a served ticket can be rated for so long
    dossier_codes: tuple[str, ...] = (  # regular expressions, each for a whole code in capitals that a scanner may read
        r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}-[0-9]{6}-[0-9]{4,10}",
        r"([A-Z]\.)?[A-Z][0-9]{2}\.[0-9]{3}\.[0-9]{2}-[0-9]{6}-[0-9]{4,10}",
    )
    target_min: int = 20  # the waiting time within which the office aims to call a ticket
    one_stop: bool = True  # whether screens, slips and pages name the one-stop centre above the office's name
    close_at: str = "03:00"  # local time at night, on the next date, at which a day that was left open is closed
    repeat_min: int = 0  # one touch sequence gets no second waiting number of a service for so long; 0: it does
    number_first: int = 1  # the numbers of a series begin with this one
    number_last: int | None = None  # they end with this one; None: they do not end
    number_digits: int = 3  # a number has at least so many digits
    number_end: str = "stop"  # after the last number: "stop" issues no more, "wrap" begins again
    order_by: str = "hand"  # of services and groups at the kiosk: as the office has them, or by "demand"
    order_weeks: int = 4  # the weeks whose numbers count for the order by demand
    seat_late_min: int = 10  # a counter whose person by the roster is not there for so long is an alert
