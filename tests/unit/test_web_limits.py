"""Token buckets per address."""

from server.web.visitors.rate_limit import MAX_ADDRESSES, RateLimit


class Clock:
    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def test_a_burst_is_allowed_and_then_one_per_interval() -> None:
    clock = Clock()
    limit = RateLimit(burst=3, per_s=0.5, mono_s=clock)
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    assert limit.take("a") == 2.0
    clock.s += 2
    assert limit.take("a") == 0
    assert limit.take("a") > 0


def test_one_address_does_not_spend_what_another_has() -> None:
    limit = RateLimit(burst=1, per_s=1, mono_s=Clock())
    assert (limit.take("a"), limit.take("b")) == (0, 0)
    assert limit.take("a") > 0
    assert limit.take("c") == 0


def test_the_memory_is_bounded_and_forgets_the_quiet_first() -> None:
    limit = RateLimit(burst=1, per_s=0.001, mono_s=Clock())
    for n in range(MAX_ADDRESSES):
        limit.take(str(n))
    limit.take("0")
    limit.take("new")
    assert limit.take("0") > 0
    assert limit.take("1") == 0
