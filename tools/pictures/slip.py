"""Pictures of the slip by the real raster and the real encoder: languages, widths, marks, long names, four digits."""

from dataclasses import dataclass
from pathlib import Path

from config.words import Words, words
from hardware.printers.raster import PAPERS, picture
from hardware.slip import Align, Bullets, Element, Inverse, Number, Pair, Qr, Rule, Slip, Text

LINK = "http://127.0.0.1:8471/t/Qm3vX9bTzK4nWc7LrYpE2g"


@dataclass(frozen=True, slots=True)
class Case:
    """One slip to look at."""

    name: str
    number: str = "A015"
    service: tuple[str, str] = ("Hộ tịch", "Civil status")
    procedure: tuple[str, str] = ("Đăng ký khai sinh", "Birth registration")
    counters: str = "2"
    ahead: int = 4
    marks: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


CASES = (
    Case("plain"),
    Case("priority", marks=("ƯU TIÊN",)),
    Case("reprint", marks=("BẢN IN LẠI",)),
    Case("demo", marks=("TRÌNH DIỄN - KHÔNG CÓ GIÁ TRỊ",)),
    Case(
        "long",
        number="M1015",
        service=("Nông nghiệp, Lâm nghiệp, Thủy sản và Môi trường", "Agriculture, forestry, fisheries and environment"),
        procedure=(
            "Cấp bản sao có chứng thực từ bản chính hợp đồng, giao dịch đã được chứng thực",
            "Certified copy of a notarised contract or transaction",
        ),
        counters="2, 3, 5",
        ahead=128,
        marks=("ƯU TIÊN", "BẢN IN LẠI"),
    ),
    Case(
        "papers",
        papers=(
            "Tờ khai đăng ký khai sinh",
            "Giấy chứng sinh (hoặc giấy tờ thay thế)",
            "Giấy tờ tùy thân (xuất trình)",
            "Văn bản ủy quyền (nếu ủy quyền)",
        ),
    ),
)


def pair(text: str) -> Pair:
    """ "Lĩnh vực: Hộ tịch" as label and value."""
    label, _, value = text.partition(": ")
    return Pair(f"{label}:", value)


def slip(case: Case, say: Words) -> Slip:
    """The case in one language, with the texts of ``config/words.json``."""
    pick = 0 if say.language == "vi" else 1
    marks: list[Element] = [Inverse(_mark(say, mark)) for mark in case.marks]
    papers: list[Element] = []
    if case.papers:
        papers = [Text(say("ticket", "Giấy tờ cần chuẩn bị:"), bold=True), Bullets(case.papers), Rule(dashed=True)]
    return Slip(
        case.number,
        (
            Text("TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", 25, align=Align.CENTRE),
            Text("PHƯỜNG MẪU", 32, bold=True, align=Align.CENTRE),
            Rule(),
            Text(say("ticket", "SỐ THỨ TỰ"), 31, bold=True, align=Align.CENTRE),
            Number(case.number),
            *marks,
            Rule(),
            pair(say("ticket", "Lĩnh vực: {service}", service=case.service[pick])),
            pair(say("ticket", "Thủ tục: {procedure}", procedure=case.procedure[pick])),
            pair(say("ticket", "Quầy phục vụ: {counters}", counters=case.counters)),
            pair(say("ticket", "Số người chờ trước: {n}", n=case.ahead)),
            Rule(dashed=True),
            *papers,
            Qr(
                LINK,
                (
                    say("ticket", "Quét mã để theo dõi số trên điện thoại."),
                    say("ticket", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy."),
                ),
            ),
            Rule(dashed=True),
            Text(say("ticket", "Phiếu có giá trị trong ngày {date}.", date="23/11/2026"), 25),
            Text(say("ticket", "Phiếu này không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả."), 25),
            Text(say("ticket", "Phản ánh, kiến nghị: {phone}", phone="1022"), 25),
            Rule(),
            Text(
                say("ticket", "Thời gian in phiếu: {date} {time}", date="23/11/2026", time="08:12:05")
                + " · "
                + say("ticket", "Ki-ốt {n}", n=1),
                23,
            ),
            Text(say("ticket", "Cảm ơn Ông/Bà!"), bold=True, align=Align.CENTRE),
        ),
    )


def _mark(say: Words, mark: str) -> str:
    marks = {
        "ƯU TIÊN": say("ticket", "ƯU TIÊN"),
        "BẢN IN LẠI": say("ticket", "BẢN IN LẠI"),
        "TRÌNH DIỄN - KHÔNG CÓ GIÁ TRỊ": say("ticket", "TRÌNH DIỄN - KHÔNG CÓ GIÁ TRỊ"),
    }
    return marks[mark]


def make(folder: Path) -> list[Path]:
    """Draw every case in both languages and widths; the paths of the PNGs."""
    made = []
    for case in CASES:
        for language in ("vi", "en"):
            for paper in PAPERS.values():
                path = folder / f"slip-{case.name}-{paper.mm}-{language}.png"
                picture(slip(case, words(language)), paper).save(path)
                made.append(path)
    return made
