"""A picture that fills up tile by tile, with a half-size pyramid, painted at any zoom."""

from math import floor, log2

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColorSpace, QImage, QPainter, QRegion

from srcnn_gui.canvas.viewport import Viewport
from srcnn_gui.ui.qimages import for_screen, to_opacity, to_qimage

_SMALLEST_LEVEL = 512  # px; below that the pyramid has no further levels


class PaneImage:
    """Pixels (H, W, 1|3) that somebody else fills; `add` says which part is there.

    The first level of the pyramid is that array itself, not a copy, unless its samples are not what a screen shows:
    16 bits, or those of another `space` than sRGB. With `squares` its pixels are never smoothed when enlarged; with
    `opacity` it is painted as how much it covers.
    """

    def __init__(
        self,
        pixels: NDArray[np.unsignedinteger],
        *,
        complete: bool = False,
        space: QColorSpace | None = None,
        squares: bool = False,
        opacity: bool = False,
    ) -> None:
        self.height: int = pixels.shape[0]
        self.width: int = pixels.shape[1]
        self.done = QRegion()
        self.pixels = pixels
        self._space, self._squares = space, squares
        as_it_is = pixels.dtype == np.uint8 and space is None and pixels.flags.c_contiguous
        self._levels = [pixels if as_it_is else np.zeros(pixels.shape, np.uint8)]
        while max(self._levels[-1].shape[:2]) > _SMALLEST_LEVEL:
            height, width, channels = self._levels[-1].shape
            self._levels.append(np.zeros(((height + 1) // 2, (width + 1) // 2, channels), np.uint8))
        self._images = [(to_opacity if opacity else to_qimage)(level) for level in self._levels]
        self._done_px = 0
        if complete:
            self.add(0, 0, self.height, self.width)

    @property
    def complete(self) -> bool:
        """Whether every tile is there."""
        return self._done_px == self.width * self.height

    @property
    def share(self) -> float:
        """How much of the picture is there, 0 to 1."""
        return self._done_px / (self.width * self.height)

    def add(self, top: int, left: int, height: int, width: int) -> None:
        """A tile is there: bring the pyramid above it up to date."""
        tile = QRect(left, top, width, height)
        self._done_px += _area(QRegion(tile) - self.done)
        self.done += tile
        bottom, right = top + height, left + width
        if self._levels[0] is not self.pixels:
            block = self.pixels[top:bottom, left:right]
            self._levels[0][top:bottom, left:right] = for_screen(block, self._space)
        for finer, coarser in zip(self._levels, self._levels[1:], strict=False):
            top, left, bottom, right = top // 2, left // 2, (bottom + 1) // 2, (right + 1) // 2
            block = finer[2 * top : 2 * bottom, 2 * left : 2 * right]
            coarser[top:bottom, left:right] = _halved(block)

    def value(self, x: int, y: int) -> tuple[int, ...]:
        """The samples of a pixel."""
        return tuple(int(sample) for sample in self.pixels[y, x])

    def image(self, side: int) -> QImage:
        """The smallest level that is at least `side` px on its longer side."""
        fitting = [image for image in self._images if max(image.width(), image.height()) >= side]
        return (fitting or self._images)[-1]

    def paint(
        self, painter: QPainter, pane: QRect, view: Viewport, *, smooth: bool, clip: QRect | None = None
    ) -> None:
        """Paint what `view` shows of the done tiles into `pane` (device px), or into the `clip` of it.

        `view` may be of a picture of another size: this one is stretched to lie where that one would.
        """
        zoom = view.zoom * view.width / self.width
        level = min(max(0, floor(log2(1 / zoom) + 1e-6)) if zoom < 1 else 0, len(self._levels) - 1)
        image = self._images[level]
        left, top = pane.left() + view.origin[0], pane.top() + view.origin[1]
        across, down = view.zoom * view.width / image.width(), view.zoom * view.height / image.height()
        painter.save()
        painter.setClipRect(pane if clip is None else clip)
        mixes = zoom < 1 or (smooth and not self._squares and zoom != 1)
        if not self.complete:
            painter.setClipRegion(self._on_screen(pane, view, level, mixes=mixes), Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, mixes)
        x0, y0 = max(0, floor((pane.left() - left) / across) - 1), max(0, floor((pane.top() - top) / down) - 1)
        x1 = min(image.width(), floor((pane.right() + 1 - left) / across) + 2)
        y1 = min(image.height(), floor((pane.bottom() + 1 - top) / down) + 2)
        target = QRectF(left + x0 * across, top + y0 * down, (x1 - x0) * across, (y1 - y0) * down)
        painter.drawImage(target, image, QRectF(x0, y0, x1 - x0, y1 - y0))
        painter.restore()

    def _on_screen(self, pane: QRect, view: Viewport, level: int, *, mixes: bool) -> QRegion:
        """The done tiles in device px; neighbours round their shared edge alike, so there is no seam.

        A coarse or smoothed pixel at the edge of what is done mixes in pixels that are still black: it is left out.
        """
        mixed = 2**level if mixes else 0
        region = QRegion()
        left, top = pane.left() + view.origin[0], pane.top() + view.origin[1]
        across, down = view.zoom * view.width / self.width, view.zoom * view.height / self.height
        y0, x0, height, width = view.visible  # of the picture `view` is of, which may have another size
        across_view, down_view = self.width / view.width, self.height / view.height
        seen = QRectF(x0 * across_view, y0 * down_view, width * across_view, height * down_view).toAlignedRect()
        for rect in rectangles(self.done.intersected(seen)):
            left_mixed, top_mixed = mixed if rect.left() else 0, mixed if rect.top() else 0
            right_mixed = mixed if rect.right() + 1 < self.width else 0
            bottom_mixed = mixed if rect.bottom() + 1 < self.height else 0
            rect = rect.adjusted(left_mixed, top_mixed, -right_mixed, -bottom_mixed)
            x0, y0 = round(left + rect.left() * across), round(top + rect.top() * down)
            x1, y1 = round(left + (rect.right() + 1) * across), round(top + (rect.bottom() + 1) * down)
            region += QRect(x0, y0, x1 - x0, y1 - y0)
        return region


def rectangles(region: QRegion) -> list[QRect]:
    """The rectangles that a region consists of; none overlap."""
    return list(region)  # type: ignore[call-overload, no-any-return]  # the stub lacks the iteration that PySide has


def _area(region: QRegion) -> int:
    return sum(rect.width() * rect.height() for rect in rectangles(region))


def _halved(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean of every 2 x 2 pixels; an odd last row or column counts twice."""
    height, width, channels = block.shape
    if height % 2 or width % 2:
        padded = cv2.copyMakeBorder(block, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        block = np.asarray(padded, np.uint8).reshape(height + height % 2, width + width % 2, channels)
    half = cv2.resize(block, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8).reshape((height + 1) // 2, (width + 1) // 2, channels)
