"""From millimetres to pixels: a layout's canvas laid on a real panel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """A canvas of ``canvas_mm`` shown as large as the panel allows, centred.

    ``width_mm`` is the panel's real width: where the canvas has the panel's own size, a millimetre drawn is
    a millimetre on the glass, and ``true_scale`` is 1.
    """

    width_px: int
    height_px: int
    width_mm: float
    canvas_mm: tuple[float, float]

    @property
    def px_per_mm(self) -> float:
        """Pixels per canvas millimetre."""
        return min(self.width_px / self.canvas_mm[0], self.height_px / self.canvas_mm[1])

    @property
    def true_scale(self) -> float:
        """How many real millimetres one canvas millimetre is."""
        return self.px_per_mm * self.width_mm / self.width_px

    @property
    def origin_px(self) -> tuple[int, int]:
        """Where the canvas begins on the panel."""
        scale = self.px_per_mm
        return (
            round((self.width_px - self.canvas_mm[0] * scale) / 2),
            round((self.height_px - self.canvas_mm[1] * scale) / 2),
        )

    def px(self, mm: float) -> int:
        """A length in pixels."""
        return round(mm * self.px_per_mm)

    def line_px(self, mm: float) -> int:
        """A line's width in pixels, never 0."""
        return max(1, self.px(mm))

    def em_px(self, mm: float) -> int:
        """A font's size in pixels."""
        return max(4, self.px(mm))

    def rect(self, x: float, y: float, w: float, h: float) -> tuple[int, int, int, int]:
        """A box in pixels (left, top, width, height); neighbouring boxes share their edges."""
        left, top = self.origin_px
        x0, y0, x1, y1 = self.px(x), self.px(y), self.px(x + w), self.px(y + h)
        return left + x0, top + y0, x1 - x0, y1 - y0

    def point(self, x: float, y: float) -> tuple[int, int]:
        """A point in pixels."""
        left, top = self.origin_px
        return left + self.px(x), top + self.px(y)
