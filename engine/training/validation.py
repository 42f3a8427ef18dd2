"""Validation: PSNR of a model on images or patches that are not used for training, as in the papers."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.imaging import color, metrics
from engine.imaging.color import Pixels
from engine.models.catalog import ModelSpec
from engine.training.patches import PATCH_SIZE, PatchSet, TrainingImage, degrade

MAX_PSNR_DB = 100.0  # above the PSNR of any photograph
MAX_VALIDATION_PX = 720  # maximum side of a validation image; all 91 images are smaller

Upscaler = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class ValidationSet:
    """Validation images. The PSNR of each image is limited to MAX_PSNR_DB.

    Images that bicubic interpolation reproduces without error, such as flat ones, are skipped, because their PSNR is
    infinite and the same for most models. If this applies to all images, none is skipped.

    A model is a function. Its argument is the Y channel with a halo, of shape (H + 2 * halo, W + 2 * halo), and its
    result has the shape (H, W).
    """

    def __init__(self, images: list[TrainingImage], spec: ModelSpec) -> None:
        self._scale = spec.scale
        pairs, bicubic = [], []
        for image in images:
            height, width = (side - side % spec.scale for side in image.luma.shape)
            ground_truth = _crop_center(image.luma[:height, :width], spec.scale)
            inputs = degrade(ground_truth.astype(np.float64) / 255, spec.scale).astype(np.float32)
            pairs.append((np.pad(inputs, spec.halo_px, mode="edge"), ground_truth))
            bicubic.append(self._psnr(inputs, ground_truth))
        informative = [index for index, psnr_db in enumerate(bicubic) if psnr_db < MAX_PSNR_DB] or range(len(bicubic))
        self._pairs = [pairs[index] for index in informative]
        self.bicubic_psnr_db = _mean([bicubic[index] for index in informative])

    def psnr_db(self, model: Upscaler) -> float:
        """Return the mean PSNR of a model on the validation images, in dB."""
        return _mean([self._psnr(model(plane), ground_truth) for plane, ground_truth in self._pairs])

    def _psnr(self, luma: NDArray[np.floating], ground_truth: Pixels) -> float:
        inner = (slice(self._scale, -self._scale),) * 2
        return min(MAX_PSNR_DB, metrics.psnr(color.quantize(luma)[inner], ground_truth[inner], data_range=255))


class ValidationPatches:
    """Validation patches, with the same interface as `ValidationSet`.

    The PSNR is computed over all pixels of all labels together, without rounding to 8 bits.
    """

    def __init__(self, patch_set: PatchSet, spec: ModelSpec) -> None:
        self._patches = patch_set
        inner = slice(spec.halo_px, PATCH_SIZE - spec.halo_px)
        self.bicubic_psnr_db = self.psnr_db(lambda luma: luma[inner, inner])

    def psnr_db(self, model: Upscaler) -> float:
        """Return the PSNR of a model on the validation patches, in dB."""
        upscaled = np.stack([model(patch[0]) for patch in self._patches.inputs])
        return min(MAX_PSNR_DB, metrics.psnr(upscaled, self._patches.labels[:, 0], data_range=1))


def _crop_center(luma: Pixels, scale: int) -> Pixels:
    """Return the center of a large image, with sides of at most MAX_VALIDATION_PX.

    This is large enough for a validation, and small enough for a single tile.
    """
    height, width = (min(side, MAX_VALIDATION_PX - MAX_VALIDATION_PX % scale) for side in luma.shape)
    top, left = (luma.shape[0] - height) // 2, (luma.shape[1] - width) // 2
    return luma[top : top + height, left : left + width]


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
