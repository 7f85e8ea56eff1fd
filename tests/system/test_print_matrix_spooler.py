"""A device that replies at once and prints nothing, at every moment, on each link.

None of its replies is ever taken for a proof.
"""

from pathlib import Path

import pytest
from print_matrix import DELAYING, strike_spooler

from hardware.simulated.printers.faults import FAULTS
from support.printer_rig import LinkKind, Moment

ANSWERED = [fault for fault in FAULTS if fault not in DELAYING]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        pytest.param(fault, kind, marks=() if (n + turn) % len(LinkKind) == 0 else pytest.mark.long)
        for n, fault in enumerate(ANSWERED)
        for turn, kind in enumerate(LinkKind)
    ],
)
def test_nothing_proves_a_slip_that_is_not_there(fault: str, kind: LinkKind, tmp_path: Path) -> None:
    strike_spooler(kind, fault, Moment.MID_RASTER, tmp_path)


@pytest.mark.parametrize("moment", [moment for moment in Moment if moment is not Moment.MID_RASTER])
def test_nor_at_any_other_moment_of_its_job(moment: Moment, tmp_path: Path) -> None:
    strike_spooler(LinkKind.NETWORK, "cover_open", moment, tmp_path)
