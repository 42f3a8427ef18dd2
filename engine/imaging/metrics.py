"""PSNR and SSIM of whole images, and of regions of an image that is still being upscaled.

`data_range` has no default value, because a wrong value would give wrong scores without an error.
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
_RADIUS = SSIM_WINDOW // 2  # pixels from the center of a window to its edge


def psnr_from_mse(mse: float, *, data_range: float) -> float:
    """Return the PSNR in dB, ``10 log10(data_range**2 / mse)``, or infinity if `mse` is 0."""
    return 10 * log10(data_range**2 / mse) if mse > 0 else inf


def psnr(image: Plane, ground_truth: Plane, *, data_range: float) -> float:
    """Return the PSNR of an image in dB, or infinity if it equals the ground truth.

    Parameters
    ----------
    image, ground_truth : (H, W), of the same size and range
    data_range : distance from black to white, 255 for 8 bits
    """
    difference = image.astype(np.float64) - ground_truth.astype(np.float64)
    return psnr_from_mse(float(np.mean(difference**2)), data_range=data_range)


def ssim_map(image: Plane, ground_truth: Plane, *, data_range: float) -> NDArray[np.float64]:
    """Return the structural similarity (SSIM) at each pixel whose 11 x 11 window lies inside the image.

    Parameters
    ----------
    image, ground_truth : (H, W), of the same size and range, at least 11 x 11 pixels
    data_range : distance from black to white, 255 for 8 bits

    Returns
    -------
    (H - 10, W - 10) float64
        SSIM in [-1, 1]. The value at ``[r, c]`` belongs to the window centered at ``(r + 5, c + 5)``.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli: Image quality assessment, doi:10.1109/TIP.2003.819861, eq. 13, with
    K1 = 0.01, K2 = 0.03 and population covariance.
    """
    x, y = image.astype(np.float64), ground_truth.astype(np.float64)
    kernel = cv2.getGaussianKernel(SSIM_WINDOW, _SIGMA, cv2.CV_64F)

    def blur(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        blurred: NDArray[np.float64] = np.asarray(
            cv2.sepFilter2D(plane, cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_REPLICATE), np.float64
        )
        return blurred[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    numerator = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return numerator / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))


def ssim(image: Plane, ground_truth: Plane, *, data_range: float) -> float:
    """Return the mean SSIM of an image, in [-1, 1]. For the parameters, see `ssim_map`."""
    return float(np.mean(ssim_map(image, ground_truth, data_range=data_range)))


@dataclass(frozen=True)
class Score:
    """PSNR and SSIM of an image against its ground truth.

    Attributes
    ----------
    psnr_db : PSNR in dB; infinity if the images are identical
    ssim : mean SSIM, in [-1, 1]
    """

    psnr_db: float
    ssim: float


class ScoreMaps:
    """Per-pixel squared error and SSIM of an image that is computed tile by tile.

    The maps allow any finished region to be scored quickly.

    Parameters
    ----------
    ground_truth : (H, W) uint8
        Y channel of the ground truth.
    border_px : number of pixels that are cropped on each side before scoring
        In the papers, it equals the scale factor.
    """

    def __init__(self, ground_truth: Pixels, border_px: int) -> None:
        self._ground_truth = ground_truth
        self._image = np.zeros_like(ground_truth)
        self._scored_area = Rect(0, 0, *ground_truth.shape).expand(-border_px)
        self._whole = Rect(0, 0, *ground_truth.shape)
        self._squared_error = np.zeros(ground_truth.shape, np.uint16)  # 255**2 fits
        self._ssim = np.zeros(ground_truth.shape, np.float32)  # at the window's center
        self._done = np.zeros(ground_truth.shape, bool)

    def update(self, tile: Rect, luma: Pixels) -> None:
        """Add a finished tile to the maps.

        Parameters
        ----------
        tile : position of the tile in the image
        luma : (tile.height, tile.width) uint8
            Y channel of the tile.
        """
        self._image[tile.slices] = luma
        error = luma.astype(np.int32) - self._ground_truth[tile.slices]
        self._squared_error[tile.slices] = error * error
        # SSIM changes at all centers within _RADIUS of the tile, and their windows reach another _RADIUS.
        centers = tile.expand(_RADIUS).intersect(self._whole.expand(-_RADIUS))
        if centers.area:
            window = centers.expand(_RADIUS).slices
            self._ssim[centers.slices] = ssim_map(self._image[window], self._ground_truth[window], data_range=255)
        self._done[tile.slices] = True

    def covers(self, region: Rect) -> bool:
        """Return whether a region contains the whole image except the cropped border."""
        return self._scored_area.intersect(region) == self._scored_area

    def score(self, region: Rect | None = None) -> Score | None:
        """Return the score of a region, excluding the cropped border of the image.

        Parameters
        ----------
        region : part of the image; None for the whole image

        Returns
        -------
        Score, or None if the region is not finished or less than 11 pixels high or wide
        """
        scored = self._scored_area.intersect(region or self._whole)
        if min(scored.height, scored.width) < SSIM_WINDOW or not self._done[scored.slices].all():
            return None
        mse = float(np.mean(self._squared_error[scored.slices], dtype=np.float64))
        centers = scored.expand(-_RADIUS)
        return Score(psnr_from_mse(mse, data_range=255), float(np.mean(self._ssim[centers.slices], dtype=np.float64)))
