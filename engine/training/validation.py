"""Validation: PSNR of a model on images or patches that are not used for training."""

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
from engine.training.patches import PATCH_SIZE, PatchSet, TrainingImage, downscale_and_upscale
from engine.training.request import NO_DEGRADATION

MAX_PSNR_DB = 100.0  # above the PSNR of any photograph
MAX_VALIDATION_PX = 720  # maximum side of a validation image; all images in T91 are smaller

UpscaleFunction = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # an Upscaler or a similar function


class ValidationSet:
    """Validation images.

    As in the papers, the PSNR is computed on the Y channel without a border of `scale` px.

    The PSNR of each image is limited to MAX_PSNR_DB. Images that bicubic interpolation reproduces without error, such
    as flat ones, are skipped, because most models have the same PSNR on them. If no other images remain, none is
    skipped.

    Parameters
    ----------
    images : the validation images
    info : architecture and scale factor of the model
    degradation : degradation of the images besides downscaling

    Attributes
    ----------
    bicubic_psnr_db : mean PSNR of bicubic interpolation in dB
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
                luma = ground_truth.astype(np.float64) / 255
                interpolated = downscale_and_upscale(luma, info.scale).astype(np.float32)
                inputs = interpolated[None]
            halo = info.halo_px
            pairs.append((np.pad(inputs, ((0, 0), (halo, halo), (halo, halo)), mode="edge"), ground_truth))
            bicubic.append(self._psnr(interpolated[None], ground_truth))
        informative = [index for index, psnr_db in enumerate(bicubic) if psnr_db < MAX_PSNR_DB] or range(len(bicubic))
        self._pairs = [pairs[index] for index in informative]
        self.bicubic_psnr_db = _mean([bicubic[index] for index in informative])

    def psnr_db(self, model: UpscaleFunction) -> float:
        """Return the mean PSNR of a model on the validation images in dB.

        Parameters
        ----------
        model : `Upscaler`, or a function with the same arguments and result
        """
        return _mean([self._psnr(model(window), ground_truth) for window, ground_truth in self._pairs])

    def _low_res_inputs(
        self, image: TrainingImage, size: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the downscaled and degraded planes of an image, and the luma of its bicubic result.

        `size` is the (height, width) of the bicubic result. The degradation of an image is the same in all runs.
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
        """Return the PSNR of the Y channel of a result in dB, at most MAX_PSNR_DB.

        The result has the shape (C, H, W). C is 1 for a Y channel, or 3 for RGB.
        """
        luma = planes[0] if planes.shape[0] == 1 else color.rgb_planes_to_luma(planes)
        inner = (slice(self._scale, -self._scale),) * 2
        return min(MAX_PSNR_DB, metrics.psnr(color.quantize(luma)[inner], ground_truth[inner], data_range=255))


class ValidationPatches:
    """Validation patches, with the same interface as `ValidationSet`.

    The PSNR is computed from the mean squared error of all labels, without rounding to 8 bits.

    Attributes
    ----------
    bicubic_psnr_db : PSNR of bicubic interpolation in dB
    """

    def __init__(self, patch_set: PatchSet, info: ModelInfo) -> None:
        self._patches = patch_set
        inner = slice(info.halo_px, PATCH_SIZE - info.halo_px)
        self.bicubic_psnr_db = self.psnr_db(lambda window: window[:, inner, inner])

    def psnr_db(self, model: UpscaleFunction) -> float:
        """Return the PSNR of a model on the validation patches in dB.

        Parameters
        ----------
        model : `Upscaler`, or a function with the same arguments and result
        """
        upscaled = np.stack([model(patch) for patch in self._patches.inputs])
        return min(MAX_PSNR_DB, metrics.psnr(upscaled, self._patches.labels, data_range=1))


def _crop_center(luma: Pixels, scale: int) -> Pixels:
    """Crop the center of an image, so that each side is at most MAX_VALIDATION_PX.

    The result is large enough for validation, and small enough for a single tile.
    """
    height, width = (min(side, MAX_VALIDATION_PX - MAX_VALIDATION_PX % scale) for side in luma.shape)
    top, left = (luma.shape[0] - height) // 2, (luma.shape[1] - width) // 2
    return luma[top : top + height, left : left + width]


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
