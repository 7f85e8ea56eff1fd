"""Every fault of the printer at every moment of a job, over a serial line: no slip missing unnoticed, none twice
without a mark, and the next one prints."""

from pathlib import Path

import pytest
from print_matrix import strike

from hardware.simulated.printers.faults import FAULTS
from papers import LinkKind, Moment


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_slip_is_missing_unnoticed_or_there_twice(
    fault: str, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.mechanism.MID_SLIP_MM", 3.0)
    strike(LinkKind.SERIAL, fault, moment, tmp_path)
