"""A sign shows the code in groups that fit it."""

import pytest

from config.devices import SignSettings
from counter.enrolment import faces, group_length
from hardware.open.signs import digits_at_once


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        ([], ["4729", "1380"]),
        ([None, 20], ["4729", "1380"]),
        ([20, 3], ["472", "913", "80"]),
        ([2], ["47", "29", "13", "80"]),
    ],
)
def test_each_group_fits_the_narrowest_sign(digits: list[int | None], groups: list[str]) -> None:
    dashes, *shown = faces("47291380", group_length(digits))
    assert dashes.paused
    assert [face.number for face in shown] == groups


def test_only_a_sign_on_a_wire_has_a_known_width() -> None:
    assert digits_at_once(SignSettings(kind="console"), {}) is None
    assert digits_at_once(SignSettings(kind="cd5220", port="/dev/x"), {}) == 20
