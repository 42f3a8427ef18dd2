"""Validation: PSNR of a model on images or patches that are not used for training, as in the papers."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.imaging import color, metrics
from engine.imaging.color import Pixels
from engine.models.info import ModelInfo
from engine.training.crops import downscale
from engine.training.patches import PATCH_SIZE, PatchSet, TrainingImage, degrade

MAX_PSNR_DB = 100.0  # above the PSNR of any photograph
MAX_VALIDATION_PX = 720  # maximum side of a validation image; all 91 images are smaller

Model = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # an Upscaler, or a function like one


class ValidationSet:
    """Validation images. The PSNR of each image is limited to MAX_PSNR_DB.

    Images that bicubic interpolation reproduces without error, such as flat ones, are skipped, because their PSNR is
    infinite and the same for most models. If this applies to all images, none is skipped.

    A model is a function with the arguments and the result of an `Upscaler`.
    """

    def __init__(self, images: list[TrainingImage], info: ModelInfo) -> None:
        self._scale = info.scale
        pairs, bicubic = [], []
        for image in images:
            height, width = (side - side % info.scale for side in image.luma.shape)
            ground_truth = _crop_center(image.luma[:height, :width], info.scale)
            interpolated = degrade(ground_truth.astype(np.float64) / 255, info.scale).astype(np.float32)
            inputs = self._inputs(image, info) if info.is_low_res else interpolated[None]
            halo = info.halo_px
            pairs.append((np.pad(inputs, ((0, 0), (halo, halo), (halo, halo)), mode="edge"), ground_truth))
            bicubic.append(self._psnr(interpolated[None], ground_truth))
        informative = [index for index, psnr_db in enumerate(bicubic) if psnr_db < MAX_PSNR_DB] or range(len(bicubic))
        self._pairs = [pairs[index] for index in informative]
        self.bicubic_psnr_db = _mean([bicubic[index] for index in informative])

    def psnr_db(self, model: Model) -> float:
        """Return the mean PSNR of a model on the validation images, in dB."""
        return _mean([self._psnr(model(window), ground_truth) for window, ground_truth in self._pairs])

    @staticmethod
    def _inputs(image: TrainingImage, info: ModelInfo) -> NDArray[np.float32]:
        """Return the downscaled planes of an image for a model whose input is the image before upscaling."""
        planes = image.planes(info.channels) if info.channels == 3 else image.luma[None]
        height, width = (side - side % info.scale for side in planes.shape[1:])
        cropped = np.stack([_crop_center(plane[:height, :width], info.scale) for plane in planes])
        return downscale(cropped, info.scale)

    def _psnr(self, planes: NDArray[np.float32], ground_truth: Pixels) -> float:
        """Return the PSNR of the Y channel of a result, which is Y or RGB, with the shape (C, H, W)."""
        luma = planes[0] if planes.shape[0] == 1 else color.rgb_planes_to_luma(planes)
        inner = (slice(self._scale, -self._scale),) * 2
        return min(MAX_PSNR_DB, metrics.psnr(color.quantize(luma)[inner], ground_truth[inner], data_range=255))


class ValidationPatches:
    """Validation patches, with the same interface as `ValidationSet`.

    The PSNR is computed over all pixels of all labels together, without rounding to 8 bits.
    """

    def __init__(self, patch_set: PatchSet, info: ModelInfo) -> None:
        self._patches = patch_set
        inner = slice(info.halo_px, PATCH_SIZE - info.halo_px)
        self.bicubic_psnr_db = self.psnr_db(lambda window: window[:, inner, inner])

    def psnr_db(self, model: Model) -> float:
        """Return the PSNR of a model on the validation patches, in dB."""
        upscaled = np.stack([model(patch) for patch in self._patches.inputs])
        return min(MAX_PSNR_DB, metrics.psnr(upscaled, self._patches.labels, data_range=1))


def _crop_center(luma: Pixels, scale: int) -> Pixels:
    """Return the center of a large image, with sides of at most MAX_VALIDATION_PX.

    This is large enough for a validation, and small enough for a single tile.
    """
    height, width = (min(side, MAX_VALIDATION_PX - MAX_VALIDATION_PX % scale) for side in luma.shape)
    top, left = (luma.shape[0] - height) // 2, (luma.shape[1] - width) // 2
    return luma[top : top + height, left : left + width]


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
