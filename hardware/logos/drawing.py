"""Draw a picture that somebody sent anew, as the small PNG of ``config.logo``."""

import io

from PIL import Image, UnidentifiedImageError

from config.logo import MAX_BYTES, MAX_HEIGHT, MAX_WIDTH, SIGNATURE, check_logo
from hardware.logos.problems import LogoProblem, LogoRefused
from hardware.logos.svg import check_svg, draw_svg, is_svg

MAX_DOTS = 16_000_000
"""The largest PNG that is unpacked: 64 MB of memory, in a process of its own."""
MIN_SIDE, MIN_LONG_SIDE = 32, 80
"""The least dots of a PNG: fewer are blurred on a slip already."""
MAX_RATIO = 8
SVG_SIZE = 2 * MAX_WIDTH, 2 * MAX_HEIGHT
SEEN = 170
"""The darkest grey (0 black to 255 white) that counts as ink on white."""
MIN_SEEN = 0.02
"""The least share of ink."""


def draw_logo(contents: bytes) -> bytes:
    """Return the logo of a PNG or SVG. Raises :class:`LogoRefused`."""
    picture = _fitted(_without_margin(_read(contents)))
    if _seen_share(picture) < MIN_SEEN:
        raise LogoRefused(LogoProblem.TOO_PALE)
    png = _png(picture)
    check_logo(png)
    return png


def _read(contents: bytes) -> Image.Image:
    if contents.startswith(SIGNATURE):
        return _read_png(contents)
    if not is_svg(contents):
        raise LogoRefused(LogoProblem.NOT_A_PICTURE)
    check_svg(contents)
    size, dots = draw_svg(contents, *SVG_SIZE)
    return Image.frombytes("RGBA", size, dots)


def _read_png(contents: bytes) -> Image.Image:
    """Return the picture of a PNG. Its size is read first, and its dots only when they are few enough."""
    try:
        with Image.open(io.BytesIO(contents), formats=["PNG"]) as picture:
            width, height = picture.size
            if width * height > MAX_DOTS:
                raise LogoRefused(LogoProblem.TOO_MANY_DOTS)
            if min(width, height) < MIN_SIDE or max(width, height) < MIN_LONG_SIDE:
                raise LogoRefused(LogoProblem.TOO_SMALL)
            return picture.convert("RGBA")
    except Image.DecompressionBombError as error:
        raise LogoRefused(LogoProblem.TOO_MANY_DOTS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise LogoRefused(LogoProblem.DAMAGED) from error


def _without_margin(picture: Image.Image) -> Image.Image:
    """Return the picture without its margin, be it transparent or white."""
    box = picture.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    if box is None:
        raise LogoRefused(LogoProblem.TOO_PALE)
    inked = on_white(picture.crop(box)).point(lambda grey: 255 if grey < 250 else 0).getbbox()
    if inked is None:
        raise LogoRefused(LogoProblem.TOO_PALE)
    cropped = picture.crop((box[0] + inked[0], box[1] + inked[1], box[0] + inked[2], box[1] + inked[3]))
    if max(cropped.size) > MAX_RATIO * min(cropped.size):
        raise LogoRefused(LogoProblem.TOO_LONG)
    return cropped


def _fitted(picture: Image.Image) -> Image.Image:
    """Return the picture, made smaller until it fits."""
    ratio = min(1.0, MAX_WIDTH / picture.width, MAX_HEIGHT / picture.height)
    return picture if ratio == 1.0 else _scaled(picture, ratio)


def _scaled(picture: Image.Image, ratio: float) -> Image.Image:
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def on_white(picture: Image.Image) -> Image.Image:
    """Return the picture in greys on white."""
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("L")


def _seen_share(picture: Image.Image) -> float:
    """Return the share of the dots that would be seen on white."""
    greys = on_white(picture).histogram()
    return sum(greys[:SEEN]) / sum(greys)


def _png(picture: Image.Image) -> bytes:
    """Return a small PNG: with all colours, else with 256, else smaller."""
    while True:
        for candidate in (picture, picture.quantize(256, method=Image.Quantize.FASTOCTREE).convert("RGBA")):
            file = io.BytesIO()
            candidate.save(file, "PNG", optimize=True)
            if file.tell() <= MAX_BYTES:
                return file.getvalue()
        picture = _scaled(picture, 0.75)
