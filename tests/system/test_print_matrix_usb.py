"""Every fault of the printer at every moment of a job, over USB.

No slip is missing without a report, none is printed twice without a mark, and the next one prints. A third of the
combinations is in the quick suite, the others in the long proofs.
"""

from pathlib import Path

import pytest
from print_matrix import fault_and_moment, strike

from support.printer_rig import LinkKind, Moment


@pytest.mark.parametrize(("fault", "moment"), fault_and_moment(LinkKind.USB))
def test_no_slip_is_missing_unnoticed_or_there_twice(
    fault: str, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.paper_path.MM_UNTIL_END", 3.0)
    strike(LinkKind.USB, fault, moment, tmp_path)
