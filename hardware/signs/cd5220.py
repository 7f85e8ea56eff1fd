"""Signs with the CD5220 command set: two lines of twenty ASCII characters.

They are connected by RS-232 or USB and never reply.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hardware.serial_bus.device import Frame
from hardware.signs.fitting import SignCapacity
from hardware.signs.rendering import DisplayMode, SignContent

# Commands from the maker's table; the simulated sign has its own copy.
CLEAR = b"\x0c"
INITIALISE = b"\x1b@"
UPPER = b"\x1bQA"  # begins the string of the upper line
LOWER = b"\x1bQB"
END = b"\r"  # ends such a string
WIDTH = 20  # characters of a line
# A cable pulled in the middle of a string leaves a powered sign waiting for the string's end. After a string the sign
# accepts nothing but strings until it is cleared: INITIALISE alone would be displayed as text.
BEGIN = END + CLEAR + INITIALISE

# The upper line in modes without a number.
MODE_TEXTS: Mapping[DisplayMode, str] = {DisplayMode.DASHES: "----", DisplayMode.DARK: ""}


def encode_lines(upper: str, lower: str) -> bytes:
    """Return the bytes of both lines, padded with blanks to their full width.

    Some makes do not clear the rest of a line; a leftover digit would form another number.
    """
    return UPPER + upper.ljust(WIDTH).encode("ascii") + END + LOWER + lower.ljust(WIDTH).encode("ascii") + END


@dataclass(frozen=True, slots=True)
class Cd5220:
    """Implements ``SignModel`` for CD5220 signs.

    ``segments``: a price display of the same family, with seven segments for digits only. The other three are as in
    ``SignModel``: such a sign does not blink by itself, shows the word of a refusal, and never replies.
    """

    segments: bool = False
    blinks: bool = False
    shows_refusals: bool = True
    replies: bool = False

    @property
    def capacity(self) -> SignCapacity:
        return SignCapacity(WIDTH, segments=self.segments)

    def opening_frames(self) -> Iterable[Frame]:
        return (Frame(BEGIN),)

    def frames(self, content: SignContent, *, is_repeat: bool = False) -> Iterable[Frame]:
        return (Frame(encode_lines(*line_texts(content))),)


def line_texts(content: SignContent) -> tuple[str, str]:
    """Return the text of the upper and of the lower line.

    A number has passed through ``capacity``. A word, or a lower line, that does not fit is left out.
    """
    refused = content.mode is DisplayMode.REFUSED
    upper = _fitting_text(content.text) if refused else MODE_TEXTS.get(content.mode, content.text)
    return upper, _fitting_text(content.below)


def _fitting_text(text: str) -> str:
    return SignCapacity(WIDTH).text(text) or ""
