"""Every fault of the printer at every moment of a job, over the network.

No slip is missing without a report, none is printed twice without a mark, and the next one prints. A third of the
combinations is in the quick suite, the others in the long proofs.
"""

from pathlib import Path

import pytest
from print_matrix import fault_and_moment, strike

from hardware.printers.profile import Profile
from hardware.simulated.printers.profiles import PROFILES
from support.printer_rig import LinkKind, Moment


@pytest.mark.parametrize(("fault", "moment"), fault_and_moment(LinkKind.NETWORK))
def test_no_slip_is_missing_unnoticed_or_there_twice(
    fault: str, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.paper_path.MM_UNTIL_END", 3.0)
    strike(LinkKind.NETWORK, fault, moment, tmp_path)


@pytest.mark.parametrize("moment", [Moment.BEFORE_CHECK, Moment.MID_RASTER])
@pytest.mark.parametrize("fault", ["paper_out", "paper_out_mid", "cover_open", "silent", "unplugged"])
def test_nor_where_the_printer_never_replies_to_fences(
    fault: str, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.paper_path.MM_UNTIL_END", 3.0)
    # Looked at for longer than the twin takes: what has not stopped it by then came out.
    profile = Profile(fence=False, automatic_status=False, speed_mm_s=100)
    strike(LinkKind.NETWORK, fault, moment, tmp_path, make=PROFILES["mute"], profile=profile)
