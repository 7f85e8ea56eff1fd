"""How long until a call stands on its counter's sign, alone on its line and with seven neighbours called at once.

Drivers are opened from settings as the station opens them; the twins take each byte at the line's speed and answer at
it. A sign's neighbours are steady and sent again every eight seconds meanwhile. Run ``make bench-signs``.
"""

import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from config.settings import CounterStation, Settings
from config.twins import SimulatedDesk
from hardware.lines.lines import Lines
from hardware.open_signs import open_sign
from hardware.ports import SignFace, State
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.signs.wired import sign_twins
from hardware.simulated.terminal import Cables
from waiting import until

SIGNS = 8
LED = {"kind": "modbus", "encoding": "ascii_per_reg", "width": 4, "align": "left"}
PAGE = {"kind": "template", "frame": "02 [ address payload 03 ] checksum", "address": "decimal", "checksum": "xor8"}
MAKES: dict[str, dict[str, Any]] = {
    "modbus, function 16": LED,
    "modbus, function 6": LED | {"function": 6},
    "modbus, function 6, point and attribute": LED
    | {"function": 6, "point": {"at": 8}, "attribute": {"at": 9, "steady": 0, "blink": 1}},
    "template without answers": PAGE,
    "template that answers": PAGE | {"reply": "06"},
}


def measured(sheet: dict[str, Any], baud: int, folder: Path) -> tuple[float, float]:
    """Seconds until one call is shown, and until the last of all signs called at once is."""
    path = folder / "line"
    desks = [
        {
            "counter": f"c{n}",
            "sign": {"kind": sheet["kind"], "model": "one", "port": str(path), "address": n, "baud": baud},
        }
        for n in range(1, SIGNS + 1)
    ]
    station = CounterStation.model_validate({"desks": desks, "signs": {"one": sheet}})
    cables, lines = Cables(), Lines(time.monotonic)
    with ExitStack() as stack:
        twins, signs = [], []
        for desk in station.desks:
            where = SimulatedDesk(counter=desk.counter, sign=path)
            (twin,) = sign_twins(Settings(counter=station), where, cables, time.monotonic)
            assert isinstance(twin, SimulatedSign)
            twins.append(stack.enter_context(closing(twin)))
        for desk in station.desks:
            sign = open_sign(desk.sign, lines, station.signs, desk.counter)
            assert sign is not None
            signs.append(stack.enter_context(closing(sign)))
        for sign in signs:
            sign.show(SignFace("A001"))
        until(lambda: all(twin.shown()[0] == "A001" for twin in twins))
        until(lambda: all(sign.health().state is State.READY for sign in signs))
        began = time.monotonic()
        signs[3].show(SignFace("A015", blink=True))
        until(lambda: twins[3].shown()[0] == "A015")
        one_s = time.monotonic() - began
        until(lambda: twins[3].shown()[0] == "A015" and not twins[3].state()["blinking"])
        began = time.monotonic()
        for sign in signs:
            sign.show(SignFace("B202", blink=True))
        seen: set[int] = set()

        def all_seen() -> bool:
            seen.update(place for place, twin in enumerate(twins) if twin.shown()[0] == "B202")
            return len(seen) == SIGNS

        until(all_seen)
        return one_s, time.monotonic() - began


def main() -> None:
    print(f"{'make':42}{'baud':>7}{'one call':>12}{f'the last of {SIGNS}':>16}")
    for name, sheet in MAKES.items():
        for baud in (2400, 9600):
            with tempfile.TemporaryDirectory() as folder:
                one_s, last_s = measured(sheet, baud, Path(folder))
            print(f"{name:42}{baud:7}{one_s:10.2f} s{last_s:14.2f} s", flush=True)


if __name__ == "__main__":
    main()
