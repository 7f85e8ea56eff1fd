from dataclasses import replace

import pytest

from boards import SERVICES, START_MS, board, call, counter, office
from config.clock import Now
from config.words import words
from display.announcer import Announcer, Say, Settings
from display.board import Display, due, is_stale, step
from display.events import (
    Acknowledge,
    Beaten,
    Effect,
    Fetch,
    Fetched,
    Forged,
    Lacks,
    Linked,
    Pictured,
    Played,
    Report,
    SpeakerChanged,
    Tick,
    What,
)
from display.packs import SHIPPED
from display.view import Kind, View, look, next_look
from hardware.ports import Health, State
from server.wire.messages import Board, DeviceState, Office, ServerBeat, to_time
from server.wire.voice import VoicePack

PACK = VoicePack.model_validate_json((SHIPPED / "vi" / "manifest.json").read_bytes())
A15, B22, C8 = call(1, "A015", "c2"), call(2, "B022", "c3"), call(3, "C008", "c5", priority=True)


class Tv:
    """A display with its clock; remembers what was to be done."""

    def __init__(
        self, *, pack: VoicePack | None = None, known: tuple[str, ...] | None = (), voice: bool = False
    ) -> None:
        self.now = Now(START_MS, 0, 100.0)
        self.state = Display("tv-1", Announcer(Settings(pack), known), 100.0, voice=voice)
        self.done: list[Effect] = []

    def tell(self, what: What) -> None:
        self.state, effects = step(self.state, what, self.now)
        self.done += effects

    def start(self, first: Board | None = None, of: Office | None = None) -> "Tv":
        self.tell(Linked(True))
        self.tell(Fetched((first or board(1), of or office())))
        self.done.clear()
        return self

    def wait(self, seconds: float, *, beat: bool = True) -> None:
        """Time passes as the station lets it pass: it wakes when it asked to, and the server beats."""
        end = self.now.mono_s + seconds
        while self.now.mono_s < end:
            at = min(end, max(due(self.state, self.now), self.now.mono_s + 0.001), self.now.mono_s + 3.0)
            self.now = Now(self.now.wall_ms + round((at - self.now.mono_s) * 1000), 0, at)
            if beat and self.state.board is not None:
                self.tell(Beaten(ServerBeat(online=True, epoch=self.state.board.epoch, at=to_time(self.now.wall_ms))))
            self.tell(Tick())

    def look(self, language: str = "vi") -> View:
        return look(self.state, words(language), self.now, a_page=7)

    @property
    def acks(self) -> list[tuple[str, str | None]]:
        return [(one.call, one.spoken) for one in self.done if isinstance(one, Acknowledge)]

    def fetches(self) -> int:
        return sum(isinstance(one, Fetch) for one in self.done)


def shown(tv: Tv) -> tuple[str, str] | None:
    panel = tv.look().panel
    return None if panel is None else (panel.number, panel.counter)


# --- pictures -----------------------------------------------------------------------------------------


def test_a_newer_picture_of_the_same_server_replaces_and_an_older_one_changes_nothing() -> None:
    tv = Tv().start(board(5, waiting={"HT": 3}))
    tv.tell(Pictured(board(4, waiting={"HT": 9})))
    assert tv.state.board is not None
    assert tv.state.board.rev == 5
    tv.tell(Pictured(board(6, waiting={"HT": 4})))
    assert tv.state.board.rev == 6
    assert tv.fetches() == 0


def test_a_picture_of_an_unknown_server_is_not_shown_before_the_server_was_asked() -> None:
    tv = Tv().start(board(5))
    tv.tell(Pictured(board(1, [A15], epoch="e2")))
    assert tv.fetches() == 1
    assert tv.state.board is not None
    assert tv.state.board.epoch == "e1"
    tv.tell(Fetched((board(3, [A15, B22], epoch="e2"), office(epoch="e2"))))
    assert (tv.state.board.epoch, tv.state.board.rev) == ("e2", 3)


