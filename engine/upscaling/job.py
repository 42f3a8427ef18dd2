"""Upscale one image, tile by tile.

`upscale` works on a decoded image, and `upscale_file` also reads and writes files. Both are generators that yield
events and return an `UpscaleResult`. To render the visible part of the image first, send its rectangle
(``job.send(rect)``). To cancel the job, close the generator.
"""

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np

from engine.errors import LazyMessage, Message, OutOfMemory
from engine.imaging import alpha, color
from engine.imaging.codecs import geotiff, image_files
from engine.imaging.codecs.image_files import SAME_AS_SOURCE, Image, OutputOptions
from engine.imaging.color import Pixels
from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect, TileQueue, plan_tiles
from engine.inference import device as devices
from engine.inference import process_group
from engine.inference.model_runner import Backend, ModelRunner
from engine.inference.torch_backend import InvalidOutput
from engine.inference.worker_process import WorkerFailed
from engine.inference.workers import WorkerPool
from engine.models import catalog
from engine.upscaling import automatic_choice, cleanup_strength, low_res, seamless
from engine.upscaling.events import (
    BicubicFallback,
    DeviceFailed,
    DeviceFallback,
    FileWarning,
    FrameTileDone,
    Pane,
    PhotoModelChosen,
    PhotoModelSuggested,
    PrecisionFallback,
    ResamplingProgress,
    Started,
    TileDone,
    TileSizeReduced,
)
from engine.upscaling.low_res import LowResImage
from engine.upscaling.request import MIN_TILE_PX, UpscaleRequest
from engine.upscaling.seamless import RenderSource
from engine.upscaling.size_limits import check_output_size
from engine.upscaling.tile_rendering import Rendered, render_tile

Event = (
    ResamplingProgress
    | Started
    | FileWarning
    | PhotoModelChosen
    | PhotoModelSuggested
    | BicubicFallback
    | TileDone
    | FrameTileDone
    | TileSizeReduced
    | DeviceFallback
    | DeviceFailed
    | PrecisionFallback
)
_DOWNSCALE_TILE_PX = 128  # side of a tile when a ground truth is downscaled, in px of the downscaled image


class _TileFailure(Enum):
    """Reason why a tile could not be rendered."""

    MEMORY = auto()
    PRECISION = auto()


_Outcome = Rendered | _TileFailure | WorkerFailed
_Pool = WorkerPool[tuple[Pane, Rect], _Outcome]


@dataclass(frozen=True)
class UpscaleResult:
    """Result of upscaling an image.

    Attributes
    ----------
    image : the upscaled image
    bicubic : the image upscaled with bicubic interpolation. None if it was not requested and there is no ground truth
    scores : the scores of each pane. Empty without a ground truth, or if the image is too small to be scored
    seconds : duration of the job
    """

    image: Image
    bicubic: Image | None
    scores: dict[Pane, Score]
    seconds: float


def downscale_ground_truth(
    ground_truth: Pixels, scale_factor: float
) -> Generator[ResamplingProgress, None, LowResImage]:
    """Downscale a ground truth with bicubic interpolation, tile by tile.

    Y, Cb and Cr are rounded to uint8 before downscaling, and the result stays float32. Gray levels are not converted
    to Y.

    Parameters
    ----------
    ground_truth : uint8 pixels with the shape (H, W, 1) or (H, W, 3)
    scale_factor : divisor of the height and width
    """
    height, width = (max(1, round(side / scale_factor)) for side in ground_truth.shape[:2])
    resize = Resize((ground_truth.shape[0], ground_truth.shape[1]), (height, width))
    small = np.empty((ground_truth.shape[2], height, width), np.float32)
    windows = plan_tiles(height, width, _DOWNSCALE_TILE_PX)
    for done, window in enumerate(windows, start=1):
        source = ground_truth[resize.source_window(window).slices]
        levels = (
            source.transpose(2, 0, 1) if ground_truth.shape[2] == 1 else color.quantize(color.rgb_to_ycbcr(source))
        )
        small[(slice(None), *window.slices)] = resize.apply(levels.astype(np.float64) / 255, window)
        yield ResamplingProgress(done, len(windows))
    return LowResImage(small)


