"""``luot-hardware models``: the printers that are known by name, and what is known about each."""

from collections.abc import Callable, Iterator, Mapping

from config.words import Words
from hardware.installer.findings import Level
from hardware.installer.site import Site
from hardware.printers import models
from hardware.printers.models import Model, Unfit

UNFIT: Mapping[Unfit, Callable[[Words], str]] = {
    Unfit.DISPLAY: lambda words: words("installer", "không dùng được: đây là màn hình khách, không phải máy in"),
    Unfit.STAR: lambda words: words(
        "installer", "không dùng được: máy dùng lệnh Star; nếu máy đã đặt ESC/POS thì bỏ model rồi dò máy"
    ),
    Unfit.NO_RASTER: lambda words: words("installer", "không dùng được: máy không in được ảnh điểm (GS v 0)"),
    Unfit.WIDTH: lambda words: words("installer", "không dùng được: đầu in không hợp với giấy 80 mm hay 58 mm"),
}


def run(site: Site, *, part: str) -> int:
    """List the models whose name or maker contains ``part``; 1 when none of them can print slips."""
    words = site.words
    found = list(models.matching(part))
    for model in found:
        site.say(" · ".join(_facts(model, words)))
    if not found:
        site.say(words("installer", "Chưa biết máy in nào có tên như “{part}”.", part=part))
        if close := models.near(part):
            site.say("→ " + words("installer", "Có phải: {names}?", names=", ".join(close)))
        site.say("→ " + without_model(words))
        return Level.WARNING
    if all(model.unfit is not None for model in found):
        return Level.WARNING
    line = words("installer", "Ghi vào tệp cấu hình, mục [kiosk.printer]: {line}", line='model = "…"')
    site.say("→ " + line)
    site.say(words("installer", "Bảng mã chỉ được dùng sau khi có người đọc phiếu dò (luot-hardware probe)."))
    site.say(words("installer", "Nguồn: {source}", source="escpos-printer-db, CC BY 4.0"))
    return Level.FINE


def without_model(words: Words) -> str:
    """Tell the way for a printer that the data base does not have."""
    return words("installer", "Không ghi model mà dò máy (luot-hardware probe): máy vẫn có thể dùng được.")


def _facts(model: Model, words: Words) -> Iterator[str]:
    yield f"{model.name} ({model.maker})"
    if model.unfit is not None:
        yield UNFIT[model.unfit](words)
        return
    if model.mm is not None and model.dots is not None:
        yield f"{model.mm} mm"
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
