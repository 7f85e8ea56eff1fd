"""The settings of simulated devices (twins), for demonstrations and tests only."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from config.devices import Address, Id, Section


class SimulatedPrinterSettings(Section):
    kind: Literal["network", "serial", "usb"] = Field(default="network", description="its kind of connection")
    listen: Address = Field(default="127.0.0.1:9100", description="TCP port on which a network printer listens")
    path: Path | None = Field(
        default=None,
        description="path of the pseudo-terminal of a serial or USB printer; for these kinds it must be given",
    )
    baud: int = Field(default=115200, ge=1200, le=921600, description="speed of a serial printer")
    flow: Literal["none", "rtscts", "xonxoff"] = Field(
        default="none", description="handshake of a serial printer; without one it loses bytes that find no room"
    )
    make: Literal["epson", "epson-old", "clone", "clone-58", "mute", "spooler"] = Field(
        default="epson",
        description="the make that it simulates: replies, drawing and memory; mute: it proves no slip; spooler: a"
        " print server without its printer",
    )
    paper_mm: Literal[80, 58] = Field(default=80, description="width of its roll")
    speed_mm_s: float = Field(default=250.0, gt=0, le=1000, description="how fast it prints")
    roll_mm: float = Field(default=80_000.0, gt=0, description="length of a fresh roll")

    @model_validator(mode="after")
    def _has_path(self) -> Self:
        if self.kind != "network" and self.path is None:
            raise ValueError(f"a {self.kind} twin needs a path")
        return self


class SimulatedDeskSettings(Section):
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


class SimulatedSettings(Section):
    """The simulation of every device, in one process. Demonstrations and tests only."""

    control: Address = Field(default="127.0.0.1:8490", description="control port: paper, signs, keys, faults")
    printer: SimulatedPrinterSettings | None = Field(default=None, description="the slip printer, if simulated")
    desks: tuple[SimulatedDeskSettings, ...] = Field(default=(), description="devices of counters, if simulated")
