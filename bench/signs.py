"""How long until a call stands on its counter's sign: alone on its line, with seven neighbours called at once, and
beside a board that is dead.

Drivers are opened from settings as the station opens them; the twins take each byte at the line's speed and answer at
it. A sign's neighbours are steady and sent again every eight seconds meanwhile. Run ``make bench-signs``.
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

from config.settings import CounterStation, Settings
from config.twins import SimulatedDesk
from hardware.lines.lines import Lines
from hardware.open_signs import open_sign
from hardware.ports import Sign, SignFace, State
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.signs.wired import sign_twins
from hardware.simulated.terminal import Cables
from waiting import until

SIGNS = 8
# So many calls beside a dead board, at moments that have nothing to do with when it is asked: that takes 0.3 s of
# every four, so that one call in thirteen comes just then.
CALLS, APART_S = 60, (0.2, 1.0)
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


@contextmanager
def line_of_signs(sheet: dict[str, Any], baud: int) -> Iterator[tuple[Sequence[Sign], Sequence[SimulatedSign]]]:
    """Eight signs of one make on one line, and their twins; all show ``A001``."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "line"
        desks = [
            {
                "counter": f"c{n}",
                "sign": {"kind": sheet["kind"], "model": "one", "port": str(path), "address": n, "baud": baud},
            }
            for n in range(1, SIGNS + 1)
        ]
        station = CounterStation.model_validate({"desks": desks, "signs": {"one": sheet}})
        cables, lines = Cables(), Lines(time.monotonic)
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
        yield signs, twins


def one_call(sign: Sign, twin: SimulatedSign, number: str) -> float:
    """Seconds until one call is shown."""
    began = time.monotonic()
    sign.show(SignFace(number, blink=True))
    until(lambda: twin.shown()[0] == number)
    return time.monotonic() - began


def all_called(signs: Sequence[Sign], twins: Sequence[SimulatedSign]) -> float:
    """Seconds until the last of all signs called at once is shown."""
    began = time.monotonic()
    for sign in signs:
        sign.show(SignFace("B202", blink=True))
    seen: set[int] = set()

    def all_seen() -> bool:
        seen.update(place for place, twin in enumerate(twins) if twin.shown()[0] == "B202")
        return len(seen) == len(twins)

    until(all_seen)
    return time.monotonic() - began


def beside_a_dead_one(sheet: dict[str, Any], baud: int) -> Sequence[float]:
    """Seconds of each call on a line where one board has no power; none where nobody answers, and so nobody waits."""
    with line_of_signs(sheet, baud) as (signs, twins):
        if "silent" not in twins[-1].faults:
            return ()
        twins[-1].set_fault("unpowered", on=True)
        until(lambda: signs[-1].health().state is State.OFFLINE)
        pause, when, took = threading.Event(), random.Random(1), []
        for number in range(CALLS):
            took.append(one_call(signs[3], twins[3], f"C{number:03}"))
            pause.wait(when.uniform(*APART_S))
        return took


def main() -> None:
    print(f"{'':49}{'one':>9}{f'last of {SIGNS}':>12}{'beside a dead one:':>20}")
    print(f"{'make':42}{'baud':>7}{'call':>9}{'at once':>12}{'median':>11}{'worst':>9}")
    for name, sheet in MAKES.items():
        for baud in (2400, 9600):
            with line_of_signs(sheet, baud) as (signs, twins):
                one_s = one_call(signs[3], twins[3], "A015")
                until(lambda: twins[3].shown()[0] == "A015" and not twins[3].state()["blinking"])
                last_s = all_called(signs, twins)
            took = beside_a_dead_one(sheet, baud)
            dead = f"{statistics.median(took):9.2f} s{max(took):7.2f} s" if took else f"{'-':>9}{'-':>9}"
            print(f"{name:42}{baud:7}{one_s:7.2f} s{last_s:10.2f} s{dead}", flush=True)


if __name__ == "__main__":
    main()
