import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from hardware.simulated.printers.printer import SimulatedPrinter
from support.install_roots import Site, scratch_site


@pytest.fixture
def simulated_printer() -> Iterator[SimulatedPrinter]:
    """A fast simulated printer on the network."""
    with closing(SimulatedPrinter("127.0.0.1", 0, mono_s=time.monotonic, speed_mm_s=1000)) as printer:
        yield printer


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with scratch_site(tmp_path_factory.mktemp("machine") / "root") as site:
        yield site


@pytest.fixture
def site(standing: Site) -> Site:
    """One machine for all tests of a module, begun anew for each."""
    standing.reset()
    return standing
