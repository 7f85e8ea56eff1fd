"""The settings of simulated devices: the twin of every device, for demonstrations and tests only."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from config.devices import Address, Id, Section


class SimulatedPrinter(Section):
    kind: Literal["network", "serial", "usb"] = Field(default="network", description="what the twin is plugged into")
    listen: Address = Field(default="127.0.0.1:9100", description="TCP port a network twin listens on")
    path: Path | None = Field(
        default=None,
        description="where a serial or USB twin's pseudo-terminal appears; for these kinds it must be given",
    )
    baud: int = Field(default=115200, ge=1200, le=921600, description="speed a serial twin is paced at")
    flow: Literal["none", "rtscts", "xonxoff"] = Field(
        default="none", description="handshake of a serial twin; without one it loses what has no room"
    )
    make: Literal["epson", "epson-old", "clone", "clone-58", "mute", "spooler"] = Field(
        default="epson", description="whose printer it is like: what it answers, draws and can hold"
    )
    paper_mm: Literal[80, 58] = Field(default=80, description="width of its roll")
    speed_mm_s: float = Field(default=250.0, gt=0, le=1000, description="how fast it prints")
    roll_mm: float = Field(default=80_000.0, gt=0, description="length of a fresh roll")

    @model_validator(mode="after")
    def _plugged_somewhere(self) -> Self:
        if self.kind != "network" and self.path is None:
            raise ValueError(f"a {self.kind} twin needs a path")
        return self


class SimulatedDesk(Section):
    counter: Id = Field(description="the counter whose devices are simulated")
    sign: Path | None = Field(
        default=None,
        description="where the sign's pseudo-terminal appears; the make is that of the counter's own settings; "
        "several counters may name one place: a line with several signs",
    )
    node: bool = Field(default=False, description="the counter's sign is a node on the broker")
    keypad: Path | None = Field(default=None, description="where the keypad's pseudo-terminal appears")
    scanner: Path | None = Field(default=None, description="where the scanner's pseudo-terminal appears")
    pad: Path | None = Field(default=None, description="where the rating pad's pseudo-terminal appears")


class Simulated(Section):
    """The twin of every device, in one process. Demonstrations and tests only."""

    control: Address = Field(default="127.0.0.1:8490", description="control port: paper, signs, keys, faults")
    printer: SimulatedPrinter | None = Field(default=None, description="the slip printer, if simulated")
    desks: tuple[SimulatedDesk, ...] = Field(default=(), description="devices of counters, if simulated")
