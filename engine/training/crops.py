"""Random crops of images, for models whose input is the image before upscaling.

Models such as FSRCNN and Compact are trained on crops at random positions instead of a fixed set of patches. The
images are kept in memory, so that no crop is stored twice.
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
from engine.training.patch_loader import all_orientations
from engine.training.patches import MIN_MSE, TrainingImage
from engine.training.request import Recipe

_SAMPLE_CROPS = 512  # number of crops that the error of bicubic interpolation is estimated from
_CPU = torch.device("cpu")
_ROUND_STEPS = 1000  # steps before the images are degraded anew, which takes a few seconds


class CropSet:
    """Ground truths and their downscaled versions, from which pairs of crops are cut.

    With a degradation, the downscaled versions change from round to round. Those of a round depend only on the seed
    and the number of the round. The next round is prepared in the background.

    Parameters
    ----------
    ground_truths : Y or RGB planes as uint8 with the shape (C, H, W)
    inputs : the downscaled planes as float32 in [0, 1] with the shape (C, H / scale, W / scale). Without a
        degradation, they are not rounded
    scale : the scale factor
    size : side of a crop of the inputs in px
    seed : random seed of the degradation
    degraded : the images to degrade, or None
    """

    def __init__(
        self,
        ground_truths: list[Pixels],
        inputs: list[NDArray[np.float32]],
        scale: int,
        size: int,
        seed: int,
        degraded: "DegradedImages | None" = None,
    ) -> None:
        self.scale, self.size = scale, size
        self._seed, self._degraded, self._round = seed, degraded, -1
        self._ground_truths, self._inputs = _PlaneStack(ground_truths), _PlaneStack(inputs)
        self._executor = ThreadPoolExecutor(1)
        self._next_round: tuple[int, Future[list[NDArray[np.float32]]]] | None = None
        positions = np.array([(h - size + 1) * (w - size + 1) for _, h, w in (image.shape for image in inputs)])
        self._share = positions / positions.sum()

    def start_round(self, number: int) -> None:
        """Degrade the images anew. Without a degradation, this does nothing."""
        if self._degraded is None or number == self._round:
            return
        if self._next_round is not None and self._next_round[0] == number:
            inputs = self._next_round[1].result()
        else:
            inputs = self._degraded.render(self._seed, number)
        self._round, self._inputs = number, _PlaneStack(inputs)
        self._next_round = (number + 1, self._executor.submit(self._degraded.render, self._seed, number + 1))

    def __len__(self) -> int:
        """Return the number of crops that cover all images once without overlap."""
        return max(1, int((self._inputs.heights * self._inputs.widths).sum()) // self.size**2)

    @cached_property
    def bicubic_mse(self) -> float:
        """Mean squared error of bicubic interpolation, at least MIN_MSE, estimated from a sample of crops."""
        self.start_round(0)
        inputs, labels = self.cut(np.random.default_rng(self._seed), _SAMPLE_CROPS)
        return max(MIN_MSE, float(bicubic_errors(inputs, labels).mean()))

    def cut(
        self, generator: np.random.Generator, count: int, quantized_share: float = 0.0, device: torch.device = _CPU
    ) -> tuple[Tensor, Tensor]:
        """Return crops at random positions. Each position of each image has the same probability.

        Parameters
        ----------
        generator : source of randomness
        count : number of crops
        quantized_share : share of the inputs that are rounded to 8 bits
        device : device of the crops. The images are moved to it

        Returns
        -------
        inputs, labels : float32 in [0, 1], with the shapes (N, C, S, S) and (N, C, S * scale, S * scale)
        """
        quantized = generator.random(count) < quantized_share
        index = generator.choice(len(self._share), count, p=self._share)
        top = generator.integers(self._inputs.heights[index] - self.size + 1)
        left = generator.integers(self._inputs.widths[index] - self.size + 1)
        inputs = self._inputs.cut(index, top, left, self.size, device)
        if quantized.any():
            rounded = (inputs.clamp(0, 1) * 255 + 0.5).floor() / 255
            inputs = torch.where(torch.from_numpy(quantized).to(device)[:, None, None, None], rounded, inputs)
        labels = self._ground_truths.cut(index, top * self.scale, left * self.scale, self.size * self.scale, device)
        return inputs, labels.float() / 255


class _PlaneStack:
    """Images in one tensor, from which crops are cut on any device.

    Parameters
    ----------
    images : images with the same number of channels and the shape (C, H, W)

    Attributes
    ----------
    heights, widths : sizes of the images in px
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
        """Return square crops of the images `index`, with the shape (N, C, size, size)."""
        self._planes = self._planes.to(device)
        corners = self._starts[index] + top * self.widths[index] + left
        corner, width = torch.from_numpy(np.stack([corners, self.widths[index]])).to(device)[:, :, None, None]
        side = torch.arange(size, device=device)
        return self._planes[:, corner + side[:, None] * width + side].transpose(0, 1).contiguous()


