"""Encoders of slips, one for each form, and the choice of a form."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial

from hardware.printers import encode
from hardware.printers.drawing.hybrid import compose_hybrid
from hardware.printers.drawing.native import compose_native
from hardware.printers.drawing.paper import PaperFormat, SlipError
from hardware.printers.drawing.raster import raster_commands, slip_image
from hardware.printers.drawing.strip import Strip
from hardware.printers.encode import EncodedSlip, Encoder
from hardware.printers.profile import SLOW_BYTES_PER_S, Profile
from hardware.slips.slip import Slip

MAX_RASTER_S = 1.5
"""Longest transmission of a slip as dots: if it took longer, the visitor would wait for the line, not the printer."""
USUAL_ROWS = 900
"""The height of a usual slip, in rows of dots."""


class SlipForm(StrEnum):
    """The form in which a slip is sent.

    RASTER: all as dots, alike on every make. HYBRID: Vietnamese as dots, large elements as the printer's own; FINE: the
    same, with a smooth number. NATIVE: text in the printer's own letters too.
    """

    RASTER = "raster"
    FINE = "fine"
    HYBRID = "hybrid"
    NATIVE = "native"


def choose_form(requested: str, profile: Profile, paper: PaperFormat, bytes_per_s: float | None) -> SlipForm:
    """Return the form of a printer's slips.

    ``requested``: the setting ``slip``, a value of ``SlipForm`` or ``auto``, the form that suits the link.
    ``bytes_per_s``: the speed of the link; None: it is no bottleneck. Hybrid slips are ``FINE`` unless the link is
    slow. Native text needs a code page that a person confirmed: without one such a slip is hybrid.
    """
    has_code_page = profile.code_page is not None and profile.code_page.confirmed
    if requested == SlipForm.NATIVE:
        return SlipForm.NATIVE if has_code_page else SlipForm.HYBRID
    slow = bytes_per_s is not None and bytes_per_s < SLOW_BYTES_PER_S
    if requested == SlipForm.HYBRID:
        return SlipForm.HYBRID if slow else SlipForm.FINE
    if requested != "auto":
        return SlipForm(requested)
    if bytes_per_s is None or paper.dots // 8 * USUAL_ROWS / bytes_per_s <= MAX_RASTER_S:
        return SlipForm.RASTER
    if not slow:
        return SlipForm.FINE
    return SlipForm.NATIVE if has_code_page else SlipForm.HYBRID


def make_encoder(form: SlipForm, paper: PaperFormat, profile: Profile) -> Encoder:
    """Return the encoder of slips in that form, for that printer."""
    compose_slip = _COMPOSERS[form]

    def encode_slip(slip: Slip) -> EncodedSlip:
        try:
            return checked_for_real_time(compose_slip(slip, paper, profile))
        except OSError as error:  # loading python-escpos with the first slip needs a temporary file
            raise SlipError(f"a slip cannot be composed: {error}") from error

    return encode_slip


def raster_encoder(paper: PaperFormat, profile: Profile) -> Encoder:
    """Return the encoder of slips as dots, which every make prints alike."""
    return make_encoder(SlipForm.RASTER, paper, profile)


def checked_for_real_time(encoded_slip: EncodedSlip) -> EncodedSlip:
    """Return the slip if it holds no real-time command; else raise ``SlipError``.

    This is the last check before sending. Every composer avoids such bytes already, also across two commands. If one
    fails, printing no slip is better than opening a drawer or dropping the buffer.
    """
    for command in encode.REAL_TIME:
        if command in encoded_slip.data:
            raise SlipError(f"the slip's bytes hold the real-time command {command.hex(' ')}")
    return encoded_slip


def _compose_raster(slip: Slip, paper: PaperFormat, profile: Profile) -> EncodedSlip:
    image = slip_image(slip, paper)
    return _encoded_slip(raster_commands(image, dpi=profile.dpi, ending=_ending(profile)), image.height, profile)


def _strip_composer(
    compose: Callable[[Slip, PaperFormat, Profile], Strip],
) -> Callable[[Slip, PaperFormat, Profile], EncodedSlip]:
    def compose_slip(slip: Slip, paper: PaperFormat, profile: Profile) -> EncodedSlip:
        strip = compose(slip, paper, profile)
        return _encoded_slip(strip.data() + _ending(profile), strip.rows, profile)

    return compose_slip


def _ending(profile: Profile) -> bytes:
    """Return the commands after the last row: a cut, or a feed for tearing."""
    if profile.cuts:
        return encode.cut(back=profile.pulls_back)
    # Without a cutter, feed the slip's end to the tear-off edge.
    return encode.feed(round(profile.head_to_cutter_mm * profile.dots_per_mm) + encode.ROWS_AFTER_LAST)


def _encoded_slip(data: bytes, rows: int, profile: Profile) -> EncodedSlip:
    spent_mm = 0.0 if profile.cuts and profile.pulls_back else profile.head_to_cutter_mm
    return EncodedSlip(data, (rows + encode.ROWS_AFTER_LAST) / profile.dots_per_mm + spent_mm)


_COMPOSERS: Mapping[SlipForm, Callable[[Slip, PaperFormat, Profile], EncodedSlip]] = {
    SlipForm.RASTER: _compose_raster,
    SlipForm.FINE: _strip_composer(partial(compose_hybrid, fine=True)),
    SlipForm.HYBRID: _strip_composer(compose_hybrid),
    SlipForm.NATIVE: _strip_composer(compose_native),
}