def upscale(
    image: Image, request: UpscaleRequest, ground_truth: Image | None = None, *, only_scores: bool = False
) -> Generator[Event, Rect | None, UpscaleResult]:
    """Upscale an image, and score the result if there is a ground truth.

    Frames and pages after the first one are upscaled last and are not scored. In a simulation, they are dropped.

    A gray image with a gray ground truth is upscaled twice. For the scores, the model processes the gray levels
    directly (0 to 255), as in the papers. The returned pixels come from a second pass that maps them to the BT.601 Y
    range (16 to 235), so that black stays black.

    Parameters
    ----------
    image : the image to upscale, or the ground truth if `request.simulate` is true
    ground_truth : the image that the result is compared with. By default, the result is scored only in a simulation
    only_scores : skip the second pass for a gray image, and return the pixels that are scored

    Yields
    ------
    PhotoModelChosen
        A photo model was chosen automatically.
    BicubicFallback, DeviceFallback, DeviceFailed, PrecisionFallback, TileSizeReduced
        A setting was replaced.
    ResamplingProgress
        Progress of downscaling the ground truth, or of upscaling the alpha channel.
    Started, TileDone
        Progress of the first frame or page. To render the visible part first, send its rectangle. The order does not
        change the result.
    FrameTileDone
        Progress of the frames or pages after the first.

    Raises
    ------
    WeightsUnusable, DeviceUnknown, OutOfMemory, OutputTooLarge, NotEnoughMemory, ImageTooSmall, SizeMismatch,
    InvalidSetting
    """
    start_time = perf_counter()
    resolved = automatic_choice.resolve(request, image)
    if resolved.model != request.model and image.jpeg_quality is not None:
        yield PhotoModelChosen(resolved.model.name, image.jpeg_quality)
    request = resolved
    scale_factor = request.scale_factor(image.height, image.width)
    image = request.with_print_resolution(replace(image, frames=()) if request.simulate else image)
    pages = (image, *image.frames)
    factors = tuple(1.0 if request.simulate else request.scale_factor(page.height, page.width) for page in pages)
    check_output_size(pages, factors, panes=2 if request.compare or request.simulate else 1)
    device, is_fallback = devices.select(request.device, *process_group.from_environment().local_rank_and_size)
    model = request.model_for(image.height, image.width)
    network = cleanup_strength.load(model, request.strength)
    runner = ModelRunner(network, device, precision=request.precision, self_ensemble=request.self_ensemble)
    if is_fallback:
        yield DeviceFallback(request.device, devices.display_name(device), devices.explain_fallback(request.device))
    yield from _check_device(runner, request)
    if scale_factor > model.info.scale + 1e-9:
        yield BicubicFallback(model.name, model.info.scale)

    small, size, ground_truth_pixels = yield from _prepare_input(image, request, scale_factor, ground_truth)
    gray_as_is = ground_truth_pixels is not None and ground_truth_pixels.shape[2] == 1 and small.is_gray
    if gray_as_is:
        small = replace(small, gray_mode="scored" if only_scores else "both")
    pane_names: tuple[Pane, ...] = (
        ("bicubic", "model") if request.compare or ground_truth_pixels is not None else ("model",)
    )
    shape = (*size, image.pixels.shape[2])
    border = ceil(scale_factor)
    panes: dict[Pane, Pixels] = {name: np.zeros(shape, small.output_dtype) for name in pane_names}
    levels = None if ground_truth_pixels is None else color.y_channel(ground_truth_pixels, gray_as_is=gray_as_is)
    score_maps = {} if levels is None else {name: ScoreMaps(levels, border) for name in pane_names}
    tile_px = request.tile or runner.tile_px
    visible_rect = yield Started(
        panes,
        score_maps,
        ground_truth_pixels,
        small.pixels(),
        border,
        tile_px,
        model.name,
        devices.display_name(runner.device),
    )

    queue: TileQueue[Pane] = TileQueue((name, tile) for name in pane_names for tile in plan_tiles(*size, tile_px))
    queue.set_viewport(visible_rect)
    source = _render_source(small, size, runner, request)
    yield from _render_all(queue, tile_px, source, runner, panes, score_maps, request.sharpness)

    scores = {pane: score for pane in pane_names if score_maps and (score := score_maps[pane].score())}
    alpha_channel = yield from _upscale_alpha(image, small, size, request)
    bicubic = _resized(image, panes["bicubic"], alpha_channel) if "bicubic" in panes else None
    upscaled = _resized(image, panes["model"], alpha_channel)
    upscaled = replace(upscaled, frames=(yield from _upscale_frames(image.frames, request, runner, tile_px)))
    return UpscaleResult(upscaled, bicubic and replace(bicubic, frames=()), scores, perf_counter() - start_time)


