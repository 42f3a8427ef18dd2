"""Rendering of one tile of the result with a model or with bicubic interpolation.

A model for the Y channel upscales Y, and bicubic interpolation upscales Cb and Cr. A model for RGB upscales all three
channels of a color image. A gray image is converted to three equal channels, and the result is converted to gray.
"""

import numpy as np

from engine.imaging import color, sharpening
from engine.imaging.color import Pixels, Planes
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect
from engine.models.info import Upscaler
from engine.upscaling import low_res
from engine.upscaling.low_res import LowResImage

Rendered = tuple[Pixels, Pixels]  # pixels (H, W, 1) or (H, W, 3), and Y channel (H, W)


def render_tile(
    small: LowResImage,
    scale: int,
    tile: Rect,
    model: Upscaler | None,
    size: tuple[int, int] | None = None,
    sharpness: int = 0,
) -> Rendered:
    """Render one tile of the result. Without a model, use bicubic interpolation for all channels.

    Parameters
    ----------
    small : the image before upscaling
    scale : the scale factor of the model
    tile : the tile, in px of the result
    model : the model, or None for bicubic interpolation
    size : (height, width) of the result, if it differs from the size that the model produces. The result of the model
        is then resized with bicubic interpolation
    sharpness : percentage of the unsharp mask on the Y channel, see `sharpening`

    Returns
    -------
    pixels : uint8 or uint16 pixels for display or for the file, with the shape (H, W, 1) or (H, W, 3)
    luma : uint8 Y channel for the scores, with the shape (H, W). It is quantized directly from the output of the
        model, because conversion from the RGB pixels would change the PSNR by up to 0.016 dB. For a gray image, these
        are the gray levels if `LowResImage.gray_mode` is not "shown"
    """
    size = size or (small.size[0] * scale, small.size[1] * scale)
    if model is not None and model.info.channels == 3:
        return _render_rgb(small, scale, tile, model, size, sharpness)
    gray_as_is = small.gray_mode == "scored"

    def render(*, gray_as_is: bool) -> Planes:
        return _sharpened_planes(small, scale, tile, model, size, sharpness, gray_as_is=gray_as_is)

    planes = render(gray_as_is=gray_as_is)
    scored = render(gray_as_is=True) if small.gray_mode == "both" else planes
    pixels = low_res.planes_to_pixels(np.ascontiguousarray(planes), small.output_dtype, gray_as_is=gray_as_is)
    return pixels, color.quantize(scored[0])


def _render_rgb(
    small: LowResImage, scale: int, tile: Rect, model: Upscaler, size: tuple[int, int], sharpness: int
) -> Rendered:
    """Render one tile of the result with an RGB model."""
    rgb = np.ascontiguousarray(_sharpened_planes(small, scale, tile, model, size, sharpness, gray_as_is=True))
    luma = color.rgb_planes_to_luma(rgb)
    if not small.is_gray:
        return color.interleave(color.quantize(rgb, small.output_dtype)), color.quantize(luma)
    gray = color.luma_to_gray(luma)
    pixels = color.quantize(gray, small.output_dtype)[:, :, None]
    return pixels, color.quantize(luma if small.gray_mode == "shown" else gray)


def _sharpened_planes(
    small: LowResImage,
    scale: int,
    tile: Rect,
    model: Upscaler | None,
    size: tuple[int, int],
    sharpness: int,
    *,
    gray_as_is: bool,
) -> Planes:
    """Return a tile of the result, sharpened with an unsharp mask on the Y channel."""
    if sharpness == 0:
        return _upscaled_planes(small, scale, tile, model, size, gray_as_is=gray_as_is)
    scale_factor = max(size) / max(small.size)
    grown = tile.expand(sharpening.radius_px(scale_factor)).intersect(Rect(0, 0, *size))
    planes = _upscaled_planes(small, scale, grown, model, size, gray_as_is=gray_as_is)
    is_rgb = model is not None and model.info.channels == 3
    luma = color.rgb_planes_to_luma(planes)[None] if is_rgb else planes[:1]
    details = sharpening.sharpen(luma, scale_factor, sharpness) - luma
    inner = (slice(None), *tile.relative_to(grown).slices)
    upscaled = planes[inner].copy()
    if is_rgb:
        upscaled += color.luma_difference_to_rgb(details[inner])
    else:
        upscaled[:1] += details[inner]
    return upscaled


