"""Rectangles of pixels, the division of an image into tiles, and a queue of tiles."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Generic, TypeVar

import numpy as np

Key = TypeVar("Key")


@dataclass(frozen=True, order=True)
class Rect:
    """Rectangle of pixels: rows `top` to `bottom - 1` and columns `left` to `right - 1`."""

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
        """Slices that select these pixels from an array of shape (H, W, ...)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def expand(self, halo_px: int) -> "Rect":
        """Return the rectangle enlarged by `halo_px` pixels on each side; a negative value shrinks it."""
        height, width = max(0, self.height + 2 * halo_px), max(0, self.width + 2 * halo_px)
        return Rect(self.top - halo_px, self.left - halo_px, height, width)

    def intersect(self, other: "Rect") -> "Rect":
        """Return the intersection with another rectangle, with size 0 x 0 if they do not overlap."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        height, width = min(self.bottom, other.bottom) - top, min(self.right, other.right) - left
        return Rect(top, left, height, width) if height > 0 and width > 0 else Rect(top, left, 0, 0)

    def relative_to(self, other: "Rect") -> "Rect":
        """Return this rectangle in coordinates relative to the top-left corner of `other`."""
        return Rect(self.top - other.top, self.left - other.left, self.height, self.width)


def _even_parts(length: int, max_size: int) -> list[tuple[int, int]]:
    """Split a length into the fewest nearly equal parts, each of at most `max_size`.

    Returns
    -------
    list of (start, size)
    """
    count = ceil(length / max_size)
    edges = [length * index // count for index in range(count + 1)]
    return [(start, stop - start) for start, stop in pairwise(edges)]


def plan_tiles(height: int, width: int, tile_size: int) -> list[Rect]:
    """Split an image into tiles of nearly equal size, in reading order.

    Equal tiles avoid narrow ones, which take nearly as much time as a full tile: with a tile size of 1024, a side of
    1200 pixels becomes 600 + 600, not 1024 + 176.

    Parameters
    ----------
    height, width : size of the image in pixels
    tile_size : largest height and width of a tile in pixels
    """
    columns = _even_parts(width, tile_size)
    return [Rect(top, left, rows, cols) for top, rows in _even_parts(height, tile_size) for left, cols in columns]


class TileQueue(Generic[Key]):
    """Queue of (key, tile) pairs that returns the tiles in the viewport first.

    Otherwise, tiles are returned in their original order. The viewport can change at any time.
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
        """Give priority to the tiles that intersect this rectangle. None keeps the current viewport."""
        if viewport is None or viewport == self._viewport:
            return
        self._viewport = viewport
        top, left, bottom, right = self._edges.T
        rows = (top < viewport.bottom) & (bottom > viewport.top)
        self._in_viewport = rows & (left < viewport.right) & (right > viewport.left)

    def pop(self) -> tuple[Key, Rect]:
        """Remove the next (key, tile) pair from the queue and return it."""
        candidates = self._in_viewport & self._pending
        index = int(np.argmax(candidates if candidates.any() else self._pending))
        self._pending[index] = False
        return self._work[index]

    def extended(self, tiles: Iterable[tuple[Key, Rect]]) -> "TileQueue[Key]":
        """Return a new queue of the remaining tiles followed by `tiles`, such as tiles to retry."""
        longer: TileQueue[Key] = TileQueue([*self._remaining(), *tiles])
        longer.set_viewport(self._viewport)
        return longer

    def _remaining(self) -> list[tuple[Key, Rect]]:
        """Return the (key, tile) pairs that are still in the queue, in their original order."""
        return [self._work[index] for index in np.flatnonzero(self._pending)]

    def retile(self, tile_size: int) -> "TileQueue[Key]":
        """Return a new queue in which no side of a remaining tile is longer than `tile_size` pixels."""
        smaller: TileQueue[Key] = TileQueue(
            (key, part) for key, rect in self._remaining() for part in _split(rect, tile_size)
        )
        smaller.set_viewport(self._viewport)
        return smaller


def _split(rect: Rect, tile_size: int) -> list[Rect]:
    """Split a tile into tiles whose sides are at most `tile_size` pixels long."""
    tiles = plan_tiles(rect.height, rect.width, tile_size)
    return [Rect(rect.top + part.top, rect.left + part.left, part.height, part.width) for part in tiles]
