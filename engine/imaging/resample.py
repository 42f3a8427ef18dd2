"""Bicubic interpolation as in MATLAB's ``imresize``, for a whole image or for a window of the result.

Windows of the result are equal to the same parts of the whole result, so an image can be resized tile by tile. Along
each axis, the source window is multiplied by a small dense matrix. These matrices are cached.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.imaging.tiles import Rect, plan_tiles

Border = Literal["mirror", "clamp"]

# 64-bit integers are not supported, because float64 cannot represent all of them.
SAMPLE_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
_WINDOW_PX = 128  # imresize works in windows of this size, to keep the matrices small


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate Keys' cubic convolution kernel with a = -0.5 (doi:10.1109/TASSP.1981.1163711)."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x**2 + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def _wrap_index(index: NDArray[np.int64], length: int, border: Border) -> NDArray[np.int64]:
    """Replace sample indices outside the image with indices inside it, according to the border mode."""
    if border == "clamp":
        return np.clip(index, 0, length - 1)
    index = np.mod(index, 2 * length)
    return np.where(index < length, index, 2 * length - 1 - index)


@lru_cache(maxsize=192)  # at most 0.4 MB each: 128 rows of an image downscaled by 3
def _axis_matrix(
    length: int, scale: float, start: int, stop: int, border: Border, antialias: bool
) -> tuple[int, NDArray[np.float64]]:
    """Return the interpolation weights for the output samples from `start` to `stop` (exclusive).

    Parameters
    ----------
    length : number of source samples along the axis
    scale : scale factor along the axis

    Returns
    -------
    low : index of the first source sample that is used
    matrix : (number of output samples, number of source samples used) float64
    """
    stretch = scale if antialias and scale < 1 else 1.0
    half = 2.0 / stretch  # half the kernel's width in source samples
    center = (np.arange(start, stop) + 0.5) / scale - 0.5
    first = np.floor(center - half).astype(np.int64)
    index = first[:, None] + np.arange(ceil(2 * half) + 2)
    weight = _cubic((center[:, None] - index) * stretch)
    weight /= weight.sum(axis=1, keepdims=True)
    index = _wrap_index(index, length, border)
    used = index[weight != 0]
    low, high = int(used.min()), int(used.max()) + 1
    matrix = np.zeros((stop - start, high - low))
    rows = np.broadcast_to(np.arange(stop - start)[:, None], index.shape)
    nonzero = weight != 0
    np.add.at(matrix, (rows[nonzero], index[nonzero] - low), weight[nonzero])
    matrix.setflags(write=False)
    return low, matrix


@dataclass(frozen=True)
class Resize:
    """Bicubic resizing of one channel, as in MATLAB's ``imresize(plane, size, "bicubic")``.

    Parameters
    ----------
    source_size, target_size : (height, width) in pixels, before and after resizing
    scale : (vertical, horizontal) scale factors; None for target_size / source_size
        MATLAB's ``imresize(plane, factor)`` uses the given factor even if the size is rounded up, so the scale
        factors can differ from target_size / source_size.
    border : extrapolation at the image border
        "mirror" as in MATLAB since R2015b, or "clamp" (repeat the edge pixels) as in earlier versions.
    antialias : whether the kernel is widened for downscaling, as in MATLAB by default
    """

    source_size: tuple[int, int]
    target_size: tuple[int, int]
    scale: tuple[float, float] | None = None
    border: Border = "mirror"
    antialias: bool = True

    def _axis(self, axis: int, start: int, stop: int) -> tuple[int, NDArray[np.float64]]:
        scale = self.scale[axis] if self.scale else self.target_size[axis] / self.source_size[axis]
        return _axis_matrix(self.source_size[axis], scale, start, stop, self.border, self.antialias)

    def source_window(self, window: Rect) -> Rect:
        """Return the rectangle of source pixels that a window of the result depends on."""
        top, rows = self._axis(0, window.top, window.bottom)
        left, columns = self._axis(1, window.left, window.right)
        return Rect(top, left, rows.shape[1], columns.shape[1])

    def apply(self, pixels: NDArray[Any], window: Rect) -> NDArray[Any]:
        """Return a window of the result.

        Floats are neither rounded nor clipped. Integers are rounded half away from zero after each pass, and saturate.

        Parameters
        ----------
        pixels : (..., h, w), with a dtype in `SAMPLE_TYPES`
            Source pixels inside ``source_window(window)``.
        window : rectangle of the result, in pixels

        Returns
        -------
        (..., window.height, window.width), with the dtype of `pixels`

        Raises
        ------
        TypeError
            If the dtype is not supported.
        """
        if pixels.dtype.name not in SAMPLE_TYPES:
            raise TypeError(f"imresize needs one of {', '.join(SAMPLE_TYPES)}, not {pixels.dtype.name}.")
        rows = self._axis(0, window.top, window.bottom)[1]
        columns = self._axis(1, window.left, window.right)[1]
        if np.issubdtype(pixels.dtype, np.integer):
            return self._apply_to_integers(pixels, rows, columns)
        result: NDArray[Any] = (rows.astype(pixels.dtype) @ pixels) @ columns.T.astype(pixels.dtype)
        return result

    def _apply_to_integers(
        self, pixels: NDArray[Any], rows: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> NDArray[Any]:
        """Resize integers in float64, and round after each pass.

        As in MATLAB, the first pass is along the axis with the smaller scale factor.
        """
        factors = [
            self.scale[axis] if self.scale else self.target_size[axis] / self.source_size[axis] for axis in (0, 1)
        ]
        levels = pixels.astype(np.float64)
        if factors[0] <= factors[1]:
            return _round_to_dtype(_round_to_dtype(rows @ levels, pixels.dtype) @ columns.T, pixels.dtype)
        return _round_to_dtype(rows @ _round_to_dtype(levels @ columns.T, pixels.dtype), pixels.dtype)


def _round_to_dtype(levels: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Convert floats to an integer dtype as in MATLAB: round half away from zero, and saturate."""
    bounds = np.iinfo(dtype)
    rounded = np.copysign(np.floor(np.abs(levels) + 0.5), levels)
    return np.clip(rounded, bounds.min, bounds.max).astype(dtype)


