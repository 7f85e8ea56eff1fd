"""A logo as dots of a print head, which has black and white only."""

import io
from functools import lru_cache

from PIL import Image

BLACK_BELOW, WHITE_ABOVE = 96, 192
"""Greys (0 to 255) that become all black and all white; those between become a pattern of dots."""


def logo_size(png: bytes, max_width: int, max_height: int) -> tuple[int, int]:
    """Return the largest size of the logo that fits, in dots."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as file:
        width, height = file.size
    ratio = min(max_width / width, max_height / height)
    return max(1, round(width * ratio)), max(1, round(height * ratio))


@lru_cache(maxsize=8)
def logo_dots(png: bytes, width: int, height: int) -> Image.Image:
    """Return the logo as a 1-bit picture of this size; 0 is black."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as file:
        picture = file.convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    grey = Image.alpha_composite(paper, picture).convert("L")
    clearer = grey.resize((width, height), Image.Resampling.LANCZOS).point(_clearer)
    return clearer.convert("1", dither=Image.Dither.FLOYDSTEINBERG)


def _clearer(grey: int) -> int:
    return max(0, min(255, round((grey - BLACK_BELOW) * 255 / (WHITE_ABOVE - BLACK_BELOW))))
