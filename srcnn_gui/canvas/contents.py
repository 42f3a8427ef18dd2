"""Images that the panes show: upscaled images, complete images, and the difference image."""

from collections.abc import Mapping
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QRegion

from engine.upscaling.events import Pane
from srcnn_gui.canvas.difference import false_color_difference
from srcnn_gui.canvas.pane_image import PaneImage, rectangles
from srcnn_gui.canvas.view_layout import CONTENTS
from srcnn_gui.ui import qimages

Pixels = NDArray[np.unsignedinteger]
Panes = Mapping[Pane, Pixels]

_PLACEHOLDER_PX = 1600  # longest side of the placeholder shown before the first tile
_BLOCK_PX = 256  # side of the blocks in which the difference is computed
_BUDGET_S = 0.008  # time that each repaint may spend on the difference, so that the window stays responsive


class PaneContents:
    """Images that the panes can show, with placeholders for the tiles that are not computed yet."""

    def __init__(self) -> None:
        self._images: dict[str, PaneImage] = {}
        self._pending_pixels: dict[str, Pixels] = {}  # complete pixels, converted to an image when they are first used
        self._placeholders: dict[str, PaneImage] = {}
        self._alphas: dict[str, Pixels] = {}  # alpha channel (H, W) of each pane image; an image without one is opaque
        self._transparency_masks: dict[int, PaneImage] = {}  # by id() of the alpha array
        self._space = qimages.color_space(None)
        self._difference: tuple[tuple[str, str], PaneImage] | None = None

    @property
    def has_panes(self) -> bool:
        """Whether upscaling of the current image has started."""
        return bool(self._images)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self._images and not self._placeholders

    def show_image(self, pixels: Pixels, icc: bytes | None, alpha: Pixels | None = None) -> PaneImage:
        """Remove all images, and return a coarse copy of a new image, which is shown until tiles arrive.

        Parameters
        ----------
        pixels : uint8 or uint16 array of shape (H, W, 1|3)
        icc : color profile, or None for sRGB
        alpha : alpha channel of shape (H, W), or None if the image is opaque
        """
        self._space = qimages.color_space(icc)
        step = -(-max(pixels.shape[:2]) // _PLACEHOLDER_PX)  # a coarse copy is enough for a placeholder
        small = PaneImage(np.ascontiguousarray(pixels[::step, ::step]), is_complete=True, space=self._space)
        self._placeholders = {"bicubic": small, "model": small}
        self._images, self._pending_pixels, self._difference = {}, {}, None
        shown_alpha = None if alpha is None else alpha[::step, ::step]
        self.set_alphas({} if shown_alpha is None else dict.fromkeys(CONTENTS, shown_alpha))
        return small

    def start_upscale(self, panes: Panes, ground_truth: Pixels | None, low_res: Pixels) -> PaneImage:
        """Replace the images with new ones that are not computed yet, and return the first new image.

        Previous images that are complete become placeholders.

        Parameters
        ----------
        panes : pixel arrays of the bicubic and SRCNN images, which the caller fills tile by tile
        ground_truth : pixels of the ground truth, or None if there is none
        low_res : pixels before upscaling
        """
        self._placeholders |= {
            name: image for name, image in self._images.items() if image.is_complete and name in panes
        }
        self._images = {name: PaneImage(pixels, space=self._space) for name, pixels in panes.items()}
        self._pending_pixels = {"original": low_res} | ({} if ground_truth is None else {"ground_truth": ground_truth})
        self._difference = None
        return next(iter(self._images.values()))

    def set_alphas(self, alphas: Mapping[str, Pixels]) -> None:
        """Set the alpha channels of the images by name. Images without an alpha channel are opaque.

        The arrays of shape (H, W) can have a different size than the images.
        """
        self._alphas, self._transparency_masks = dict(alphas), {}

    def transparency_mask(self, name: str) -> PaneImage | None:
        """Return a mask that is opaque where an image is transparent, or None if the image is opaque."""
        alpha = self._alphas.get(name)
        if alpha is None:
            return None
        if id(alpha) not in self._transparency_masks:
            transparency = qimages.invert_alpha(alpha)
            nearest = name == "original"
            self._transparency_masks[id(alpha)] = PaneImage(
                transparency, is_complete=True, nearest=nearest, as_opacity=True
            )
        return self._transparency_masks[id(alpha)]

    def mark_done(self, name: str, top: int, left: int, height: int, width: int) -> None:
        """Mark a tile of an image as computed. When all images are complete, remove the placeholders."""
        self._images[name].mark_done(top, left, height, width)
        if all(image.is_complete for image in self._images.values()):
            self._placeholders = {}

    def image(self, name: str) -> PaneImage | None:
        """Return the image with this name, or None if it is not available yet."""
        if name in self._pending_pixels:
            nearest = name == "original"
            self._images[name] = PaneImage(
                self._pending_pixels.pop(name), is_complete=True, space=self._space, nearest=nearest
            )
        return self._images.get(name)

    def layers(self, name: str) -> list[PaneImage]:
        """Return the images to paint over each other for a content, so that missing tiles are not empty.

        If the image of the content is complete, this is the only one. Otherwise, the placeholder and the bicubic image
        precede it.
        """
        own = self.image(name)
        if own is not None and own.is_complete:
            return [own]
        return [
            layer for layer in (self._placeholders.get(name), self._images.get("bicubic"), own) if layer is not None
        ]

    def progress(self, *names: str) -> float:
        """Return the computed fraction of the least complete image, or 1 if there is nothing to show."""
        images = [self.image(name) for name in names]
        return 1.0 if self.is_empty else min(image.progress if image else 0.0 for image in images)

    def pixel_values(self, x: int, y: int, names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
        """Return the samples of a pixel in each of the images `names`, by name.

        Images in which the pixel is not computed yet are omitted. `x` and `y` are in pixels of the result.
        """
        samples = {}
        for name in names:
            image = self.image(name)
            if image is None:
                continue
            scale_x, scale_y = image.width / self._size[0], image.height / self._size[1]
            pixel = QPoint(min(int(x * scale_x), image.width - 1), min(int(y * scale_y), image.height - 1))
            if image.done_region.contains(pixel):
                samples[name] = image.pixel_value(pixel.x(), pixel.y())
        return samples

    def overview_image(self) -> PaneImage:
        """Return the image for the overview: the first complete image, otherwise the first one."""
        complete = [image for image in (*self._images.values(), *self._placeholders.values()) if image.is_complete]
        return (complete or list(self._images.values()))[0]

    def difference(self, left: str, right: str, visible: QRect) -> tuple[PaneImage, bool]:
        """Compute the visible part of the difference of two contents, until the time budget of 8 ms ends.

        Returns
        -------
        image : difference in false color, which may be only partly computed
        is_unfinished : whether a visible part is not computed yet, although both images are
        """
        pair = (left, right)
        if self._difference is None or self._difference[0] != pair:
            width, height = self._size
            self._difference = (pair, PaneImage(np.zeros((height, width, 3), np.uint8)))
        image = self._difference[1]
        images = [pane for name in pair if (pane := self.image(name)) is not None]
        if len(images) < len(pair):
            return image, False
        todo = QRegion(visible.intersected(QRect(0, 0, image.width, image.height))) - image.done_region
        for one in images:
            todo &= one.done_region if (one.width, one.height) == self._size else QRegion(0, 0, *self._size)
        return image, self._fill(image, [one.pixels for one in images], todo)

    def _fill(self, image: PaneImage, pair: list[Pixels], todo: QRegion) -> bool:
        """Compute blocks of the difference until the time budget ends. Return whether blocks are left."""
        until = monotonic() + _BUDGET_S
        for block in _blocks(todo):
            if monotonic() > until:
                return True
            rows, columns = slice(block.top(), block.bottom() + 1), slice(block.left(), block.right() + 1)
            image.pixels[rows, columns] = false_color_difference(
                *(self._part(pixels, rows, columns) for pixels in pair)
            )
            image.mark_done(block.top(), block.left(), block.height(), block.width())
        return False

    def _part(self, pixels: Pixels, rows: slice, columns: slice) -> Pixels:
        """Return the pixels of an image in the given rows and columns of the result.

        If the image differs from the result in size, it is resized with nearest-neighbor interpolation.
        """
        (width, height), (own_height, own_width) = self._size, pixels.shape[:2]
        if (own_height, own_width) == (height, width):
            return pixels[rows, columns]
        source_columns = np.arange(columns.start, columns.stop) * own_width // width
        source_rows = np.arange(rows.start, rows.stop) * own_height // height
        return pixels[np.ix_(source_rows, source_columns)]

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of the result, in px."""
        image = self._images["bicubic"]
        return image.width, image.height


def _blocks(region: QRegion) -> list[QRect]:
    """Split a region into rectangles along a grid of 256 x 256 px blocks."""
    return [
        rect.intersected(QRect(left, top, _BLOCK_PX, _BLOCK_PX))
        for rect in rectangles(region)
        for top in range(rect.top() // _BLOCK_PX * _BLOCK_PX, rect.bottom() + 1, _BLOCK_PX)
        for left in range(rect.left() // _BLOCK_PX * _BLOCK_PX, rect.right() + 1, _BLOCK_PX)
    ]
