"""`srcnn batch IN OUT`: enlarge a folder of pictures."""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from engine.api import run_job
from engine.batch import report as reports
from engine.batch.events import BatchPlanned, FileBegun, FileDone
from engine.batch.planning import Item
from engine.batch.request import BatchRequest
from engine.cli.console import (
    Device,
    Ensemble,
    Factor,
    Height,
    ModelName,
    Precision,
    Tile,
    Width,
    err,
    out,
    progress,
    warn,
)
from engine.datasets.events import FileFailed
from engine.errors import EngineError
from engine.upscaling.events import BicubicBeyond
from engine.upscaling.request import UpscaleRequest

if TYPE_CHECKING:
    from engine.batch.job import BatchResult

_SOME_FAILED, _NOTHING_BEGUN = 1, 2


def batch(
    sources: Annotated[list[Path], typer.Argument(metavar="IN...", help="Folders of pictures, and single pictures.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The folder for the results; it gets the same tree.")],
    scale: Factor = None,
    width: Width = None,
    height: Height = None,
    model: ModelName = None,
    recursive: Annotated[bool, typer.Option(help="The folders below IN too.")] = True,
    include: Annotated[list[str] | None, typer.Option(help="Only these: '*.png', '2019/*'; repeatable.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Not these; repeatable.")] = None,
    template: Annotated[
        str,
        typer.Option(
            "--name", help="What a result is called: {name} {scale} {model} {width} {height} {index} {date} {ext}."
        ),
    ] = "{name}_x{scale}",
    collision: Annotated[
        Literal["skip", "number", "overwrite"], typer.Option(help="Where a file of that name lies already.")
    ] = "number",
    ending: Annotated[
        str, typer.Option("--format", help="png, jpg, tif, webp or bmp; that of each picture by default.")
    ] = "",
    metadata: Annotated[bool, typer.Option(help="Keep profile, EXIF and resolution.")] = True,
    device: Device = "auto",
    ensemble: Ensemble = False,
    precision: Precision = "auto",
    tile: Tile = None,
    again: Annotated[bool, typer.Option("--again", help="Make results again that are there already.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write what became of each picture: a .csv or .json.")] = None,
    journal: Annotated[
        Path | None, typer.Option(help="The folder to remember in what is done; by default the program's own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one event a line on stdout, as JSON.")] = False,
) -> None:
    """Enlarge every picture of a folder. Started again, it does what is not done yet.

    Exit status: 0 all is done, 1 some failed, 2 nothing could be begun, 130 interrupted.
    """
    show = _Show(as_json)
    try:
        if report is not None:
            reports.refuse_unwritable(report)
        from engine.batch import job  # torch: seconds to import, so only for those who need it
        from engine.inference import process_group
        from engine.upscaling.model_choice import model_of, target_of

        target = target_of(scale, width, height)
        chosen, exact = model_of(model, scale, target)
        request = BatchRequest(
            tuple(sources),
            output,
            UpscaleRequest(chosen, device, False, False, tile, ensemble, precision, target, exact),
            recursive,
            tuple(include or ()),
            tuple(exclude or ()),
            template,
            collision,
            f".{ending.lower().lstrip('.')}" if ending else "",
            metadata,
            again,
            journal,
        )
        if dry_run:
            show.plan(job.plan(request).items)
            return
        if not process_group.world().leads:  # of several processes one speaks
            run_job(job.run(request), lambda _event: None)
            return
        with show.bar:
            result = run_job(job.run(request), show)
    except EngineError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(_SOME_FAILED if show.begun else _NOTHING_BEGUN) from error
    except KeyboardInterrupt:
        show.interrupted()
        raise
    show.result(result)
    if report is not None:
        reports.write(result.outcomes, report)
    if result.stopped or reports.counts(result.outcomes)["failed"]:
        raise typer.Exit(_SOME_FAILED)


class _Show:
    """Tells of a batch: people on stderr with the sum on stdout, scripts by one line of JSON an event."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self.begun = False
        self._items: tuple[Item, ...] = ()
        self._beyond: set[BicubicBeyond] = set()  # said once, not for every picture
        self._done = self._of = 0
        self._since = perf_counter()
        self.bar = progress()
        self._task = self.bar.add_task("", total=None)

    def __call__(self, event: object) -> None:
        """Show an event."""
        if isinstance(event, BatchPlanned):
            self._planned(event.items)
        elif isinstance(event, FileBegun):
            self.begun = True
            self.bar.update(self._task, description=_shown(event.path.name))
            self._say("", event="begun", index=event.index, source=event.path)
        elif isinstance(event, FileDone):
            facts = {name: value for name, value in vars(event).items() if name not in ("path", "seconds")}
            self._settled()
            self._say("", event="done", source=event.path, seconds=round(event.seconds, 3), **facts)
        elif isinstance(event, FileFailed) and event.index is not None:
            self._settled()
            words = f"{self._items[event.index].found.path}: {event.error}"
            self._say(words, event="failed", index=event.index, source=event.path, reason=event.error)
        elif isinstance(event, BicubicBeyond):
            if event not in self._beyond:
                warn(event)
            self._beyond.add(event)
        else:
            warn(event)

    def plan(self, items: tuple[Item, ...]) -> None:
        """Say what would be done with each."""
        for item in items:
            source, to_go = item.found.source, item.state == "to go"
            words = f"{source} -> {item.output}" if to_go else f"{source}: {item.reason}"
            told = "would do" if to_go else item.state
            self._say(words, out, event=told, source=source, output=item.output, reason=item.reason)

    def result(self, result: "BatchResult") -> None:
        """Say how it ended."""
        counts = reports.counts(result.outcomes)
        pixels = sum(outcome.width * outcome.height for outcome in result.outcomes)
        seconds = perf_counter() - self._since
        stopped = str(result.stopped) if result.stopped else None
        if stopped:
            print(stopped, file=sys.stderr)
        states = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
        told = {state.replace(" ", "_"): number for state, number in counts.items()}
        figures = {"megapixels": pixels / 1e6, "seconds": round(seconds, 3), "stopped": stopped}
        self._say(f"{states} in {seconds:.1f} s", out, event="finished", **told, **figures)

    def interrupted(self) -> None:
        """Say what there is after Ctrl-C."""
        words = f"{self._done} of {self._of} done; start it again to do the rest."
        self._say(words, event="interrupted", done=self._done, of=self._of)

    def _planned(self, items: tuple[Item, ...]) -> None:
        self._items = items
        self._of = sum(item.state == "to go" for item in items)
        self.bar.update(self._task, total=self._of)
        self._say(f"{self._of} of {len(items)} to do", event="planned", files=len(items), to_go=self._of)
        for index, item in enumerate(items):
            if item.state != "to go":
                words = f"{item.found.path}: {item.reason}" if item.state == "failed" else ""
                self._say(words, event=item.state, index=index, source=item.found.source, reason=item.reason)

    def _settled(self) -> None:
        self._done += 1
        self.bar.update(self._task, completed=self._done)

    def _say(self, words: str, console: Console = err, **told: object) -> None:
        """A line of JSON for scripts, or the words for people; none if they are empty."""
        if self._as_json:
            print(json.dumps(told, default=str), flush=True)
        elif words:
            console.print(_shown(words), markup=False, highlight=False, soft_wrap=True)


def _shown(name: str) -> str:
    """A file name for the terminal: what is not text in it, as an escape."""
    return name.encode("utf-8", "backslashreplace").decode()
