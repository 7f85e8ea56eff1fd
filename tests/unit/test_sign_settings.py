"""What a desk's settings and its sheet say of a sign arrives at its driver."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from config.devices import Sign
from config.signs import ModbusSheet, TemplateSheet
from hardware.lines.lines import Lines
from hardware.lines.talking import Verdict
from hardware.open_signs import Sheets, make_of, open_sign
from hardware.signs.board import BoardSign
from hardware.signs.mqtt import NodeSign
from hardware.signs.showing import Look, Shown

NOW = 100.0
LED = {"kind": "modbus", "encoding": "ascii_per_reg", "width": 4}
SHEETS: Sheets = {
    "led": ModbusSheet.model_validate(LED),
    "even": ModbusSheet.model_validate(LED | {"parity": "even"}),
    "page": TemplateSheet.model_validate({"kind": "template", "frame": "02 payload"}),
}


@dataclass
class Wires(Lines):
    """Lines without threads, which remember how they were asked for."""

    asked: list[tuple[str, int, str | None]] = field(default_factory=list)

    def line(self, address: str, baud: int, *, parity: str | None = None) -> Any:
        self.asked.append((address, baud, parity))
        return self

    def clock(self) -> float:
        return NOW

    def join(self, talker: object, *, answered: bool) -> int:
        return 0


@pytest.mark.parametrize(("settings", "node"), [({"node": "n7"}, "n7"), ({}, "sign-c1")])
def test_a_node_is_known_by_the_name_its_desk_gives_it_else_by_the_signs(settings: dict[str, Any], node: str) -> None:
    sign = open_sign(Sign(kind="mqtt", **settings), Wires(), {}, "sign-c1")
    assert isinstance(sign, NodeSign)
    assert sign.node == node


@pytest.mark.parametrize(
    ("settings", "parity"),
    [
        ({"kind": "cd5220"}, None),
        ({"kind": "modbus", "model": "even"}, "even"),
        ({"kind": "template", "model": "page"}, "none"),
    ],
)
def test_a_sign_is_opened_on_its_line_and_sent_again_as_often_as_its_desk_says(
    settings: dict[str, Any], parity: str | None
) -> None:
    wires = Wires()
    sign = open_sign(Sign(port="/dev/x", baud=2400, resend_s=5.0, **settings), wires, SHEETS, "sign-c1")
    assert isinstance(sign, BoardSign)
    assert wires.asked == [("/dev/x", 2400, parity)]
    sign.opened(NOW)
    while (at := sign.due(NOW)) is not None and at <= NOW:
        sign.said(sign.say(NOW), Verdict.DONE, "", NOW)
    assert at == NOW + 5.0


def test_the_values_of_a_register_sheet_are_those_that_are_written() -> None:
    sheet = ModbusSheet.model_validate(
        LED | {"width": 2, "function": 6, "refused": 7, "answer_s": 1.25, "point": {"at": 9, "value": 3}}
    )
    make = make_of(Sign(kind="modbus", model="own", address=5), {"own": sheet})
    frames = list(make.frames(Shown(Look.REFUSED, "Err"), again=True))
    assert [frame.data[:-2].hex(" ") for frame in frames] == [
        "05 06 00 00 00 07",
        "05 06 00 01 00 07",
        "05 06 00 09 00 03",
    ]
    assert {frame.answer_s for frame in frames} == {1.25}
    assert make.refuses


def test_a_page_with_repetitions_and_a_reply_keeps_the_times_that_it_says() -> None:
    sheet = TemplateSheet.model_validate(
        {"kind": "template", "frame": "02 payload", "reply": "06", "reply_s": 1.25, "repeat": 3, "repeat_s": 0.5}
    )
    make = make_of(Sign(kind="template", model="own"), {"own": sheet})
    frames = list(make.frames(Shown(Look.STEADY, "A015")))
    assert [(frame.answer_s, frame.pause_s) for frame in frames] == [(1.25, 0.5), (1.25, 0.5), (1.25, 0.0)]


@pytest.mark.parametrize(
    "settings", [{"kind": "cd5220"}, {"kind": "modbus", "model": "led"}, {"kind": "template", "model": "page"}]
)
def test_seven_segments_are_a_matter_of_the_desk(settings: dict[str, Any]) -> None:
    assert make_of(Sign(segments=True, **settings), SHEETS).fit.text("A015") == "015"
    assert make_of(Sign(**settings), SHEETS).fit.text("A015") == "A015"


@pytest.mark.parametrize(
    ("kind", "model"), [("modbus", "page"), ("template", "led"), ("modbus", "none"), ("template", None)]
)
def test_a_sheet_of_another_kind_is_no_sheet(kind: Any, model: str | None) -> None:
    with pytest.raises(ValueError, match=f"no {kind} sheet {model!r}"):
        make_of(Sign(kind=kind, model=model), SHEETS)
