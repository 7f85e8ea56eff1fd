"""The example driver in docs/drivers.md works as it is written there."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware.ports import SignFace
from hardware.serial_bus.bus import SerialBus
from hardware.signs.bus_sign import BusSign
from hardware.signs.rendering import DisplayMode, SignContent
from hardware.simulated.terminal import Terminal
from support.waiting import until

PAGE = Path(__file__).parent.parent.parent / "docs" / "drivers.md"


@pytest.fixture
def shown_driver() -> Iterator[Any]:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    made: dict[str, Any] = {"__name__": "alpha"}
    exec(compile(code, str(PAGE), "exec"), made)
    yield made["Alpha"]


def test_the_driver_on_the_page_shows_blinks_and_goes_dark(shown_driver: Any, tmp_path: Path) -> None:
    received = bytearray()
    with closing(Terminal(tmp_path / "sign", received.extend)):
        line = SerialBus(str(tmp_path / "sign"), 115200, time.monotonic)
        with closing(BusSign(line, shown_driver(address=26), resend_s=60, name="sign")) as sign:
            sign.show(SignFace("A015", blink=True))
            until(lambda: b"\x01Z1A\x02AA\x1b0cA015\x04" in received, lambda: bytes(received))
        until(lambda: received.endswith(b"\x1b0b\x04"), lambda: bytes(received))


@pytest.mark.parametrize("text", ["A015\x04", "A\u202e015", "A0\u20091", "số 15", "A01500000", "\x1b0"])
def test_the_driver_on_the_page_keeps_text_text(shown_driver: Any, text: str) -> None:
    (frame,) = shown_driver(address=1).frames(SignContent(DisplayMode.STEADY, text))
    assert frame.data == b"\0" * 5 + b"\x01Z01\x02AA\x1b0b\x04"
