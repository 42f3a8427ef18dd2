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
_BLACK, _GRAY_RANGE = np.float32(16 / 255), np.float32(219 / 255)  # of luma: black is 16, white 235


def split(pixels: Pixels) -> Planes:
    """Separate luma from colour.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        BT.601: ``Y = 16 + 65.481 R + 128.553 G + 24.966 B`` for R, G, B in [0, 1] and Y in levels of 255. A gray
        level counts as R = G = B: ``Y = 16 + 219 gray``.

    Returns
    -------
    (1, H, W) or (3, H, W) float32
        Y alone, or Y, Cb, Cr, in [0, 1] where 1 is level 255 (65535 for 16 bit). Not rounded.

    References
    ----------
    ITU-R BT.601-7, section 2.5; MATLAB ``rgb2ycbcr``.
    """
    if pixels.shape[2] == 1:
        return luma_of_gray(to_unit(pixels[:, :, 0])[None])
    planes = np.tensordot(_FROM_RGB.astype(np.float32), to_unit(pixels), axes=(1, 2))
    return planes + _OFFSET.astype(np.float32)[:, None, None]


def to_unit(pixels: Pixels) -> Planes:
    """Integer samples of any shape as float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def luma_of_gray(gray: Planes) -> Planes:
    """Map gray in [0, 1] to BT.601 luma, 16/255 to 235/255: the range that the models are trained on."""
    return gray * _GRAY_RANGE + _BLACK


def gray_of_luma(luma: Planes) -> Planes:
    """Map BT.601 luma back to gray in [0, 1], not clipped: the inverse of `luma_of_gray`."""
    return (luma - _BLACK) / _GRAY_RANGE


def luma_levels(pixels: Pixels, *, gray_as_is: bool = True) -> Pixels:
    """The levels (H, W) uint8 that a score is taken of.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        RGB gives its BT.601 luma, rounded: 16 to 235.
    gray_as_is : bool
        Gray gives its own levels, 0 to 255, as the papers score Set14's gray image. False gives its luma instead, to
        compare it with the luma of an RGB image.
    """
    if gray_as_is and pixels.shape[2] == 1:
        return in_8_bits(pixels[:, :, 0])
    return quantise(split(pixels)[0])


def join(planes: Planes, dtype: DTypeLike = np.uint8) -> Pixels:
    """Bring Y (1, H, W) or Y, Cb, Cr (3, H, W) float32 in [0, 1] back to gray or RGB samples (H, W, 1|3).

    The inverse of `split`. `dtype` is uint8 or uint16; the samples are those `quantise` gives.
    """
    if planes.shape[0] == 1:
        return quantise(gray_of_luma(planes[0]), dtype)[:, :, None]
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
