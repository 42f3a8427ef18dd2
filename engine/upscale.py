"""Enlarge one picture: read, plan tiles, and for each tile window, bicubic, network, join, quantise, into its place.

`enlarge` is the job behind everything that shows, saves or scores an enlargement; `enlarge_file` wraps it with
reading and writing. Both are generators: they yield events, take the visible rectangle as a hint
(``job.send(rect)``), return their result and are cancelled by closing them.
"""

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from engine import models
from engine.errors import OutOfMemory, OutputTooLarge
from engine.events import DeviceFellBack, Pane, PrecisionFellBack, Preparing, Started, TileDone, TileShrunk
from engine.imaging import color, lowres, pictures
from engine.imaging.color import Pixels, Planes
from engine.imaging.lowres import LowRes
from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.pictures import Picture
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect, TileQueue, plan_tiles
from engine.network import device as devices
from engine.network import distributed, inference
from engine.network.inference import Inference, PrecisionTooLow
from engine.network.srcnn import SRCNN
from engine.network.weights import load_network
from engine.network.workers import Workers
from engine.requests import SMALLEST_TILE, UpscaleRequest

Event = Preparing | Started | TileDone | TileShrunk | DeviceFellBack | PrecisionFellBack
Rendered = tuple[Pixels, Pixels]  # a tile as RGB or gray, and as luma
_REDUCED_PX = 128  # side of the windows in which a ground truth is reduced
MOST_MEGAPIXELS = 700  # of an enlargement: 2.1 GB a pane, under the 2^31 bytes that formats and libraries stop at


class _Trouble(Enum):
    """Why a tile could not be rendered."""

    MEMORY = auto()
    PRECISION = auto()


@dataclass(frozen=True)
class Enlarged:
    """What an enlargement gives: the picture, bicubic beside it if asked for, and the scores if there is a truth."""

    picture: Picture
    bicubic: Picture | None
    scores: dict[Pane, Score]
    seconds: float


