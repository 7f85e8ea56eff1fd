"""Measure how long it takes until a call stands on its counter's sign.

The sign is called alone on its line, at once with its seven neighbours, or beside a sign without power.

Drivers are opened from settings as the station opens them; the simulated signs take each byte at the line's speed and
answer at it. A sign's neighbours are steady and sent again every eight seconds meanwhile. Run ``make bench-signs``.
"""

import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from config.settings import CounterStationSettings, Settings
from config.twins import SimulatedDeskSettings
from hardware.open.signs import open_sign
from hardware.ports import HealthState, Sign, SignFace
from hardware.serial_bus.bus import SerialBuses
from hardware.simulated.desks import sign_twins
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.terminal import Cables
from support.waiting import until

SIGNS = 8
# So many calls beside a sign without power, at moments independent of the driver's attempts to reach it: those take
# 0.3 s of every four seconds, so one call in thirteen comes during one.
CALLS, PAUSE_RANGE_S = 60, (0.2, 1.0)
MODBUS = {"kind": "modbus", "encoding": "ascii_per_reg", "width": 4, "align": "left"}
FRAMED = {"kind": "template", "frame": "02 [ address payload 03 ] checksum", "address": "decimal", "checksum": "xor8"}
SHEETS: dict[str, dict[str, Any]] = {
    "modbus, function 16": MODBUS,
    "modbus, function 6": MODBUS | {"function": 6},
    "modbus, function 6, point and attribute": MODBUS
    | {"function": 6, "point": {"at": 8}, "attribute": {"at": 9, "steady": 0, "blink": 1}},
    "template without answers": FRAMED,
    "template that answers": FRAMED | {"reply": "06"},
}


@contextmanager
def line_of_signs(sheet: dict[str, Any], baud: int) -> Iterator[tuple[Sequence[Sign], Sequence[SimulatedSign]]]:
    """Provide the drivers of eight signs on one line and the simulated signs. All show ``A001``."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "line"
        desks = [
            {
                "counter": f"c{n}",
                "sign": {"kind": sheet["kind"], "model": "one", "port": str(path), "address": n, "baud": baud},
            }
            for n in range(1, SIGNS + 1)
        ]
        station = CounterStationSettings.model_validate({"desks": desks, "signs": {"one": sheet}})
        cables, buses = Cables(), SerialBuses(time.monotonic)
        twins, signs = [], []
        for desk in station.desks:
            simulated_desk = SimulatedDeskSettings(counter=desk.counter, sign=path)
            (twin,) = sign_twins(Settings(counter=station), simulated_desk, cables, time.monotonic)
            assert isinstance(twin, SimulatedSign)
            twins.append(stack.enter_context(closing(twin)))
        for desk in station.desks:
            sign = open_sign(desk.sign, buses, station.signs, desk.counter)
            assert sign is not None
            signs.append(stack.enter_context(closing(sign)))
        for sign in signs:
            sign.show(SignFace("A001"))
        until(lambda: all(twin.shown()[0] == "A001" for twin in twins))
        until(lambda: all(sign.health().state is HealthState.READY for sign in signs))
        yield signs, twins


def time_one_call(sign: Sign, twin: SimulatedSign, number: str) -> float:
    """Return the seconds until one call is shown."""
    start_s = time.monotonic()
    sign.show(SignFace(number, blink=True))
    until(lambda: twin.shown()[0] == number)
    return time.monotonic() - start_s


def time_all_called(signs: Sequence[Sign], twins: Sequence[SimulatedSign]) -> float:
    """Return the seconds until the last of all signs called at once shows its call."""
    start_s = time.monotonic()
    for sign in signs:
        sign.show(SignFace("B202", blink=True))
    seen: set[int] = set()

    def all_seen() -> bool:
        seen.update(index for index, twin in enumerate(twins) if twin.shown()[0] == "B202")
        return len(seen) == len(twins)

    until(all_seen)
    return time.monotonic() - start_s


def calls_beside_unpowered_sign(sheet: dict[str, Any], baud: int) -> Sequence[float]:
    """Return the seconds of each call on a line where one sign has no power.

    Empty for signs that do not reply, because no neighbour waits for them.
    """
    with line_of_signs(sheet, baud) as (signs, twins):
        if "silent" not in twins[-1].faults:
            return ()
        twins[-1].set_fault("unpowered", on=True)
        until(lambda: signs[-1].health().state is HealthState.OFFLINE)
        pause, rng, durations_s = threading.Event(), random.Random(1), []
        for number in range(CALLS):
            durations_s.append(time_one_call(signs[3], twins[3], f"C{number:03}"))
            pause.wait(rng.uniform(*PAUSE_RANGE_S))
        return durations_s


def main() -> None:
    print(f"{'':49}{'one':>9}{f'last of {SIGNS}':>12}{'with one unpowered:':>20}")
    print(f"{'model':42}{'baud':>7}{'call':>9}{'at once':>12}{'median':>11}{'worst':>9}")
    for name, sheet in SHEETS.items():
        for baud in (2400, 9600):
            with line_of_signs(sheet, baud) as (signs, twins):
                one_s = time_one_call(signs[3], twins[3], "A015")
                until(lambda: twins[3].shown()[0] == "A015" and not twins[3].state()["blinking"])
                last_s = time_all_called(signs, twins)
            durations_s = calls_beside_unpowered_sign(sheet, baud)
            unpowered_columns = (
                f"{statistics.median(durations_s):9.2f} s{max(durations_s):7.2f} s"
                if durations_s
                else f"{'-':>9}{'-':>9}"
            )
            print(f"{name:42}{baud:7}{one_s:7.2f} s{last_s:10.2f} s{unpowered_columns}", flush=True)


if __name__ == "__main__":
    main()
