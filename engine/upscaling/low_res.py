"""The small picture that is enlarged: a file's own pixels, or the planes of a ground truth that was reduced."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from engine.errors import PictureTooSmall, SizesDiffer, mark
from engine.imaging import color
from engine.imaging.color import Pixels, Planes
from engine.imaging.tiles import Rect

GrayUse = Literal["shown", "scored", "both"]


@dataclass(frozen=True)
class LowRes:
    """The small image that is upscaled.

    Attributes
    ----------
    content : integer pixels (H, W, 1|3), or float32 planes (1|3, H, W) in [0, 1]: gray as it is, or Y, Cb, Cr
    gray : how gray goes through a model. "shown": mapped to the range of luma, 16 to 235, which models are trained
        on, and back. "scored": as it is, 0 to 255, as in the papers' scores. "both": pixels by the first way, scores
        by the second. Bicubic is the same either way.
    """

    content: Pixels | Planes
    gray: GrayUse = "shown"

    @property
    def is_gray(self) -> bool:
        return bool(self.content.shape[0 if self.content.dtype == np.float32 else 2] == 1)

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
            return join(self.content, self.sample_type, gray_as_is=True)  # type: ignore[arg-type]
        return self.content  # type: ignore[return-value]

    def planes(self, window: Rect, *, gray_as_is: bool = False) -> Planes:
        """Y, or Y, Cb, Cr of a window: (1|3, h, w) float32 in [0, 1]; with `gray_as_is` the gray instead of its Y."""
        if self.content.dtype == np.float32:
            planes: Planes = self.content[(slice(None), *window.slices)]  # type: ignore[assignment]
            return color.luma_of_gray(planes) if self.is_gray and not gray_as_is else planes
        pixels: Pixels = self.content[window.slices]  # type: ignore[assignment]
        return color.to_unit(pixels[:, :, 0])[None] if self.is_gray and gray_as_is else color.split(pixels)


def join(planes: Planes, dtype: DTypeLike, *, gray_as_is: bool) -> Pixels:
    """Planes that `LowRes.planes` gives, upscaled or not, as samples (H, W, 1|3); see `color.join`."""
    if planes.shape[0] == 1 and gray_as_is:
        return color.quantise(planes[0], dtype)[:, :, None]
    return color.join(planes, dtype)


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
