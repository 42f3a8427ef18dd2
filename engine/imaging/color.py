"""Color conversion (BT.601 studio range, as MATLAB's ``rgb2ycbcr``), and rounding to integer samples."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

Pixels = NDArray[np.unsignedinteger[Any]]  # uint8 or uint16
Planes = NDArray[np.float32]

_FROM_RGB = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
_OFFSET = np.array([16.0, 128.0, 128.0]) / 255
_TO_RGB = np.linalg.inv(_FROM_RGB)
_BLACK, _GRAY_RANGE = np.float32(16 / 255), np.float32(219 / 255)  # of luma: black is 16, white 235


def rgb_to_ycbcr(pixels: Pixels) -> Planes:
    """Convert RGB to Y, Cb, Cr, or gray to Y.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        BT.601: ``Y = 16 + 65.481 R + 128.553 G + 24.966 B`` for R, G, B in [0, 1] and Y in levels of 255. Gray is
        treated as R = G = B: ``Y = 16 + 219 gray``.

    Returns
    -------
    (1, H, W) or (3, H, W) float32
        Y alone, or Y, Cb, Cr, in [0, 1] where 1 is level 255 (65535 for 16 bits). Not rounded.

    References
    ----------
    ITU-R BT.601-7, section 2.5; MATLAB ``rgb2ycbcr``.
    """
    if pixels.shape[2] == 1:
        return gray_to_luma(to_float(pixels[:, :, 0])[None])
    planes = np.tensordot(_FROM_RGB.astype(np.float32), to_float(pixels), axes=(1, 2))
    return planes + _OFFSET.astype(np.float32)[:, None, None]


def to_float(pixels: Pixels) -> Planes:
    """Convert integer samples of any shape to float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def gray_to_luma(gray: Planes) -> Planes:
    """Map gray in [0, 1] to BT.601 luma, 16/255 to 235/255, the range that the models are trained on."""
    return gray * _GRAY_RANGE + _BLACK


def luma_to_gray(luma: Planes) -> Planes:
    """Map BT.601 luma to gray in [0, 1], without clipping. The inverse of `gray_to_luma`."""
    return (luma - _BLACK) / _GRAY_RANGE


def y_channel(pixels: Pixels, *, gray_as_is: bool = True) -> Pixels:
    """Return the plane that is scored, (H, W) uint8: the Y channel, or gray levels.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        For RGB the result is the BT.601 Y channel, rounded: 16 to 235.
    gray_as_is : bool
        If True, gray levels are returned unchanged, 0 to 255, as the papers score the gray image of Set14. If False,
        gray is converted to luma, to compare it with the Y channel of an RGB image.
    """
    if gray_as_is and pixels.shape[2] == 1:
        return to_uint8(pixels[:, :, 0])
    return quantize(rgb_to_ycbcr(pixels)[0])


def ycbcr_to_rgb(planes: Planes, dtype: DTypeLike = np.uint8) -> Pixels:
    """Convert Y (1, H, W) to gray, or Y, Cb, Cr (3, H, W) to RGB, rounded: (H, W, 1|3).

    The inverse of `rgb_to_ycbcr`. The planes are float32 in [0, 1]; `dtype` is uint8 or uint16.
    """
    if planes.shape[0] == 1:
        return quantize(luma_to_gray(planes[0]), dtype)[:, :, None]
    # Compute on whole planes and interleave only the small integers: three times as fast.
    rgb = _TO_RGB.astype(np.float32) @ planes.reshape(3, -1)
    rgb -= (_TO_RGB @ _OFFSET).astype(np.float32)[:, None]
    return np.asarray(cv2.merge(list(quantize(rgb, dtype).reshape(planes.shape))))


def quantize(unit: NDArray[np.floating], dtype: DTypeLike = np.uint8) -> Pixels:
    """Round floats in [0, 1] to integers as MATLAB's ``uint8(x * 255)``: half away from zero, saturating.

    Any shape; `dtype` is uint8 or uint16. NaN becomes 0.
    """
    top = np.float32(np.iinfo(np.dtype(dtype)).max)
    levels = unit * top
    levels += np.float32(0.5)
    np.fmax(levels, np.float32(0), out=levels)  # replaces NaN by 0
    np.minimum(levels, top, out=levels)
    rounded: Pixels = levels.astype(dtype)  # truncates, which rounds down as no value is negative
    return rounded


def to_uint8(levels: Pixels) -> NDArray[np.uint8]:
    """Convert uint8 or uint16 samples of any shape to uint8; 16-bit samples are rounded."""
    return levels if levels.dtype == np.uint8 else _TO_UINT8[levels]


_TO_UINT8 = quantize(np.arange(1 << 16) / np.float32((1 << 16) - 1))
