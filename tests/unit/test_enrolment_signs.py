"""A sign shows the code in groups that fit it."""

import pytest

from config.devices import SignSettings
from config.signs import ModbusDataSheet
from counter.enrolment import faces, group_length
from hardware.open.signs import digits_at_once, drops_zeros


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


@pytest.mark.parametrize(
    ("code", "group", "faces_after_dashes"),
    [
        ("47290380", 4, ["4729", "0", "380"]),
        ("00470090", 4, ["0", None, "0", "4700", "90"]),
        ("10203040", 3, ["102", "0", "304", "0"]),
    ],
)
def test_a_sign_without_leading_zeros_shows_each_digit_of_the_code(
    code: str, group: int, faces_after_dashes: list[str | None]
) -> None:
    _dashes, *shown = faces(code, group, without_zeros=True)
    assert [face.number for face in shown] == faces_after_dashes
    assert "".join(str(int(face.number)) for face in shown if face.number is not None) == code


def test_a_sign_is_dark_between_equal_groups() -> None:
    _dashes, *shown = faces("47294729")
    assert [face.number for face in shown] == ["4729", None, "4729"]


@pytest.mark.parametrize(("encoding", "pad", "drops"), [("int", " ", True), ("int", "0", False), ("bcd", " ", False)])
def test_a_register_with_a_whole_number_has_no_leading_zeros(encoding: str, pad: str, drops: bool) -> None:
    values = {"kind": "modbus", "encoding": encoding, "pad": pad, "blank": 0xFFFF}
    sheet = ModbusDataSheet.model_validate(values)
    sign = SignSettings(kind="modbus", model="maker", port="/dev/x")
    assert drops_zeros(sign, {"maker": sheet}) is drops


def test_only_a_sign_on_a_wire_has_a_known_width() -> None:
    assert digits_at_once(SignSettings(kind="console"), {}) is None
    assert digits_at_once(SignSettings(kind="cd5220", port="/dev/x"), {}) == 20
