"""A part of a held-out picture that a training shows itself on: bicubic, what the network makes of it, the truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.held_out import MOST_PX
from engine.datasets.patches import degrade
from engine.imaging import color, metrics, pictures
from engine.imaging.color import Pixels
from engine.models import ModelSpec

HEIGHT, WIDTH = 78, 92  # px of the part shown; large enough to know what it is, and done in a few ms
_STEP_PX = 8  # between the places that are looked at

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Preview:
    """Shows whatever enlarges on the part of a picture that bicubic does worst at; colour is bicubic's.

    Raises what reading the picture raises.
    """

    def __init__(self, path: Path, spec: ModelSpec) -> None:
        self.name = path.name
        planes = color.split(_middle(pictures.read(path).pixels, spec.scale))
        blurred = np.stack([degrade(plane.astype(np.float64), spec.scale) for plane in planes]).astype(np.float32)
        rows, columns = _worst(np.square(blurred[0] - planes[0]))
        margin = spec.margin_px
        padded = np.pad(blurred[0], margin, mode="edge")
        self._window = padded[rows.start : rows.stop + 2 * margin, columns.start : columns.stop + 2 * margin]
        self._colour = blurred[1:, rows, columns]
        self._truth = color.quantise(planes[0, rows, columns])
        self.truth = color.join(planes[:, rows, columns])
        self.bicubic, self.bicubic_psnr_db = self._shown(blurred[0, rows, columns])

    def of(self, run: Run) -> tuple[Pixels, float]:
        """What a network makes of it: pixels (H, W, 1|3) uint8, and their PSNR on the luma, dB."""
        return self._shown(run(self._window))

    def _shown(self, luma: NDArray[np.float32]) -> tuple[Pixels, float]:
        psnr_db = metrics.psnr(color.quantise(luma), self._truth, data_range=255)
        return color.join(np.concatenate([luma[None], self._colour])), psnr_db


def _middle(pixels: Pixels, scale: int) -> Pixels:
    """The middle of a picture, its sides multiples of the scale."""
    height, width = (min(side - side % scale, MOST_PX - MOST_PX % scale) for side in pixels.shape[:2])
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return pixels[top : top + height, left : left + width]


def _worst(error: NDArray[np.floating]) -> tuple[slice, slice]:
    """Where (rows, columns) a part of HEIGHT x WIDTH, or the whole if that is smaller, has the largest error."""
    height, width = min(HEIGHT, error.shape[0]), min(WIDTH, error.shape[1])
    sums = np.pad(error.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    tops = np.arange(0, error.shape[0] - height + 1, _STEP_PX)[:, None]
    lefts = np.arange(0, error.shape[1] - width + 1, _STEP_PX)[None]
    inside = sums[tops + height, lefts + width] - sums[tops, lefts + width]
    inside = inside - sums[tops + height, lefts] + sums[tops, lefts]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    top, left = int(row) * _STEP_PX, int(column) * _STEP_PX
    return slice(top, top + height), slice(left, left + width)
