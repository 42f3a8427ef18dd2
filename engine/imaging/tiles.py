"""Rectangles of an image, tile plans, and a queue of tiles."""

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
        """The index of these pixels in an array of shape (H, W, ...)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def expand(self, halo_px: int) -> "Rect":
        """Return the rectangle with `halo_px` more on every side; negative values shrink it, down to 0 x 0."""
        height, width = max(0, self.height + 2 * halo_px), max(0, self.width + 2 * halo_px)
        return Rect(self.top - halo_px, self.left - halo_px, height, width)

    def intersect(self, other: "Rect") -> "Rect":
        """Return the intersection with `other`; 0 x 0 if there is none."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        height, width = min(self.bottom, other.bottom) - top, min(self.right, other.right) - left
        return Rect(top, left, height, width) if height > 0 and width > 0 else Rect(top, left, 0, 0)

    def relative_to(self, other: "Rect") -> "Rect":
        """Return this rectangle in the coordinates of `other`, whose top-left corner becomes (0, 0)."""
        return Rect(self.top - other.top, self.left - other.left, self.height, self.width)


def _even_parts(length: int, max_size: int) -> list[tuple[int, int]]:
    """Split `length` into the fewest even (start, size) parts of at most `max_size`."""
    count = ceil(length / max_size)
    edges = [length * index // count for index in range(count + 1)]
    return [(start, stop - start) for start, stop in pairwise(edges)]


def plan_tiles(height: int, width: int, tile_size: int) -> list[Rect]:
    """Split an image into even tiles of at most `tile_size` pixels a side, in reading order.

    Even tiles avoid slivers, which cost nearly as much as a full tile: 1200 becomes 600 + 600, not 1024 + 176.
    """
    columns = _even_parts(width, tile_size)
    return [Rect(top, left, rows, cols) for top, rows in _even_parts(height, tile_size) for left, cols in columns]


class TileQueue(Generic[Key]):
    """A queue of (key, tile) pairs: tiles in the viewport come first, the others in the order given.

    Taking a tile is one array operation, without a sort, so the viewport may change between any two tiles.
    """

    def __init__(self, work: Iterable[tuple[Key, Rect]]) -> None:
        self._work = list(work)
        self._edges = np.array([(t.top, t.left, t.bottom, t.right) for _, t in self._work], np.int64).reshape(-1, 4)
        self._pending = np.ones(len(self._work), bool)
        self._in_viewport = self._pending
        self._viewport: Rect | None = None

    def __len__(self) -> int:
        return int(self._pending.sum())

    def set_viewport(self, viewport: Rect | None) -> None:
        """Give priority to the tiles that intersect this rectangle; None keeps the viewport."""
        if viewport is None or viewport == self._viewport:
            return
        self._viewport = viewport
        top, left, bottom, right = self._edges.T
        rows = (top < viewport.bottom) & (bottom > viewport.top)
        self._in_viewport = rows & (left < viewport.right) & (right > viewport.left)

    def pop(self) -> tuple[Key, Rect]:
        """Remove and return the next (key, tile)."""
        candidates = self._in_viewport & self._pending
        index = int(np.argmax(candidates if candidates.any() else self._pending))
        self._pending[index] = False
        return self._work[index]

    def extended(self, tiles: Iterable[tuple[Key, Rect]]) -> "TileQueue[Key]":
        """Return a queue with these tiles added to the remaining ones, for tiles that failed."""
        longer: TileQueue[Key] = TileQueue([*self._remaining(), *tiles])
        longer.set_viewport(self._viewport)
        return longer

    def _remaining(self) -> list[tuple[Key, Rect]]:
        """Return the remaining (key, tile) pairs."""
        return [self._work[index] for index in np.flatnonzero(self._pending)]

    def retile(self, tile_size: int) -> "TileQueue[Key]":
        """Return a queue with the remaining tiles split into tiles of at most `tile_size` pixels a side."""
        smaller: TileQueue[Key] = TileQueue(
            (key, part) for key, rect in self._remaining() for part in _split(rect, tile_size)
        )
        smaller.set_viewport(self._viewport)
        return smaller


def _split(rect: Rect, tile_size: int) -> list[Rect]:
    """Split a tile into smaller tiles."""
    tiles = plan_tiles(rect.height, rect.width, tile_size)
    return [Rect(rect.top + part.top, rect.left + part.left, part.height, part.width) for part in tiles]