def _upscaled_planes(
    small: LowResImage,
    scale: int,
    tile: Rect,
    model: Upscaler | None,
    size: tuple[int, int],
    *,
    gray_as_is: bool,
) -> Planes:
    """Return a tile of the result, as planes of shape (1, H, W) or (3, H, W).

    The planes are R, G and B for an RGB model, and otherwise gray levels, Y, or Y, Cb and Cr. If the size of the
    model's result differs from `size`, it is resized with bicubic interpolation.
    """
    own = (small.size[0] * scale, small.size[1] * scale)
    if model is None or size == own:
        return _planes_before_resizing(small, size, tile, model, gray_as_is=gray_as_is)
    final_resize = Resize(own, size)
    planes = _planes_before_resizing(small, own, final_resize.source_window(tile), model, gray_as_is=gray_as_is)
    return final_resize.apply(np.clip(planes, 0, 1), tile)


def _planes_before_resizing(
    small: LowResImage, size: tuple[int, int], window: Rect, model: Upscaler | None, *, gray_as_is: bool
) -> Planes:
    """Return a window of the result at the model's scale factor, as planes of shape (1 or 3, H, W).

    Without a model, this is the bicubic result.

    Parameters
    ----------
    size : (height, width) of the whole result
    window : part of the result to return
    gray_as_is : return the gray levels of a gray image instead of its Y channel
    """
    if model is not None and model.info.has_low_res_input:
        return _from_low_res(small, size, window, model, gray_as_is=gray_as_is)
    halo = model.info.halo_px if model else 0
    grown_window = window.expand(halo).intersect(Rect(0, 0, *size))
    planes = _bicubic_planes(small, size, grown_window, gray_as_is=gray_as_is)
    upscaled = planes[(slice(None), *window.relative_to(grown_window).slices)]
    if model:
        upscaled[0] = model(_replicate_edges(planes[:1], window.expand(halo), grown_window))[0]
    return upscaled


def _from_low_res(
    small: LowResImage, size: tuple[int, int], window: Rect, model: Upscaler, *, gray_as_is: bool
) -> Planes:
    """Return a window of the result of a model whose input is the image before upscaling."""
    upsampling, halo = model.info.upsampling, model.info.halo_px
    top, left = window.top // upsampling, window.left // upsampling
    source = Rect(top, left, -(-window.bottom // upsampling) - top, -(-window.right // upsampling) - left)
    grown = source.expand(halo).intersect(Rect(0, 0, *small.size))
    is_rgb = model.info.channels == 3
    planes = small.rgb_planes(grown) if is_rgb else small.planes(grown, gray_as_is=gray_as_is)[:1]
    result = model(_replicate_edges(planes, source.expand(halo), grown))
    whole = Rect(
        source.top * upsampling, source.left * upsampling, source.height * upsampling, source.width * upsampling
    )
    upscaled: Planes = result[(slice(None), *window.relative_to(whole).slices)]
    if is_rgb or small.is_gray:
        return upscaled
    resize = Resize(small.size, size)
    chroma = resize.apply(small.planes(resize.source_window(window))[1:], window)
    return np.concatenate([upscaled, chroma])


def _bicubic_planes(small: LowResImage, size: tuple[int, int], window: Rect, *, gray_as_is: bool) -> Planes:
    """Return a window of the bicubic result of `size`, as gray levels or as Y, Cb and Cr."""
    resize = Resize(small.size, size)
    planes: Planes = resize.apply(small.planes(resize.source_window(window), gray_as_is=gray_as_is), window)
    return planes


def _replicate_edges(planes: Planes, outer: Rect, inner: Rect) -> Planes:
    """Extend planes from the rectangle `inner` to the rectangle `outer` by repeating their edge pixels."""
    if outer == inner:
        return planes
    rows = (inner.top - outer.top, outer.bottom - inner.bottom)
    columns = (inner.left - outer.left, outer.right - inner.right)
    return np.pad(planes, ((0, 0), rows, columns), mode="edge")
