"""False-color image of the difference of two panes. Does not use Qt."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.imaging import color
from engine.imaging.color import Pixels

MAX_LEVELS = 32  # difference at the end of the color scale; larger differences have the same color


def false_color_difference(left: Pixels, right: Pixels) -> NDArray[np.uint8]:
    """Return the absolute difference of the 8-bit Y channels (BT.601) of two images in false color.

    Parameters
    ----------
    left, right : uint8 or uint16 arrays of shape (H, W, 1|3) with the same height and width

    Returns
    -------
    numpy.ndarray
        uint8 array of shape (H, W, 3) in viridis colors, from dark (no difference) to bright (`MAX_LEVELS` or more).
    """
    difference = np.abs(_luma_levels(left).astype(np.int16) - _luma_levels(right))
    return colorize(np.minimum(difference, MAX_LEVELS).astype(np.float32) / MAX_LEVELS)


def colorize(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Map values in [0, 1] to the viridis colormap.

    Parameters
    ----------
    values : array of shape (H, W)

    Returns
    -------
    numpy.ndarray
        uint8 array of shape (H, W, 3).
    """
    index = np.round(values * 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(index, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB), np.uint8)


def _luma_levels(pixels: Pixels) -> Pixels:
    return color.y_channel(color.to_uint8(pixels))
