"""Preview of a validation image: crops of the bicubic result, the model's result and the ground truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.color import Pixels
from engine.models.catalog import ModelSpec
from engine.training.events import PreviewCrop
from engine.training.patches import degrade
from engine.training.validation import MAX_VALIDATION_PX

HEIGHT, WIDTH = 78, 92  # px; shows the subject recognizably, and can be upscaled within milliseconds
_STEP_PX = 8  # stride of the search for the worst region

Upscaler = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Region = tuple[slice, slice]  # rows, columns


class Preview:
    """Crop of an image on which models are evaluated. Cb and Cr come from bicubic interpolation.

    Parameters
    ----------
    path : path of the image file
    spec : architecture and scale factor
    center : (x, y) of the center of the crop, as fractions of the size of the image. By default, the region where
        bicubic interpolation is worst

    Raises
    ------
    ImageUnreadable, and the other errors of reading an image
    """

    def __init__(self, path: Path, spec: ModelSpec, center: tuple[float, float] | None = None) -> None:
        self._name = path.name
        pixels = image_files.read(path).pixels
        height, width = pixels.shape[:2]
        x, y = (0.5 * width, 0.5 * height) if center is None else (center[0] * width, center[1] * height)
        crop = (_window_around(y, height, spec.scale), _window_around(x, width, spec.scale))
        planes = color.rgb_to_ycbcr(pixels[crop])
        self._is_gray = len(planes) == 1
        interpolated = np.stack([degrade(plane.astype(np.float64), spec.scale) for plane in planes]).astype(np.float32)
        rows, columns = _worst_region(np.square(interpolated[0] - planes[0]))
        if center is not None:
            rows = _centered(rows, y - crop[0].start, interpolated.shape[1])
            columns = _centered(columns, x - crop[1].start, interpolated.shape[2])
        top, left = crop[0].start + rows.start, crop[1].start + columns.start
        size = planes[0, rows, columns].shape
        self._region = (left / width, top / height, size[1] / width, size[0] / height)
        halo = spec.halo_px
        padded = np.pad(interpolated[0], halo, mode="edge")
        self._window = padded[rows.start : rows.stop + 2 * halo, columns.start : columns.stop + 2 * halo]
        self._chroma = interpolated[1:, rows, columns]
        self._luma = color.y_channel(pixels[crop][rows, columns])
        self._ground_truth = color.ycbcr_to_rgb(planes[:, rows, columns])
        inner = tuple(slice(halo, halo + side) for side in size)
        self._bicubic, self._bicubic_psnr_db = self._evaluate(lambda window: window[inner])

    def render(self, model: Upscaler) -> PreviewCrop:
        """Upscale the crop with a model.

        The model is a function. Its argument is the Y channel with a halo, of shape (H + 2 * halo, W + 2 * halo), and
        its result has the shape (H, W).
        """
        upscaled, psnr_db = self._evaluate(model)
        bicubic, bicubic_psnr_db = self._bicubic, self._bicubic_psnr_db
        return PreviewCrop(self._name, self._region, bicubic, upscaled, self._ground_truth, bicubic_psnr_db, psnr_db)

    def _evaluate(self, model: Upscaler) -> tuple[Pixels, float]:
        """Return the upscaled crop and its PSNR in dB. A gray image is scored on its gray levels."""
        luma = model(self._window)
        scored = model(color.luma_to_gray(self._window)) if self._is_gray else luma
        psnr_db = metrics.psnr(color.quantize(scored), self._luma, data_range=255)
        return color.ycbcr_to_rgb(np.concatenate([luma[None], self._chroma])), psnr_db


def _window_around(middle: float, side: int, scale: int) -> slice:
    """Return a range around a position. Its length is a multiple of `scale`, at most MAX_VALIDATION_PX."""
    length = min(side - side % scale, MAX_VALIDATION_PX - MAX_VALIDATION_PX % scale)
    return _centered(slice(0, length), middle, side)


def _centered(window: slice, middle: float, side: int) -> slice:
    """Move a range so that its center is at `middle`, as far as the edges allow."""
    length = window.stop - window.start
    start = min(max(int(middle - length / 2), 0), side - length)
    return slice(start, start + length)


def _worst_region(error: NDArray[np.floating]) -> Region:
    """Return the region of at most HEIGHT x WIDTH px with the largest total error."""
    height, width = min(HEIGHT, error.shape[0]), min(WIDTH, error.shape[1])
    sums = np.pad(error.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    tops = np.arange(0, error.shape[0] - height + 1, _STEP_PX)[:, None]
    lefts = np.arange(0, error.shape[1] - width + 1, _STEP_PX)[None]
    inside = sums[tops + height, lefts + width] - sums[tops, lefts + width]
    inside = inside - sums[tops + height, lefts] + sums[tops, lefts]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    top, left = int(row) * _STEP_PX, int(column) * _STEP_PX
    return slice(top, top + height), slice(left, left + width)
