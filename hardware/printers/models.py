"""Printer models by name, from python-escpos' data base of printers (CC BY 4.0).

The data base is read as JSON in 1 ms, without importing the library. It describes how a printer prints, but not how it
proves a slip (fences, process ids, replies, speed): ``luot-hardware probe`` measures that.
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
from hardware.printers.profile import DOTS_PER_MM, Encoding, VietnameseCodePage

MAX_SUGGESTIONS = 5
"""So many similar names are suggested for one that is unknown."""
DEFAULTS_VENDOR = "Generic"
"""The maker named in the data base's own defaults, which are no printers."""
COLUMNS_ONLY_NOTE = "Use bitImageColumn"
"""Note of the data base on printers that take the raster command and do not print the picture."""


def _data_base() -> Path:
    spec = importlib.util.find_spec("escpos")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("python-escpos is not installed")
    return Path(spec.submodule_search_locations[0]) / "capabilities.json"


DATA_BASE = _data_base()


class Unfit(StrEnum):
    """The reason why a model cannot print slips.

    DISPLAY: it is a customer display. STAR: it takes Star's commands. NO_RASTER: it prints no pictures. WIDTH: its head
    goes with no paper.
    """

    DISPLAY = "display"
    STAR = "star"
    NO_RASTER = "no_raster"
    WIDTH = "width"


UNFIT_REASONS: Mapping[Unfit, str] = {
    Unfit.DISPLAY: "it is a customer display, no printer",
    Unfit.STAR: "it takes Star's commands and answers no DLE EOT; set it to ESC/POS, leave model out and probe it",
    Unfit.NO_RASTER: "it does not print raster pictures (GS v 0), in which Vietnamese text leaves",
    Unfit.WIDTH: "its head goes with neither 80 nor 58 mm paper",
}


@dataclass(frozen=True, slots=True)
class PrinterModel:
    """One model; None: the data base does not know.

    ``dots``: the width of its head; ``dpi``: its resolution, 203 or 180; ``paper_mm``: the width of the paper that goes
    with it, None also when no paper does. ``cuts``: it has a cutter; ``native_qr``: it draws QR codes. ``pages``: the
    code pages that should hold its Vietnamese letters; no person has read them on this very printer, so none is
    confirmed. ``unfit``: why it cannot print slips, if so.
    """

    name: str
    maker: str
    dots: int | None
    dpi: int | None
    paper_mm: int | None
    cuts: bool
    native_qr: bool
    pages: tuple[VietnameseCodePage, ...]
    unfit: Unfit | None


@cache
def models() -> Mapping[str, PrinterModel]:
    """Return every printer of the data base by its name, in the order of names."""
    rows: Mapping[str, Mapping[str, Any]] = json.loads(DATA_BASE.read_text(encoding="utf-8"))["profiles"]
    return {name: _model(name, rows[name]) for name in sorted(rows, key=str.casefold) if _is_printer(rows[name])}


def find(name: str) -> PrinterModel | None:
    """Return the model that is called ``name``, with or without its maker.

    Case, spaces and hyphens are ignored.
    """
    return _by_normalised_name().get(_normalised(name))


def similar_names(name: str) -> Sequence[str]:
    """Return the names of at most ``MAX_SUGGESTIONS`` usable models that contain ``name``, else similar ones."""
    wanted = _normalised(name)
    usable = {plain: model.name for plain, model in _by_normalised_name().items() if model.unfit is None}
    names = [name for plain, name in usable.items() if wanted and (wanted in plain or plain in wanted)]
    names = names or [
        usable[plain] for plain in difflib.get_close_matches(wanted, usable, n=2 * MAX_SUGGESTIONS, cutoff=0.6)
    ]
    return tuple(dict.fromkeys(names))[:MAX_SUGGESTIONS]


def matching(part: str) -> Iterator[PrinterModel]:
    """Yield the models whose name or maker contains ``part``; "" yields all."""
    wanted = _normalised(part)
    for model in models().values():
        if wanted in _normalised(f"{model.maker} {model.name}"):
            yield model


@cache
def head_widths(mm: int) -> Sequence[int]:
    """Return the widths in dots of heads for this roll, from narrow to wide.

    The usual width is among them.
    """
    dots = {model.dots for model in models().values() if model.unfit is None and model.paper_mm == mm and model.dots}
    return tuple(sorted(dots | {PAPERS[mm].dots}))


@cache
def vietnamese_pages() -> Sequence[VietnameseCodePage]:
    """Return every page on which some model has Vietnamese, the most frequent first."""
    pages = [page for model in models().values() for page in model.pages]
    return tuple(sorted(dict.fromkeys(pages), key=pages.count, reverse=True))


@cache
def _by_normalised_name() -> Mapping[str, PrinterModel]:
    with_maker = {_normalised(f"{model.maker} {name}"): model for name, model in models().items()}
    return with_maker | {_normalised(name): model for name, model in models().items()}


def _normalised(name: str) -> str:
    return "".join(letter for letter in name.casefold().replace("+", "plus") if letter.isalnum())


def _is_printer(row: Mapping[str, Any]) -> bool:
    return bool(row["vendor"] != DEFAULTS_VENDOR)


def _model(name: str, row: Mapping[str, Any]) -> PrinterModel:
    features, media = row["features"], row["media"]
    dots, dpi = _number(media["width"].get("pixels")), _number(media.get("dpi"))
    dots = None if dots is None else dots // 8 * 8
    mm = None if dots is None else _roll_width_mm(dots)
    return PrinterModel(
        name=name,
        maker=row["vendor"],
        dots=dots,
        dpi=dpi if dpi in DOTS_PER_MM else None,
        paper_mm=mm,
        cuts=bool(features["paperFullCut"] or features["paperPartCut"]),
        native_qr=bool(features["qrCode"]),
        pages=tuple(_pages(row["codePages"])),
        unfit=_unfit(row, fits=dots is None or mm is not None),
    )


def _number(value: object) -> int | None:
    """Return a number; None for "Unknown" or nothing, as the data base writes it."""
    return value if isinstance(value, int) else None


def _roll_width_mm(dots: int) -> int | None:
    for mm in PAPERS:
        try:
            return paper(mm, dots).paper_mm
        except ValueError:
            continue
    return None


def _unfit(row: Mapping[str, Any], *, fits: bool) -> Unfit | None:
    """Return why a model cannot print slips, if so. ``fits``: its head goes with 80 or 58 mm paper, or is unknown."""
    features = row["features"]
    if "Display" in row["name"]:
        return Unfit.DISPLAY
    if features["starCommands"]:
        return Unfit.STAR
    if not features["bitImageRaster"] or COLUMNS_ONLY_NOTE in row.get("notes", ""):
        return Unfit.NO_RASTER
    return None if fits else Unfit.WIDTH


def _pages(code_pages: Mapping[str, str]) -> Iterator[VietnameseCodePage]:
    """Yield the pages of both encodings, each with its number (the n of ESC t)."""
    numbers = {name: [int(n) for n, called in code_pages.items() if called == name] for name in code_pages.values()}
    for page, capitals in zip(numbers.get("TCVN-3-1", ()), numbers.get("TCVN-3-2", ()), strict=False):
        yield VietnameseCodePage(Encoding.TCVN3, page, capitals)
    for page in numbers.get("CP1258", ()):
        yield VietnameseCodePage(Encoding.CP1258, page, page)
