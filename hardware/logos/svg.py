"""Check an SVG, and draw it with SDL.

SDL draws shapes, lines and gradients, and ignores everything else. So an SVG with anything else is refused: it would
be drawn wrong without a word. Nothing of the file is ever sent to a browser.
"""

import io
import re
from collections.abc import Mapping
from xml.parsers import expat

from hardware.logos.problems import LogoProblem, LogoRefused

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
SEPARATOR = " "
"""Between the namespace and the name of an element, as expat reports them."""
DRAWN = frozenset(
    {
        *("svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "style"),
    }
)
"""The elements that SDL draws or reads."""
SILENT = frozenset({"title", "desc", "metadata"})
"""Elements that draw nothing; what they contain is not looked at."""
SCRIPTS = frozenset({"script", "foreignObject", "handler", "listener"})
MAX_ELEMENTS = 20_000
_URL = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import|expression\s*\(|javascript:", re.IGNORECASE)
"""A style that loads something which is not in the file itself."""


def is_svg(contents: bytes) -> bool:
    """Return whether a file looks like an SVG."""
    return b"<svg" in contents[:4096] or contents.lstrip().startswith(b"<?xml")


def check_svg(contents: bytes) -> None:
    """Raise :class:`LogoRefused` for an SVG with more than shapes."""
    reader = _SvgReader()
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.EntityDeclHandler = reader.declare_entity
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.ProcessingInstructionHandler = reader.instruct
    try:
        parser.Parse(contents, True)  # noqa: FBT003 - the library's argument
    except expat.ExpatError as error:
        raise LogoRefused(LogoProblem.DAMAGED) from error
    if not reader.is_svg:
        raise LogoRefused(LogoProblem.NOT_A_PICTURE)


class _SvgReader:
    """Receives the parts of an SVG. Raises :class:`LogoRefused`."""

    def __init__(self) -> None:
        self.is_svg = False
        self._elements = self._silent = 0
        """How many elements there were, and how deep inside a silent one the reader is."""

    def declare_entity(self, *_declaration: object) -> None:
        """Refuse entities: a few lines of them unpack to gigabytes."""
        raise LogoRefused(LogoProblem.SVG_ENTITIES)

    def instruct(self, target: str, _data: str) -> None:
        """Refuse style sheets of other files."""
        raise LogoRefused(LogoProblem.SVG_OUTSIDE, target)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Check an element and its attributes."""
        namespace, _, local = name.rpartition(SEPARATOR)
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise LogoRefused(LogoProblem.TOO_MANY_DOTS)
        if self._elements == 1:
            self.is_svg = (namespace, local) == (SVG_NAMESPACE, "svg")
        if local in SCRIPTS:
            raise LogoRefused(LogoProblem.SVG_SCRIPT, local)
        if self._silent or namespace != SVG_NAMESPACE or local in SILENT:
            self._silent += 1
            return
        if local not in DRAWN:
            raise LogoRefused(LogoProblem.SVG_ELEMENT, local)
        for attribute, value in attributes.items():
            _check_attribute(attribute.rpartition(SEPARATOR)[2], value)

    def end(self, _name: str) -> None:
        """Leave an element."""
        if self._silent:
            self._silent -= 1

    def text(self, text: str) -> None:
        """Check the text of a style."""
        if not self._silent and _URL.search(text):
            raise LogoRefused(LogoProblem.SVG_OUTSIDE)


def _check_attribute(name: str, value: str) -> None:
    if name.lower().startswith("on"):
        raise LogoRefused(LogoProblem.SVG_SCRIPT, name)
    if (name == "href" and not value.strip().startswith("#")) or _URL.search(value):
        raise LogoRefused(LogoProblem.SVG_OUTSIDE, name)
    if name in ("clip-path", "mask", "filter") and value.strip() not in ("", "none"):
        raise LogoRefused(LogoProblem.SVG_ELEMENT, name)


def draw_svg(contents: bytes, width: int, height: int) -> tuple[tuple[int, int], bytes]:
    """Return size and dots (RGBA) of an SVG, as large as fits. Raises :class:`LogoRefused`."""
    import pygame  # loads SDL, in the process that draws

    try:
        surface = pygame.image.load_sized_svg(io.BytesIO(contents), (width, height))
    except (pygame.error, ValueError) as error:
        raise LogoRefused(LogoProblem.DAMAGED) from error
    return surface.get_size(), pygame.image.tobytes(surface, "RGBA")
