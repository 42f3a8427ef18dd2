"""The image before upscaling, and functions that crop a ground truth to the size of the result."""

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
    content : the pixels of a file, as integers with the shape (H, W, 1) or (H, W, 3). For a downscaled ground truth,
        float32 planes in [0, 1]: gray levels with the shape (1, H, W), or Y, Cb and Cr with the shape (3, H, W)
    gray_mode : how the model processes gray levels. "shown" maps them to the Y range of BT.601 (16 to 235), for which
        models are trained, and maps the result back. "scored" leaves them at 0 to 255, as for the scores in the
        papers. "both" uses "shown" for the pixels and "scored" for the scores. Bicubic interpolation gives the same
        result in all modes
    """

    content: Pixels | Planes
    gray_mode: GrayMode = "shown"

    @property
    def is_gray(self) -> bool:
        return bool(self.content.shape[0 if self.content.dtype == np.float32 else 2] == 1)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in px."""
        shape = self.content.shape
        return (shape[1], shape[2]) if self.content.dtype == np.float32 else (shape[0], shape[1])

    @property
    def output_dtype(self) -> np.dtype[np.unsignedinteger]:
        """The dtype of the result: the dtype of the file, or uint8 for a downscaled ground truth."""
        return np.dtype(np.uint8) if self.content.dtype == np.float32 else self.content.dtype  # type: ignore[return-value]

    def pixels(self) -> Pixels:
        """Return the pixels for display, with the shape (H, W, 1) or (H, W, 3)."""
        if self.content.dtype == np.float32:
            return planes_to_pixels(self.content, self.output_dtype, gray_as_is=True)  # type: ignore[arg-type]
        return self.content  # type: ignore[return-value]

    def planes(self, window: Rect, *, gray_as_is: bool = False) -> Planes:
        """Return a window of the Y channel and, for a color image, also of the Cb and Cr channels.

        Parameters
        ----------
        window : the window, in px
        gray_as_is : return the gray levels of a gray image instead of its Y channel

        Returns
        -------
        float32 planes in [0, 1], with the shape (1, H, W) or (3, H, W)
        """
        if self.content.dtype == np.float32:
            planes: Planes = self.content[(slice(None), *window.slices)]  # type: ignore[assignment]
            return color.gray_to_luma(planes) if self.is_gray and not gray_as_is else planes
        pixels: Pixels = self.content[window.slices]  # type: ignore[assignment]
        return color.to_float(pixels[:, :, 0])[None] if self.is_gray and gray_as_is else color.rgb_to_ycbcr(pixels)

    def rgb_planes(self, window: Rect) -> Planes:
        """Return a window of the R, G and B channels, which are equal for a gray image.

        Returns
        -------
        float32 planes with the shape (3, H, W), in [0, 1] except for a downscaled ground truth, which can exceed it
        """
        if self.content.dtype == np.float32:
            planes: Planes = self.content[(slice(None), *window.slices)]  # type: ignore[assignment]
            rgb = np.repeat(planes, 3, axis=0) if self.is_gray else color.ycbcr_to_rgb_planes(planes)
        else:
            pixels: Pixels = self.content[window.slices]  # type: ignore[assignment]
            rgb = color.to_float(pixels).transpose(2, 0, 1)
            rgb = np.repeat(rgb, 3, axis=0) if self.is_gray else rgb
        return rgb


def planes_to_pixels(planes: Planes, dtype: DTypeLike, *, gray_as_is: bool) -> Pixels:
    """Convert Y planes or Y, Cb and Cr planes to gray or RGB pixels.

    This is the inverse of `LowResImage.planes`.

    Parameters
    ----------
    planes : float32 planes in [0, 1], with the shape (1, H, W) or (3, H, W)
    dtype : dtype of the pixels, uint8 or uint16
    gray_as_is : the plane of a gray image contains gray levels instead of the Y channel

    Returns
    -------
    Pixels with the shape (H, W, 1) or (H, W, 3)
    """
    if planes.shape[0] == 1 and gray_as_is:
        return color.quantize(planes[0], dtype)[:, :, None]
    return color.ycbcr_to_rgb(planes, dtype)


def check_min_size(height: int, width: int, scale_factor: float) -> None:
    """Raise ImageTooSmall if a side of a ground truth is smaller than the scale factor."""
    if min(height, width) < scale_factor:
        raise ImageTooSmall(name=N_("The image"), width=width, height=height, least=ceil(scale_factor))


def crop_to_multiple(pixels: Pixels, scale_factor: float) -> Pixels:
    """Return a ground truth as 8-bit pixels, cropped so that its sides are multiples of the scale factor.

    If the scale factor is fractional, nothing is cropped.

    Raises
    ------
    ImageTooSmall
    """
    multiple = int(scale_factor) if scale_factor == int(scale_factor) else 1
    check_min_size(pixels.shape[0], pixels.shape[1], scale_factor)
    height, width = (side - side % multiple for side in pixels.shape[:2])
    return color.to_uint8(pixels[:height, :width])


def has_result_size(ground_truth: tuple[int, int], result: tuple[int, int], scale_factor: float) -> bool:
    """Return whether a ground truth matches the size of the result. Sizes are (height, width) in px.

    The ground truth may exceed the size of the result by less than the scale factor, because it may not have been
    cropped to a multiple of the scale factor.
    """
    excess = (ground_truth[0] - result[0], ground_truth[1] - result[1])
    return min(excess) >= 0 and max(excess) < ceil(scale_factor)


def crop_to_result(pixels: Pixels, size: tuple[int, int], scale_factor: float) -> Pixels:
    """Return a ground truth as 8-bit pixels, cropped to the (height, width) of the result.

    Raises
    ------
    SizeMismatch
    """
    if not has_result_size((pixels.shape[0], pixels.shape[1]), size, scale_factor):
        ground_truth, output = (f"{width} × {height}" for height, width in (pixels.shape[:2], size))
        raise SizeMismatch(truth=ground_truth, scale=f"{scale_factor:g}", output=output)
    return color.to_uint8(pixels[: size[0], : size[1]])
