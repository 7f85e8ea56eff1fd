"""Compose a slip from a layout and the data of one ticket.

The layout (``config.slips``) names the lines; the tables here hold their texts. The kiosk supplies the
:class:`SlipData` of a ticket, ``luot-hardware`` those of an example.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from config.slips import SLIP_KINDS, LayoutLine, SlipLayout
from config.words import Words
from hardware.slips.slip import Align, Bullets, Element, HorizontalRule, Inverse, Logo, Number, Pair, Qr, Slip, Text

TEST_LETTERS = "ĂÂĐÊÔƠƯ ăâđêôơư ẤẪỘỰ ấẫộự ỳỵỷỹ 0123456789"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class SlipData:
    """The data of one slip; unknown values are None.

    Texts are in the visitor's language where they have one. ``office``: its name; ``kiosk``: the kiosk's label, or
    that of an issuing desk (``at_desk``).
    ``label`` names the slip for people: a number, the code of a procedure, TEST. ``printed`` and ``taken`` are the
    office's local wall-clock times of this printing and of the ticket's issue. ``papers``: the documents to bring;
    ``counters``: the labels of the counters that may call the ticket, in one text; ``ahead``: how many wait before it;
    ``wait``: the estimated waiting time as text; ``link``: the content of the QR code; ``phone_page``: it is a page
    that phones can open, not the bare code. ``day``: the date of the service day; ``dated`` False: the clock cannot be
    right on that day, so no time of the clock is printed; ``day`` is printed if it is known. ``conditions`` are the
    names of ``config.slips.CONDITIONS`` that are met, except ``link``, which follows from the field. ``one_stop``: the
    office is a public administration service centre. ``logo``: the office's, in the form of ``config.logo``.
    """

    office: str
    kiosk: str
    printed: datetime
    at_desk: bool = False
    label: str = ""
    number: str | None = None
    service: str | None = None
    procedure: str | None = None
    papers: tuple[str, ...] = ()
    counters: str | None = None
    ahead: int | None = None
    wait: str | None = None
    link: str | None = None
    phone_page: bool = False
    day: date | None = None
    hotline: str | None = None
    address: str | None = None
    one_stop: bool = True
    taken: datetime | None = None
    dated: bool = True
    conditions: frozenset[str] = frozenset()
    logo: bytes | None = None


TextSource = Callable[[SlipData, Words], str | None]
"""Returns the text of a line; None: the line is left out."""


def compose(name: str, layout: SlipLayout, data: SlipData, words: Words) -> Slip:
    """Return the slip ``name`` (ticket, papers or test) of ``layout``."""
    assert name in SLIP_KINDS
    lines: tuple[LayoutLine, ...] = getattr(layout, name) or ()
    conditions = data.conditions | ({"link"} if data.link else set())
    elements: list[Element] = []
    for line in lines:
        if _is_printed(line, conditions, data):
            elements += ELEMENTS[line.kind](line, data, words)
    return Slip(data.label, tuple(elements))


def _is_printed(line: LayoutLine, conditions: frozenset[str], data: SlipData) -> bool:
    if line.days and not data.dated:
        return False
    if line.days and WEEKDAYS[(data.day or data.printed.date()).weekday()] not in line.days:
        return False
    return all((name.removeprefix("not ") in conditions) is not name.startswith("not ") for name in line.when)


# --- the elements of a line -----------------------------------------------------------------------------


def _text(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    text = TEXTS[line.text](data, words) if line.text else words.pick(_texts_by_language(line))
    if text:
        yield Text(text.upper() if line.capitals else text, line.size, bold=line.bold, align=Align(line.align))


def _texts_by_language(line: LayoutLine) -> dict[str, str]:
    """Return the office's own text of a line, by language; empty without one."""
    return {str(language): text for language, text in (line.own or {}).items()}


