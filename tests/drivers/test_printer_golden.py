"""Slips as bytes, compared with those from before python-escpos composed them.

``golden/slips.json`` holds slips with their texts, so that a change of words or layout does not reach them;
``golden/sheets.json`` the length in bytes, the paper in mm and the SHA-256 of each for each kind of printer.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hardware.printers.drawing.encoders import SlipForm, make_encoder
from hardware.printers.drawing.paper import paper
from hardware.printers.profile import Encoding, Profile, VietnameseCodePage
from hardware.slips import slip as elements
from hardware.slips.slip import Align, Slip

GOLDEN = Path(__file__).parent / "golden"
TCVN3 = VietnameseCodePage(Encoding.TCVN3, 30, 31, confirmed=True)
CP1258 = VietnameseCodePage(Encoding.CP1258, 27, 27, confirmed=True)
READ = Profile(native_qr=True, code_page=TCVN3)
NARROW = Profile(dots=512, dpi=180, native_qr=True, pulls_back=True, code_page=TCVN3)
NO_CUTTER = Profile(cuts=False, largest=4, code_page=CP1258)
PRINTERS: Mapping[str, tuple[SlipForm, int, Profile]] = {
    "raster-80": (SlipForm.RASTER, 80, Profile()),
    "raster-58": (SlipForm.RASTER, 58, NO_CUTTER),
    "raster-512": (SlipForm.RASTER, 80, NARROW),
    "fine-80": (SlipForm.FINE, 80, Profile()),
    "fine-58": (SlipForm.FINE, 58, NO_CUTTER),
    "hybrid-80": (SlipForm.HYBRID, 80, Profile()),
    "hybrid-58": (SlipForm.HYBRID, 58, NO_CUTTER),
    "hybrid-512": (SlipForm.HYBRID, 80, NARROW),
    "native-80": (SlipForm.NATIVE, 80, READ),
    "native-58": (SlipForm.NATIVE, 58, NO_CUTTER),
    "native-512": (SlipForm.NATIVE, 80, NARROW),
}
RENAMED = {"Rule": "HorizontalRule", "beside": "caption"}
"""Elements and fields that had another name when ``slips.json`` was written."""


def golden_slips() -> dict[str, Slip]:
    """The slips of ``slips.json`` by their names."""
    return {row["name"]: Slip(row["number"], tuple(map(_element, row["elements"]))) for row in _read("slips.json")}


def _element(row: tuple[str, dict[str, Any]]) -> elements.Element:
    kind, values = row
    given: dict[str, Any] = {
        RENAMED.get(name, name): tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    if "align" in given:
        given["align"] = Align(given["align"])
    made: elements.Element = getattr(elements, RENAMED.get(kind, kind))(**given)
    return made


def sheets(printer: str) -> dict[str, list[object]]:
    """Return each slip for that printer: bytes, mm, hash."""
    form, mm, profile = PRINTERS[printer]
    written = make_encoder(form, paper(mm, profile.dots), profile)
    made = {name: written(slip) for name, slip in golden_slips().items()}
    return {
        name: [len(sheet.data), round(sheet.length_mm, 3), hashlib.sha256(sheet.data).hexdigest()]
        for name, sheet in made.items()
    }


def _read(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("printer", PRINTERS)
def test_slips_leave_as_the_same_bytes_as_ever(printer: str) -> None:
    assert sheets(printer) == _read("sheets.json")[printer]
