"""The commands `srcnn batch` and `srcnn watch`, which upscale folders of images."""

import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from engine.api import run_job
from engine.batch import outcome as outcomes
from engine.batch import report as reports
from engine.batch.events import ArchiveDone, BatchPlanned, FileDone, FileStarted, ImagesFound, Waiting, to_outcome
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from engine.batch.request import BatchRequest, WatchRequest
from engine.cli.console import (
    Background,
    Bits,
    Device,
    Dpi,
    Factor,
    Height,
    Longest,
    Lossless,
    ModelName,
    Precision,
    Quality,
    Seamless,
    SelfEnsemble,
    Sharpness,
    Strength,
    StripMetadata,
    Tile,
    Width,
    err,
    error_text,
    exit_with_error,
    for_terminal,
    format_psnr_db,
    out,
    parse_color,
    print_warning,
    progress_bar,
)
from engine.cli.stopping import StopSignals
from engine.datasets.events import FileFailed
from engine.errors import EngineError, translate_value
from engine.imaging.codecs.formats import OutputOptions
from engine.system import json_text, memory, process_setup
from engine.upscaling.events import BicubicFallback, DeviceFailed, DeviceFallback, Fallback, PhotoModelChosen
from engine.upscaling.request import UpscaleRequest

if TYPE_CHECKING:
    from engine.batch.job import BatchResult

_SOME_FAILED, _NOT_STARTED = 1, 2
_STATE_NAMES = {"queued": "remaining"}


