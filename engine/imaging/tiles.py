"""Rectangles of a picture, and the plan that cuts one into tiles."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Generic, TypeVar

import numpy as np

Key = TypeVar("Key")


@dataclass(frozen=True, order=True)
class Rect:
    """A rectangle of pixels: rows `top` to `bottom` (exclusive), columns `left` to `right` (exclusive)."""

    top: int
    left: int
    height: int
    width: int

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def area(self) -> int:
        return self.height * self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index a (H, W, ...) array with this to get the rectangle's pixels."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, margin_px: int) -> "Rect":
        """The rectangle with `margin_px` more on every side (less, if negative; never under 0 x 0)."""
        height, width = max(0, self.height + 2 * margin_px), max(0, self.width + 2 * margin_px)
        return Rect(self.top - margin_px, self.left - margin_px, height, width)

    def clipped(self, other: "Rect") -> "Rect":
        """The part that lies inside `other`; 0 x 0 if none does."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        height, width = min(self.bottom, other.bottom) - top, min(self.right, other.right) - left
        return Rect(top, left, height, width) if height > 0 and width > 0 else Rect(top, left, 0, 0)

    def within(self, other: "Rect") -> "Rect":
        """The same rectangle in the coordinates of `other`, whose corner becomes (0, 0)."""
        return Rect(self.top - other.top, self.left - other.left, self.height, self.width)


def _even_cuts(length: int, most: int) -> list[tuple[int, int]]:
    """Cut `length` into the fewest (start, size) parts of at most `most`, sizes differing by one at the most."""
    count = ceil(length / most)
    edges = [length * index // count for index in range(count + 1)]
    return [(start, stop - start) for start, stop in pairwise(edges)]


def plan_tiles(height: int, width: int, tile: int) -> list[Rect]:
    """Cut a picture into even tiles of at most `tile` pixels a side, in reading order.

    Even, so that 1200 becomes 600 + 600 and never 1024 + 176: a sliver costs nearly as much as a full tile.
    """
    columns = _even_cuts(width, tile)
    return [Rect(top, left, rows, cols) for top, rows in _even_cuts(height, tile) for left, cols in columns]


class TileQueue(Generic[Key]):
    """Tiles still to do, each with a key; what is on screen comes first, the rest in the order given.

    Finding the next tile costs a look at an array, not a sort, so that the screen may move between any two tiles.
    """

    def __init__(self, work: Iterable[tuple[Key, Rect]]) -> None:
        self._work = list(work)
        self._edges = np.array([(t.top, t.left, t.bottom, t.right) for _, t in self._work], np.int64).reshape(-1, 4)
        self._to_do = np.ones(len(self._work), bool)
        self._near = self._to_do
        self._visible: Rect | None = None

    def __len__(self) -> int:
        return int(self._to_do.sum())

    def see(self, visible: Rect | None) -> None:
        """The screen now shows this part; None for the same as before."""
        if visible is None or visible == self._visible:
            return
        self._visible = visible
        top, left, bottom, right = self._edges.T
        rows = (top < visible.bottom) & (bottom > visible.top)
        self._near = rows & (left < visible.right) & (right > visible.left)

    def take(self) -> tuple[Key, Rect]:
        """The next tile with its key; it leaves the queue."""
        near = self._near & self._to_do
        taken = int(np.argmax(near if near.any() else self._to_do))
        self._to_do[taken] = False
        return self._work[taken]

    def put_back(self, tiles: Iterable[tuple[Key, Rect]]) -> "TileQueue[Key]":
        """A queue that has these tiles too: taken before, they are to be done after all."""
        longer: TileQueue[Key] = TileQueue([*self._left(), *tiles])
        longer.see(self._visible)
        return longer

    def _left(self) -> list[tuple[Key, Rect]]:
        return [self._work[index] for index in np.flatnonzero(self._to_do)]

    def cut(self, tile: int) -> "TileQueue[Key]":
        """The same work in tiles of at most `tile` pixels a side."""
        smaller: TileQueue[Key] = TileQueue((key, part) for key, rect in self._left() for part in _parts(rect, tile))
        smaller.see(self._visible)
        return smaller


def _parts(rect: Rect, tile: int) -> list[Rect]:
    """Cut a tile into smaller ones."""
    parts = plan_tiles(rect.height, rect.width, tile)
    return [Rect(rect.top + part.top, rect.left + part.left, part.height, part.width) for part in parts]
