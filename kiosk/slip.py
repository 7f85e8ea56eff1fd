"""What stands on the paper: a ticket's slip, the list of papers, the test slip."""

from dataclasses import dataclass

from config.clock import Now
from config.words import Words
from hardware.screens import clockface
from hardware.slip import Align, Bullets, Element, Inverse, Number, Pair, Qr, Rule, Slip, Text
from server.wire.messages import Interval, Office, Procedure, Ticket, from_time

VISITOR_PATH = "/v/"
TEST_LETTERS = "ĂÂĐÊÔƠƯ ăâđêôơư ẤẪỘỰ ấẫộự ỳỵỷỹ 0123456789"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why and where it is printed. ``mark``: reprint, staff or test; ``label``: of this kiosk."""

    label: str
    mark: str | None = None
    papers: bool = False


def ticket_slip(
    ticket: Ticket, office: Office, procedure: Procedure | None, words: Words, now: Now, occasion: Occasion
) -> Slip:
    """The slip of ``ticket``. Without the list of papers it is at most 140 mm long on 80 mm paper."""
    body: list[Element] = [
        *_head(office, words),
        Text(words("ticket", "SỐ THỨ TỰ"), 31, bold=True, align=Align.CENTRE),
        Number(ticket.number),
        *_marks(ticket, office, words, occasion),
        Rule(),
        *_facts(ticket, office, procedure, words),
        Rule(dashed=True),
    ]
    if occasion.papers and procedure is not None and procedure.papers:
        heading = Text(words("ticket", "Giấy tờ cần chuẩn bị:"), bold=True)
        body += [heading, Bullets(tuple(procedure.papers)), Rule(dashed=True)]
    body += [*_code(ticket, office, words), *_foot(ticket, office, words)]
    body += [Rule(), *_times(ticket, office, words, now, occasion)]
    return Slip(ticket.number, (*body, Text(words("ticket", "Cảm ơn Ông/Bà!"), bold=True, align=Align.CENTRE)))


def list_slip(procedure: Procedure, office: Office, words: Words, now: Now, occasion: Occasion) -> Slip:
    """The papers of a procedure; not a queue slip, and it says so."""
    return Slip(
        procedure.code,
        (
            *_head(office, words),
            Text(words("ticket", "GIẤY TỜ CẦN CHUẨN BỊ"), 30, bold=True, align=Align.CENTRE),
            Text(words.pick(procedure.name), 28, bold=True, align=Align.CENTRE),
            Rule(),
            Bullets(tuple(procedure.papers)),
            Rule(dashed=True),
            Text(words("ticket", "Đây không phải phiếu số thứ tự."), 25, bold=True),
            Text(_printed_at(office, words, now, occasion), 23),
        ),
    )


def test_slip(office: Office, words: Words, now: Now, occasion: Occasion) -> Slip:
    """A test slip: all kinds of letters, no number."""
    return Slip(
        "TEST",
        (
            *_head(office, words),
            Inverse(words("ticket", "PHIẾU IN THỬ - KHÔNG CÓ GIÁ TRỊ")),
            Text(TEST_LETTERS, 27),
            Text(TEST_LETTERS, 27, bold=True),
            Rule(),
            Text(_printed_at(office, words, now, occasion), 23),
        ),
    )


def visitor_link(ticket: Ticket, office: Office) -> str | None:
    """What the QR code says: the visitor's own page, or the bare code where phones reach none."""
    if ticket.link is None:
        return None
    return f"{office.visitor_url.rstrip('/')}{VISITOR_PATH}{ticket.link}" if office.visitor_url else ticket.link


def wait_phrase(words: Words, wait: Interval | None) -> str | None:
    """The forecast in words, an interval or an upper bound; None where the server gave none."""
    if wait is None:
        return None
    low, high = wait
    if low <= 0:
        return words("wait", "không quá {to} phút", to=high)
    if high > 90:
        lengths = {"from": _length(words, low), "to": _length(words, high)}
        return words("wait", "từ {from} đến {to}", **lengths)
    return words("wait", "khoảng {from}–{to} phút", **{"from": low, "to": high})


