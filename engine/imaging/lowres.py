"""The small picture that is enlarged: a file's own pixels, or the planes of a ground truth that was reduced."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from engine.errors import PictureTooSmall, SizesDiffer, mark
from engine.imaging import color
from engine.imaging.color import Pixels, Planes
from engine.imaging.tiles import Rect


@dataclass(frozen=True)
class LowRes:
    """The small picture, as integer pixels (H, W, 1|3) or as float32 planes (1|3, H, W)."""

    content: Pixels | Planes

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)"""
        shape = self.content.shape
        return (shape[1], shape[2]) if self.content.dtype == np.float32 else (shape[0], shape[1])

    @property
    def sample_type(self) -> np.dtype[np.unsignedinteger]:
        """What the enlargement is quantised to: the file's own type, uint8 for a reduced truth."""
        return np.dtype(np.uint8) if self.content.dtype == np.float32 else self.content.dtype  # type: ignore[return-value]

    def pixels(self) -> Pixels:
        """The small picture to look at: (h, w, 1|3)."""
        if self.content.dtype == np.float32:
            return color.join(self.content, self.sample_type)  # type: ignore[arg-type]
        return self.content  # type: ignore[return-value]

    def planes(self, window: Rect) -> Planes:
        """Y, or Y, Cb, Cr of a window: (1|3, h, w) float32 in [0, 1]."""
        if self.content.dtype == np.float32:
            return self.content[(slice(None), *window.slices)]  # type: ignore[return-value]
        return color.split(self.content[window.slices])  # type: ignore[arg-type]


def cropped(pixels: Pixels, times: float) -> Pixels:
    """A ground truth in 8 bits, cut to multiples of a whole factor; raises PictureTooSmall.

    For other factors there are no multiples, and it stays as large as it is.
    """
    step = int(times) if times == int(times) else 1
    height, width = (side - side % step for side in pixels.shape[:2])
    if min(height, width) < times:
        name = mark("This picture")
        raise PictureTooSmall(name=name, width=pixels.shape[1], height=pixels.shape[0], least=ceil(times))
    return color.in_8_bits(pixels[:height, :width])


def matching(pixels: Pixels, size: tuple[int, int], times: float) -> Pixels:
    """A ground truth of its own in 8 bits, cut to the enlargement's (height, width).

    It may be larger by what is cut off when a small version of it is made; raises SizesDiffer otherwise.
    """
    too_much = (pixels.shape[0] - size[0], pixels.shape[1] - size[1])
    if min(too_much) < 0 or max(too_much) >= ceil(times):
        truth, output = (f"{width} × {height}" for height, width in (pixels.shape[:2], size))
        raise SizesDiffer(truth=truth, scale=f"{times:g}", output=output)
    return color.in_8_bits(pixels[: size[0], : size[1]])
