"""The pictures that can stand in a pane: what is computed, tile by tile, and what is known from the start."""

from collections.abc import Mapping
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QRegion

from engine.upscaling.events import Pane
from srcnn_gui.canvas.difference import false_colour
from srcnn_gui.canvas.pane_image import PaneImage, rectangles
from srcnn_gui.canvas.view_layout import CONTENTS
from srcnn_gui.ui import qimages

Pixels = NDArray[np.unsignedinteger]
Panes = Mapping[Pane, Pixels]

_UNDER_PX = 1600  # longest side of what is shown before the first tile
_BLOCK_PX = 256  # of the difference at a time
_BUDGET_S = 0.008  # for the difference in one go: the window stays quick


class Contents:
    """Images by name ("bicubic", "srcnn", "truth", "original"), and what is shown where one has no tile yet."""

    def __init__(self) -> None:
        self._images: dict[str, PaneImage] = {}
        self._known: dict[str, Pixels] = {}  # complete, but not made into an image until somebody looks
        self._under: dict[str, PaneImage] = {}
        self._alphas: dict[str, Pixels] = {}  # (h, w); what is missing is opaque
        self._hidden: dict[int, PaneImage] = {}  # by the identity of such an array
        self._space = qimages.profile(None)
        self._difference: tuple[tuple[str, str], PaneImage] | None = None

    @property
    def there(self) -> bool:
        """Whether an enlargement has begun."""
        return bool(self._images)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return not self._images and not self._under

    def show_picture(self, pixels: Pixels, icc: bytes | None, alpha: Pixels | None = None) -> PaneImage:
        """A new picture: it is shown, stretched, for every content until tiles come."""
        self._space = qimages.profile(icc)
        step = -(-max(pixels.shape[:2]) // _UNDER_PX)  # a coarse copy will do until tiles come
        small = PaneImage(np.ascontiguousarray(pixels[::step, ::step]), complete=True, space=self._space)
        self._under = {"bicubic": small, "srcnn": small}
        self._images, self._known, self._difference = {}, {}, None
        seen = None if alpha is None else alpha[::step, ::step]
        self.show_transparency({} if seen is None else dict.fromkeys(CONTENTS, seen))
        return small

    def begin(self, panes: Panes, truth: Pixels | None, original: Pixels) -> PaneImage:
        """New images that fill up by `add`; what was there stays until they do."""
        self._under |= {name: image for name, image in self._images.items() if image.complete and name in panes}
        self._images = {name: PaneImage(pixels, space=self._space) for name, pixels in panes.items()}
        self._known = {"original": original} | ({} if truth is None else {"truth": truth})
        self._difference = None
        return next(iter(self._images.values()))

    def show_transparency(self, alphas: Mapping[str, Pixels]) -> None:
        """How opaque the contents are, (h, w) each, of whatever size."""
        self._alphas, self._hidden = dict(alphas), {}

    def hidden(self, name: str) -> PaneImage | None:
        """How much of a content cannot be seen, as opacity; made when somebody looks."""
        alpha = self._alphas.get(name)
        if alpha is None:
            return None
        if id(alpha) not in self._hidden:
            covered = qimages.covered(alpha)
            squares = name == "original"
            self._hidden[id(alpha)] = PaneImage(covered, complete=True, squares=squares, opacity=True)
        return self._hidden[id(alpha)]

    def add(self, name: str, top: int, left: int, height: int, width: int) -> None:
        """A tile of an image is there."""
        self._images[name].add(top, left, height, width)
        if all(image.complete for image in self._images.values()):
            self._under = {}

    def image(self, name: str) -> PaneImage | None:
        """The image of a content, if it has begun; one that is known from the start is made at the first look."""
        if name in self._known:
            squares = name == "original"
            self._images[name] = PaneImage(self._known.pop(name), complete=True, space=self._space, squares=squares)
        return self._images.get(name)

    def layers(self, name: str) -> list[PaneImage]:
        """What to paint for a content, over each other: the old one, bicubic where it is still to come, its own."""
        own = self.image(name)
        if own is not None and own.complete:
            return [own]
        return [layer for layer in (self._under.get(name), self._images.get("bicubic"), own) if layer is not None]

    def values(self, x: int, y: int, names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
        """The samples of a pixel of the enlargement in those of the contents that have it."""
        found = {}
        for name in names:
            image = self.image(name)
            if image is None:
                continue
            across, down = image.width / self._size[0], image.height / self._size[1]
            place = QPoint(min(int(x * across), image.width - 1), min(int(y * down), image.height - 1))
            if image.done.contains(place):
                found[name] = image.value(place.x(), place.y())
        return found

    def overview(self) -> PaneImage:
        """Whatever complete picture there is."""
        complete = [image for image in (*self._images.values(), *self._under.values()) if image.complete]
        return (complete or list(self._images.values()))[0]

    def difference(self, left: str, right: str, seen: QRect) -> tuple[PaneImage, bool]:
        """The difference of two contents as far as it is known, and whether there is more to do in `seen`."""
        pair = (left, right)
        if self._difference is None or self._difference[0] != pair:
            width, height = self._size
            self._difference = (pair, PaneImage(np.zeros((height, width, 3), np.uint8)))
        image = self._difference[1]
        images = [found for name in pair if (found := self.image(name)) is not None]
        if len(images) < len(pair):
            return image, False
        todo = QRegion(seen.intersected(QRect(0, 0, image.width, image.height))) - image.done
        for one in images:
            todo &= one.done if (one.width, one.height) == self._size else QRegion(0, 0, *self._size)
        return image, self._fill(image, [one.pixels for one in images], todo)

    def _fill(self, image: PaneImage, pair: list[Pixels], todo: QRegion) -> bool:
        """Work on blocks until the time is over; returns whether some are left."""
        until = monotonic() + _BUDGET_S
        for block in _blocks(todo):
            if monotonic() > until:
                return True
            rows, columns = slice(block.top(), block.bottom() + 1), slice(block.left(), block.right() + 1)
            image.pixels[rows, columns] = false_colour(*(self._part(pixels, rows, columns) for pixels in pair))
            image.add(block.top(), block.left(), block.height(), block.width())
        return False

    def _part(self, pixels: Pixels, rows: slice, columns: slice) -> Pixels:
        """A part in the enlargement's pixels; of a smaller picture every pixel is a square."""
        (width, height), (own_height, own_width) = self._size, pixels.shape[:2]
        if (own_height, own_width) == (height, width):
            return pixels[rows, columns]
        across = np.arange(columns.start, columns.stop) * own_width // width
        down = np.arange(rows.start, rows.stop) * own_height // height
        return pixels[np.ix_(down, across)]

    @property
    def _size(self) -> tuple[int, int]:
        """(width, height) of the enlargement."""
        image = self._images["bicubic"]
        return image.width, image.height


def _blocks(region: QRegion) -> list[QRect]:
    """A region in small rectangles, none across a line of the grid."""
    return [
        rect.intersected(QRect(left, top, _BLOCK_PX, _BLOCK_PX))
        for rect in rectangles(region)
        for top in range(rect.top() // _BLOCK_PX * _BLOCK_PX, rect.bottom() + 1, _BLOCK_PX)
        for left in range(rect.left() // _BLOCK_PX * _BLOCK_PX, rect.right() + 1, _BLOCK_PX)
    ]
