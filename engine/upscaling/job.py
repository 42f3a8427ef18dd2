"""Enlarge one picture: read, plan tiles, and for each tile window, bicubic, network, join, quantise, into its place.

`enlarge` is the job behind everything that shows, saves or scores an enlargement; `enlarge_file` wraps it with
reading and writing. Both are generators: they yield events, take the visible rectangle as a hint
(``job.send(rect)``), return their result and are cancelled by closing them.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from engine.errors import OutOfMemory
from engine.imaging import alpha, color
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import SAME_AS_SOURCE, Picture, SaveOptions
from engine.imaging.color import Pixels
from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect, TileQueue, plan_tiles
from engine.inference import device as devices
from engine.inference import process_group, torch_backend
from engine.inference.torch_backend import Inference, PrecisionTooLow
from engine.inference.workers import Workers
from engine.models.architectures.srcnn import SRCNN
from engine.models.weights import load_network
from engine.upscaling import low_res
from engine.upscaling.events import (
    BicubicBeyond,
    DeviceFellBack,
    FrameTileDone,
    Pane,
    PrecisionFellBack,
    Preparing,
    Started,
    TileDone,
    TileShrunk,
)
from engine.upscaling.low_res import LowRes
from engine.upscaling.request import SMALLEST_TILE, UpscaleRequest
from engine.upscaling.size_limits import refuse_outsize
from engine.upscaling.tile_rendering import Rendered, render_tile

Event = (
    Preparing | Started | BicubicBeyond | TileDone | FrameTileDone | TileShrunk | DeviceFellBack | PrecisionFellBack
)
_REDUCED_PX = 128  # side of the windows in which a ground truth is reduced


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
    Gray levels are reduced as they are.
    """
    height, width = (max(1, round(side / times)) for side in truth.shape[:2])
    resize = Resize((truth.shape[0], truth.shape[1]), (height, width))
    small = np.empty((truth.shape[2], height, width), np.float32)
    windows = plan_tiles(height, width, _REDUCED_PX)
    for done, window in enumerate(windows, start=1):
        source = truth[resize.source_window(window).slices]
        levels = source.transpose(2, 0, 1) if truth.shape[2] == 1 else color.quantise(color.split(source))
        small[(slice(None), *window.slices)] = resize.window(levels.astype(np.float64) / 255, window)
        yield Preparing(done, len(windows))
    return LowRes(small)


def enlarge(
    picture: Picture, request: UpscaleRequest, truth: Picture | None = None, *, only_scores: bool = False
) -> Generator[Event, Rect | None, Enlarged]:
    """Enlarge a decoded picture, tile by tile; `truth` is a ground truth of its own to score it against.

    Further frames or pages follow the first one, without panes and scores; a simulation leaves them out.

    A gray image is scored against a gray ground truth as in the papers: its levels, 0 to 255, go into the model as
    they are. The pixels come from a second run, in the range of luma that models are trained on, so that black stays
    black. With `only_scores` there is no second run, and the pixels are the levels that are scored.

    Yields
    ------
    BicubicBeyond if the result is larger than the model upscales; Preparing while a ground truth is reduced or
    transparency enlarged; Started, then TileDone for every tile of every pane; FrameTileDone for those of further
    frames; DeviceFellBack, PrecisionFellBack and TileShrunk where they happen. Send the visible rectangle to have it
    done first; it changes the order, never the result.

    Raises
    ------
    WeightsUnusable, DeviceUnknown, OutOfMemory, OutputTooLarge, NotEnoughMemory, PictureTooSmall, SizesDiffer,
    BadRequest
    """
    began = perf_counter()
    times = request.times(picture.height, picture.width)
    picture = replace(picture, frames=()) if request.reference else picture
    pages = (picture, *picture.frames)
    factors = tuple(1.0 if request.reference else request.times(page.height, page.width) for page in pages)
    refuse_outsize(pages, factors, panes=2 if request.compare or request.reference else 1)
    device, fell_back = devices.choose(request.device, *process_group.world().place)
    model = request.model_for(picture.height, picture.width)
    network = load_network(model.path, model.spec.scale)
    if fell_back:
        yield DeviceFellBack(request.device, devices.title(device))
    if times > model.spec.scale + 1e-9:
        yield BicubicBeyond(model.name, model.spec.scale)

    small, size, known = yield from _sizes(picture, request, times, truth)
    gray_as_is = known is not None and known.shape[2] == 1 and small.is_gray
    if gray_as_is:
        small = replace(small, gray="scored" if only_scores else "both")
    names: tuple[Pane, ...] = ("bicubic", "srcnn") if request.compare or known is not None else ("srcnn",)
    shape = (*size, picture.pixels.shape[2])
    border = ceil(times)
    panes: dict[Pane, Pixels] = {name: np.zeros(shape, small.sample_type) for name in names}
    levels = None if known is None else color.luma_levels(known, gray_as_is=gray_as_is)
    maps = {} if levels is None else {name: ScoreMaps(levels, border) for name in names}
    tile_px = request.tile or torch_backend.TILE_PX[device.type]
    visible = yield Started(panes, maps, known, small.pixels(), border, tile_px, model.name, devices.title(device))

    queue: TileQueue[Pane] = TileQueue((name, tile) for name in names for tile in plan_tiles(*size, tile_px))
    queue.see(visible)
    yield from _render_all(queue, tile_px, small, network, device, request, panes, maps)

    scores = {pane: score for pane in names if maps and (score := maps[pane].score())}
    see_through = yield from _enlarge_alpha(picture, small, size)
    bicubic = picture.with_pixels(panes["bicubic"], see_through) if "bicubic" in panes else None
    made = picture.with_pixels(panes["srcnn"], see_through)
    made = replace(made, frames=(yield from _enlarge_frames(picture.frames, request, network, device, tile_px)))
    return Enlarged(made, bicubic and replace(bicubic, frames=()), scores, perf_counter() - began)


