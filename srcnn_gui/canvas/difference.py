"""How far two panes are apart, in false colour. No Qt."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.imaging import color
from engine.imaging.color import Pixels

MOST_LEVELS = 32  # the end of the scale; a larger difference looks like this one


def false_colour(left: Pixels, right: Pixels) -> NDArray[np.uint8]:
    """The difference of two pictures' 8-bit luma, which is what the scores are taken of.

    Parameters
    ----------
    left, right : (H, W, 1|3) of the same height and width, uint8 or uint16

    Returns
    -------
    (H, W, 3) uint8 : viridis, from 0 levels (dark) to MOST_LEVELS and more (bright)
    """
    apart = np.abs(_luma(left).astype(np.int16) - _luma(right))
    return scale(np.minimum(apart, MOST_LEVELS).astype(np.float32) / MOST_LEVELS)


def scale(share: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The colours of a share of the scale, [0, 1] of shape (H, W): (H, W, 3) uint8."""
    index = np.round(share * 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(index, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB), np.uint8)


def _luma(pixels: Pixels) -> Pixels:
    return color.luma_levels(color.in_8_bits(pixels))
