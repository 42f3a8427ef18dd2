"""Image that is computed tile by tile, with an image pyramid to paint it quickly at any zoom."""

from math import floor, log2

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColorSpace, QImage, QPainter, QRegion

from srcnn_gui.canvas.viewport import Viewport
from srcnn_gui.ui.qimages import alpha_to_qimage, to_qimage, to_srgb8

_MIN_LEVEL_PX = 512  # longest side that the coarsest level of the pyramid can have


class PaneImage:
    """Image whose pixel array the caller fills tile by tile.

    Parameters
    ----------
    pixels : uint8 or uint16 array of shape (H, W, 1|3). It is not copied. If it is 8-bit sRGB, it is also the finest
        level of the image pyramid.
    is_complete : whether all pixels are already computed
    space : color space of the pixels, or None for sRGB
    nearest : whether magnified pixels are always shown as squares, without interpolation
    as_opacity : whether the samples are painted as opacity values instead of gray levels
    """

    def __init__(
        self,
        pixels: NDArray[np.unsignedinteger],
        *,
        is_complete: bool = False,
        space: QColorSpace | None = None,
        nearest: bool = False,
        as_opacity: bool = False,
    ) -> None:
        self.height: int = pixels.shape[0]
        self.width: int = pixels.shape[1]
        self.done_region = QRegion()
        self.pixels = pixels
        self._space, self._nearest = space, nearest
        displayable = pixels.dtype == np.uint8 and space is None and pixels.flags.c_contiguous
        self._levels = [pixels if displayable else np.zeros(pixels.shape, np.uint8)]
        while max(self._levels[-1].shape[:2]) > _MIN_LEVEL_PX:
            height, width, channels = self._levels[-1].shape
            self._levels.append(np.zeros(((height + 1) // 2, (width + 1) // 2, channels), np.uint8))
        self._images = [(alpha_to_qimage if as_opacity else to_qimage)(level) for level in self._levels]
        self._done_px = 0
        if is_complete:
            self.mark_done(0, 0, self.height, self.width)

    @property
    def is_complete(self) -> bool:
        """Whether all pixels are computed."""
        return self._done_px == self.width * self.height

    @property
    def progress(self) -> float:
        """Fraction of the pixels that are computed, from 0 to 1."""
        return self._done_px / (self.width * self.height)

    def mark_done(self, top: int, left: int, height: int, width: int) -> None:
        """Mark a tile as computed, and update the image pyramid there."""
        tile = QRect(left, top, width, height)
        self._done_px += _area(QRegion(tile) - self.done_region)
        self.done_region += tile
        bottom, right = top + height, left + width
        if self._levels[0] is not self.pixels:
            block = self.pixels[top:bottom, left:right]
            self._levels[0][top:bottom, left:right] = to_srgb8(block, self._space)
        for finer, coarser in zip(self._levels, self._levels[1:], strict=False):
            top, left, bottom, right = top // 2, left // 2, (bottom + 1) // 2, (right + 1) // 2
            block = finer[2 * top : 2 * bottom, 2 * left : 2 * right]
            coarser[top:bottom, left:right] = _halve(block)

    def pixel_value(self, x: int, y: int) -> tuple[int, ...]:
        """Return the samples of the pixel in column `x` and row `y`, before conversion to 8-bit sRGB."""
        return tuple(int(sample) for sample in self.pixels[y, x])

    def image(self, side: int) -> QImage:
        """Return the smallest level of the pyramid whose longer side is at least `side` px."""
        fitting = [image for image in self._images if max(image.width(), image.height()) >= side]
        return (fitting or self._images)[-1]

    def paint(
        self, painter: QPainter, pane: QRect, view: Viewport, *, smooth: bool, clip: QRect | None = None
    ) -> None:
        """Paint the computed tiles that a viewport shows.

        Parameters
        ----------
        painter : painter that uses device px
        pane : rectangle of the pane, in device px
        view : viewport of the pane; if its image size differs, this image is stretched to that size
        smooth : whether magnified pixels are interpolated
        clip : part of the pane to paint, or None for the whole pane
        """
        zoom = view.zoom * view.width / self.width
        level = min(max(0, floor(log2(1 / zoom) + 1e-6)) if zoom < 1 else 0, len(self._levels) - 1)
        image = self._images[level]
        left, top = pane.left() + view.image_top_left_xy[0], pane.top() + view.image_top_left_xy[1]
        scale_x, scale_y = view.zoom * view.width / image.width(), view.zoom * view.height / image.height()
        painter.save()
        painter.setClipRect(pane if clip is None else clip)
        interpolates = zoom < 1 or (smooth and not self._nearest and zoom != 1)
        if not self.is_complete:
            painter.setClipRegion(
                self._on_screen(pane, view, level, interpolates=interpolates), Qt.ClipOperation.IntersectClip
            )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, interpolates)
        x0, y0 = max(0, floor((pane.left() - left) / scale_x) - 1), max(0, floor((pane.top() - top) / scale_y) - 1)
        x1 = min(image.width(), floor((pane.right() + 1 - left) / scale_x) + 2)
        y1 = min(image.height(), floor((pane.bottom() + 1 - top) / scale_y) + 2)
        shown_width, shown_height = (
            max(1.0, (x1 - x0) * scale_x),
            max(1.0, (y1 - y0) * scale_y),
        )  # a line stays visible
        target = QRectF(left + x0 * scale_x, top + y0 * scale_y, shown_width, shown_height)
        painter.drawImage(target, image, QRectF(x0, y0, x1 - x0, y1 - y0))
        painter.restore()

    def _on_screen(self, pane: QRect, view: Viewport, level: int, *, interpolates: bool) -> QRegion:
        """Return the region of the computed tiles in device px, without gaps between adjacent tiles.

        If pixels are interpolated, the edge of the region is omitted, because its pixels would be blended with pixels
        that are not computed yet. `level` is the level of the pyramid that is painted.
        """
        border = 2**level if interpolates else 0
        region = QRegion()
        left, top = pane.left() + view.image_top_left_xy[0], pane.top() + view.image_top_left_xy[1]
        scale_x, scale_y = view.zoom * view.width / self.width, view.zoom * view.height / self.height
        y0, x0, height, width = view.visible  # of the image of `view`, which may have another size
        image_per_view_x, image_per_view_y = self.width / view.width, self.height / view.height
        visible = QRectF(
            x0 * image_per_view_x, y0 * image_per_view_y, width * image_per_view_x, height * image_per_view_y
        ).toAlignedRect()
        for rect in rectangles(self.done_region.intersected(visible)):
            left_border, top_border = border if rect.left() else 0, border if rect.top() else 0
            right_border = border if rect.right() + 1 < self.width else 0
            bottom_border = border if rect.bottom() + 1 < self.height else 0
            rect = rect.adjusted(left_border, top_border, -right_border, -bottom_border)
            x0, y0 = round(left + rect.left() * scale_x), round(top + rect.top() * scale_y)
            x1, y1 = round(left + (rect.right() + 1) * scale_x), round(top + (rect.bottom() + 1) * scale_y)
            region += QRect(x0, y0, max(1, x1 - x0), max(1, y1 - y0))
        return region


def rectangles(region: QRegion) -> list[QRect]:
    """Return the non-overlapping rectangles that make up a region."""
    return list(region)  # type: ignore[call-overload, no-any-return]  # the stub lacks the iteration that PySide has


def _area(region: QRegion) -> int:
    return sum(rect.width() * rect.height() for rect in rectangles(region))


def _halve(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Halve the size of an image block by averaging 2 x 2 pixels. A last odd row or column is repeated."""
    height, width, channels = block.shape
    if height % 2 or width % 2:
        padded = cv2.copyMakeBorder(block, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        block = np.asarray(padded, np.uint8).reshape(height + height % 2, width + width % 2, channels)
    half = cv2.resize(block, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8).reshape((height + 1) // 2, (width + 1) // 2, channels)
