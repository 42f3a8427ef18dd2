"""The patch set of the paper: 33 x 33 inputs cut every 14 pixels, labelled with the centre the network reaches."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.events import FileFailed
from engine.errors import EngineError, NoPictures, PictureTooSmall, mark
from engine.imaging import color
from engine.imaging.codecs import image_files
from engine.imaging.color import Pixels
from engine.imaging.resample import imresize
from engine.models.catalog import ModelSpec
from engine.training.events import Gathering
from engine.training.request import STANDARD_RECIPE, Recipe

PATCH = 33  # px, the input's side (Dong et al. 2015, section 4.1)
STRIDE = 14  # px between patches
HELD_OUT = 5  # pictures
MOST_HELD_OUT = 1000  # patches of a patch file
# Bicubic has no error on a flat patch, and losses are divided by it. Rounding to 8 bits has 1.3e-6 (1 / 255^2 / 12).
LEAST_MSE = 1e-9
_ENOUGH = 20_000  # patches to know a mean by
MOST_PATCHES = 250_000  # 1.5 GB; ordinary photographs would give millions, and a part of them teaches as much


@dataclass(frozen=True)
class TrainingPicture:
    """A picture to train on.

    Attributes
    ----------
    path : its file
    luma : (H, W) uint8, what a score is taken of: BT.601 luma, or gray as it is
    is_colour : whether it has color besides
    is_gray : whether `luma` is gray as it is, 0 to 255
    """

    path: Path
    luma: Pixels
    is_colour: bool = False
    is_gray: bool = False

    @property
    def taught(self) -> Pixels:
        """What patches are cut from, (H, W) uint8: BT.601 luma, of gray too, as a model gets it in an upscaling."""
        return color.luma_levels(self.luma[:, :, None], gray_as_is=False) if self.is_gray else self.luma

    @property
    def content(self) -> str:
        """A hash of the pixels: equal for copies of one picture."""
        return sha256(self.luma.tobytes()).hexdigest()


@dataclass(frozen=True)
class PatchSet:
    """Inputs (N, 1, 33, 33) and labels (N, 1, 33 - 2 margin, same) float32 in [0, 1]."""

    inputs: NDArray[np.float32]
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def bicubic_mse(self) -> float:
        """Mean squared error of the inputs themselves, at least LEAST_MSE; of a large set, of a spread of patches."""
        margin = (self.inputs.shape[-1] - self.labels.shape[-1]) // 2
        some = _spread(len(self), _ENOUGH)
        centre = self.inputs[some, :, margin:-margin, margin:-margin] if margin else self.inputs[some]
        return max(LEAST_MSE, float(np.mean((centre - self.labels[some]) ** 2, dtype=np.float64)))


def read_training_pictures(
    files: list[Path], scale: int
) -> Generator[FileFailed | Gathering, None, list[TrainingPicture]]:
    """Read each file, returning those that are large enough; what cannot be used is yielded with the reason."""
    usable = []
    for done, path in enumerate(files):
        yield Gathering("read", done, len(files))
        try:
            pixels = image_files.read(path).pixels
            luma = color.luma_levels(pixels)
        except EngineError as error:
            yield FileFailed(path, error)
            continue
        if min(luma.shape) - min(luma.shape) % scale < PATCH:
            least = ceil(PATCH / scale) * scale
            yield FileFailed(
                path, PictureTooSmall(name=path.name, width=luma.shape[1], height=luma.shape[0], least=least)
            )
            continue
        usable.append(TrainingPicture(path, luma, is_colour=_has_colour(pixels), is_gray=pixels.shape[2] == 1))
    return usable


def split_held_out(
    usable: list[TrainingPicture], held_out: int | None, seed: int
) -> tuple[list[TrainingPicture], list[TrainingPicture]]:
    """Keep about `held_out` whole pictures from training: (to train on, held out).

    None means HELD_OUT, but at most a quarter of the pictures, so that a small folder is not used up by it.
    Copies of one picture (t36 and t65 of the 91) stay on one side. At least one picture is left on each side. Of a few
    pictures those in colour are drawn first: the one that is held out is also what a person sees improve.

    Raises
    ------
    NoPictures
        If there are fewer than two different pictures.
    """
    different = sorted({picture.content for picture in usable})
    if len(different) < 2:
        folder = usable[0].path.parent if usable else "-"
        reason = mark("Training needs at least two different pictures: one to learn from, one to check with.")
        raise NoPictures(folder=folder, reason=reason)
    order = np.random.default_rng(seed).permutation(len(different))
    if len(different) < 4 * HELD_OUT:
        colour = {picture.content for picture in usable if picture.is_colour}
        order = np.array(sorted(order, key=lambda index: different[index] not in colour))  # else as drawn
    if held_out is None:
        held_out = max(1, min(HELD_OUT, len(different) // 4))
    kept_apart = {different[index] for index in order[: min(held_out, len(different) - 1)]}
    train = [picture for picture in usable if picture.content not in kept_apart]
    return train, [picture for picture in usable if picture.content in kept_apart]


def split_last(whole: PatchSet, held_out: int | None) -> tuple[PatchSet, PatchSet]:
    """Keep the last `held_out` patches of a set from training (to train on, held out): by default a twentieth."""
    count = min(len(whole) - 1, held_out or max(1, min(MOST_HELD_OUT, len(whole) // 20)))
    train, kept_apart = (slice(None, -count), slice(-count, None))
    return tuple(PatchSet(whole.inputs[part], whole.labels[part]) for part in (train, kept_apart))  # type: ignore[return-value]


def degrade(luma: NDArray[np.floating], scale: int, *, rounded: bool = False) -> NDArray[np.floating]:
    """Reduce by `scale` and enlarge again, bicubic, in float: the network's input for a ground truth (H, W) in [0, 1].

    Height and width are multiples of `scale`. `rounded` puts the small picture through 8 bits, as a file does.
    """
    height, width = luma.shape
    small = imresize(luma, (height // scale, width // scale))
    if rounded:
        small = color.quantise(np.asarray(small, np.float64)) / 255
    return np.asarray(imresize(small, (height, width)), luma.dtype)


def build(
    train: list[TrainingPicture],
    spec: ModelSpec,
    recipe: Recipe = STANDARD_RECIPE,
    seed: int = 0,
) -> Generator[Gathering, None, PatchSet]:
    """Cut the patch set: for the 91 images 21,910 / 21,884 / 21,772 patches at x2 / x3 / x4; see `pieces`."""
    inputs, labels = [], []
    for piece in pieces(train, spec, recipe, seed):
        if isinstance(piece, Gathering):
            yield piece
        else:
            inputs.append(piece.inputs)
            labels.append(piece.labels)
    return PatchSet(np.concatenate(inputs), np.concatenate(labels))


def pieces(
    train: list[TrainingPicture],
    spec: ModelSpec,
    recipe: Recipe = STANDARD_RECIPE,
    seed: int = 0,
) -> Iterator[Gathering | PatchSet]:
    """Cut the patch set picture by picture: how far it is, and the patches of each.

    A recipe's `rescales` and `phases` add the patches of further copies, where a copy is large enough for one; of
    `rounded`, its share of patches is drawn by `seed`.
    """
    rounded, generator = recipe.rounded, np.random.default_rng(seed)
    most, wanted = _most_of_each(_sizes(train, spec, recipe)), _copies(train, spec, recipe)
    for done, (picture, factor, top, left) in enumerate(wanted):
        yield Gathering("cut", done, len(wanted))
        luma = picture.taught if factor == 1 else np.asarray(imresize(picture.taught, factor=factor))
        luma = luma[top:, left:]
        height, width = (side - side % spec.scale for side in luma.shape)
        if min(height, width) < PATCH:
            continue
        truth = luma[:height, :width].astype(np.float64) / 255
        blurred = _cut(degrade(truth, spec.scale), 0, most)
        if rounded:
            as_file = _cut(degrade(truth, spec.scale, rounded=True), 0, most)
            blurred = np.where(generator.random((len(blurred), 1, 1, 1)) < rounded, as_file, blurred)
        yield PatchSet(blurred, _cut(truth, spec.margin_px, most))


def count(train: list[TrainingPicture], spec: ModelSpec, recipe: Recipe = STANDARD_RECIPE) -> int:
    """How many patches `build` would cut, without cutting them."""
    sizes = _sizes(train, spec, recipe)
    most = _most_of_each(sizes)
    return sum(min(size, most) for size in sizes)


def _copies(
    train: list[TrainingPicture], spec: ModelSpec, recipe: Recipe
) -> list[tuple[TrainingPicture, float, int, int]]:
    """What is cut: each picture, the factor it is reduced by first, and how many rows and columns it begins later."""
    shifts = range(spec.scale if recipe.phases else 1)
    return [
        (picture, factor, top, left)
        for factor in (1.0, *recipe.rescales)
        for top in shifts
        for left in shifts
        for picture in train
    ]


def _sizes(train: list[TrainingPicture], spec: ModelSpec, recipe: Recipe) -> list[int]:
    """How many patches there are in each copy of each picture."""
    sizes = []
    for picture, factor, top, left in _copies(train, spec, recipe):
        height, width = (ceil(side * factor) for side in picture.luma.shape)
        height, width = (side - side % spec.scale for side in (height - top, width - left))
        rows, columns = (max(0, (side - PATCH) // STRIDE + 1) for side in (height, width))
        sizes.append(rows * columns)
    return sizes


def _most_of_each(sizes: list[int]) -> int:
    """How many patches of each picture and copy are kept, so that all fit into memory: small ones are whole."""
    left = MOST_PATCHES
    for done, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - done)
        if size > share:
            return max(1, share)
        left -= size
    return max(sizes)


def _has_colour(pixels: Pixels) -> bool:
    """Whether three planes (H, W, 3) are not alike; in many a gray photograph they are."""
    return pixels.shape[2] == 3 and not np.array_equal(pixels[..., 0], pixels[..., 1])


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """Which of `count` patches to take: all, or `most` evenly spread ones."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.int64)


def _cut(plane: NDArray[np.floating], margin_px: int, most: int) -> NDArray[np.float32]:
    """Patches of a plane (H, W) without their outer `margin_px`: (N, 1, side, side) float32, at most `most`."""
    windows = np.lib.stride_tricks.sliding_window_view(plane, (PATCH, PATCH))[::STRIDE, ::STRIDE]
    rows, columns = np.divmod(_spread(windows.shape[0] * windows.shape[1], most), windows.shape[1])
    centre = windows[rows, columns, margin_px : PATCH - margin_px, margin_px : PATCH - margin_px]
    return np.ascontiguousarray(centre[:, None], np.float32)
