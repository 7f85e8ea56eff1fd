"""The head of a slip with the logo, as the print head draws it."""

import io
from collections.abc import Mapping

from PIL import Image

from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import slip_image
from hardware.slips.slip import Align, HorizontalRule, Logo, Number, Slip, Text


def slip_heads(png: bytes, name: str) -> Mapping[int, bytes]:
    """Return the head of a slip as a PNG, by the paper's width in mm."""
    elements = (
        Logo(png),
        Text(name.upper(), 32, bold=True, align=Align.CENTRE),
        HorizontalRule(),
        Number("A001"),
    )
    return {paper_mm: _png(slip_image(Slip("", elements), paper)) for paper_mm, paper in PAPERS.items()}


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
