"""Unsharp masking, which amplifies the difference between an image and its blurred copy."""

from math import ceil

import cv2
import numpy as np

from engine.imaging.color import Planes

_SIGMA_PER_SCALE_FACTOR = 0.5  # half an input pixel: the width of an edge after upscaling
_MIN_SIGMA_PX = 0.7
_TRUNCATE = 3  # the Gaussian is cut off at this multiple of its standard deviation


def radius_px(scale_factor: float) -> int:
    """Return the radius of the sharpening kernel in px of the upscaled image."""
    return ceil(_TRUNCATE * _sigma_px(scale_factor))


def sharpen(luma: Planes, scale_factor: float, sharpness: int) -> Planes:
    """Sharpen a plane with an unsharp mask. Edge pixels are repeated beyond the edges.

    Parameters
    ----------
    luma : (1, H, W) float32 in [0, 1]
    scale_factor : factor by which the image was upscaled, which determines the width of the blur
    sharpness : amount of sharpening in percent, from 0 (unchanged) to 100 (the contrast of details is doubled)

    Returns
    -------
    (1, H, W) float32, which can exceed [0, 1]
    """
    if sharpness == 0:
        return luma
    size_px = 2 * radius_px(scale_factor) + 1
    sigma_px = _sigma_px(scale_factor)
    plane = np.ascontiguousarray(luma[0])
    blurred = cv2.GaussianBlur(plane, (size_px, size_px), sigma_px, borderType=cv2.BORDER_REPLICATE)
    sharpened: Planes = plane + (plane - blurred) * np.float32(sharpness / 100)
    return sharpened[None]


def _sigma_px(scale_factor: float) -> float:
    return max(_MIN_SIGMA_PX, _SIGMA_PER_SCALE_FACTOR * scale_factor)
