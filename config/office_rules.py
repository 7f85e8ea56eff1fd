"""Settings of the rule of the queue, a part of the office's file."""

import re
from typing import Literal

from pydantic import Field, field_validator

from config.devices import Section


class RuleSettings(Section):
    """The rule of the queue, with its settings."""

    head_start_min: int = Field(
        default=30, ge=0, le=1440, description="minutes by which a priority ticket counts as taken earlier"
    )
    calls: int = Field(
        default=3,
        ge=1,
        le=9,
        description="most calls of a number, the first one included; marking it absent before the last needs a reason",
    )
    call_gap_s: int = Field(
        default=20,
        ge=0,
        le=300,
        description="seconds from when a call was shown or spoken until the next call of the same number, or until it"
        " can be marked absent; 0: no least time",
    )
    call_later_min: int = Field(
        default=3,
        ge=0,
        le=60,
        description='a number put back with "call later" can be called again after so many minutes, and not before the'
        " next number of its service",
    )
    defer_behind: int = Field(
        default=5,
        ge=1,
        le=50,
        description="a visitor who lets others go first goes behind so many waiting tickets of the service",
    )
    ready: bool = Field(
        default=True,
        description="a counter that asks for the next ticket when none waits becomes ready: the next one is called"
        " there at once",
    )
    ready_min: int = Field(default=10, ge=1, le=120, description="minutes after which readiness without a call ends")
    acknowledge_s: int = Field(
        default=45,
        ge=5,
        le=600,
        description="seconds after which an automatic call is taken back that nobody at the counter acknowledged",
    )
    grace_s: int = Field(
        default=30,
        ge=1,
        le=600,
        description="a ready clerk whose page and keypad give no sign of life for so many seconds counts as absent",
    )
    reopen_min: int = Field(default=2, ge=1, le=60, description="a served ticket can be reopened for so many minutes")
    undo_min: int = Field(
        default=2, ge=1, le=60, description="whoever moved a ticket can take the move back for so many minutes"
    )
    hold_min: int = Field(
        default=30, ge=1, le=480, description="minutes until a held ticket is due, if the clerk gave no time"
    )
    pin_pause_min: int = Field(
        default=15,
        ge=1,
        le=240,
        description="after so many minutes of a counter's pause, other counters may call the tickets pinned to it",
    )
    next_finishes: bool = Field(
        default=False,
        description='"next" first finishes the ticket that the counter serves, with the default outcome of its service',
    )
    rating_min: int = Field(default=10, ge=1, le=120, description="a served ticket can be rated for so many minutes")
    dossier_codes: list[str] = Field(
        default=[
            r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}-[0-9]{6}-[0-9]{4,10}",
            r"([A-Z]\.)?[A-Z][0-9]{2}\.[0-9]{3}\.[0-9]{2}-[0-9]{6}-[0-9]{4,10}",
        ],
        max_length=10,
        description="patterns of scanned dossier codes: regular expressions, each for the whole code in capitals;"
        " by default both national forms",
    )
    target_min: int = Field(
        default=20, ge=1, le=240, description="minutes within which the office aims to call a ticket"
    )
    one_stop: bool = Field(
        default=True,
        description="whether this is a one-stop office: screens, slips and pages write 'Trung tâm Phục vụ hành chính"
        " công' above its name; false for a clinic, a bank or a shop",
    )
    close_at: str = Field(
        default="03:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="hh:mm on the following date at which a service day that is still open is closed by itself",
    )
    repeat_min: int = Field(
        default=0,
        ge=0,
        le=240,
        description="for so many minutes one touch sequence at a kiosk gets no second number of a service while its"
        " first one waits; staff issue regardless; 0: no limit",
    )
    number_first: int = Field(default=1, ge=1, le=9999, description="the numbers of a day begin with this one: A001")
    number_last: int | None = Field(
        default=None,
        ge=1,
        le=9999,
        description="the last number of a day; none: they go on, with four digits after 999",
    )
    number_digits: int = Field(default=3, ge=1, le=4, description="least digits of a number, with zeros before it")
    number_end: Literal["stop", "wrap"] = Field(
        default="stop",
        description="after the last number: stop issues no more on that day, wrap begins again at the first number"
        " and leaves out those that still wait",
    )
    order_by: Literal["hand", "demand"] = Field(
        default="hand",
        description="order of services and groups at the kiosk: hand: as in this file; demand: by the numbers issued in"
        " the last weeks, computed when a service day opens",
    )
    order_weeks: int = Field(default=4, ge=1, le=26, description="weeks whose numbers count for the order by demand")
    seat_late_min: int = Field(
        default=10,
        ge=1,
        le=240,
        description="a counter whose person by the roster is not there so many minutes after the beginning is an alert"
        " on the manager's page",
    )

    @field_validator("dossier_codes")
    @classmethod
    def _check_patterns(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        return patterns