def _resized(image: Image, pixels: Pixels, alpha_channel: Pixels | None) -> Image:
    """Return an image with new pixels, which can have a different size.

    Its georeference is scaled accordingly.
    """
    across, down = pixels.shape[1] / image.width, pixels.shape[0] / image.height
    return replace(image.with_pixels(pixels, alpha_channel), exif=geotiff.scale_georeference(image.exif, across, down))


def _upscale_frames(
    frames: tuple[Image, ...], request: UpscaleRequest, runner: ModelRunner, tile_px: int
) -> Generator[Event, Rect | None, tuple[Image, ...]]:
    """Upscale the frames or pages after the first one, in order."""
    upscaled = []
    for index, frame in enumerate(frames, start=2):
        small, size, _ = yield from _prepare_input(
            frame, request, request.scale_factor(frame.height, frame.width), None
        )
        panes: dict[Pane, Pixels] = {"model": np.zeros((*size, frame.pixels.shape[2]), small.output_dtype)}
        queue: TileQueue[Pane] = TileQueue(("model", tile) for tile in plan_tiles(*size, tile_px))
        source = _render_source(small, size, runner, request)
        with closing(_render_all(queue, tile_px, source, runner, panes, {}, request.sharpness)) as tiles:
            for event in tiles:
                if isinstance(event, TileDone):
                    yield FrameTileDone(index, len(frames) + 1, event.done, event.total)
                else:
                    yield event
        upscaled.append(_resized(frame, panes["model"], (yield from _upscale_alpha(frame, small, size, request))))
    return tuple(upscaled)


def _render_source(
    small: LowResImage, size: tuple[int, int], runner: ModelRunner, request: UpscaleRequest
) -> RenderSource:
    """Return the image from which tiles are rendered.

    If the result must be seamless, it has wrapped margins.
    """
    return seamless.wrap(small, size, runner.info) if request.seamless else RenderSource(small, size)


def _upscale_alpha(
    image: Image, small: LowResImage, size: tuple[int, int], request: UpscaleRequest
) -> Generator[ResamplingProgress, None, Pixels | None]:
    """Return the alpha channel, upscaled to `size` (height, width). Return None if the image is opaque."""
    if image.alpha is None:
        return None
    channel, input_size, window = image.alpha, small.size, (slice(None), slice(None))
    if request.seamless and not request.simulate:
        channel, size, window = seamless.wrap_alpha(channel, size)
        input_size = (channel.shape[0], channel.shape[1])
    upscaled = np.empty(size, small.output_dtype)
    for done, total in alpha.upscale_alpha(upscaled, channel, input_size):
        yield ResamplingProgress(done, total)
    return np.ascontiguousarray(upscaled[window])


