from collections.abc import Sequence
from dataclasses import replace

import pytest

from config.clock import Now
from display.flow.announcer import (
    Announcer,
    AnnouncerSettings,
    BoardChanged,
    ConditionsChanged,
    SaveSpokenIds,
    Speak,
    SpeechEnded,
    SpeechOutcome,
    StopSpeaking,
    is_quiet_hour,
    is_speaking,
    step,
)
from server.display_content.speech.packs import SHIPPED
from server.wire.messages import Call
from server.wire.voice import VoicePack
from support.board_pictures import START_MS, board, call, counter

PACK = VoicePack.model_validate_json((SHIPPED / "vi" / "manifest.json").read_bytes())
NOW = Now(START_MS + 500, 0, 10.0)


class Announcing:
    """An announcer without a speaker: takes events and collects the effects."""

    def __init__(self, spoken_ids: tuple[str, ...] | None = (), settings: AnnouncerSettings | None = None) -> None:
        self.state = Announcer(settings or AnnouncerSettings(PACK), spoken_ids)
        self.done: list[object] = []
        self.rev = 0
        self.now = NOW

    def show(self, calls: Sequence[Call], counters: Sequence[object] | None = None, *, at_ms: int = START_MS) -> None:
        self.rev += 1
        self.take(BoardChanged(board(self.rev, calls, counters, at_ms=at_ms)))  # type: ignore[arg-type]

    def take(self, event: BoardChanged | SpeechEnded | ConditionsChanged) -> None:
        self.state, effects = step(self.state, event, self.now)
        self.done += effects

    def finish(self, *, played: bool = True) -> None:
        assert self.state.current is not None
        self.take(SpeechEnded(self.state.current.call.id, self.state.current.reading, played))

    @property
    def spoken(self) -> list[tuple[str, int]]:
        return [
            (effect.announcement.call.id, effect.announcement.reading)
            for effect in self.done
            if isinstance(effect, Speak)
        ]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(effect.call.id, effect.outcome) for effect in self.done if isinstance(effect, SpeechOutcome)]

    @property
    def saved(self) -> tuple[str, ...]:
        return [effect for effect in self.done if isinstance(effect, SaveSpokenIds)][-1].ids


A15, B22, C8 = call(1, "A015", "c2"), call(2, "B022", "c3"), call(3, "C008", "c5")


def quiet_hall(**settings: object) -> Announcing:
    """Return an announcer that has seen an empty board."""
    hall = Announcing(**settings)  # type: ignore[arg-type]
    hall.show([])
    return hall


def test_a_call_alone_is_spoken_twice_and_reported_once() -> None:
    hall = quiet_hall()
    hall.show([A15])
    hall.finish()
    hall.finish()
    assert hall.spoken == [("k-1", 1), ("k-1", 2)]
    assert hall.outcomes == [("k-1", "yes")]
    assert hall.state.current is None


def test_a_call_is_saved_on_the_disk_before_its_first_sound() -> None:
    hall = quiet_hall()
    hall.show([A15])
    order = [type(effect) for effect in hall.done]
    assert order.index(SaveSpokenIds) < order.index(Speak)
    assert hall.saved == ("k-1",)


def test_announcements_never_overlap_and_with_others_waiting_each_is_read_once() -> None:
    hall = quiet_hall()
    hall.show([A15])
    hall.show([A15, B22])
    hall.show([A15, B22, C8])
    assert hall.spoken == [("k-1", 1)]
    hall.finish()
    hall.finish()
    assert hall.spoken == [("k-1", 1), ("k-2", 1), ("k-3", 1)]
    hall.finish()
    assert hall.spoken[-1] == ("k-3", 2)
    hall.finish()
    hall.show([A15, B22, C8])
    assert len(hall.spoken) == 4


def test_the_same_picture_again_repeats_nothing() -> None:
    hall = quiet_hall()
    hall.show([A15])
    hall.finish()
    hall.finish()
    for _ in range(3):
        hall.show([A15])
    assert len(hall.spoken) == 2


def test_several_calls_of_one_picture_are_read_oldest_first() -> None:
    hall = quiet_hall()
    hall.show([A15, B22, C8])
    hall.finish()
    hall.finish()
    assert [call_id for call_id, _ in hall.spoken] == ["k-1", "k-2", "k-3"]


def test_a_call_requeued_before_its_turn_is_skipped_for_good() -> None:
    hall = quiet_hall()
    hall.show([A15, B22])
    hall.show([A15, B22], [counter("c2", "A015")])
    hall.finish()
    hall.show([A15, B22])
    assert {call_id for call_id, _ in hall.spoken} == {"k-1"}
    assert "k-2" in hall.saved


def test_a_call_whose_ticket_is_already_served_is_not_read() -> None:
    hall = quiet_hall()
    hall.show([A15], [counter("c2", "A015", "serving")])
    assert hall.spoken == []


def test_a_withdrawn_call_is_not_read_a_second_time() -> None:
    hall = quiet_hall()
    hall.show([A15])
    hall.show([A15], [])
    hall.finish()
    assert hall.spoken == [("k-1", 1)]


def test_a_recall_takes_the_place_of_the_call_that_still_waits() -> None:
    hall = quiet_hall()
    again = call(4, "B022", "c3", kind="recall")
    hall.show([A15, B22])
    hall.show([A15, B22, again])
    hall.finish()
    hall.finish()
    assert [call_id for call_id, _ in hall.spoken] == ["k-1", "k-4", "k-4"]
    announcement = next(
        effect.announcement
        for effect in hall.done
        if isinstance(effect, Speak) and effect.announcement.call.id == "k-4"
    )
    assert announcement.caption == "Xin nhắc lại: kính mời công dân có số thứ tự B không hai hai, đến quầy số ba"
    assert "recall" in announcement.utterance.parts


