"""What a demonstration's clerk does next: pure, from the counter's picture on the board.

The clerk sees what everybody sees. Each time the counter looks different it makes up its mind what to do and when;
it does one thing at a time, and does it again later when nothing came of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from server.hall.morning import Break, Comes, Visitor

BETWEEN_MS = 25_000  # tidying the desk before the next number
CALL_EVERY_MS = 30_000
AGAIN_MS = 60_000  # nothing came of it
STRANGER_MS = 300_000  # service of somebody who is not part of the plan: a person at the kiosk
CALLS = 3
BY_PAGE_ONLY = frozenset({"transfer", "resume"})

Picture = Mapping[str, Any]
Who = Callable[[str], Visitor | None]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a clerk does: ``what`` is a key of the pad, or a move. ``by_page``: through the clerk's page."""

    counter: str
    what: str
    ticket: str | None = None
    number: str | None = None
    by_page: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody this clerk sent off for a moment."""

    ticket: str
    back_ms: int


@dataclass(frozen=True, slots=True)
class Clerk:
    """One clerk's mind. ``by_page``: works with the browser, else with the pad wherever the pad can do it."""

    counter: str
    by_page: bool = False
    rest: Break | None = None
    rest_ends_ms: int | None = None
    away: tuple[Away, ...] = ()
    seen: tuple[Any, ...] = ()
    calls: int = 1
    next_act: Act | None = None
    due_ms: int | None = None


def look(clerk: Clerk, picture: Picture, who: Who, now_ms: int) -> Clerk:
    """The clerk after a look at its counter on the board; ``who`` knows the visitor of a number."""
    ticket = picture["ticket"]
    seen = (picture["state"], picture["ready"], ticket and ticket["id"], ticket and ticket["state"])
    if seen == clerk.seen:
        return clerk
    clerk = replace(clerk, seen=seen, calls=1)
    if ticket is not None:  # whoever is at the counter is not away
        clerk = replace(clerk, away=tuple(one for one in clerk.away if one.ticket != ticket["id"]))
    return _decide(clerk, picture, who, now_ms)


def act(clerk: Clerk, picture: Picture, who: Who, now_ms: int) -> tuple[Clerk, Act | None]:
    """What is due now, if anything, and the clerk who has done it."""
    if clerk.next_act is None or clerk.due_ms is None or clerk.due_ms > now_ms:
        return clerk, None
    doing = clerk.next_act
    done = replace(clerk, due_ms=now_ms + AGAIN_MS)
    if doing.what == "recall":  # the counter looks the same after it: think again at once
        return _decide(replace(done, calls=clerk.calls + 1), picture, who, now_ms), doing
    if doing.what == "no_show":  # where it was refused the last call is too near, or one is missing: call once more
        again = replace(doing, what="recall")
        return replace(done, calls=CALLS - 1, next_act=again), doing
    if doing.what == "hold" and doing.ticket is not None:
        visitor = who(doing.number or "")
        away_ms = visitor.hold.away_ms if visitor is not None and visitor.hold is not None else AGAIN_MS
        return replace(done, away=(*clerk.away, Away(doing.ticket, now_ms + away_ms))), doing
    if doing.what == "resume":  # if it cannot be resumed it comes back through the queue
        return replace(done, away=tuple(one for one in clerk.away if one.ticket != doing.ticket), seen=()), doing
    if doing.what == "pause" and clerk.rest is not None and picture["state"] == "open":
        return replace(done, rest=None, rest_ends_ms=now_ms + clerk.rest.length_ms), doing
    return done, doing


def _decide(clerk: Clerk, picture: Picture, who: Who, now_ms: int) -> Clerk:
    ticket = picture["ticket"]
    if picture["state"] == "paused":
        ends_ms = clerk.rest_ends_ms if clerk.rest_ends_ms is not None else now_ms + BETWEEN_MS
        return _plan(replace(clerk, rest_ends_ms=None), "pause", ends_ms)
    if ticket is None:
        return _free(clerk, picture, now_ms)
    visitor = who(ticket["number"])
    return (_called if ticket["state"] == "called" else _serving)(clerk, ticket, visitor, now_ms)


def _free(clerk: Clerk, picture: Picture, now_ms: int) -> Clerk:
    if picture["state"] == "open" and clerk.rest is not None and clerk.rest.at_ms <= now_ms:
        return _plan(clerk, "pause", now_ms + 1_000)
    back = min(clerk.away, key=lambda one: one.back_ms, default=None)
    if back is not None and (picture["ready"] or back.back_ms <= now_ms + BETWEEN_MS):
        return _plan(clerk, "resume", max(back.back_ms, now_ms), ticket=back.ticket)
    if picture["ready"]:  # the next visitor is called by itself
        return replace(clerk, next_act=None, due_ms=None)
    return _plan(clerk, "next", now_ms + BETWEEN_MS)


def _called(clerk: Clerk, ticket: Picture, visitor: Visitor | None, now_ms: int) -> Clerk:
    comes = visitor.comes if visitor is not None else Comes.AT_ONCE
    walk_ms = visitor.walk_ms if visitor is not None else BETWEEN_MS
    of = {"ticket": ticket["id"], "number": ticket["number"]}
    if comes is Comes.AT_ONCE or (comes is Comes.LATE and clerk.calls > 1):
        return _plan(clerk, "start", now_ms + walk_ms, **of)
    return _plan(clerk, "recall" if clerk.calls < CALLS else "no_show", now_ms + CALL_EVERY_MS, **of)


def _serving(clerk: Clerk, ticket: Picture, visitor: Visitor | None, now_ms: int) -> Clerk:
    of = {"ticket": ticket["id"], "number": ticket["number"]}
    if visitor is None:
        return _plan(clerk, "finish", now_ms + STRANGER_MS, **of)
    if visitor.hold is not None:
        return _plan(clerk, "hold", now_ms + visitor.hold.after_ms, **of)
    if visitor.transfer is not None:
        to = {"service": visitor.transfer}
        return _plan(clerk, "transfer", now_ms + visitor.service_ms // 3, **of, fields=to)
    return _plan(clerk, "finish", now_ms + visitor.service_ms, **of, fields={"outcome": visitor.outcome})


def after(act_: Act, visitor: Visitor) -> Visitor:
    """The visitor when the clerk has done this: nobody is held or transferred twice."""
    if act_.what == "hold" and visitor.hold is not None:
        return replace(visitor, hold=None, service_ms=visitor.service_ms - visitor.hold.after_ms)
    if act_.what == "transfer":
        return replace(visitor, transfer=None)
    return visitor


def _plan(clerk: Clerk, what: str, due_ms: int, **fields: Any) -> Clerk:
    by_page = clerk.by_page or what in BY_PAGE_ONLY
    return replace(clerk, next_act=Act(clerk.counter, what, by_page=by_page, **fields), due_ms=due_ms)
