"""Compose complete frames of an animation from the rectangles that the file stores."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]


class Disposal(Enum):
    """Treatment of a frame's rectangle before the next frame is drawn."""

    KEEP = auto()
    CLEAR = auto()  # make the rectangle transparent
    RESTORE = auto()  # restore the content before the frame


@dataclass(frozen=True)
class Patch:
    """Rectangle that a frame of an animation draws.

    Attributes
    ----------
    rgba : (h, w, 4) uint8, with straight alpha
    left, top : position in the image in px; parts outside the image are cut off
    disposal : treatment of the rectangle before the next frame
    is_blended : whether the rectangle is alpha-blended over the previous content instead of replacing it
    """

    rgba: Rgba
    left: int
    top: int
    disposal: Disposal
    is_blended: bool


def compose(patches: Iterable[Patch], width: int, height: int) -> Iterator[Rgba]:
    """Yield the complete frames of an animation, which starts with a transparent image.

    Parameters
    ----------
    patches : rectangle of each frame
    width, height : size of the animation in px

    Yields
    ------
    (height, width, 4) uint8
        A new array for each frame, with straight alpha.
    """
    canvas = np.zeros((height, width, 4), np.uint8)
    for patch in patches:
        area = canvas[patch.top : patch.top + patch.rgba.shape[0], patch.left : patch.left + patch.rgba.shape[1]]
        drawn = patch.rgba[: area.shape[0], : area.shape[1]]
        before = area.copy() if patch.disposal is Disposal.RESTORE else None
        area[...] = blend_over(drawn, area) if patch.is_blended else drawn
        yield canvas.copy()
        if patch.disposal is Disposal.CLEAR:
            area[...] = 0
        elif before is not None:
            area[...] = before


def blend_over(upper: Rgba, lower: Rgba) -> Rgba:
    """Return `upper` blended over `lower`, both of the same size and with straight alpha.

    References
    ----------
    W3C, Portable Network Graphics (Third Edition), section 13.16.
    """
    if not np.logical_and(upper[:, :, 3] > 0, upper[:, :, 3] < 255).any():
        return np.where(upper[:, :, 3:] == 255, upper, lower)
    share = upper[:, :, 3:].astype(np.uint32) * 255
    rest = (255 - upper[:, :, 3:].astype(np.uint32)) * lower[:, :, 3:]
    total = share + rest  # 255 times the alpha of the result
    divisor = np.maximum(total, 1)
    color = (upper[:, :, :3] * share + lower[:, :, :3] * rest + divisor // 2) // divisor
    return np.concatenate([color, (total + 127) // 255], axis=2).astype(np.uint8)