def test_a_picture_that_came_while_the_server_was_asked_is_not_lost_and_not_set_back() -> None:
    tv = Tv().start(board(5))
    tv.tell(Pictured(board(7, epoch="e2")))
    tv.tell(Fetched((board(6, epoch="e2"), office(epoch="e2"))))
    assert tv.state.board is not None
    assert tv.state.board.rev == 7


def test_a_reconnect_asks_the_server_once_and_again_while_it_does_not_answer() -> None:
    tv = Tv().start()
    tv.tell(Linked(False))
    tv.tell(Linked(True))
    tv.tell(Linked(True))
    assert tv.fetches() == 1
    tv.tell(Fetched(None))
    tv.wait(2.5)
    assert tv.fetches() == 2
    tv.tell(Fetched((board(9), office())))
    tv.wait(10)
    assert tv.fetches() == 2


def test_an_answer_older_than_what_mqtt_brought_does_not_set_the_picture_back() -> None:
    tv = Tv().start(board(5))
    tv.tell(Linked(True))
    tv.tell(Pictured(board(8)))
    tv.tell(Fetched((board(7), office())))
    assert tv.state.board is not None
    assert tv.state.board.rev == 8


def test_without_any_picture_there_are_words_and_no_number() -> None:
    tv = Tv()
    assert tv.look().text == "Đang khởi động, xin chờ…"
    tv.tell(Fetched(None))
    tv.wait(11)
    view = tv.look()
    assert view.text == "Chưa nhận được thông tin. Mời nghe cán bộ gọi số tại quầy"
    assert (view.rows, view.waiting, view.header) == ((), (), None)


# --- stale --------------------------------------------------------------------------------------------


def test_ten_seconds_of_silence_are_told_with_the_time_of_the_last_sign_and_nothing_is_yellow() -> None:
    tv = Tv().start(board(1, [A15]))
    tv.wait(31)
    assert tv.look().rows[0].calling
    assert tv.look().stale is None
    last = tv.now
    tv.wait(9.9, beat=False)
    assert tv.look().stale is None
    tv.now = Now(last.wall_ms + 10_000, 0, last.mono_s + 10.0)
    assert is_stale(tv.state, tv.now)
    view = tv.look()
    assert view.stale == "Mất kết nối. Thông tin cập nhật lúc 08:42"
    assert not any(row.calling for row in view.rows)
    assert [row.number for row in view.rows] == ["A015"], "the numbers stay"


def test_the_station_wakes_by_itself_when_the_picture_gets_stale() -> None:
    tv = Tv().start()
    assert due(tv.state, replace(tv.now, mono_s=111.0)) > 111.0
    tv = Tv().start()
    tv.now = replace(tv.now, mono_s=105.0)
    tv.tell(Beaten(ServerBeat(online=True, epoch="e1", at=to_time(START_MS + 5000))))
    assert due(tv.state, replace(tv.now, mono_s=112.0)) == 115.0


def test_a_beat_heals_a_stale_picture() -> None:
    tv = Tv().start()
    tv.wait(20, beat=False)
    assert tv.look().stale is not None
    tv.tell(Beaten(ServerBeat(online=True, epoch="e1", at=to_time(tv.now.wall_ms))))
    assert tv.look().stale is None


def test_the_brokers_memory_of_an_old_beat_and_the_servers_will_are_no_sign_of_life() -> None:
    tv = Tv().start()
    tv.tell(Beaten(ServerBeat(online=True, epoch="e1", at=to_time(START_MS))))
    tv.wait(9, beat=False)
    tv.tell(Beaten(ServerBeat(online=True, epoch="e1", at=to_time(START_MS))))
    tv.tell(Beaten(ServerBeat(online=False, epoch="e1")))
    tv.wait(2, beat=False)
    assert tv.look().stale is not None


def test_beats_that_the_network_held_up_are_no_sign_of_life_and_the_next_one_is() -> None:
    def beat(said_s: int) -> Beaten:
        at = to_time(START_MS + said_s * 1000)
        return Beaten(ServerBeat(online=True, epoch="e1", at=at, up_ms=500_000 + said_s * 1000))

    tv = Tv().start()
    tv.tell(beat(0))
    tv.wait(12, beat=False)
    for said_s in (3, 6, 9, 12):
        tv.tell(beat(said_s))
    assert tv.look().stale is not None
    tv.wait(3, beat=False)
    tv.tell(beat(15))
    assert tv.look().stale is None