class CropLoader:
    """Batches of random crops. Each batch depends only on the seed and the step, so that a run can be resumed.

    Parameters
    ----------
    crops : the images to cut from
    recipe : batch size, orientations and share of quantized inputs
    seed : random seed for the positions
    device : device of the batches
    group : processes that share each batch. The loader returns the shard of this process

    Attributes
    ----------
    size : batch size
    steps_per_epoch : number of steps after which as many pixels were used as there are in all images
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
        self.size = recipe.batch_size
        self.steps_per_epoch = max(1, len(crops) // self.size)

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return this process's shard of the batch for a step, on the device.

        The inputs have the shape (size, C, S, S), and the labels (size, C, S * scale, S * scale), where `size` is the
        size of the shard.
        """
        self._crops.start_round(step // _ROUND_STEPS)
        generator = np.random.default_rng((self._seed, step))
        pair = self._crops.cut(generator, self.size, self._recipe.quantized_share, self._device)
        inputs, labels = (all_orientations(part) for part in pair) if self._recipe.orientations else pair
        return self._group.shard(inputs), self._group.shard(labels)


def build_crop_set(
    train: list[TrainingImage], info: ModelInfo, recipe: Recipe, seed: int
) -> Generator[PreparingPatches, None, CropSet]:
    """Return a set of crops from downscaled images.

    For each factor in `recipe.rescales`, a smaller copy of each image is added. Images and copies that are too small
    for a crop are skipped.
    """
    ground_truths, inputs, small = [], [], []
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
            small.append(recipe.degradation.downscale(pixels.transpose(1, 2, 0), info.scale, generator))
            inputs.append(as_planes(color.quantize(small[-1]), info.channels))
            ground_truths.append(pixels if info.channels == 3 else color.y_channel(pixels.transpose(1, 2, 0))[None])
        else:
            ground_truths.append(pixels)
            inputs.append(downscale(pixels, info.scale))
    degraded = DegradedImages(small, recipe.degradation, info.channels) if recipe.degradation else None
    return CropSet(ground_truths, inputs, info.scale, recipe.patch_size, seed, degraded)


@dataclass(frozen=True)
class DegradedImages:
    """Downscaled images, to which noise and compression artifacts are added anew in each round.

    Attributes
    ----------
    small : downscaled RGB samples with the shape (H, W, 3)
    degradation : the operations
    channels : 1 for the Y channel of the results, 3 for RGB
    """

    small: list[NDArray[np.float32]]
    degradation: Degradation
    channels: int

    def render(self, seed: int, number: int) -> list[NDArray[np.float32]]:
        """Return the degraded planes of all images in a round."""
        planes = []
        for index, samples in enumerate(self.small):
            generator = np.random.default_rng((seed, number, index))
            planes.append(as_planes(self.degradation.add_artifacts(samples, generator), self.channels))
        return planes


def as_planes(pixels: Pixels, channels: int) -> NDArray[np.float32]:
    """Return the Y channel or the R, G and B channels of RGB pixels, as float32 in [0, 1] with the shape (C, H, W)."""
    if channels == 1:
        return color.rgb_to_ycbcr(pixels)[:1]
    return color.to_float(color.to_rgb_planes(pixels))


def _resized(image: TrainingImage, factor: float, *, needs_rgb: bool) -> Pixels:
    """Return the planes of an image, with the shape (C, H, W), after resizing by a factor."""
    planes = image.planes(3 if needs_rgb else 1)
    if factor == 1:
        return planes
    return np.stack([np.asarray(imresize(plane, factor=factor)) for plane in planes])


def downscale(planes: Pixels, scale: int) -> NDArray[np.float32]:
    """Return planes of shape (C, H, W), downscaled with bicubic interpolation, as float32 that is not rounded."""
    height, width = (side // scale for side in planes.shape[1:])
    return np.stack([np.asarray(imresize(plane / 255, (height, width)), np.float32) for plane in planes])


def bicubic_errors(inputs: Tensor, labels: Tensor) -> Tensor:
    """Return the mean squared error of bicubic interpolation for each crop, with the shape (N,).

    The rows of the interpolation matrix are the result for unit vectors.
    """
    size = inputs.shape[-1]
    matrix = np.asarray(imresize(np.eye(size), (labels.shape[-1], size)), np.float32)
    weights = torch.from_numpy(matrix).to(inputs.device)
    return (weights @ inputs @ weights.t() - labels).square().mean(dim=(1, 2, 3))