def test_the_last_call_has_words_of_its_own() -> None:
    hall = quiet_hall()
    hall.show([call(1, "A015", "c2", kind="last")])
    announcement = next(effect.announcement for effect in hall.done if isinstance(effect, Speak))
    assert "last" in announcement.utterance.parts
    assert announcement.caption.startswith("Gọi lần cuối")


def test_after_a_restart_nothing_that_was_begun_is_spoken_again() -> None:
    before = quiet_hall()
    before.show([A15, B22])
    assert before.spoken == [("k-1", 1)]
    after = Announcing(spoken_ids=before.saved)
    after.show([A15, B22], at_ms=START_MS + 9_000)
    assert [call_id for call_id, _ in after.spoken] == ["k-2"], "only what had not begun"


def test_after_a_restart_an_old_call_is_not_spoken_although_it_never_was() -> None:
    hall = Announcing(spoken_ids=())
    hall.show([A15], at_ms=START_MS + 61_000)
    assert hall.spoken == []
    hall.show([A15])
    assert hall.spoken == []


def test_without_saved_ids_nothing_of_the_first_picture_is_spoken() -> None:
    hall = Announcing(spoken_ids=None)
    hall.show([A15, B22])
    assert hall.spoken == []
    assert hall.saved == ("k-1", "k-2")
    hall.show([A15, B22, C8])
    assert [call_id for call_id, _ in hall.spoken] == ["k-3"]


def test_a_restarted_server_makes_nothing_spoken_twice() -> None:
    hall = quiet_hall()
    hall.show([A15])
    hall.finish()
    hall.finish()
    hall.take(BoardChanged(board(1, [A15], epoch="e2")))
    assert len(hall.spoken) == 2


def test_in_the_muted_hours_a_call_is_reported_as_muted_and_not_spoken_later() -> None:
    hall = quiet_hall(settings=AnnouncerSettings(PACK, mute_from="08:00", mute_to="09:00"))
    hall.show([A15])
    assert hall.spoken == []
    assert hall.outcomes == [("k-1", "muted")]
    hall.now = replace(NOW, wall_ms=START_MS + 3_600_000)
    hall.show([A15])
    assert hall.spoken == []


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
    settings = AnnouncerSettings(PACK, mute_from=start, mute_to=end)
    assert is_quiet_hour(settings, START_MS, "Asia/Ho_Chi_Minh") is is_muted


def test_without_a_voice_a_call_is_reported_as_no_audio() -> None:
    hall = quiet_hall(settings=AnnouncerSettings(None))
    hall.show([A15])
    assert hall.outcomes == [("k-1", "no_audio")]


def test_without_a_sound_card_readings_keep_their_time_and_are_reported_as_no_audio() -> None:
    hall = quiet_hall()
    hall.take(ConditionsChanged("Asia/Ho_Chi_Minh", audible=False, accelerated=False))
    hall.show([A15])
    hall.finish(played=False)
    assert hall.outcomes == [("k-1", "no_audio")]
    assert hall.spoken == [("k-1", 1), ("k-1", 2)]


def test_a_card_that_breaks_in_the_middle_does_not_stop_the_queue() -> None:
    hall = quiet_hall()
    hall.show([A15, B22])
    hall.finish(played=False)
    assert hall.outcomes == [("k-1", "no_audio")]
    assert hall.spoken == [("k-1", 1), ("k-2", 1)]


def test_a_demonstration_that_runs_faster_is_silent_at_once_and_as_long_as_it_does() -> None:
    hall = quiet_hall()
    hall.show([A15, B22])
    hall.take(ConditionsChanged("Asia/Ho_Chi_Minh", audible=True, accelerated=True))
    assert any(isinstance(effect, StopSpeaking) for effect in hall.done)
    hall.show([A15, B22, C8])
    assert [call_id for call_id, _ in hall.spoken] == ["k-1"]
    assert hall.outcomes == [("k-1", "muted"), ("k-2", "muted"), ("k-3", "muted")]
    hall.take(ConditionsChanged("Asia/Ho_Chi_Minh", audible=True, accelerated=False))
    hall.show([A15, B22, C8, call(9, "A016", "c2")])
    assert hall.spoken[-1] == ("k-9", 1)


def test_a_late_answer_of_the_speaker_about_an_older_reading_changes_nothing() -> None:
    hall = quiet_hall()
    hall.show([A15])
    before = hall.state
    hall.take(SpeechEnded("k-0", 1, True))
    hall.take(SpeechEnded("k-1", 2, True))
    assert hall.state == before


def test_a_paused_counter_is_announced_once_without_a_number() -> None:
    hall = quiet_hall()
    hall.show([call(1, "", "c3", kind="pause")], [])
    hall.finish()
    announcement = next(effect.announcement for effect in hall.done if isinstance(effect, Speak))
    assert announcement.caption == "Quầy số ba tạm dừng phục vụ."
    assert hall.spoken == [("k-1", 1)]


def test_a_call_that_misses_a_clip_is_a_chime_without_a_caption() -> None:
    short = PACK.model_copy(update={"clips": {k: v for k, v in PACK.clips.items() if k != "d5"}})
    hall = quiet_hall(settings=AnnouncerSettings(short))
    hall.show([A15])
    announcement = next(effect.announcement for effect in hall.done if isinstance(effect, Speak))
    assert announcement.utterance.parts == ("chime",)
    assert announcement.caption == ""


def test_which_call_is_being_spoken() -> None:
    hall = quiet_hall()
    hall.show([A15, B22])
    assert is_speaking(hall.state, "k-1")
    assert not is_speaking(hall.state, "k-2")
    hall.finish()
    assert is_speaking(hall.state, "k-2")
