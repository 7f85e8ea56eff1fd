from collections.abc import Sequence
from dataclasses import replace

import pytest

from boards import START_MS, board, call, counter
from config.clock import Now
from display.announcer import (
    Announcer,
    Circumstances,
    Ended,
    Heard,
    Hush,
    Keep,
    Say,
    Settings,
    Tell,
    is_read,
    muted,
    step,
)
from display.packs import SHIPPED
from server.wire.messages import Call
from server.wire.voice import VoicePack

PACK = VoicePack.model_validate_json((SHIPPED / "vi" / "manifest.json").read_bytes())
NOW = Now(START_MS + 500, 0, 10.0)


class Hall:
    """An announcer, told one thing after the other; remembers what was to be done."""

    def __init__(self, known: tuple[str, ...] | None = (), settings: Settings | None = None) -> None:
        self.state = Announcer(settings or Settings(PACK), known)
        self.done: list[object] = []
        self.rev = 0
        self.now = NOW

    def hear(self, calls: Sequence[Call], counters: Sequence[object] | None = None, *, at_ms: int = START_MS) -> None:
        self.rev += 1
        self.tell(Heard(board(self.rev, calls, counters, at_ms=at_ms)))  # type: ignore[arg-type]

    def tell(self, what: Heard | Ended | Circumstances) -> None:
        self.state, effects = step(self.state, what, self.now)
        self.done += effects

    def finish(self, *, played: bool = True) -> None:
        assert self.state.reading is not None
        self.tell(Ended(self.state.reading.call.id, self.state.reading.n, played))

    @property
    def said(self) -> list[tuple[str, int]]:
        return [(one.spoken.call.id, one.spoken.n) for one in self.done if isinstance(one, Say)]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(one.call.id, one.spoken) for one in self.done if isinstance(one, Tell)]

    @property
    def kept(self) -> tuple[str, ...]:
        return [one for one in self.done if isinstance(one, Keep)][-1].known


A15, B22, C8 = call(1, "A015", "c2"), call(2, "B022", "c3"), call(3, "C008", "c5")


def quiet_hall(**how: object) -> Hall:
    """One that has seen an empty board."""
    hall = Hall(**how)  # type: ignore[arg-type]
    hall.hear([])
    return hall


def test_a_call_alone_is_read_twice_and_told_once() -> None:
    hall = quiet_hall()
    hall.hear([A15])
    hall.finish()
    hall.finish()
    assert hall.said == [("k-1", 1), ("k-1", 2)]
    assert hall.told == [("k-1", "yes")]
    assert hall.state.reading is None


def test_a_call_is_kept_on_the_disk_before_its_first_sound() -> None:
    hall = quiet_hall()
    hall.hear([A15])
    order = [type(one) for one in hall.done]
    assert order.index(Keep) < order.index(Say)
    assert hall.kept == ("k-1",)


def test_announcements_never_overlap_and_with_others_waiting_each_is_read_once() -> None:
    hall = quiet_hall()
    hall.hear([A15])
    hall.hear([A15, B22])
    hall.hear([A15, B22, C8])
    assert hall.said == [("k-1", 1)]
    hall.finish()
    hall.finish()
    assert hall.said == [("k-1", 1), ("k-2", 1), ("k-3", 1)]
    hall.finish()
    assert hall.said[-1] == ("k-3", 2)
    hall.finish()
    hall.hear([A15, B22, C8])
    assert len(hall.said) == 4


def test_the_same_picture_again_says_nothing_again() -> None:
    hall = quiet_hall()
    hall.hear([A15])
    hall.finish()
    hall.finish()
    for _ in range(3):
        hall.hear([A15])
    assert len(hall.said) == 2


def test_several_calls_of_one_picture_are_read_oldest_first() -> None:
    hall = quiet_hall()
    hall.hear([A15, B22, C8])
    hall.finish()
    hall.finish()
    assert [one for one, _ in hall.said] == ["k-1", "k-2", "k-3"]


def test_a_call_requeued_before_its_turn_is_skipped_for_good() -> None:
    hall = quiet_hall()
    hall.hear([A15, B22])
    hall.hear([A15, B22], [counter("c2", "A015")])
    hall.finish()
    hall.hear([A15, B22])
    assert {one for one, _ in hall.said} == {"k-1"}
    assert "k-2" in hall.kept


def test_a_call_whose_ticket_is_already_served_is_not_read() -> None:
    hall = quiet_hall()
    hall.hear([A15], [counter("c2", "A015", "serving")])
    assert hall.said == []


def test_a_withdrawn_call_is_not_read_a_second_time() -> None:
    hall = quiet_hall()
    hall.hear([A15])
    hall.hear([A15], [])
    hall.finish()
    assert hall.said == [("k-1", 1)]


def test_a_recall_takes_the_place_of_the_call_that_still_waits() -> None:
    hall = quiet_hall()
    again = call(4, "B022", "c3", kind="recall")
    hall.hear([A15, B22])
    hall.hear([A15, B22, again])
    hall.finish()
    hall.finish()
    assert [one for one, _ in hall.said] == ["k-1", "k-4", "k-4"]
    spoken = next(one.spoken for one in hall.done if isinstance(one, Say) and one.spoken.call.id == "k-4")
    assert spoken.caption == "Xin nhắc lại: kính mời công dân có số thứ tự B không hai hai, đến quầy số ba"
    assert "recall" in spoken.reading.parts


