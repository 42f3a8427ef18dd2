"""Upscaling of seamless textures, with margins that are copied from the opposite edges."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from engine.imaging.color import Pixels
from engine.imaging.tiles import Rect
from engine.models.info import Upscaler
from engine.upscaling.low_res import LowResImage

_RESIZE_PX = 8  # input pixels that bicubic interpolation reads beyond an edge, with a margin


@dataclass(frozen=True)
class RenderSource:
    """Image from which tiles are rendered, and the position of the requested result.

    Attributes
    ----------
    small : the image before upscaling, possibly with wrapped margins
    size : (height, width) in px of the result for `small`, including the upscaled margins
    top, left : upscaled margins in px, which are not in the requested result
    """

    small: LowResImage
    size: tuple[int, int]
    top: int = 0
    left: int = 0

    def tile(self, tile: Rect) -> Rect:
        """Convert the rectangle of a tile from the requested result to the result for `small`."""
        return Rect(self.top + tile.top, self.left + tile.left, tile.height, tile.width)


def wrap(small: LowResImage, size: tuple[int, int], model: Upscaler) -> RenderSource:
    """Return a seamless image with margins that are copied from the opposite edges.

    The margins have a whole number of pixels both before and after upscaling, so that the pixel grids match.

    Parameters
    ----------
    small : the image before upscaling, without margins
    size : (height, width) in px of the result without margins
    model : the model, whose halo determines the margins
    """
    halo_px = model.info.halo_px if model.info.is_low_res else ceil(model.info.halo_px / model.info.scale)
    margins = [_margin(side, result, halo_px + _RESIZE_PX) for side, result in zip(small.size, size, strict=True)]
    grown = [margin * result // side for margin, side, result in zip(margins, small.size, size, strict=True)]
    axes = [(0, 0), *((margin, margin) for margin in margins)]
    if small.content.dtype != np.float32:  # the channels are the last axis
        axes = [*axes[1:], axes[0]]
    content: Any = np.pad(small.content, axes, mode="wrap")
    wrapped_size = (size[0] + 2 * grown[0], size[1] + 2 * grown[1])
    return RenderSource(replace(small, content=content), wrapped_size, *grown)


def wrap_alpha(alpha: Pixels, size: tuple[int, int]) -> tuple[Pixels, tuple[int, int], tuple[slice, slice]]:
    """Return an alpha channel with margins that are copied from the opposite edges.

    Parameters
    ----------
    alpha : alpha channel with the shape (H, W)
    size : (height, width) in px of the result without margins

    Returns
    -------
    alpha : the channel with its margins
    size : (height, width) in px of the result with margins
    window : rows and columns of the result without its margins
    """
    sides = list(zip(alpha.shape, size, strict=True))
    margins = [_margin(side, result, _RESIZE_PX) for side, result in sides]
    grown = [margin * result // side for margin, (side, result) in zip(margins, sides, strict=True)]
    padded = np.pad(alpha, [(margin, margin) for margin in margins], mode="wrap")
    window = (slice(grown[0], grown[0] + size[0]), slice(grown[1], grown[1] + size[1]))
    return padded, (size[0] + 2 * grown[0], size[1] + 2 * grown[1]), window


def _margin(side: int, result: int, least: int) -> int:
    """Return a margin of at least `least` px that becomes a whole number of pixels when it is upscaled."""
    multiple = Fraction(result, side).denominator
    return ceil(least / multiple) * multiple
