"""Conversion between RGB and BT.601 YCbCr, and between integer and floating-point samples.

YCbCr has studio range, as in MATLAB's ``rgb2ycbcr``.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

Pixels = NDArray[np.unsignedinteger[Any]]  # uint8 or uint16
Planes = NDArray[np.float32]

_FROM_RGB = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
_OFFSET = np.array([16.0, 128.0, 128.0]) / 255
_TO_RGB = np.linalg.inv(_FROM_RGB)
_BLACK, _GRAY_RANGE = np.float32(16 / 255), np.float32(219 / 255)  # in luma, black is 16 and white is 235


def rgb_to_ycbcr(pixels: Pixels) -> Planes:
    """Convert RGB to Y, Cb and Cr, or gray to Y.

    For R, G and B in [0, 1], BT.601 defines ``Y = 16 + 65.481 R + 128.553 G + 24.966 B`` on a scale of 0 to 255.
    Gray is treated as R = G = B, so ``Y = 16 + 219 gray``.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        Gray or RGB.

    Returns
    -------
    (1, H, W) or (3, H, W) float32
        Y alone, or Y, Cb and Cr, in [0, 1] and not rounded. The value 1 is level 255 (65535 for 16 bits).

    References
    ----------
    ITU-R BT.601-7, section 2.5; MATLAB ``rgb2ycbcr``.
    """
    if pixels.shape[2] == 1:
        return gray_to_luma(to_float(pixels[:, :, 0])[None])
    planes = np.tensordot(_FROM_RGB.astype(np.float32), to_float(pixels), axes=(1, 2))
    return planes + _OFFSET.astype(np.float32)[:, None, None]


def to_rgb_planes(pixels: Pixels) -> Pixels:
    """Convert gray or RGB pixels to R, G and B planes.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3)

    Returns
    -------
    (3, H, W), with the dtype of `pixels`
    """
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    return planes if planes.shape[0] == 3 else np.repeat(planes, 3, axis=0)


def to_float(pixels: Pixels) -> Planes:
    """Convert uint8 or uint16 samples of any shape to float32 values in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def gray_to_luma(gray: Planes) -> Planes:
    """Convert gray values in [0, 1] to BT.601 luma, which the models are trained on.

    Black becomes 16/255, and white becomes 235/255.
    """
    return gray * _GRAY_RANGE + _BLACK


def luma_to_gray(luma: Planes) -> Planes:
    """Convert BT.601 luma to gray values, the inverse of `gray_to_luma`.

    Luma from 16/255 to 235/255 becomes gray from 0 to 1. Values outside this range are not clipped.
    """
    return (luma - _BLACK) / _GRAY_RANGE


def y_channel(pixels: Pixels, *, gray_as_is: bool = True) -> Pixels:
    """Return the channel of an image that PSNR and SSIM are computed on.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        Gray or RGB.
    gray_as_is : whether the levels of a gray image are returned without conversion to luma
        The papers score the gray image of Set14 this way. Pass False to compare a gray image with the Y channel of an
        RGB image.

    Returns
    -------
    (H, W) uint8
        Gray levels in [0, 255], or the rounded BT.601 Y channel in [16, 235].
    """
    if gray_as_is and pixels.shape[2] == 1:
        return to_uint8(pixels[:, :, 0])
    return quantize(rgb_to_ycbcr(pixels)[0])


def ycbcr_to_rgb(planes: Planes, dtype: DTypeLike = np.uint8) -> Pixels:
    """Convert Y, Cb and Cr to RGB, or Y alone to gray. This is the inverse of `rgb_to_ycbcr`.

    Parameters
    ----------
    planes : (1, H, W) or (3, H, W) float32
        Y, or Y, Cb and Cr, in [0, 1].
    dtype : uint8 or uint16

    Returns
    -------
    (H, W, 1) or (H, W, 3)
        Gray or RGB, rounded to integers of the given dtype.
    """
    if planes.shape[0] == 1:
        return quantize(luma_to_gray(planes[0]), dtype)[:, :, None]
    return interleave(quantize(ycbcr_to_rgb_planes(planes), dtype))


def ycbcr_to_rgb_planes(planes: Planes) -> Planes:
    """Convert float planes Y, Cb and Cr, (3, H, W), to R, G and B, without rounding or clipping."""
    rgb: Planes = _TO_RGB.astype(np.float32) @ planes.reshape(3, -1)
    rgb -= (_TO_RGB @ _OFFSET).astype(np.float32)[:, None]
    return rgb.reshape(planes.shape)


def rgb_planes_to_luma(planes: Planes) -> Planes:
    """Convert float planes R, G and B, (3, H, W), to BT.601 luma, (H, W)."""
    luma: Planes = (_FROM_RGB[0].astype(np.float32) @ planes.reshape(3, -1)).reshape(planes.shape[1:])
    luma += _BLACK
    return luma


def luma_difference_to_rgb(difference: Planes) -> Planes:
    """Return the value to add to each of R, G and B so that BT.601 luma changes by `difference`.

    Cb and Cr do not change.
    """
    return difference / _GRAY_RANGE


def interleave(planes: NDArray[Any]) -> Pixels:
    """Convert integer planes of shape (C, H, W) to pixels of shape (H, W, C).

    Quantize planes before interleaving them, which is three times as fast as the other way around.
    """
    merged = np.asarray(cv2.merge(list(planes)))
    return merged if merged.ndim == 3 else merged[:, :, None]


def quantize(values: NDArray[np.floating], dtype: DTypeLike = np.uint8) -> Pixels:
    """Convert floats in [0, 1] to full-range integers, as in MATLAB's ``uint8(x * 255)``.

    Values are rounded half away from zero, and saturate outside [0, 1]. NaN becomes 0.

    Parameters
    ----------
    values : array of any shape
    dtype : uint8 or uint16
    """
    top = np.float32(np.iinfo(np.dtype(dtype)).max)
    levels = values * top
    levels += np.float32(0.5)
    np.fmax(levels, np.float32(0), out=levels)  # replaces NaN with 0
    np.minimum(levels, top, out=levels)
    rounded: Pixels = levels.astype(dtype)  # the cast truncates, which rounds down because no value is negative
    return rounded


def to_uint8(levels: Pixels) -> NDArray[np.uint8]:
    """Convert uint8 or uint16 samples of any shape to uint8. 16-bit samples are scaled and rounded."""
    return levels if levels.dtype == np.uint8 else _TO_UINT8[levels]


_TO_UINT8 = quantize(np.arange(1 << 16) / np.float32((1 << 16) - 1))
