"""The settings of the devices that are connected to this machine.

Each setting has its default and limits; ``hardware.open`` creates drivers from them.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
"""Id of a station, counter, clerk, zone (part of the hall) or sheet."""
Address = Annotated[str, StringConstraints(pattern=r"^[^\s:]+:\d{1,5}$")]
"""``host:port``."""


class Section(BaseModel):
    """A section of the file: frozen, without unknown settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PrinterSettings(Section):
    kind: Literal["network", "serial", "usb", "file", "none"] = Field(
        default="none", description="how the printer is connected; usb: its usblp device file, such as /dev/usb/lp0"
    )
    address: str = Field(default="", description="host:port, serial port or URL, or device file")
    baud: int = Field(default=115200, ge=1200, le=921600, description="speed of a serial link")
    flow: Literal["none", "rtscts", "xonxoff"] = Field(
        default="none", description="handshake of a serial link: none, by wires, by XON and XOFF"
    )
    paper_mm: Literal[80, 58] = Field(default=80, description="width of the roll")
    papers_list: bool = Field(default=False, description="print the papers needed on the slip")
    slip: Literal["auto", "raster", "hybrid", "native"] = Field(
        default="auto",
        description="raster: all as dots; hybrid: number and QR as the printer's own; native: text too, only with a "
        "confirmed profile; auto: by the link's speed",
    )
    layout: Path | None = Field(default=None, description="the hall's own slip layout; none: the shipped one")
    model: str | None = Field(
        default=None,
        min_length=1,
        max_length=80,
        description="the printer's name as on its box, such as TM-T88V; `luot-hardware models` lists them; none: the "
        "abilities of all printers",
    )
    profile: Path | None = Field(
        default=None,
        description="file that `luot-hardware probe` wrote about this printer; it takes precedence over the model",
    )


class SignSettings(Section):
    kind: Literal["cd5220", "modbus", "template", "mqtt", "console", "none"] = Field(
        default="none",
        description="the sign's protocol; mqtt: a node that reads its picture from the broker itself; console: its "
        "content goes to the log, to try a station without a sign",
    )
    port: str = Field(default="", description="serial port or pyserial URL; several signs may share one")
    baud: int = Field(default=9600, ge=1200, le=921600, description="speed of the link")
    address: int = Field(default=1, ge=0, le=255, description="the sign's own number on a shared line")
    model: Id | None = Field(default=None, description="name of its sheet under [counter.signs]")
    segments: bool = Field(default=False, description="seven segments only: it shows digits, no letters")
    resend_s: float = Field(default=8.0, ge=1, le=60, description="send again every so often: signs lose power")
    node: Id | None = Field(default=None, description="the node's id, for kind mqtt; none: sign-<counter>")


class KeypadSettings(Section):
    kind: Literal["serial", "evdev", "none"] = Field(
        default="none", description="how the keypad is connected; evdev: a USB keypad that acts as a keyboard"
    )
    port: str = Field(default="", description="serial port or URL, or a path below /dev/input/by-id")
    baud: int = Field(default=9600, ge=1200, le=921600, description="speed of the link")
    address: str = Field(default="", description="bytes before each key when several keypads share one line")
    debounce_ms: int = Field(default=150, ge=0, le=2000, description="a key again within this is one press")
    keys: dict[str, str] = Field(
        default={},
        description="code = key, instead of the usual map; serial: ASCII with \\r, \\n, \\t and \\xNN; evdev: kernel "
        "names such as KEY_KP1; keys: next, recall, start, finish, no_show, hold, pause, call, transfer, clear, 0 to 9",
    )
    lamp_on: str = Field(
        default="",
        description="lights its lamp when a key is refused; serial: bytes as in `keys` (\\x07 beeps); evdev: its "
        "LED, such as LED_NUML",
    )
    lamp_off: str = Field(default="", description="serial: what puts the lamp out again, two seconds later")


class ScannerSettings(Section):
    kind: Literal["serial", "none"] = Field(default="none", description="how the scanner is connected")
    port: str = Field(default="", description="serial port or pyserial URL")
    baud: int = Field(default=9600, ge=1200, le=921600, description="speed of the link")


class RatingPadSettings(Section):
    """Keys with which visitors rate how they were served."""

    kind: Literal["serial", "evdev", "none"] = Field(default="none", description="how the pad is connected")
    port: str = Field(default="", description="serial port or URL, or a path below /dev/input/by-id")
    baud: int = Field(default=9600, ge=1200, le=921600, description="speed of the link")
    address: str = Field(default="", description="bytes before each key when several pads share one line")
    debounce_ms: int = Field(default=150, ge=0, le=2000, description="a key again within this is one press")
    levels: Literal[3, 4] = Field(default=4, description="how many keys it has")
    keys: dict[str, int] = Field(default={}, description="code = level (1 is best), instead of the usual map")
    lamp_on: str = Field(default="", description="lights its lamp when a rating is taken; as for the counter's keypad")
    lamp_off: str = Field(default="", description="serial: what puts the lamp out again, two seconds later")


class SpeakerSettings(Section):
    kind: Literal["mixer", "simulated", "none"] = Field(
        default="mixer",
        description="mixer: the machine's sound card through SDL; simulated: heard in the virtual hall only",
    )
    volume: float = Field(default=1.0, ge=0, le=1, description="loudness, 0 to 1")
    mute_from: str = Field(default="", description="hh:mm from which nothing is spoken")
    mute_to: str = Field(default="", description="hh:mm until which nothing is spoken")
    times: int = Field(default=2, ge=1, le=3, description="how often a call is read when nobody else waits to be read")
