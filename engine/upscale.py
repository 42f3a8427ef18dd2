"""Enlarge one picture: read, plan tiles, and for each tile window, bicubic, network, join, quantise, into its place.

`enlarge` is the job behind everything that shows, saves or scores an enlargement; `enlarge_file` wraps it with
reading and writing. Both are generators: they yield events, take the visible rectangle as a hint
(``job.send(rect)``), return their result and are cancelled by closing them.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from engine.errors import OutOfMemory, PictureTooSmall
from engine.events import DeviceFellBack, Pane, Started, TileDone, TileShrunk
from engine.imaging import color, pictures
from engine.imaging.color import Pixels, Planes
from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.pictures import Picture
from engine.imaging.resample import Resize, imresize
from engine.imaging.tiles import Rect, nearest_first, plan_tiles
from engine.network import device as devices
from engine.network import inference
from engine.network.srcnn import SRCNN
from engine.network.weights import load_network
from engine.requests import SMALLEST_TILE, UpscaleRequest

Event = Started | TileDone | TileShrunk | DeviceFellBack
Work = tuple[Pane, Rect]


@dataclass(frozen=True)
class Enlarged:
    """What an enlargement gives: the picture, bicubic beside it if asked for, and the scores if there is a truth."""

    picture: Picture
    bicubic: Picture | None
    scores: dict[Pane, Score]
    seconds: float


@dataclass(frozen=True)
class LowRes:
    """The small picture that is enlarged, as integer pixels, or as float planes where a truth was reduced."""

    content: Pixels | Planes

    @property
    def size(self) -> tuple[int, int]:
        shape = self.content.shape
        return (shape[1], shape[2]) if self.content.dtype == np.float32 else (shape[0], shape[1])

    def planes(self, window: Rect) -> Planes:
        """Y, or Y, Cb, Cr of a window: (1|3, h, w) float32 in [0, 1]."""
        if self.content.dtype == np.float32:
            return self.content[(slice(None), *window.slices)]  # type: ignore[return-value]
        return color.split(self.content[window.slices])  # type: ignore[arg-type]


def reduce_truth(picture: Picture, scale: int) -> tuple[LowRes, Pixels]:
    """Make the small picture of the official protocol from a ground truth, and crop the truth to match.

    Y, Cb, Cr are rounded to uint8, cropped to a multiple of `scale` and reduced by bicubic in float: the small
    picture is never rounded to 8 bits.
    """
    height, width = picture.height - picture.height % scale, picture.width - picture.width % scale
    if min(height, width) < scale:
        raise PictureTooSmall(name="This picture", width=picture.width, height=picture.height, least=scale)
    truth = picture.pixels[:height, :width]
    if truth.dtype != np.uint8:
        truth = color.quantise(truth / np.float32(np.iinfo(truth.dtype).max))
    levels = color.quantise(color.split(truth)).astype(np.float32) / 255
    small = [imresize(plane, (height // scale, width // scale)) for plane in levels]
    return LowRes(np.stack(small).astype(np.float32)), truth


def render_tile(small: LowRes, scale: int, tile: Rect, network: SRCNN | None) -> tuple[Pixels, Pixels]:
    """Render one tile of the enlargement; without a network it is the bicubic one.

    Parameters
    ----------
    tile : in pixels of the enlargement

    Returns
    -------
    pixels : (tile.height, tile.width, 1|3) uint8, for the screen or the file
    luma : (tile.height, tile.width) uint8, for scores: quantised from the network's own output, since luma
        computed again from the RGB would move a PSNR by up to 0.016 dB
    """
    height, width = small.size[0] * scale, small.size[1] * scale
    resize = Resize(small.size, (height, width))
    margin = network.spec.margin_px if network else 0
    reach = tile.grown(margin).clipped(Rect(0, 0, height, width))
    planes = resize.window(small.planes(resize.source_window(reach)), reach)
    enlarged = planes[(slice(None), *tile.within(reach).slices)]
    if network:
        luma = inference.apply(network, _replicate_edges(planes[0], tile.grown(margin), reach))
        enlarged = np.concatenate([luma[None], enlarged[1:]])
    dtype = np.uint8 if small.content.dtype == np.float32 else small.content.dtype
    return color.quantise(color.join(enlarged), dtype), color.quantise(enlarged[0])


def _replicate_edges(plane: Planes, wanted: Rect, present: Rect) -> Planes:
    """Extend a plane covering `present` to `wanted` by repeating its outermost pixels."""
    rows = (present.top - wanted.top, wanted.bottom - present.bottom)
    columns = (present.left - wanted.left, wanted.right - present.right)
    return np.pad(plane, (rows, columns), mode="edge")


def enlarge(picture: Picture, request: UpscaleRequest) -> Generator[Event, Rect | None, Enlarged]:
    """Enlarge a decoded picture, tile by tile.

    Yields
    ------
    Started, then TileDone for every tile of every pane; DeviceFellBack and TileShrunk where they happen. Send the
    visible rectangle to have it done first; it changes the order, never the result.

    Raises
    ------
    WeightsUnusable, DeviceUnknown, OutOfMemory, PictureTooSmall
    """
    began = perf_counter()
    devices.use_all_threads()
    device, fell_back = devices.choose(request.device)
    network = inference.prepare(load_network(request.model.path, request.scale), device)
    if fell_back:
        yield DeviceFellBack(request.device, devices.title(device))

    scale = request.scale
    small, truth = reduce_truth(picture, scale) if request.reference else (LowRes(picture.pixels), None)
    height, width = small.size[0] * scale, small.size[1] * scale
    names: tuple[Pane, ...] = ("bicubic", "srcnn") if request.compare or request.reference else ("srcnn",)
    kind = (picture.pixels if truth is None else truth).dtype
    panes: dict[Pane, Pixels] = {name: np.zeros((height, width, picture.pixels.shape[2]), kind) for name in names}
    maps = _score_maps(truth, names, scale)
    tile_px = request.tile or inference.TILE_PX[device.type]
    visible = yield Started(panes, maps, truth, tile_px, devices.title(device))

    work = _in_order([(pane, tile) for tile in plan_tiles(height, width, tile_px) for pane in names], visible)
    done = 0
    while work:
        pane, tile = work[-1]
        rendered = _render_or_none(small, scale, tile, network if pane == "srcnn" else None)
        if rendered is None:
            devices.release(device)
            tile_px, before = _smaller(tile_px), tile_px
            work = [(pane, part) for pane, tile in work for part in _cut(tile, tile_px)]
            visible = (yield TileShrunk(before, tile_px)) or visible
            work = _in_order(work, visible)
            continue
        work.pop()
        done += 1
        panes[pane][tile.slices], luma = rendered
        if maps:
            maps[pane].update(tile, luma)
        hint = yield TileDone(pane, tile, done, done + len(work))
        if hint is not None and hint != visible:
            visible = hint
            work = _in_order(work, visible)

    scores = {pane: score for pane in names if maps and (score := maps[pane].score())}
    bicubic = picture.with_pixels(panes["bicubic"]) if "bicubic" in panes else None
    return Enlarged(picture.with_pixels(panes["srcnn"]), bicubic, scores, perf_counter() - began)


def enlarge_file(
    source: Path, output: Path | None, request: UpscaleRequest
) -> Generator[Event, Rect | None, Enlarged]:
    """Read a picture, enlarge it, and write it under `output` if given; see `enlarge`.

    Raises
    ------
    PictureUnreadable, PictureTooLarge, PictureUnwritable, and what `enlarge` raises
    """
    if output is not None:
        pictures.refuse_unwritable(output)
    result = yield from enlarge(pictures.read(source), request)
    if output is not None:
        pictures.write(result.picture, output)
    return result


def _score_maps(truth: Pixels | None, names: tuple[Pane, ...], border_px: int) -> dict[Pane, ScoreMaps]:
    """One pair of maps a pane, against the truth's luma; none without a truth."""
    if truth is None:
        return {}
    luma = color.quantise(color.split(truth)[0]).astype(np.uint8)
    return {name: ScoreMaps(luma, border_px) for name in names}


