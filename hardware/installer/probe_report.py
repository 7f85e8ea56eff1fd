"""Report the result of a probe, and turn it into a printer's profile."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from config.devices import PrinterSettings
from config.load import validate
from config.profiles import CodePage, PrinterProfile
from config.words import Words
from hardware.installer import phrases
from hardware.installer.context import InstallerContext
from hardware.installer.devices import report_holders
from hardware.installer.paper_inspection import PaperInspection
from hardware.installer.printer_probe import IDENTITY, LATENESS_FACTOR, OtherDevice, ProbeResult
from hardware.printers.answers import status
from hardware.printers.models import PrinterModel

PROFILE_FILE = Path("printer-profile.toml")
SPEED_SAFETY_FACTOR = 0.8
"""Dense slips print slower than a ruler."""

OTHER_DEVICES: Mapping[str, Callable[[Words, OtherDevice], str]] = {
    "echo": lambda words, _: words("installer", "Nó trả lại nguyên những gì được gửi: dây vòng hoặc mô-đem."),
    "words": lambda words, device: words(
        "installer", "Nó gửi chữ: {text}", text=ascii(device.sample[:40].decode("ascii"))
    ),
    "noise": lambda words, device: words(
        "installer", "Nó gửi byte lạ: {hex} (sai tốc độ, hoặc thiết bị khác)", hex=device.sample[:16].hex(" ")
    ),
}


def report_no_printer(context: InstallerContext, printer: PrinterSettings, device: OtherDevice | None) -> None:
    """Show why there is no printer: another device, a program that holds it, or silence."""
    words = context.words
    if device is not None:
        context.show(words("installer", "Ở {port} có thiết bị, nhưng không phải máy in ESC/POS.", port=printer.address))
        context.show(f"  {OTHER_DEVICES[device.reason](words, device)}")
        context.show("→ " + phrases.TODO["wrong"](words))
        return
    if report_holders(context, [printer.address]):
        return
    context.show(words("installer", "{port}: không có trả lời.", port=printer.address))
    todo = words("installer", "Bật máy in, lắp giấy, đóng nắp; với cổng nối tiếp, kiểm tra tốc độ và loại dây.")
    context.show(f"→ {todo}")


def status_lines(words: Words, result: ProbeResult) -> Iterator[str]:
    """Yield the replies to the status questions."""
    for n, bits in sorted(result.status_bytes.items()):
        yield f"DLE EOT {n}: {bits:02x}"
    if status.StatusFlag.NEAR_END in result.flags:
        yield phrases.CODES["paper_near_end"](words)


def model_hint(words: Words, model: PrinterModel) -> str:
    """Return the advice to enter the model that the printer claims to be."""
    return words(
        "installer", 'Máy tự xưng là {model}: nếu đúng như ghi trên hộp, ghi model = "{model}".', model=model.name
    )


def ability_lines(words: Words, result: ProbeResult, inspection: PaperInspection, *, printed: bool) -> Iterator[str]:
    """Yield the printer's abilities. ``printed``: the test sheets were printed."""
    answers = {
        True: words("installer", "có"),
        False: words("installer", "không"),
        None: words("installer", "chưa rõ"),
    }
    yield words("installer", "Báo khi in xong (GS r): {answer}", answer=answers[result.fence])
    yield words("installer", "Báo đúng phiếu nào (GS ( H): {answer}", answer=answers[result.process_id])
    yield words("installer", "Tự báo thay đổi (GS a): {answer}", answer=answers[result.automatic])
    for name in IDENTITY.values():
        if result.identity.get(name):
            yield f"GS I {name}: {result.identity[name]}"
    if result.copied_model:
        yield "! " + words(
            "installer",
            "Máy tự xưng là {model} nhưng không biết lệnh của máy đó: chỉ tin kết quả đo.",
            model=result.copied_model,
        )
    if result.premature:
        yield "! " + words(
            "installer", "Máy báo “đã in xong” trước khi giấy kịp chạy: lời báo đó không chứng minh được gì."
        )
    yield words("installer", "Hỏi và đáp: {n} ms", n=round(result.round_trip_s * 1000))
    speed = words("installer", "chưa rõ") if result.speed_mm_s is None else f"{result.speed_mm_s:.0f} mm/s"
    yield words("installer", "Tốc độ in: {speed}", speed=speed)
    if not printed:
        yield words("installer", "Không in giấy: chưa biết bảng mã, mã QR, dao cắt và tốc độ in.")
        return
    dots = words("installer", "chưa rõ") if inspection.dots is None else inspection.dots
    yield words("installer", "Số điểm của đầu in: {n}", n=dots)
    yield words("installer", "Tự vẽ mã QR: {answer}", answer=answers[inspection.native_qr])
    yield words("installer", "Dao cắt: {answer}", answer=answers[inspection.cuts])
    page = inspection.page
    shown = str(page) if page is not None else words("installer", "không có: chữ được in dạng ảnh")
    yield words("installer", "Bảng mã tiếng Việt: {page}", page=shown)


def make_profile(result: ProbeResult, inspection: PaperInspection, wall_ms: int) -> PrinterProfile:
    """Return the printer's profile; unknown properties keep their defaults."""
    usual_s: float = PrinterProfile.model_fields["answer_s"].default
    properties: dict[str, object] = {
        "maker": result.identity.get("maker", "")[:80],
        "model": result.identity.get("model", "")[:80],
        "serial": result.identity.get("serial", "")[:80],
        "probed": f"{datetime.fromtimestamp(wall_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC",
        "answers": result.replies,
        "fence": result.fence is True,
        "automatic_status": result.automatic is True,
        "process_id": result.process_id is True,
        "answer_s": _limited("answer_s", max(usual_s, round(LATENESS_FACTOR * max(result.reply_times_s), 1))),
    }
    if result.speed_mm_s is not None:
        properties["speed_mm_s"] = _limited(
            "speed_mm_s", float(max(5, int(result.speed_mm_s * SPEED_SAFETY_FACTOR / 5) * 5))
        )
    seen = {
        "dots": inspection.dots,
        "dpi": inspection.dpi,
        "native_qr": inspection.native_qr,
        "cuts": inspection.cuts,
    }
    properties |= {name: value for name, value in seen.items() if value is not None}
    if (page := inspection.page) is not None:
        properties["code_page"] = CodePage(
            encoding=page.encoding.value,
            page=page.page,
            capitals=page.capitals if page.encoding.value == "tcvn3" else None,
            confirmed=inspection.every_letter,
        )
    return validate(PrinterProfile, properties, PROFILE_FILE)


def _limited(name: str, value: float) -> float:
    """Return ``value`` moved into the limits of that setting of a profile."""
    for limit in PrinterProfile.model_fields[name].metadata:
        value = min(max(value, getattr(limit, "ge", value)), getattr(limit, "le", value))
    return value
