"""What stands on the paper, and how long the paper is."""

import re

import pytest

from config.clock import Now
from config.words import words
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import picture
from hardware.simulated.printers.paper import DOTS_PER_MM
from hardware.slip import Bullets, Inverse, Number, Pair, Qr, Slip, Text
from kiosk import slip
from kiosk.slip import Occasion
from server.wire.messages import Ticket, from_time
from tools.pictures import kiosk as demo

AT = Now(from_time("2026-11-23T02:30:07.000Z"), 0, 0.0)


def printed(
    ticket: Ticket, *, mark: str | None = None, papers: bool = False, mode: str = "live", lang: str = "vi"
) -> Slip:
    procedure = next((one for one in demo.catalogue().procedures if one.code == ticket.procedure), None)
    occasion = Occasion("1", mark, papers)
    return slip.ticket_slip(ticket, demo.office(mode=mode), procedure, words(lang), AT, occasion)


def lines(paper: Slip) -> list[str]:
    found = []
    for one in paper.elements:
        match one:
            case Text() | Inverse():
                found.append(one.text)
            case Pair():
                found.append(f"{one.label} {one.value}")
            case Number():
                found.append(one.number)
            case Qr():
                found += [one.content, *one.beside]
            case Bullets():
                found += one.items
    return found


def test_a_slip_says_everything_it_must() -> None:
    forecast = demo.ticket().model_copy(update={"wait_min": (20, 35)})
    assert lines(printed(forecast)) == [
        "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
        "PHƯỜNG MẪU",
        "SỐ THỨ TỰ",
        "A015",
        "Lĩnh vực: Hộ tịch",
        "Thủ tục: Đăng ký khai sinh",
        "Quầy phục vụ: 2",
        "Số người chờ trước: 4",
        "Thời gian chờ dự kiến: khoảng 20–35 phút",
        "https://luot.phuongmau.example/v/7rW2mQ9xKfT4bZ1cVnE8sA",
        "Quét mã để theo dõi số trên điện thoại.",
        "Nếu lỡ lượt, mời báo lại cán bộ tại quầy.",
        "Phiếu có giá trị trong ngày 23/11/2026.",
        "Phiếu này không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả.",
        "Phản ánh, kiến nghị: 1022",
        "Thời gian in phiếu: 23/11/2026 09:30:07 · Ki-ốt 1",
        "Cảm ơn Ông/Bà!",
    ]


def test_a_slip_of_a_day_without_a_date_shows_no_date_and_no_time_of_the_wrong_clock() -> None:
    undated = demo.ticket().model_copy(update={"day": None})
    for mark in (None, "reprint"):
        said = lines(printed(undated, mark=mark))
        assert "Phiếu có giá trị trong ngày lấy số." in said
        assert "Chưa rõ ngày: đồng hồ máy chưa đúng · Ki-ốt 1" in said
        assert not re.search(r"2026|09:30", " ".join(said))


def test_a_slip_of_a_day_that_staff_named_shows_no_time_of_the_wrong_clock() -> None:
    said = lines(printed(demo.ticket().model_copy(update={"day": "2027-03-01"})))
    assert "Phiếu có giá trị trong ngày 01/03/2027." in said
    assert "Ki-ốt 1" in said
    assert not re.search(r"2026|09:30", " ".join(said))


def test_without_a_forecast_the_slip_gives_none() -> None:
    bare = demo.ticket().model_copy(update={"ahead": None})
    said = " ".join(lines(printed(bare)))
    assert "dự kiến" not in said
    assert "chờ trước" not in said


def test_without_an_address_for_phones_the_slip_carries_the_bare_code_and_promises_no_page() -> None:
    office = demo.office().model_copy(update={"visitor_url": None})
    paper = slip.ticket_slip(demo.ticket(), office, None, words("vi"), AT, Occasion("1"))
    (code,) = [one for one in paper.elements if isinstance(one, Qr)]
    assert code.content == "7rW2mQ9xKfT4bZ1cVnE8sA"
    assert code.beside == ("Nếu lỡ lượt, mời báo lại cán bộ tại quầy.",)


