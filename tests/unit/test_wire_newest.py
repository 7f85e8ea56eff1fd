"""The newest picture, when anybody may publish one and messages come in any order."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.wire.station.newest import MAX_REV_STEP, PublisherLog, Trust, after_answer, after_no_answer, after_received


@dataclass(frozen=True)
class Numbers:
    """A picture of one server start; ``text`` stands for what it shows."""

    rev: int
    epoch: str = "e1"
    text: str = "true"


Known = tuple[Numbers | None, Trust[Numbers]]


@given(
    start=st.integers(1, 1000),
    published=st.lists(
        st.one_of(
            st.tuples(st.just("forged"), st.integers(0, 10**12), st.sampled_from(["e1", "e2"])),
            st.tuples(st.just("true"), st.integers(1, 3 * MAX_REV_STEP), st.just("e1")),
        ),
        max_size=12,
    ),
    reads=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_the_servers_next_answer_counts_after_any_messages(
    start: int, published: list[tuple[str, int, str]], reads: list[bool]
) -> None:
    true = Numbers(start)
    known: Numbers | None = true
    trust: Trust[Numbers] = Trust(checked=True)
    now_s = 0.0
    for (kind, number, epoch), read in zip(published, reads, strict=False):
        now_s += 1.0
        if kind == "true":
            true = Numbers(true.rev + number)
            known, trust = after_received(known, trust, true, now_s)
        else:
            known, trust = after_received(known, trust, Numbers(number, epoch, "forged"), now_s)
        if read:
            known, trust = after_answer(known, trust, true, now_s + 0.5)
            assert known == true
            assert not trust.needs_check
    known, trust = after_answer(known, trust, true, now_s + 1.0)
    assert (known, trust.needs_check) == (true, False)
    after = Numbers(true.rev + 1)
    assert after_received(known, trust, after, now_s + 2.0)[0] == after


@pytest.mark.parametrize("received_s", [1.0, 3.0])
def test_a_picture_received_after_the_question_is_not_set_back_by_its_answer(received_s: float) -> None:
    known, trust = after_received(Numbers(5), Trust(checked=True), Numbers(6), received_s)
    counts, trust = after_answer(known, trust, Numbers(5), 2.0)
    assert counts.rev == (6 if received_s > 2.0 else 5)
    assert trust.forged == (None if received_s > 2.0 else Numbers(6))


def test_an_answer_that_a_later_one_overtook_changes_nothing() -> None:
    known, trust = after_answer(Numbers(5), Trust(), Numbers(9), 2.0)
    assert after_answer(known, trust, Numbers(8), 1.0)[0] == Numbers(9)


def test_without_an_answer_an_unchecked_picture_counts_only_where_nothing_is_known() -> None:
    nothing: Known = (None, Trust())
    known, trust = after_received(*nothing, Numbers(7), 1.0)
    assert known is None
    known, trust = after_no_answer(known, trust)
    assert (known, trust.needs_check) == (Numbers(7), True)
    known, trust = after_no_answer(*after_received(Numbers(5), Trust(checked=True), Numbers(10**6), 1.0))
    assert known == Numbers(5)


def test_another_publisher_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    publishers = PublisherLog()
    for second in range(100):
        publishers.report(Numbers(10**9), float(second))
        publishers.report(None, float(second))
    assert caplog.text.count("another program publishes pictures in the server's name") == 1


def test_another_publisher_is_logged_again_after_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    publishers = PublisherLog()
    for now_s in (10_000.0, 13_599.0, 13_600.0):
        publishers.report(Numbers(7), now_s)
    assert len(caplog.records) == 2


def test_a_picture_published_again_changes_nothing_and_another_of_its_rev_is_disputed() -> None:
    known = Numbers(5)
    trust: Trust[Numbers] = Trust(checked=False)
    assert after_received(known, trust, Numbers(5), 2.0) == (known, trust)
    counts, disputed = after_received(known, trust, Numbers(5, text="forged"), 2.0)
    assert (counts, disputed.disputed) == (known, True)


@dataclass(frozen=True)
class Office(Numbers):
    """An office's picture with the address of the visitors' pages."""

    visitor_url: str = "http://10.0.0.1:8471"


def test_another_visitors_address_of_the_same_rev_is_asked_about_and_the_answer_counts() -> None:
    trust: Trust[Office] = Trust(checked=True)
    known, moved = Office(5), Office(5, visitor_url="http://10.0.0.2:8471")
    assert after_received(known, trust, Office(5, text="at another time"), 1.0) == (known, trust)
    assert after_received(known, trust, Office(4, visitor_url=moved.visitor_url), 1.0) == (known, trust)
    kept, doubted = after_received(known, trust, moved, 2.0)
    assert (kept, doubted.needs_check) == (known, True)
    accepted, checked = after_answer(kept, doubted, moved, 3.0)
    assert (accepted, checked.needs_check) == (moved, False)
