"""The forms in which a slip can leave, and which of them suits a printer's link."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial

from hardware.printers import encode
from hardware.printers.drawing.hybrid import hybrid
from hardware.printers.drawing.native import native
from hardware.printers.drawing.paper import Paper, SlipError
from hardware.printers.drawing.raster import as_commands, picture
from hardware.printers.drawing.strip import Strip
from hardware.printers.encode import Encoder, Sheet
from hardware.printers.profile import SLOW_BYTES_PER_S, Profile
from hardware.slip import Slip

LONGEST_RASTER_S = 1.5
"""A picture that is on the line for longer than this keeps its owner waiting, not the printer."""
USUAL_ROWS = 900


class Form(StrEnum):
    """How a slip leaves. RASTER: all as dots, alike on every make. HYBRID: Vietnamese as dots, what is large as the
    printer's own; FINE: the same, with a smooth number. NATIVE: text in the printer's own letters too."""

    RASTER = "raster"
    FINE = "fine"
    HYBRID = "hybrid"
    NATIVE = "native"


def choose(asked: str, profile: Profile, paper: Paper, bytes_per_s: float | None) -> Form:
    """The form that was ``asked`` for, or for ``auto`` the one that suits the link (None: as fast as can be).

    Native text wants a code page that a person confirmed: without one such a slip is hybrid.
    """
    readable = profile.code_page is not None and profile.code_page.confirmed
    if asked == Form.NATIVE:
        return Form.NATIVE if readable else Form.HYBRID
    slow = bytes_per_s is not None and bytes_per_s < SLOW_BYTES_PER_S
    if asked == Form.HYBRID:
        return Form.HYBRID if slow else Form.FINE
    if asked != "auto":
        return Form(asked)
    if bytes_per_s is None or paper.dots // 8 * USUAL_ROWS / bytes_per_s <= LONGEST_RASTER_S:
        return Form.RASTER
    if not slow:
        return Form.FINE
    return Form.NATIVE if readable else Form.HYBRID


def encoder(form: Form, paper: Paper, profile: Profile) -> Encoder:
    """Slips in that form, for that printer."""
    written = _WRITTEN[form]

    def encoded(slip: Slip) -> Sheet:
        try:
            return safe(written(slip, paper, profile))
        except OSError as error:  # python-escpos is loaded with the first slip, which needs a file for a moment
            raise SlipError(f"a slip cannot be composed: {error}") from error

    return encoded


def raster(paper: Paper, profile: Profile) -> Encoder:
    """All as dots: what every make prints alike."""
    return encoder(Form.RASTER, paper, profile)


def safe(sheet: Sheet) -> Sheet:
    """The last look at what leaves: nowhere in it, not even across two commands, may stand what a printer would obey at
    once. Whoever writes commands sees to that; should it ever fail, no slip is better than a drawer that opens or a
    buffer that is dropped. Raises ``SlipError``."""
    for command in encode.REAL_TIME:
        if command in sheet.data:
            raise SlipError(f"the slip's bytes hold the real-time command {command.hex(' ')}")
    return sheet


def _as_raster(slip: Slip, paper: Paper, profile: Profile) -> Sheet:
    image = picture(slip, paper)
    return _sheet(as_commands(image, dpi=profile.dpi, ending=_ending(profile)), image.height, profile)


def _on_strip(of: Callable[[Slip, Paper, Profile], Strip]) -> Callable[[Slip, Paper, Profile], Sheet]:
    def written(slip: Slip, paper: Paper, profile: Profile) -> Sheet:
        strip = of(slip, paper, profile)
        return _sheet(strip.data() + _ending(profile), strip.rows, profile)

    return written


def _ending(profile: Profile) -> bytes:
    """What comes after the last row."""
    if profile.cuts:
        return encode.cut(back=profile.pulls_back)
    # Nothing but a feed brings the slip's end to where it is torn.
    return encode.feed(round(profile.head_to_cutter_mm * profile.dots_per_mm) + encode.AFTER_LAST_ROW)


def _sheet(data: bytes, rows: int, profile: Profile) -> Sheet:
    spent_mm = 0.0 if profile.cuts and profile.pulls_back else profile.head_to_cutter_mm
    return Sheet(data, (rows + encode.AFTER_LAST_ROW) / profile.dots_per_mm + spent_mm)


_WRITTEN: Mapping[Form, Callable[[Slip, Paper, Profile], Sheet]] = {
    Form.RASTER: _as_raster,
    Form.FINE: _on_strip(partial(hybrid, fine=True)),
    Form.HYBRID: _on_strip(hybrid),
    Form.NATIVE: _on_strip(native),
}