def _pair(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    """Yield a label and a value, from a text such as "Lĩnh vực: Hộ tịch"."""
    text = PAIRS[line.pair or ""](data, words)
    if text:
        label, _, value = text.partition(": ")
        yield Pair(f"{label}:", value, line.size)


def _number(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    if data.number is not None:
        yield Number(data.number)


def _mark(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    marks = " · ".join(MARKS[name](words) for name in line.mark or () if name in data.conditions)
    if marks:
        yield Inverse(marks)


def _bullets(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    if data.papers:
        yield Bullets(data.papers, line.size)


def _qr_code(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    if data.link:
        caption = (TEXTS[name](data, words) for name in line.code or ())
        yield Qr(data.link, tuple(text for text in caption if text))


def _logo(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    if data.logo is not None:
        yield Logo(data.logo)


def _rule(line: LayoutLine, data: SlipData, words: Words) -> Iterator[Element]:
    yield HorizontalRule(dashed=line.rule == "dashed")


# Kind of line in the layout file -> function that yields the line's elements.
ELEMENTS: Mapping[str, Callable[[LayoutLine, SlipData, Words], Iterator[Element]]] = {
    "text": _text,
    "own": _text,
    "pair": _pair,
    "number": _number,
    "mark": _mark,
    "bullets": _bullets,
    "code": _qr_code,
    "logo": _logo,
    "rule": _rule,
}


# --- the text of a line ---------------------------------------------------------------------------------


def _printed(data: SlipData, words: Words) -> str:
    if not data.dated and data.day is not None:
        return _kiosk(data, words)
    if not data.dated:
        unknown = words("ticket", "Chưa rõ ngày: đồng hồ máy chưa đúng")
        return f"{unknown} · {_kiosk(data, words)}"
    local_time = data.printed
    printed = words(
        "ticket", "Thời gian in phiếu: {date} {time}", date=f"{local_time:%d/%m/%Y}", time=f"{local_time:%H:%M:%S}"
    )
    return f"{printed} · {_kiosk(data, words)}"


def _reprinted(data: SlipData, words: Words) -> str:
    if not data.dated:
        return _printed(data, words)
    again = words("ticket", "In lại lúc: {time}", time=f"{data.printed:%H:%M:%S}")
    return f"{again} · {_kiosk(data, words)}"


def _kiosk(data: SlipData, words: Words) -> str:
    if data.at_desk:
        return words("ticket", "Bàn cấp số {n}", n=data.kiosk)
    return words("ticket", "Ki-ốt {n}", n=data.kiosk)


def _taken(data: SlipData, words: Words) -> str | None:
    if data.taken is None or not data.dated:
        return None
    return words("ticket", "Lấy số lúc: {time}", time=f"{data.taken:%H:%M:%S}")


def _valid(data: SlipData, words: Words) -> str | None:
    if not data.dated and data.day is None:
        return words("ticket", "Phiếu có giá trị trong ngày lấy số.")
    return words("ticket", "Phiếu có giá trị trong ngày {date}.", date=f"{data.day:%d/%m/%Y}") if data.day else None


def _centre(data: SlipData, words: Words) -> str | None:
    return words("visitor", "Trung tâm Phục vụ hành chính công") if data.one_stop else None


def _hotline(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Phản ánh, kiến nghị: {phone}", phone=data.hotline) if data.hotline else None


def _address(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Địa chỉ: {address}", address=data.address) if data.address else None


def _follow_on_phone(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Quét mã để theo dõi số trên điện thoại.") if data.phone_page else None


def _service(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Lĩnh vực: {service}", service=data.service) if data.service else None


def _procedure(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Thủ tục: {procedure}", procedure=data.procedure) if data.procedure else None


def _counters(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Quầy phục vụ: {counters}", counters=data.counters) if data.counters else None


def _ahead(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Số người chờ trước: {n}", n=data.ahead) if data.ahead is not None else None


def _wait(data: SlipData, words: Words) -> str | None:
    return words("ticket", "Thời gian chờ dự kiến: {wait}", wait=data.wait) if data.wait else None


# Name of a text in the layout file -> the text. PAIRS and MARKS are the same for lines of these kinds.
TEXTS: Mapping[str, TextSource] = {
    "centre": _centre,
    "office": lambda data, words: data.office,
    "title": lambda data, words: words("ticket", "SỐ THỨ TỰ"),
    "missed": lambda data, words: words("ticket", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy."),
    "follow": _follow_on_phone,
    "valid": _valid,
    "receipt": lambda data, words: words("ticket", "Phiếu này không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả."),
    "hotline": _hotline,
    "address": _address,
    "printed": _printed,
    "taken": _taken,
    "reprinted": _reprinted,
    "thanks": lambda data, words: words("ticket", "Cảm ơn Ông/Bà!"),
    "papers_needed": lambda data, words: words("ticket", "Giấy tờ cần chuẩn bị:"),
    "papers_title": lambda data, words: words("ticket", "GIẤY TỜ CẦN CHUẨN BỊ"),
    "procedure_name": lambda data, words: data.procedure,
    "no_slip": lambda data, words: words("ticket", "Đây không phải phiếu số thứ tự."),
    "emergency_note": lambda data, words: words("ticket", "Cấp khi máy mất kết nối; vẫn được gọi như thường."),
    "letters": lambda data, words: TEST_LETTERS,
}

PAIRS: Mapping[str, TextSource] = {
    "service": _service,
    "procedure": _procedure,
    "counters": _counters,
    "ahead": _ahead,
    "wait": _wait,
}

MARKS: Mapping[str, Callable[[Words], str]] = {
    "priority": lambda words: words("ticket", "ƯU TIÊN"),
    "reprint": lambda words: words("ticket", "BẢN IN LẠI"),
    "staff": lambda words: words("ticket", "CẤP TẠI QUẦY"),
    "test": lambda words: words("ticket", "PHIẾU IN THỬ - KHÔNG CÓ GIÁ TRỊ"),
    "emergency": lambda words: words("ticket", "SỐ DỰ PHÒNG"),
    "demo": lambda words: words("ticket", "TRÌNH DIỄN - KHÔNG CÓ GIÁ TRỊ"),
    "practice": lambda words: words("ticket", "DIỄN TẬP - KHÔNG CÓ GIÁ TRỊ"),
}
