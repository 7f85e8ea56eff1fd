"""Signs that speak CD5220: two lines of twenty ASCII characters over RS-232 or USB. Such a sign never answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hardware.lines.talking import Frame
from hardware.signs.fitting import Fit
from hardware.signs.showing import Look, Shown

# The commands in use, as in the maker's table; the simulated sign has its own copy.
CLEAR = b"\x0c"
INITIALISE = b"\x1b@"
UPPER = b"\x1bQA"
LOWER = b"\x1bQB"
END = b"\r"
WIDTH = 20
# A cable pulled in the middle of a string leaves a sign with power waiting for its end, and after a string it obeys
# nothing but strings until it is cleared: initialising alone would be one more piece of text.
BEGIN = END + CLEAR + INITIALISE

FIXED: Mapping[Look, str] = {Look.DASHES: "----", Look.DARK: ""}


def frame(upper: str, lower: str) -> bytes:
    """Both lines as bytes, filled with blanks to their full width: some makes do not clear the rest of a line,
    and a digit left over from the number before would be a number nobody issued."""
    return UPPER + upper.ljust(WIDTH).encode("ascii") + END + LOWER + lower.ljust(WIDTH).encode("ascii") + END


@dataclass(frozen=True, slots=True)
class Cd5220:
    """The make. A price display of the same family has seven segments and shows digits only."""

    segments: bool = False
    blinks: bool = False
    refuses: bool = True
    answers: bool = False

    @property
    def fit(self) -> Fit:
        return Fit(WIDTH, segments=self.segments)

    def begin(self) -> Iterable[Frame]:
        return (Frame(BEGIN),)

    def frames(self, what: Shown, *, again: bool = False) -> Iterable[Frame]:
        return (Frame(frame(*lines(what))),)


def lines(what: Shown) -> tuple[str, str]:
    """What the two lines say; what the sign cannot show whole, it does not show."""
    upper = _showable(what.text) if what.look is Look.REFUSED else FIXED.get(what.look, what.text)
    return upper, _showable(what.below)


def _showable(text: str) -> str:
    return Fit(WIDTH).text(text) or ""
