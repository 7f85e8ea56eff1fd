"""Devices on a serial bus: the far end as a terminal, scripted devices, simulated signs."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from config.settings import CounterStationSettings, Settings
from config.twins import SimulatedDeskSettings
from hardware.open.signs import open_sign
from hardware.ports import Sign, SignFace
from hardware.serial_bus.bus import SerialBuses
from hardware.serial_bus.device import Frame, FrameOutcome, Priority
from hardware.simulated.desks import sign_twins
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.terminal import Cables, Terminal
from support.scaled_time import mono_s

LED = {"kind": "modbus", "encoding": "ascii_per_reg", "width": 4, "align": "left", "answer_s": 0.1}


@dataclass
class ScriptedDevice:
    """A bus device that sends each of ``script`` once."""

    script: list[Frame]
    priority: Callable[[], Priority] = lambda: Priority.HIGH
    sent_s: list[float] = field(default_factory=list)
    outcomes: list[tuple[FrameOutcome, str]] = field(default_factory=list)

    def opened(self, now_s: float) -> None:
        pass

    def due(self, now_s: float) -> float | None:
        return now_s if len(self.outcomes) < len(self.script) else None

    def next_frame(self, now_s: float) -> Frame:
        self.sent_s.append(now_s)
        return self.script[len(self.outcomes)]

    def frame_done(self, frame: Frame, outcome: FrameOutcome, detail: str, now_s: float) -> None:
        self.outcomes.append((outcome, detail))

    def closing_frames(self) -> Iterable[Frame]:
        return [Frame(b"bye")]


class FarEnd(NamedTuple):
    """The far end of a serial bus.

    It has the path that a driver opens, the bytes received, and the terminal itself.
    """

    path: Path
    received: bytearray
    terminal: Terminal


def ok_reply(received: bytes) -> tuple[FrameOutcome, str] | None:
    return (FrameOutcome.DONE, "") if b"ok" in received else None


@contextmanager
def echoing(path: Path, cables: Cables) -> Iterator[None]:
    """Attach an adapter that receives its own transmissions."""

    def echo(data: bytes) -> None:
        adapter.send(data)

    adapter = cables.cable(path, echo)
    with closing(adapter):
        yield


class SignsOnBus:
    """Simulated signs of one model on one bus, with their drivers."""

    def __init__(self, path: Path, addresses: Iterable[int], sheet: dict[str, Any], plug: Path | None = None) -> None:
        desks = [
            {
                "counter": f"c{address}",
                "sign": {
                    "kind": sheet["kind"],
                    "model": "led",
                    "port": str(plug or path),
                    "address": address,
                    "baud": 38400,
                    "resend_s": 1.0,
                },
            }
            for address in addresses
        ]
        self.station = CounterStationSettings.model_validate({"desks": desks, "signs": {"led": sheet}})
        self.stack, self.cables, self.buses = ExitStack(), Cables(), SerialBuses(mono_s)
        self.simulated: dict[str, SimulatedSign] = {}
        for desk in self.station.desks:
            (sign,) = sign_twins(
                Settings(counter=self.station),
                SimulatedDeskSettings(counter=desk.counter, sign=path),
                self.cables,
                mono_s,
            )
            assert isinstance(sign, SimulatedSign)
            self.simulated[desk.counter] = self.stack.enter_context(closing(sign))
        self.drivers: dict[str, Sign] = {}

    def open(self) -> None:
        for desk in self.station.desks:
            sign = open_sign(desk.sign, self.buses, self.station.signs, f"sign-{desk.counter}")
            assert sign is not None
            self.drivers[desk.counter] = self.stack.enter_context(closing(sign))

    def show(self) -> None:
        for counter, sign in self.drivers.items():
            sign.show(SignFace(f"A01{counter[1]}"))

    def shown(self) -> dict[str, str]:
        return {counter: sign.shown()[0] for counter, sign in self.simulated.items()}

    def health(self) -> dict[str, tuple[str, str | None]]:
        return {counter: (sign.health().state.value, sign.health().code) for counter, sign in self.drivers.items()}


@contextmanager
def signs_on_bus(*args: Any, **kwargs: Any) -> Iterator[SignsOnBus]:
    """Open the signs' far ends until the block ends; see :class:`SignsOnBus`."""
    signs = SignsOnBus(*args, **kwargs)
    with signs.stack:
        yield signs
