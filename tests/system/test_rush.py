"""Eight clerks of three overlapping services press *next* at the same moment, many times.

In the quick suite 200 wait and there are 20 rounds; the long proofs have 2,000 and 200.
"""

from pathlib import Path

import pytest
from rush import SERVES, Press, crowd, overlapping, press_next, violations

from support.server_process import ROOT, Api, journal, machine, office, running


@pytest.mark.parametrize(("waiting", "rounds"), [(200, 20), pytest.param(2000, 200, marks=pytest.mark.long)])
def test_eight_clerks_at_once_get_each_ticket_once_and_in_order(tmp_path: Path, waiting: int, rounds: int) -> None:
    where = machine(tmp_path, office(["HT", "CT", "DD"], SERVES))
    with running(where):
        crowd(where, waiting)
        presses = press_next(where, list(SERVES), rounds)
        rows = journal(Api(where.api))
    assert len(presses) == rounds * len(SERVES)
    assert violations(presses, rows, SERVES) == []
    assert overlapping(presses) > rounds / 2, "the clerks pressed one after the other; this proves nothing"


def test_the_checker_finds_a_planted_wrong_choice(tmp_path: Path) -> None:
    where = machine(tmp_path, office(["HT", "CT", "DD"], SERVES))
    with running(where, program=(str(ROOT / "tests" / "system" / "planted_server.py"),)):
        crowd(where, 100)
        presses = press_next(where, list(SERVES), 10)
        rows = journal(Api(where.api))
    wrong = violations(presses, rows, SERVES)
    assert wrong and all("next was" in line for line in wrong)


@pytest.mark.parametrize(
    ("presses", "words"),
    [
        ([Press(0, "c1", 0, 1, 409, None, None)], "status 409"),
        ([Press(0, "c1", 0, 1, 200, None, None)], "no ticket"),
        ([Press(0, "c1", 0, 1, 200, "t", "A1"), Press(0, "c2", 0, 1, 200, "t", "A1")], "handed to 2 clerks"),
        ([Press(0, "c1", 0, 1, 200, "t", "A1")], "disagree"),
    ],
)
def test_the_checker_finds_what_clients_alone_can_see(presses: list[Press], words: str) -> None:
    assert any(words in line for line in violations(presses, [], SERVES))
