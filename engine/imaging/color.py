"""BT.601 studio-range colour, exactly as MATLAB's rgb2ycbcr, and the step from float to integer samples."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

Pixels = NDArray[np.unsignedinteger[Any]]  # uint8 or uint16
Planes = NDArray[np.float32]

_FROM_RGB = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
_OFFSET = np.array([16.0, 128.0, 128.0]) / 255
_TO_RGB = np.linalg.inv(_FROM_RGB)


def split(pixels: Pixels) -> Planes:
    """Separate luma from colour.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        Gray is taken as it is; RGB goes through BT.601, ``Y = 16 + 65.481 R + 128.553 G + 24.966 B`` for R, G, B
        in [0, 1] and Y in levels of 255.

    Returns
    -------
    (1, H, W) or (3, H, W) float32
        Y alone, or Y, Cb, Cr, in [0, 1] where 1 is level 255 (65535 for 16 bit). Not rounded.

    References
    ----------
    ITU-R BT.601-7, section 2.5; MATLAB ``rgb2ycbcr``.
    """
    unit = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(unit.transpose(2, 0, 1))
    planes = np.tensordot(_FROM_RGB.astype(np.float32), unit, axes=(1, 2))
    return planes + _OFFSET.astype(np.float32)[:, None, None]


def luma_levels(pixels: Pixels) -> Pixels:
    """The luma a score is taken of, (H, W) uint8: gray as it is, RGB through BT.601, rounded."""
    return quantise(split(pixels)[0])


def join(planes: Planes, dtype: DTypeLike = np.uint8) -> Pixels:
    """Bring Y (1, H, W) or Y, Cb, Cr (3, H, W) float32 in [0, 1] back to gray or RGB samples (H, W, 1|3).

    `dtype` is uint8 or uint16; the samples are those `quantise` gives.
    """
    if planes.shape[0] == 1:
        return quantise(planes, dtype).transpose(1, 2, 0)
    # Arithmetic on whole planes, and pixels side by side only once they are small integers: three times as fast.
    rgb = _TO_RGB.astype(np.float32) @ planes.reshape(3, -1)
    rgb -= (_TO_RGB @ _OFFSET).astype(np.float32)[:, None]
    return np.asarray(cv2.merge(list(quantise(rgb, dtype).reshape(planes.shape))))


def quantise(unit: NDArray[np.floating], dtype: DTypeLike = np.uint8) -> Pixels:
    """Round [0, 1] to integer samples as MATLAB's ``uint8(x * 255)``: half away from zero, saturating.

    Any shape; `dtype` is uint8 or uint16. NaN becomes 0.
    """
    top = np.float32(np.iinfo(np.dtype(dtype)).max)
    levels = unit * top
    levels += np.float32(0.5)
    np.fmax(levels, np.float32(0), out=levels)  # of NaN and 0 the latter
    np.minimum(levels, top, out=levels)
    rounded: Pixels = levels.astype(dtype)  # cuts off: down, as nothing is negative any more
    return rounded


def in_8_bits(levels: Pixels) -> NDArray[np.uint8]:
    """Samples of any shape in uint8: those of 16 bits rounded, those of 8 as they are."""
    return levels if levels.dtype == np.uint8 else _TO_8_BITS[levels]


_TO_8_BITS = quantise(np.arange(1 << 16) / np.float32((1 << 16) - 1))
