"""Meanings of the status bits (DLE EOT, GS a), as tables like in Epson's manual."""

from collections.abc import Mapping
from enum import StrEnum

from hardware.ports import DeviceHealth, HealthState
from hardware.printers.answers.replies import AutomaticReply

QUESTIONS = (1, 2, 3, 4)
"""A status round asks DLE EOT n for each of these n."""


class StatusFlag(StrEnum):
    """Conditions that a printer reports; the values are codes of :class:`hardware.ports.DeviceHealth`.

    CUTTER: it is jammed. COVER: it is open. HOT: the head must cool down. FAULT: any other error. NEAR_END: the roll is
    nearly used up; the printer still prints.
    """

    CUTTER = "cutter"
    COVER = "cover"
    PAPER_OUT = "paper_out"
    HOT = "hot"
    FAULT = "fault"
    NEAR_END = "paper_near_end"


# Codes without a status bit: the link is down; the printer is silent; an unknown device is on the port.
OFF = "off"
SILENT = "silent"
WRONG = "wrong"
# The printer prints, but the journal cannot be written.
JOURNAL = "journal"
# Code of a slip, not of a printer: the paper ended within the slip, so it is in two pieces.
SPLIT_BY_PAPER_END = "torn"

# (n of DLE EOT, bit mask) -> flag
REAL_TIME_FLAGS: Mapping[tuple[int, int], StatusFlag] = {
    (1, 0x08): StatusFlag.FAULT,
    (2, 0x04): StatusFlag.COVER,
    (2, 0x20): StatusFlag.PAPER_OUT,
    (2, 0x40): StatusFlag.FAULT,
    (3, 0x08): StatusFlag.CUTTER,
    (3, 0x20): StatusFlag.FAULT,
    (3, 0x40): StatusFlag.HOT,
    (4, 0x0C): StatusFlag.NEAR_END,
    (4, 0x60): StatusFlag.PAPER_OUT,
}

# (index of the byte in the automatic status, bit mask) -> flag
AUTOMATIC_FLAGS: Mapping[tuple[int, int], StatusFlag] = {
    (0, 0x08): StatusFlag.FAULT,
    (0, 0x20): StatusFlag.COVER,
    (1, 0x08): StatusFlag.CUTTER,
    (1, 0x20): StatusFlag.FAULT,
    (1, 0x40): StatusFlag.HOT,
    (2, 0x03): StatusFlag.NEAR_END,
    (2, 0x0C): StatusFlag.PAPER_OUT,
}

# Flag -> state of the printer. The most serious first: the first one reported gives the state.
SEVERITY: Mapping[StatusFlag, HealthState] = {
    StatusFlag.COVER: HealthState.FAULT,
    StatusFlag.PAPER_OUT: HealthState.FAULT,
    StatusFlag.CUTTER: HealthState.FAULT,
    StatusFlag.HOT: HealthState.FAULT,
    StatusFlag.FAULT: HealthState.FAULT,
    StatusFlag.NEAR_END: HealthState.WARNING,
}


def of_real_time(replies: Mapping[int, int]) -> frozenset[StatusFlag]:
    """Return the flags in ``replies``: the bits of each reply to DLE EOT, by n."""
    return frozenset(flag for (n, mask), flag in REAL_TIME_FLAGS.items() if replies.get(n, 0) & mask)


def of_automatic(reply: AutomaticReply) -> frozenset[StatusFlag]:
    """Return the flags in an automatic status."""
    return frozenset(flag for (index, mask), flag in AUTOMATIC_FLAGS.items() if reply.bits[index] & mask)


def stopped_by(flags: frozenset[StatusFlag]) -> StatusFlag | None:
    """Return the most serious flag that keeps the printer from printing, if any."""
    return next((flag for flag, state in SEVERITY.items() if flag in flags and state is HealthState.FAULT), None)


def health(flags: frozenset[StatusFlag], left_slips: int | None) -> DeviceHealth:
    """Return the health of a printer that reports ``flags``.

    The most serious flag is its code. ``left_slips``: by our own count; None: not known.
    """
    worst = next((flag for flag in SEVERITY if flag in flags), None)
    if worst is None:
        return DeviceHealth(HealthState.READY, left_slips=left_slips)
    return DeviceHealth(SEVERITY[worst], worst.value, left_slips=left_slips)
