"""`srcnn train SOURCE --out FILE`: fit a model to pictures, or to a patch file."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import Device, JsonFlag, Overwrite, err, out, print_json, progress, warn
from engine.cli.stopping import StopSignals
from engine.datasets.download import folder_named
from engine.errors import ModelUnwritable, TrainingSuspended
from engine.models import catalog
from engine.models.catalog import ModelSpec
from engine.training.events import PatchesBuilt, Resumed, Stepped, Suspend, Validated
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, TrainRequest

if TYPE_CHECKING:
    from engine.training.job import Trained

_SIGNALLED = 128  # exit status of a process that ended because of signal n, less n


def train(
    source: Annotated[
        Path, typer.Argument(help="To learn from: a folder, t91, starter (always here), or a train.h5.")
    ],
    output: Annotated[Path, typer.Option("--out", help="The .safetensors file that will hold the best model.")],
    arch: Annotated[str, typer.Option(help="Filter sizes of the three layers.")] = "9-1-5",
    scale: Annotated[int, typer.Option(help="The factor to train for.")] = 3,
    minutes: Annotated[float | None, typer.Option(help="How long to train, roughly (default 10).")] = None,
    steps: Annotated[int | None, typer.Option(help="How many steps, instead of minutes.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How many times through all patches, instead of minutes.")] = None,
    paper: Annotated[bool, typer.Option("--paper", help="The paper's own SGD: faithful, and takes days.")] = False,
    batch: Annotated[int | None, typer.Option(help="Patches in a step (32; 128 with --paper).")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="At its peak (0.001; 0.0001 with --paper).")] = None,
    adamw: Annotated[float | None, typer.Option(metavar="DECAY", help="AdamW with this weight decay.")] = None,
    clip: Annotated[float | None, typer.Option(help="The largest norm of a gradient (none).")] = None,
    first_filters: Annotated[
        float | None,
        typer.Option(help="How large the first layer's filters start (1); from 0.1 they are seen to form."),
    ] = None,
    balance: Annotated[
        float | None, typer.Option(help="How evenly patches count, by one over their bicubic error; 0 for not (0.1).")
    ] = None,
    average: Annotated[
        float | None, typer.Option(help="Weight of the past in the moving average that is kept; 0 for none (0.998).")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="What layer 2 is computed in: float32 or bfloat16, faster with AMX (float32).")
    ] = None,
    rounded: Annotated[float | None, typer.Option(help="Share of small pictures rounded to 8 bits (0).")] = None,
    rescale: Annotated[list[float] | None, typer.Option(help="Add copies reduced by this factor; repeatable.")] = None,
    phases: Annotated[
        bool, typer.Option("--phases", help="Cut at every offset from the grid of the reduction.")
    ] = False,
    held_out: Annotated[
        int | None, typer.Option(help="Pictures (of a .h5, patches) kept to choose the best model by.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides hold-out, first weights and order; from 0 to 4294967295.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was stopped or killed; give the same settings.")
    ] = False,
    overwrite: Overwrite = False,
    start_from: Annotated[str | None, typer.Option(help="A model of the same architecture to start from.")] = None,
    device: Device = "auto",
    as_json: JsonFlag = False,
) -> None:
    """Train an SRCNN. The best model so far is always in the file.

    Ctrl-C finishes the current step and writes a checkpoint; --resume continues from there.
    """
    if resume and overwrite:
        raise typer.BadParameter("--resume continues a training, and --overwrite starts a new one. Pass one of them.")
    from engine.inference import process_group
    from engine.models.weights import resolve
    from engine.training import (
        job,  # torch: seconds to import, so only for those who need it
    )

    asked = {
        "batch": batch,
        "learning_rate": learning_rate,
        "rescales": tuple(rescale) if rescale else None,
        "phases": phases or None,
        "rounded": rounded,
        "clip": clip,
        "balance": balance,
        "first_filters": first_filters,
        "average": average,
        "precision": precision,
        "optimiser": "adamw" if adamw is not None else None,
        "weight_decay": adamw,
    }
    chosen: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    request = TrainRequest(
        source=folder_named(source),
        spec=ModelSpec.parse(arch, scale),
        output=output,
        minutes=10 if minutes is None and steps is None and epochs is None and not resume else minutes,
        steps=steps,
        epochs=epochs,
        recipe=replace(PAPER_RECIPE if paper else STANDARD_RECIPE, **chosen),
        held_out=held_out,
        seed=seed,
        warm_start=resolve(start_from, None) if start_from else None,
        resume=resume,
        device=device,
        overwrite=overwrite,
    )
    if not process_group.world().leads:  # of several processes one speaks
        _follow(job.run(request), lambda _event: None, lambda _step: None)
        return
    result = _run_with_progress(job.run(request), output)
    if as_json:
        print_json(
            {
                "model": result.model.name,
                "path": str(result.model.path),
                "sha256": result.model.sha256,
                "steps": result.steps,
                "held_out_psnr": round(result.psnr_db, 4),
                "held_out_bicubic_psnr": round(result.bicubic_psnr_db, 4),
                "seconds": round(result.seconds, 1),
            }
        )
        return
    done = f"{result.steps} steps in {result.seconds / 60:.1f} min: {result.psnr_db:.2f} dB on the held-out pictures"
    out.print(f"{done} (bicubic {result.bicubic_psnr_db:.2f}).", markup=False, highlight=False)
    out.print(f"Written: {result.model.path}", markup=False, highlight=False, soft_wrap=True)


def _run_with_progress(job: "Generator[Any, Any, Trained]", output: Path) -> "Trained":
    """Run the training behind a progress bar, with a line for each validation."""
    best: list[Validated] = []
    with progress() as bar:
        task = bar.add_task("training", total=None)

        def show(event: object) -> None:
            warn(event)
            if isinstance(event, Stepped):
                bar.update(task, completed=event.step, total=event.steps)
            elif isinstance(event, PatchesBuilt):
                of = "" if event.pictures is None else f" of {event.pictures} pictures"
                counts = f"{event.patches} patches{of}, {event.held_out} held out"
                err.print(counts, markup=False, highlight=False)
            elif isinstance(event, Resumed):
                of = "" if event.steps is None else f" of {event.steps}"
                err.print(f"going on at step {event.step}{of}", markup=False, highlight=False)
            elif isinstance(event, Validated):
                best.extend([event] if event.best else [])
                err.print(_validation(event), markup=False, highlight=False)

        try:
            return _follow(job, show, lambda step: _tell_stopped(step, best, output))
        except ModelUnwritable:
            if catalog.checkpoint_path(output).is_file():
                err.print(_how_to_resume(), markup=False, highlight=False, soft_wrap=True)
            raise


def _validation(event: Validated) -> str:
    """One line of the log: how the model does on the pictures it has not seen."""
    mark_best = "  best so far, kept" if event.best else ""
    return f"step {event.step}: {event.psnr_db:.3f} dB held out, bicubic {event.bicubic_psnr_db:.3f}{mark_best}"


def _follow(
    job: "Generator[Any, Any, Trained]", show: Callable[[object], None], stopped: Callable[[int | None], None]
) -> "Trained":
    """Drive a training to its end, or until a signal asks the process to end.

    The current step is finished then, a checkpoint is written, `stopped` is told which step it was (None if there was
    no step yet), and the process ends with the exit status that is usual for the signal.
    """
    with StopSignals("Stopping after the current step. Press Ctrl-C again to stop at once.") as signals:
        step: int | None = None
        began = False
        try:
            event = next(job)
            while True:
                show(event)
                began = began or isinstance(event, Validated | Resumed)
                if signals.received is not None and not began:
                    break
                event = job.send(None if signals.received is None else Suspend())
        except StopIteration as stop:
            result: Trained = stop.value
            return result
        except TrainingSuspended as suspended:
            step = suspended.facts["step"]  # type: ignore[assignment]
        finally:
            job.close()
        stopped(step)
        assert signals.received is not None
        sys.exit(_SIGNALLED + signals.received)


def _tell_stopped(step: int | None, best: Sequence[Validated], output: Path) -> None:
    """Say what there is after Ctrl-C, and how to continue."""
    if step is None:
        err.print("Stopped before the first step. Nothing was written.", markup=False)
        return
    said = f"Stopped after step {step}."
    if best:
        said += f" The best model so far is in {output}: {best[-1].psnr_db:.2f} dB held out, step {best[-1].step}."
    err.print(said, markup=False, highlight=False, soft_wrap=True)
    err.print(_how_to_resume(), markup=False, highlight=False, soft_wrap=True)


def _how_to_resume() -> str:
    """The command that continues this training: the same without its length, which the checkpoint stores."""
    from engine.inference import process_group

    left_out = ("--steps", "--minutes", "--epochs")
    if process_group.world().size > 1:
        return "To resume, run the same command with --resume and without --steps, --minutes and --epochs."
    words = ["python", "-m", "engine"] if Path(sys.argv[0]).stem == "__main__" else ["srcnn"]
    given = iter(sys.argv[1:])
    for word in given:
        if word in left_out:
            next(given, None)
        elif not word.startswith(tuple(f"{name}=" for name in left_out)) and word not in ("--overwrite", "--resume"):
            words.append(word)
    words.append("--resume")
    return f"To resume: {subprocess.list2cmdline(words) if sys.platform == 'win32' else shlex.join(words)}"
