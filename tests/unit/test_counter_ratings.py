"""Ratings by visitors at a counter's pad."""

import pytest
from counter_bench import DARK, IDS, OPEN, CounterBench, beat, board, connected, only

from counter.flow.effects import FlashLamp, LogMessage, PostRating
from counter.flow.events import Rated, RatingAnswered, RatingLost
from counter.flow.ratings import LEVELS_BY_KEY_COUNT
from counter.flow.state import initial_state
from server.wire.messages import RatingLevel
from server.wire.station.events import HeartbeatReceived


@pytest.mark.parametrize(
    ("levels", "level", "name"),
    [
        (4, 1, "very_satisfied"),
        (4, 2, "satisfied"),
        (4, 3, "neutral"),
        (4, 4, "dissatisfied"),
        (3, 1, "very_satisfied"),
        (3, 2, "satisfied"),
        (3, 3, "dissatisfied"),
    ],
)
def test_each_key_of_a_pad_is_its_level(levels: int, level: int, name: str) -> None:
    bench = CounterBench(initial_state("counters-1", ["c3"], "", {"c3": levels}))
    bench.happens(Rated("c3", level, IDS[0]))
    rating = only(PostRating, bench.done)
    assert rating.body.model_dump(mode="json") == {
        "request_id": IDS[0],
        "station": "counters-1",
        "counter": "c3",
        "level": name,
    }


def test_a_pad_of_three_keys_has_no_middle_and_one_of_four_has_all_levels() -> None:
    assert set(LEVELS_BY_KEY_COUNT[4]) == set(RatingLevel)
    assert RatingLevel.NEUTRAL not in LEVELS_BY_KEY_COUNT[3]


def test_a_visitor_who_presses_many_times_gives_one_rating() -> None:
    bench = connected(board(OPEN))
    for n, level in enumerate((1, 4, 4, 1)):
        bench.happens(Rated("c3", level, IDS[n]))
        bench.passes(1.0)
    bench.happens(RatingAnswered("c3"))
    bench.happens(Rated("c3", 2, IDS[5]))
    assert [effect.body.level for effect in bench.done if isinstance(effect, PostRating)] == [
        RatingLevel.VERY_SATISFIED
    ]
    bench.passes(10.0)
    bench.happens(Rated("c3", 2, IDS[6]))
    assert len([effect for effect in bench.done if isinstance(effect, PostRating)]) == 2


def test_a_rating_is_sent_again_with_the_same_request_and_dropped_before_the_next_ticket() -> None:
    bench = connected(board(OPEN))
    bench.happens(Rated("c3", 1, IDS[0]))
    for _ in range(5):
        bench.happens(RatingLost("c3"))
        bench.happens(HeartbeatReceived(beat()))
        bench.passes(5.0)
    request_ids = [effect.body.request_id for effect in bench.done if isinstance(effect, PostRating)]
    assert request_ids == [IDS[0]] * 5
    assert only(LogMessage, bench.done).warning


def test_a_stored_rating_flashes_the_pad_and_a_refused_one_is_only_logged() -> None:
    bench = connected(board(OPEN))
    bench.happens(Rated("c3", 1, IDS[0]))
    assert bench.happens(RatingAnswered("c3")) == [FlashLamp("pad-c3")]
    bench.passes(20.0)
    bench.done.clear()
    bench.happens(HeartbeatReceived(beat()), Rated("c3", 1, IDS[1]))
    (note,) = bench.happens(RatingAnswered("c3", "not_allowed"))
    assert isinstance(note, LogMessage)
    assert "not_allowed" in note.text
    assert bench.face == DARK
    bench.passes(1.0)
    assert only(PostRating, bench.happens(Rated("c3", 2, IDS[2]))), "a visitor who pressed too early may press again"
    assert bench.happens(RatingAnswered("c3", "not_allowed")) == [], "it is logged once"


def test_a_rating_whose_request_is_never_answered_does_not_block_the_pad_for_ever() -> None:
    bench = connected(board(OPEN))
    bench.happens(Rated("c3", 1, IDS[0]))
    bench.passes(300)
    bench.happens(Rated("c3", 2, IDS[1]))
    request_ids = [effect.body.request_id for effect in bench.done if isinstance(effect, PostRating)]
    assert set(request_ids) == {IDS[0], IDS[1]}
