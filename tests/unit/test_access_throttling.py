"""Delays after wrong tries grow, and are at most 15 minutes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import DAY, HOUR, MINUTE, MONDAY_0800
from hypothesis import given
from hypothesis import strategies as st

from config.address import address_group, is_loopback
from server.access import throttling
from server.access.database import AccessDatabase
from server.access.throttling import ACCOUNT, MAX_DELAY_MS, RULES, Locked, Throttle


class ThrottleBench:
    def __init__(self, folder: Path) -> None:
        self.now_ms = MONDAY_0800
        self.database = AccessDatabase(folder / "access.db", lambda: self.now_ms)
        self.throttle = Throttle(self.database)

    def delay_ms(self, *keys: str) -> int:
        """Count a try; return 0, or the rest of the lock."""
        try:
            self.throttle.count(keys)
        except Locked as error:
            return error.until_ms - self.now_ms
        return 0

    def rows(self) -> int:
        with self.database.transaction(quiet=True) as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM throttle").scalar_one())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ThrottleBench]:
    bench = ThrottleBench(tmp_path)
    yield bench
    bench.database.close()


@pytest.mark.parametrize("rule", RULES.values())
def test_each_delay_is_at_least_the_last_and_never_longer_than_fifteen_minutes(rule: throttling.DelayRule) -> None:
    delays = [rule.delay_ms(tries) for tries in range(1, 200)]
    assert delays == sorted(delays)
    assert all(0 <= delay <= MAX_DELAY_MS for delay in delays)
    assert delays[: rule.free] == [0] * rule.free if rule.first_delay_ms else not any(delays)


def test_wrong_tries_of_an_account_cost_ever_more_time(bench: ThrottleBench) -> None:
    waits = []
    for _try in range(14):
        waits.append(wait := bench.delay_ms("account:an@elsewhere"))
        if wait:
            bench.now_ms += wait
            assert bench.delay_ms("account:an@elsewhere") == 0
    grown = [wait for wait in waits if wait]
    assert waits[:5] == [0] * 5
    assert grown[:4] == [15_000, 30_000, 60_000, 120_000]
    assert grown[-1] == MAX_DELAY_MS


def test_a_try_during_the_lock_does_not_prolong_it(bench: ThrottleBench) -> None:
    for _try in range(5):
        bench.delay_ms("account:an@elsewhere")
    before = bench.delay_ms("account:an@elsewhere")
    for _try in range(50):
        assert bench.delay_ms("account:an@elsewhere") == before


def test_one_locked_key_locks_the_try_and_the_others_count_nothing(bench: ThrottleBench) -> None:
    for _try in range(5):
        bench.delay_ms("account:an@elsewhere")
    for _try in range(30):
        assert bench.delay_ms("account:an@elsewhere", "address:10.0.0.1") > 0
    assert bench.delay_ms("address:10.0.0.1") == 0


def test_tries_are_forgotten_after_a_day(bench: ThrottleBench) -> None:
    for _try in range(5):
        bench.delay_ms("account:an@elsewhere")
    bench.now_ms += DAY
    assert [bench.delay_ms("account:an@elsewhere") for _try in range(5)] == [0] * 5


def test_a_right_try_takes_back_its_own_count_of_the_address_only(bench: ThrottleBench) -> None:
    """An attacker with an account of his own must not start afresh by signing in."""
    for _try in range(40):
        wait = bench.delay_ms("address:10.0.0.1")
        bench.now_ms += wait
        bench.delay_ms("address:10.0.0.1")  # a wrong one
        if bench.delay_ms("address:10.0.0.1") == 0:  # his own, right
            bench.throttle.take_back(["address:10.0.0.1"])
    bench.now_ms += MINUTE
    assert bench.delay_ms("address:10.0.0.1") > 5 * MINUTE


def test_a_clock_that_is_set_back_locks_nobody_for_ever(bench: ThrottleBench) -> None:
    for _try in range(5):
        bench.delay_ms("account:an@elsewhere")
    bench.now_ms -= 365 * DAY
    assert bench.delay_ms("account:an@elsewhere") == 0


def test_the_rows_are_bounded_and_a_flood_of_strangers_erases_no_account(
    bench: ThrottleBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "MAX_ROWS_OF_KIND", 20)
    for _try in range(5):
        bench.delay_ms("account:an@elsewhere")
    locked_ms = bench.delay_ms("account:an@elsewhere")
    for number in range(200):
        bench.delay_ms(f"stranger:{number}@elsewhere", f"address:10.0.{number}.1")
    assert bench.rows() == 1 + 20 + 20
    assert bench.delay_ms("account:an@elsewhere") == locked_ms


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("fd00::1", "fd00::ffff:1", True),
        ("fd00::1", "fd00:0:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%wlan0", True),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::1", "127.0.0.1", False),
    ],
)
def test_an_ipv6_address_counts_by_its_network(first: str, second: str, is_same: bool) -> None:
    assert (address_group(first) == address_group(second)) is is_same


def test_loopback_is_recognised_in_both_families() -> None:
    assert all(is_loopback(address_group(address)) for address in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"))
    assert not any(is_loopback(address_group(address)) for address in ("10.0.0.1", "", "localhost.evil", "::2"))


@given(
    st.lists(st.tuples(st.sampled_from(["try", "right", "wait"]), st.integers(0, 2 * HOUR)), min_size=1, max_size=60)
)
def test_no_history_of_tries_locks_for_longer_than_fifteen_minutes(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int]]
) -> None:
    """An attacker who never waits has no more tries than the delays allow."""
    bench = ThrottleBench(tmp_path_factory.mktemp("throttle"))
    key, tries, started_ms, had_right = "account:an@elsewhere", 0, bench.now_ms, False
    for step, wait_ms in history:
        if step == "wait":
            bench.now_ms += wait_ms
        elif step == "right":
            bench.throttle.forgive([key])
            had_right = True
        else:
            wait = bench.delay_ms(key)
            assert 0 <= wait <= MAX_DELAY_MS
            tries += wait == 0
    if not had_right:
        passed_ms = bench.now_ms - started_ms
        assert tries <= (ACCOUNT.free + 1) * (1 + passed_ms // DAY) + passed_ms // ACCOUNT.first_delay_ms
    bench.database.close()
