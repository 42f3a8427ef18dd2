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


def refuse_too_small(height: int, width: int, times: float) -> None:
    """Raise PictureTooSmall for a ground truth of which nothing would be left when it is downscaled."""
    if min(height, width) < times:
        raise PictureTooSmall(name=mark("This picture"), width=width, height=height, least=ceil(times))


def cropped(pixels: Pixels, times: float) -> Pixels:
    """A ground truth in 8 bits, cut to multiples of a whole factor; raises PictureTooSmall.

    For other factors there are no multiples, and it stays as large as it is.
    """
    step = int(times) if times == int(times) else 1
    refuse_too_small(pixels.shape[0], pixels.shape[1], times)
    height, width = (side - side % step for side in pixels.shape[:2])
    return color.in_8_bits(pixels[:height, :width])


def matches(truth: tuple[int, int], result: tuple[int, int], times: float) -> bool:
    """Whether a ground truth has the result's size, both (height, width).

    It may be larger by less than the scale factor: cropping to a multiple removes that before it is downscaled.
    """
    excess = (truth[0] - result[0], truth[1] - result[1])
    return min(excess) >= 0 and max(excess) < ceil(times)


def matching(pixels: Pixels, size: tuple[int, int], times: float) -> Pixels:
    """A ground truth of its own in 8 bits, cropped to the result's (height, width); raises SizesDiffer."""
    if not matches((pixels.shape[0], pixels.shape[1]), size, times):
        truth, output = (f"{width} × {height}" for height, width in (pixels.shape[:2], size))
        raise SizesDiffer(truth=truth, scale=f"{times:g}", output=output)
    return color.in_8_bits(pixels[: size[0], : size[1]])
