"""The settings of a desk and its sheet reach the sign's driver."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from config.devices import SignSettings
from config.signs import DataSheets, ModbusDataSheet, TemplateDataSheet
from hardware.open.signs import model_of, open_sign
from hardware.serial_bus.bus import SerialBuses
from hardware.serial_bus.device import FrameOutcome
from hardware.signs.bus_sign import BusSign
from hardware.signs.mqtt import NodeSign
from hardware.signs.rendering import DisplayMode, SignContent

NOW = 100.0
LED = {"kind": "modbus", "encoding": "ascii_per_reg", "width": 4}
SHEETS: DataSheets = {
    "led": ModbusDataSheet.model_validate(LED),
    "even": ModbusDataSheet.model_validate(LED | {"parity": "even"}),
    "page": TemplateDataSheet.model_validate({"kind": "template", "frame": "02 payload"}),
}


@dataclass
class Wires(SerialBuses):
    """Lines without threads, which remember how they were asked for."""

    asked: list[tuple[str, int, str | None]] = field(default_factory=list)

    def bus(self, address: str, baud: int, *, parity: str | None = None) -> Any:
        self.asked.append((address, baud, parity))
        return self

    def mono_s(self) -> float:
        return NOW

    def attach(self, device: object, *, replies: bool) -> int:
        return 0


@pytest.mark.parametrize(("settings", "node"), [({"node": "n7"}, "n7"), ({}, "sign-c1")])
def test_a_node_is_known_by_the_name_its_desk_gives_it_else_by_the_signs(settings: dict[str, Any], node: str) -> None:
    sign = open_sign(SignSettings(kind="mqtt", **settings), Wires(), {}, "sign-c1")
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
def test_a_sign_is_opened_on_its_bus_and_refreshed_as_often_as_set(
    settings: dict[str, Any], parity: str | None
) -> None:
    wires = Wires()
    sign = open_sign(SignSettings(port="/dev/x", baud=2400, resend_s=5.0, **settings), wires, SHEETS, "sign-c1")
    assert isinstance(sign, BusSign)
    assert wires.asked == [("/dev/x", 2400, parity)]
    sign.opened(NOW)
    while (at := sign.due(NOW)) is not None and at <= NOW:
        sign.frame_done(sign.next_frame(NOW), FrameOutcome.DONE, "", NOW)
    assert at == NOW + 5.0


def test_the_values_of_a_register_sheet_are_those_that_are_written() -> None:
    sheet = ModbusDataSheet.model_validate(
        LED | {"width": 2, "function": 6, "refused": 7, "answer_s": 1.25, "point": {"at": 9, "value": 3}}
    )
    model = model_of(SignSettings(kind="modbus", model="own", address=5), {"own": sheet})
    frames = list(model.frames(SignContent(DisplayMode.REFUSED, "Err"), is_repeat=True))
    assert [frame.data[:-2].hex(" ") for frame in frames] == [
        "05 06 00 00 00 07",
        "05 06 00 01 00 07",
        "05 06 00 09 00 03",
    ]
    assert {frame.reply_timeout_s for frame in frames} == {1.25}
    assert model.shows_refusals


def test_a_sheet_with_repetitions_and_a_reply_keeps_its_times() -> None:
    sheet = TemplateDataSheet.model_validate(
        {"kind": "template", "frame": "02 payload", "reply": "06", "reply_s": 1.25, "repeat": 3, "repeat_s": 0.5}
    )
    model = model_of(SignSettings(kind="template", model="own"), {"own": sheet})
    frames = list(model.frames(SignContent(DisplayMode.STEADY, "A015")))
    assert [(frame.reply_timeout_s, frame.pause_s) for frame in frames] == [(1.25, 0.5), (1.25, 0.5), (1.25, 0.0)]


@pytest.mark.parametrize(
    "settings", [{"kind": "cd5220"}, {"kind": "modbus", "model": "led"}, {"kind": "template", "model": "page"}]
)
def test_seven_segments_are_a_matter_of_the_desk(settings: dict[str, Any]) -> None:
    assert model_of(SignSettings(segments=True, **settings), SHEETS).capacity.text("A015") == "015"
    assert model_of(SignSettings(**settings), SHEETS).capacity.text("A015") == "A015"


@pytest.mark.parametrize(
    ("kind", "model"), [("modbus", "page"), ("template", "led"), ("modbus", "none"), ("template", None)]
)
def test_a_sheet_of_another_kind_is_no_sheet(kind: Any, model: str | None) -> None:
    with pytest.raises(ValueError, match=f"no {kind} sheet {model!r}"):
        model_of(SignSettings(kind=kind, model=model), SHEETS)
