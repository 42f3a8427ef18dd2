"""Pictures kept from training, ready to be scored under the official protocol."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.imaging import color, metrics
from engine.imaging.color import Pixels
from engine.models.catalog import ModelSpec
from engine.training.patches import PATCH, PatchSet, TrainingPicture, degrade

MOST_DB = 100.0  # more than any photograph has
MOST_PX = 720  # a side of what is measured of a held-out picture; the 91 images are all smaller

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class HeldOut:
    """Scores whatever enlarges: `psnr_db` takes a function from padded luma (H + 2 margin, ...) to luma (H, W).

    An image that bicubic upscales without an error, because it is flat, is left out unless all are: it says nothing
    about a model, and the mean would be infinite. No PSNR counts more than MOST_DB.
    """

    def __init__(self, pictures: list[TrainingPicture], spec: ModelSpec) -> None:
        self._scale = spec.scale
        pairs, bicubic = [], []
        for picture in pictures:
            height, width = (side - side % spec.scale for side in picture.luma.shape)
            truth = _middle(picture.luma[:height, :width], spec.scale)
            blurred = degrade(truth.astype(np.float64) / 255, spec.scale).astype(np.float32)
            pairs.append((np.pad(blurred, spec.margin_px, mode="edge"), truth))
            bicubic.append(self._psnr(blurred, truth))
        telling = [index for index, psnr_db in enumerate(bicubic) if psnr_db < MOST_DB] or range(len(bicubic))
        self._pairs = [pairs[index] for index in telling]
        self.bicubic_psnr_db = _mean([bicubic[index] for index in telling])

    def psnr_db(self, run: Run) -> float:
        """Mean PSNR of the pictures, dB."""
        return _mean([self._psnr(run(plane), truth) for plane, truth in self._pairs])

    def _psnr(self, luma: NDArray[np.floating], truth: Pixels) -> float:
        inner = (slice(self._scale, -self._scale),) * 2
        return min(MOST_DB, metrics.psnr(color.quantise(luma)[inner], truth[inner], data_range=255))


class HeldOutPatches:
    """The same for patches (no picture to go by): the PSNR over all pixels of all labels, unrounded, up to MOST_DB."""

    def __init__(self, kept_apart: PatchSet, spec: ModelSpec) -> None:
        self._patches = kept_apart
        inner = slice(spec.margin_px, PATCH - spec.margin_px)
        self.bicubic_psnr_db = self.psnr_db(lambda luma: luma[inner, inner])

    def psnr_db(self, run: Run) -> float:
        """PSNR of the labels, dB."""
        found = np.stack([run(patch[0]) for patch in self._patches.inputs])
        return min(MOST_DB, metrics.psnr(found, self._patches.labels[:, 0], data_range=1))


def _middle(luma: Pixels, scale: int) -> Pixels:
    """The middle of a large picture: enough to be measured by, and it fits a network's buffers in one piece."""
    height, width = (min(side, MOST_PX - MOST_PX % scale) for side in luma.shape)
    top, left = (luma.shape[0] - height) // 2, (luma.shape[1] - width) // 2
    return luma[top : top + height, left : left + width]


def _mean(figures: list[float]) -> float:
    return math.fsum(figures) / len(figures)
