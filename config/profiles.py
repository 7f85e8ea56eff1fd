"""A printer's profile: a small file that `luot-hardware probe` writes and `[kiosk.printer] profile` names.

Without a profile the driver assumes only that the printer prints dots and replies to status requests. Each further
ability in a file was observed on that printer.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from config import files
from config.devices import Section
from config.load import load


class CodePage(Section):
    """The printer's code page with Vietnamese letters.

    Slips use it only after a person has read the letters on a test slip.
    """

    encoding: Literal["tcvn3", "cp1258"] = Field(
        description="tcvn3: a byte for each letter, capitals on a page of their own; cp1258: a byte for the letter and "
        "one for its tone, which the printer must put over one another"
    )
    page: int = Field(ge=0, le=255, description="its number (ESC t); makers number as they like")
    capitals: int | None = Field(default=None, ge=0, le=255, description="the number of tcvn3's page of capitals")
    confirmed: bool = Field(default=False, description="a person has read every letter on a test slip")

    @model_validator(mode="after")
    def _capitals_match_encoding(self) -> Self:
        if (self.encoding == "tcvn3") is (self.capitals is None):
            raise ValueError("tcvn3 needs the number of its capitals, and only tcvn3 has one: capitals = 31")
        return self


class PrinterProfile(Section):
    """The abilities of one printer."""

    maker: str = Field(
        default="", max_length=80, description="the maker that the printer reports; clones may report another"
    )
    model: str = Field(default="", max_length=80, description="the model that the printer reports")
    serial: str = Field(default="", max_length=80, description="its serial number, if it reports one")
    probed: str = Field(default="", max_length=40, description="when it was probed")
    answers: bool = Field(default=True, description="it answers questions (DLE EOT); false: nothing is ever known")
    fence: bool = Field(
        default=True,
        description="it replies when all before is printed (GS r); false, and process_id too: no slip is ever proved",
    )
    automatic_status: bool = Field(default=True, description="it reports changes by itself (GS a)")
    process_id: bool = Field(default=False, description="it reports which slip has come out (GS ( H)")
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
        description="bytes that it takes in while it stands still; so many may be unprinted when it replies",
    )
    roll_mm: float = Field(default=80_000.0, gt=0, le=500_000, description="length of a fresh roll")
    low_slips: int = Field(default=50, ge=0, le=2000, description="warn when so few slips are left by our own count")
    code_page: CodePage | None = None


def load_profile(path: Path) -> PrinterProfile:
    """Read a profile. Raises ``ConfigError`` with every mistake."""
    return load(path, PrinterProfile)


def write_profile(path: Path, profile: PrinterProfile) -> None:
    """Write the whole profile, with the meaning of each line as a comment. Raises ``OSError``.

    Settings without a value are written as comments, so that the printer's model still supplies them.
    """
    files.atomic_write(path, "\n".join(_lines(profile)) + "\n")


def _lines(profile: PrinterProfile) -> Iterator[str]:
    """Yield the lines of a profile's file."""
    yield "# What is known about this printer; see docs/CONFIG.md, A printer's profile."
    yield from _settings(profile)
    if profile.code_page is not None:
        yield "\n[code_page]"
        yield from _settings(profile.code_page)


def _settings(section: Section) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if value is not None and not isinstance(value, Section):
            comment_mark = "" if name in section.model_fields_set else "# "
            yield f"{comment_mark}{name} = {_as_toml(value)}  # {field.description}"


def _as_toml(value: object) -> str:
    """Return a value as TOML.

    It is written as JSON, except DEL and the characters that JSON writes as surrogates.
    """
    return re.sub(r"[^ -~]", _toml_escape, json.dumps(value, ensure_ascii=False))


def _toml_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
