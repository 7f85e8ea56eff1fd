"""Which bit means what, as rows to be read beside the maker's manual (Epson, DLE EOT and GS a)."""

from collections.abc import Mapping
from enum import StrEnum

from hardware.ports import Health, State
from hardware.printers.answers.responses import Automatic


class Trouble(StrEnum):
    """What a printer can complain of; the values are the code words of :class:`hardware.ports.Health`."""

    CUTTER = "cutter"
    COVER = "cover"
    PAPER_OUT = "paper_out"
    HOT = "hot"
    FAULT = "fault"
    NEAR_END = "paper_near_end"


# Code words of what is no bit: the link is down; it is up and nobody answers; somebody answers who is no printer.
OFF = "off"
SILENT = "silent"
WRONG = "wrong"
# It prints, and what it printed cannot be written down.
JOURNAL = "journal"
# Code word of a slip, not of a printer: it came out in two pieces, because the paper ended in it.
TORN = "torn"

# (which DLE EOT, bit mask) -> what it says
REAL_TIME: Mapping[tuple[int, int], Trouble] = {
    (1, 0x08): Trouble.FAULT,
    (2, 0x04): Trouble.COVER,
    (2, 0x20): Trouble.PAPER_OUT,
    (2, 0x40): Trouble.FAULT,
    (3, 0x08): Trouble.CUTTER,
    (3, 0x20): Trouble.FAULT,
    (3, 0x40): Trouble.HOT,
    (4, 0x0C): Trouble.NEAR_END,
    (4, 0x60): Trouble.PAPER_OUT,
}

# (which byte of the automatic status, bit mask) -> what it says
AUTOMATIC: Mapping[tuple[int, int], Trouble] = {
    (0, 0x08): Trouble.FAULT,
    (0, 0x20): Trouble.COVER,
    (1, 0x08): Trouble.CUTTER,
    (1, 0x20): Trouble.FAULT,
    (1, 0x40): Trouble.HOT,
    (2, 0x03): Trouble.NEAR_END,
    (2, 0x0C): Trouble.PAPER_OUT,
}

# The gravest first: the first that is there names the state.
GRAVITY: Mapping[Trouble, State] = {
    Trouble.COVER: State.FAULT,
    Trouble.PAPER_OUT: State.FAULT,
    Trouble.CUTTER: State.FAULT,
    Trouble.HOT: State.FAULT,
    Trouble.FAULT: State.FAULT,
    Trouble.NEAR_END: State.WARNING,
}


def of_real_time(answers: Mapping[int, int]) -> frozenset[Trouble]:
    """Of the answers to DLE EOT n, by n."""
    return frozenset(what for (n, mask), what in REAL_TIME.items() if answers.get(n, 0) & mask)


def of_automatic(status: Automatic) -> frozenset[Trouble]:
    return frozenset(what for (index, mask), what in AUTOMATIC.items() if status.bits[index] & mask)


def stops(troubles: frozenset[Trouble]) -> Trouble | None:
    """The trouble that keeps the printer from printing, if one does."""
    return next((what for what, state in GRAVITY.items() if what in troubles and state is State.FAULT), None)


def health(troubles: frozenset[Trouble], left_slips: int | None) -> Health:
    worst = next((what for what in GRAVITY if what in troubles), None)
    if worst is None:
        return Health(State.READY, left_slips=left_slips)
    return Health(GRAVITY[worst], worst.value, left_slips=left_slips)
