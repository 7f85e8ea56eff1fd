"""``luot-hardware slip``: draw a test slip, or print it and report the printer's proof."""

import tempfile
import threading
from contextlib import closing
from pathlib import Path

from config.devices import PrinterSettings
from config.slips import SlipLayout, load_layout
from hardware.installer import phrases
from hardware.installer.context import EX_USAGE, InstallerContext, printer_of, printer_with_model
from hardware.installer.devices import report_holders
from hardware.installer.example import example_slip
from hardware.installer.findings import Level
from hardware.installer.preview import preview
from hardware.open.printer import assumed_dots, open_printer, wants_compact
from hardware.open.printer_profile import profile_of
from hardware.ports import PrintResult, PrintState, Proof
from hardware.slips.slip import Slip

PRINT_TIMEOUT_S = 90.0


def run(
    context: InstallerContext,
    *,
    layout: Path | None,
    paper_mm: int | None,
    out: Path | None,
    name: str,
    address: str | None,
    baud: int | None,
    model: str | None = None,
) -> int:
    """Draw or print one example. Raises ``ConfigError`` when the layout cannot be used.

    ``name``: one of ``EXAMPLE_NAMES``. ``out``: draw into this PNG file; None: print on the printer at ``address``, or
    on that of the settings. Each of the others that is None is as the settings or, without them, the defaults have it.
    """
    kiosk = context.settings.kiosk if context.settings is not None else None
    slip_layout = load_layout(layout or (kiosk.printer.layout if kiosk is not None else None))
    if out is not None:
        options = {"paper_mm": paper_mm, "baud": baud}
        overrides = {option: value for option, value in options.items() if value is not None}
        printer_to_draw = (kiosk.printer if kiosk is not None else PrinterSettings()).model_copy(update=overrides)
        return _draw(context, slip_layout, name, printer_with_model(printer_to_draw, model, paper_mm), out)
    printer = printer_of(context, address, baud, paper_mm)
    if printer is None:
        context.show(context.words("installer", "Chưa biết máy in nào: thêm --config, --printer hoặc --out."))
        return EX_USAGE
    return _print(context, slip_layout, name, printer_with_model(printer, model, paper_mm))


def _draw(context: InstallerContext, layout: SlipLayout, name: str, printer: PrinterSettings, out: Path) -> int:
    slip = _example(context, layout, name, printer, on_paper=False)
    picture = preview(slip, printer, context.mono_s)
    try:
        picture.save(out, "PNG")
    except OSError as error:
        context.show(f"{out}: {error.strerror}")
        return Level.FAULT
    length_mm = round(picture.height / profile_of(printer).dots_per_mm)
    context.show(context.words("installer", "Đã vẽ phiếu dài {mm} mm vào {file}.", mm=length_mm, file=out))
    return Level.FINE


def _example(
    context: InstallerContext, layout: SlipLayout, name: str, printer: PrinterSettings, *, on_paper: bool
) -> Slip:
    """Compose the slip as the kiosk would for this printer: compact on a slow link."""
    compact = printer.kind != "none" and wants_compact(printer)
    return example_slip(
        name, layout, context.settings, context.words, context.wall_ms(), on_paper=on_paper, compact=compact
    )


def _print(context: InstallerContext, layout: SlipLayout, name: str, printer: PrinterSettings) -> int:
    if report_holders(context, [printer.address]):
        return Level.FAULT
    result = _print_and_wait(context, printer, _example(context, layout, name, printer, on_paper=True))
    if result.state is PrintState.PRINTED:
        _report_printed(context, printer, result.proof)
        return Level.FINE if result.proof is not Proof.NONE else Level.WARNING
    _report_not_printed(context, result)
    return Level.FAULT


def _print_and_wait(context: InstallerContext, printer: PrinterSettings, slip: Slip) -> PrintResult:
    """Print the slip with a journal of its own and return the first result."""
    done = threading.Event()
    results: list[PrintResult] = []

    def on_result(result: PrintResult) -> None:
        results.append(result)
        done.set()

    # The kiosk's journal lists tickets only, and this slip is none.
    with tempfile.TemporaryDirectory() as folder:
        opened = open_printer(printer, Path(folder), context.mono_s, context.wall_ms, lambda _result: None)
        assert opened is not None
        with closing(opened[0]) as driver:
            driver.print_slip("test", slip, on_result)
            done.wait(PRINT_TIMEOUT_S)
    return results[0]


def _report_printed(context: InstallerContext, printer: PrinterSettings, proof: Proof) -> None:
    words = context.words
    proofs = {
        Proof.PROCESS_ID: words("installer", "máy in xác nhận đúng phiếu này (GS ( H)"),
        Proof.FENCE: words("installer", "máy in xác nhận đã in xong (GS r)"),
        Proof.NONE: words("installer", "máy in không xác nhận được: hãy nhìn xem phiếu đã ra chưa"),
    }
    context.show(words("installer", "Đã in phiếu thử: {proof}.", proof=proofs[proof]))
    if (dots := assumed_dots(printer)) is not None:
        width = words("installer", "Chưa biết đầu in rộng bao nhiêu điểm; phiếu này rộng {n} điểm.", n=dots)
        advice = words("installer", "Hãy xem mép phải: nếu bị cắt, ghi model của máy in hoặc chạy luot-hardware probe.")
        context.show(f"{width} {advice}")


def _report_not_printed(context: InstallerContext, result: PrintResult) -> None:
    words = context.words
    phrase = phrases.CODES.get(result.code or "")
    reason = phrase(words) if phrase is not None else words("device", "Chưa rõ tình trạng")
    states = {
        PrintState.HELD: words("installer", "Máy in đang giữ phiếu và sẽ in khi hết sự cố"),
        PrintState.FAILED: words("installer", "Không in được phiếu"),
    }
    unknown = words("installer", "Chưa rõ phiếu đã in ra chưa")
    context.show(f"{states.get(result.state, unknown)}: {reason}.")
    if (todo := phrases.TODO.get(result.code or "")) is not None:
        context.show(f"→ {todo(words)}")
