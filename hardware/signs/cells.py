"""A text in a fixed number of cells."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Cells:
    """``width`` cells, filled with ``pad`` on the side away from ``align``."""

    width: int
    align: Literal["left", "right"] = "right"
    pad: str = " "

    def filled(self, text: str) -> str:
        """``text``, which fits, in all the cells."""
        return text.ljust(self.width, self.pad) if self.align == "left" else text.rjust(self.width, self.pad)
