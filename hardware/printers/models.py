"""Printers by their names: what python-escpos' data base of printers (CC BY 4.0) knows about each.

The data base is read as JSON in 1 ms, without importing the library. It says how a printer prints, but not what proves
a slip (fences, process ids, answers, speed): a probe finds that out.
"""

import difflib
import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from hardware.printers.drawing.paper import PAPERS, paper
from hardware.printers.profile import DOTS_PER_MM, CodePage, Encoding

NEAR = 5
"""So many similar names are suggested for one that is unknown."""
NO_MODEL = "Generic"
"""The maker of the data base's own defaults, which are no printers."""
COLUMNS_ONLY = "Use bitImageColumn"
"""How the data base notes that raster pictures do not print though the printer takes the command."""


def _data_base() -> Path:
    spec = importlib.util.find_spec("escpos")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("python-escpos is not installed")
    return Path(spec.submodule_search_locations[0]) / "capabilities.json"


DATA_BASE = _data_base()


class Unfit(StrEnum):
    """Why a model cannot print slips."""

    DISPLAY = "display"
    STAR = "star"
    NO_RASTER = "no_raster"
    WIDTH = "width"


WHY_UNFIT: Mapping[Unfit, str] = {
    Unfit.DISPLAY: "it is a customer display, no printer",
    Unfit.STAR: "it takes Star's commands and answers no DLE EOT; set it to ESC/POS, leave model out and probe it",
    Unfit.NO_RASTER: "it does not print raster pictures (GS v 0), in which Vietnamese text leaves",
    Unfit.WIDTH: "its head goes with neither 80 nor 58 mm paper",
}


@dataclass(frozen=True, slots=True)
class Model:
    """One model. None: the data base does not say. ``pages`` is where it should keep Vietnamese letters; nobody has
    read them on this very printer, so none is confirmed. ``mm`` is the roll that goes with its ``dots``."""

    name: str
    maker: str
    dots: int | None
    dpi: int | None
    mm: int | None
    cuts: bool
    native_qr: bool
    pages: tuple[CodePage, ...]
    unfit: Unfit | None


@cache
def models() -> Mapping[str, Model]:
    """Return every printer of the data base by its name, in the order of names."""
    rows: Mapping[str, Mapping[str, Any]] = json.loads(DATA_BASE.read_text(encoding="utf-8"))["profiles"]
    return {name: _model(name, rows[name]) for name in sorted(rows, key=str.casefold) if _is_printer(rows[name])}


def find(name: str) -> Model | None:
    """Return the model that is called ``name``, with or without its maker, whatever its case, spaces and hyphens."""
    return _by_plain_name().get(_plain(name))


def near(name: str) -> Sequence[str]:
    """Return names of usable models that ``name`` may mean: those that contain it, else those that look like it."""
    asked = _plain(name)
    usable = {plain: model.name for plain, model in _by_plain_name().items() if model.unfit is None}
    found = [called for plain, called in usable.items() if asked and (asked in plain or plain in asked)]
    found = found or [usable[plain] for plain in difflib.get_close_matches(asked, usable, n=2 * NEAR, cutoff=0.6)]
    return tuple(dict.fromkeys(found))[:NEAR]


def matching(part: str) -> Iterator[Model]:
    """Yield the models whose name or maker contains ``part``."""
    asked = _plain(part)
    for model in models().values():
        if asked in _plain(f"{model.maker} {model.name}"):
            yield model


@cache
def heads(mm: int) -> Sequence[int]:
    """Return the dots that heads for this roll have, from narrow to wide, the usual number among them."""
    known = {model.dots for model in models().values() if model.unfit is None and model.mm == mm and model.dots}
    return tuple(sorted(known | {PAPERS[mm].dots}))


@cache
def vietnamese_pages() -> Sequence[CodePage]:
    """Return every place where some model keeps Vietnamese, the most frequent first."""
    places = [pages for model in models().values() for pages in model.pages]
    return tuple(sorted(dict.fromkeys(places), key=places.count, reverse=True))


@cache
def _by_plain_name() -> Mapping[str, Model]:
    known = models()
    with_maker = {_plain(f"{model.maker} {name}"): model for name, model in known.items()}
    return with_maker | {_plain(name): model for name, model in known.items()}


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold().replace("+", "plus") if letter.isalnum())


def _is_printer(row: Mapping[str, Any]) -> bool:
    return bool(row["vendor"] != NO_MODEL)


def _model(name: str, row: Mapping[str, Any]) -> Model:
    features, media = row["features"], row["media"]
    dots, dpi = _number(media["width"].get("pixels")), _number(media.get("dpi"))
    dots = None if dots is None else dots // 8 * 8
    mm = None if dots is None else _roll(dots)
    return Model(
        name=name,
        maker=row["vendor"],
        dots=dots,
        dpi=dpi if dpi in DOTS_PER_MM else None,
        mm=mm,
        cuts=bool(features["paperFullCut"] or features["paperPartCut"]),
        native_qr=bool(features["qrCode"]),
        pages=tuple(_pages(row["codePages"])),
        unfit=_unfit(row, fits=dots is None or mm is not None),
    )


def _number(value: object) -> int | None:
    """The data base writes "Unknown" or nothing where a number is not known."""
    return value if isinstance(value, int) else None


def _roll(dots: int) -> int | None:
    for mm in PAPERS:
        try:
            return paper(mm, dots).mm
        except ValueError:
            continue
    return None


def _unfit(row: Mapping[str, Any], *, fits: bool) -> Unfit | None:
    features = row["features"]
    if "Display" in row["name"]:
        return Unfit.DISPLAY
    if features["starCommands"]:
        return Unfit.STAR
    if not features["bitImageRaster"] or COLUMNS_ONLY in row.get("notes", ""):
        return Unfit.NO_RASTER
    return None if fits else Unfit.WIDTH


def _pages(code_pages: Mapping[str, str]) -> Iterator[CodePage]:
    """The places of both encodings, each with its number (the n of ESC t)."""
    numbers = {name: [int(n) for n, called in code_pages.items() if called == name] for name in code_pages.values()}
    for page, capitals in zip(numbers.get("TCVN-3-1", ()), numbers.get("TCVN-3-2", ()), strict=False):
        yield CodePage(Encoding.TCVN3, page, capitals)
    for page in numbers.get("CP1258", ()):
        yield CodePage(Encoding.CP1258, page, page)
