"""A part of a held-out picture that a training shows itself on: bicubic, what the network makes of it, the truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.color import Pixels
from engine.models.catalog import ModelSpec
from engine.training.events import PicturePart
from engine.training.patches import degrade
from engine.training.validation import MOST_PX

HEIGHT, WIDTH = 78, 92  # px of the part shown; large enough to know what it is, and done in a few ms
_STEP_PX = 8  # between the places that are looked at

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Region = tuple[slice, slice]  # rows, columns


class Preview:
    """Shows whatever enlarges on a part of a picture, by itself where bicubic does worst; colour is bicubic's.

    Raises what reading the picture raises.
    """

    def __init__(self, path: Path, spec: ModelSpec, centre: tuple[float, float] | None = None) -> None:
        self._name = path.name
        pixels = image_files.read(path).pixels
        height, width = pixels.shape[:2]
        x, y = (0.5 * width, 0.5 * height) if centre is None else (centre[0] * width, centre[1] * height)
        outer = (_around(y, height, spec.scale), _around(x, width, spec.scale))
        planes = color.split(pixels[outer])
        self._is_gray = len(planes) == 1
        blurred = np.stack([degrade(plane.astype(np.float64), spec.scale) for plane in planes]).astype(np.float32)
        rows, columns = _worst(np.square(blurred[0] - planes[0]))
        if centre is not None:
            rows = _moved(rows, y - outer[0].start, blurred.shape[1])
            columns = _moved(columns, x - outer[1].start, blurred.shape[2])
        top, left = outer[0].start + rows.start, outer[1].start + columns.start
        shown = planes[0, rows, columns].shape
        self._place = (left / width, top / height, shown[1] / width, shown[0] / height)
        margin = spec.margin_px
        padded = np.pad(blurred[0], margin, mode="edge")
        self._window = padded[rows.start : rows.stop + 2 * margin, columns.start : columns.stop + 2 * margin]
        self._colour = blurred[1:, rows, columns]
        self._luma = color.luma_levels(pixels[outer][rows, columns])
        self._truth = color.join(planes[:, rows, columns])
        inner = tuple(slice(margin, margin + side) for side in shown)
        self._bicubic, self._bicubic_psnr_db = self._shown(lambda window: window[inner])

    def of(self, run: Run) -> PicturePart:
        """What a network makes of it."""
        now, psnr_db = self._shown(run)
        return PicturePart(self._name, self._place, self._bicubic, now, self._truth, self._bicubic_psnr_db, psnr_db)

    def _shown(self, run: Run) -> tuple[Pixels, float]:
        """What is made of the part, and its PSNR; gray is scored as it is, see `engine.upscaling.job.enlarge`."""
        luma = run(self._window)
        scored = run(color.gray_of_luma(self._window)) if self._is_gray else luma
        psnr_db = metrics.psnr(color.quantise(scored), self._luma, data_range=255)
        return color.join(np.concatenate([luma[None], self._colour])), psnr_db


def _around(middle: float, side: int, scale: int) -> slice:
    """A part of a side around a place, at most MOST_PX and a multiple of the scale."""
    length = min(side - side % scale, MOST_PX - MOST_PX % scale)
    return _moved(slice(0, length), middle, side)


def _moved(part: slice, middle: float, side: int) -> slice:
    """A part of the same length around another place, as far as the edges allow."""
    length = part.stop - part.start
    start = min(max(int(middle - length / 2), 0), side - length)
    return slice(start, start + length)


def _worst(error: NDArray[np.floating]) -> Region:
    """Where a part of HEIGHT x WIDTH, or the whole if that is smaller, has the largest error."""
    height, width = min(HEIGHT, error.shape[0]), min(WIDTH, error.shape[1])
    sums = np.pad(error.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    tops = np.arange(0, error.shape[0] - height + 1, _STEP_PX)[:, None]
    lefts = np.arange(0, error.shape[1] - width + 1, _STEP_PX)[None]
    inside = sums[tops + height, lefts + width] - sums[tops, lefts + width]
    inside = inside - sums[tops + height, lefts] + sums[tops, lefts]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    top, left = int(row) * _STEP_PX, int(column) * _STEP_PX
    return slice(top, top + height), slice(left, left + width)
