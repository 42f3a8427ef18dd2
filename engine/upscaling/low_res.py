"""The image before upscaling, and the crop of a ground truth to the result's size."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from engine.errors import N_, ImageTooSmall, SizeMismatch
from engine.imaging import color
from engine.imaging.color import Pixels, Planes
from engine.imaging.tiles import Rect

GrayMode = Literal["shown", "scored", "both"]


@dataclass(frozen=True)
class LowResImage:
    """The image before upscaling: the pixels of a file, or a downscaled ground truth.

    Attributes
    ----------
    content : integer pixels (H, W, 1|3), or float32 planes (1|3, H, W) in [0, 1]: gray, or Y, Cb, Cr
    gray : how a model processes gray levels. "shown" maps them to the Y range of BT.601, 16 to 235, which models are
        trained on, and back. "scored" leaves them at 0 to 255, as in the papers' scores. "both" uses "shown" for the
        pixels and "scored" for the scores. Bicubic gives the same result for all.
    """

    content: Pixels | Planes
    gray: GrayMode = "shown"

    @property
    def is_gray(self) -> bool:
        return bool(self.content.shape[0 if self.content.dtype == np.float32 else 2] == 1)

    @property
    def size(self) -> tuple[int, int]:
        """The (height, width)."""
        shape = self.content.shape
        return (shape[1], shape[2]) if self.content.dtype == np.float32 else (shape[0], shape[1])

    @property
    def output_dtype(self) -> np.dtype[np.unsignedinteger]:
        """The dtype of the result: that of the file, or uint8 for a downscaled ground truth."""
        return np.dtype(np.uint8) if self.content.dtype == np.float32 else self.content.dtype  # type: ignore[return-value]

    def pixels(self) -> Pixels:
        """Return the pixels (h, w, 1|3), for display."""
        if self.content.dtype == np.float32:
            return join(self.content, self.output_dtype, gray_as_is=True)  # type: ignore[arg-type]
        return self.content  # type: ignore[return-value]

    def planes(self, window: Rect, *, gray_as_is: bool = False) -> Planes:
        """Return a window as Y or as Y, Cb, Cr: (1|3, h, w) float32 in [0, 1].

        With `gray_as_is`, a gray image gives its levels instead of Y.
        """
        if self.content.dtype == np.float32:
            planes: Planes = self.content[(slice(None), *window.slices)]  # type: ignore[assignment]
            return color.gray_to_luma(planes) if self.is_gray and not gray_as_is else planes
        pixels: Pixels = self.content[window.slices]  # type: ignore[assignment]
        return color.to_float(pixels[:, :, 0])[None] if self.is_gray and gray_as_is else color.rgb_to_ycbcr(pixels)


def join(planes: Planes, dtype: DTypeLike, *, gray_as_is: bool) -> Pixels:
    """Convert the planes of `LowResImage.planes`, upscaled or not, to pixels (H, W, 1|3). See `color.ycbcr_to_rgb`."""
    if planes.shape[0] == 1 and gray_as_is:
        return color.quantize(planes[0], dtype)[:, :, None]
    return color.ycbcr_to_rgb(planes, dtype)


def check_min_size(height: int, width: int, scale_factor: float) -> None:
    """Raise ImageTooSmall if a ground truth is too small to be downscaled."""
    if min(height, width) < scale_factor:
        raise ImageTooSmall(name=N_("This picture"), width=width, height=height, least=ceil(scale_factor))


def crop_to_multiple(pixels: Pixels, scale_factor: float) -> Pixels:
    """Return a ground truth as 8-bit pixels, cropped to a multiple of an integer scale factor.

    A fractional scale factor crops nothing.

    Raises
    ------
    ImageTooSmall
    """
    multiple = int(scale_factor) if scale_factor == int(scale_factor) else 1
    check_min_size(pixels.shape[0], pixels.shape[1], scale_factor)
    height, width = (side - side % multiple for side in pixels.shape[:2])
    return color.to_uint8(pixels[:height, :width])


def has_result_size(ground_truth: tuple[int, int], result: tuple[int, int], scale_factor: float) -> bool:
    """Return whether a ground truth fits the result, both given as (height, width).

    It may be larger by less than the scale factor, as an image is before it is cropped to a multiple.
    """
    excess = (ground_truth[0] - result[0], ground_truth[1] - result[1])
    return min(excess) >= 0 and max(excess) < ceil(scale_factor)


def crop_to_result(pixels: Pixels, size: tuple[int, int], scale_factor: float) -> Pixels:
    """Return a ground truth as 8-bit pixels, cropped to the result's (height, width); raise SizeMismatch."""
    if not has_result_size((pixels.shape[0], pixels.shape[1]), size, scale_factor):
        ground_truth, output = (f"{width} × {height}" for height, width in (pixels.shape[:2], size))
        raise SizeMismatch(truth=ground_truth, scale=f"{scale_factor:g}", output=output)
    return color.to_uint8(pixels[: size[0], : size[1]])
