"""The rules that the driver of every sign keeps, run for each kind.

A :class:`Kind` has the settings of a driver and of its simulated sign. Drivers are opened as the station opens them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.settings import CounterStationSettings, Settings
from config.twins import SimulatedDeskSettings
from hardware.health.monitor import HealthMonitor
from hardware.open.signs import open_sign
from hardware.ports import DeviceHealth, HealthState, Sign, SignFace
from hardware.serial_bus.bus import SerialBuses
from hardware.simulated.desks import sign_twins
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.terminal import Cables
from support.scaled_time import mono_s

RESEND_S = 0.1


@dataclass(frozen=True)
class Kind:
    """One make: ``sign`` is its desk's settings, ``sheets`` the sheets it may name. ``shows``: what its cells show
    of a number; ``refusal``: what they show when a key is refused."""

    name: str
    sign: dict[str, Any]
    sheets: dict[str, Any] = field(default_factory=dict)
    shows: Callable[[str], str] = str
    refusal: str = "Err"
    dashes: str = "----"
    answers: bool = False


GLYPHS = ["3F", "06", "5B", "4F", "66", "6D", "7D", "07", "7F", "6F", "00", "40"]  # seven segments, a in bit 0
LED = {"kind": "modbus", "encoding": "ascii_per_reg", "width": 5, "align": "left", "answer_s": 0.05}
PAGE = {
    "kind": "template",
    "frame": "02 [ address 'W' payload 03 ] checksum",
    "address": "decimal",
    "width": 5,
    "align": "left",
    "checksum": "xor8",
}


def right(width: int) -> Callable[[str], str]:
    """Digits at the right of ``width`` cells."""
    return lambda number: number.lstrip("AX").rjust(width)


KINDS = (
    Kind("cd5220", {"kind": "cd5220"}),
    Kind("cd5220, seven segments", {"kind": "cd5220", "segments": True}, shows=lambda number: number.lstrip("AX")),
    Kind(
        "modbus, a character in each register",
        {"kind": "modbus", "model": "led", "address": 3},
        {"led": LED},
        refusal="-----",
        dashes="-----",
        answers=True,
    ),
    Kind(
        "modbus, two characters in each register",
        {"kind": "modbus", "model": "led", "address": 3},
        {"led": LED | {"encoding": "two_ascii_per_reg", "width": 6, "first": 1000}},
        refusal="------",
        dashes="------",
        answers=True,
    ),
    Kind(
        "modbus, a whole number, with a point and an attribute",
        {"kind": "modbus", "model": "led", "address": 3},
        {
            "led": LED
            | {
                "encoding": "int",
                "width": 4,
                "align": "right",
                "pad": "0",
                "blank": 65535,
                "function": 6,
                "point": {"at": 1},
                "attribute": {"at": 2, "steady": 0, "blink": 1, "dashes": 2, "refused": 3},
                "parity": "even",
            }
        },
        shows=lambda number: number.lstrip("AX").rjust(4, "0"),
        answers=True,
    ),
    Kind(
        "modbus, packed decimals",
        {"kind": "modbus", "model": "led", "address": 3},
        {
            "led": LED
            | {"encoding": "bcd", "width": 4, "align": "right", "blank": 65535, "dashes": 43690, "refused": 61166}
        },
        shows=right(4),
        answers=True,
    ),
    Kind(
        "template without answers",
        {"kind": "template", "model": "page", "address": 3},
        {"page": PAGE},
        refusal="-----",
        dashes="-----",
    ),
    Kind(
        "template that answers, frames of its own for every look",
        {"kind": "template", "model": "page", "address": 3},
        {
            "page": PAGE
            | {
                "frame": "AA 55 [ address 'N' payload ] checksum 0D",
                "blink": "AA 55 [ address 'B' payload ] checksum 0D",
                "dark": "AA 55 [ address 'C' ] checksum 0D",
                "dashes": "AA 55 [ address 'P' ] checksum 0D",
                "refused": "AA 55 [ address 'E' ] checksum 0D",
                "address": "hex",
                "checksum": "crc16",
                "checksum_as": "hex",
                "checksum_order": "high_first",
                "reply": "06 address",
                "refusal": "15 address",
                "reply_s": 0.05,
            }
        },
        dashes="-----",
        answers=True,
    ),
    Kind(
        "template with a map, digits only, sent twice",
        {"kind": "template", "model": "page", "address": 3},
        {
            "page": {
                "kind": "template",
                "frame": "FF address payload",
                "address": "byte",
                "address_offset": 128,
                "characters": "map",
                "map": dict(zip("0123456789 -", GLYPHS, strict=True)),
                "width": 4,
                "repeat": 2,
                "repeat_s": 0.02,
            }
        },
        shows=right(4),
        refusal="----",
    ),
)


class Bench:
    """A driver and its simulated sign, as a hall has them."""

    def __init__(self, kind: Kind, folder: Path, *, clock: Callable[[], float] = mono_s) -> None:
        self.kind, self.path = kind, folder / "sign-c1"
        baud = 115200  # rules are not about speed
        self.settings = {"port": str(self.path), "baud": baud} | kind.sign
        counter = {"desks": [{"counter": "c1", "sign": self.settings}], "signs": kind.sheets}
        self.station = CounterStationSettings.model_validate(counter)
        self.clock = clock

    def simulated(self) -> SimulatedSign:
        desk = SimulatedDeskSettings(counter="c1", sign=self.path)
        (simulated,) = sign_twins(Settings(counter=self.station), desk, Cables(), mono_s)
        assert isinstance(simulated, SimulatedSign)
        return simulated

    def driver(self) -> Sign:
        settings = self.station.desks[0].sign.model_copy(update={"resend_s": RESEND_S})
        sign = open_sign(settings, SerialBuses(self.clock), self.station.signs, "sign-c1")
        assert sign is not None
        return sign


@contextmanager
def watched(sign: Sign) -> Iterator[list[HealthState]]:
    """The states that the health watch tells, in order."""
    states: list[HealthState] = []

    def changed(_name: str, health: DeviceHealth) -> None:
        if not states or states[-1] is not health.state:
            states.append(health.state)

    watch = HealthMonitor({"sign-c1": sign}, changed, interval_s=0.002)
    try:
        yield states
    finally:
        watch.close()


NUMBERS = tuple(SignFace(number) for number in ("A001", "A015", "X1000"))
