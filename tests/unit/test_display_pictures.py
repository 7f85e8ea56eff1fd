"""The display's pictures of the hall: newer, older, stale and forged ones."""

from dataclasses import replace

from display_bench import A15, B22, DisplayBench, called_on_panel

from config.clock import Now
from display.flow.state import is_stale
from display.flow.step import next_wake_s
from display.screens.view import ScreenKind
from server.wire.messages import Board, ServerBeat, to_time
from server.wire.station.effects import LogForgedPicture
from server.wire.station.events import BrokerConnectionChanged, HeartbeatReceived, PictureReceived, PicturesFetched
from support.board_pictures import START_MS, board, call, office


def test_a_newer_picture_of_the_same_server_replaces_and_an_older_one_changes_nothing() -> None:
    tv = DisplayBench().start(board(5, waiting={"HT": 3}))
    tv.happens(PictureReceived(board(4, waiting={"HT": 9})))
    assert tv.state.board is not None
    assert tv.state.board.rev == 5
    tv.happens(PictureReceived(board(6, waiting={"HT": 4})))
    assert tv.state.board.rev == 6
    assert tv.fetches() == 0


def test_a_picture_of_an_unknown_server_is_not_shown_before_the_server_confirms_it() -> None:
    tv = DisplayBench().start(board(5))
    tv.happens(PictureReceived(board(1, [A15], epoch="e2")))
    assert tv.fetches() == 1
    assert tv.state.board is not None
    assert tv.state.board.epoch == "e1"
    tv.happens(PicturesFetched((office(epoch="e2"), board(3, [A15, B22], epoch="e2"))))
    assert (tv.state.board.epoch, tv.state.board.rev) == ("e2", 3)


def test_a_picture_received_during_a_fetch_is_neither_lost_nor_set_back() -> None:
    tv = DisplayBench().start(board(5))
    tv.happens(PictureReceived(board(7, epoch="e2")))
    tv.happens(PicturesFetched((office(epoch="e2"), board(6, epoch="e2"))))
    assert tv.state.board is not None
    assert tv.state.board.rev == 7


def test_a_reconnect_fetches_once_and_again_until_the_server_answers() -> None:
    tv = DisplayBench().start()
    tv.happens(BrokerConnectionChanged(False))
    tv.happens(BrokerConnectionChanged(True))
    tv.happens(BrokerConnectionChanged(True))
    assert tv.fetches() == 1
    tv.happens(PicturesFetched(()))
    tv.passes(2.5)
    assert tv.fetches() == 2
    tv.happens(PicturesFetched((office(), board(9))))
    tv.passes(10)
    assert tv.fetches() == 2


def test_an_answer_older_than_the_picture_from_mqtt_does_not_set_it_back() -> None:
    tv = DisplayBench().start(board(5))
    tv.happens(BrokerConnectionChanged(True))
    tv.happens(PictureReceived(board(8)))
    tv.happens(PicturesFetched((office(), board(7))))
    assert tv.state.board is not None
    assert tv.state.board.rev == 8


def test_without_any_picture_the_screen_shows_a_text_and_no_number() -> None:
    tv = DisplayBench()
    assert tv.view().text == "Đang khởi động, xin chờ…"
    tv.happens(PicturesFetched(()))
    tv.passes(11)
    view = tv.view()
    assert view.text == "Chưa nhận được thông tin. Mời nghe cán bộ gọi số tại quầy"
    assert (view.rows, view.waiting, view.header) == ((), (), None)


def test_after_ten_seconds_without_a_heartbeat_the_board_is_stale_with_the_time_of_the_last_and_nothing_is_yellow() -> (
    None
):
    tv = DisplayBench().start(board(1, [A15]))
    tv.passes(31)
    assert tv.view().rows[0].calling
    assert tv.view().stale_warning is None
    last = tv.now
    tv.passes(9.9, beat=False)
    assert tv.view().stale_warning is None
    tv.now = Now(last.wall_ms + 10_000, 0, last.mono_s + 10.0)
    assert is_stale(tv.state, tv.now)
    view = tv.view()
    assert view.stale_warning == "Mất kết nối. Thông tin cập nhật lúc 08:42"
    assert not any(row.calling for row in view.rows)
    assert [row.number for row in view.rows] == ["A015"], "the numbers stay"


def test_the_station_wakes_by_itself_when_the_picture_gets_stale() -> None:
    tv = DisplayBench().start()
    assert next_wake_s(tv.state, replace(tv.now, mono_s=111.0)) > 111.0
    tv = DisplayBench().start()
    tv.now = replace(tv.now, mono_s=105.0)
    tv.happens(HeartbeatReceived(ServerBeat(online=True, epoch="e1", at=to_time(START_MS + 5000))))
    assert next_wake_s(tv.state, replace(tv.now, mono_s=112.0)) == 115.0


def test_a_heartbeat_ends_the_stale_state() -> None:
    tv = DisplayBench().start()
    tv.passes(20, beat=False)
    assert tv.view().stale_warning is not None
    tv.happens(HeartbeatReceived(ServerBeat(online=True, epoch="e1", at=to_time(tv.now.wall_ms))))
    assert tv.view().stale_warning is None


