"""From the printer's settings and its profile to its driver: which link, which form of slip, which patience."""

import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config import devices
from config.load import ConfigError, checked
from config.profiles import CodePage as CodePageSettings
from config.profiles import PrinterProfile, load_profile
from config.slips import load_layout
from config.words import LANGUAGES, words
from hardware.ports import PrintResult
from hardware.printers.journal import PrintJournal
from hardware.slip import Slip
from hardware.slip_layout import Facts, compose

if TYPE_CHECKING:
    from hardware.printers.drawing.forms import Form
    from hardware.printers.drawing.paper import Paper
    from hardware.printers.encode import Encoder
    from hardware.printers.escpos import EscposPrinter
    from hardware.printers.models import Model
    from hardware.printers.profile import CodePage, Profile

log = logging.getLogger(__name__)

BITS_PER_BYTE = 10
LOOK_BYTES, LONGEST_LOOK_S = 1000, 1.0


def bytes_per_s(printer: devices.Printer) -> float | None:
    """What the printer's link carries; None where it is no bottleneck."""
    return printer.baud / BITS_PER_BYTE if printer.kind == "serial" else None


def wants_compact(printer: devices.Printer) -> bool:
    """Whether slips for it should be composed without their less needed lines: each costs their owner a second.
    Raises ``ConfigError``."""
    rate = bytes_per_s(printer)
    if rate is None:
        return False
    from hardware.printers.drawing import forms
    from hardware.printers.profile import SLOW_BYTES_PER_S

    return rate < SLOW_BYTES_PER_S and _form(printer, profile_of(printer))[1] is not forms.Form.NATIVE


def open_printer(
    printer: devices.Printer,
    state: Path,
    mono_s: Callable[[], float],
    wall_ms: Callable[[], int],
    settled: Callable[[PrintResult], None],
) -> "tuple[EscposPrinter, PrintJournal] | None":
    """The printer and its journal in the folder ``state``, or None where there is none.

    ``settled`` hears of slips that proved themselves after their result was given; it runs in the printer's
    thread. Raises ``ConfigError`` when the address or the profile cannot be used.
    """
    if printer.kind == "none":
        return None
    # Only a machine that prints loads the drawing of slips.
    from hardware.printers import encode, escpos
    from hardware.printers.conversation import QUESTIONS
    from hardware.printers.drawing import forms
    from hardware.printers.profile import Limits
    from hardware.printers.transports.connect import connector

    try:
        connect = connector(printer.kind, printer.address, printer.baud, mono_s, flow=printer.flow)
    except ValueError as error:
        raise ConfigError([f"[kiosk.printer]: address = {printer.address!r}: {error}"]) from error
    profile = profile_of(printer)
    paper, encoder = form_of(printer, profile)
    if (dots := assumed_dots(printer)) is not None:
        log.info(
            "nobody has said how wide the printer's head is: slips are %d dots wide, and a narrower head cuts them "
            "off; name its model, or run luot-hardware probe",
            dots,
        )
    whole = _form(printer, profile)[1] is forms.Form.RASTER
    journal = PrintJournal(state / "printer.jsonl", wall_ms)
    rate = bytes_per_s(printer)
    byte_s = 1 / rate if rate else 0.0
    usual = Limits()
    late_s = profile.answer_s - usual.status_s
    limits = Limits(
        byte_s=byte_s,
        status_s=profile.answer_s,
        fence_s=usual.fence_s + late_s,
        # In a round each question is answered so much later.
        silent_s=usual.silent_s + len(QUESTIONS) * late_s,
        stale_s=usual.stale_s + len(QUESTIONS) * late_s,
        # Network and USB links break when the printer loses its power; a serial line only falls silent.
        doubt_s=usual.doubt_s if printer.kind == "serial" else math.inf,
        # A look is 16 bytes on the line: at 9600 baud, four times a second, it would take each fifteenth of the time.
        look_s=min(LONGEST_LOOK_S, max(usual.look_s, LOOK_BYTES * byte_s)),
        fragment_rows=encode.LONGEST_FRAGMENT if whole else encode.SHORT_FRAGMENT,
    )
    opened = escpos.EscposPrinter(
        connect,
        paper,
        journal,
        mono_s,
        encoder=encoder,
        profile=profile,
        limits=limits,
        settled=settled,
        like=_usual(printer),
    )
    return opened, journal