def imresize(
    image: NDArray[np.generic],
    size: tuple[int, int] | None = None,
    *,
    factor: float | None = None,
    border: Border = "mirror",
    antialias: bool = True,
) -> NDArray[np.generic]:
    """Resize an image as in MATLAB's ``imresize(image, size)`` or ``imresize(image, factor)``.

    As in MATLAB, integers are rounded after each pass and saturate. Floats are neither rounded nor clipped.

    Parameters
    ----------
    image : (H, W) or (H, W, C), with a dtype in `SAMPLE_TYPES`
    size : (height, width) of the result in pixels; None to use `factor`
    factor : scale factor; without `size`, each side of the result is ``ceil(side * factor)``
    border, antialias : see `Resize`

    Returns
    -------
    (height, width) or (height, width, C), with the dtype of `image`

    Raises
    ------
    TypeError
        If the dtype is not supported, or if both `size` and `factor` are None.
    """
    if image.ndim == 3:
        planes = [
            imresize(image[..., channel], size, factor=factor, border=border, antialias=antialias)
            for channel in range(image.shape[2])
        ]
        return np.stack(planes, axis=2)
    if size is None:
        if factor is None:
            raise TypeError("imresize needs a size or a factor")
        size = ceil(image.shape[0] * factor), ceil(image.shape[1] * factor)
    scale = (factor, factor) if factor else None
    resize = Resize((image.shape[0], image.shape[1]), size, scale, border, antialias)
    result = np.empty(size, image.dtype)
    for window in plan_tiles(*size, _WINDOW_PX):
        source = np.ascontiguousarray(image[resize.source_window(window).slices])
        result[window.slices] = resize.apply(source, window)
    return result
