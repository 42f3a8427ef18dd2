"""One tile of an enlargement: bicubic, the network's luma, joined and quantised."""

import numpy as np

from engine.imaging import color
from engine.imaging.color import Pixels, Planes
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect
from engine.inference.torch_backend import Inference
from engine.upscaling import low_res
from engine.upscaling.low_res import LowRes

Rendered = tuple[Pixels, Pixels]  # a tile as RGB or gray, and as luma


def render_tile(
    small: LowRes, scale: int, tile: Rect, network: Inference | None, size: tuple[int, int] | None = None
) -> Rendered:
    """Render one tile of the enlargement; without a network it is the bicubic one.

    Parameters
    ----------
    scale : the network's
    tile : in pixels of the enlargement
    size : (height, width) of the enlargement, if it is not `scale` times the small picture: the network's own
        enlargement is then brought to it by bicubic

    Returns
    -------
    pixels : (tile.height, tile.width, 1|3) uint8, for the screen or the file
    luma : (tile.height, tile.width) uint8, for scores: quantised from the network's own output, since luma
        computed again from the RGB would move a PSNR by up to 0.016 dB. If a gray picture is shown and scored
        (`LowRes.gray`), the network runs a second time, on the gray levels as they are
    """
    size = size or (small.size[0] * scale, small.size[1] * scale)
    gray_as_is = small.gray == "scored"
    planes = _enlarged(small, scale, tile, network, size, gray_as_is=gray_as_is)
    scored = _enlarged(small, scale, tile, network, size, gray_as_is=True) if small.gray == "both" else planes
    pixels = low_res.join(np.ascontiguousarray(planes), small.sample_type, gray_as_is=gray_as_is)
    return pixels, color.quantise(scored[0])


def _enlarged(
    small: LowRes, scale: int, tile: Rect, network: Inference | None, size: tuple[int, int], *, gray_as_is: bool
) -> Planes:
    """A tile of the picture enlarged to (height, width), by the network's scale and then bicubic: (1|3, h, w)."""
    own = (small.size[0] * scale, small.size[1] * scale)
    if network is None or size == own:
        return _planes(small, size, tile, network, gray_as_is=gray_as_is)
    further = Resize(own, size)
    planes = _planes(small, own, further.source_window(tile), network, gray_as_is=gray_as_is)
    return further.window(np.clip(planes, 0, 1), tile)


def _planes(
    small: LowRes, size: tuple[int, int], window: Rect, network: Inference | None, *, gray_as_is: bool
) -> Planes:
    """A window of the picture enlarged to (height, width): Y by the network, Cb and Cr bicubic; (1|3, h, w)."""
    resize = Resize(small.size, size)
    margin = network.spec.margin_px if network else 0
    reach = window.grown(margin).clipped(Rect(0, 0, *size))
    planes = resize.window(small.planes(resize.source_window(reach), gray_as_is=gray_as_is), reach)
    enlarged = planes[(slice(None), *window.within(reach).slices)]
    if network:
        enlarged[0] = network(_replicate_edges(planes[0], window.grown(margin), reach))
    return enlarged


def _replicate_edges(plane: Planes, wanted: Rect, present: Rect) -> Planes:
    """Extend a plane covering `present` to `wanted` by repeating its outermost pixels."""
    if wanted == present:
        return plane
    rows = (present.top - wanted.top, wanted.bottom - present.bottom)
    columns = (present.left - wanted.left, wanted.right - present.right)
    return np.pad(plane, (rows, columns), mode="edge")
