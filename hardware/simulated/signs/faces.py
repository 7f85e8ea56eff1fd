"""What the fronts of simulated signs look like, and how the control port shows one."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hardware.simulated.control import Route, as_json, as_png
from hardware.simulated.signs.dots import draw_dots
from hardware.simulated.signs.segments import draw, draw_seven

Face = Callable[[str, str], bytes]
"""Two lit lines, as PNG."""

sixteen: Face = lru_cache(maxsize=64)(draw)


def seven(width: int) -> Face:
    """The face of a sign with ``width`` cells of seven segments."""
    return lru_cache(maxsize=64)(lambda upper, _lower: draw_seven(upper, width))


def dots(width: int) -> Face:
    """The face of a dot matrix with room for ``width`` characters."""
    return lru_cache(maxsize=64)(lambda upper, _lower: draw_dots(upper, width))


def routes(
    counter: str, state: Callable[[], Mapping[str, Any]], face: Face, shown: Callable[[], tuple[str, str]]
) -> Sequence[Route]:
    """The state and the picture of the sign of ``counter``."""
    return (
        Route("GET", f"/signs/{counter}", lambda _groups, _body: as_json(state())),
        Route("GET", rf"/signs/{counter}\.png", lambda _groups, _body: as_png(face(*shown()))),
    )