def _length(words: Words, minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return words("wait", "{m} phút", m=rest)
    if rest == 0:
        return words("wait", "{h} tiếng", h=hours)
    return words("wait", "{h} tiếng {m} phút", h=hours, m=rest)


def _head(office: Office, words: Words) -> tuple[Element, ...]:
    centre = words("visitor", "Trung tâm Phục vụ hành chính công")
    return (
        Text(centre.upper(), 25, align=Align.CENTRE),
        Text(words.pick(office.name).upper(), 32, bold=True, align=Align.CENTRE),
        Rule(),
    )


def _marks(ticket: Ticket, office: Office, words: Words, occasion: Occasion) -> list[Inverse]:
    """White on black, on as few lines as the paper allows: what it is, then that it is not valid."""
    of_mode = {
        "demo": words("ticket", "TRÌNH DIỄN - KHÔNG CÓ GIÁ TRỊ"),
        "practice": words("ticket", "DIỄN TẬP - KHÔNG CÓ GIÁ TRỊ"),
    }
    of_occasion = {
        "reprint": words("ticket", "BẢN IN LẠI"),
        "staff": words("ticket", "CẤP TẠI QUẦY"),
        "test": words("ticket", "PHIẾU IN THỬ - KHÔNG CÓ GIÁ TRỊ"),
    }
    kind = words("ticket", "ƯU TIÊN") if ticket.ticket_class == "priority" else None
    what = " · ".join(mark for mark in (kind, of_occasion.get(occasion.mark or "")) if mark is not None)
    return [Inverse(mark) for mark in (what, of_mode.get(office.mode)) if mark]


def _facts(ticket: Ticket, office: Office, procedure: Procedure | None, words: Words) -> list[Element]:
    service = next((one for one in office.services if one.id == ticket.service), None)
    labels = {one.id: one.label for one in office.counters}
    counters = ", ".join(labels.get(one, one) for one in ticket.counters)
    wait = wait_phrase(words, ticket.wait_min)
    texts = []
    if service is not None:
        texts.append(words("ticket", "Lĩnh vực: {service}", service=words.pick(service.name)))
    if procedure is not None:
        texts.append(words("ticket", "Thủ tục: {procedure}", procedure=words.pick(procedure.name)))
    if counters:
        texts.append(words("ticket", "Quầy phục vụ: {counters}", counters=counters))
    if ticket.ahead is not None:
        texts.append(words("ticket", "Số người chờ trước: {n}", n=ticket.ahead))
    if wait is not None:
        texts.append(words("ticket", "Thời gian chờ dự kiến: {wait}", wait=wait))
    return [_pair(text) for text in texts]


def _pair(text: str) -> Pair:
    """ "Lĩnh vực: Hộ tịch" as label and value."""
    label, _, value = text.partition(": ")
    return Pair(f"{label}:", value)


def _code(ticket: Ticket, office: Office, words: Words) -> tuple[Element, ...]:
    missed = words("ticket", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy.")
    content = visitor_link(ticket, office)
    if content is None:
        return (Text(missed, 25), Rule(dashed=True))
    follow = (words("ticket", "Quét mã để theo dõi số trên điện thoại."),) if office.visitor_url else ()
    return (Qr(content, (*follow, missed)), Rule(dashed=True))


def _foot(ticket: Ticket, office: Office, words: Words) -> list[Element]:
    year, month, day = ticket.day.split("-")
    texts = [
        words("ticket", "Phiếu có giá trị trong ngày {date}.", date=f"{day}/{month}/{year}"),
        words("ticket", "Phiếu này không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả."),
    ]
    if office.hotline:
        texts.append(words("ticket", "Phản ánh, kiến nghị: {phone}", phone=office.hotline))
    return [Text(text, 25) for text in texts]


def _times(ticket: Ticket, office: Office, words: Words, now: Now, occasion: Occasion) -> tuple[Element, ...]:
    if occasion.mark != "reprint":
        return (Text(_printed_at(office, words, now, occasion), 23),)
    taken = clockface.local(from_time(ticket.issued_at), office.zone)
    again = clockface.local(now.wall_ms, office.zone)
    kiosk = words("ticket", "Ki-ốt {n}", n=occasion.label)
    return (
        Text(words("ticket", "Lấy số lúc: {time}", time=f"{taken:%H:%M:%S}"), 23),
        Text(f"{words('ticket', 'In lại lúc: {time}', time=f'{again:%H:%M:%S}')} · {kiosk}", 23),
    )


def _printed_at(office: Office, words: Words, now: Now, occasion: Occasion) -> str:
    at = clockface.local(now.wall_ms, office.zone)
    printed = words("ticket", "Thời gian in phiếu: {date} {time}", date=f"{at:%d/%m/%Y}", time=f"{at:%H:%M:%S}")
    return f"{printed} · {words('ticket', 'Ki-ốt {n}', n=occasion.label)}"