def _run(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="INPUT...", help="Folders, image files, and archives (.cbz, .zip) to upscale."),
    ],
    output: Annotated[
        Path,
        typer.Argument(metavar="OUTPUT", help="Folder for the results, with the same subfolders as the input."),
    ],
    scale: Factor = None,
    width: Width = None,
    height: Height = None,
    longest: Longest = None,
    dpi: Dpi = None,
    max_megapixels: Annotated[
        float | None,
        typer.Option(
            metavar="MEGAPIXELS",
            help="Largest size of each result, from 0.01 to 4000 megapixels. Reduces the scale factor if needed.",
        ),
    ] = None,
    model: ModelName = None,
    recursive: Annotated[bool, typer.Option(help="Include subfolders.")] = True,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Include only images that match this pattern, such as '*.png' or '2019/*'. Repeatable.",
            show_default="all images",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="Exclude images that match this pattern. Repeatable.", show_default="none"
        ),
    ] = None,
    name_template: Annotated[
        str,
        typer.Option(
            "--name-template",
            metavar="TEMPLATE",
            help="File name of each result. Tokens: {name} {scale} {model} {width} {height} {index} {date} {ext}.",
        ),
    ] = "{name}_x{scale}",
    if_exists: Annotated[
        Literal["skip", "overwrite", "keep-both"],
        typer.Option(
            help="If the result already exists: skip the image, overwrite the result, or keep both by adding a number "
            "to the name."
        ),
    ] = "keep-both",
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="File format: png, jpg, tif, webp, avif, jxl, bmp, or gif.",
            show_default="same as each input",
        ),
    ] = None,
    quality: Quality = None,
    bits: Bits = None,
    lossless: Lossless = None,
    strip_metadata: StripMetadata = False,
    background: Background = None,
    keep_time: Annotated[bool, typer.Option(help="Give each result the same modification time as its input.")] = True,
    device: Device = "auto",
    self_ensemble: SelfEnsemble = False,
    strength: Strength = 100,
    sharpness: Sharpness = 0,
    seamless: Seamless = False,
    precision: Precision = "auto",
    tile: Tile = None,
    threads: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT",
            help="Number of CPU threads for upscaling, from 1 to 1024.",
            show_default="one for each core, or the limit in the settings",
        ),
    ] = None,
    low_priority: Annotated[
        bool, typer.Option("--low-priority", help="Let other programs use the CPU first.")
    ] = False,
    reprocess: Annotated[bool, typer.Option("--reprocess", help="Reprocess images that are already done.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the results without writing any files.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a report on each image to this .csv, .json, or .html file."),
    ] = None,
    ground_truth_folder: Annotated[
        Path | None,
        typer.Option(
            "--ground-truth",
            metavar="FOLDER",
            help="Folder of reference images with the names of the inputs, to score the results.",
        ),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the journal, which records progress.",
            show_default="data folder of the program",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON event per line on stdout.")] = False,
    interval: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="Time between two searches for new images, from 0.1 to 3600 seconds."),
    ] = 2.0,
    *,
    watching: bool = False,
) -> None:
    """Run a batch, or watch folders if `watching` is true.

    The parameters are the options of both commands.
    """
    printer = _Output(as_json)
    try:
        if report is not None:
            reports.check_extension(report)
        from engine.batch import job  # torch takes seconds to import
        from engine.inference import process_group
        from engine.upscaling.model_choice import choose_model, choose_target, is_automatic, limit_megapixels

        _limit_cpu(threads, low_priority=low_priority)
        target = choose_target(scale, width, height, longest, dpi)
        chosen, exact = choose_model(model, scale, target)
        if max_megapixels is not None:
            target = limit_megapixels(target, chosen, max_megapixels)
            chosen, exact = choose_model(model, scale, target)
        request = BatchRequest(
            tuple(sources),
            output,
            UpscaleRequest(
                chosen,
                device,
                False,
                False,
                tile,
                self_ensemble,
                precision,
                target,
                exact,
                automatic=is_automatic(model),
                strength=strength,
                sharpness=sharpness,
                seamless=seamless,
            ),
            recursive,
            tuple(include or ()),
            tuple(exclude or ()),
            name_template,
            "number" if if_exists == "keep-both" else if_exists,
            OutputOptions(
                format_.lower().lstrip(".") if format_ else None,
                quality,
                bits,
                lossless,
                strip_metadata,
                parse_color(background),
                keep_time,
            ),
            reprocess,
            journal,
            ground_truth_folder,
        )
        if dry_run:
            _dry_run(request, printer)
            return
        if not process_group.from_environment().is_main_process:  # only the main process prints
            run_job(job.run(request), lambda _event: None)
            return
        with printer.bar:
            result = (
                _watch(WatchRequest(request, interval), printer) if watching else run_job(job.run(request), printer)
            )
    except EngineError as error:
        exit_with_error(error_text(error, is_batch=True), _SOME_FAILED if printer.started else _NOT_STARTED)
    except KeyboardInterrupt:
        printer.interrupted()
        raise
    printer.result(result)
    if report is not None:
        reports.write(result.outcomes, report)
    if result.stopped or outcomes.count_states(result.outcomes)["failed"]:
        raise typer.Exit(_SOME_FAILED)


def _limit_cpu(threads: int | None, *, low_priority: bool) -> None:
    """Apply the options --threads and --low-priority to this process."""
    if low_priority:
        process_setup.lower_priority()
    if threads is not None:
        from engine.inference.device import limit_threads

        limit_threads(threads)


def _dry_run(request: BatchRequest, printer: "_Output") -> None:
    """Print what a batch would do, and the disk space that it needs."""
    from engine.batch import disk_space, job, save_check

    plan = job.plan(request)
    unsavable = [each for each in save_check.find_unsavable(request, plan.items) if each is not None]
    printer.plan(plan.items, {each.index: error_text(each.error, is_batch=True) for each in unsavable})
    printer.disk_space(disk_space.estimate(plan, request), disk_space.free_space(request.output))
    disk_space.check_space(plan, request)
    if unsavable:
        raise typer.Exit(_SOME_FAILED)


def _watch(request: WatchRequest, printer: "_Output") -> "BatchResult":
    """Process the images in the watched folders until a termination signal or an error occurs."""
    from engine.batch import watch as watch_job
    from engine.batch.job import BatchResult

    stopped: EngineError | None = None
    with StopSignals("Stopping. Press Ctrl-C again to stop immediately.") as signals:
        job = watch_job.run(request)
        try:
            for event in job:
                printer(event)
                if signals.received is not None:
                    break
        except EngineError as error:
            if not printer.started:
                raise
            stopped = error
        finally:
            job.close()
    return BatchResult(tuple(printer.outcomes), stopped)


