"""Wrap-around padding for upscaling seamless textures.

Each edge of the image is padded with pixels from the opposite edge.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from engine.imaging.color import Pixels
from engine.imaging.tiles import Rect
from engine.models.info import ModelInfo
from engine.upscaling.low_res import LowResImage

_RESIZE_PX = 8  # padding in input pixels for bicubic interpolation


@dataclass(frozen=True)
class RenderSource:
    """Image to upscale tile by tile, with or without wrap-around padding.

    Attributes
    ----------
    small : image before upscaling, including any padding
    size : (height, width) of the upscaled `small`, in px
    top, left : position of the requested result in the upscaled `small`, in px
    """

    small: LowResImage
    size: tuple[int, int]
    top: int = 0
    left: int = 0

    def to_source_rect(self, tile: Rect) -> Rect:
        """Convert a tile from coordinates of the requested result to coordinates of the upscaled `small`."""
        return Rect(self.top + tile.top, self.left + tile.left, tile.height, tile.width)


def wrap(small: LowResImage, size: tuple[int, int], info: ModelInfo) -> RenderSource:
    """Add wrap-around padding to a seamless image.

    The padding is a whole number of pixels wide both before and after upscaling, so the pixel grids match.

    Parameters
    ----------
    small : image before upscaling
    size : (height, width) of the upscaled image without padding, in px
    info : model whose halo determines the width of the padding
    """
    halo_px = info.halo_px if info.has_low_res_input else ceil(info.halo_px / info.scale)
    margins = [_margin(side, result, halo_px + _RESIZE_PX) for side, result in zip(small.size, size, strict=True)]
    grown = [margin * result // side for margin, side, result in zip(margins, small.size, size, strict=True)]
    axes = [(0, 0), *((margin, margin) for margin in margins)]
    if small.content.dtype != np.float32:  # the channels are the last axis
        axes = [*axes[1:], axes[0]]
    content: Any = np.pad(small.content, axes, mode="wrap")
    wrapped_size = (size[0] + 2 * grown[0], size[1] + 2 * grown[1])
    return RenderSource(replace(small, content=content), wrapped_size, *grown)


def wrap_alpha(alpha: Pixels, size: tuple[int, int]) -> tuple[Pixels, tuple[int, int], tuple[slice, slice]]:
    """Add wrap-around padding to the alpha channel of a seamless image.

    Parameters
    ----------
    alpha : (H, W)
    size : (height, width) of the upscaled channel without padding, in px

    Returns
    -------
    padded : channel with padding
    size : (height, width) of the upscaled `padded`, in px
    window : slices that select the requested result from the upscaled `padded`
    """
    sides = list(zip(alpha.shape, size, strict=True))
    margins = [_margin(side, result, _RESIZE_PX) for side, result in sides]
    grown = [margin * result // side for margin, (side, result) in zip(margins, sides, strict=True)]
    padded = np.pad(alpha, [(margin, margin) for margin in margins], mode="wrap")
    window = (slice(grown[0], grown[0] + size[0]), slice(grown[1], grown[1] + size[1]))
    return padded, (size[0] + 2 * grown[0], size[1] + 2 * grown[1]), window


def _margin(side: int, result: int, least: int) -> int:
    """Return the smallest padding of at least `least` px that is a whole number after upscaling."""
    multiple = Fraction(result, side).denominator
    return ceil(least / multiple) * multiple
