"""The board of the hall TV: rows, services, message band and header."""

import pytest
from display_bench import A15, B22, C8, DisplayBench

from display.screens.view import ScreenKind
from server.wire.messages import Board, Office
from server.wire.station.events import PictureReceived
from support.board_pictures import SERVICES, START_MS, board, call, counter, office


def test_called_and_served_numbers_have_rows_and_past_ones_stand_apart() -> None:
    again = call(5, "A015", "c4", kind="recall")
    there = [counter("c3", "B022", "serving"), counter("c4", "A015"), counter("c5")]
    tv = DisplayBench().start(board(1, [A15, B22, C8, again], there, at_ms=START_MS + 90_000))
    view = tv.view()
    assert [(row.number, row.counter, row.calling) for row in view.rows] == [("A015", "4", True), ("B022", "3", False)]
    assert [(row.number, row.counter, row.priority) for row in view.earlier_rows] == [("C008", "5", True)]


def test_a_number_leaves_its_row_when_its_visitor_leaves_the_counter() -> None:
    tv = DisplayBench().start(board(1, [A15], [counter("c2", "A015", "serving")]))
    assert [row.number for row in tv.view().rows] == ["A015"]
    tv.happens(PictureReceived(board(2, [A15], [counter("c2")])))
    assert (tv.view().rows, [row.number for row in tv.view().earlier_rows]) == ((), ["A015"])


def test_missed_numbers_are_in_the_message_band_only() -> None:
    tv = DisplayBench().start(board(1, [A15], [counter("c2")], missed=["A015"]))
    assert (tv.view().rows, tv.view().earlier_rows) == ((), ())


def test_there_are_at_most_five_rows_and_numbers_being_called_come_first() -> None:
    calls = [call(n, f"A{n:03d}", f"c{n}") for n in range(1, 9)]
    there = [counter(f"c{n}", f"A{n:03d}", "called" if n == 2 else "serving") for n in range(1, 9)]
    tv = DisplayBench(spoken_ids=None).start(board(1, calls, there))
    assert [row.number for row in tv.view().rows] == ["A002", "A008", "A007", "A006", "A005"]


def test_an_unknown_count_is_left_empty() -> None:
    tv = DisplayBench().start(board(1, waiting={"HT": 4}))
    (page,) = tv.view().waiting
    assert {line.prefix: line.count for line in page} == {
        **dict.fromkeys("BCTGEH"),
        "A": 4,
    }


def test_many_services_turn_pages_and_none_is_left_out() -> None:
    many = {f"S{n}": ("ABCDEGHKLMNPQRS"[n], f"Lĩnh vực {n}", f"Service {n}") for n in range(15)}
    tv = DisplayBench().start(board(1, waiting=dict.fromkeys(many, 2)), office(services=many))
    pages = tv.view().waiting
    assert [len(page) for page in pages] == [5, 5, 5]
    assert "".join(line.prefix for page in pages for line in page) == "ABCDEGHKLMNPQRS"
    before = tv.view().page_turns
    tv.passes(8.1)
    assert tv.view().page_turns == before + 1


def test_services_with_people_waiting_come_first_and_the_others_share_a_line() -> None:
    many = {f"S{n}": ("ABCDEGHKLMNPQRS"[n], f"Lĩnh vực {n}", f"Service {n}") for n in range(15)}
    waiting = {service: n if n in (2, 5, 9, 14) else 0 for n, service in enumerate(many)}
    pages = DisplayBench().start(board(1, waiting=waiting), office(services=many)).view().waiting
    lines = [[(line.prefix, line.name, line.count) for line in page] for page in pages]
    assert lines == [
        [
            ("C", "Lĩnh vực 2", 2),
            ("G", "Lĩnh vực 5", 5),
            ("M", "Lĩnh vực 9", 9),
            ("S", "Lĩnh vực 14", 14),
            ("", "11 lĩnh vực khác không có người chờ", 0),
        ]
    ]


def test_where_nobody_waits_the_shared_line_speaks_of_no_other_services() -> None:
    many = {f"S{n}": ("ABCDEGHKLMNPQRS"[n], f"Lĩnh vực {n}", f"Service {n}") for n in range(15)}
    tv = DisplayBench().start(board(1, waiting=dict.fromkeys(many, 0)), office(services=many))
    for language, sentence in (
        ("vi", "15 lĩnh vực không có người chờ"),
        ("en", "15 services: nobody waiting"),
    ):
        assert [[line.name for line in page] for page in tv.view(language).waiting] == [[sentence]]


def test_where_all_services_fit_none_is_folded() -> None:
    (page,) = DisplayBench().start(board(1, waiting=dict.fromkeys(SERVICES, 0) | {"CC": 3})).view().waiting
    assert [line.prefix for line in page] == ["H", "B", "A", "C", "T", "G", "E"]


def test_after_hours_the_board_stays_until_nobody_waits_any_more() -> None:
    closed = office(day="closed", next_open="2026-11-25T00:30:00.000Z")
    tv = DisplayBench().start(board(1, waiting={"HT": 1}), closed)
    assert tv.view().kind is ScreenKind.BOARD
    tv.happens(PictureReceived(board(2, waiting={"HT": 0})))
    assert tv.view().text == "Trung tâm đã đóng cửa. Mở lại lúc 07:30, thứ Tư, 25/11/2026"
    assert tv.view("en").text == "The centre is closed. It opens again at 07:30, Wednesday, 25/11/2026"


def band_texts(tv: DisplayBench) -> list[str]:
    """Return the texts that the message band shows in turn."""
    texts: list[str] = []
    for _ in range(12):
        message = tv.view().message
        assert message is not None
        if message.text not in texts:
            texts.append(message.text)
        tv.passes(8)
    return texts


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
def test_the_message_band_shows_the_situation_beside_the_rule(first: Board, of: Office, text: str) -> None:
    texts = band_texts(DisplayBench().start(first, of))
    assert text in texts
    assert "Đến trước phục vụ trước; số ưu tiên được tính như lấy sớm hơn 30 phút" in texts


@pytest.mark.parametrize(
    ("mode", "band"),
    [
        ("demo", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        ("practice", "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"),
        ("live", None),
    ],
)
def test_every_screen_shows_whether_the_hall_is_a_demonstration(mode: str, band: str | None) -> None:
    tv = DisplayBench().start(board(1), office(mode=mode))
    tv.happens(PictureReceived(board(2, [A15])))
    views = [tv.view()]
    for beat in (True, False):
        tv.passes(20, beat=beat)
        views.append(tv.view())
    for view in views:
        assert view.header is not None
        assert view.header.mode_warning == band


def test_a_clock_that_the_server_does_not_trust_is_not_shown() -> None:
    dated = office()
    tv = DisplayBench().start(board(1), dated.model_copy(update={"day": dated.day.model_copy(update={"date": None})}))
    header = tv.view().header
    assert header is not None
    assert (header.time, header.date) == ("--:--", "Chưa rõ ngày")