def test_a_retained_heartbeat_and_the_servers_will_are_no_sign_of_life() -> None:
    tv = DisplayBench().start()
    tv.happens(HeartbeatReceived(ServerBeat(online=True, epoch="e1", at=to_time(START_MS))))
    tv.passes(9, beat=False)
    tv.happens(HeartbeatReceived(ServerBeat(online=True, epoch="e1", at=to_time(START_MS)), retained=True))
    tv.happens(HeartbeatReceived(ServerBeat(online=False, epoch="e1")))
    tv.passes(2, beat=False)
    assert tv.view().stale_warning is not None


def test_delayed_heartbeats_are_no_sign_of_life_and_the_next_one_is() -> None:
    def beat(sent_s: int) -> HeartbeatReceived:
        at = to_time(START_MS + sent_s * 1000)
        return HeartbeatReceived(ServerBeat(online=True, epoch="e1", at=at, up_ms=500_000 + sent_s * 1000))

    tv = DisplayBench().start()
    tv.happens(beat(0))
    tv.passes(12, beat=False)
    for sent_s in (3, 6, 9, 12):
        tv.happens(beat(sent_s))
    assert tv.view().stale_warning is not None
    tv.passes(3, beat=False)
    tv.happens(beat(15))
    assert tv.view().stale_warning is None


def test_a_heartbeat_of_another_server_is_no_sign_of_life_of_this_picture() -> None:
    tv = DisplayBench().start()
    tv.passes(9, beat=False)
    tv.happens(HeartbeatReceived(ServerBeat(online=True, epoch="e2", at=to_time(tv.now.wall_ms))))
    assert tv.fetches() == 1
    tv.passes(2, beat=False)
    assert tv.view().stale_warning is not None


def test_a_stale_picture_shows_the_board_and_never_the_call_panel() -> None:
    tv = DisplayBench().start()
    tv.happens(PictureReceived(board(2, [A15])))
    assert tv.view().kind is ScreenKind.CALL
    tv.now = Now(START_MS + 10_000, 0, 110.0)
    assert tv.view().kind is ScreenKind.BOARD


def forged(rev: int) -> Board:
    return board(rev, [call(99, "Z999", "c9")])


def test_a_picture_far_ahead_is_checked_with_the_server_before_it_is_shown_and_the_next_true_one_wins() -> None:
    tv = DisplayBench().start(board(5, [A15]))
    tv.passes(13)
    tv.done.clear()
    tv.happens(PictureReceived(forged(10**9)))
    assert (tv.fetches(), called_on_panel(tv)) == (1, None)
    tv.happens(PicturesFetched((office(), board(5, [A15])), tv.now.mono_s))
    assert [effect.picture.rev for effect in tv.done if isinstance(effect, LogForgedPicture)] == [10**9]
    tv.happens(PictureReceived(board(6, [A15, B22])))
    assert called_on_panel(tv) == ("B022", "3")
    assert [row.number for row in tv.view().rows if row.number == "Z999"] == []


def test_a_true_picture_after_a_jump_is_shown_as_soon_as_the_server_confirms_it() -> None:
    tv = DisplayBench().start(board(5))
    tv.happens(PictureReceived(board(3000, [A15])))
    tv.happens(PicturesFetched((office(), board(3001, [A15])), tv.now.mono_s))
    assert called_on_panel(tv) == ("A015", "2")
    assert not [effect for effect in tv.done if isinstance(effect, LogForgedPicture)]


def test_a_forged_picture_on_the_screen_is_replaced_by_the_next_true_one_whatever_its_rev() -> None:
    tv = DisplayBench().start(board(5, [A15]))
    tv.passes(13)
    tv.done.clear()
    tv.happens(PictureReceived(forged(40)))
    tv.happens(PictureReceived(board(6, [A15])))
    assert tv.fetches() == 1
    tv.happens(PicturesFetched((office(), board(6, [A15])), tv.now.mono_s))
    assert tv.state.board == board(6, [A15])
    assert [effect.picture.rev for effect in tv.done if isinstance(effect, LogForgedPicture)] == [40]
    assert called_on_panel(tv) is None, "and earlier calls are not called again"


def test_until_the_server_confirms_a_picture_the_old_one_gets_stale() -> None:
    tv = DisplayBench().start(board(5, [A15]))
    tv.passes(13)
    tv.done.clear()
    tv.happens(PictureReceived(forged(10**9)))
    for _ in range(6):
        tv.happens(PicturesFetched(()))
        tv.passes(2.0)
    assert tv.view().stale_warning is not None


def test_a_flood_of_forged_pictures_fetches_twice_a_second_at_most() -> None:
    tv = DisplayBench().start(board(5))
    for n in range(100):
        tv.happens(PictureReceived(forged(10**9 + n)))
        tv.happens(PicturesFetched((office(), board(5)), tv.now.mono_s))
    assert tv.fetches() == 1