def test_a_beat_of_another_server_is_no_sign_of_life_of_this_picture() -> None:
    tv = Tv().start()
    tv.wait(9, beat=False)
    tv.tell(Beaten(ServerBeat(online=True, epoch="e2", at=to_time(tv.now.wall_ms))))
    assert tv.fetches() == 1
    tv.wait(2, beat=False)
    assert tv.look().stale is not None


def test_a_stale_picture_shows_the_board_and_never_the_call_panel() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15])))
    assert tv.look().kind is Kind.CALL
    tv.now = Now(START_MS + 10_000, 0, 110.0)
    assert tv.look().kind is Kind.BOARD


# --- the panel ----------------------------------------------------------------------------------------


def test_a_call_is_on_the_panel_at_once_and_told_as_shown() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15])))
    assert shown(tv) == ("A015", "2")
    assert tv.acks == [("k-1", None)]


def test_a_call_alone_leaves_the_panel_after_twelve_seconds_and_its_row_stays_yellow() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15])))
    tv.wait(11.9)
    assert shown(tv) == ("A015", "2")
    tv.wait(0.2)
    assert shown(tv) is None
    assert tv.look().rows[0].calling


def test_several_calls_queue_on_the_panel_and_the_others_are_seen_under_it() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15])))
    tv.tell(Pictured(board(3, [A15, B22, C8])))
    assert shown(tv) == ("A015", "2")
    assert [row.number for row in tv.look().rows] == ["C008", "B022"]
    tv.wait(5.1)
    assert shown(tv) == ("B022", "3")
    tv.wait(5.1)
    assert shown(tv) == ("C008", "5")
    tv.wait(12.1)
    assert shown(tv) is None
    assert [one for one, _ in tv.acks] == ["k-1", "k-2", "k-3"]


def test_a_withdrawn_call_leaves_the_panel_at_once_and_never_comes_onto_it() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15, B22])))
    tv.tell(Pictured(board(3, [A15, B22], [])))
    assert shown(tv) is None
    assert tv.acks == [("k-1", None)]


def test_a_visitor_who_is_already_served_still_finds_the_call_for_three_seconds() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15])))
    tv.wait(1)
    tv.tell(Pictured(board(3, [A15], [counter("c2", "A015", "serving")])))
    assert shown(tv) == ("A015", "2")
    tv.wait(2.1)
    assert shown(tv) is None


def test_calls_that_were_there_before_the_station_started_are_rows_only() -> None:
    tv = Tv().start(board(1, [A15], at_ms=START_MS + 120_000))
    assert shown(tv) is None
    assert [row.number for row in tv.look().rows] == ["A015"]
    assert tv.acks == []


def test_the_same_calls_from_a_restarted_server_do_not_come_onto_the_panel_again() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15])))
    tv.wait(13)
    tv.tell(Linked(True))
    tv.tell(Fetched((board(1, [A15], epoch="e2"), office(epoch="e2"))))
    assert shown(tv) is None


def test_the_counters_tile_blinks_three_times_and_then_stands() -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15])))
    lit = []
    while tv.now.mono_s < 103.9:
        panel = tv.look().panel
        assert panel is not None
        lit.append(panel.lit)
        at = next_look(tv.state, tv.now)
        tv.now = Now(tv.now.wall_ms + round((at - tv.now.mono_s) * 1000), 0, at)
    assert lit[:7] == [True, False, True, False, True, False, True]
    assert all(lit[6:])
    for tenth in range(30, 39):
        tv.now = Now(tv.now.wall_ms, 0, 100 + tenth / 10)
        panel = tv.look().panel
        assert panel is not None
        assert panel.lit


@pytest.mark.parametrize(("times", "again"), [(1, None), (2, "GỌI LẦN 2"), (3, "GỌI LẦN 3")])
def test_the_panel_says_that_a_number_is_called_again(times: int, again: str | None) -> None:
    tv = Tv().start()
    tv.tell(Pictured(board(2, [A15.model_copy(update={"times": times})])))
    panel = tv.look().panel
    assert panel is not None
    assert panel.again == again


