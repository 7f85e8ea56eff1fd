"""The capacity of a sign: it shows a number completely or not at all.

A truncated number would be another number.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SignCapacity:
    """The capacity of a sign: ``width`` cells, and its ``characters`` (None: all printable ASCII).

    ``segments``: seven-segment digits, which cannot form K, M, N, V, W or X and draw B like 8. Such a sign shows the
    digits of a number without its letters. ``drops_zeros``: it shows "0380" as "380".
    """

    width: int
    segments: bool = False
    characters: frozenset[str] | None = None
    drops_zeros: bool = False

    def text(self, number: str) -> str | None:
        """Return the part of ``number`` that the sign shows; None when it does not fit."""
        text = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if self.segments else number
        if self.segments and not (text.isascii() and text.isdigit()):
            return None
        return text if text and len(text) <= self.width and self._has_characters(text) else None

    def limitations(self, prefixes: Collection[str]) -> str:
        """Return a half-sentence about those of ``prefixes`` that cannot be shown; else none.

        A prefix is the letters before a number's digits.
        """
        if self.segments:
            lost = [prefix for prefix in prefixes if prefix]
            limit = "shows digits only, not the letters"
        else:
            lost = [prefix for prefix in prefixes if not self._has_characters(prefix)]
            limit = "cannot show numbers that begin with"
        return f"{limit} {', '.join(sorted(lost))}" if lost else ""

    def _has_characters(self, text: str) -> bool:
        if not (text.isascii() and text.isprintable()):
            return False
        return self.characters is None or set(text) <= self.characters


@dataclass(frozen=True, slots=True)
class Cells:
    """``width`` cells; empty ones are filled with ``pad`` on the side opposite to ``align``."""

    width: int
    align: Literal["left", "right"] = "right"
    pad: str = " "

    def filled(self, text: str) -> str:
        """Return ``text``, which fits, padded to all cells."""
        return text.ljust(self.width, self.pad) if self.align == "left" else text.rjust(self.width, self.pad)
