"""Random crops of images, for models whose input is the image before upscaling.

Models such as FSRCNN and Compact are trained on crops at random positions instead of a fixed set of patches. Crops are
cut on demand from images in memory, because storing overlapping crops would need a multiple of the memory.
"""

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.imaging import color
from engine.imaging.color import Pixels
from engine.imaging.degradation import Degradation
from engine.imaging.resample import imresize
from engine.inference.process_group import SINGLE_PROCESS, ProcessGroup
from engine.models.info import ModelInfo
from engine.training.events import PreparingPatches
from engine.training.patch_loader import flip_and_rotate
from engine.training.patches import MIN_MSE, TrainingImage
from engine.training.request import Recipe

_SAMPLE_CROPS = 512  # number of crops that the error of bicubic interpolation is estimated from
_CPU = torch.device("cpu")
_ROUND_STEPS = 1000  # number of steps in a round; degrading the images for a round takes a few seconds


class CropSet:
    """Ground truths and downscaled images, for cutting pairs of crops at the same position.

    With a degradation, the downscaled images are degraded differently in each round of training steps. The result
    depends only on the seed and the number of the round. The images for the next round are prepared in a background
    thread.

    Parameters
    ----------
    ground_truths : Y or RGB planes as uint8 with the shape (C, H, W)
    inputs : the downscaled planes as float32 in [0, 1] with the shape (C, H / scale, W / scale). They are rounded to
        8 bits only with a degradation
    scale : the scale factor
    crop_size : side of a crop of the inputs in px
    seed : random seed for the degradation
    degrader : degrades the downscaled images in each round, or None without a degradation
    """

    def __init__(
        self,
        ground_truths: list[Pixels],
        inputs: list[NDArray[np.float32]],
        scale: int,
        crop_size: int,
        seed: int,
        degrader: "ImageDegrader | None" = None,
    ) -> None:
        self.scale, self.crop_size = scale, crop_size
        self._seed, self._degrader, self._round = seed, degrader, -1
        self._ground_truths, self._inputs = _PlaneStack(ground_truths), _PlaneStack(inputs)
        self._executor = ThreadPoolExecutor(1)
        self._next_round: tuple[int, Future[list[NDArray[np.float32]]]] | None = None
        shapes = [image.shape[1:] for image in inputs]
        positions = np.array([(height - crop_size + 1) * (width - crop_size + 1) for height, width in shapes])
        self._probabilities = positions / positions.sum()

    def degrade_for_round(self, round_number: int) -> None:
        """Replace the downscaled images with those for a round. Without a degradation, do nothing.

        Parameters
        ----------
        round_number : number of the round, starting at 0
        """
        if self._degrader is None or round_number == self._round:
            return
        if self._next_round is not None and self._next_round[0] == round_number:
            inputs = self._next_round[1].result()
        else:
            inputs = self._degrader.degrade(self._seed, round_number)
        self._round, self._inputs = round_number, _PlaneStack(inputs)
        upcoming = round_number + 1
        self._next_round = (upcoming, self._executor.submit(self._degrader.degrade, self._seed, upcoming))

    def __len__(self) -> int:
        """Return the number of crops that have as many pixels as all images together."""
        return max(1, int((self._inputs.heights * self._inputs.widths).sum()) // self.crop_size**2)

    @cached_property
    def bicubic_mse(self) -> float:
        """Mean squared error of bicubic interpolation, at least MIN_MSE, estimated from a sample of crops."""
        self.degrade_for_round(0)
        inputs, labels = self.cut(np.random.default_rng(self._seed), _SAMPLE_CROPS)
        return max(MIN_MSE, float(bicubic_mse_per_crop(inputs, labels).mean()))

    def cut(
        self, generator: np.random.Generator, count: int, quantized_share: float = 0.0, device: torch.device = _CPU
    ) -> tuple[Tensor, Tensor]:
        """Cut pairs of crops at random positions. All positions in all images are equally probable.

        Parameters
        ----------
        generator : source of randomness
        count : number of pairs
        quantized_share : fraction of the inputs to round to 8 bits, from 0 to 1
        device : device of the crops, to which the images are also moved

        Returns
        -------
        inputs, labels : float32 in [0, 1], with the shapes (N, C, S, S) and (N, C, S * scale, S * scale), where
            N is `count` and S is `crop_size`
        """
        quantized = generator.random(count) < quantized_share
        index = generator.choice(len(self._probabilities), count, p=self._probabilities)
        top = generator.integers(self._inputs.heights[index] - self.crop_size + 1)
        left = generator.integers(self._inputs.widths[index] - self.crop_size + 1)
        inputs = self._inputs.cut(index, top, left, self.crop_size, device)
        if quantized.any():
            rounded = (inputs.clamp(0, 1) * 255 + 0.5).floor() / 255
            inputs = torch.where(torch.from_numpy(quantized).to(device)[:, None, None, None], rounded, inputs)
        label_size = self.crop_size * self.scale
        labels = self._ground_truths.cut(index, top * self.scale, left * self.scale, label_size, device)
        return inputs, labels.float() / 255


class _PlaneStack:
    """Images of different sizes, concatenated to one tensor for cutting crops on any device.

    Parameters
    ----------
    images : images with the same number of channels and the shape (C, H, W)

    Attributes
    ----------
    heights, widths : heights and widths of the images in px
    """

    def __init__(self, images: Sequence[NDArray[Any]]) -> None:
        self.heights = np.array([image.shape[1] for image in images])
        self.widths = np.array([image.shape[2] for image in images])
        self._starts = np.concatenate([[0], np.cumsum(self.heights * self.widths)[:-1]])
        self._planes = torch.from_numpy(np.concatenate([image.reshape(len(image), -1) for image in images], axis=1))

    def cut(
        self,
        index: NDArray[np.int64],
        top: NDArray[np.int64],
        left: NDArray[np.int64],
        size: int,
        device: torch.device,
    ) -> Tensor:
        """Return N square crops, with the shape (N, C, size, size).

        Parameters
        ----------
        index, top, left : index of the image, first row and first column of each crop, with the shape (N,)
        size : side of a crop in px
        device : device of the crops, to which the images are also moved
        """
        self._planes = self._planes.to(device)
        corners = self._starts[index] + top * self.widths[index] + left
        corner, width = torch.from_numpy(np.stack([corners, self.widths[index]])).to(device)[:, :, None, None]
        side = torch.arange(size, device=device)
        return self._planes[:, corner + side[:, None] * width + side].transpose(0, 1).contiguous()


class CropLoader:
    """Loader of batches of random crops.

    A batch depends only on the seed and the step, so runs can be resumed.

    Parameters
    ----------
    crops : the images to cut from
    recipe : batch size, augmentation with flips and rotations, and fraction of quantized inputs
    seed : random seed for the positions
    device : device of the batches
    group : processes that divide each batch among themselves. The loader returns the shard of this process

    Attributes
    ----------
    batch_size : batch size over all processes
    steps_per_epoch : number of steps whose crops have as many pixels as all images together
    """

    def __init__(
        self,
        crops: CropSet,
        recipe: Recipe,
        *,
        seed: int,
        device: torch.device,
        group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        self._crops, self._recipe, self._seed = crops, recipe, seed
        self._device, self._group = device, group
        self.batch_size = recipe.batch_size
        self.steps_per_epoch = max(1, len(crops) // self.batch_size)

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return this process's shard of the batch for a step.

        Returns
        -------
        inputs, labels : float32 in [0, 1], with the shapes (N, C, S, S) and (N, C, S * scale, S * scale), where N is
            the size of the shard
        """
        self._crops.degrade_for_round(step // _ROUND_STEPS)
        generator = np.random.default_rng((self._seed, step))
        pair = self._crops.cut(generator, self.batch_size, self._recipe.quantized_share, self._device)
        inputs, labels = (flip_and_rotate(part) for part in pair) if self._recipe.orientations else pair
        return self._group.shard(inputs), self._group.shard(labels)


def build_crop_set(
    train: list[TrainingImage], info: ModelInfo, recipe: Recipe, seed: int
) -> Generator[PreparingPatches, None, CropSet]:
    """Downscale the training images, and return the set to cut crops from.

    For each factor in `recipe.rescales`, a copy of each image is added, resized by this factor. Images and copies that
    are too small for a crop are skipped.
    """
    ground_truths, inputs, downscaled = [], [], []
    copies = [(image, factor) for factor in (1.0, *recipe.rescales) for image in train]
    for done, (image, factor) in enumerate(copies):
        yield PreparingPatches("cut", done, len(copies))
        pixels = _resized(image, factor, needs_rgb=info.channels == 3 or bool(recipe.degradation))
        height, width = (side - side % info.scale for side in pixels.shape[1:])
        if min(height, width) < recipe.patch_size * info.scale:
            continue
        pixels = np.ascontiguousarray(pixels[:, :height, :width])
        if recipe.degradation:
            generator = np.random.default_rng((seed, done))
            downscaled.append(recipe.degradation.downscale(pixels.transpose(1, 2, 0), info.scale, generator))
            inputs.append(as_planes(color.quantize(downscaled[-1]), info.channels))
            ground_truths.append(pixels if info.channels == 3 else color.y_channel(pixels.transpose(1, 2, 0))[None])
        else:
            ground_truths.append(pixels)
            inputs.append(downscale(pixels, info.scale))
    degrader = ImageDegrader(downscaled, recipe.degradation, info.channels) if recipe.degradation else None
    return CropSet(ground_truths, inputs, info.scale, recipe.patch_size, seed, degrader)


@dataclass(frozen=True)
class ImageDegrader:
    """Noise and compression artifacts for downscaled images, with new random values in each round.

    Attributes
    ----------
    downscaled : downscaled RGB images with the shape (H, W, 3)
    degradation : operations that add the noise and the artifacts
    channels : 1 to return the Y channel, 3 to return the R, G and B channels
    """

    downscaled: list[NDArray[np.float32]]
    degradation: Degradation
    channels: int

    def degrade(self, seed: int, round_number: int) -> list[NDArray[np.float32]]:
        """Return the degraded images for a round, as float32 planes in [0, 1] with the shape (C, H, W)."""
        planes = []
        for index, samples in enumerate(self.downscaled):
            generator = np.random.default_rng((seed, round_number, index))
            planes.append(as_planes(self.degradation.add_artifacts(samples, generator), self.channels))
        return planes


def as_planes(pixels: Pixels, channels: int) -> NDArray[np.float32]:
    """Convert RGB pixels with the shape (H, W, 3) to planes.

    Returns
    -------
    The Y channel if `channels` is 1, or the R, G and B channels if it is 3. The planes are float32 in [0, 1] with the
    shape (channels, H, W).
    """
    if channels == 1:
        return color.rgb_to_ycbcr(pixels)[:1]
    return color.to_float(color.to_rgb_planes(pixels))


def _resized(image: TrainingImage, factor: float, *, needs_rgb: bool) -> Pixels:
    """Return the planes of an image, resized by a factor, with the shape (C, H, W)."""
    planes = image.planes(3 if needs_rgb else 1)
    if factor == 1:
        return planes
    return np.stack([np.asarray(imresize(plane, factor=factor)) for plane in planes])


def downscale(planes: Pixels, scale: int) -> NDArray[np.float32]:
    """Downscale uint8 planes of shape (C, H, W) with bicubic interpolation.

    Returns
    -------
    float32 array in [0, 1] of shape (C, H // scale, W // scale), not rounded to 8 bits
    """
    height, width = (side // scale for side in planes.shape[1:])
    return np.stack([np.asarray(imresize(plane / 255, (height, width)), np.float32) for plane in planes])


def bicubic_mse_per_crop(inputs: Tensor, labels: Tensor) -> Tensor:
    """Return the mean squared error of bicubic interpolation for each crop.

    Parameters
    ----------
    inputs, labels : crops with the shapes (N, C, S, S) and (N, C, S * scale, S * scale)

    Returns
    -------
    Tensor of shape (N,)
    """
    size = inputs.shape[-1]  # the columns of the interpolation matrix are the interpolated unit vectors
    matrix = np.asarray(imresize(np.eye(size), (labels.shape[-1], size)), np.float32)
    weights = torch.from_numpy(matrix).to(inputs.device)
    return (weights @ inputs @ weights.t() - labels).square().mean(dim=(1, 2, 3))