# --- voice --------------------------------------------------------------------------------------------


def speaking() -> Tv:
    tv = Tv(pack=PACK, voice=True).start()
    tv.tell(SpeakerChanged(Health(State.READY)))
    tv.done.clear()
    return tv


def test_a_call_is_told_as_shown_first_and_as_spoken_when_it_was_heard_to_its_end() -> None:
    tv = speaking()
    tv.tell(Pictured(board(2, [A15])))
    assert tv.acks == [("k-1", None)]
    tv.wait(8)
    tv.tell(Played("k-1", 1, True))
    assert tv.acks == [("k-1", None), ("k-1", "yes")]
    assert len({one.shown_ms for one in tv.done if isinstance(one, Acknowledge)}) == 1


def test_a_call_stays_on_the_panel_while_it_is_read() -> None:
    tv = speaking()
    tv.tell(Pictured(board(2, [A15])))
    tv.wait(14)
    assert shown(tv) == ("A015", "2")
    tv.tell(Played("k-1", 1, True))
    tv.tell(Played("k-1", 2, True))
    assert shown(tv) is None


def test_what_nobody_can_hear_is_told_when_it_is_shown_and_not_before() -> None:
    tv = Tv(pack=None, voice=True).start()
    tv.tell(Pictured(board(2, [A15, B22])))
    assert tv.acks == [("k-1", "no_audio")]
    tv.wait(5.1)
    assert tv.acks == [("k-1", "no_audio"), ("k-2", "no_audio")]


def test_a_display_without_voice_says_nothing_of_it() -> None:
    tv = Tv(pack=PACK, voice=False).start()
    tv.tell(Pictured(board(2, [A15])))
    assert tv.acks == [("k-1", None)]
    assert not any(isinstance(one, Say) for one in tv.done)


def test_a_silent_speaker_is_told_to_the_hall_and_on_the_screen() -> None:
    tv = speaking()
    tv.tell(SpeakerChanged(Health(State.FAULT, "no_audio")))
    status = [one.status for one in tv.done if isinstance(one, Report)][-1]
    assert (status.device, status.state, status.code) == ("speaker", DeviceState.FAULT, "no_audio")
    texts = set()
    for _ in range(6):
        message = tv.look().message
        assert message is not None
        texts.add(message.text)
        tv.wait(8)
    assert "Loa đang tắt, mời theo dõi màn hình" in texts


def test_words_that_the_pack_cannot_say_are_told_at_the_start_and_not_at_the_call() -> None:
    short = PACK.model_copy(update={"clips": {k: v for k, v in PACK.clips.items() if k != "letter-g"}})
    tv = Tv(pack=short, voice=True)
    tv.tell(SpeakerChanged(Health(State.READY)))
    tv.tell(Fetched((board(1), office())))
    assert Lacks(("letter-g",)) in tv.done
    status = [one.status for one in tv.done if isinstance(one, Report)][-1]
    assert (status.state, status.code) == (DeviceState.WARNING, "clips")


# --- what is seen -------------------------------------------------------------------------------------


def test_rows_are_for_those_called_and_served_and_those_who_are_gone_stand_apart() -> None:
    again = call(5, "A015", "c4", kind="recall")
    there = [counter("c3", "B022", "serving"), counter("c4", "A015"), counter("c5")]
    tv = Tv().start(board(1, [A15, B22, C8, again], there, at_ms=START_MS + 90_000))
    view = tv.look()
    assert [(row.number, row.counter, row.calling) for row in view.rows] == [("A015", "4", True), ("B022", "3", False)]
    assert [(row.number, row.counter, row.priority) for row in view.past] == [("C008", "5", True)]


def test_a_number_leaves_its_row_when_its_visitor_leaves_the_counter() -> None:
    tv = Tv().start(board(1, [A15], [counter("c2", "A015", "serving")]))
    assert [row.number for row in tv.look().rows] == ["A015"]
    tv.tell(Pictured(board(2, [A15], [counter("c2")])))
    assert (tv.look().rows, [row.number for row in tv.look().past]) == ((), ["A015"])


