"""Print jobs and their results."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from hardware.ports import PrintResult, PrintState, Proof
from hardware.printers.answers import status
from hardware.slips.slip import Slip


@dataclass(eq=False, slots=True)
class PrintJob:
    """A slip to be printed, with the state of its proof.

    ``process_id``: the four characters sent behind it; None: not encoded yet, or the printer knows no such ids.
    ``reported``: the state last reported; None: none yet. ``proof`` None: not proved so far. ``in_doubt``: only its
    process id can prove it, because it was sent while reply matching was not in sync, or the printer may have lost its
    power or its replies. ``split_by_paper_end``: the paper ended in it. ``earliest_out_at_s``: the moment (monotonic
    seconds) before which its paper cannot be out; ``premature``: a reply came before that, so no reply ever proves it.
    """

    job_id: str
    slip: Slip
    done: Callable[[PrintResult], None]
    process_id: bytes | None = None
    reported: PrintState | None = None
    proof: Proof | None = None
    in_doubt: bool = False
    split_by_paper_end: bool = False
    earliest_out_at_s: float = -math.inf
    premature: bool = False


def proved_result(job_id: str, proof: Proof, *, split: bool) -> PrintResult:
    """Return the result of a proved slip.

    ``split``: the slip is in two pieces, so it counts as unknown, and staff must look for it.
    """
    if split:
        return unproved_result(job_id, PrintState.UNKNOWN, status.SPLIT_BY_PAPER_END)
    return PrintResult(job_id, PrintState.PRINTED, proof)


def unproved_result(job_id: str, state: PrintState, code: str | None) -> PrintResult:
    """Return a result without proof. ``code`` is a code word of :class:`hardware.ports.DeviceHealth`."""
    return PrintResult(job_id, state, Proof.NONE, code)
