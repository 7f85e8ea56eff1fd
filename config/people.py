"""Settings of the office's people: what each serves, and who sits where."""

from collections.abc import Collection, Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from config.devices import Id, Section
from config.office_values import SPAN, Code, Date, Weekday


class ClerkSettings(Section):
    id: Id = Field(description="stays in the journal for ever, so it should not be made from the name: nv-1")
    name: str
    role: Literal["clerk", "manager"] = "clerk"
    services: list[Code] | None = Field(default=None, description="own list of services; none: the counter's")
    closed: bool = Field(default=False, description="no longer used; rows of earlier days may refer to it")
    also: list[Code] = Field(
        default=[],
        description="of these services, those that the clerk serves only while no number of the others can be called,"
        " or whose number has waited longer than the target",
    )


class RosterSettings(Section):
    """A person at a counter on some weekdays; with dates an exception."""

    id: Id
    counter: Id
    clerk: Id | None = Field(default=None, description="none: nobody sits there then, even where somebody does usually")
    weekdays: list[Weekday] = Field(min_length=1)
    hours: Annotated[str, StringConstraints(pattern=rf"^(am|pm|{SPAN.pattern[1:-1]})$")] | None = Field(
        default=None, description='am: the morning, pm: the afternoon, or a span such as "08:00-10:00"; none: all day'
    )
    since: Date | None = Field(default=None, description="first date of an exception; none: every week")
    until: Date | None = Field(default=None, description="last date of an exception; given together with `since`")


def roster_mistakes(roster: Iterable[RosterSettings], counters: Collection[str], clerks: Collection[str]) -> list[str]:
    """Return the mistakes of the roster's references and dates."""
    mistakes = []
    for entry in roster:
        if entry.counter not in counters:
            mistakes.append(f"roster {entry.id!r}: unknown counter {entry.counter!r}")
        if entry.clerk is not None and entry.clerk not in clerks:
            mistakes.append(f"roster {entry.id!r}: unknown clerk {entry.clerk!r}")
        if (entry.since is None) is not (entry.until is None):
            mistakes.append(f"roster {entry.id!r}: an exception has both since and until")
    return mistakes
