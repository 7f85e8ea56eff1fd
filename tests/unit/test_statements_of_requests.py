"""No request and no task takes more SQL statements when more people wait."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.statements import all_cases, count_statements, crowded_hall

FEW, MANY = 10, 60


@pytest.fixture(scope="module")
def halls(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Path]:
    """Return the folder of a hall for each size of the crowd."""
    folder = tmp_path_factory.mktemp("halls")
    return {crowd: crowded_hall(folder, crowd) for crowd in (FEW, MANY)}


@pytest.mark.parametrize("case", all_cases())
def test_the_number_of_statements_does_not_grow_with_the_crowd(halls: Mapping[int, Path], case: str) -> None:
    few, many = (count_statements(case, halls[crowd], all_cases()[case]) for crowd in (FEW, MANY))
    assert many == few