def _prepare_input(
    image: Image, request: UpscaleRequest, scale_factor: float, ground_truth: Image | None
) -> Generator[ResamplingProgress, None, tuple[LowResImage, tuple[int, int], Pixels | None]]:
    """Prepare an image for upscaling. In a simulation, this downscales the image.

    Returns
    -------
    The image before upscaling, the (height, width) of the result, and the cropped ground truth as uint8 pixels.
    Without a ground truth, the last item is None.
    """
    if request.simulate:
        ground_truth_pixels = low_res.crop_to_multiple(image.pixels, scale_factor)
        size = (ground_truth_pixels.shape[0], ground_truth_pixels.shape[1])
        if request.degradation:
            generator = np.random.default_rng(0)  # the same noise in each run
            degraded = request.degradation.apply(ground_truth_pixels, scale_factor, generator)
            return LowResImage(degraded), size, ground_truth_pixels
        return (yield from downscale_ground_truth(ground_truth_pixels, scale_factor)), size, ground_truth_pixels
    scale = request.model.info.scale
    size = (
        request.target.size(image.height, image.width)
        if request.target
        else (image.height * scale, image.width * scale)
    )
    cropped = None if ground_truth is None else low_res.crop_to_result(ground_truth.pixels, size, scale_factor)
    info = request.model.info
    bleed_px = alpha.bleed_radius_px(info.halo_px * info.upsampling, scale_factor)
    return LowResImage(alpha.bleed_colors(image.pixels, image.alpha, bleed_px)), size, cropped


def upscale_file(
    source: Path,
    output: Path | None,
    request: UpscaleRequest,
    ground_truth: Path | None = None,
    save: OutputOptions = SAME_AS_SOURCE,
    *,
    suggest: bool = False,
) -> Generator[Event, Rect | None, UpscaleResult]:
    """Upscale an image file, and write the result to `output` if a path is given.

    Parameters
    ----------
    suggest : measure artifacts and noise if the model is chosen automatically, and suggest a photo model

    Yields
    ------
    PhotoModelSuggested
        A photo model suits the image better than the model that is used.
    The events of `upscale`

    Raises
    ------
    ImageUnreadable, ImageTooLarge, ImageUnwritable, and the errors of `upscale`
    """
    if output is not None:
        image_files.check_writable(output, save)
    image = request.with_print_resolution(image_files.read(source))
    warnings: tuple[Message | LazyMessage, ...] = image.warnings
    if output is not None:
        saved_image = replace(image, frames=()) if request.simulate else image
        scale_factor = 1.0 if request.simulate else request.scale_factor(image.height, image.width)
        warnings = image_files.check_savable(saved_image, output, save, scale_factor=scale_factor)
    for warning in warnings:
        yield FileWarning(warning)
    if suggest and request.automatic and not request.simulate:
        suggestion = automatic_choice.suggest(automatic_choice.measure(image))
        scale_factor = request.scale_factor(image.height, image.width)
        if suggestion and automatic_choice.choose(catalog.list_models(), scale_factor, suggestion.family):
            yield PhotoModelSuggested(suggestion.family, suggestion.reason)
    result = yield from upscale(image, request, None if ground_truth is None else image_files.read(ground_truth))
    if output is not None:
        image_files.write(result.image, output, save, source=source)
    return result


def _check_device(runner: ModelRunner, request: UpscaleRequest) -> Generator[DeviceFailed, Rect | None, None]:
    """Choose the device if the user did not. If it fails, use the CPU."""
    try:
        if request.device == "auto" and process_group.from_environment().local_size == 1:
            runner.choose_device()
        runner.check_device()
    except WorkerFailed as failure:
        yield _use_cpu(runner, failure)


def _use_cpu(runner: ModelRunner, failure: WorkerFailed) -> DeviceFailed:
    """Continue on the CPU after a device has failed, and return the event about it."""
    failed = runner.use_cpu()
    return DeviceFailed(devices.display_name(failed), devices.display_name(runner.device), failure.reason)


def _create_backend(runner: ModelRunner, *, exact: bool) -> Generator[DeviceFailed, Rect | None, Backend]:
    """Return the backend on the device, or on the CPU if the device fails."""
    try:
        return runner.create_backend(exact=exact)
    except WorkerFailed as failure:
        yield _use_cpu(runner, failure)
        return runner.create_backend(exact=exact)


