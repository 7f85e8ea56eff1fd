"""Random histories of boots and clocks.

Numbers can be taken now, and two real days never share a series. The checker knows the real time, and the machine's
clock shows what the history makes it show. Staff act as a hall's staff do: they close in the evening or forget it, and
enter the date when no number is issued.
"""

import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from core_hall import HOUR, MINUTE, MONDAY_0800, Hall, empty_database, manager
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select

from server import commands
from server.commands import Refused
from server.store import replay
from server.store import schema as t
from server.store.backends.sqlite_engine import open_engines

HANOI = timezone(timedelta(hours=7))
DAY = 24 * HOUR
WRONG_BY = [-27 * 365 * DAY, -400 * DAY, 200 * DAY, 1560 * DAY]
"""By how much a clock is wrong: an empty battery (1999), a year behind, ahead, and in 2031. Always by more than a
history lasts, because a clock that shows again the very date of the day before cannot be told from a power cut."""


class ClockHistory(RuleBasedStateMachine):
    """A machine that is switched on and off, with a clock that may be wrong.

    The clock is set right or wrong at any moment.
    """

    @initialize(wrong_ms=st.sampled_from([0, 0, *WRONG_BY]))
    def begin(self, wrong_ms: int) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.hall = Hall(folder)
        self.stack.callback(lambda: self.hall.close())
        self.real_ms, self.boots, self.closed = MONDAY_0800, 1, False
        self.given: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.tickets: list[str] = []
        self.boot(wrong_ms)

    # --- what happens ---

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.real_ms += minutes * MINUTE
        self.hall.clock.go(minutes * MINUTE)
        self.hall.tick()
        if self.hour() >= 17:
            self.night(off=False, closes=True, wrong_ms=0)

    @rule(people=st.integers(1, 3), service=st.sampled_from(["HT", "CT", "TK"]))
    def people_come(self, people: int, service: str) -> None:
        for _ in range(people):
            self.take(service)

    @rule(wrong_ms=st.sampled_from([0, 0, *WRONG_BY]))
    def somebody_sets_the_clock(self, wrong_ms: int) -> None:
        self.hall.clock.wall_ms = self.real_ms + wrong_ms
        self.hall.tick()

    @rule(minutes=st.integers(0, 30), wrong_ms=st.sampled_from([0, 0, *WRONG_BY]))
    def the_power_fails(self, minutes: int, wrong_ms: int) -> None:
        self.real_ms += minutes * MINUTE
        self.boot(wrong_ms)

    @rule(off=st.booleans(), closes=st.booleans(), wrong_ms=st.sampled_from([0, 0, *WRONG_BY]))
    def night(self, off: bool, closes: bool, wrong_ms: int) -> None:
        """Until the next morning. A machine that is off may come back with another clock."""
        if closes:
            self.close()
        to_morning_ms = (32 - self.hour()) % 24 * HOUR or DAY
        self.closed = False
        if off:
            self.real_ms += to_morning_ms
            self.boot(wrong_ms)
            return
        for part_ms in (to_morning_ms // 2, to_morning_ms - to_morning_ms // 2):
            self.real_ms += part_ms
            self.hall.clock.go(part_ms)
            self.hall.tick()

    @rule()
    def staff_close_the_day_by_mistake(self) -> None:
        self.close()

    @rule()
    def staff_open_it_again(self) -> None:
        if self.closed:
            try:
                self.hall.ask(lambda tx, now: commands.reopen_day(tx, manager(), now, "bấm nhầm"))
            except Refused as refusal:
                assert refusal.values.get("need") in ("close_day", "day_over")

    @rule(keep=st.booleans())
    def staff_say_which_day_it_is(self, keep: bool) -> None:
        date = self.date()
        self.hall.ask(lambda tx, now: commands.enter_date(tx, manager(), now, date, keep_tickets=keep))

    # --- what it takes ---

    def boot(self, wrong_ms: int) -> None:
        self.boots += 1
        self.hall.clock.wall_ms, self.hall.clock.boot_ms = self.real_ms + wrong_ms, 30_000
        self.hall.rebooted(f"boot-{self.boots}")
        self.hall.tick()

    def close(self) -> None:
        try:
            self.hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
            self.closed = True
        except Refused as refusal:
            assert refusal.code == "day_closed"

    def hour(self) -> int:
        return datetime.fromtimestamp(self.real_ms / 1000, UTC).astimezone(HANOI).hour

    def date(self) -> str:
        return datetime.fromtimestamp(self.real_ms / 1000, UTC).astimezone(HANOI).date().isoformat()

    def take(self, service: str) -> None:
        """A number is given: at once, or after staff said which day it is."""
        try:
            row = self.hall.issue(service)
        except Refused as refusal:
            assert refusal.code in ("day_closed", "service_closed"), refusal
            date = self.date()
            self.hall.ask(lambda tx, now: commands.enter_date(tx, manager(), now, date))
            row = self.hall.issue(service)
        self.tickets.append(row.id)
        series = self.given[row.day, row.prefix]
        series.add(self.date())
        assert len(series) == 1, f"{row.number} is of the series of {sorted(series)}"

    def teardown(self) -> None:
        if not hasattr(self, "hall"):
            return
        with self.stack:
            with self.hall.store.engines.read.connect() as connection:
                times = connection.execute(select(t.leg.c.began_ms, t.leg.c.ended_ms)).all()
                assert all(row.ended_ms is None or row.ended_ms >= row.began_ms for row in times)
                lost = set(self.tickets) - set(connection.execute(select(t.ticket.c.id)).scalars())
                assert not lost
                shutil.copy(empty_database(), self.hall.folder / "again.db")
                again = open_engines(self.hall.folder / "again.db")
                differences = replay.check(connection, again.write)
                again.close()
            assert differences == []


def run(examples: int) -> None:
    limits = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(ClockHistory, settings=limits)


def walk(seed: int, steps: int) -> None:
    """A long history in which people come on most days."""
    history, chance = ClockHistory(), random.Random(seed)
    history.begin(0)
    wrong: Callable[[], int] = lambda: chance.choice([0, 0, 0, *WRONG_BY])
    try:
        for _ in range(steps):
            what = chance.choices(
                ["come", "time", "set", "cut", "night", "close", "again", "say"], [6, 2, 3, 3, 5, 1, 1, 1]
            )
            if what == ["come"]:
                history.people_come(chance.randint(1, 3), chance.choice(["HT", "CT", "TK"]))
            elif what == ["time"]:
                history.time_passes(chance.randint(1, 90))
            elif what == ["set"]:
                history.somebody_sets_the_clock(wrong())
            elif what == ["cut"]:
                history.the_power_fails(chance.randint(0, 30), wrong())
            elif what == ["night"]:
                history.night(chance.random() < 0.6, chance.random() < 0.4, wrong())
            elif what == ["close"]:
                history.staff_close_the_day_by_mistake()
            elif what == ["again"]:
                history.staff_open_it_again()
            else:
                history.staff_say_which_day_it_is(chance.random() < 0.5)
    finally:
        history.teardown()


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.long)])
def test_numbers_can_be_taken_and_no_two_real_days_share_a_series(examples: int) -> None:
    run(examples)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 9))])
def test_in_long_histories_too(seed: int) -> None:
    walk(seed, 100)


@pytest.mark.parametrize(
    "fault",
    [
        "server.commands.timed.update_dates",  # nothing follows from a boot or a step
        "server.commands.dates._continue_as_new_day",  # a day lives on over boots of an unknown clock
    ],
)
def test_the_checker_finds_planted_faults(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(fault, lambda *args, **options: None)
    with pytest.raises(AssertionError, match="is of the series of"):
        for seed in (5, 0, 3, 4):
            walk(seed, 80)


def test_the_checker_finds_a_day_whose_wrong_date_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.commands.dates._correct_date", lambda *args, **options: None)
    history = ClockHistory()
    history.begin(0)
    with history.stack:
        history.night(off=True, closes=True, wrong_ms=WRONG_BY[-1])
        history.take("HT")
        history.somebody_sets_the_clock(0)
        history.night(off=False, closes=False, wrong_ms=0)
        with pytest.raises(AssertionError, match="A002 is of the series of"):
            history.take("HT")
