"""Rendering of one tile: the Y channel with the model, and Cb and Cr with bicubic interpolation."""

import numpy as np

from engine.imaging import color
from engine.imaging.color import Pixels, Planes
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect
from engine.inference.torch_backend import TorchBackend
from engine.upscaling import low_res
from engine.upscaling.low_res import LowResImage

Rendered = tuple[Pixels, Pixels]  # pixels (H, W, 1) or (H, W, 3), and Y channel (H, W)


def render_tile(
    small: LowResImage, scale: int, tile: Rect, backend: TorchBackend | None, size: tuple[int, int] | None = None
) -> Rendered:
    """Render one tile of the result. Without a backend, use bicubic interpolation for all channels.

    Parameters
    ----------
    scale : the scale factor of the model
    tile : the tile, in px of the result
    size : (height, width) of the result, if it differs from the size that the model produces. The result of the model
        is then resized with bicubic interpolation

    Returns
    -------
    pixels : uint8 or uint16 pixels for display or for the file, with the shape (H, W, 1) or (H, W, 3)
    luma : uint8 Y channel for the scores, with the shape (H, W). It is quantized directly from the output of the
        model, because conversion from the RGB pixels would change the PSNR by up to 0.016 dB. If `LowResImage.gray` is
        "both", it comes from a second pass
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
    """Return a tile of the result, as planes of shape (1, H, W) or (3, H, W).

    The model upscales to its own scale factor. If `size` differs, bicubic interpolation resizes its result.
    """
    own = (small.size[0] * scale, small.size[1] * scale)
    if backend is None or size == own:
        return _model_scale_planes(small, size, tile, backend, gray_as_is=gray_as_is)
    final_resize = Resize(own, size)
    planes = _model_scale_planes(small, own, final_resize.source_window(tile), backend, gray_as_is=gray_as_is)
    return final_resize.apply(np.clip(planes, 0, 1), tile)


def _model_scale_planes(
    small: LowResImage, size: tuple[int, int], window: Rect, backend: TorchBackend | None, *, gray_as_is: bool
) -> Planes:
    """Return a window of the upscaled image, as planes of shape (1, H, W) or (3, H, W).

    The model upscales the Y channel, and bicubic interpolation upscales Cb and Cr.
    """
    resize = Resize(small.size, size)
    halo = backend.spec.halo_px if backend else 0
    grown_window = window.expand(halo).intersect(Rect(0, 0, *size))
    planes = resize.apply(small.planes(resize.source_window(grown_window), gray_as_is=gray_as_is), grown_window)
    upscaled = planes[(slice(None), *window.relative_to(grown_window).slices)]
    if backend:
        upscaled[0] = backend(_replicate_edges(planes[0], window.expand(halo), grown_window))
    return upscaled


def _replicate_edges(plane: Planes, outer: Rect, inner: Rect) -> Planes:
    """Extend a plane from the rectangle `inner` to the rectangle `outer` by repeating its edge pixels."""
    if outer == inner:
        return plane
    rows = (inner.top - outer.top, outer.bottom - inner.bottom)
    columns = (inner.left - outer.left, outer.right - inner.right)
    return np.pad(plane, (rows, columns), mode="edge")
