"""Which numbers a sign can show: whole, or not at all. A cut number would be a number that nobody issued."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fit:
    """A sign's room: ``width`` cells, the ``characters`` it has (None: all printable ASCII).

    ``segments``: seven segments only, which have no K, M, N, V, W or X and draw B like 8: such a sign shows a
    number's digits, without its letters.
    """

    width: int
    segments: bool = False
    characters: frozenset[str] | None = None

    def text(self, number: str) -> str | None:
        """What of ``number`` the cells show; None when it does not fit, and nothing is shown."""
        shown = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if self.segments else number
        if self.segments and not (shown.isascii() and shown.isdigit()):
            return None
        return shown if shown and len(shown) <= self.width and self._has(shown) else None

    def limits(self, prefixes: Collection[str]) -> str:
        """What it cannot show of numbers that begin with ``prefixes``, as a sentence's end; empty when all."""
        if self.segments:
            lost = [prefix for prefix in prefixes if prefix]
            said = "shows digits only, not the letters"
        else:
            lost = [prefix for prefix in prefixes if not self._has(prefix)]
            said = "cannot show numbers that begin with"
        return f"{said} {', '.join(sorted(lost))}" if lost else ""

    def _has(self, text: str) -> bool:
        if not (text.isascii() and text.isprintable()):
            return False
        return self.characters is None or set(text) <= self.characters
