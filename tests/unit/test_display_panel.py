"""The call panel, and the acknowledgement of calls as shown and as spoken."""

import pytest
from display_bench import A15, B22, C8, PACK, DisplayBench, called_on_panel

from config.clock import Now
from display.flow.announcer import Speak
from display.flow.effects import AcknowledgeCall, MissingClips
from display.flow.events import Played, SpeakerChanged
from display.screens.view import next_view_s
from hardware.ports import DeviceHealth, HealthState
from server.wire.messages import DeviceState
from server.wire.station.effects import Report
from server.wire.station.events import BrokerConnectionChanged, PictureReceived, PicturesFetched
from support.board_pictures import START_MS, board, counter, office


def test_a_call_is_on_the_panel_at_once_and_acknowledged_as_shown() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15])))
    assert called_on_panel(tv) == ("A015", "2")
    assert tv.acks == [("k-1", None)]


def test_a_call_alone_leaves_the_panel_after_twelve_seconds_and_its_row_stays_yellow() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15])))
    tv.passes(11.9)
    assert called_on_panel(tv) == ("A015", "2")
    tv.passes(0.2)
    assert called_on_panel(tv) is None
    assert tv.view().rows[0].calling


def test_several_calls_queue_on_the_panel_and_the_others_are_seen_under_it() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15])))
    tv.happens(PictureReceived(board(3, [A15, B22, C8])))
    assert called_on_panel(tv) == ("A015", "2")
    assert [row.number for row in tv.view().rows] == ["C008", "B022"]
    tv.passes(5.1)
    assert called_on_panel(tv) == ("B022", "3")
    tv.passes(5.1)
    assert called_on_panel(tv) == ("C008", "5")
    tv.passes(12.1)
    assert called_on_panel(tv) is None
    assert [call_id for call_id, _ in tv.acks] == ["k-1", "k-2", "k-3"]


def test_a_withdrawn_call_leaves_the_panel_at_once_and_never_comes_onto_it() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15, B22])))
    tv.happens(PictureReceived(board(3, [A15, B22], [])))
    assert called_on_panel(tv) is None
    assert tv.acks == [("k-1", None)]


def test_a_visitor_who_is_already_served_still_finds_the_call_for_three_seconds() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15])))
    tv.passes(1)
    tv.happens(PictureReceived(board(3, [A15], [counter("c2", "A015", "serving")])))
    assert called_on_panel(tv) == ("A015", "2")
    tv.passes(2.1)
    assert called_on_panel(tv) is None


def test_calls_that_were_there_before_the_station_started_are_rows_only() -> None:
    tv = DisplayBench().start(board(1, [A15], at_ms=START_MS + 120_000))
    assert called_on_panel(tv) is None
    assert [row.number for row in tv.view().rows] == ["A015"]
    assert tv.acks == []


def test_the_same_calls_from_a_restarted_server_do_not_come_onto_the_panel_again() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15])))
    tv.passes(13)
    tv.happens(BrokerConnectionChanged(True))
    tv.happens(PicturesFetched((office(epoch="e2"), board(1, [A15], epoch="e2"))))
    assert called_on_panel(tv) is None


def test_the_counters_tile_blinks_three_times_and_then_stands() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15])))
    lit = []
    while tv.now.mono_s < 103.9:
        panel = tv.view().call_panel
        assert panel is not None
        lit.append(panel.blink_on)
        at = next_view_s(tv.state, tv.now)
        tv.now = Now(tv.now.wall_ms + round((at - tv.now.mono_s) * 1000), 0, at)
    assert lit[:7] == [True, False, True, False, True, False, True]
    assert all(lit[6:])
    for tenth in range(30, 39):
        tv.now = Now(tv.now.wall_ms, 0, 100 + tenth / 10)
        panel = tv.view().call_panel
        assert panel is not None
        assert panel.blink_on


@pytest.mark.parametrize(("times", "again"), [(1, None), (2, "GỌI LẦN 2"), (3, "GỌI LẦN 3")])
def test_the_panel_says_that_a_number_is_called_again(times: int, again: str | None) -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15.model_copy(update={"times": times})])))
    panel = tv.view().call_panel
    assert panel is not None
    assert panel.repeat_text == again


def speaking() -> DisplayBench:
    tv = DisplayBench(pack=PACK, voice=True).start()
    tv.happens(SpeakerChanged(DeviceHealth(HealthState.READY)))
    tv.done.clear()
    return tv


def test_a_call_is_acknowledged_as_shown_first_and_as_spoken_when_it_was_played_to_its_end() -> None:
    tv = speaking()
    tv.happens(PictureReceived(board(2, [A15])))
    assert tv.acks == [("k-1", None)]
    tv.passes(8)
    tv.happens(Played("k-1", 1, True))
    assert tv.acks == [("k-1", None), ("k-1", "yes")]
    assert len({effect.shown_at_ms for effect in tv.done if isinstance(effect, AcknowledgeCall)}) == 1


def test_a_call_stays_on_the_panel_while_it_is_read() -> None:
    tv = speaking()
    tv.happens(PictureReceived(board(2, [A15])))
    tv.passes(14)
    assert called_on_panel(tv) == ("A015", "2")
    tv.happens(Played("k-1", 1, True))
    tv.happens(Played("k-1", 2, True))
    assert called_on_panel(tv) is None


def test_a_call_that_cannot_be_spoken_is_acknowledged_when_it_is_shown_and_not_before() -> None:
    tv = DisplayBench(pack=None, voice=True).start()
    tv.happens(PictureReceived(board(2, [A15, B22])))
    assert tv.acks == [("k-1", "no_audio")]
    tv.passes(5.1)
    assert tv.acks == [("k-1", "no_audio"), ("k-2", "no_audio")]


def test_a_display_without_voice_acknowledges_calls_as_shown_only() -> None:
    tv = DisplayBench(pack=PACK, voice=False).start()
    tv.happens(PictureReceived(board(2, [A15])))
    assert tv.acks == [("k-1", None)]
    assert not any(isinstance(effect, Speak) for effect in tv.done)


def test_a_silent_speaker_is_reported_and_named_on_the_screen() -> None:
    tv = speaking()
    tv.happens(SpeakerChanged(DeviceHealth(HealthState.FAULT, "no_audio")))
    status = [effect.status for effect in tv.done if isinstance(effect, Report)][-1]
    assert (status.device, status.state, status.code) == ("speaker", DeviceState.FAULT, "no_audio")
    texts = set()
    for _ in range(6):
        message = tv.view().message
        assert message is not None
        texts.add(message.text)
        tv.passes(8)
    assert "Loa đang tắt, mời theo dõi màn hình" in texts


def test_missing_clips_are_logged_at_the_start_and_not_at_the_call() -> None:
    short = PACK.model_copy(update={"clips": {k: v for k, v in PACK.clips.items() if k != "letter-g"}})
    tv = DisplayBench(pack=short, voice=True)
    tv.happens(SpeakerChanged(DeviceHealth(HealthState.READY)))
    tv.happens(PicturesFetched((office(), board(1))))
    assert MissingClips(("letter-g",)) in tv.done
    status = [effect.status for effect in tv.done if isinstance(effect, Report)][-1]
    assert (status.state, status.code) == (DeviceState.WARNING, "clips")
