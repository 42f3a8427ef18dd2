"""MATLAB's ``imresize`` with the bicubic kernel, for the whole image or any window of the result.

A window equals the same window of the whole result, so an image can be resized tile by tile. Along each axis, the
resize is a small dense matrix times the source window. The matrices are cached.
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
    """Map sample positions outside the image to positions inside, by the border mode."""
    if border == "clamp":
        return np.clip(index, 0, length - 1)
    index = np.mod(index, 2 * length)
    return np.where(index < length, index, 2 * length - 1 - index)


@lru_cache(maxsize=192)  # at most 0.4 MB each: 128 rows of an image downscaled by 3
def _axis_matrix(
    length: int, scale: float, start: int, stop: int, border: Border, antialias: bool
) -> tuple[int, NDArray[np.float64]]:
    """Return the first source sample used and the (out, in) weights of output samples start to stop."""
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
    """A bicubic resize of one plane, as MATLAB's ``imresize(plane, size, "bicubic")``.

    Parameters
    ----------
    source, target : (height, width)
        Sizes in pixels, all at least 1.
    scale : (rows, columns), optional
        The scale factors, by default target / source. MATLAB's ``imresize(plane, factor)`` keeps the factor even if
        the size is rounded up, so the two can differ.
    border : "mirror" (MATLAB since R2015b) or "clamp" (before)
    antialias : widen the kernel for downscaling (MATLAB's default)
    """

    source: tuple[int, int]
    target: tuple[int, int]
    scale: tuple[float, float] | None = None
    border: Border = "mirror"
    antialias: bool = True

    def _axis(self, axis: int, start: int, stop: int) -> tuple[int, NDArray[np.float64]]:
        scale = self.scale[axis] if self.scale else self.target[axis] / self.source[axis]
        return _axis_matrix(self.source[axis], scale, start, stop, self.border, self.antialias)

    def source_window(self, window: Rect) -> Rect:
        """Return the source pixels that `window` of the result depends on."""
        top, rows = self._axis(0, window.top, window.bottom)
        left, columns = self._axis(1, window.left, window.right)
        return Rect(top, left, rows.shape[1], columns.shape[1])

    def apply(self, pixels: NDArray[Any], window: Rect) -> NDArray[Any]:
        """Compute `window` of the result.

        Parameters
        ----------
        pixels : (..., h, w), a dtype in `SAMPLE_TYPES`
            The source pixels of ``source_window(window)``. Floats are neither rounded nor clipped. Integers are
            rounded after each pass, half away from zero, and saturate.
        window : Rect
            In pixels of the result, inside (0, 0) to `target`.

        Returns
        -------
        (..., window.height, window.width), dtype of `pixels`

        Raises
        ------
        TypeError
            For an unsupported dtype.
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
        """Run both passes in float64 and round after each, as MATLAB: the axis with the smaller factor first."""
        factors = [self.scale[axis] if self.scale else self.target[axis] / self.source[axis] for axis in (0, 1)]
        levels = pixels.astype(np.float64)
        if factors[0] <= factors[1]:
            return _round_to_dtype(_round_to_dtype(rows @ levels, pixels.dtype) @ columns.T, pixels.dtype)
        return _round_to_dtype(rows @ _round_to_dtype(levels @ columns.T, pixels.dtype), pixels.dtype)


def _round_to_dtype(levels: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Cast to an integer dtype as MATLAB's ``int16(levels)``: round half away from zero, saturate."""
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
    """Resize an image as MATLAB's ``imresize(image, size)`` or ``imresize(image, factor)``.

    Parameters
    ----------
    image : (H, W) or (H, W, C), a dtype in `SAMPLE_TYPES`
        Integers are rounded after each pass and saturate, as in MATLAB. Floats are neither rounded nor clipped.
    size : (height, width) of the result
    factor : instead of `size`; each side becomes ``ceil(side * factor)``
    border, antialias : see `Resize`

    Returns
    -------
    (height, width) or (height, width, C), dtype of `image`

    Raises
    ------
    TypeError
        For an unsupported dtype, or without a size and a factor.
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