def reduce_truth(truth: Pixels, times: float) -> Generator[Preparing, None, LowRes]:
    """Reduce a ground truth (H, W, 1|3) uint8 by a factor, window by window.

    Y, Cb and Cr are rounded to uint8 and reduced by bicubic in float: the small picture is never rounded to 8 bits.
    """
    height, width = (max(1, round(side / times)) for side in truth.shape[:2])
    resize = Resize((truth.shape[0], truth.shape[1]), (height, width))
    small = np.empty((truth.shape[2], height, width), np.float32)
    windows = plan_tiles(height, width, _REDUCED_PX)
    for done, window in enumerate(windows, start=1):
        levels = color.quantise(color.split(truth[resize.source_window(window).slices]))
        small[(slice(None), *window.slices)] = resize.window(levels.astype(np.float64) / 255, window)
        yield Preparing(done, len(windows))
    return LowRes(small)


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
        computed again from the RGB would move a PSNR by up to 0.016 dB
    """
    own = (small.size[0] * scale, small.size[1] * scale)
    size = size or own
    if network is None or size == own:
        planes = _planes(small, size, tile, network)
    else:
        further = Resize(own, size)
        planes = further.window(np.clip(_planes(small, own, further.source_window(tile), network), 0, 1), tile)
    return color.join(np.ascontiguousarray(planes), small.sample_type), color.quantise(planes[0])


def _planes(small: LowRes, size: tuple[int, int], window: Rect, network: Inference | None) -> Planes:
    """A window of the picture enlarged to (height, width): Y by the network, Cb and Cr bicubic; (1|3, h, w)."""
    resize = Resize(small.size, size)
    margin = network.spec.margin_px if network else 0
    reach = window.grown(margin).clipped(Rect(0, 0, *size))
    planes = resize.window(small.planes(resize.source_window(reach)), reach)
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


def enlarge(
    picture: Picture, request: UpscaleRequest, truth: Picture | None = None
) -> Generator[Event, Rect | None, Enlarged]:
    """Enlarge a decoded picture, tile by tile; `truth` is a ground truth of its own to score it against.

    Yields
    ------
    Preparing while a ground truth is reduced; Started, then TileDone for every tile of every pane; DeviceFellBack,
    PrecisionFellBack and TileShrunk where they happen. Send the visible rectangle to have it done first; it changes
    the order, never the result.

    Raises
    ------
    WeightsUnusable, DeviceUnknown, OutOfMemory, OutputTooLarge, PictureTooSmall, SizesDiffer, BadRequest
    """
    began = perf_counter()
    times = request.times(picture.height, picture.width)
    _refuse_too_large(picture, request)
    here = distributed.world()  # under torchrun every process has a GPU of its own
    device, fell_back = devices.choose(request.device, here.local_rank, here.local_size)
    model = models.fitting(request.model, times) if request.target else request.model
    network = load_network(model.path, model.spec.scale)
    if fell_back:
        yield DeviceFellBack(request.device, devices.title(device))

    small, size, known = yield from _sizes(picture, request, times, truth)
    names: tuple[Pane, ...] = ("bicubic", "srcnn") if request.compare or known is not None else ("srcnn",)
    shape = (*size, picture.pixels.shape[2])
    border = ceil(times)
    panes: dict[Pane, Pixels] = {name: np.zeros(shape, small.sample_type) for name in names}
    maps = {} if known is None else {name: ScoreMaps(color.luma_levels(known), border) for name in names}
    tile_px = request.tile or inference.TILE_PX[device.type]
    visible = yield Started(panes, maps, known, small.pixels(), border, tile_px, model.name, devices.title(device))

    queue: TileQueue[Pane] = TileQueue((name, tile) for name in names for tile in plan_tiles(*size, tile_px))
    queue.see(visible)
    yield from _render_all(queue, tile_px, small, network, device, request, panes, maps)

    scores = {pane: score for pane in names if maps and (score := maps[pane].score())}
    bicubic = picture.with_pixels(panes["bicubic"]) if "bicubic" in panes else None
    return Enlarged(picture.with_pixels(panes["srcnn"]), bicubic, scores, perf_counter() - began)


def _sizes(
    picture: Picture, request: UpscaleRequest, times: float, truth: Picture | None
) -> Generator[Preparing, None, tuple[LowRes, tuple[int, int], Pixels | None]]:
    """What is enlarged, the (height, width) it is enlarged to, and the ground truth (H, W, 1|3) uint8, if any."""
    if request.reference:
        known = lowres.cropped(picture.pixels, times)
        return (yield from reduce_truth(known, times)), (known.shape[0], known.shape[1]), known
    scale = request.model.spec.scale
    size = (
        request.target.size(picture.height, picture.width)
        if request.target
        else (picture.height * scale, picture.width * scale)
    )
    apart = None if truth is None else lowres.matching(truth.pixels, size, times)
    return LowRes(picture.pixels), size, apart


def enlarge_file(
    source: Path, output: Path | None, request: UpscaleRequest, truth: Path | None = None
) -> Generator[Event, Rect | None, Enlarged]:
    """Read a picture, enlarge it, and write it under `output` if given; see `enlarge`. `truth` is a file too.

    Raises
    ------
    PictureUnreadable, PictureTooLarge, PictureUnwritable, and what `enlarge` raises
    """
    if output is not None:
        pictures.refuse_unwritable(output)
    result = yield from enlarge(pictures.read(source), request, None if truth is None else pictures.read(truth))
    if output is not None:
        pictures.write(result.picture, output)
    return result


def _refuse_too_large(picture: Picture, request: UpscaleRequest) -> None:
    """Raise OutputTooLarge before anything is computed that could not be held or written."""
    factor = 1.0 if request.reference else request.times(picture.height, picture.width)
    height, width = round(picture.height * factor), round(picture.width * factor)
    if height * width > MOST_MEGAPIXELS * 1_000_000:
        raise OutputTooLarge(scale=f"{factor:g}", width=width, height=height, limit=MOST_MEGAPIXELS)


def _render_all(
    queue: TileQueue[Pane],
    tile_px: int,
    small: LowRes,
    network: SRCNN,
    device: torch.device,
    request: UpscaleRequest,
    panes: dict[Pane, Pixels],
    maps: dict[Pane, ScoreMaps],
) -> Generator[Event, Rect | None, None]:
    """Render every tile into its place, on as many threads as there are cores."""
    run = Inference(network, device, dtype=_dtype(request, small, device), ensemble=request.ensemble)
    done: list[tuple[Pane, Rect]] = []
    troubles: set[_Trouble] = set()
    workers: Workers[tuple[Pane, Rect], Rendered | _Trouble] = Workers(device)
    with workers:
        while len(queue) or len(workers):
            while len(queue) and workers.has_room and not troubles:
                _begin(workers, *queue.take(), small, panes, run)
            (pane, tile), rendered = workers.next()
            if isinstance(rendered, _Trouble):  # by then the thread's `except`, whose traceback held tensors, is over
                queue = queue.put_back([(pane, tile)])
                troubles.add(rendered)
            else:
                panes[pane][tile.slices], luma = rendered
                _score(maps, pane, tile, luma)
                done.append((pane, tile))
                queue.see((yield TileDone(pane, tile, len(done), len(done) + len(queue) + len(workers))))
            if len(workers):  # a change is made once no tile is under way
                continue
            if _Trouble.PRECISION in troubles:  # from the beginning, or the result would depend on the order
                queue = queue.put_back([tile for tile in done if tile[0] == "srcnn"])
                done = [tile for tile in done if tile[0] != "srcnn"]
                run, before = Inference(network, device, ensemble=request.ensemble), run
                queue.see((yield PrecisionFellBack(str(before.dtype).removeprefix("torch."), "float32")))
            if _Trouble.MEMORY in troubles:
                devices.release(device)
                tile_px, larger = _smaller(tile_px), tile_px
                queue = queue.cut(tile_px)
                queue.see((yield TileShrunk(larger, tile_px)))
            troubles.clear()


def _score(maps: dict[Pane, ScoreMaps], pane: Pane, tile: Rect, luma: Pixels) -> None:
    """Bring the scores up to date with a tile, if there is a ground truth."""
    if maps:
        maps[pane].update(tile, luma)


def _begin(
    workers: "Workers[tuple[Pane, Rect], Rendered | _Trouble]",
    pane: Pane,
    tile: Rect,
    small: LowRes,
    panes: dict[Pane, Pixels],
    run: Inference,
) -> None:
    """Have a thread render a tile."""
    network = run if pane == "srcnn" else None
    height, width = panes[pane].shape[:2]
    workers.begin((pane, tile), partial(_attempt, small, run.spec.scale, tile, network, (height, width)))


def _dtype(request: UpscaleRequest, small: LowRes, device: torch.device) -> torch.dtype:
    """What the network computes in; by itself it takes no reduced precision for 16 bits, which has 11 at most."""
    deep = request.precision == "auto" and small.sample_type != np.uint8
    return devices.choose_dtype("float32" if deep else request.precision, device, request.model.spec)


def _attempt(
    small: LowRes, scale: int, tile: Rect, network: Inference | None, size: tuple[int, int]
) -> "Rendered | _Trouble":
    """`render_tile`, or why it could not be done. The caller is out of `except`, whose traceback holds tensors."""
    try:
        return render_tile(small, scale, tile, network, size)
    except PrecisionTooLow:
        return _Trouble.PRECISION
    except (RuntimeError, MemoryError) as error:
        if not devices.is_out_of_memory(error):
            raise
    return _Trouble.MEMORY


def _smaller(tile_px: int) -> int:
    """Half the tile size; raises OutOfMemory once that is too small to be of use."""
    if tile_px // 2 < SMALLEST_TILE:
        raise OutOfMemory(tile=tile_px)
    return tile_px // 2