def _without(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command the options of `_run`, except those in `names`."""

    def set_signature(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(_run)
        kept = [parameter for name, parameter in signature.parameters.items() if name not in names]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in kept} | {"return": None}
        command.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return command

    return set_signature


@_without("interval", "watching")
def batch(**options: Any) -> None:
    """Upscale all images in folders.

    If you run the command again, only the remaining images are processed.

    Exit status: 0 if all images are done, 1 if some failed, 2 if the batch couldn't start, 130 if interrupted.
    """
    _run(**options)


@_without("dry_run", "watching")
def watch(**options: Any) -> None:
    """Upscale the images in folders, including images that are added later, until you press Ctrl-C.

    A file is processed once it can be read and hasn't changed for the time in --interval. If you run the command
    again, only the remaining images are processed. The report is written at the end.

    Exit status: 0 if no image failed, 1 if some failed or an error ended the command, 2 if it couldn't start.
    """
    _run(**options, watching=True)


class _Output:
    """Printer for the events and the summary of a batch.

    It prints either text, with progress on stderr and the summary on stdout, or one line of JSON per event on stdout.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self.started = self._is_waiting = False
        self.outcomes: list[Outcome] = []
        self._items: list[BatchItem] = []
        self._warned: set[Fallback] = set()  # each warning is printed only once, not for each image
        self._done = self._total = 0
        self._start_time = perf_counter()
        self.bar = progress_bar()
        self._task = self.bar.add_task("", total=None)

    def __call__(self, event: object) -> None:
        """Print an event of the job, and update the progress bar."""
        if isinstance(event, BatchPlanned | ImagesFound):
            self._planned(event.items)
        elif isinstance(event, Waiting):
            self._waiting()
        elif isinstance(event, FileStarted):
            self.started, self._is_waiting = True, False
            self.bar.update(self._task, description=_escape(event.path.name))
            self._print("", event="started", index=event.index, source=event.path)
        elif isinstance(event, FileDone):
            self._file_done(event)
        elif isinstance(event, FileFailed) and event.index is not None:
            self._advance(event.index, to_outcome(event, self._items[event.index]))
            message = f"{self._items[event.index].file.path}: {error_text(event.error, is_batch=True)}"
            self._print(message, event="failed", index=event.index, source=event.path, reason=event.error)
        elif isinstance(event, ArchiveDone):
            fields: dict[str, Any] = {
                "source": event.path,
                "output": event.output,
                "images": event.images,
                "size": event.size,
            }
            self._print(f"{event.output}: {event.images} images upscaled", event="archive", **fields)
        elif isinstance(event, PhotoModelChosen):
            self._print("", event="model chosen", model=event.model, jpeg_quality=event.quality)
        elif isinstance(event, BicubicFallback | DeviceFallback | DeviceFailed):
            if event not in self._warned:
                print_warning(event)
            self._warned.add(event)
        else:
            print_warning(event)

    def plan(self, items: tuple[BatchItem, ...], errors: Mapping[int, str]) -> None:
        """Print the output path of each image, or why it would be skipped or fail, for --dry-run.

        `errors` are messages about results that cannot be saved, by the index of the image.
        """
        for index, item in enumerate(items):
            source, reason = item.file.source, errors.get(index, item.reason)
            queued = item.state == "queued" and index not in errors
            message = f"{source} -> {item.result}" if queued else f"{source}: {reason}"
            event = "planned" if queued else "failed" if index in errors else item.state
            self._print(message, out, event=event, source=source, output=item.result, reason=reason)

    def disk_space(self, needed: int, free: int | None) -> None:
        """Print the disk space that the results need at least, and the free space, both in bytes."""
        message = f"The results need at least {memory.megabytes(needed):,} MB."
        if free is not None:
            message += f" The disk has {free // 1_000_000:,} MB of free space."
        self._print(message, event="disk space", needed=needed, free=free)

    def result(self, result: "BatchResult") -> None:
        """Print the number of images in each state and the elapsed time, at the end of a batch."""
        counts, means = outcomes.count_states(result.outcomes), outcomes.mean_scores(result.outcomes)
        pixels = sum(outcome.width * outcome.height for outcome in result.outcomes)
        seconds = perf_counter() - self._start_time
        stopped = result.stopped.translated_message(for_terminal) if result.stopped else None
        if stopped:
            print(stopped, file=sys.stderr)
        states = ", ".join(f"{number} {_STATE_NAMES.get(state, state)}" for state, number in counts.items() if number)
        figures: dict[str, Any] = {"megapixels": pixels / 1e6, "seconds": round(seconds, 3), "stopped": stopped}
        figures |= {"mean": means} if means else {}
        text = f"{states} in {seconds:.1f} s{_format_means(means)}"
        self._print(text, out, event="finished", **counts, **figures)

    def interrupted(self) -> None:
        """Print the number of images that are done, after Ctrl-C."""
        message = f"{self._done} of {self._total} images done. Run the command again to process the remaining images."
        self._print(message, event="interrupted", done=self._done, of=self._total)

    def _planned(self, items: tuple[BatchItem, ...]) -> None:
        first = len(self._items)
        self._items += items
        self.outcomes += [item.outcome() for item in items]
        queued = sum(item.state == "queued" for item in items)
        self._total += queued
        self.bar.update(self._task, total=self._total)
        self._print(f"{queued} of {len(items)} images to process", event="planned", files=len(items), queued=queued)
        for index, item in enumerate(items, start=first):
            if item.state != "queued":
                message = f"{item.file.path}: {item.reason}" if item.state == "failed" else ""
                self._print(message, event=item.state, index=index, source=item.file.source, reason=item.reason)

    def _waiting(self) -> None:
        """Print that all images are processed, once each time the job starts waiting."""
        if not self._is_waiting:
            self._print("", event="waiting")
            self.bar.update(self._task, description="Waiting for images")
        self.started = self._is_waiting = True

    def _archive_done(self, event: ArchiveDone) -> None:
        """Print that a new archive is written."""
        fields: dict[str, Any] = {"source": event.path, "output": event.output}
        fields |= {"images": event.images, "size": event.size}
        self._print(f"{event.output}: {event.images} images upscaled", event="archive", **fields)

    def _file_done(self, event: FileDone) -> None:
        """Print that an image is done, with everything that the report contains about it."""
        outcome = to_outcome(event, self._items[event.index])
        self._advance(event.index, outcome)
        name = self._items[event.index].file.path
        sentences = [str(translate_value(warning, for_terminal)) for warning in event.warnings]
        message = "\n".join(f"{name}: {sentence}" for sentence in sentences)
        reason = str(translate_value(event.model_reason, for_terminal))
        fields: dict[str, Any] = outcomes.to_dict(outcome) | {"warnings": sentences, "model_reason": reason}
        del fields["state"], fields["reason"]
        self._print(message, event="done", index=event.index, **fields)

    def _advance(self, index: int, outcome: Outcome) -> None:
        self.outcomes[index] = outcome
        self._done += 1
        self.bar.update(self._task, completed=self._done)

    def _print(self, message: str, console: Console = err, **fields: object) -> None:
        """Print `fields` as a line of JSON if --json is set; otherwise print the message unless it is empty."""
        if self._as_json:
            print(json_text.dumps(fields, default=str), flush=True)
        elif message:
            console.print(_escape(message), markup=False, highlight=False, soft_wrap=True)


def _format_means(means: dict[str, float]) -> str:
    """Return a line with the mean scores of the results and of bicubic, or "" if there are no scores."""
    if not means:
        return ""
    texts = [
        f"{format_psnr_db(means[f'{name}psnr'])} dB, SSIM {means[f'{name}ssim']:.4f}" for name in ("", "bicubic_")
    ]
    return f"\nMean: {texts[0]}. Bicubic: {texts[1]}."


def _escape(name: str) -> str:
    """Replace the bytes of a file name that are not valid text with escape sequences."""
    return name.encode("utf-8", "backslashreplace").decode()
