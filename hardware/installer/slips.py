"""``luot-hardware slip``: a slip to look at without a printer, or one on paper with what the printer proved."""

import tempfile
import threading
from contextlib import closing
from pathlib import Path

from config.devices import Printer
from config.slips import SlipLayout, load_layout
from hardware.installer import phrases
from hardware.installer.devices import says_who_holds
from hardware.installer.example import example
from hardware.installer.findings import Level
from hardware.installer.preview import preview
from hardware.installer.site import EX_USAGE, Site, printer_of, with_model
from hardware.open import open_printer, wants_compact
from hardware.open_printer import assumed_dots, profile_of
from hardware.ports import PrintResult, PrintState, Proof
from hardware.slip import Slip

LONGEST_S = 90.0


def run(
    site: Site,
    *,
    layout: Path | None,
    paper_mm: int | None,
    out: Path | None,
    name: str,
    address: str | None,
    baud: int | None,
    model: str | None = None,
) -> int:
    """Preview or print one example. Raises ``ConfigError`` when the layout cannot be used."""
    kiosk = site.settings.kiosk if site.settings is not None else None
    used = load_layout(layout or (kiosk.printer.layout if kiosk is not None else None))
    if out is not None:
        asked = kiosk.printer if kiosk is not None else Printer()
        wanted = {"paper_mm": paper_mm, "baud": baud}
        known = {key: value for key, value in wanted.items() if value is not None}
        asked = with_model(asked.model_copy(update=known), model, paper_mm)
        return _preview(site, used, name, asked, out)
    printer = printer_of(site, address, baud, paper_mm)
    if printer is None:
        site.say(site.words("installer", "Chưa biết máy in nào: thêm --config, --printer hoặc --out."))
        return EX_USAGE
    return _print(site, used, name, with_model(printer, model, paper_mm))


def _preview(site: Site, layout: SlipLayout, name: str, printer: Printer, out: Path) -> int:
    slip = _example(site, layout, name, printer, on_paper=False)
    drawn = preview(slip, printer, site.mono_s)
    try:
        drawn.save(out, "PNG")
    except OSError as error:
        site.say(f"{out}: {error.strerror}")
        return Level.FAULT
    length_mm = round(drawn.height / profile_of(printer).dots_per_mm)
    site.say(site.words("installer", "Đã vẽ phiếu dài {mm} mm vào {file}.", mm=length_mm, file=out))
    return Level.FINE


def _example(site: Site, layout: SlipLayout, name: str, printer: Printer, *, on_paper: bool) -> Slip:
    """As the kiosk would compose it for this printer: compactly where its link is slow."""
    compact = printer.kind != "none" and wants_compact(printer)
    return example(name, layout, site.settings, site.words, site.wall_ms(), on_paper=on_paper, compact=compact)


def _print(site: Site, layout: SlipLayout, name: str, printer: Printer) -> int:
    words = site.words
    if says_who_holds(site, [printer.address]):
        return Level.FAULT
    slip = _example(site, layout, name, printer, on_paper=True)
    done = threading.Event()
    results: list[PrintResult] = []

    def told(result: PrintResult) -> None:
        results.append(result)
        done.set()

    # The kiosk's own journal is the kiosk's: this slip is none of its tickets.
    with tempfile.TemporaryDirectory() as folder:
        opened = open_printer(printer, Path(folder), site.mono_s, site.wall_ms, lambda _result: None)
        assert opened is not None
        with closing(opened[0]) as driver:
            driver.print_slip("test", slip, told)
            done.wait(LONGEST_S)
    result = results[0]
    proofs = {
        Proof.PROCESS_ID: words("installer", "máy in xác nhận đúng phiếu này (GS ( H)"),
        Proof.FENCE: words("installer", "máy in xác nhận đã in xong (GS r)"),
        Proof.NONE: words("installer", "máy in không xác nhận được: hãy nhìn xem phiếu đã ra chưa"),
    }
    if result.state is PrintState.PRINTED:
        site.say(words("installer", "Đã in phiếu thử: {proof}.", proof=proofs[result.proof]))
        if (dots := assumed_dots(printer)) is not None:
            site.say(
                words("installer", "Chưa biết đầu in rộng bao nhiêu điểm; phiếu này rộng {n} điểm.", n=dots)
                + " "
                + words(
                    "installer", "Hãy xem mép phải: nếu bị cắt, ghi model của máy in hoặc chạy luot-hardware probe."
                )
            )
        return Level.FINE if result.proof is not Proof.NONE else Level.WARNING
    say = phrases.CODES.get(result.code or "")
    said = say(words) if say is not None else words("device", "Chưa rõ tình trạng")
    states = {
        PrintState.HELD: words("installer", "Máy in đang giữ phiếu và sẽ in khi hết sự cố"),
        PrintState.FAILED: words("installer", "Không in được phiếu"),
    }
    unknown = words("installer", "Chưa rõ phiếu đã in ra chưa")
    site.say(f"{states.get(result.state, unknown)}: {said}.")
    if (todo := phrases.TODO.get(result.code or "")) is not None:
        site.say(f"→ {todo(words)}")
    return Level.FAULT
