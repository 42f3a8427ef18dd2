"""Transparency: colour to work with under it, so that no edge gets a halo of a colour nobody sees."""

from collections.abc import Iterator
from math import ceil

import cv2
import numpy as np

from engine.imaging.color import Pixels, quantise
from engine.imaging.resample import Resize, imresize
from engine.imaging.tiles import plan_tiles

_WINDOW_PX = 512  # side of the windows in which transparency is enlarged
_SUPPORT_PX = 2  # how far bicubic looks to either side, in pixels of the small picture


def reach_px(margin_px: int, times: float) -> int:
    """How far colour is needed under transparent pixels, in pixels of the small picture.

    A visible pixel of the enlargement lies at most bicubic's support beside a visible one of the small picture; its
    colour depends on what the network sees, its margin, and on bicubic's support around that. So it is no further
    than what a tile looks at beyond its own edge, and a tile has the colours the whole picture has.
    """
    return 2 * _SUPPORT_PX + ceil(margin_px / times)


def bled(pixels: Pixels, alpha: Pixels | None, reach: int) -> Pixels:
    """Give fully transparent pixels up to `reach` px away the colour of the nearest pixel that can be seen.

    Parameters
    ----------
    pixels : (H, W, 1|3)
    alpha : (H, W), or None if there is nothing transparent

    Returns
    -------
    (H, W, 1|3), `pixels` itself if nothing changes. Distances are Euclidean, to a few hundredths of a pixel.
    """
    if alpha is None:
        return pixels
    hidden = (alpha == 0).astype(np.uint8)
    if not hidden.any() or hidden.all():
        return pixels
    distance, label = cv2.distanceTransformWithLabels(hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    near = (distance > 0) & (distance <= reach)
    seen = np.flatnonzero(hidden == 0)
    nearest = np.zeros(int(label.max()) + 1, np.int64)
    nearest[label.reshape(-1)[seen]] = seen  # a label names one visible pixel
    made = pixels.copy()
    made[near] = pixels.reshape(-1, pixels.shape[2])[nearest[label[near]]]
    return made


def enlarge_into(made: Pixels, alpha: Pixels, small: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Enlarge transparency (H, W) smoothly, by bicubic alone; yields how many of all windows are done.

    Parameters
    ----------
    made : (height, width) uint8 or uint16, filled window by window
    small : (height, width) of the small picture; if that is a reduced one, transparency is reduced to it first
    """
    size = made.shape[0], made.shape[1]
    unit = alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)
    if small != alpha.shape:
        unit = np.asarray(imresize(unit[: size[0], : size[1]], small), np.float32)
    resize = Resize(small, size)
    windows = plan_tiles(*size, _WINDOW_PX)
    for done, window in enumerate(windows, start=1):
        plane = resize.window(unit[resize.source_window(window).slices], window)
        made[window.slices] = quantise(plane, made.dtype)
        yield done, len(windows)