def _render_all(
    queue: TileQueue[Pane],
    tile_px: int,
    source: RenderSource,
    runner: ModelRunner,
    panes: dict[Pane, Pixels],
    score_maps: dict[Pane, ScoreMaps],
    sharpness: int,
) -> Generator[Event, Rect | None, None]:
    """Render all tiles of a queue in worker threads, and store them in their panes.

    With precision "auto", scores and 16-bit images require float32.
    """
    exact = source.small.output_dtype != np.uint8 or bool(score_maps)
    backend = yield from _create_backend(runner, exact=exact)
    done: list[tuple[Pane, Rect]] = []
    failures: set[_TileFailure | WorkerFailed] = set()
    with ExitStack() as pools:
        workers = pools.enter_context(_Pool(runner.device))
        while len(queue) or len(workers):
            while len(queue) and workers.can_submit and not failures:
                _submit_tile(workers, *queue.pop(), source, backend, sharpness)
            (pane, tile), rendered = workers.next_result()
            if isinstance(rendered, tuple):
                _store_tile(panes, score_maps, pane, tile, rendered)
                done.append((pane, tile))
                queue.set_viewport((yield TileDone(pane, tile, len(done), len(done) + len(queue) + len(workers))))
            else:  # its traceback, which held tensors, is already deleted
                queue = queue.extended([(pane, tile)])
                failures.add(rendered)
            if len(workers) or not failures:  # change settings only while no tile is being rendered
                continue
            if failure := next((failure for failure in failures if isinstance(failure, WorkerFailed)), None):
                queue.set_viewport((yield _use_cpu(runner, failure)))
                backend, workers = runner.create_backend(exact=exact), pools.enter_context(_Pool(runner.device))
            elif _TileFailure.PRECISION in failures:  # the result must not depend on the order of the tiles
                queue = queue.extended([tile for tile in done if tile[0] == "model"])
                done = [tile for tile in done if tile[0] != "model"]
                backend, previous = runner.create_float32_backend(), backend
                queue.set_viewport((yield PrecisionFallback(str(previous.dtype).removeprefix("torch."), "float32")))
            if _TileFailure.MEMORY in failures:
                devices.empty_cache(runner.device)
                tile_px, previous_px = _halve_tile_size(tile_px), tile_px
                queue = queue.retile(tile_px)
                queue.set_viewport((yield TileSizeReduced(previous_px, tile_px)))
            failures.clear()


def _store_tile(
    panes: dict[Pane, Pixels], score_maps: dict[Pane, ScoreMaps], pane: Pane, tile: Rect, rendered: Rendered
) -> None:
    """Store a rendered tile in its pane, and update the score map of the pane."""
    panes[pane][tile.slices], luma = rendered
    if score_maps:
        score_maps[pane].update(tile, luma)


def _submit_tile(
    workers: _Pool,
    pane: Pane,
    tile: Rect,
    source: RenderSource,
    backend: Backend,
    sharpness: int,
) -> None:
    """Submit a tile to the pool for rendering."""
    network = backend if pane == "model" else None
    arguments = (
        source.small,
        backend.info.scale,
        source.to_source_rect(tile),
        network,
        source.size,
        sharpness if network else 0,
    )
    workers.submit((pane, tile), partial(_try_render_tile, *arguments))


def _try_render_tile(
    small: LowResImage, scale: int, tile: Rect, network: Backend | None, size: tuple[int, int], sharpness: int
) -> _Outcome:
    """Render a tile, or return the reason why it failed.

    Returning a reason deletes the traceback, which would keep tensors in memory.
    """
    try:
        return render_tile(small, scale, tile, network, size, sharpness)
    except InvalidOutput:
        return _TileFailure.PRECISION
    except WorkerFailed as failure:
        return failure.with_traceback(None)
    except (RuntimeError, MemoryError) as error:
        if not devices.is_out_of_memory(error):
            raise
    return _TileFailure.MEMORY


def _halve_tile_size(tile_px: int) -> int:
    """Return half the tile size.

    Raises
    ------
    OutOfMemory
        Half the tile size is less than MIN_TILE_PX.
    """
    if tile_px // 2 < MIN_TILE_PX:
        raise OutOfMemory(tile=tile_px)
    return tile_px // 2
