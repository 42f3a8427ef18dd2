"""Transparency: colors under transparent pixels, and upscaling of the alpha channel."""

from collections.abc import Iterator
from math import ceil

import cv2
import numpy as np

from engine.imaging.color import Pixels, quantize
from engine.imaging.resample import Resize, imresize
from engine.imaging.tiles import plan_tiles

_WINDOW_PX = 512  # side of the windows in which the alpha channel is upscaled
_SUPPORT_PX = 2  # half the width of the bicubic kernel, in pixels of the input


def bleed_radius_px(halo_px: int, scale_factor: float) -> int:
    """Return how far to bleed colors under transparent pixels, in pixels of the input.

    A visible pixel of the result is at most the support of bicubic away from a visible pixel of the input. Its color
    depends on the halo that the model needs and on the support of bicubic around that. The radius is no larger than
    the halo of a tile, so tiles get the same colors as the whole image.
    """
    return 2 * _SUPPORT_PX + ceil(halo_px / scale_factor)


def bleed_colors(pixels: Pixels, alpha: Pixels | None, radius: int) -> Pixels:
    """Give fully transparent pixels the color of the nearest visible pixel, up to `radius` pixels away.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3)
    alpha : (H, W), or None for an opaque image

    Returns
    -------
    (H, W, 1) or (H, W, 3), `pixels` itself if nothing changes. Distances are Euclidean, accurate to a few hundredths
    of a pixel.
    """
    if alpha is None:
        return pixels
    hidden = (alpha == 0).astype(np.uint8)
    if not hidden.any() or hidden.all():
        return pixels
    distance, label = cv2.distanceTransformWithLabels(hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    near = (distance > 0) & (distance <= radius)
    visible = np.flatnonzero(hidden == 0)
    nearest = np.zeros(int(label.max()) + 1, np.int64)
    nearest[label.reshape(-1)[visible]] = visible  # a label names one visible pixel
    result = pixels.copy()
    result[near] = pixels.reshape(-1, pixels.shape[2])[nearest[label[near]]]
    return result


def upscale_alpha(result: Pixels, alpha: Pixels, input_size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Upscale an alpha channel (H, W) by bicubic into `result`, and yield (windows done, all windows).

    Parameters
    ----------
    result : (height, width) uint8 or uint16, filled window by window
    input_size : (height, width) of the input; if it is smaller than `alpha`, `alpha` is downscaled to it first
    """
    size = result.shape[0], result.shape[1]
    unit = alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)
    if input_size != alpha.shape:
        unit = np.asarray(imresize(unit[: size[0], : size[1]], input_size), np.float32)
    resize = Resize(input_size, size)
    windows = plan_tiles(*size, _WINDOW_PX)
    for done, window in enumerate(windows, start=1):
        plane = resize.apply(unit[resize.source_window(window).slices], window)
        result[window.slices] = quantize(plane, result.dtype)
        yield done, len(windows)
