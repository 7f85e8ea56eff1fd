"""Abilities of one printer make, and the time-outs of its driver."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

DOTS_PER_MM: Mapping[int, float] = {203: 8.0, 180: 180 / 25.4}
"""Dots a millimetre by the resolution that makers state; their 203 dpi is 8 dots a millimetre."""

MAX_SPEED_MM_S = 600.0
"""No slip printer moves paper faster: makers state at most 500 mm/s."""


class Encoding(StrEnum):
    """How a code page encodes Vietnamese.

    TCVN3: one byte a letter, small letters on one page, capitals on another. CP1258: a letter and its tone are two
    bytes, which only some printers put over one another.
    """

    TCVN3 = "tcvn3"
    CP1258 = "cp1258"


@dataclass(frozen=True, slots=True)
class VietnameseCodePage:
    """Page numbers (n of ESC t) of a printer's Vietnamese letters.

    ``page``: of the small letters, ``capitals``: of the capitals; CP1258 has both on one page. ``confirmed``: a person
    read them on a test slip. Numbers differ by make, and a wrong one prints garbage that no status reports.
    """

    encoding: Encoding
    page: int
    capitals: int
    confirmed: bool = False

    def __str__(self) -> str:
        both = f"{self.page}/{self.capitals}" if self.capitals != self.page else str(self.page)
        return f"{self.encoding} {both}"


@dataclass(frozen=True, slots=True)
class Profile:
    """Abilities of one make; the defaults are common to all.

    ``answers``: it replies to DLE EOT, within ``answer_s`` seconds; ``fence``: it replies to GS r, when all before is
    printed; ``automatic_status``: it reports changes by itself (GS a); ``process_id``: it returns ids (GS ( H).
    ``native_qr``: it draws QR codes (GS ( k). ``largest``: how many times as large as usual it can print letters, 1 to
    8. ``code_page`` None: it prints no Vietnamese letters of its own. ``cuts``: it has a cutter; ``pulls_back``: after
    a cut it draws the paper back to the head (GS V 104), which saves ``head_to_cutter_mm`` on each slip (without a
    cutter: the way to where slips are torn off). ``dots``: the width of the head; None is the usual one for the paper's
    width. ``dpi``: a key of ``DOTS_PER_MM``. ``speed_mm_s``: the slowest to be expected. ``buffer_bytes``: the size of
    its receive buffer; this many bytes of dots may still be unprinted when it answers a fence. ``roll_mm``: the length
    of a new roll. ``low_slips``: with fewer slips left on the roll, staff are warned.
    """

    answers: bool = True
    fence: bool = True
    automatic_status: bool = True
    process_id: bool = False
    answer_s: float = 0.3
    native_qr: bool = False
    largest: int = 8
    code_page: VietnameseCodePage | None = None
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
    def can_prove(self) -> bool:
        """Return whether the printer reports in any way that a slip is out."""
        return self.answers and (self.fence or self.process_id)

    @property
    def dots_per_mm(self) -> float:
        return DOTS_PER_MM[self.dpi]

    def min_print_s(self, length_mm: float, head_bytes: int) -> float:
        """Return the least time in s that ``length_mm`` of paper need.

        Rows that the buffer may still hold are not counted; ``head_bytes`` is the width of the head. Return 0 for a
        printer faster than any real one, as only simulations are.
        """
        if self.speed_mm_s > MAX_SPEED_MM_S:
            return 0.0
        return max(0.0, length_mm - self.buffer_bytes / head_bytes / self.dots_per_mm) / MAX_SPEED_MM_S


SLOW_BYTES_PER_S = 6_000
"""Links below this are slow: 57,600 baud and less. There a slip with fewer lines comes out seconds earlier."""


@dataclass(frozen=True, slots=True)
class PrinterLimits:
    """Time-outs, in seconds.

    ``fence_s``: wait for the reply to a fence, from when the last byte was sent; the slip's own print time is added.
    ``status_s``: wait for one status reply. ``write_s``: for one write; ``byte_s``, the time of a byte on a slow link,
    is added for each byte. ``poll_s``: between polls of an idle printer; ``status_interval_s``: between status rounds
    while a slip is sent or printed. ``first_retry_s``, ``max_retry_s``: pauses before the link is reopened. A printer
    that was silent for ``power_doubt_s`` may have been switched off and on (infinite: the link breaks when it loses its
    power); after ``silent_s`` the link is closed. ``stalled_s``: on a serial line no question is possible in the middle
    of a picture; a printer that is stopped there for longer may have been switched off and on without a report, so the
    rest of that slip is dropped. ``fragment_rows``: the highest picture that a broken link may have left half-sent.
    ``hung_s``: a driver that hangs in the link for longer reports its printer silent; ``stale_s``: an older health is
    reported unknown.
    """

    fence_s: float = 5.0
    status_s: float = 0.3
    write_s: float = 10.0
    poll_s: float = 1.0
    status_interval_s: float = 0.25
    silent_s: float = 10.0
    power_doubt_s: float = 1.0
    stalled_s: float = 60.0
    byte_s: float = 0.0
    fragment_rows: int = 255
    hung_s: float = 120.0
    stale_s: float = 3.0
    first_retry_s: float = 0.5
    max_retry_s: float = 5.0

    def write_timeout_s(self, count: int) -> float:
        """Return how long ``count`` bytes may take on this link."""
        return self.write_s + count * self.byte_s

    @property
    def sync_timeout_s(self) -> float:
        """Return the time after which a half-sent command must have swallowed the synchronisation."""
        return self.status_s + self.fence_s / 5

    @property
    def survives_power_loss(self) -> bool:
        """Return whether the link stays up when the printer loses its power.

        A serial line does. Only there a silent printer puts a sent slip in doubt.
        """
        return not math.isinf(self.power_doubt_s)