def _in_order(work: list[Work], visible: Rect | None) -> list[Work]:
    """The work still to do, the next piece last: what is on screen before the rest, bicubic before the network."""
    rank = {tile: index for index, tile in enumerate(nearest_first({tile for _, tile in work}, visible))}

    def turn(item: Work) -> tuple[bool, bool, int]:
        pane, tile = item
        return visible is not None and tile.distance(visible) > 0, pane == "srcnn", rank[tile]

    return sorted(work, key=turn, reverse=True)


def _render_or_none(small: LowRes, scale: int, tile: Rect, network: SRCNN | None) -> tuple[Pixels, Pixels] | None:
    """`render_tile`, or None if memory ran out. The caller is outside the `except`, whose traceback holds tensors."""
    try:
        return render_tile(small, scale, tile, network)
    except (RuntimeError, MemoryError) as error:
        if not devices.is_out_of_memory(error):
            raise
    return None


def _smaller(tile_px: int) -> int:
    """Half the tile size; raises OutOfMemory once that is too small to be of use."""
    if tile_px // 2 < SMALLEST_TILE:
        raise OutOfMemory(tile=tile_px)
    return tile_px // 2


def _cut(tile: Rect, tile_px: int) -> list[Rect]:
    """Cut a tile into smaller ones."""
    parts = plan_tiles(tile.height, tile.width, tile_px)
    return [Rect(tile.top + part.top, tile.left + part.left, part.height, part.width) for part in parts]
