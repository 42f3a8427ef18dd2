"""The command `srcnn train`, which trains a model on images or on a patch file."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import Device, JsonFlag, Overwrite, err, out, print_json, print_warning, progress_bar
from engine.cli.stopping import StopSignals
from engine.datasets.download import resolve_folder
from engine.errors import ModelUnwritable, TrainingSuspended
from engine.imaging.degradation import Degradation
from engine.models import catalog, registry
from engine.training.events import PatchesBuilt, Resumed, StepDone, SuspendRequest, Validated
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, TrainRequest

if TYPE_CHECKING:
    from engine.training.job import TrainResult

_SIGNAL_STATUS = 128  # the exit status of a process that was ended by a signal is 128 plus the signal number


def train(
    source: Annotated[
        Path, typer.Argument(help="To learn from: a folder, t91, starter (always here), or a train.h5.")
    ],
    output: Annotated[Path, typer.Option("--out", help="The .safetensors file that will hold the best model.")],
    arch: Annotated[str, typer.Option(help="Architecture, such as 9-1-5, fsrcnn or compact-s.")] = "9-1-5",
    scale: Annotated[int, typer.Option(help="The factor to train for.")] = 3,
    minutes: Annotated[float | None, typer.Option(help="How long to train, roughly (default 10).")] = None,
    steps: Annotated[int | None, typer.Option(help="How many steps, instead of minutes.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How many times through all patches, instead of minutes.")] = None,
    paper: Annotated[bool, typer.Option("--paper", help="The paper's own SGD: faithful, and takes days.")] = False,
    batch_size: Annotated[int | None, typer.Option(help="Patches in a step (32; 128 with --paper).")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="At its peak (0.001; 0.0001 with --paper).")] = None,
    weight_decay: Annotated[float | None, typer.Option(metavar="DECAY", help="AdamW with this weight decay.")] = None,
    grad_clip: Annotated[float | None, typer.Option(help="The largest norm of a gradient (none).")] = None,
    init_gain: Annotated[
        float | None,
        typer.Option(help="How large the first layer's filters start (1); from 0.1 they are seen to form."),
    ] = None,
    loss_weighting: Annotated[
        float | None, typer.Option(help="How evenly patches count, by one over their bicubic error; 0 for not (0.1).")
    ] = None,
    ema_decay: Annotated[
        float | None, typer.Option(help="Weight of the past in the moving average that is kept; 0 for none (0.998).")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="What layer 2 is computed in: float32 or bfloat16, faster with AMX (float32).")
    ] = None,
    loss: Annotated[str | None, typer.Option(help="Error of a pixel: mse, l1 or charbonnier (mse).")] = None,
    degrade: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="What happens to the small images, such as noise:0-4,jpeg:60-84."),
    ] = None,
    patch_size: Annotated[
        int | None, typer.Option(help="Side in px of the crops for FSRCNN and Compact (32).")
    ] = None,
    quantized_share: Annotated[
        float | None, typer.Option(help="Share of small pictures rounded to 8 bits (0).")
    ] = None,
    rescale: Annotated[list[float] | None, typer.Option(help="Add copies reduced by this factor; repeatable.")] = None,
    all_phases: Annotated[
        bool, typer.Option("--all-phases", help="Cut at every offset from the grid of the reduction.")
    ] = False,
    validation: Annotated[
        int | None, typer.Option(help="Pictures (of a .h5, patches) kept to choose the best model by.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides hold-out, first weights and order; from 0 to 4294967295.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was stopped or killed; give the same settings.")
    ] = False,
    overwrite: Overwrite = False,
    warm_start: Annotated[str | None, typer.Option(help="A model of the same architecture to start from.")] = None,
    device: Device = "auto",
    as_json: JsonFlag = False,
) -> None:
    """Train an SRCNN model. During training, the file always contains the best model so far.

    If you press Ctrl-C, training stops after the current step and writes a checkpoint. To continue, use --resume.
    """
    if resume and overwrite:
        raise typer.BadParameter("--resume continues a training, and --overwrite starts a new one. Pass one of them.")
    from engine.inference import process_group
    from engine.models.weights import resolve
    from engine.training import (
        job,  # torch takes seconds to import
    )

    options = {
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "rescales": tuple(rescale) if rescale else None,
        "all_phases": all_phases or None,
        "quantized_share": quantized_share,
        "grad_clip": grad_clip,
        "loss_weighting": loss_weighting,
        "init_gain": init_gain,
        "ema_decay": ema_decay,
        "precision": precision,
        "loss": loss,
        "patch_size": patch_size,
        "degradation": Degradation.parse(degrade) if degrade else None,
        "optimizer": "adamw" if weight_decay is not None else None,
        "weight_decay": weight_decay,
    }
    changes: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    request = TrainRequest(
        source=resolve_folder(source),
        info=registry.parse(arch, scale),
        output=output,
        minutes=10 if minutes is None and steps is None and epochs is None and not resume else minutes,
        steps=steps,
        epochs=epochs,
        recipe=replace(PAPER_RECIPE if paper else STANDARD_RECIPE, **changes),
        validation_size=validation,
        seed=seed,
        warm_start=resolve(warm_start, None) if warm_start else None,
        resume=resume,
        device=device,
        overwrite=overwrite,
    )
    if not process_group.from_environment().is_main_process:  # only the main process prints
        _drive(job.run(request), lambda _event: None, lambda _step: None)
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
    summary = (
        f"{result.steps} steps in {result.seconds / 60:.1f} min: {result.psnr_db:.2f} dB on the held-out pictures"
    )
    out.print(f"{summary} (bicubic {result.bicubic_psnr_db:.2f}).", markup=False, highlight=False)
    out.print(f"Written: {result.model.path}", markup=False, highlight=False, soft_wrap=True)


def _run_with_progress(job: "Generator[Any, Any, TrainResult]", output: Path) -> "TrainResult":
    """Run the training with a progress bar, and print a line on stderr for each validation.

    Parameters
    ----------
    output : file of the best model so far
    """
    best: list[Validated] = []
    with progress_bar() as bar:
        task = bar.add_task("training", total=None)

        def show(event: object) -> None:
            print_warning(event)
            if isinstance(event, StepDone):
                bar.update(task, completed=event.step, total=event.steps)
            elif isinstance(event, PatchesBuilt):
                of = "" if event.images is None else f" of {event.images} pictures"
                counts = f"{event.patches} patches{of}, {event.validation_size} held out"
                err.print(counts, markup=False, highlight=False)
            elif isinstance(event, Resumed):
                of = "" if event.steps is None else f" of {event.steps}"
                err.print(f"going on at step {event.step}{of}", markup=False, highlight=False)
            elif isinstance(event, Validated):
                best.extend([event] if event.is_best else [])
                err.print(_format_validation(event), markup=False, highlight=False)

        try:
            return _drive(job, show, lambda step: _print_stopped(step, best, output))
        except ModelUnwritable:
            if catalog.checkpoint_path(output).is_file():
                err.print(_resume_hint(), markup=False, highlight=False, soft_wrap=True)
            raise


def _format_validation(event: Validated) -> str:
    """Return the line to print after a validation, with the PSNR of the model and of bicubic in dB."""
    mark_best = "  best so far, kept" if event.is_best else ""
    return f"step {event.step}: {event.psnr_db:.3f} dB held out, bicubic {event.bicubic_psnr_db:.3f}{mark_best}"


def _drive(
    job: "Generator[Any, Any, TrainResult]", show: Callable[[object], None], stopped: Callable[[int | None], None]
) -> "TrainResult":
    """Run a training to its end, or until the process receives a termination signal.

    After a signal, the current step is finished, a checkpoint is written, and `stopped` is called. Then the process
    exits with the conventional status for this signal.

    Parameters
    ----------
    show : called with each event
    stopped : called with the last step, or with None if training had not started
    """
    with StopSignals("Stopping after the current step. Press Ctrl-C again to stop at once.") as signals:
        step: int | None = None
        can_resume = False
        try:
            event = next(job)
            while True:
                show(event)
                can_resume = can_resume or isinstance(event, Validated | Resumed)
                if signals.received is not None and not can_resume:
                    break
                event = job.send(None if signals.received is None else SuspendRequest())
        except StopIteration as stop:
            result: TrainResult = stop.value
            return result
        except TrainingSuspended as suspended:
            step = suspended.facts["step"]  # type: ignore[assignment]
        finally:
            job.close()
        stopped(step)
        assert signals.received is not None
        sys.exit(_SIGNAL_STATUS + signals.received)


def _print_stopped(step: int | None, best: Sequence[Validated], output: Path) -> None:
    """Print where the best model so far is and how to resume the training, after a signal stopped it.

    Parameters
    ----------
    step : last step; None if training had not started
    best : validations at which a new best model was saved
    output : file of the best model
    """
    if step is None:
        err.print("Stopped before the first step. Nothing was written.", markup=False)
        return
    message = f"Stopped after step {step}."
    if best:
        message += f" The best model so far is in {output}: {best[-1].psnr_db:.2f} dB held out, step {best[-1].step}."
    err.print(message, markup=False, highlight=False, soft_wrap=True)
    err.print(_resume_hint(), markup=False, highlight=False, soft_wrap=True)


def _resume_hint() -> str:
    """Return a message with the command that resumes this training.

    It omits the options for the length of the training, because the checkpoint stores the length.
    """
    from engine.inference import process_group

    length_options = ("--steps", "--minutes", "--epochs")
    if process_group.from_environment().size > 1:
        return "To resume, run the same command with --resume and without --steps, --minutes and --epochs."
    words = ["python", "-m", "engine"] if Path(sys.argv[0]).stem == "__main__" else ["srcnn"]
    arguments = iter(sys.argv[1:])
    for argument in arguments:
        if argument in length_options:
            next(arguments, None)
        elif argument.partition("=")[0] not in (*length_options, "--overwrite", "--resume"):
            words.append(argument)
    words.append("--resume")
    return f"To resume: {subprocess.list2cmdline(words) if sys.platform == 'win32' else shlex.join(words)}"
