"""The content of the paper, and its length."""

import re

import pytest

from config.clock import Now
from config.words import words
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import slip_image
from hardware.simulated.printers.paper import DOTS_PER_MM
from hardware.slips.slip import Bullets, Inverse, Number, Pair, Qr, Slip, Text
from kiosk.effects import slip
from kiosk.effects.slip import SlipContext
from kiosk.ticket_texts import wait_phrase
from server.wire.messages import Ticket, from_time
from tools.pictures import kiosk as demo

AT = Now(from_time("2026-11-23T02:30:07.000Z"), 0, 0.0)


def printed(
    ticket: Ticket, *, mark: str | None = None, papers: bool = False, mode: str = "live", lang: str = "vi"
) -> Slip:
    procedure = next(
        (procedure for procedure in demo.catalogue().procedures if procedure.code == ticket.procedure), None
    )
    context = SlipContext("1", mark, papers)
    return slip.ticket_slip(ticket, demo.office(mode=mode), procedure, words(lang), AT, context)


def lines(paper: Slip) -> list[str]:
    texts = []
    for element in paper.elements:
        match element:
            case Text() | Inverse():
                texts.append(element.text)
            case Pair():
                texts.append(f"{element.label} {element.value}")
            case Number():
                texts.append(element.number)
            case Qr():
                texts += [element.content, *element.caption]
            case Bullets():
                texts += element.items
    return texts


def test_a_slip_contains_everything_it_must() -> None:
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
        texts = lines(printed(undated, mark=mark))
        assert "Phiếu có giá trị trong ngày lấy số." in texts
        assert "Chưa rõ ngày: đồng hồ máy chưa đúng · Ki-ốt 1" in texts
        assert not re.search(r"2026|09:30", " ".join(texts))


def test_a_slip_of_a_day_that_staff_named_shows_no_time_of_the_wrong_clock() -> None:
    texts = lines(printed(demo.ticket().model_copy(update={"day": "2027-03-01"})))
    assert "Phiếu có giá trị trong ngày 01/03/2027." in texts
    assert "Ki-ốt 1" in texts
    assert not re.search(r"2026|09:30", " ".join(texts))


def test_without_a_forecast_the_slip_gives_none() -> None:
    bare = demo.ticket().model_copy(update={"ahead": None})
    texts = " ".join(lines(printed(bare)))
    assert "dự kiến" not in texts
    assert "chờ trước" not in texts


def test_without_an_address_for_phones_the_slip_carries_the_bare_code_and_promises_no_page() -> None:
    office = demo.office().model_copy(update={"visitor_url": None})
    paper = slip.ticket_slip(demo.ticket(), office, None, words("vi"), AT, SlipContext("1"))
    (code,) = [element for element in paper.elements if isinstance(element, Qr)]
    assert code.content == "7rW2mQ9xKfT4bZ1cVnE8sA"
    assert code.caption == ("Nếu lỡ lượt, mời báo lại cán bộ tại quầy.",)


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
    assert [element.text for element in paper.elements if isinstance(element, Inverse)] == stands


def test_a_reprint_shows_when_the_number_was_taken_and_when_it_was_printed_again() -> None:
    texts = lines(printed(demo.ticket(), mark="reprint"))
    assert "Lấy số lúc: 08:12:05" in texts
    assert "In lại lúc: 09:30:07 · Ki-ốt 1" in texts


def test_papers_are_listed_only_where_the_hall_wants_them() -> None:
    listed = printed(demo.ticket(), papers=True)
    (bullets,) = [element for element in listed.elements if isinstance(element, Bullets)]
    assert "Tờ khai đăng ký khai sinh" in bullets.items
    assert not any(isinstance(element, Bullets) for element in printed(demo.ticket()).elements)


def test_the_list_of_documents_is_marked_as_no_queue_slip() -> None:
    procedure = next(procedure for procedure in demo.catalogue().procedures if procedure.code == "1.001193")
    paper = slip.list_slip(procedure, demo.office(), words("vi"), AT, SlipContext("1"))
    assert "Đây không phải phiếu số thứ tự." in lines(paper)
    assert not any(isinstance(element, Number) for element in paper.elements)


def test_a_test_slip_bears_no_number() -> None:
    paper = slip.test_slip(demo.office(), words("vi"), AT, SlipContext("1"))
    assert "PHIẾU IN THỬ - KHÔNG CÓ GIÁ TRỊ" in lines(paper)
    assert not any(isinstance(element, Number) for element in paper.elements)


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
        assert slip_image(paper, PAPERS[width]).height / DOTS_PER_MM <= limit


@pytest.mark.parametrize(
    ("wait", "texts"),
    [
        (None, None),
        ((0, 10), "không quá 10 phút"),
        ((20, 35), "khoảng 20–35 phút"),
        ((60, 120), "từ 1 tiếng đến 2 tiếng"),
        ((45, 95), "từ 45 phút đến 1 tiếng 35 phút"),
    ],
)
def test_a_wait_is_never_one_number_and_never_zero(wait: tuple[int, int] | None, texts: str | None) -> None:
    assert wait_phrase(words("vi"), wait) == texts


def test_nothing_personal_and_no_group_stands_on_a_priority_slip() -> None:
    ordinary = lines(printed(demo.ticket()))
    priority = lines(printed(demo.ticket(ticket_class="priority")))
    assert [line for line in priority if line not in ordinary] == ["ƯU TIÊN"]


def test_several_counters_are_named_by_their_labels() -> None:
    two = demo.ticket().model_copy(update={"counters": ["c2", "c3"]})
    assert "Quầy phục vụ: 2, 3" in lines(printed(two))
