"""Why a picture cannot become the logo."""

from enum import StrEnum


class LogoProblem(StrEnum):
    """The kinds of problems. The comment says what ``detail`` is."""

    NOT_A_PICTURE = "not_a_picture"  # neither PNG nor SVG
    DAMAGED = "damaged"
    TOO_MANY_DOTS = "too_many_dots"
    TOO_SMALL = "too_small"
    TOO_LONG = "too_long"  # one side is much longer than the other
    TOO_PALE = "too_pale"  # nothing would be seen on white paper
    SVG_ENTITIES = "svg_entities"
    SVG_SCRIPT = "svg_script"
    SVG_OUTSIDE = "svg_outside"  # it loads something from elsewhere
    SVG_ELEMENT = "svg_element"  # the element that cannot be drawn, such as text


class LogoRefused(Exception):
    """The picture cannot become the logo."""

    def __init__(self, problem: LogoProblem, detail: str = "") -> None:
        super().__init__(f"{problem.value} {detail}".strip())
        self.problem, self.detail = problem, detail
