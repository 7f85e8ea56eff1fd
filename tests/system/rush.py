"""A rush, and a checker that compares eight clerks' records with the journal.

The checker applies the rule of the queue by itself. Its inputs are the records of the clients and the journal.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from support.server_process import Api, Machine, request_id

HEAD_START_MS = 30 * 60_000
SERVES = {
    "c1": ["HT"],
    "c2": ["CT"],
    "c3": ["DD"],
    "c4": ["HT", "CT"],
    "c5": ["CT", "DD"],
    "c6": ["HT", "DD"],
    "c7": ["HT", "CT", "DD"],
    "c8": ["HT", "CT", "DD"],
}


@dataclass(frozen=True, slots=True)
class Press:
    """One clerk's press of *next*: sent and answered (monotonic seconds), with its answer."""

    round: int
    counter: str
    sent_s: float
    answered_s: float
    status: int
    ticket: str | None
    number: str | None


def crowd(where: Machine, tickets: int) -> list[float]:
    """Issue tickets, one in five with priority, and open every counter. Return answer times (s)."""
    chance = random.Random(1)
    bodies = [
        {
            "request_id": request_id(),
            "service": chance.choice(["HT", "CT", "DD"]),
            "class": "priority" if chance.random() < 0.2 else "ordinary",
            "station": f"kiosk-{n % 4}",
        }
        for n in range(tickets)
    ]

    def take(part: list[dict[str, str]]) -> list[float]:
        api, took = Api(where.api, where.box_token), []
        for body in part:
            sent = time.monotonic()
            api.ok("/tickets", body)
            took.append(time.monotonic() - sent)
        return took

    with ThreadPoolExecutor(4) as kiosks:
        took = [took_s for part in kiosks.map(take, [bodies[n::4] for n in range(4)]) for took_s in part]
    api = Api(where.api, where.box_token)
    for counter in SERVES:
        api.ok(f"/counters/{counter}/clerk", {"request_id": request_id(), "clerk": f"nv-{counter}"})
        api.ok(f"/counters/{counter}/state", {"request_id": request_id(), "state": "open"})
    return took


def press_next(where: Machine, counters: Sequence[str], rounds: int) -> list[Press]:
    """All clerks press at the same moment in each round, then serve and finish."""
    barriers = [threading.Barrier(len(counters)) for _ in range(rounds)]

    def clerk(counter: str) -> list[Press]:
        mine, presses = Api(where.api, where.box_token), []
        for number, barrier in enumerate(barriers):
            body = {"request_id": request_id(), "station": f"page-{counter}"}
            barrier.wait(60)
            sent = time.monotonic()
            status, answer = mine.post(f"/counters/{counter}/next", body)
            answered = time.monotonic()
            ticket = answer.get("ticket") or {} if status == 200 else {}
            presses.append(Press(number, counter, sent, answered, status, ticket.get("id"), ticket.get("number")))
            if ticket:
                for move, more in (("start", {}), ("finish", {"outcome": "received"})):
                    at = {"request_id": request_id(), "move": move, "counter": counter, **more}
                    mine.ok(f"/tickets/{ticket['id']}/moves", at)
        return presses

    with ThreadPoolExecutor(len(counters)) as clerks:
        return [press for part in clerks.map(clerk, counters) for press in part]


def violations(
    presses: Sequence[Press], journal: Sequence[Mapping[str, Any]], serves: Mapping[str, Sequence[str]]
) -> list[str]:
    """Everything that broke a promise, in words; empty when all of them were kept."""
    return [
        *(f"{p.counter} in round {p.round}: status {p.status}" for p in presses if p.status != 200),
        *(f"{p.counter} in round {p.round}: no ticket" for p in presses if p.status == 200 and p.ticket is None),
        *_twice(presses),
        *_not_as_journalled(presses, journal),
        *_out_of_order(journal, serves),
    ]


def overlapping(presses: Sequence[Press]) -> int:
    """Rounds in which at least two requests were under way at the same moment."""
    rounds: dict[int, list[Press]] = {}
    for press in presses:
        rounds.setdefault(press.round, []).append(press)
    return sum(
        max(press.sent_s for press in together) < min(press.answered_s for press in together)
        or any(a.sent_s < b.answered_s and b.sent_s < a.answered_s for a in together for b in together if a is not b)
        for together in rounds.values()
    )


def _twice(presses: Sequence[Press]) -> list[str]:
    handed = Counter(press.ticket for press in presses if press.ticket is not None)
    return [f"{ticket} was handed to {times} clerks" for ticket, times in handed.items() if times > 1]


def _not_as_journalled(presses: Sequence[Press], journal: Sequence[Mapping[str, Any]]) -> list[str]:
    called = Counter((row["ticket"], row["counter"]) for row in journal if row["kind"] == "ticket.called")
    answered = Counter((press.ticket, press.counter) for press in presses if press.ticket is not None)
    return [f"journal and clerks disagree about {pair}" for pair in (called - answered) + (answered - called)]


def _out_of_order(journal: Sequence[Mapping[str, Any]], serves: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the next ticket by the rule of the queue.

    It is that with the smallest (queue time at issue less head start, sequence) of the counter's services.
    """
    waiting: dict[str, tuple[int, int, str]] = {}
    wrong = []
    for row in journal:
        if row["kind"] == "ticket.issued":
            head_start = HEAD_START_MS if row["data"]["class"] == "priority" else 0
            waiting[row["ticket"]] = (row["queue_ms"] - head_start, row["seq"], row["service"])
        elif row["kind"] == "ticket.called":
            mine = [(key, seq, ticket) for ticket, (key, seq, s) in waiting.items() if s in serves[row["counter"]]]
            if min(mine)[2] != row["ticket"]:
                wrong.append(f"row {row['seq']}: {row['counter']} called {row['ticket']}, next was {min(mine)[2]}")
            del waiting[row["ticket"]]
    return wrong
