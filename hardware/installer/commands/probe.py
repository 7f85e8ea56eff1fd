"""``luot-hardware probe``: find out a printer's abilities, report them, and write its profile."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from config.devices import PrinterSettings
from config.profiles import PrinterProfile, write_profile
from hardware.installer import phrases
from hardware.installer.context import EX_USAGE, InstallerContext, printer_of
from hardware.installer.devices import report_holders
from hardware.installer.findings import Level
from hardware.installer.paper_inspection import InstallerPrompt, PaperInspection, inspect_paper
from hardware.installer.print_speed import measure_print_speed
from hardware.installer.printer_probe import (
    BAUDS,
    ProbeConnection,
    ProbeResult,
    ReplyTimeouts,
    find_baud,
    probe_abilities,
    probe_status,
)
from hardware.installer.probe_report import (
    PROFILE_FILE,
    ability_lines,
    make_profile,
    model_hint,
    report_no_printer,
    status_lines,
)
from hardware.printers import models
from hardware.printers.answers import status
from hardware.printers.models import PrinterModel
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import CannotConnect, Connect, LinkError, Transport

BITS_PER_BYTE = 10


def run(
    context: InstallerContext,
    *,
    address: str | None,
    baud: int | None,
    paper_mm: int | None,
    out: Path | None,
    prints: bool,
    answers: Mapping[str, str],
    timeouts: ReplyTimeouts = ReplyTimeouts(),  # noqa: B008 (frozen)
) -> int:
    """Probe the printer, show the result, and write its profile.

    ``address``, ``baud``, ``paper_mm``: of the printer; None: as the settings have it, but the baud rate is searched
    for. ``out``: write the profile to this file; None: to the file that the settings name, else beside the settings.
    ``prints``: print the test sheets, and ask about them; ``answers``: prepared answers, by the name of the question.
    Raises ``LinkError`` when the link breaks, ``ValueError`` when the settings' address cannot be one.
    """
    words = context.words
    printer = printer_of(context, address, baud, paper_mm)
    if printer is None or printer.kind == "file":
        context.show(words("installer", "Chưa biết máy in nào: thêm --config, --printer hoặc --out."))
        return EX_USAGE
    try:
        if printer.kind == "serial" and baud is None:
            printer = _with_baud(context, printer, timeouts, in_settings=address is None)
        link = _connector(context, printer)()
    except CannotConnect as error:
        _report_not_opened(context, printer, error)
        return Level.FAULT
    prompt = InstallerPrompt(context, answers)
    with closing(link):
        probed = _probe(context, link, printer, timeouts, prompt if prints else None)
    if probed is None:
        return Level.FAULT
    result, inspection = probed
    model = _model_of(printer, result)
    if (
        printer.model is None
        and model is not None
        and result.copied_model is None
        and inspection.dots in (None, model.dots)
    ):
        context.show("→ " + model_hint(words, model))
    context.show_lines(ability_lines(words, result, inspection, printed=prints))
    return _write(context, make_profile(result, inspection, context.wall_ms()), out)


def _probe(
    context: InstallerContext,
    link: Transport,
    printer: PrinterSettings,
    timeouts: ReplyTimeouts,
    prompt: InstallerPrompt | None,
) -> tuple[ProbeResult, PaperInspection] | None:
    """Return the abilities; None if the printer cannot print now, after showing the reason.

    ``prompt`` None: print nothing.
    """
    reply_s = timeouts.network_s if printer.kind == "network" else timeouts.reply_s
    result, connection = ProbeResult(), ProbeConnection(link, context.mono_s, timeouts, reply_s)
    probe_status(connection, result, context.mono_s, timeouts)
    if not _is_ready(context, result, printer):
        return None
    probe_abilities(connection, result)
    if prompt is None:
        return result, PaperInspection()
    rate = printer.baud / BITS_PER_BYTE if printer.kind == "serial" else None
    measure_print_speed(connection, result, context.mono_s, timeouts, rate)
    print_timeout_s = timeouts.print_s if result.fence else None
    return result, inspect_paper(connection, printer, _model_of(printer, result), prompt, print_timeout_s)


def _is_ready(context: InstallerContext, result: ProbeResult, printer: PrinterSettings) -> bool:
    """Return whether the printer replied and can print now; else show the reason."""
    words = context.words
    if not result.replies:
        report_no_printer(context, printer, result.other_device)
        return False
    context.show_lines(status_lines(words, result))
    stopped = status.stopped_by(result.flags)
    if stopped is not None:
        context.show(phrases.CODES[stopped](words) + ".")
        context.show("→ " + phrases.TODO[stopped](words) + " " + words("installer", "Rồi dò lại."))
    return stopped is None


def _with_baud(
    context: InstallerContext, printer: PrinterSettings, timeouts: ReplyTimeouts, *, in_settings: bool
) -> PrinterSettings:
    """Return the printer with the baud rate at which it replies, if any.

    ``in_settings``: the printer's rate comes from the settings, so it is tried first.
    """
    words = context.words
    context.show(words("installer", "Đang dò tốc độ của cổng {port}…", port=printer.address))
    bauds = (printer.baud, *(baud for baud in BAUDS if baud != printer.baud)) if in_settings else BAUDS
    detected_baud = find_baud(
        lambda baud: _connector(context, printer.model_copy(update={"baud": baud})), context.mono_s, timeouts, bauds
    )
    if detected_baud is None:
        context.show(words("installer", "Máy in không trả lời ở tốc độ nào."))
        return printer
    if in_settings and detected_baud == printer.baud:
        context.show(words("installer", "Máy in trả lời ở {baud} baud, như trong tệp cấu hình.", baud=detected_baud))
    else:
        advice = words(
            "installer", "Máy in trả lời ở {baud} baud: ghi baud = {baud} vào tệp cấu hình.", baud=detected_baud
        )
        context.show(advice)
    return printer.model_copy(update={"baud": detected_baud})


def _connector(context: InstallerContext, printer: PrinterSettings) -> Connect:
    return connector(printer.kind, printer.address, printer.baud, context.mono_s, flow=printer.flow)


def _report_not_opened(context: InstallerContext, printer: PrinterSettings, error: LinkError) -> None:
    context.show(context.words("installer", "{port}: không mở được ({why})", port=printer.address, why=error))
    if not report_holders(context, [printer.address]):
        context.show("→ " + phrases.TODO["off"](context.words))


def _model_of(printer: PrinterSettings, result: ProbeResult) -> PrinterModel | None:
    """Return the model of the settings, else the one that the printer claims to be.

    Its properties are only tried first, because copies claim to be their original.
    """
    name = result.identity.get("model", "") if printer.model is None else printer.model
    model = models.find(name)
    return model if model is not None and model.unfit is None else None


def _write(context: InstallerContext, profile: PrinterProfile, out: Path | None) -> int:
    words, kiosk = context.words, context.settings.kiosk if context.settings is not None else None
    in_settings = kiosk.printer.profile if kiosk is not None else None
    path = out or in_settings or (context.path.parent if context.path is not None else Path()) / PROFILE_FILE
    try:
        write_profile(path, profile)
    except OSError as error:
        context.show(words("installer", "không ghi được vào {folder}", folder=path) + f" ({error.strerror})")
        return Level.FAULT
    context.show(words("installer", "Đã ghi {file}.", file=path))
    if in_settings is None or path.resolve() != in_settings.resolve():
        line = f'profile = "{_path_in_settings(path, context.path)}"'
        context.show("→ " + words("installer", "Ghi vào tệp cấu hình, mục [kiosk.printer]: {line}", line=line))
    return Level.FINE if profile.fence or profile.process_id else Level.WARNING


def _path_in_settings(path: Path, settings: Path | None) -> Path:
    """Return the path as the settings write it: relative to their folder, if inside it."""
    absolute = path.resolve()
    if settings is not None and absolute.is_relative_to(folder := settings.resolve().parent):
        return absolute.relative_to(folder)
    return absolute
