"""Which part of a picture a pane shows, and how large: the geometry behind zoom and pan. No Qt."""

from dataclasses import dataclass, replace
from math import ceil, floor

_LARGEST_PX = 32.0  # logical, of a picture pixel: 3200 %, and on a screen that doubles 6400 %
ZOOM_STEPS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0)


@dataclass(frozen=True)
class Viewport:
    """A picture of `width` x `height` px seen through a pane of `pane_width` x `pane_height` device px.

    `zoom` is device pixels per picture pixel; (`x`, `y`) is the picture point in the middle of the pane. `fitted`
    keeps the whole picture in view when either size changes. `ratio` is device pixels per logical one.
    """

    width: int = 1
    height: int = 1
    pane_width: int = 1
    pane_height: int = 1
    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5
    fitted: bool = True
    ratio: float = 1.0

    @property
    def largest_zoom(self) -> float:
        """Where a picture pixel is large enough for its value to be read in it, on every screen."""
        return _LARGEST_PX * self.ratio

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole picture just fits."""
        return min(self.pane_width / self.width, self.pane_height / self.height, self.largest_zoom)

    def fit(self) -> "Viewport":
        """Show the whole picture."""
        return replace(self, zoom=self.fit_zoom, fitted=True)._clamped()

    def zoomed(self, zoom: float, at: tuple[float, float] | None = None) -> "Viewport":
        """Zoom, keeping the picture point under `at` (device px in the pane; its middle if None) where it is."""
        zoom = min(max(zoom, min(self.fit_zoom, 1.0)), self.largest_zoom)
        px, py = at or (self.pane_width / 2, self.pane_height / 2)
        dx, dy = px - self.pane_width / 2, py - self.pane_height / 2
        x, y = self.x + dx / self.zoom - dx / zoom, self.y + dy / self.zoom - dy / zoom
        return replace(self, zoom=zoom, x=x, y=y, fitted=abs(zoom - self.fit_zoom) < 1e-9)._clamped()

    def stepped(self, steps: int) -> "Viewport":
        """Zoom to the next larger (1) or smaller (-1) of the usual steps."""
        larger = [step for step in ZOOM_STEPS if step > self.zoom * 1.001]
        smaller = [step for step in ZOOM_STEPS if step < self.zoom * 0.999]
        chosen = larger[:1] if steps > 0 else smaller[-1:]
        return self.zoomed(chosen[0] if chosen else self.zoom)

    def panned(self, dx: float, dy: float) -> "Viewport":
        """Move the picture by device pixels."""
        return replace(self, x=self.x - dx / self.zoom, y=self.y - dy / self.zoom)._clamped()

    def centred(self, x: float, y: float) -> "Viewport":
        """Bring a picture point to the middle."""
        return replace(self, x=x, y=y)._clamped()

    def in_pane(self, width: int, height: int, ratio: float = 1.0) -> "Viewport":
        """The pane has another size: the same middle, or still fitted."""
        resized = replace(self, pane_width=max(1, width), pane_height=max(1, height), ratio=ratio)
        return resized.fit() if self.fitted else resized._clamped()

    def on_picture(self, width: int, height: int) -> "Viewport":
        """The picture has another size: the same part of it as large on the screen, or still fitted."""
        times = width / self.width
        x, y = self.x / self.width * width, self.y / self.height * height
        changed = replace(self, width=width, height=height, x=x, y=y, zoom=min(self.zoom / times, self.largest_zoom))
        return changed.fit() if self.fitted else changed._clamped()

    @property
    def origin(self) -> tuple[int, int]:
        """Where the picture's top left corner lies in the pane, whole device px: at 1:1 pixels meet pixels."""
        return round(self.pane_width / 2 - self.x * self.zoom), round(self.pane_height / 2 - self.y * self.zoom)

    def to_picture(self, px: float, py: float) -> tuple[float, float]:
        """The picture point under a device pixel of the pane."""
        left, top = self.origin
        return (px - left) / self.zoom, (py - top) / self.zoom

    @property
    def visible(self) -> tuple[int, int, int, int]:
        """(top, left, height, width) of the picture pixels that are at least partly in view."""
        left, top = self.to_picture(0, 0)
        right, bottom = self.to_picture(self.pane_width, self.pane_height)
        x0, y0 = max(0, floor(left + 1e-6)), max(0, floor(top + 1e-6))
        x1, y1 = min(self.width, ceil(right - 1e-6)), min(self.height, ceil(bottom - 1e-6))
        return y0, x0, max(0, y1 - y0), max(0, x1 - x0)

    def _clamped(self) -> "Viewport":
        """No empty space beside a picture that is larger than the pane; a smaller one is in the middle."""

        def axis(centre: float, length: int, pane: int) -> float:
            half = pane / self.zoom / 2
            return length / 2 if 2 * half >= length else min(max(centre, half), length - half)

        x = axis(self.x, self.width, self.pane_width)
        y = axis(self.y, self.height, self.pane_height)
        return replace(self, x=x, y=y)