def _usual(printer: devices.Printer) -> tuple[Slip, ...]:
    """A ticket as its layout has it, in each language, about nothing yet. Raises ``ConfigError``."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    occasions = frozenset({"compact"} if wants_compact(printer) else ())
    facts = Facts("", "", then, number="A001", link="A001", phone_page=True, day=then.date(), occasions=occasions)
    layout = load_layout(printer.layout)
    return tuple(compose("ticket", layout, facts, words(language)) for language in LANGUAGES)


def form_of(printer: devices.Printer, profile: "Profile") -> "tuple[Paper, Encoder]":
    """The paper and the form of its slips: the one asked for, or what suits the link. Raises ``ConfigError``."""
    from hardware.printers.drawing import forms

    paper, form = _form(printer, profile)
    if printer.slip == "native" and form is not forms.Form.NATIVE:
        log.warning("slips are printed as %s, not as native text: nobody has confirmed the printer's code page", form)
    return paper, forms.encoder(form, paper, profile)


def form_name(printer: devices.Printer) -> str:
    """In which form its slips leave, a word of ``drawing.forms.Form``. Raises ``ConfigError``."""
    return _form(printer, profile_of(printer))[1]


def _form(printer: devices.Printer, profile: "Profile") -> "tuple[Paper, Form]":
    from hardware.printers.drawing import forms, paper

    try:
        found = paper.paper(printer.paper_mm, profile.dots)
    except ValueError as error:
        raise ConfigError([f"{printer.profile}: dots = {profile.dots}: {error}"]) from error
    return found, forms.choose(printer.slip, profile, found, bytes_per_s(printer))


def assumed_dots(printer: devices.Printer) -> int | None:
    """Return how wide slips for it are, in dots, where nobody has said how wide its head is; None where it is known.

    A printer drops what is wider than its head, and proves the slip all the same. Raises ``ConfigError``.
    """
    known = known_of(printer)
    return None if known.dots is not None else _form(printer, as_profile(known))[0].dots


def profile_of(printer: devices.Printer) -> "Profile":
    """What is known about the printer. Raises ``ConfigError``."""
    known = known_of(printer)
    if printer.kind == "file":
        known = known.model_copy(update={"answers": False})
    return as_profile(known)


def known_of(printer: devices.Printer) -> PrinterProfile:
    """Return what its file says, else its model, else what all printers can do. Raises ``ConfigError``."""
    probed = load_profile(printer.profile) if printer.profile is not None else PrinterProfile()
    if printer.model is None:
        return probed
    model = model_of(printer.model)
    if model.mm not in (None, printer.paper_mm) and probed.dots is None:
        said = f"it prints on {model.mm} mm paper; set paper_mm = {model.mm}"
        raise ConfigError([f"[kiosk.printer]: model = {printer.model!r}: {said}"])
    known: dict[str, object] = {"dots": model.dots, "dpi": model.dpi, "cuts": model.cuts, "native_qr": model.native_qr}
    if model.pages:
        known["code_page"] = _page_of(model.pages[0])
    known |= {name: getattr(probed, name) for name in probed.model_fields_set}
    stated = {name: value for name, value in known.items() if value is not None}
    return checked(PrinterProfile, stated, printer.profile or f"model = {printer.model!r}")


def model_of(name: str) -> "Model":
    """Return the printer of that name. Raises ``ConfigError`` with similar names, or why it cannot print slips."""
    from hardware.printers import models

    model = models.find(name)
    where = f"[kiosk.printer]: model = {name!r}"
    if model is None:
        close = " or ".join(repr(one) for one in models.near(name))
        hint = f"did you mean {close}?" if close else "`luot-hardware models` lists them; without model it may work too"
        raise ConfigError([f"{where}: unknown printer; {hint}"])
    if model.unfit is not None:
        raise ConfigError([f"{where}: {models.WHY_UNFIT[model.unfit]}"])
    return model


def _page_of(page: "CodePage") -> CodePageSettings:
    capitals = page.capitals if page.encoding == "tcvn3" else None
    return CodePageSettings(encoding=page.encoding.value, page=page.page, capitals=capitals)


def as_profile(known: PrinterProfile) -> "Profile":
    """The driver's own, of the file's."""
    from hardware.printers.profile import FASTEST_MM_S, CodePage, Encoding, Profile

    page = known.code_page
    letters = None
    if page is not None:
        capitals = page.page if page.capitals is None else page.capitals
        letters = CodePage(Encoding(page.encoding), page.page, capitals, page.confirmed)
    of_people = {"maker", "model", "serial", "probed", "code_page", "speed_mm_s"}
    # A faster one was measured by answers that were not true.
    speed_mm_s = min(known.speed_mm_s, FASTEST_MM_S)
    return Profile(**known.model_dump(exclude=of_people), code_page=letters, speed_mm_s=speed_mm_s)