def _enlarge_frames(
    frames: tuple[Picture, ...], request: UpscaleRequest, network: SRCNN, device: torch.device, tile_px: int
) -> Generator[Event, Rect | None, tuple[Picture, ...]]:
    """Enlarge the frames or pages after the first, one after the other."""
    made = []
    for index, frame in enumerate(frames, start=2):
        small, size, _ = yield from _sizes(frame, request, request.times(frame.height, frame.width), None)
        panes: dict[Pane, Pixels] = {"srcnn": np.zeros((*size, frame.pixels.shape[2]), small.sample_type)}
        queue: TileQueue[Pane] = TileQueue(("srcnn", tile) for tile in plan_tiles(*size, tile_px))
        with closing(_render_all(queue, tile_px, small, network, device, request, panes, {})) as tiles:
            for event in tiles:
                if isinstance(event, TileDone):
                    yield FrameTileDone(index, len(frames) + 1, event.done, event.total)
                else:
                    yield event
        made.append(frame.with_pixels(panes["srcnn"], (yield from _enlarge_alpha(frame, small, size))))
    return tuple(made)


def _enlarge_alpha(
    picture: Picture, small: LowRes, size: tuple[int, int]
) -> Generator[Preparing, None, Pixels | None]:
    """A picture's transparency at (height, width), if it has any."""
    if picture.alpha is None:
        return None
    made = np.empty(size, small.sample_type)
    for done, total in alpha.enlarge_into(made, picture.alpha, small.size):
        yield Preparing(done, total)
    return made


def _sizes(
    picture: Picture, request: UpscaleRequest, times: float, truth: Picture | None
) -> Generator[Preparing, None, tuple[LowRes, tuple[int, int], Pixels | None]]:
    """What is enlarged, the (height, width) it is enlarged to, and the ground truth (H, W, 1|3) uint8, if any."""
    if request.reference:
        known = low_res.cropped(picture.pixels, times)
        return (yield from reduce_truth(known, times)), (known.shape[0], known.shape[1]), known
    scale = request.model.spec.scale
    size = (
        request.target.size(picture.height, picture.width)
        if request.target
        else (picture.height * scale, picture.width * scale)
    )
    apart = None if truth is None else low_res.matching(truth.pixels, size, times)
    reach = alpha.reach_px(request.model.spec.margin_px, times)
    return LowRes(alpha.bled(picture.pixels, picture.alpha, reach)), size, apart


def enlarge_file(
    source: Path,
    output: Path | None,
    request: UpscaleRequest,
    truth: Path | None = None,
    save: SaveOptions = SAME_AS_SOURCE,
) -> Generator[Event, Rect | None, Enlarged]:
    """Read a picture, enlarge it, and write it under `output` if given; see `enlarge`. `truth` is a file too.

    Raises
    ------
    PictureUnreadable, PictureTooLarge, PictureUnwritable, and what `enlarge` raises
    """
    if output is not None:
        image_files.refuse_unwritable(output, save)
    picture = image_files.read(source)
    if output is not None:
        alone = replace(picture, frames=()) if request.reference else picture
        times = 1.0 if request.reference else request.times(picture.height, picture.width)
        image_files.refuse_unfit(alone, output, save, times=times)
    result = yield from enlarge(picture, request, None if truth is None else image_files.read(truth))
    if output is not None:
        image_files.write(result.picture, output, save)
    return result


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
    run = Inference(network, device, dtype=_dtype(request, small, device, maps), ensemble=request.ensemble)
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
                _put(panes, maps, pane, tile, rendered)
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


def _put(panes: dict[Pane, Pixels], maps: dict[Pane, ScoreMaps], pane: Pane, tile: Rect, rendered: Rendered) -> None:
    """Put a tile into its place, and bring the scores up to date if there is a ground truth."""
    panes[pane][tile.slices], luma = rendered
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


def _dtype(request: UpscaleRequest, small: LowRes, device: torch.device, maps: dict[Pane, ScoreMaps]) -> torch.dtype:
    """What to compute in: 16 bits say more than a reduced precision can, and figures are float32's, as elsewhere."""
    exact = small.sample_type != np.uint8 or bool(maps)
    return devices.choose_dtype(request.precision, device, request.model.spec, exact=exact)


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
