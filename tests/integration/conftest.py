from collections.abc import Iterator

import pytest

from sites import Site, scratch


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with scratch(tmp_path_factory.mktemp("machine") / "root") as site:
        yield site


@pytest.fixture
def site(standing: Site) -> Site:
    """One machine for all tests of a module, begun anew for each."""
    standing.begin()
    return standing
