"""Preview of a validation image: crops of the bicubic result, the model's result, the ground truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.color import Pixels
from engine.imaging.tiles import Rect
from engine.models.info import ModelInfo, Upscaler
from engine.training.events import PreviewCrop
from engine.training.validation import MAX_VALIDATION_PX
from engine.upscaling.job import downscale_ground_truth
from engine.upscaling.low_res import LowResImage
from engine.upscaling.tile_rendering import Rendered, render_tile

HEIGHT, WIDTH = 78, 92  # px; large enough to recognize the subject, small enough to upscale within milliseconds
_STEP_PX = 8  # stride of the search for the worst region

Region = tuple[slice, slice]  # rows, columns


class Preview:
    """Crop of a validation image, which is upscaled with the current model during training.

    Parameters
    ----------
    path : path of the image file
    info : architecture and scale factor
    center : (x, y) of the center of the crop, as fractions of the width and height of the image. By default, the crop
        is the region with the largest error of bicubic interpolation

    Raises
    ------
    ImageUnreadable, and the other errors of `image_files.read`
    """

    def __init__(self, path: Path, info: ModelInfo, center: tuple[float, float] | None = None) -> None:
        self._name = path.name
        pixels = image_files.read(path).pixels
        height, width = pixels.shape[:2]
        x, y = (0.5 * width, 0.5 * height) if center is None else (center[0] * width, center[1] * height)
        crop = (_window_around(y, height, info.scale), _window_around(x, width, info.scale))
        ground_truth = color.to_uint8(pixels[crop])
        self._input = _downscale(ground_truth, info.scale)
        self._scale = info.scale
        bicubic = self._render(None, Rect(0, 0, *ground_truth.shape[:2]))[1]
        luma = color.y_channel(ground_truth)
        rows, columns = _worst_region(np.square(bicubic.astype(np.float64) - luma))
        if center is not None:
            rows = _centered(rows, y - crop[0].start, luma.shape[0])
            columns = _centered(columns, x - crop[1].start, luma.shape[1])
        self._tile = Rect(rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start)
        top, left = crop[0].start + rows.start, crop[1].start + columns.start
        self._region = (left / width, top / height, self._tile.width / width, self._tile.height / height)
        self._luma = luma[rows, columns]
        self._ground_truth = ground_truth[rows, columns]
        self._bicubic, self._bicubic_psnr_db = self._evaluate(None)

    def render(self, model: Upscaler) -> PreviewCrop:
        """Upscale the crop with a model, and return it with its scores."""
        upscaled, psnr_db = self._evaluate(model)
        bicubic, bicubic_psnr_db = self._bicubic, self._bicubic_psnr_db
        return PreviewCrop(self._name, self._region, bicubic, upscaled, self._ground_truth, bicubic_psnr_db, psnr_db)

    def _evaluate(self, model: Upscaler | None) -> tuple[Pixels, float]:
        """Return the crop upscaled with a model, or with bicubic interpolation if None, and its PSNR in dB."""
        pixels, luma = self._render(model, self._tile)
        return pixels, metrics.psnr(luma, self._luma, data_range=255)

    def _render(self, model: Upscaler | None, tile: Rect) -> Rendered:
        return render_tile(self._input, self._scale, tile, model)


def _downscale(ground_truth: Pixels, scale: int) -> LowResImage:
    """Downscale a ground truth with bicubic interpolation, in the same way as for a simulation."""
    job = downscale_ground_truth(ground_truth, scale)
    while True:
        try:
            next(job)
        except StopIteration as stop:
            small: LowResImage = stop.value
            return replace(small, gray_mode="both")


def _window_around(middle: float, side: int, scale: int) -> slice:
    """Return a range of an axis of length `side`, centered at `middle` if possible.

    Its length is a multiple of `scale`, and at most MAX_VALIDATION_PX.
    """
    length = min(side - side % scale, MAX_VALIDATION_PX - MAX_VALIDATION_PX % scale)
    return _centered(slice(0, length), middle, side)


def _centered(window: slice, middle: float, side: int) -> slice:
    """Center a range at `middle`, or as close to it as an axis of length `side` allows."""
    length = window.stop - window.start
    start = min(max(int(middle - length / 2), 0), side - length)
    return slice(start, start + length)


def _worst_region(error: NDArray[np.floating]) -> Region:
    """Return the region of HEIGHT x WIDTH px, or less in a small image, with the largest total error."""
    height, width = min(HEIGHT, error.shape[0]), min(WIDTH, error.shape[1])
    sums = np.pad(error.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    tops = np.arange(0, error.shape[0] - height + 1, _STEP_PX)[:, None]
    lefts = np.arange(0, error.shape[1] - width + 1, _STEP_PX)[None]
    inside = sums[tops + height, lefts + width] - sums[tops, lefts + width]
    inside = inside - sums[tops + height, lefts] + sums[tops, lefts]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    top, left = int(row) * _STEP_PX, int(column) * _STEP_PX
    return slice(top, top + height), slice(left, left + width)
