"""Rectangles of a picture, and the plan that cuts one into tiles."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil


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

    def distance(self, other: "Rect") -> int:
        """Pixels between two rectangles along the farther axis; 0 where they touch or overlap."""
        rows = max(other.top - self.bottom, self.top - other.bottom, 0)
        columns = max(other.left - self.right, self.left - other.right, 0)
        return max(rows, columns)


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


def nearest_first(tiles: Iterable[Rect], visible: Rect | None) -> list[Rect]:
    """Order tiles so that those on screen come first, then their neighbours; reading order without a screen."""
    if visible is None:
        return sorted(tiles)
    return sorted(tiles, key=lambda tile: (tile.distance(visible), tile))
