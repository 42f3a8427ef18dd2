"""Training patches as in the paper: inputs of 33 x 33 px with a stride of 14 px, and labels.

The label of an input is the center of the ground-truth patch at the same position.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.events import FileFailed
from engine.datasets.folders import list_folder
from engine.errors import N_, EngineError, ImageTooSmall, NoImages, SubfolderSkipped, check
from engine.imaging import color
from engine.imaging.codecs import image_files
from engine.imaging.color import Pixels
from engine.imaging.resample import imresize
from engine.models.info import ModelInfo
from engine.training.events import PreparingPatches
from engine.training.request import STANDARD_RECIPE, Recipe

PATCH_SIZE = 33  # px, side of an input (Dong et al. 2015, section 4.1)
STRIDE = 14  # px between patches
VALIDATION_IMAGES = 5  # default number of validation images
MAX_VALIDATION_PATCHES = 1000  # maximum default number of validation patches for a patch file
# Lower limit for the MSE of bicubic interpolation, by which losses are divided, because it is 0 for a flat patch. For
# comparison, rounding to 8 bits has an MSE of 1.3e-6 (1 / 255^2 / 12).
MIN_MSE = 1e-9
_ENOUGH = 20_000  # number of patches to estimate the mean of a large set from
MAX_PATCHES = 250_000  # 1.5 GB; large photographs have millions of patches, but a sample is sufficient


@dataclass(frozen=True)
class TrainingImage:
    """An image of the training set or the validation set.

    Attributes
    ----------
    path : path of the image file
    luma : the channel that scores are computed on: Y (BT.601), or the gray levels of a gray image, as uint8 with the
        shape (H, W)
    has_color : whether the R, G and B channels differ
    is_gray : whether the file contains a gray image, so that `luma` contains gray levels
    rgb : the R, G and B channels as uint8 with the shape (3, H, W), or None if they are not needed
    """

    path: Path
    luma: Pixels
    has_color: bool = False
    is_gray: bool = False
    rgb: Pixels | None = None

    @property
    def y_channel(self) -> Pixels:
        """The Y channel (BT.601) for cutting patches, as uint8 with the shape (H, W)."""
        return color.y_channel(self.luma[:, :, None], gray_as_is=False) if self.is_gray else self.luma

    def planes(self, channels: int) -> Pixels:
        """Return Y (`channels` = 1) or R, G and B (3) as uint8 of shape (channels, H, W)."""
        if channels == 1:
            return self.y_channel[None]
        assert self.rgb is not None
        return self.rgb

    @property
    def content_hash(self) -> str:
        """SHA-256 of `luma` as hexadecimal text. Copies of an image have the same hash."""
        return sha256(self.luma.tobytes()).hexdigest()


@dataclass(frozen=True)
class PatchSet:
    """Patches for training, as float32 in [0, 1].

    Attributes
    ----------
    inputs : patches of the bicubic result, with the shape (N, 1, 33, 33)
    labels : patches of the ground truth, with the shape (N, 1, S, S), where S is 33 - 2 * halo
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def bicubic_mse(self) -> float:
        """Mean squared error of bicubic interpolation, at least MIN_MSE.

        It is estimated from a sample of patches if the set is large.
        """
        halo = (self.inputs.shape[-1] - self.labels.shape[-1]) // 2
        sample = _even_indices(len(self), _ENOUGH)
        center = self.inputs[sample, :, halo:-halo, halo:-halo] if halo else self.inputs[sample]
        return max(MIN_MSE, float(np.mean((center - self.labels[sample]) ** 2, dtype=np.float64)))


def report_subfolders(folder: Path) -> Generator[FileFailed, None, None]:
    """Yield FileFailed for each subfolder of a training set.

    The images in subfolders are not used.
    """
    for entry in sorted(list_folder(folder)[1], key=lambda entry: entry.name):
        yield FileFailed(Path(entry.path), SubfolderSkipped(name=entry.name))


def read_training_images(
    files: list[Path], info: ModelInfo, recipe: Recipe = STANDARD_RECIPE
) -> Generator[FileFailed | PreparingPatches, None, list[TrainingImage]]:
    """Read the images of a training set.

    Yields
    ------
    PreparingPatches, and FileFailed for each image that is unreadable or too small.

    Returns
    -------
    The other images.
    """
    usable = []
    least = _min_side(info, recipe)
    for done, path in enumerate(files):
        yield PreparingPatches("read", done, len(files))
        try:
            pixels = image_files.read(path).pixels
            luma = color.y_channel(pixels)
        except EngineError as error:
            yield FileFailed(path, error)
            continue
        if min(luma.shape) < least:
            yield FileFailed(
                path, ImageTooSmall(name=path.name, width=luma.shape[1], height=luma.shape[0], least=least)
            )
            continue
        is_gray = pixels.shape[2] == 1
        needs_rgb = info.channels == 3 or bool(recipe.degradation)
        rgb = color.to_rgb_planes(color.to_uint8(pixels)) if needs_rgb else None
        usable.append(TrainingImage(path, luma, has_color=_has_color(pixels), is_gray=is_gray, rgb=rgb))
    return usable


