"""The kinds of problems that make an office impossible."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.domain.office_changes.parts import Part


class ProblemKind(StrEnum):
    """The kinds of problems. The comment names the entries of ``values`` beside ``name``."""

    ID = "id"  # the id has other characters than letters, digits, dot, hyphen and underscore
    NO_NAME = "no_name"  # the Vietnamese text is missing
    TOO_LONG = "too_long"  # most: the most characters
    PREFIX = "prefix"  # one or two capital letters are needed
    OUTCOME = "outcome"
    CAPACITY = "capacity"
    SAME_LABEL = "same_label"  # other: the counter that has this label too
    NO_SERVICES = "no_services"  # a counter or a group without any service
    IN_TWO_GROUPS = "in_two_groups"  # service; other: the group that has it too
    SYNONYM = "synonym"  # word: it is empty, too long, or there twice
    UNKNOWN_SERVICE = "unknown_service"  # service
    UNKNOWN_CLERK = "unknown_clerk"  # clerk
    ALSO_NOT_SERVED = "also_not_served"  # service: a person's further service that is not among those of the person
    UNKNOWN_COUNTER = "unknown_counter"  # counter
    WEEKDAYS = "weekdays"  # an entry of the roster without a weekday, or whose dates have none of its weekdays
    SPAN = "span"  # no span of hours
    BOTH_DATES = "both_dates"  # an exception has a first and a last date
    SEAT_TAKEN = "seat_taken"  # other, day: another entry has the counter at the same time
    OVERLAP = "overlap"  # day, spans: two of its spans overlap, or are out of order
    LIMITS = "limits"  # least, most
    PATTERN = "pattern"  # pattern: no regular expression
    TIME = "time"  # no time of day
    MOMENT = "moment"  # no date with a time of day
    ENDS_FIRST = "ends_first"  # a notice that ends before it starts
    DAY_OPEN = "day_open"  # cannot change while a service day is open
    COUNTER_IN_USE = "counter_in_use"  # the counter is open, or serves somebody
    PEOPLE_WAIT = "people_wait"  # n: people wait for the service, and no counter would serve it
    DAY = "day"  # a date that the calendar has not
    PAST = "past"  # date: the day is before the first one on which the change counts
    NO_COUNTERS = "no_counters"  # the office has no counter left
    NO_OPEN_SERVICES = "no_open_services"  # the office has no service left
    SAME_PREFIX = "same_prefix"  # other, prefix: another service has it, and the numbers are not shared
    SERIES = "series"  # the service whose numbers are shared is unknown, or shares those of another one itself
    SERIES_PREFIX = "series_prefix"  # other, prefix: the numbers of the other service begin with this prefix
    SERIES_RANGE = "series_range"  # a service with shared numbers has a range of its own
    RANGE = "range"  # first: the last number is before the first one
    WRAPPING = "wrapping"  # least: a range that begins again has an end, and so many numbers


@dataclass(frozen=True, slots=True)
class OfficeProblem:
    """A reason why an office cannot be. ``name``: the field of the part, empty for the whole part."""

    kind: ProblemKind
    part: Part
    id: str
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
