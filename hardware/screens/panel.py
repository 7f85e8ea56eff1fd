"""Convert millimetres of a scene's canvas to pixels of a panel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """The glass of a kiosk or TV, with the canvas of its scenes.

    ``width_px``, ``height_px`` and ``width_mm`` (the real width) are of the glass. The canvas is ``canvas_mm`` wide and
    high, in millimetres of the scenes; it is shown in the middle, as large as fits. Where it is as wide as the glass, a
    drawn millimetre is a real millimetre, and ``true_scale`` is 1.
    """

    width_px: int
    height_px: int
    width_mm: float
    canvas_mm: tuple[float, float]

    @property
    def px_per_mm(self) -> float:
        """Return pixels per canvas millimetre."""
        return min(self.width_px / self.canvas_mm[0], self.height_px / self.canvas_mm[1])

    @property
    def true_scale(self) -> float:
        """Return real millimetres per canvas millimetre."""
        return self.px_per_mm * self.width_mm / self.width_px

    @property
    def origin_px(self) -> tuple[int, int]:
        """Return the canvas's top left corner in pixels of the panel."""
        scale = self.px_per_mm
        return (
            round((self.width_px - self.canvas_mm[0] * scale) / 2),
            round((self.height_px - self.canvas_mm[1] * scale) / 2),
        )

    def px(self, mm: float) -> int:
        """Return a length in pixels."""
        return round(mm * self.px_per_mm)

    def line_px(self, mm: float) -> int:
        """Return a line width in pixels, at least 1."""
        return max(1, self.px(mm))

    def em_px(self, mm: float) -> int:
        """Return a font size in pixels, at least 4."""
        return max(4, self.px(mm))

    def rect(self, x: float, y: float, w: float, h: float) -> tuple[int, int, int, int]:
        """Return a box in pixels (left, top, width, height); neighbouring boxes share their edges."""
        left, top = self.origin_px
        x0, y0, x1, y1 = self.px(x), self.px(y), self.px(x + w), self.px(y + h)
        return left + x0, top + y0, x1 - x0, y1 - y0

    def point(self, x: float, y: float) -> tuple[int, int]:
        """Return a point in pixels."""
        left, top = self.origin_px
        return left + self.px(x), top + self.px(y)
