"""What differs between makes of printer, and how long each is waited for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

DOTS_PER_MM: Mapping[int, float] = {203: 8.0, 180: 180 / 25.4}
"""By what makers call the head's resolution; what they call 203 dpi is 8 dots to the millimetre."""


FASTEST_MM_S = 600.0
"""No slip printer moves paper faster; the fastest ones print 500 mm/s by their makers' own figures."""


class Encoding(StrEnum):
    """How a code page holds Vietnamese. TCVN3: one byte a letter, small letters on one page, capitals on another.
    CP1258: a letter and its tone are two bytes, which only some printers put over one another."""

    TCVN3 = "tcvn3"
    CP1258 = "cp1258"


@dataclass(frozen=True, slots=True)
class CodePage:
    """Where a printer keeps its Vietnamese letters: the n of ESC t. ``confirmed``: a person read them on a test slip;
    numbers differ by make, and a wrong one prints garbage that no status tells of."""

    encoding: Encoding
    page: int
    capitals: int
    confirmed: bool = False

    def __str__(self) -> str:
        both = f"{self.page}/{self.capitals}" if self.capitals != self.page else str(self.page)
        return f"{self.encoding} {both}"


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between makes; the defaults are what all can do.

    It ``answers`` DLE EOT within ``answer_s``; ``fence``: GS r in its turn. ``speed_mm_s`` is the slowest to be
    expected. ``dots`` under the head: None is the usual for the paper's width. ``head_to_cutter_mm``: without a
    cutter to where slips are torn. ``pulls_back``: after a cut it draws the paper back to the head (GS V 104),
    which saves those millimetres on each slip. ``native_qr``: it draws QR codes (GS ( k). ``largest``: how many
    times as large as usual it can print letters, 1 to 8. ``buffer_bytes``: what it takes in while it stands still;
    so many bytes of dots may still be unprinted when it answers a fence.
    """

    answers: bool = True
    fence: bool = True
    automatic_status: bool = True
    process_id: bool = False
    answer_s: float = 0.3
    native_qr: bool = False
    largest: int = 8
    code_page: CodePage | None = None
    cuts: bool = True
    pulls_back: bool = False
    dots: int | None = None
    dpi: int = 203
    speed_mm_s: float = 60.0
    head_to_cutter_mm: float = 15.0
    buffer_bytes: int = 4096
    roll_mm: float = 80_000.0
    low_slips: int = 50

    @property
    def proves(self) -> bool:
        """Whether it says in any way that a slip is out."""
        return self.answers and (self.fence or self.process_id)

    @property
    def dots_per_mm(self) -> float:
        return DOTS_PER_MM[self.dpi]

    def least_s(self, mm: float, head_bytes: int) -> float:
        """Return the time in s that no printer needs less than for ``mm`` of paper, but for what its buffer holds.

        ``head_bytes`` is the width of its head. A printer that is said to be faster exists in simulations only: 0.
        """
        if self.speed_mm_s > FASTEST_MM_S:
            return 0.0
        return max(0.0, mm - self.buffer_bytes / head_bytes / self.dots_per_mm) / FASTEST_MM_S


SLOW_BYTES_PER_S = 6_000
"""57,600 baud and slower: a slip with fewer lines is with its owner seconds earlier."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs, in seconds. ``fence_s`` starts when the last byte has left, and the slip's own print time
    is added to it. ``byte_s`` is what a byte takes on a slow link, added to ``write_s`` for each. A printer that
    was silent for ``doubt_s`` may have been switched off and on; a link in which the driver hangs for ``hung_s`` is
    said to be silent. ``fragment_rows``: the highest picture that a broken link may have left half-sent.
    ``stands_s``: in the middle of a picture a printer on a serial line cannot be asked; one that stands still there
    for longer may have been switched off and on and never say that it goes on, so that slip's rest is given up."""

    fence_s: float = 5.0
    status_s: float = 0.3
    write_s: float = 10.0
    poll_s: float = 1.0
    look_s: float = 0.25
    silent_s: float = 10.0
    doubt_s: float = 1.0
    stands_s: float = 60.0
    byte_s: float = 0.0
    fragment_rows: int = 255
    hung_s: float = 120.0
    stale_s: float = 3.0
    retry_first_s: float = 0.5
    retry_longest_s: float = 5.0

    @property
    def swallowed_s(self) -> float:
        """A fence of the beginning that is not answered for so long is swallowed by something half-sent."""
        return self.status_s + self.fence_s / 5

    @property
    def outlives_power(self) -> bool:
        """Whether the link stays up when the printer loses its power, as a serial line does: only there is silence a
        reason to doubt."""
        return not math.isinf(self.doubt_s)
