"""Rendering of one tile: Y by the model, Cb and Cr by bicubic."""

import numpy as np

from engine.imaging import color
from engine.imaging.color import Pixels, Planes
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect
from engine.inference.torch_backend import TorchBackend
from engine.upscaling import low_res
from engine.upscaling.low_res import LowResImage

Rendered = tuple[Pixels, Pixels]  # pixels (h, w, 1|3) and Y (h, w)


def render_tile(
    small: LowResImage, scale: int, tile: Rect, backend: TorchBackend | None, size: tuple[int, int] | None = None
) -> Rendered:
    """Render one tile of the result; without a backend, by bicubic.

    Parameters
    ----------
    scale : the scale of the model
    tile : in pixels of the result
    size : (height, width) of the result, if it is not `scale` times the size of the image; the model's result is then
        resized to it by bicubic

    Returns
    -------
    pixels : (tile.height, tile.width, 1|3) uint8 or uint16, for the window or the file
    luma : (tile.height, tile.width) uint8, for scores. It is quantized from the model's output, because Y converted
        from the RGB pixels changes a PSNR by up to 0.016 dB. If `LowResImage.gray` is "both", a second pass gives it
    """
    size = size or (small.size[0] * scale, small.size[1] * scale)
    gray_as_is = small.gray == "scored"
    planes = _upscaled_planes(small, scale, tile, backend, size, gray_as_is=gray_as_is)
    scored = _upscaled_planes(small, scale, tile, backend, size, gray_as_is=True) if small.gray == "both" else planes
    pixels = low_res.join(np.ascontiguousarray(planes), small.output_dtype, gray_as_is=gray_as_is)
    return pixels, color.quantize(scored[0])


def _upscaled_planes(
    small: LowResImage,
    scale: int,
    tile: Rect,
    backend: TorchBackend | None,
    size: tuple[int, int],
    *,
    gray_as_is: bool,
) -> Planes:
    """Return a tile of the image upscaled to `size`, by the model and then by bicubic: (1|3, h, w)."""
    own = (small.size[0] * scale, small.size[1] * scale)
    if backend is None or size == own:
        return _model_scale_planes(small, size, tile, backend, gray_as_is=gray_as_is)
    final_resize = Resize(own, size)
    planes = _model_scale_planes(small, own, final_resize.source_window(tile), backend, gray_as_is=gray_as_is)
    return final_resize.apply(np.clip(planes, 0, 1), tile)


def _model_scale_planes(
    small: LowResImage, size: tuple[int, int], window: Rect, backend: TorchBackend | None, *, gray_as_is: bool
) -> Planes:
    """Return a window of the image upscaled to `size`: Y by the model, Cb and Cr by bicubic; (1|3, h, w)."""
    resize = Resize(small.size, size)
    halo = backend.spec.halo_px if backend else 0
    grown_window = window.expand(halo).intersect(Rect(0, 0, *size))
    planes = resize.apply(small.planes(resize.source_window(grown_window), gray_as_is=gray_as_is), grown_window)
    upscaled = planes[(slice(None), *window.relative_to(grown_window).slices)]
    if backend:
        upscaled[0] = backend(_replicate_edges(planes[0], window.expand(halo), grown_window))
    return upscaled


def _replicate_edges(plane: Planes, outer: Rect, inner: Rect) -> Planes:
    """Extend a plane from `inner` to `outer` by repeating its outermost pixels."""
    if outer == inner:
        return plane
    rows = (inner.top - outer.top, outer.bottom - inner.bottom)
    columns = (inner.left - outer.left, outer.right - inner.right)
    return np.pad(plane, (rows, columns), mode="edge")
