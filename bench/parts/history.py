"""Measure the cost of requests by years of history, which ``bench.history`` builds and keeps.

The servers run on the kept databases themselves, so each run adds some hundred tickets of today to each.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date as Date
from pathlib import Path
from statistics import median
from typing import Any

from bench.client import Answer, LoadClient
from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, WrongAnswer, distribution, spread
from bench.histories.copies import DAYS_A_YEAR, weekdays
from bench.histories.model_day import COUNTERS, OFFICE, SERVICES, TICKETS
from bench.history import FIRST_DATE, YEARS, path_of
from bench.parts.calls import clerks
from bench.parts.tickets import ticket_load
from bench.processes import written_bytes
from bench.servers import RunningServer, hall_server
from support.server_process import ROOT
from support.waiting import PATIENCE_S

ROUNDS, SECONDS = 2, 2
COPIED = (0, 1, max(YEARS))
"""The histories in years of which a copy is measured."""
COUNTER = "c1"
MANAGER = "ql"
HOW_TO_BUILD = "not all histories are there; build them once: make bench-history"
GROWTH_TARGET = Target(Statistic.RATIO, 1.2)
START_TARGET = Target(Statistic.MEDIAN, 2.0)
SIZE_TARGET = Target(Statistic.MEDIAN, 2.5)
WRITTEN_TARGET = Target(Statistic.MEDIAN, 100.0)
DAY_TARGET = Target(Statistic.P99, 200.0)


@dataclass
class MeasuredHistory:
    """A history and its measures of each round. ``path`` None: a new database."""

    years: int
    path: Path | None
    start_s: list[float] = field(default_factory=list)
    ticket_ms: list[float] = field(default_factory=list)
    next_ms: list[float] = field(default_factory=list)
    written_kb: list[float] = field(default_factory=list)
    days_ms: list[float] = field(default_factory=list)
    copy_s: float | None = None

    @property
    def name(self) -> str:
        """The number of years in words."""
        return "1 year" if self.years == 1 else f"{self.years} years"


def measure(bench: BenchContext) -> list[Figure]:
    """Return the figures of the kept histories; none when they were not built."""
    histories = [MeasuredHistory(0, None), *(MeasuredHistory(years, path_of(years)) for years in YEARS)]
    if any(history.path is not None and not history.path.exists() for history in histories):
        bench.progress(HOW_TO_BUILD)
        return []
    for number in range(ROUNDS):
        for history in histories:
            bench.progress(f"{history.name}, round {number + 1} of {ROUNDS}")
            _measure_round(bench, history, is_last=number == ROUNDS - 1)
    return list(_figures(histories))


def _measure_round(bench: BenchContext, history: MeasuredHistory, *, is_last: bool) -> None:
    with bench.new_folder() as folder:
        settings: dict[str, Any] = {
            "database": f"sqlite:///{history.path}" if history.path is not None else "",
            "backup": {"folders": [str(folder / "copies")]},
        }
        with hall_server(folder, tuple(COUNTERS), OFFICE, **settings) as hall:
            history.start_s.append(hall.start_s)
            _measure_requests(hall, history)
        if is_last and history.years in COPIED:
            bench.progress(f"copy of {history.name}")
            history.copy_s = _copy_s(hall.files.config)


def _measure_requests(hall: RunningServer, history: MeasuredHistory) -> None:
    """Measure tickets, calls and day pages of one server."""
    before = written_bytes(hall.pid)
    load = ticket_load(hall.files.api, 1, SECONDS, hall.kiosks, SERVICES)
    latencies_ms = load.kinds["ticket"].latencies_ms
    history.ticket_ms.append(median(latencies_ms))
    history.written_kb.append((written_bytes(hall.pid) - before) / 1000 / len(latencies_ms))
    calls = clerks(hall, 1, SECONDS, [], COUNTERS[COUNTER])
    history.next_ms.append(median(calls.kinds["next"].latencies_ms))
    dates = _dates(history.years)
    if dates:
        history.days_ms += _day_pages_ms(hall, dates)


def _dates(years: int) -> Sequence[Date]:
    """Return the first, a middle and the last day of a history."""
    days = years * DAYS_A_YEAR
    wanted = {0, days // 4, days // 2, days - 1}
    return [date for number, date in zip(range(days), weekdays(FIRST_DATE), strict=False) if number in wanted]


def _day_pages_ms(hall: RunningServer, dates: Sequence[Date]) -> list[float]:
    cookie = hall.cookie(MANAGER)
    with closing(LoadClient()) as client:

        def received(answer: Answer) -> None:
            client.record("day", answer, accepted=answer.status == 200 and b'id="page"' in answer.body)

        connection = client.connection(hall.address, "manager")
        for date in dates:
            connection.ask("GET", f"/manager/day?date={date}", received, headers={"Cookie": cookie})
            client.run_until(lambda: not connection.is_busy, PATIENCE_S)
    if client.wrong:
        raise WrongAnswer(client.wrong[0])
    return client.times_ms["day"]


def _copy_s(config: Path) -> float:
    """Return the seconds that a copy with its check of integrity takes."""
    start_s = time.monotonic()
    command = [sys.executable, "-m", "server.app", "--config", str(config), "--backup"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WrongAnswer(f"no copy was made: {done.stderr[-500:]}")
    return time.monotonic() - start_s


def _figures(histories: Sequence[MeasuredHistory]) -> Iterator[Figure]:
    empty, longest = histories[0], histories[-1]
    for history in histories:
        is_longest = history is longest
        start_targets = [START_TARGET] if is_longest else []
        growth_targets = [GROWTH_TARGET] if is_longest else []
        yield _rounds(f"start, {history.name}", "s", history.start_s, empty.start_s, start_targets)
        yield _rounds(f"ticket, {history.name}", "ms", history.ticket_ms, empty.ticket_ms, growth_targets)
        yield _rounds(f"next, {history.name}", "ms", history.next_ms, empty.next_ms, growth_targets)
        yield _rounds(
            f"written for a ticket, {history.name}", "kB", history.written_kb, empty.written_kb, [WRITTEN_TARGET]
        )
        if history.days_ms:
            yield distribution(f"day page, {history.name}", "ms", history.days_ms, targets=[DAY_TARGET])
        if history.copy_s is not None:
            yield Figure(f"copy, {history.name}", "s", history.copy_s)
        if history.path is not None:
            kb = history.path.stat().st_size / 1000 / (history.years * DAYS_A_YEAR * TICKETS)
            yield Figure(f"on the disk for a ticket, {history.name}", "kB", kb, targets=[SIZE_TARGET])


def _rounds(name: str, unit: str, values: Sequence[float], first: Sequence[float], targets: Sequence[Target]) -> Figure:
    """Return the median of the rounds, and its ratio to a new database."""
    ratios = [value / empty for value, empty in zip(values, first, strict=True)]
    return Figure(
        name, unit, median(values), ratio=median(ratios), limit="0 years", noise=spread(ratios), targets=targets
    )