@pytest.mark.parametrize(
    ("mark", "mode", "kind", "stands"),
    [
        (None, "live", "ordinary", []),
        (None, "live", "priority", ["ƯU TIÊN"]),
        ("reprint", "live", "ordinary", ["BẢN IN LẠI"]),
        ("reprint", "live", "priority", ["ƯU TIÊN · BẢN IN LẠI"]),
        ("staff", "live", "ordinary", ["CẤP TẠI QUẦY"]),
        (None, "demo", "ordinary", ["TRÌNH DIỄN - KHÔNG CÓ GIÁ TRỊ"]),
        (None, "practice", "priority", ["ƯU TIÊN", "DIỄN TẬP - KHÔNG CÓ GIÁ TRỊ"]),
    ],
)
def test_marks_stand_white_on_black(mark: str | None, mode: str, kind: str, stands: list[str]) -> None:
    paper = printed(demo.ticket(ticket_class=kind), mark=mark, mode=mode)
    assert [one.text for one in paper.elements if isinstance(one, Inverse)] == stands


def test_a_reprint_says_when_the_number_was_taken_and_when_it_was_printed_again() -> None:
    said = lines(printed(demo.ticket(), mark="reprint"))
    assert "Lấy số lúc: 08:12:05" in said
    assert "In lại lúc: 09:30:07 · Ki-ốt 1" in said


def test_papers_are_listed_only_where_the_hall_wants_them() -> None:
    listed = printed(demo.ticket(), papers=True)
    (bullets,) = [one for one in listed.elements if isinstance(one, Bullets)]
    assert "Tờ khai đăng ký khai sinh" in bullets.items
    assert not any(isinstance(one, Bullets) for one in printed(demo.ticket()).elements)


def test_the_list_of_papers_says_that_it_is_no_queue_slip() -> None:
    procedure = next(one for one in demo.catalogue().procedures if one.code == "1.001193")
    paper = slip.list_slip(procedure, demo.office(), words("vi"), AT, Occasion("1"))
    assert "Đây không phải phiếu số thứ tự." in lines(paper)
    assert not any(isinstance(one, Number) for one in paper.elements)


def test_a_test_slip_bears_no_number() -> None:
    paper = slip.test_slip(demo.office(), words("vi"), AT, Occasion("1"))
    assert "PHIẾU IN THỬ - KHÔNG CÓ GIÁ TRỊ" in lines(paper)
    assert not any(isinstance(one, Number) for one in paper.elements)


def test_the_slip_is_in_the_visitors_language() -> None:
    assert "QUEUE NUMBER" in lines(printed(demo.ticket(), lang="en"))
    assert "MẪU WARD" in lines(printed(demo.ticket(), lang="en"))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("mark", [None, "reprint"])
def test_a_slip_without_papers_is_short_even_with_the_longest_names(language: str, mark: str | None) -> None:
    longest = demo.longest_procedure(language).code
    ticket = demo.ticket("M1015", ticket_class="priority", procedure=longest)
    paper = printed(ticket, mark=mark, lang=language)
    limits = {80: 140, 58: 160}
    for width, limit in limits.items():
        assert picture(paper, PAPERS[width]).height / DOTS_PER_MM <= limit


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (None, None),
        ((0, 10), "không quá 10 phút"),
        ((20, 35), "khoảng 20–35 phút"),
        ((60, 120), "từ 1 tiếng đến 2 tiếng"),
        ((45, 95), "từ 45 phút đến 1 tiếng 35 phút"),
    ],
)
def test_a_wait_is_never_one_number_and_never_zero(wait: tuple[int, int] | None, said: str | None) -> None:
    assert slip.wait_phrase(words("vi"), wait) == said


def test_nothing_personal_and_no_group_stands_on_a_priority_slip() -> None:
    ordinary = lines(printed(demo.ticket()))
    priority = lines(printed(demo.ticket(ticket_class="priority")))
    assert [line for line in priority if line not in ordinary] == ["ƯU TIÊN"]


def test_several_counters_are_named_by_their_labels() -> None:
    two = demo.ticket().model_copy(update={"counters": ["c2", "c3"]})
    assert "Quầy phục vụ: 2, 3" in lines(printed(two))
