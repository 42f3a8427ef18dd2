"""False-color difference of two panes. Does not use Qt."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.imaging import color
from engine.imaging.color import Pixels

MAX_LEVELS = 32  # end of the color scale; larger differences are clipped


def false_color_difference(left: Pixels, right: Pixels) -> NDArray[np.uint8]:
    """Return the absolute difference of two 8-bit Y channels (BT.601) in false color.

    Parameters
    ----------
    left, right : (H, W, 1|3) of the same height and width, uint8 or uint16

    Returns
    -------
    (H, W, 3) uint8 : viridis, from 0 levels (dark) to MOST_LEVELS and more (bright)
    """
    difference = np.abs(_luma_levels(left).astype(np.int16) - _luma_levels(right))
    return colorize(np.minimum(difference, MAX_LEVELS).astype(np.float32) / MAX_LEVELS)


def colorize(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Map values in [0, 1], shape (H, W), to viridis colors, (H, W, 3) uint8."""
    index = np.round(values * 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(index, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB), np.uint8)


def _luma_levels(pixels: Pixels) -> Pixels:
    return color.y_channel(color.to_uint8(pixels))
