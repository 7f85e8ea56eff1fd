"""Data sheets of signs as settings: the registers or frames of a maker's model.

The settings of a counter's sign name its data sheet (``sheet`` for short) as ``model``.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.devices import Section
from config.frames import parse_frame

Register = Annotated[int, Field(ge=0, le=65535)]
"""Address or value of a Modbus register."""
HexPairs = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}\s*)*$")]
"""Bytes written as ``41 6F``."""
FramePattern = Annotated[str, Field(max_length=400)]
"""A frame as ``config.frames`` parses it."""
CellCharacter = Annotated[str, Field(pattern=r"^[ -~]$")]
"""One printable ASCII character."""
Parity = Literal["none", "even", "odd"]


class DisplayAttribute(Section):
    """A register that makes the sign itself blink, or show dashes or a refusal."""

    at: Register = Field(description="the register")
    steady: Register = Field(description="value for a steady number")
    blink: Register | None = Field(default=None, description="value for a number that blinks; none: we blink it")
    dark: Register | None = Field(default=None, description="value for a dark sign; none: as steady, with blanks")
    dashes: Register | None = Field(default=None, description="value for dashes; none: as steady")
    refused: Register | None = Field(default=None, description="value for a refused key; none: dashes flash")


class DecimalPoint(Section):
    """The register that places the decimal point; a queue number has none."""

    at: Register = Field(description="the register")
    value: Register = Field(default=0, description="value for no point")


class ModbusDataSheet(Section):
    """A make that speaks Modbus RTU: its register map."""

    kind: Literal["modbus"] = Field(description="modbus")
    encoding: Literal["int", "ascii_per_reg", "two_ascii_per_reg", "bcd"] = Field(
        description="int: the number in one register; ascii_per_reg, two_ascii_per_reg: one or two characters in "
        "each; bcd: four decimal digits in each"
    )
    first: Register = Field(default=0, description="first register of the number, counted from 0 as on the line")
    width: int = Field(default=4, ge=1, le=40, description="characters it shows")
    align: Literal["left", "right"] = Field(default="right", description="where a shorter number stands")
    pad: CellCharacter = Field(default=" ", description="character that fills the rest")
    function: Literal[6, 16] = Field(default=16, description="6: one register a frame; 16: all in one frame")
    blank: Register | None = Field(
        default=None, description="value of every number register of a dark sign; none: spaces"
    )
    dashes: Register | None = Field(
        default=None, description="value of every number register for dashes; none: minus signs, or dark"
    )
    refused: Register | None = Field(
        default=None, description="value of every number register for a refused key; none: dashes flash"
    )
    point: DecimalPoint | None = None
    attribute: DisplayAttribute | None = None
    parity: Parity = Field(default="none", description="parity of the link")
    answer_s: float = Field(default=0.3, ge=0.01, le=5, description="no answer for so long: silent")

    @model_validator(mode="after")
    def _check_sheet(self) -> "ModbusDataSheet":
        if self.encoding in ("int", "bcd") and self.blank is None:
            raise ValueError(f"encoding {self.encoding!r} has no spaces: give 'blank', the value of a dark sign")
        if self.encoding == "int" and self.width > 5:
            raise ValueError("width: one register holds five digits at most; try 'bcd', or a smaller width")
        if self.encoding in ("int", "bcd") and self.pad not in " 0":
            raise ValueError("pad: a register of digits is filled with '0' or ' '")
        return self


class TemplateDataSheet(Section):
    """A make with frames of its own, as on its maker's page. Frames are hex pairs, quoted ASCII and the words
    address, payload and checksum, with [ and ] around the bytes that the checksum covers."""

    kind: Literal["template"] = Field(description="template")
    frame: FramePattern = Field(
        description="frame that shows a number, such as \"02 [ address 'W' payload 03 ] checksum\""
    )
    width: int = Field(default=4, ge=1, le=40, description="characters it shows")
    align: Literal["left", "right"] = Field(default="right", description="where a shorter number stands")
    pad: CellCharacter = Field(default=" ", description="character that fills the rest")
    characters: Literal["ascii", "digits", "map"] = Field(
        default="ascii", description="characters that it can show; map: see map"
    )
    map: dict[CellCharacter, HexPairs] = Field(
        default={}, description="character = bytes as hex pairs, for characters = 'map'"
    )
    address: Literal["none", "byte", "decimal", "hex"] = Field(
        default="none", description="how its number is written; decimal, hex: as ASCII digits"
    )
    address_offset: int = Field(default=0, ge=-255, le=255, description="added to its number")
    address_width: int = Field(default=2, ge=1, le=4, description="digits of a decimal or hex address")
    checksum: Literal["none", "sum8", "xor8", "lrc", "crc16"] = Field(
        default="none", description="lrc: two's complement of the sum; crc16: as Modbus"
    )
    checksum_as: Literal["byte", "hex"] = Field(default="byte", description="hex: as ASCII digits, two for each byte")
    checksum_order: Literal["low_first", "high_first"] = Field(default="low_first", description="bytes of a crc16")
    dark: FramePattern = Field(default="", description="frame that darkens it; empty: a payload of spaces")
    dashes: FramePattern = Field(default="", description="frame for dashes; empty: a payload of minus signs, or dark")
    blink: FramePattern = Field(default="", description="frame that shows a number blinking; empty: we blink it")
    refused: FramePattern = Field(default="", description="frame for a refused key; empty: dashes flash")
    begin: FramePattern = Field(default="", description="frame to send first when the line was opened; empty: none")
    reply: FramePattern = Field(default="", description="its reply, without payload; empty: none")
    refusal: FramePattern = Field(default="", description="its reply when it rejects a frame; empty: none")
    reply_s: float = Field(default=0.3, ge=0.01, le=5, description="no reply for so long: silent")
    repeat: int = Field(default=1, ge=1, le=5, description="how often each frame is sent")
    repeat_s: float = Field(default=0.1, ge=0, le=5, description="between repeated frames")
    parity: Parity = Field(default="none", description="parity of the link")

    @model_validator(mode="after")
    def _check_sheet(self) -> "TemplateDataSheet":
        if mistakes := [*self._frame_mistakes(), *self._mistakes()]:
            raise ValueError("\n".join(mistakes))
        return self

    def _frame_mistakes(self) -> Iterator[str]:
        for name in ("frame", "dark", "dashes", "blink", "refused", "begin", "reply", "refusal"):
            text: str = getattr(self, name)
            has_number = name in ("frame", "blink")
            fields = ("address", "payload", "checksum") if has_number else ("address", "checksum")
            try:
                parts = parse_frame(text, fields=fields)
            except ValueError as error:
                yield f"{name}: {error}"
                continue
            if has_number and text and "payload" not in parts:
                yield f"{name}: 'payload' is missing: where the number stands"
            if "checksum" in parts and self.checksum == "none":
                yield f"{name}: which checksum? set 'checksum' to sum8, xor8, lrc or crc16"
            if "address" in parts and self.address == "none":
                yield f"{name}: how is the address written? set 'address' to byte, decimal or hex"

    def _mistakes(self) -> Iterator[str]:
        rules: tuple[tuple[Callable[[], bool], str], ...] = (
            (
                lambda: (self.characters == "map") != bool(self.map),
                "map: goes with characters = 'map' only",
            ),
            (
                lambda: self.characters == "map" and " " not in self.map and not self.dark,
                "map: has no ' ', so give 'dark', the frame that darkens it",
            ),
            (
                lambda: self.characters == "map" and self.pad not in self.map,
                f"pad: {self.pad!r} is not in the map",
            ),
            (lambda: bool(self.refusal) and not self.reply, "refusal: goes with 'reply'"),
        )
        yield from (sentence for broken, sentence in rules if broken())


DataSheet = Annotated[ModbusDataSheet | TemplateDataSheet, Field(discriminator="kind")]
DataSheets = Mapping[str, ModbusDataSheet | TemplateDataSheet]
"""The data sheets of the settings, by the names that signs have as their ``model``."""
