"""From a layout and what is known about one ticket to a slip: which lines stand there, in whose language.

The layout (``config.slips``) names the lines; what each of them says is in the tables here. Whoever prints brings the
:class:`Facts`: the kiosk those of a ticket, the installer's program those of an example.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from config.slips import Line, SlipLayout, Slips
from config.words import Words
from hardware.slip import Align, Bullets, Element, Inverse, Number, Pair, Qr, Rule, Slip, Text

TEST_LETTERS = "ĂÂĐÊÔƠƯ ăâđêôơư ẤẪỘỰ ấẫộự ỳỵỷỹ 0123456789"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Facts:
    """What one slip is about, in the visitor's language already where it has one; None where nothing is known.

    ``printed`` and ``taken`` are local times. ``phone_page``: ``link`` is a page that phones can open, not the bare
    code. ``dated`` False: the clock's date is not that of the day, so neither stands anywhere. ``occasions`` are
    the names of ``config.slips.CONDITIONS`` that hold, but for ``link``, which is found here.
    """

    office: str
    kiosk: str
    printed: datetime
    job: str = ""
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
    taken: datetime | None = None
    dated: bool = True
    occasions: frozenset[str] = frozenset()


Said = Callable[[Facts, Words], str | None]


def compose(name: str, layout: SlipLayout, facts: Facts, words: Words) -> Slip:
    """The slip ``name`` (ticket, papers or test) of ``layout``."""
    assert name in Slips
    lines: tuple[Line, ...] = getattr(layout, name) or ()
    stands = facts.occasions | ({"link"} if facts.link else set())
    elements: list[Element] = []
    for line in lines:
        if _holds(line, stands, facts):
            elements += ELEMENTS[line.kind](line, facts, words)
    return Slip(facts.job, tuple(elements))


def _holds(line: Line, stands: frozenset[str], facts: Facts) -> bool:
    if line.days and not facts.dated:
        return False
    if line.days and WEEKDAYS[(facts.day or facts.printed.date()).weekday()] not in line.days:
        return False
    return all((one.removeprefix("not ") in stands) is not one.startswith("not ") for one in line.when)


# --- what a line becomes --------------------------------------------------------------------------------


def _text(line: Line, facts: Facts, words: Words) -> Iterator[Element]:
    text = TEXTS[line.text](facts, words) if line.text else words.pick(_own(line))
    if text:
        shown = text.upper() if line.capitals else text
        yield Text(shown, line.size, bold=line.bold, align=Align(line.align))


def _own(line: Line) -> dict[str, str]:
    return {str(language): text for language, text in (line.own or {}).items()}


def _pair(line: Line, facts: Facts, words: Words) -> Iterator[Element]:
    """ "Lĩnh vực: Hộ tịch" as label and value."""
    text = PAIRS[line.pair or ""](facts, words)
    if text:
        label, _, value = text.partition(": ")
        yield Pair(f"{label}:", value, line.size)


def _number(line: Line, facts: Facts, words: Words) -> Iterator[Element]:
    if facts.number is not None:
        yield Number(facts.number)


def _mark(line: Line, facts: Facts, words: Words) -> Iterator[Element]:
    found = " · ".join(MARKS[one](words) for one in line.mark or () if one in facts.occasions)
    if found:
        yield Inverse(found)


def _bullets(line: Line, facts: Facts, words: Words) -> Iterator[Element]:
    if facts.papers:
        yield Bullets(facts.papers, line.size)


def _code(line: Line, facts: Facts, words: Words) -> Iterator[Element]:
    if facts.link:
        beside = (TEXTS[one](facts, words) for one in line.code or ())
        yield Qr(facts.link, tuple(text for text in beside if text))


def _rule(line: Line, facts: Facts, words: Words) -> Iterator[Element]:
    yield Rule(dashed=line.rule == "dashed")


ELEMENTS: Mapping[str, Callable[[Line, Facts, Words], Iterator[Element]]] = {
    "text": _text,
    "own": _text,
    "pair": _pair,
    "number": _number,
    "mark": _mark,
    "bullets": _bullets,
    "code": _code,
    "rule": _rule,
}


# --- what a line says -----------------------------------------------------------------------------------


def _printed(facts: Facts, words: Words) -> str:
    if not facts.dated and facts.day is not None:
        return _kiosk(facts, words)
    if not facts.dated:
        unknown = words("ticket", "Chưa rõ ngày: đồng hồ máy chưa đúng")
        return f"{unknown} · {_kiosk(facts, words)}"
    at = facts.printed
    printed = words("ticket", "Thời gian in phiếu: {date} {time}", date=f"{at:%d/%m/%Y}", time=f"{at:%H:%M:%S}")
    return f"{printed} · {_kiosk(facts, words)}"


def _reprinted(facts: Facts, words: Words) -> str:
    if not facts.dated:
        return _printed(facts, words)
    again = words("ticket", "In lại lúc: {time}", time=f"{facts.printed:%H:%M:%S}")
    return f"{again} · {_kiosk(facts, words)}"


def _kiosk(facts: Facts, words: Words) -> str:
    return words("ticket", "Ki-ốt {n}", n=facts.kiosk)


def _taken(facts: Facts, words: Words) -> str | None:
    if facts.taken is None or not facts.dated:
        return None
    return words("ticket", "Lấy số lúc: {time}", time=f"{facts.taken:%H:%M:%S}")


def _valid(facts: Facts, words: Words) -> str | None:
    if not facts.dated and facts.day is None:
        return words("ticket", "Phiếu có giá trị trong ngày lấy số.")
    return words("ticket", "Phiếu có giá trị trong ngày {date}.", date=f"{facts.day:%d/%m/%Y}") if facts.day else None


def _hotline(facts: Facts, words: Words) -> str | None:
    return words("ticket", "Phản ánh, kiến nghị: {phone}", phone=facts.hotline) if facts.hotline else None


def _follow(facts: Facts, words: Words) -> str | None:
    return words("ticket", "Quét mã để theo dõi số trên điện thoại.") if facts.phone_page else None


def _service(facts: Facts, words: Words) -> str | None:
    return words("ticket", "Lĩnh vực: {service}", service=facts.service) if facts.service else None


def _procedure(facts: Facts, words: Words) -> str | None:
    return words("ticket", "Thủ tục: {procedure}", procedure=facts.procedure) if facts.procedure else None


def _counters(facts: Facts, words: Words) -> str | None:
    return words("ticket", "Quầy phục vụ: {counters}", counters=facts.counters) if facts.counters else None


def _ahead(facts: Facts, words: Words) -> str | None:
    return words("ticket", "Số người chờ trước: {n}", n=facts.ahead) if facts.ahead is not None else None


def _wait(facts: Facts, words: Words) -> str | None:
    return words("ticket", "Thời gian chờ dự kiến: {wait}", wait=facts.wait) if facts.wait else None


TEXTS: Mapping[str, Said] = {
    "centre": lambda facts, words: words("visitor", "Trung tâm Phục vụ hành chính công"),
    "office": lambda facts, words: facts.office,
    "title": lambda facts, words: words("ticket", "SỐ THỨ TỰ"),
    "missed": lambda facts, words: words("ticket", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy."),
    "follow": _follow,
    "valid": _valid,
    "receipt": lambda facts, words: words(
        "ticket", "Phiếu này không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả."
    ),
    "hotline": _hotline,
    "printed": _printed,
    "taken": _taken,
    "reprinted": _reprinted,
    "thanks": lambda facts, words: words("ticket", "Cảm ơn Ông/Bà!"),
    "papers_needed": lambda facts, words: words("ticket", "Giấy tờ cần chuẩn bị:"),
    "papers_title": lambda facts, words: words("ticket", "GIẤY TỜ CẦN CHUẨN BỊ"),
    "procedure_name": lambda facts, words: facts.procedure,
    "no_slip": lambda facts, words: words("ticket", "Đây không phải phiếu số thứ tự."),
    "emergency_note": lambda facts, words: words("ticket", "Cấp khi máy mất kết nối; vẫn được gọi như thường."),
    "letters": lambda facts, words: TEST_LETTERS,
}

PAIRS: Mapping[str, Said] = {
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
