"""Abilities of the printer, from its probed profile, its model, or the defaults.

Two classes hold them: ``PrinterProfile``, as the settings and the file of a probe write them, and the driver's
``Profile``.
"""

from typing import TYPE_CHECKING

from config import devices
from config.load import ConfigError, validate
from config.profiles import CodePage, PrinterProfile, load_profile

if TYPE_CHECKING:
    from hardware.printers.models import PrinterModel
    from hardware.printers.profile import Profile, VietnameseCodePage


def profile_of(printer: devices.PrinterSettings) -> "Profile":
    """Return the printer's abilities for the driver. Raises ``ConfigError``."""
    profile = settings_profile_of(printer)
    if printer.kind == "file":  # a file never replies
        profile = profile.model_copy(update={"answers": False})
    return driver_profile(profile)


def settings_profile_of(printer: devices.PrinterSettings) -> PrinterProfile:
    """Return the printer's profile: from its file, else its model, else the defaults. Raises ``ConfigError``."""
    probed = load_profile(printer.profile) if printer.profile is not None else PrinterProfile()
    if printer.model is None:
        return probed
    model = model_of(printer.model)
    if model.paper_mm not in (None, printer.paper_mm) and probed.dots is None:
        problem = f"it prints on {model.paper_mm} mm paper; set paper_mm = {model.paper_mm}"
        raise ConfigError([f"[kiosk.printer]: model = {printer.model!r}: {problem}"])
    values: dict[str, object] = {"dots": model.dots, "dpi": model.dpi, "cuts": model.cuts, "native_qr": model.native_qr}
    if model.pages:
        values["code_page"] = _code_page_setting(model.pages[0])
    values |= {name: getattr(probed, name) for name in probed.model_fields_set}
    known_values = {name: value for name, value in values.items() if value is not None}
    return validate(PrinterProfile, known_values, printer.profile or f"model = {printer.model!r}")


def model_of(name: str) -> "PrinterModel":
    """Return the printer of that name. Raises ``ConfigError`` with similar names, or why it cannot print slips."""
    from hardware.printers import models

    model = models.find(name)
    where = f"[kiosk.printer]: model = {name!r}"
    if model is None:
        close = " or ".join(repr(near) for near in models.similar_names(name))
        hint = f"did you mean {close}?" if close else "`luot-hardware models` lists them; without model it may work too"
        raise ConfigError([f"{where}: unknown printer; {hint}"])
    if model.unfit is not None:
        raise ConfigError([f"{where}: {models.UNFIT_REASONS[model.unfit]}"])
    return model


def _code_page_setting(page: "VietnameseCodePage") -> CodePage:
    """Return a code page as the settings write it.

    Only TCVN3 has capitals on a page of their own.
    """
    capitals = page.capitals if page.encoding == "tcvn3" else None
    return CodePage(encoding=page.encoding.value, page=page.page, capitals=capitals)


def driver_profile(settings_profile: PrinterProfile) -> "Profile":
    """Return the driver's profile of the settings' profile."""
    from hardware.printers.profile import MAX_SPEED_MM_S, Encoding, Profile, VietnameseCodePage

    page = settings_profile.code_page
    code_page = None
    if page is not None:
        capitals = page.page if page.capitals is None else page.capitals
        code_page = VietnameseCodePage(Encoding(page.encoding), page.page, capitals, page.confirmed)
    not_for_driver = {"maker", "model", "serial", "probed", "code_page", "speed_mm_s"}
    # A faster speed was measured by replies that came too early.
    speed_mm_s = min(settings_profile.speed_mm_s, MAX_SPEED_MM_S)
    return Profile(**settings_profile.model_dump(exclude=not_for_driver), code_page=code_page, speed_mm_s=speed_mm_s)
