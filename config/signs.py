"""Sheets: what a maker's page says of a make of sign, as data. Desks name them as their sign's ``model``."""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.devices import Section
from config.frames import parts

Register = Annotated[int, Field(ge=0, le=65535)]
Pair = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}\s*)*$")]
Frame = Annotated[str, Field(max_length=400)]
Cell = Annotated[str, Field(pattern=r"^[ -~]$")]
Parity = Literal["none", "even", "odd"]


class Attribute(Section):
    """A register with which a sign blinks, or shows dashes or a refusal, by itself."""

    at: Register = Field(description="the register")
    steady: Register = Field(description="value for a number that stands")
    blink: Register | None = Field(default=None, description="value for a number that blinks; none: we blink it")
    dark: Register | None = Field(default=None, description="value for a dark sign; none: as steady, with blanks")
    dashes: Register | None = Field(default=None, description="value for dashes; none: as steady")
    refused: Register | None = Field(default=None, description="value for a refused key; none: dashes flash")


class Point(Section):
    """The register that places the decimal point; a queue number has none."""

    at: Register = Field(description="the register")
    value: Register = Field(default=0, description="value for no point")


class ModbusSheet(Section):
    """A make that speaks Modbus RTU: its register map."""

    kind: Literal["modbus"] = Field(description="modbus")
    encoding: Literal["int", "ascii_per_reg", "two_ascii_per_reg", "bcd"] = Field(
        description="int: the number in one register; ascii_per_reg, two_ascii_per_reg: one or two characters in "
        "each; bcd: four decimal digits in each"
    )
    first: Register = Field(default=0, description="first register of the number, counted from 0 as on the line")
    width: int = Field(default=4, ge=1, le=40, description="characters it shows")
    align: Literal["left", "right"] = Field(default="right", description="where a shorter number stands")
    pad: Cell = Field(default=" ", description="character that fills the rest")
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
    point: Point | None = None
    attribute: Attribute | None = None
    parity: Parity = Field(default="none", description="parity of the link")
    answer_s: float = Field(default=0.3, ge=0.01, le=5, description="no answer for so long: silent")

    @model_validator(mode="after")
    def _whole(self) -> "ModbusSheet":
        if self.encoding in ("int", "bcd") and self.blank is None:
            raise ValueError(f"encoding {self.encoding!r} has no spaces: give 'blank', the value of a dark sign")
        if self.encoding == "int" and self.width > 5:
            raise ValueError("width: one register holds five digits at most; try 'bcd', or a smaller width")
        if self.encoding in ("int", "bcd") and self.pad not in " 0":
            raise ValueError("pad: a register of digits is filled with '0' or ' '")
        return self


class TemplateSheet(Section):
    """A make with frames of its own, as on its maker's page. Frames are hex pairs, quoted ASCII and the words
    address, payload and checksum, with [ and ] around what the checksum is counted over."""

    kind: Literal["template"] = Field(description="template")
    frame: Frame = Field(description="what shows a number, such as \"02 [ address 'W' payload 03 ] checksum\"")
    width: int = Field(default=4, ge=1, le=40, description="characters it shows")
    align: Literal["left", "right"] = Field(default="right", description="where a shorter number stands")
    pad: Cell = Field(default=" ", description="character that fills the rest")
    characters: Literal["ascii", "digits", "map"] = Field(default="ascii", description="what it can show; map: see map")
    map: dict[Cell, Pair] = Field(default={}, description="character = bytes as hex pairs, for characters = 'map'")
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
    dark: Frame = Field(default="", description="frame that darkens it; empty: a payload of spaces")
    dashes: Frame = Field(default="", description="frame for dashes; empty: a payload of minus signs, or dark")
    blink: Frame = Field(default="", description="frame that shows a number blinking; empty: we blink it")
    refused: Frame = Field(default="", description="frame for a refused key; empty: dashes flash")
    begin: Frame = Field(default="", description="frame to send first when the line was opened; empty: none")
    reply: Frame = Field(default="", description="what it answers, without payload; empty: nothing")
    refusal: Frame = Field(default="", description="what it answers when it turns a frame down; empty: nothing")
    reply_s: float = Field(default=0.3, ge=0.01, le=5, description="no reply for so long: silent")
    repeat: int = Field(default=1, ge=1, le=5, description="how often each frame is sent")
    repeat_s: float = Field(default=0.1, ge=0, le=5, description="between repeated frames")
    parity: Parity = Field(default="none", description="parity of the link")

    @model_validator(mode="after")
    def _whole(self) -> "TemplateSheet":
        if mistakes := [*self._frame_mistakes(), *self._mistakes()]:
            raise ValueError("\n".join(mistakes))
        return self

    def _frame_mistakes(self) -> Iterator[str]:
        for name in ("frame", "dark", "dashes", "blink", "refused", "begin", "reply", "refusal"):
            text: str = getattr(self, name)
            shows = name in ("frame", "blink")
            try:
                found = parts(text, fields=("address", "payload", "checksum") if shows else ("address", "checksum"))
            except ValueError as error:
                yield f"{name}: {error}"
                continue
            if shows and text and "payload" not in found:
                yield f"{name}: 'payload' is missing: where the number stands"
            if "checksum" in found and self.checksum == "none":
                yield f"{name}: which checksum? set 'checksum' to sum8, xor8, lrc or crc16"
            if "address" in found and self.address == "none":
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


Sheet = Annotated[ModbusSheet | TemplateSheet, Field(discriminator="kind")]
