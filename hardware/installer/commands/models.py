"""``luot-hardware models``: list the printer models of the data base with their properties."""

from collections.abc import Callable, Iterator, Mapping

from config.words import Words
from hardware.installer.context import InstallerContext
from hardware.installer.findings import Level
from hardware.printers import models
from hardware.printers.models import PrinterModel, Unfit

UNFIT_TEXTS: Mapping[Unfit, Callable[[Words], str]] = {
    Unfit.DISPLAY: lambda words: words("installer", "không dùng được: đây là màn hình khách, không phải máy in"),
    Unfit.STAR: lambda words: words(
        "installer", "không dùng được: máy dùng lệnh Star; nếu máy đã đặt ESC/POS thì bỏ model rồi dò máy"
    ),
    Unfit.NO_RASTER: lambda words: words("installer", "không dùng được: máy không in được ảnh điểm (GS v 0)"),
    Unfit.WIDTH: lambda words: words("installer", "không dùng được: đầu in không hợp với giấy 80 mm hay 58 mm"),
}
"""The reasons why a model cannot print slips."""


def run(context: InstallerContext, *, part: str) -> int:
    """List the models whose name or maker contains ``part``.

    Returns 1 when none of them can print slips.
    """
    words = context.words
    matching = list(models.matching(part))
    for model in matching:
        context.show(" · ".join(_properties(model, words)))
    if not matching:
        context.show(words("installer", "Chưa biết máy in nào có tên như “{part}”.", part=part))
        if close := models.similar_names(part):
            context.show("→ " + words("installer", "Có phải: {names}?", names=", ".join(close)))
        context.show("→ " + advice_without_model(words))
        return Level.WARNING
    if all(model.unfit is not None for model in matching):
        return Level.WARNING
    line = words("installer", "Ghi vào tệp cấu hình, mục [kiosk.printer]: {line}", line='model = "…"')
    context.show("→ " + line)
    context.show(words("installer", "Bảng mã chỉ được dùng sau khi có người đọc phiếu dò (luot-hardware probe)."))
    context.show(words("installer", "Nguồn: {source}", source="escpos-printer-db, CC BY 4.0"))
    return Level.FINE


def advice_without_model(words: Words) -> str:
    """Return the advice for a printer that the data base does not have."""
    return words("installer", "Không ghi model mà dò máy (luot-hardware probe): máy vẫn có thể dùng được.")


def _properties(model: PrinterModel, words: Words) -> Iterator[str]:
    yield f"{model.name} ({model.maker})"
    if model.unfit is not None:
        yield UNFIT_TEXTS[model.unfit](words)
        return
    if model.paper_mm is not None and model.dots is not None:
        yield f"{model.paper_mm} mm"
        yield words("installer", "{n} điểm", n=model.dots)
    else:
        yield words("installer", "chưa rõ khổ giấy")
    if model.dpi is not None:
        yield f"{model.dpi} dpi"
    yield words("installer", "có dao cắt") if model.cuts else words("installer", "không có dao cắt")
    if model.native_qr:
        yield words("installer", "tự vẽ mã QR")
    pages = ", ".join(str(page) for page in model.pages)
    yield words("installer", "bảng mã {pages}", pages=pages) if pages else words("installer", "chưa rõ bảng mã")
