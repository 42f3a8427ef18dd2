"""The command `srcnn train`, which trains a model on images or on a patch file."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import (
    Device,
    JsonFlag,
    Overwrite,
    err,
    out,
    print_json,
    print_json_error,
    print_warning,
    progress_bar,
)
from engine.cli.stopping import StopSignals
from engine.datasets.download import resolve_folder
from engine.errors import ModelUnwritable, TrainingSuspended
from engine.imaging.degradation import Degradation
from engine.models import catalog, registry
from engine.models.info import ModelInfo
from engine.training import config_file
from engine.training.events import (
    PatchesBuilt,
    Resumed,
    StepDone,
    StoppedEarly,
    SuspendRequest,
    TrainingStats,
    Validated,
)
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, TrainRequest

if TYPE_CHECKING:
    from engine.training.job import TrainResult

_SIGNAL_STATUS = 128  # the exit status of a process that was ended by a signal is 128 plus the signal number


def train(
    context: typer.Context,
    *,
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of images, patch file (.h5), or name of a set: starter (included) or t91. Required without "
            "--config.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            "--out",
            metavar="OUTPUT",
            help="Model file to write (.safetensors). During training, the file contains the best model so far.",
        ),
    ],
    arch: Annotated[
        str, typer.Option(metavar="ARCH", help="Architecture, such as 9-1-5, fsrcnn, or compact-s.")
    ] = "9-1-5",
    scale: Annotated[int, typer.Option(metavar="FACTOR", help="Scale factor, from 2 to 8.")] = 3,
    minutes: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", help="Length of the run in minutes.", show_default="10"),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Length of the run in steps, instead of minutes.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Length of the run in epochs, instead of minutes.")
    ] = None,
    paper: Annotated[bool, typer.Option("--paper", help="Train with SGD as in the paper, which takes days.")] = False,
    batch_size: Annotated[
        int | None,
        typer.Option(metavar="COUNT", help="Number of patches per step.", show_default="32, or 128 with --paper"),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="Peak learning rate.", show_default="0.001, or 0.0001 with --paper"),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(metavar="DECAY", help="Use AdamW with this weight decay.", show_default="Adam"),
    ] = None,
    grad_clip: Annotated[
        float | None,
        typer.Option(metavar="NORM", help="Maximum norm of the gradient. 0 disables clipping.", show_default="0"),
    ] = None,
    init_gain: Annotated[
        float | None,
        typer.Option(
            metavar="GAIN",
            help="Factor for the initial weights of the first layer, up to 1. With 0.1, filters become visible "
            "earlier.",
            show_default="1",
        ),
    ] = None,
    loss_weighting: Annotated[
        float | None,
        typer.Option(
            metavar="VALUE",
            help="Weight patches by their inverse bicubic error. Larger values make the weights more even. 0 disables "
            "weighting.",
            show_default="0.1, or 0 with --paper",
        ),
    ] = None,
    ema_decay: Annotated[
        float | None,
        typer.Option(
            metavar="DECAY",
            help="Decay of the moving average (EMA) of the weights. 0 disables it.",
            show_default="0.998, or 0 with --paper",
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="PRECISION",
            help="Precision of the middle layers: float32, or bfloat16, which is faster on CPUs with AMX.",
            show_default="float32",
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(metavar="LOSS", help="Loss function: mse, l1, or charbonnier.", show_default="mse"),
    ] = None,
    degrade: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Degrade the downscaled images, for example with noise:0-4,jpeg:60-84. Only for FSRCNN and Compact.",
            show_default="none",
        ),
    ] = None,
    patch_size: Annotated[
        int | None,
        typer.Option(
            metavar="PX",
            help="Size of the patches in px, from 8 to 256. Only for FSRCNN and Compact.",
            show_default="32",
        ),
    ] = None,
    quantized_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Fraction of the patches whose inputs are rounded to 8 bits, from 0 to 1.",
            show_default="0",
        ),
    ] = None,
    rescale: Annotated[
        list[float] | None,
        typer.Option(
            metavar="FACTOR",
            help="Add copies of the images, downscaled by a factor from 0.2 to 1. Repeatable.",
            show_default="none",
        ),
    ] = None,
    all_phases: Annotated[
        bool,
        typer.Option(
            "--all-phases", help="Extract patches at every offset from the downscaling grid, which gives more patches."
        ),
    ] = False,
    validation: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT",
            help="Number of images in the validation set. For a patch file, number of patches.",
            show_default="5 images, or 5% of the patches",
        ),
    ] = None,
    test_set: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of images, or a set such as set5, to score at each validation. This is for reporting only "
            "and doesn't affect the training.",
            show_default="none",
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT",
            help="Number of validations without a better model after which the run stops. There is one every 500 "
            "steps, and five in the first 500.",
            show_default="use the whole length",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            metavar="SEED",
            help="Seed for the validation set, initial weights, and order of the patches, from 0 to 4294967295.",
        ),
    ] = 0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Resume a run that was interrupted. Pass the same settings. You can omit the length of the run.",
        ),
    ] = False,
    overwrite: Overwrite = False,
    warm_start: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Start from the weights of a model of the same architecture.", show_default="none"
        ),
    ] = None,
    device: Device = "auto",
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read the settings from a .toml file, or from a model that was trained with them. Other options "
            "override them.",
        ),
    ] = None,
    extend: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Train a finished model further: start from its weights, with its settings. Other options override "
            "them.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Train a model. During training, the output file contains the best model so far.

    If you press Ctrl-C, training stops after the current step and writes a checkpoint. To continue, run the
    command again with --resume.
    """
    if resume and overwrite:
        raise typer.BadParameter("Use only one of --resume and --overwrite.")
    config, warm_start = _check_settings_file(context, config, extend, warm_start)
    from engine.inference import process_group
    from engine.models.weights import resolve
    from engine.training import job  # torch takes seconds to import

    recipe_options: dict[str, Any] = {
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
    options: dict[str, Any] = {
        "minutes": minutes,
        "steps": steps,
        "epochs": epochs,
        "validation_size": validation,
        "test_set": resolve_folder(test_set) if test_set else None,
        "patience": patience,
        "seed": seed,
        "warm_start": resolve(warm_start, None) if warm_start else None,
        "device": device,
    }
    base = _base_request(
        config, None if source is None else resolve_folder(source), output, paper=paper, resume=resume
    )
    request = _override(
        replace(base, resume=resume, overwrite=overwrite),
        {name: value for name, value in options.items() if value is not None and _is_specified(context, name)},
        {name: value for name, value in recipe_options.items() if value is not None},
        arch=arch if _is_specified(context, "arch") else None,
        scale=scale if _is_specified(context, "scale") else None,
    )
    if not process_group.from_environment().is_main_process:  # only the main process prints
        _drive(job.run(request), lambda _event: None, lambda _step: None)
        return
    costs: list[_Cost] = []
    result = _run_with_progress(job.run(request), request, costs)
    test_psnr_db = result.model.record.get("test_psnr_db")
    if as_json:
        print_json(
            {
                "model": result.model.name,
                "path": str(result.model.path),
                "sha256": result.model.sha256,
                "steps": result.steps,
                "best_step": result.best_step,
                "held_out_psnr": round(result.psnr_db, 4),
                "held_out_bicubic_psnr": round(result.bicubic_psnr_db, 4),
                **({"test_psnr": round(test_psnr_db, 4)} if test_psnr_db is not None else {}),
                "seconds": round(result.seconds, 1),
                **{name: value for cost in costs for name, value in asdict(cost).items()},
            }
        )
        return
    summary = (
        f"{result.steps} steps in {result.seconds / 60:.1f} min. Validation PSNR: {result.psnr_db:.2f} dB "
        f"(bicubic: {result.bicubic_psnr_db:.2f} dB)."
    )
    out.print(summary, markup=False, highlight=False)
    if test_psnr_db is not None:
        out.print(f"Test PSNR, for reporting only: {test_psnr_db:.2f} dB.", markup=False, highlight=False)
    if result.best_step == 0:
        warning = "Training didn't improve the initial weights. The saved model has the initial weights, from step 0."
        out.print(warning, markup=False, highlight=False, soft_wrap=True)
    out.print(f"Saved: {result.model.path}", markup=False, highlight=False, soft_wrap=True)


def _check_settings_file(
    context: typer.Context, config: Path | None, extend: Path | None, warm_start: str | None
) -> tuple[Path | None, str | None]:
    """Return the file with the settings and the model for the warm start. --extend replaces both options.

    Raises
    ------
    typer.BadParameter
        Options contradict each other, or there is no training set.
    """
    if config and context.params["paper"]:
        raise typer.BadParameter("Use only one of --paper and --config.")
    if extend and (config or warm_start or context.params["paper"]):
        raise typer.BadParameter("Use --extend without --config, --warm-start, and --paper.")
    if context.params["source"] is None and config is None and extend is None:
        raise typer.BadParameter("Specify SOURCE, --config, or --extend.")
    return (config, warm_start) if extend is None else (extend, str(extend))


def _is_specified(context: typer.Context, name: str) -> bool:
    """Return whether an option is on the command line. `validation_size` is named `validation` there."""
    if name == "warm_start" and context.params["extend"]:
        return True
    source = context.get_parameter_source(name.removesuffix("_size"))
    return source is not None and source.name == "COMMANDLINE"


def _base_request(
    config: Path | None, source: Path | None, output: Path, *, paper: bool, resume: bool
) -> TrainRequest:
    """Return the request that the options change: from a configuration file, or the default."""
    if config is not None:
        return config_file.read(config, output, source)
    assert source is not None
    recipe = PAPER_RECIPE if paper else STANDARD_RECIPE
    info = registry.parse("9-1-5", 3)
    return TrainRequest(source, info, output, minutes=None if resume else 10, recipe=recipe, resume=resume)


def _override(
    base: TrainRequest,
    options: dict[str, Any],
    recipe_options: dict[str, Any],
    *,
    arch: str | None,
    scale: int | None,
) -> TrainRequest:
    """Return a request with some settings replaced.

    An architecture or a scale factor of None is not replaced.
    """
    scale = scale or base.info.scale
    info = registry.parse(arch, scale) if arch else ModelInfo(base.info.architecture, scale)
    lengths = dict.fromkeys(config_file.LENGTHS) if options.keys() & set(config_file.LENGTHS) else {}
    changes: dict[str, Any] = lengths | options
    return replace(base, **changes, info=info, recipe=replace(base.recipe, **recipe_options))


@dataclass(frozen=True)
class _Cost:
    """Size of a model, and its measured speed on this machine. The names are those of the JSON output."""

    parameters: int
    multiplications_per_pixel: int
    seconds_per_megapixel: float


def _measure_cost(request: TrainRequest) -> _Cost:
    """Measure the speed of the architecture, and print what a model of it costs."""
    from engine.inference import speed

    info = request.info
    seconds = speed.measure_seconds_per_megapixel(info, request.device)
    cost = _Cost(info.parameter_count, info.multiplications_per_pixel, round(seconds, 4))
    line = (
        f"Architecture {info.label} x{info.scale}: {cost.parameters:,} parameters, "
        f"{cost.multiplications_per_pixel:,} multiplications per result pixel, "
        f"{seconds:.3f} s per megapixel on this machine."
    )
    err.print(line, markup=False, highlight=False, soft_wrap=True)
    return cost


def _run_with_progress(
    job: "Generator[Any, Any, TrainResult]", request: TrainRequest, costs: list[_Cost]
) -> "TrainResult":
    """Run the training with a progress bar, and print a line on stderr for each validation.

    Parameters
    ----------
    request : settings of the training
    costs : the cost of the model is appended when it is measured
    """
    best: list[Validated] = []
    output = request.output
    with progress_bar() as bar:
        task = bar.add_task("Training", total=None)

        def show(event: object) -> None:
            print_warning(event)
            if isinstance(event, StepDone):
                bar.update(task, completed=event.step, total=event.steps)
            elif isinstance(event, TrainingStats):
                bar.update(task, seconds_left=event.seconds_left)
            elif isinstance(event, PatchesBuilt):
                source = "" if event.images is None else f" from {event.images} images"
                unit = "patches" if event.images is None else "images"
                counts = f"Training patches: {event.patches}{source}. Validation {unit}: {event.validation_size}."
                err.print(counts, markup=False, highlight=False)
                costs.append(_measure_cost(request))  # not before, because the request may be refused
            elif isinstance(event, Resumed):
                of = "" if event.steps is None else f" of {event.steps}"
                err.print(f"Resuming at step {event.step}{of}.", markup=False, highlight=False)
            elif isinstance(event, StoppedEarly):
                count = f"{event.validations} validations without a better model"
                message = f"Stopped early at step {event.step} after {count}."
                err.print(message, markup=False, highlight=False)
            elif isinstance(event, Validated):
                best.extend([event] if event.is_best else [])
                err.print(_format_validation(event), markup=False, highlight=False, soft_wrap=True)

        try:
            return _drive(job, show, lambda step: _print_stopped(step, best, output))
        except ModelUnwritable:
            if catalog.checkpoint_path(output).is_file():
                err.print(_resume_hint(), markup=False, highlight=False, soft_wrap=True)
            raise


def _format_validation(event: Validated) -> str:
    """Return the line to print after a validation, with the PSNR of the model and of bicubic in dB."""
    best = ", best so far" if event.is_best else ""
    scores = f"validation PSNR {event.psnr_db:.3f} dB (bicubic {event.bicubic_psnr_db:.3f} dB)"
    if event.test_psnr_db is None:
        return f"Step {event.step}: {scores}{best}"
    test = f"test PSNR {event.test_psnr_db:.3f} dB (bicubic {event.test_bicubic_psnr_db:.3f} dB)"
    return f"Step {event.step}: {scores}{best}, {test}"


def _drive(
    job: "Generator[Any, Any, TrainResult]", show: Callable[[object], None], stopped: Callable[[int | None], None]
) -> "TrainResult":
    """Run a training until it ends or the process receives a termination signal.

    After a signal, finish the current step, write a checkpoint, call `stopped`, and exit the process with the
    conventional status for the signal.

    Parameters
    ----------
    show : called with each event
    stopped : called with the last step, or with None if training had not started
    """
    with StopSignals("Stopping after the current step. Press Ctrl-C again to stop immediately.") as signals:
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
    """After a signal, print the path of the best model so far and the command that resumes the training.

    Parameters
    ----------
    step : last step; None if training had not started
    best : validations at which a new best model was saved
    output : file of the best model
    """
    if step is None:
        message = "Stopped before the first step. Nothing was saved."
        err.print(message, markup=False)
        print_json_error(message)
        return
    message = f"Stopped after step {step}."
    if best:
        score = f"validation PSNR {best[-1].psnr_db:.2f} dB at step {best[-1].step}"
        message += f" The best model so far is in {output}: {score}."
    err.print(message, markup=False, highlight=False, soft_wrap=True)
    err.print(_resume_hint(), markup=False, highlight=False, soft_wrap=True)
    print_json_error(message, step=step)


def _resume_hint() -> str:
    """Return a message with the command that resumes this training."""
    from engine.inference import process_group

    if process_group.from_environment().size > 1:
        return "To resume, run the same command with --resume."
    words = ["python", "-m", "engine"] if Path(sys.argv[0]).stem == "__main__" else ["srcnn"]
    words += [argument for argument in sys.argv[1:] if argument not in ("--overwrite", "--resume")]
    words.append("--resume")
    return f"To resume: {subprocess.list2cmdline(words) if sys.platform == 'win32' else shlex.join(words)}"
