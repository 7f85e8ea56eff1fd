"""What is known about one printer: a small file that `luot-hardware probe` writes and `[kiosk.printer] profile` names.

Without one a printer is treated as the plainest of all: it prints dots and answers questions. What a file says more
of is used only because somebody saw that printer do it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from config.devices import Section
from config.load import load
from hardware import whole_file


class CodePage(Section):
    """Where the printer keeps Vietnamese letters. Slips use it only when a person has read them on a test slip."""

    encoding: Literal["tcvn3", "cp1258"] = Field(
        description="tcvn3: a byte for each letter, capitals on a page of their own; cp1258: a byte for the letter and "
        "one for its tone, which the printer must put over one another"
    )
    page: int = Field(ge=0, le=255, description="its number (ESC t); makers number as they like")
    capitals: int | None = Field(default=None, ge=0, le=255, description="the number of tcvn3's page of capitals")
    confirmed: bool = Field(default=False, description="a person has read every letter on a test slip")

    @model_validator(mode="after")
    def _both_pages(self) -> Self:
        if (self.encoding == "tcvn3") is (self.capitals is None):
            raise ValueError("tcvn3 needs the number of its capitals, and only tcvn3 has one: capitals = 31")
        return self


class PrinterProfile(Section):
    """One printer, as it showed itself."""

    maker: str = Field(default="", max_length=80, description="what the printer calls its maker; copies lie")
    model: str = Field(default="", max_length=80, description="what the printer calls itself")
    serial: str = Field(default="", max_length=80, description="its serial number, where it tells one")
    probed: str = Field(default="", max_length=40, description="when it was probed")
    answers: bool = Field(default=True, description="it answers questions (DLE EOT); false: nothing is ever known")
    fence: bool = Field(
        default=True,
        description="it says when it is done with all before (GS r); false, and process_id too: nothing is ever proved",
    )
    automatic_status: bool = Field(default=True, description="it reports changes by itself (GS a)")
    process_id: bool = Field(default=False, description="it says which slip has come out (GS ( H)")
    answer_s: float = Field(
        default=0.3, ge=0.3, le=10, description="how long an answer is waited for; print servers hold them back"
    )
    native_qr: bool = Field(default=False, description="it draws QR codes itself (GS ( k)")
    largest: int = Field(default=8, ge=1, le=8, description="how many times larger it can print letters (GS !)")
    cuts: bool = Field(default=True, description="it has a cutter; false: slips are torn off")
    pulls_back: bool = Field(
        default=False, description="after a cut it draws the paper back to its head (GS V 104): shorter slips"
    )
    dots: int | None = Field(
        default=None,
        ge=320,
        le=640,
        multiple_of=8,
        description="dots in a line, where they are not 576 on 80 mm and 384 on 58 mm",
    )
    dpi: Literal[203, 180] = Field(default=203, description="dots to the inch")
    speed_mm_s: float = Field(default=60.0, gt=0, le=1000, description="how fast it prints at its slowest")
    head_to_cutter_mm: float = Field(
        default=15.0, ge=0, le=60, description="from the print head to the cutter, or to where slips are torn off"
    )
    buffer_bytes: int = Field(
        default=4096,
        ge=0,
        le=1_000_000,
        description="what it takes in while it stands still; so much may be unprinted when it answers",
    )
    roll_mm: float = Field(default=80_000.0, gt=0, le=500_000, description="length of a fresh roll")
    low_slips: int = Field(default=50, ge=0, le=2000, description="warn when so few slips are left by our own count")
    code_page: CodePage | None = None


def load_profile(path: Path) -> PrinterProfile:
    """Raises ``ConfigError`` with every mistake."""
    return load(path, PrinterProfile)


def write_profile(path: Path, profile: PrinterProfile) -> None:
    """Replace the file whole; each line says what it means, and settings that nobody set stand there as comments, so
    that the printer's model still counts for them. Raises ``OSError``."""
    whole_file.replace(path, "\n".join(_lines(profile)) + "\n")


def _lines(profile: PrinterProfile) -> Iterator[str]:
    yield "# What is known about this printer; see docs/CONFIG.md, A printer's profile."
    yield from _settings(profile)
    if profile.code_page is not None:
        yield "\n[code_page]"
        yield from _settings(profile.code_page)


def _settings(section: Section) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if value is not None and not isinstance(value, Section):
            unset = "" if name in section.model_fields_set else "# "
            yield f"{unset}{name} = {_as_toml(value)}  # {field.description}"


def _as_toml(value: object) -> str:
    """JSON's strings, numbers and booleans are TOML's too, but for DEL and what JSON writes as surrogates."""
    return re.sub(r"[^ -~]", _escaped, json.dumps(value, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