def test_those_who_did_not_come_are_in_the_band_only() -> None:
    tv = Tv().start(board(1, [A15], [counter("c2")], missed=["A015"]))
    assert (tv.look().rows, tv.look().past) == ((), ())


def test_at_most_five_rows_and_those_being_called_come_first() -> None:
    calls = [call(n, f"A{n:03d}", f"c{n}") for n in range(1, 9)]
    there = [counter(f"c{n}", f"A{n:03d}", "called" if n == 2 else "serving") for n in range(1, 9)]
    tv = Tv(known=None).start(board(1, calls, there))
    assert [row.number for row in tv.look().rows] == ["A002", "A008", "A007", "A006", "A005"]


def test_a_count_that_nobody_told_us_is_left_empty() -> None:
    tv = Tv().start(board(1, waiting={"HT": 4}))
    (page,) = tv.look().waiting
    assert {line.prefix: line.count for line in page} == {
        **dict.fromkeys("BCTGEH"),
        "A": 4,
    }


def test_many_services_turn_pages_and_none_is_left_out() -> None:
    many = {f"S{n}": ("ABCDEGHKLMNPQRS"[n], f"Lĩnh vực {n}", f"Service {n}") for n in range(15)}
    tv = Tv().start(board(1, waiting=dict.fromkeys(many, 2)), office(services=many))
    pages = tv.look().waiting
    assert [len(page) for page in pages] == [5, 5, 5]
    assert "".join(line.prefix for page in pages for line in page) == "ABCDEGHKLMNPQRS"
    before = tv.look().turn
    tv.wait(8.1)
    assert tv.look().turn == before + 1


def test_services_with_people_waiting_come_first_and_the_others_share_a_line() -> None:
    many = {f"S{n}": ("ABCDEGHKLMNPQRS"[n], f"Lĩnh vực {n}", f"Service {n}") for n in range(15)}
    waiting = {one: n if n in (2, 5, 9, 14) else 0 for n, one in enumerate(many)}
    pages = Tv().start(board(1, waiting=waiting), office(services=many)).look().waiting
    shown = [[(line.prefix, line.name, line.count) for line in page] for page in pages]
    assert shown == [
        [
            ("C", "Lĩnh vực 2", 2),
            ("G", "Lĩnh vực 5", 5),
            ("M", "Lĩnh vực 9", 9),
            ("S", "Lĩnh vực 14", 14),
            ("", "11 lĩnh vực khác không có người chờ", 0),
        ]
    ]


def test_where_all_services_fit_none_is_folded() -> None:
    (page,) = Tv().start(board(1, waiting=dict.fromkeys(SERVICES, 0) | {"CC": 3})).look().waiting
    assert [line.prefix for line in page] == ["H", "B", "A", "C", "T", "G", "E"]


def test_after_hours_the_board_stays_until_nobody_waits_any_more() -> None:
    closed = office(day="closed", next_open="2026-11-25T00:30:00.000Z")
    tv = Tv().start(board(1, waiting={"HT": 1}), closed)
    assert tv.look().kind is Kind.BOARD
    tv.tell(Pictured(board(2, waiting={"HT": 0})))
    assert tv.look().text == "Trung tâm đã đóng cửa. Mở lại lúc 07:30, thứ Tư, 25/11/2026"
    assert tv.look("en").text == "The centre is closed. It opens again at 07:30, Wednesday, 25/11/2026"


def texts(tv: Tv) -> list[str]:
    found: list[str] = []
    for _ in range(12):
        message = tv.look().message
        assert message is not None
        if message.text not in found:
            found.append(message.text)
        tv.wait(8)
    return found


