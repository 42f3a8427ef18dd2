"""Transparency: replace the colors of transparent pixels, and upscale the alpha channel."""

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
    """Return the radius for `bleed_colors` in pixels of the input.

    Bicubic upscaling of the alpha channel makes pixels visible up to half a kernel beyond the visible pixels of the
    input. Their colors depend on input pixels within the model's halo and another half kernel. The radius is no larger
    than the halo of a tile, so the result does not depend on the tile size.

    Parameters
    ----------
    halo_px : halo of the model in pixels of the result
    scale_factor : scale factor of the result
    """
    return 2 * _SUPPORT_PX + ceil(halo_px / scale_factor)


def bleed_colors(pixels: Pixels, alpha: Pixels | None, radius: int) -> Pixels:
    """Replace the color of fully transparent pixels with the color of the nearest visible pixel.

    Without this step, the hidden colors of transparent pixels would show at the edges of the result.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3)
    alpha : (H, W), or None for an opaque image
    radius : largest Euclidean distance to a visible pixel, in pixels
        Pixels farther away keep their color. Distances are accurate to a few hundredths of a pixel.

    Returns
    -------
    (H, W, 1) or (H, W, 3)
        `pixels` itself if nothing changes, otherwise a copy.
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
    nearest[label.reshape(-1)[visible]] = visible  # each label belongs to one visible pixel
    result = pixels.copy()
    result[near] = pixels.reshape(-1, pixels.shape[2])[nearest[label[near]]]
    return result


def upscale_alpha(result: Pixels, alpha: Pixels, input_size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Upscale an alpha channel into `result` with bicubic interpolation, window by window.

    Parameters
    ----------
    result : (height, width) uint8 or uint16
        Output array, which is overwritten.
    alpha : (H, W) uint8 or uint16
    input_size : (height, width)
        Size of the image that the model upscales. If it differs from the size of `alpha`, as in a simulation, `alpha`
        is first downscaled to it.

    Yields
    ------
    (number of finished windows, total number of windows)
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
