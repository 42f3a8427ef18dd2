"""Validation: PSNR of a model on images or patches that are not used for training, as in the papers."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.imaging import color, metrics
from engine.imaging.color import Pixels
from engine.imaging.degradation import Degradation
from engine.imaging.resample import imresize
from engine.models.info import ModelInfo
from engine.training.crops import as_planes, downscale
from engine.training.patches import PATCH_SIZE, PatchSet, TrainingImage, degrade
from engine.training.request import NO_DEGRADATION

MAX_PSNR_DB = 100.0  # above the PSNR of any photograph
MAX_VALIDATION_PX = 720  # maximum side of a validation image; all 91 images are smaller

Model = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # an Upscaler, or a function like one


class ValidationSet:
    """Validation images. The PSNR of each image is limited to MAX_PSNR_DB.

    Images that bicubic interpolation reproduces without error, such as flat ones, are skipped, because their PSNR is
    infinite and the same for most models. If this applies to all images, none is skipped.

    A model is a function with the arguments and the result of an `Upscaler`.
    """

    def __init__(
        self, images: list[TrainingImage], info: ModelInfo, degradation: Degradation = NO_DEGRADATION
    ) -> None:
        self._scale, self._info, self._degradation = info.scale, info, degradation
        pairs, bicubic = [], []
        for image in images:
            height, width = (side - side % info.scale for side in image.luma.shape)
            ground_truth = _crop_center(image.luma[:height, :width], info.scale)
            if info.has_low_res_input:
                inputs, interpolated = self._low_res_inputs(image, ground_truth.shape)
            else:
                interpolated = degrade(ground_truth.astype(np.float64) / 255, info.scale).astype(np.float32)
                inputs = interpolated[None]
            halo = info.halo_px
            pairs.append((np.pad(inputs, ((0, 0), (halo, halo), (halo, halo)), mode="edge"), ground_truth))
            bicubic.append(self._psnr(interpolated[None], ground_truth))
        informative = [index for index, psnr_db in enumerate(bicubic) if psnr_db < MAX_PSNR_DB] or range(len(bicubic))
        self._pairs = [pairs[index] for index in informative]
        self.bicubic_psnr_db = _mean([bicubic[index] for index in informative])

    def psnr_db(self, model: Model) -> float:
        """Return the mean PSNR of a model on the validation images, in dB."""
        return _mean([self._psnr(model(window), ground_truth) for window, ground_truth in self._pairs])

    def _low_res_inputs(
        self, image: TrainingImage, size: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the downscaled, degraded planes of an image, and the luma of its bicubic result of `size`.

        The degradation of an image is the same in all runs.
        """
        scale, channels = self._info.scale, self._info.channels
        needs_rgb = channels == 3 or bool(self._degradation)
        planes = image.planes(3) if needs_rgb else image.luma[None]
        height, width = (side - side % scale for side in planes.shape[1:])
        planes = np.stack([_crop_center(plane[:height, :width], scale) for plane in planes])
        if self._degradation:
            generator = np.random.default_rng(list(bytes.fromhex(image.content_hash[:16])))
            degraded = self._degradation.apply(np.ascontiguousarray(planes.transpose(1, 2, 0)), scale, generator)
            inputs = as_planes(degraded, channels)
        else:
            inputs = downscale(planes, scale)
        luma = inputs[0] if channels == 1 else color.rgb_planes_to_luma(inputs)
        return inputs, np.asarray(imresize(luma, (size[0], size[1])), np.float32)

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