def _min_side(info: ModelInfo, recipe: Recipe) -> int:
    """Return the minimum height and width of a training image in px."""
    if info.has_low_res_input:
        return recipe.patch_size * info.scale
    return ceil(PATCH_SIZE / info.scale) * info.scale


def check_enough_images(images: list[TrainingImage], folder: Path, validation_size: int | None) -> None:
    """Check that the images in a folder can be split into a training set and a validation set.

    Raises
    ------
    NoImages
        There are fewer than two different images.
    InvalidSetting
        No image would be left for the training set.
    """
    count = len({image.content_hash for image in images})
    if count < 2:
        reason = N_("Training needs at least two different images, one of them for validation. Add images.")
        raise NoImages(folder=folder, reason=reason)
    check(
        validation_size is None or validation_size < count,
        N_(
            "A validation set of {size} images is too large. There are {count} different images, and training "
            "needs at least one. Choose at most {limit}."
        ),
        size=validation_size,
        count=count,
        limit=count - 1,
    )


def split_validation(
    images: list[TrainingImage], validation_size: int | None, seed: int
) -> tuple[list[TrainingImage], list[TrainingImage]]:
    """Split images into a training set and a validation set.

    Copies of an image, such as t36 and t65 in T91, are put in the same set. Each set gets at least one image. If there
    are few images, color images are preferred for the validation set, because they are better for the preview.

    The validation images are selected in a random order that depends only on the seed and the pixels. A model is
    therefore validated on the same images as its warm start, unless an image is too small for one of the models.

    Parameters
    ----------
    images : the images
    validation_size : number of validation images. By default, VALIDATION_IMAGES, but at most a quarter of the images
    seed : random seed for the selection

    Returns
    -------
    train, validation : the images of the two sets

    Raises
    ------
    ValueError
        There are fewer than two different images.
    """
    different = {image.content_hash for image in images}
    if len(different) < 2:
        raise ValueError("The images can't be split. Call check_enough_images first.")
    order = sorted(different, key=lambda content: sha256(f"{seed} {content}".encode()).digest())
    if len(different) < 4 * VALIDATION_IMAGES:
        in_color = {image.content_hash for image in images if image.has_color}
        order.sort(key=lambda content: content not in in_color)  # a stable sort
    if validation_size is None:
        validation_size = max(1, min(VALIDATION_IMAGES, len(different) // 4))
    validation = set(order[: min(validation_size, len(different) - 1)])
    train = [image for image in images if image.content_hash not in validation]
    return train, [image for image in images if image.content_hash in validation]


def split_validation_patches(patch_set: PatchSet, validation_size: int | None) -> tuple[PatchSet, PatchSet]:
    """Split patches into a training set and a validation set, which contains the last patches.

    By default, the validation set has 5% of the patches, but at most MAX_VALIDATION_PATCHES.

    Returns
    -------
    train, validation : the two sets

    Raises
    ------
    InvalidSetting
        No patch would be left for the training set.
    """
    check(
        validation_size is None or validation_size < len(patch_set),
        N_(
            "A validation set of {size} patches is too large. There are {count} patches, and training needs "
            "at least one. Choose at most {limit}."
        ),
        size=validation_size,
        count=len(patch_set),
        limit=len(patch_set) - 1,
    )
    count = min(len(patch_set) - 1, validation_size or max(1, min(MAX_VALIDATION_PATCHES, len(patch_set) // 20)))
    train, validation = (slice(None, -count), slice(-count, None))
    return tuple(PatchSet(patch_set.inputs[part], patch_set.labels[part]) for part in (train, validation))  # type: ignore[return-value]


def downscale_and_upscale(luma: NDArray[np.floating], scale: int, *, quantize: bool = False) -> NDArray[np.floating]:
    """Downscale a ground truth and upscale it again, both with bicubic interpolation.

    Parameters
    ----------
    luma : ground truth in [0, 1], with the shape (H, W). H and W must be multiples of `scale`
    scale : the scale factor
    quantize : round the downscaled image to 8 bits

    Returns
    -------
    Array with the shape and dtype of `luma`. Bicubic interpolation can exceed [0, 1]
    """
    height, width = luma.shape
    small = imresize(luma, (height // scale, width // scale))
    if quantize:
        small = color.quantize(np.asarray(small, np.float64)) / 255
    return np.asarray(imresize(small, (height, width)), luma.dtype)


def build_patch_set(
    train: list[TrainingImage],
    info: ModelInfo,
    recipe: Recipe = STANDARD_RECIPE,
    seed: int = 0,
) -> Generator[PreparingPatches, None, PatchSet]:
    """Cut the training patches from images, and return them as one set. See `iter_patches`.

    The number of patches from T91 is 21,910 at x2, 21,884 at x3 and 21,772 at x4.

    Yields
    ------
    PreparingPatches
    """
    inputs, labels = [], []
    for item in iter_patches(train, info, recipe, seed):
        if isinstance(item, PreparingPatches):
            yield item
        else:
            inputs.append(item.inputs)
            labels.append(item.labels)
    return PatchSet(np.concatenate(inputs), np.concatenate(labels))


def iter_patches(
    train: list[TrainingImage],
    info: ModelInfo,
    recipe: Recipe = STANDARD_RECIPE,
    seed: int = 0,
) -> Iterator[PreparingPatches | PatchSet]:
    """Cut the training patches image by image. Yield the patches of each image, and progress events.

    With `recipe.rescales` or `recipe.all_phases`, patches are also cut from resized or shifted copies of the images.
    Copies that are too small are skipped. A random fraction of the inputs, `recipe.quantized_share`, is computed from
    downscaled images that are rounded to 8 bits.

    Parameters
    ----------
    train : the training images
    info : architecture and scale factor, which determine the size of the labels
    recipe : hyperparameters
    seed : random seed for the selection of quantized inputs
    """
    quantized_share, generator = recipe.quantized_share, np.random.default_rng(seed)
    limit, copies = _patch_limit(_sizes(train, info, recipe)), _copies(train, info, recipe)
    for done, (image, factor, top, left) in enumerate(copies):
        yield PreparingPatches("cut", done, len(copies))
        luma = image.y_channel if factor == 1 else np.asarray(imresize(image.y_channel, factor=factor))
        luma = luma[top:, left:]
        height, width = (side - side % info.scale for side in luma.shape)
        if min(height, width) < PATCH_SIZE:
            continue
        ground_truth = luma[:height, :width].astype(np.float64) / 255
        inputs = _cut(downscale_and_upscale(ground_truth, info.scale), 0, limit)
        if quantized_share:
            quantized = _cut(downscale_and_upscale(ground_truth, info.scale, quantize=True), 0, limit)
            inputs = np.where(generator.random((len(inputs), 1, 1, 1)) < quantized_share, quantized, inputs)
        yield PatchSet(inputs, _cut(ground_truth, info.halo_px, limit))


def count_patches(train: list[TrainingImage], info: ModelInfo, recipe: Recipe = STANDARD_RECIPE) -> int:
    """Return the number of patches that `build_patch_set` cuts, without cutting them."""
    sizes = _sizes(train, info, recipe)
    limit = _patch_limit(sizes)
    return sum(min(size, limit) for size in sizes)


def _copies(
    train: list[TrainingImage], info: ModelInfo, recipe: Recipe
) -> list[tuple[TrainingImage, float, int, int]]:
    """Return the images and the resized and shifted copies to cut patches from.

    Each item is (image, resize factor, row offset, column offset). The offsets are those of the first patch in px.
    """
    shifts = range(info.scale if recipe.all_phases else 1)
    return [
        (image, factor, top, left)
        for factor in (1.0, *recipe.rescales)
        for top in shifts
        for left in shifts
        for image in train
    ]


def _sizes(train: list[TrainingImage], info: ModelInfo, recipe: Recipe) -> list[int]:
    """Return the number of patches for each copy of each image."""
    sizes = []
    for image, factor, top, left in _copies(train, info, recipe):
        height, width = (ceil(side * factor) for side in image.luma.shape)
        height, width = (side - side % info.scale for side in (height - top, width - left))
        rows, columns = (max(0, (side - PATCH_SIZE) // STRIDE + 1) for side in (height, width))
        sizes.append(rows * columns)
    return sizes


def _patch_limit(sizes: list[int]) -> int:
    """Return the maximum number of patches from each copy, so that the total is at most MAX_PATCHES.

    Parameters
    ----------
    sizes : number of available patches from each copy
    """
    left = MAX_PATCHES
    for done, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - done)
        if size > share:
            return max(1, share)
        left -= size
    return max(sizes)


def _has_color(pixels: Pixels) -> bool:
    """Return whether an image contains colors. A gray photograph that is stored as RGB does not."""
    return pixels.shape[2] == 3 and not np.array_equal(pixels[..., 0], pixels[..., 1])


def _even_indices(count: int, limit: int) -> NDArray[np.int64]:
    """Return at most `limit` evenly spaced indices of a sequence of `count` items."""
    return np.arange(count) if count <= limit else np.linspace(0, count - 1, limit).astype(np.int64)


def _cut(plane: NDArray[np.floating], halo_px: int, limit: int) -> NDArray[np.float32]:
    """Cut up to `limit` patches from a plane of shape (H, W), without a border of `halo_px`.

    Returns
    -------
    float32 array of shape (N, 1, S, S), where S is 33 - 2 * halo_px
    """
    windows = np.lib.stride_tricks.sliding_window_view(plane, (PATCH_SIZE, PATCH_SIZE))[::STRIDE, ::STRIDE]
    rows, columns = np.divmod(_even_indices(windows.shape[0] * windows.shape[1], limit), windows.shape[1])
    center = windows[rows, columns, halo_px : PATCH_SIZE - halo_px, halo_px : PATCH_SIZE - halo_px]
    return np.ascontiguousarray(center[:, None], np.float32)
