"""Coordinate transforms for zooming and panning. Does not use Qt."""

from dataclasses import dataclass, replace
from math import ceil, floor

_MAX_PIXEL_SIZE = 32.0  # logical px per image px; on a screen with 2 device px per logical px, the zoom is 6400%
ZOOM_STEPS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0)


@dataclass(frozen=True)
class Viewport:
    """Part of an image that a pane shows.

    Attributes
    ----------
    width, height : size of the image, in px
    pane_width, pane_height : size of the pane, in device px
    zoom : device px per image px
    x, y : point of the image at the center of the pane, in image px
    fitted : whether the whole image is fitted into the pane, also after the size of the image or the pane changes
    ratio : device px per logical px
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
    def max_zoom(self) -> float:
        """Maximum zoom, in device px per image px. At this zoom, the pixel values are legible."""
        return _MAX_PIXEL_SIZE * self.ratio

    @property
    def fit_zoom(self) -> float:
        """Zoom at which the whole image fits into the pane, in device px per image px."""
        return min(self.pane_width / self.width, self.pane_height / self.height, self.max_zoom)

    def fit(self) -> "Viewport":
        """Return a viewport that shows the whole image."""
        return replace(self, zoom=self.fit_zoom, fitted=True)._clamp()

    def zoomed(self, zoom: float, fixed_point: tuple[float, float] | None = None) -> "Viewport":
        """Return a viewport with a different zoom. One image point stays in place.

        Parameters
        ----------
        zoom : device px per image px
        fixed_point : position (x, y) of the image point that stays in place, in device px from the top left corner of
            the pane; the center of the pane by default
        """
        zoom = min(max(zoom, min(self.fit_zoom, 1.0)), self.max_zoom)
        px, py = fixed_point or (self.pane_width / 2, self.pane_height / 2)
        dx, dy = px - self.pane_width / 2, py - self.pane_height / 2
        x, y = self.x + dx / self.zoom - dx / zoom, self.y + dy / self.zoom - dy / zoom
        return replace(self, zoom=zoom, x=x, y=y, fitted=abs(zoom - self.fit_zoom) < 1e-9)._clamp()

    def stepped(self, steps: int) -> "Viewport":
        """Return a viewport with the next larger (`steps` is 1) or smaller (-1) zoom in `ZOOM_STEPS`."""
        larger = [step for step in ZOOM_STEPS if step > self.zoom * 1.001]
        smaller = [step for step in ZOOM_STEPS if step < self.zoom * 0.999]
        chosen = larger[:1] if steps > 0 else smaller[-1:]
        return self.zoomed(chosen[0] if chosen else self.zoom)

    def panned(self, dx: float, dy: float) -> "Viewport":
        """Return a viewport with the image moved by `dx` device px to the right and `dy` device px down."""
        return replace(self, x=self.x - dx / self.zoom, y=self.y - dy / self.zoom)._clamp()

    def centered(self, x: float, y: float) -> "Viewport":
        """Return a viewport with a point of the image, in image px, at the center of the pane."""
        return replace(self, x=x, y=y)._clamp()

    def with_pane_size(self, width: int, height: int, ratio: float = 1.0) -> "Viewport":
        """Return a viewport for a different pane size, in device px, and device pixel ratio.

        If the image is fitted into the pane, it stays fitted. Otherwise, the zoom and the center are kept.
        """
        resized = replace(self, pane_width=max(1, width), pane_height=max(1, height), ratio=ratio)
        return resized.fit() if self.fitted else resized._clamp()

    def with_image_size(self, width: int, height: int) -> "Viewport":
        """Return a viewport for the same image at another size in px, such as after upscaling.

        If the image is fitted into the pane, it stays fitted. Otherwise, the same part of the image stays visible.
        """
        scale_factor = width / self.width
        x, y = self.x / self.width * width, self.y / self.height * height
        changed = replace(
            self, width=width, height=height, x=x, y=y, zoom=min(self.zoom / scale_factor, self.max_zoom)
        )
        return changed.fit() if self.fitted else changed._clamp()

    @property
    def image_top_left_xy(self) -> tuple[int, int]:
        """Position (x, y) of the image's top left corner in the pane, in device px.

        It is rounded to integers, so that images are not resampled at a zoom of 1.
        """
        return round(self.pane_width / 2 - self.x * self.zoom), round(self.pane_height / 2 - self.y * self.zoom)

    def to_image(self, pane_x: float, pane_y: float) -> tuple[float, float]:
        """Convert a position in the pane, in device px, to a position in the image, in image px."""
        left, top = self.image_top_left_xy
        return (pane_x - left) / self.zoom, (pane_y - top) / self.zoom

    @property
    def visible(self) -> tuple[int, int, int, int]:
        """Rectangle (top, left, height, width) of the image pixels that are at least partly visible."""
        left, top = self.to_image(0, 0)
        right, bottom = self.to_image(self.pane_width, self.pane_height)
        x0, y0 = max(0, floor(left + 1e-6)), max(0, floor(top + 1e-6))
        x1, y1 = min(self.width, ceil(right - 1e-6)), min(self.height, ceil(bottom - 1e-6))
        return y0, x0, max(0, y1 - y0), max(0, x1 - x0)

    def _clamp(self) -> "Viewport":
        """Return a viewport that is moved so that the image covers the pane.

        If the image is smaller than the pane, it is centered.
        """

        def axis(center: float, length: int, pane: int) -> float:
            half = pane / self.zoom / 2
            return length / 2 if 2 * half >= length else min(max(center, half), length - half)

        x = axis(self.x, self.width, self.pane_width)
        y = axis(self.y, self.height, self.pane_height)
        return replace(self, x=x, y=y)