def test_the_last_call_has_words_of_its_own() -> None:
    hall = quiet_hall()
    hall.hear([call(1, "A015", "c2", kind="last")])
    spoken = next(one.spoken for one in hall.done if isinstance(one, Say))
    assert "last" in spoken.reading.parts
    assert spoken.caption.startswith("Gọi lần cuối")


def test_after_a_restart_nothing_that_was_begun_is_spoken_again() -> None:
    before = quiet_hall()
    before.hear([A15, B22])
    assert before.said == [("k-1", 1)]
    after = Hall(known=before.kept)
    after.hear([A15, B22], at_ms=START_MS + 9_000)
    assert [one for one, _ in after.said] == ["k-2"], "only what had not begun"


def test_after_a_restart_an_old_call_is_not_spoken_although_it_never_was() -> None:
    hall = Hall(known=())
    hall.hear([A15], at_ms=START_MS + 61_000)
    assert hall.said == []
    hall.hear([A15])
    assert hall.said == []


def test_without_a_record_nothing_of_the_first_picture_is_spoken() -> None:
    hall = Hall(known=None)
    hall.hear([A15, B22])
    assert hall.said == []
    assert hall.kept == ("k-1", "k-2")
    hall.hear([A15, B22, C8])
    assert [one for one, _ in hall.said] == ["k-3"]


def test_a_restarted_server_makes_nothing_spoken_twice() -> None:
    hall = quiet_hall()
    hall.hear([A15])
    hall.finish()
    hall.finish()
    hall.tell(Heard(board(1, [A15], epoch="e2")))
    assert len(hall.said) == 2


def test_in_the_muted_hours_a_call_is_told_muted_and_not_read_later() -> None:
    hall = quiet_hall(settings=Settings(PACK, mute_from="08:00", mute_to="09:00"))
    hall.hear([A15])
    assert hall.said == []
    assert hall.told == [("k-1", "muted")]
    hall.now = replace(NOW, wall_ms=START_MS + 3_600_000)
    hall.hear([A15])
    assert hall.said == []


@pytest.mark.parametrize(
    ("start", "end", "is_muted"),
    [
        ("", "", False),
        ("08:42", "08:43", True),
        ("08:00", "08:42", False),
        ("17:00", "09:00", True),
        ("17:00", "08:00", False),
        ("08:42", "08:42", False),
    ],
)
def test_muted_hours_are_the_halls_and_may_pass_midnight(start: str, end: str, is_muted: bool) -> None:
    assert muted(Settings(PACK, mute_from=start, mute_to=end), START_MS, "Asia/Ho_Chi_Minh") is is_muted


def test_without_a_voice_a_call_is_told_no_audio() -> None:
    hall = quiet_hall(settings=Settings(None))
    hall.hear([A15])
    assert hall.told == [("k-1", "no_audio")]


def test_without_a_sound_card_readings_keep_their_time_and_are_told_no_audio() -> None:
    hall = quiet_hall()
    hall.tell(Circumstances("Asia/Ho_Chi_Minh", audible=False, fast=False))
    hall.hear([A15])
    hall.finish(played=False)
    assert hall.told == [("k-1", "no_audio")]
    assert hall.said == [("k-1", 1), ("k-1", 2)]


def test_a_card_that_breaks_in_the_middle_does_not_stop_the_queue() -> None:
    hall = quiet_hall()
    hall.hear([A15, B22])
    hall.finish(played=False)
    assert hall.told == [("k-1", "no_audio")]
    assert hall.said == [("k-1", 1), ("k-2", 1)]


def test_a_demonstration_that_runs_faster_is_silent_at_once_and_as_long_as_it_does() -> None:
    hall = quiet_hall()
    hall.hear([A15, B22])
    hall.tell(Circumstances("Asia/Ho_Chi_Minh", audible=True, fast=True))
    assert any(isinstance(one, Hush) for one in hall.done)
    hall.hear([A15, B22, C8])
    assert [one for one, _ in hall.said] == ["k-1"]
    assert hall.told == [("k-1", "muted"), ("k-2", "muted"), ("k-3", "muted")]
    hall.tell(Circumstances("Asia/Ho_Chi_Minh", audible=True, fast=False))
    hall.hear([A15, B22, C8, call(9, "A016", "c2")])
    assert hall.said[-1] == ("k-9", 1)


def test_a_late_answer_of_the_speaker_about_an_older_reading_changes_nothing() -> None:
    hall = quiet_hall()
    hall.hear([A15])
    before = hall.state
    hall.tell(Ended("k-0", 1, True))
    hall.tell(Ended("k-1", 2, True))
    assert hall.state == before


def test_a_paused_counter_is_announced_once_without_a_number() -> None:
    hall = quiet_hall()
    hall.hear([call(1, "", "c3", kind="pause")], [])
    hall.finish()
    spoken = next(one.spoken for one in hall.done if isinstance(one, Say))
    assert spoken.caption == "Quầy số ba tạm dừng phục vụ."
    assert hall.said == [("k-1", 1)]


def test_a_call_that_misses_a_clip_is_a_chime_without_a_caption() -> None:
    short = PACK.model_copy(update={"clips": {k: v for k, v in PACK.clips.items() if k != "d5"}})
    hall = quiet_hall(settings=Settings(short))
    hall.hear([A15])
    spoken = next(one.spoken for one in hall.done if isinstance(one, Say))
    assert spoken.reading.parts == ("chime",)
    assert spoken.caption == ""


def test_what_is_read_is_known() -> None:
    hall = quiet_hall()
    hall.hear([A15, B22])
    assert is_read(hall.state, "k-1")
    assert not is_read(hall.state, "k-2")
    hall.finish()
    assert is_read(hall.state, "k-2")