@pytest.mark.parametrize(
    ("first", "of", "text"),
    [
        (board(1, missed=["A011", "B018"]), office(), "SỐ VẮNG MẶT: A011, B018"),
        (board(1, counters=[counter("c4", of="paused")]), office(), "Quầy 4 tạm dừng phục vụ"),
        (board(1), office(full=["HT"]), "Lĩnh vực Hộ tịch: đã hết số của buổi này"),
        (
            board(1),
            office(day="lunch", next_open="2026-11-23T06:30:00.000Z"),
            "Nghỉ trưa đến 13:30. Số lấy buổi sáng vẫn có giá trị",
        ),
        (board(1), office(day="closed"), "Đã hết giờ tiếp nhận. Các số đang chờ vẫn được phục vụ"),
    ],
)
def test_the_message_band_says_what_is_the_matter_beside_the_rule(first: Board, of: Office, text: str) -> None:
    found = texts(Tv().start(first, of))
    assert text in found
    assert "Đến trước phục vụ trước; số ưu tiên được tính như lấy sớm hơn 30 phút" in found


@pytest.mark.parametrize(
    ("mode", "band"),
    [
        ("demo", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        ("practice", "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"),
        ("live", None),
    ],
)
def test_every_screen_says_that_it_is_a_demonstration(mode: str, band: str | None) -> None:
    tv = Tv().start(board(1), office(mode=mode))
    tv.tell(Pictured(board(2, [A15])))
    views = [tv.look()]
    for beat in (True, False):
        tv.wait(20, beat=beat)
        views.append(tv.look())
    for view in views:
        assert view.header is not None
        assert view.header.band == band


def test_a_clock_that_the_server_does_not_believe_is_not_shown() -> None:
    dated = office()
    tv = Tv().start(board(1), dated.model_copy(update={"day": dated.day.model_copy(update={"date": None})}))
    header = tv.look().header
    assert header is not None
    assert (header.clock, header.date) == ("--:--", "Chưa rõ ngày")


# --- somebody else publishes ---------------------------------------------------------------------------


def forged(rev: int) -> Board:
    return board(rev, [call(99, "Z999", "c9")])


def test_a_picture_far_ahead_is_checked_with_the_server_before_it_is_shown_and_the_next_true_one_wins() -> None:
    tv = Tv().start(board(5, [A15]))
    tv.wait(13)
    tv.done.clear()
    tv.tell(Pictured(forged(10**9)))
    assert (tv.fetches(), shown(tv)) == (1, None)
    tv.tell(Fetched((board(5, [A15]), office()), tv.now.mono_s))
    assert [one.picture.rev for one in tv.done if isinstance(one, Forged)] == [10**9]
    tv.tell(Pictured(board(6, [A15, B22])))
    assert shown(tv) == ("B022", "3")
    assert [row.number for row in tv.look().rows if row.number == "Z999"] == []


def test_a_true_picture_after_a_jump_is_shown_as_soon_as_the_server_confirms_it() -> None:
    tv = Tv().start(board(5))
    tv.tell(Pictured(board(3000, [A15])))
    tv.tell(Fetched((board(3001, [A15]), office()), tv.now.mono_s))
    assert shown(tv) == ("A015", "2")
    assert not [one for one in tv.done if isinstance(one, Forged)]


def test_a_forged_picture_that_was_shown_goes_with_the_next_true_one_whatever_its_rev() -> None:
    tv = Tv().start(board(5, [A15]))
    tv.wait(13)
    tv.done.clear()
    tv.tell(Pictured(forged(40)))
    tv.tell(Pictured(board(6, [A15])))
    assert tv.fetches() == 1
    tv.tell(Fetched((board(6, [A15]), office()), tv.now.mono_s))
    assert tv.state.board == board(6, [A15])
    assert [one.picture.rev for one in tv.done if isinstance(one, Forged)] == [40]
    assert shown(tv) is None, "and the calls of before are not called again"


def test_while_the_server_does_not_say_whether_a_picture_is_its_own_the_old_one_gets_stale() -> None:
    tv = Tv().start(board(5, [A15]))
    tv.wait(13)
    tv.done.clear()
    tv.tell(Pictured(forged(10**9)))
    for _ in range(6):
        tv.tell(Fetched(None))
        tv.wait(2.0)
    assert tv.look().stale is not None


def test_a_flood_of_forged_pictures_asks_the_server_twice_a_second_at_most() -> None:
    tv = Tv().start(board(5))
    for n in range(100):
        tv.tell(Pictured(forged(10**9 + n)))
        tv.tell(Fetched((board(5), office()), tv.now.mono_s))
    assert tv.fetches() == 1
