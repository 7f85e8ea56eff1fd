"""Every fault of the printer at every moment of a job, over the network: no slip missing unnoticed, none twice
without a mark, and the next one prints. A third of them stand in the quick suite, the others in the long proofs."""

from pathlib import Path

import pytest
from print_matrix import fault_and_moment, strike

from hardware.printers.profile import Profile
from hardware.simulated.printers.makes import MAKES
from papers import LinkKind, Moment


@pytest.mark.parametrize(("fault", "moment"), fault_and_moment(LinkKind.NETWORK))
def test_no_slip_is_missing_unnoticed_or_there_twice(
    fault: str, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.mechanism.MID_SLIP_MM", 3.0)
    strike(LinkKind.NETWORK, fault, moment, tmp_path)


@pytest.mark.parametrize("moment", [Moment.BEFORE_CHECK, Moment.MID_RASTER])
@pytest.mark.parametrize("fault", ["paper_out", "paper_out_mid", "cover_open", "silent", "unplugged"])
def test_nor_where_the_printer_never_says_that_it_is_done(
    fault: str, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.mechanism.MID_SLIP_MM", 3.0)
    # Looked at for longer than the twin takes: what has not stopped it by then came out.
    profile = Profile(fence=False, automatic_status=False, speed_mm_s=100)
    strike(LinkKind.NETWORK, fault, moment, tmp_path, make=MAKES["mute"], profile=profile)
