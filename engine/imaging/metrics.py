"""PSNR and SSIM, whole and for any region, from maps that are built tile by tile.

`data_range` is a required keyword everywhere: a score with the wrong one is wrong silently.
"""

from dataclasses import dataclass
from math import inf, log10
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels
from engine.imaging.tiles import Rect

Plane = NDArray[np.unsignedinteger[Any]] | NDArray[np.floating[Any]]

SSIM_WINDOW = 11  # Wang et al. 2004: 11 x 11 Gaussian, sigma 1.5
_SIGMA = 1.5
_REACH = SSIM_WINDOW // 2  # pixels from the centre of a window to its edge


def psnr_from_mse(mse: float, *, data_range: float) -> float:
    """Peak signal-to-noise ratio in dB, ``10 log10(data_range**2 / mse)``; infinity for identical pictures."""
    return 10 * log10(data_range**2 / mse) if mse > 0 else inf


def psnr(image: Plane, truth: Plane, *, data_range: float) -> float:
    """PSNR in dB between two planes (H, W) of the same size and range."""
    difference = image.astype(np.float64) - truth.astype(np.float64)
    return psnr_from_mse(float(np.mean(difference**2)), data_range=data_range)


def ssim_map(image: Plane, truth: Plane, *, data_range: float) -> NDArray[np.float64]:
    """Structural similarity at every place where the whole 11 x 11 window lies inside the picture.

    Parameters
    ----------
    image, truth : (H, W), same size, at least 11 x 11
    data_range : the distance from black to white, 255 for 8 bits

    Returns
    -------
    (H - 10, W - 10) float64 in [-1, 1]; ``map[r, c]`` is the window centred at ``(r + 5, c + 5)``.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli: Image quality assessment, doi:10.1109/TIP.2003.819861, eq. 13, with
    K1 = 0.01, K2 = 0.03 and population covariance.
    """
    x, y = image.astype(np.float64), truth.astype(np.float64)
    kernel = cv2.getGaussianKernel(SSIM_WINDOW, _SIGMA, cv2.CV_64F)

    def blur(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        whole: NDArray[np.float64] = np.asarray(
            cv2.sepFilter2D(plane, cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_REPLICATE), np.float64
        )
        return whole[_REACH:-_REACH, _REACH:-_REACH]

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    likeness = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return likeness / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))


def ssim(image: Plane, truth: Plane, *, data_range: float) -> float:
    """Mean SSIM of two planes (H, W), at least 11 x 11; see `ssim_map`."""
    return float(np.mean(ssim_map(image, truth, data_range=data_range)))


@dataclass(frozen=True)
class Score:
    """How close a picture is to its ground truth: PSNR in dB (infinite if equal) and mean SSIM."""

    psnr_db: float
    ssim: float


class ScoreMaps:
    """Error and SSIM of a growing picture against its ground truth, so that a region's score costs two means.

    Parameters
    ----------
    truth : (H, W) uint8
        The ground truth's luma.
    border_px : int
        Pixels left out on every side of the picture, as the papers do (the scale).
    """

    def __init__(self, truth: Pixels, border_px: int) -> None:
        self._truth = truth
        self._image = np.zeros_like(truth)
        self._counted = Rect(0, 0, *truth.shape).grown(-border_px)
        self._whole = Rect(0, 0, *truth.shape)
        self._squared_error = np.zeros(truth.shape, np.uint16)  # 255**2 fits
        self._ssim = np.zeros(truth.shape, np.float32)  # at the window's centre
        self._done = np.zeros(truth.shape, bool)

    def update(self, tile: Rect, luma: Pixels) -> None:
        """Take in a finished tile's luma (tile.height, tile.width) uint8."""
        self._image[tile.slices] = luma
        error = luma.astype(np.int32) - self._truth[tile.slices]
        self._squared_error[tile.slices] = error * error
        # Every window that touches the tile is centred within _REACH of it, and reaches _REACH further.
        centres = tile.grown(_REACH).clipped(self._whole.grown(-_REACH))
        if centres.area:
            seen = centres.grown(_REACH).slices
            self._ssim[centres.slices] = ssim_map(self._image[seen], self._truth[seen], data_range=255)
        self._done[tile.slices] = True

    def covers(self, region: Rect) -> bool:
        """Whether all that counts of the picture lies in a region."""
        return self._counted.clipped(region) == self._counted

    def score(self, region: Rect | None = None) -> Score | None:
        """PSNR and SSIM of a region (the whole picture without one), leaving out the border.

        None while part of the region is not there yet, or if under 11 pixels of a side of it count.
        """
        counted = self._counted.clipped(region or self._whole)
        if min(counted.height, counted.width) < SSIM_WINDOW or not self._done[counted.slices].all():
            return None
        mse = float(np.mean(self._squared_error[counted.slices], dtype=np.float64))
        centres = counted.grown(-_REACH)
        return Score(psnr_from_mse(mse, data_range=255), float(np.mean(self._ssim[centres.slices], dtype=np.float64)))
