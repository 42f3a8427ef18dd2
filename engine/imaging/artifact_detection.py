"""Measure compression artifacts and noise in pixels, and recognize drawings.

The functions find a former JPEG compression in files of any format, such as a PNG file that was saved from a JPEG.
They sample windows on a fixed grid, so that large images take no longer than small ones and the result for an image
is always the same.

The limits were chosen on photographs outside of Set5 and Set14.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.imaging import color
from engine.imaging.color import Pixels

Floats = NDArray[np.float32]

_BLOCK = 8  # side of a JPEG block in px
_MIN_COMB = 0.4  # photographs that were never compressed stay below 0.2, and JPEGs up to quality 90 above 0.4
_MIN_COEFFICIENTS = 30  # for a frequency to be measured
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of JPEG files, with full range

# Table K.1 of the JPEG standard for the lowest frequencies, which have the most coefficients that are not zero.
_FREQUENCIES = {
    (0, 1): 11, (0, 2): 10, (0, 3): 16, (0, 4): 24, (0, 5): 40, (1, 0): 12, (1, 1): 12, (1, 2): 14, (1, 3): 19,
    (1, 4): 26, (2, 0): 14, (2, 1): 13, (2, 2): 16, (2, 3): 24, (3, 0): 14, (3, 1): 17, (3, 2): 22, (4, 0): 18,
    (4, 1): 22, (5, 0): 24,
}  # fmt: skip
_DCT: Floats = np.array(
    [
        [np.sqrt((2 if k else 1) / _BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * _BLOCK)) for n in range(_BLOCK)]
        for k in range(_BLOCK)
    ],
    np.float32,
)

_NOISE_WINDOW = 16  # side of a window in px
_NOISE_FILTER = np.outer([1, -2, 1], [1, -2, 1]).astype(np.float32) / 6  # gain 1 for white noise
_MAD_TO_SIGMA = 1.4826


def estimate_former_quality(pixels: Pixels) -> int | None:
    """Return the quality of a JPEG compression that an image went through, or None if none is found.

    The DCT coefficients of a compressed image are multiples of the steps in its quantization table, on an 8 × 8 grid
    that a crop can shift. For each of the 64 positions of the grid, count the coefficients close to 0. At the best
    position, measure the step of each low frequency: the period at which the coefficients have the most regular
    distances. The estimate is the quality at which libjpeg's table has the median of the measured steps.

    A compression is found up to a quality of about 92, also if the brightness or contrast was changed. It is not found
    if the image was resized afterwards.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16

    Returns
    -------
    The quality from 1 to 100, or None

    References
    ----------
    Fan, de Queiroz: Identification of bitmap compression history, doi:10.1109/TIP.2002.807361
    """
    windows = _windows(pixels, 2 * _BLOCK - 1, _BLOCK, 1500)
    if len(windows) < _MIN_COEFFICIENTS:
        return None
    coefficients = np.abs(_coefficients(windows, *_grid_position(windows[:: max(1, len(windows) // 400)])))
    scores, ratios = [], []
    for (row, column), standard_step in _FREQUENCIES.items():
        if (measured := _step(coefficients[:, row, column], 2.2 * standard_step)) is not None:
            scores.append(measured[0])
            ratios.append(measured[1] / standard_step)
    if len(scores) < 4 or np.median(scores) < _MIN_COMB:
        return None
    percent = 100 * float(np.median(ratios))
    return int(np.clip(round(100 - percent / 2 if percent <= 100 else 5000 / percent), 1, 100))


def estimate_noise(pixels: Pixels) -> float:
    """Return the standard deviation of the noise in flat regions, in levels of an 8-bit luma channel.

    Noise is measured with a high-pass filter and the median absolute deviation. A region is flat if the noise explains
    its low frequencies too. Independent noise of R, G and B is 1.5 times as large as that of luma.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16

    Returns
    -------
    The standard deviation, or 0 if there are no flat regions

    References
    ----------
    Immerkær: Fast noise variance estimation, doi:10.1006/cviu.1996.0060
    """
    margin = 4
    windows = _windows(pixels, _NOISE_WINDOW + 2 * margin, _NOISE_WINDOW, 1200)
    if len(windows) < 4:
        return 0.0
    center = (slice(None), slice(margin, -margin), slice(margin, -margin))
    smooth = _filter_each(windows, lambda window: cv2.GaussianBlur(window, (0, 0), 2))[center]
    sigma = _sigma(_filter_each(windows, lambda window: cv2.filter2D(window, -1, _NOISE_FILTER))[center])
    activity = smooth.std(axis=(1, 2))
    unclipped = (smooth.min(axis=(1, 2)) > 8) & (smooth.max(axis=(1, 2)) < 247)
    flat = unclipped & (activity <= 0.2 * sigma + 0.7)  # 0.14 for white noise
    if flat.sum() < max(10, 0.05 * len(windows)):
        return 0.0
    noise = float(np.percentile(sigma[flat], 25))  # some of the flat regions have a fine texture
    halves = windows.reshape(len(windows), windows.shape[1] // 2, 2, -1, 2).mean(axis=(2, 4), dtype=np.float32)
    coarse = _sigma(_filter_each(halves, lambda window: cv2.filter2D(window, -1, _NOISE_FILTER))[:, 2:-2, 2:-2])
    is_texture = float(np.percentile(coarse[flat], 25)) > 0.75 * noise  # 0.5 for white noise
    return 0.0 if is_texture else noise


def is_drawing(pixels: Pixels) -> bool:
    """Return whether an image is a drawing or screenshot, in which most parts are flat.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
    """
    levels = color.to_uint8(pixels)
    blocks = _sample(levels, 4, 4, 40_000).reshape(-1, 16, levels.shape[2])
    if not len(blocks):
        return False
    flat = (blocks.max(axis=1) - blocks.min(axis=1)).max(axis=1) <= 6
    colors = np.round(np.median(blocks[flat], axis=1) / 3).astype(np.int64) @ (1 << 8 * np.arange(levels.shape[2]))
    counts = np.sort(np.unique(colors, return_counts=True)[1])
    return bool(counts[-2:].sum() >= 0.28 * len(blocks))


def _sample(levels: NDArray[np.uint8], side: int, spacing: int, most: int) -> NDArray[np.uint8]:
    """Return about `most` square windows of an image, as an array (N, side, side, C).

    Their distance is a multiple of `spacing`. They are spread evenly over the image.
    """
    height, width = levels.shape[0] - side + 1, levels.shape[1] - side + 1
    if min(height, width) <= 0:
        return np.empty((0, side, side, levels.shape[2]), np.uint8)
    count = -(-height // spacing) * -(-width // spacing)
    distance = spacing * max(1, int(np.ceil(np.sqrt(count / most))))
    views = np.lib.stride_tricks.sliding_window_view(levels, (side, side), axis=(0, 1))
    chosen = views[::distance, ::distance].transpose(0, 1, 3, 4, 2)
    return np.ascontiguousarray(chosen).reshape(-1, side, side, levels.shape[2])


def _windows(pixels: Pixels, side: int, spacing: int, most: int) -> Floats:
    """Return up to about `most` windows of the luma of an image, shape (N, side, side), in [0, 255]."""
    sampled = _sample(color.to_uint8(pixels), side, spacing, most).astype(np.float32)
    return sampled[..., 0] if sampled.shape[3] == 1 else sampled @ _LUMA


def _coefficients(windows: Floats, row: int, column: int) -> Floats:
    """Return the DCT coefficients of the 8 × 8 block at a position in each window."""
    blocks = windows[:, row : row + _BLOCK, column : column + _BLOCK]
    return np.asarray(_DCT @ blocks @ _DCT.T, np.float32)


def _grid_position(windows: Floats) -> tuple[int, int]:
    """Return the position (row, column) of the 8 × 8 grid at which the most coefficients are close to 0."""
    positions = [(row, column) for row in range(_BLOCK) for column in range(_BLOCK)]
    return max(positions, key=lambda at: np.count_nonzero(np.abs(_coefficients(windows, *at)[:, 1:, 1:]) < 0.5))


def _step(magnitudes: Floats, most: float) -> tuple[float, float] | None:
    """Return the regularity of the distances of coefficients in [-1, 1], and their main distance.

    None if there are too few coefficients. Of similarly regular distances, the largest is returned, because each
    multiple of a number is also a multiple of its divisors.

    Parameters
    ----------
    magnitudes : absolute values of the coefficients of one frequency
    most : largest distance to try
    """
    steps = np.arange(2.5, most + 3, 0.25)
    scores = np.full(len(steps), -1.0)
    for index, step in enumerate(steps):
        # Smaller coefficients are close to 0 in every image, and do not indicate a step.
        multiples = magnitudes[magnitudes > step / 2] / step
        if len(multiples) >= _MIN_COEFFICIENTS:
            scores[index] = np.cos(2 * np.pi * multiples).mean()
    best = float(scores.max())
    if best <= -1:
        return None
    index = int(np.flatnonzero(scores >= (0.85 * best if best > 0 else best))[-1])
    while index and scores[index - 1] > scores[index]:
        index -= 1
    return best, float(steps[index])


def _filter_each(windows: Floats, function: Callable[[Floats], NDArray[Any]]) -> Floats:
    """Apply a filter to each window."""
    return np.stack([np.asarray(function(window), np.float32) for window in windows])


def _sigma(filtered: Floats) -> Floats:
    """Return the standard deviation of each high-pass filtered window, estimated from its median."""
    deviations = np.abs(filtered).reshape(len(filtered), -1)
    return np.asarray(_MAD_TO_SIGMA * np.median(deviations, axis=1), np.float32)
