"""Texts of the Train page, such as progress, results and estimated times."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from engine.evaluation import published
from engine.models.catalog import Model
from engine.training import command_formatting
from engine.training.events import PatchesBuilt, TrainingStats
from engine.training.request import TrainRequest
from srcnn_gui.choices.text import format_approximate_duration, format_long_duration
from srcnn_gui.pages.train.state import Curves, Outcome, PreviousRun, Progress, State, TrainSettings
from srcnn_gui.runtime.translations import (
    _,
    error_message,
    format_psnr,
    format_signed,
    join_list,
    join_sentences,
    plural,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.datasets.events import FileFailed
    from engine.training.dataset_summary import DatasetSummary
    from engine.training.runs import Run

_LISTED, _LISTED_REASONS = 4, 20  # numbers of skipped files that are named, and whose reasons are shown


def format_time_left(seconds: float) -> str:
    """Format the remaining time, such as "1 min 57 s left" or "3 h 20 min left"."""
    return _("{time} left").format(time=format_long_duration(seconds))


def describe_preparation(stage: str, done: int, total: int) -> Progress:
    """Return the progress while images are read (`stage` is "read") or patches are extracted ("cut")."""
    title = _("Reading images") if stage == "read" else _("Extracting patches")
    return Progress(title=title, detail=_("{done} of {total}").format(done=done, total=total), done=done, total=total)


def describe_step(
    progress: Progress, step: int, steps: int | None, steps_per_epoch: float, speed_known: bool
) -> Progress:
    """Return the progress after a training step.

    Parameters
    ----------
    progress : progress before the step
    step : number of completed steps
    steps : total number of steps, or None if it is unknown
    steps_per_epoch : number of steps per epoch, or 0 if it is unknown
    speed_known : whether the training speed is known
    """
    title = _("Step {step}").format(step=f"{step:,}")
    if steps:
        title = _("Step {step} of {steps}").format(step=f"{step:,}", steps=f"{steps:,}")
    epoch = _("epoch {epoch}").format(epoch=f"{step / steps_per_epoch:.1f}") if steps_per_epoch else ""
    rates = progress.rates if speed_known else _("measuring speed…")
    return replace(progress, title=title, detail=epoch, rates=rates, done=step, total=steps or 0)


def format_rates(event: TrainingStats, batch_size: int) -> str:
    """Describe the training speed, in steps and patches per second, and the learning rate."""
    return _("{steps} steps/s, {patches} patches/s, learning rate {rate}").format(
        steps=f"{event.patches_per_s / batch_size:.1f}",
        patches=f"{event.patches_per_s:,.0f}",
        rate=f"{event.learning_rate:.1e}",
    )


def describe_best_validation(curves: Curves) -> str:
    """Describe the best validation PSNR so far and its gain over bicubic, or return "" if there is none."""
    if curves.best is None or curves.bicubic_db is None:
        return ""
    step, psnr_db = curves.best
    gain = format_signed(psnr_db - curves.bicubic_db, 2)
    return _("best {psnr} dB at step {step}, gain over bicubic {gain} dB").format(
        psnr=format_psnr(psnr_db), step=f"{step:,}", gain=gain
    )


def describe_outcome(model: Model, curves: Curves, *, stopped: bool) -> Outcome:
    """Return the result of a run for display, with the best PSNR and its gain over bicubic if known.

    `stopped` is true if the user stopped the run.
    """
    title = _("Training stopped, best model saved") if stopped else _("Training done, best model saved")
    detail = describe_model_availability(model.name)
    has_improved = True
    if curves.best is not None and curves.bicubic_db is not None:
        step, psnr_db = curves.best
        has_improved = step > 0
        gain = format_signed(psnr_db - curves.bicubic_db, 2)
        with_score = _("Training stopped. Best model: {psnr} dB (gain {gain} dB)")
        if not stopped:
            with_score = _("Training done. Best model: {psnr} dB (gain {gain} dB)")
        if not has_improved:
            with_score = _("Training did not improve the initial weights: {psnr} dB (gain {gain} dB)")
        title = with_score.format(psnr=format_psnr(psnr_db), gain=gain)
        details = _("The best model is from step {step}. The PSNR of bicubic is {bicubic} dB.")
        if not has_improved:
            details = _("The saved model has the initial weights, because no later validation PSNR was higher.")
        detail = join_sentences(detail, details.format(step=f"{step:,}", bicubic=format_psnr(curves.bicubic_db)))
    return Outcome(model.name, str(model.path), title, detail, has_improved)


def build_end_notification(before: State, after: State) -> tuple[str, str] | None:
    """Return the title and text of a notification if a run has finished or failed, otherwise None.

    If the user has stopped or discarded the run, there is no notification.

    Parameters
    ----------
    before, after : state of the page before and after an update
    """
    if not before.is_active or after.is_active or before.phase == "stopping":
        return None
    if after.outcome is not None:
        return _("Training done"), after.outcome.title
    if not after.notice:
        return None
    return _("Training failed") if after.can_resume else _("Model not saved"), after.notice


def describe_model_availability(name: str) -> str:
    """Return a message that a new model is available in the model menus."""
    return _("“{name}” is now in all model menus.").format(name=name)


def format_estimated_time(settings: TrainSettings, patches: int | None, patches_per_s: float | None) -> str:
    """Describe how long a run will take, or its length in steps or epochs if the time is unknown.

    Parameters
    ----------
    settings : settings of the page, which contain the length of the run
    patches : number of patches in the training set, or None if it is unknown
    patches_per_s : training speed in patches per second, or None if it is unknown
    """
    if settings.unit == "minutes":
        return format_approximate_duration(60 * settings.minutes) if settings.minutes else _("several days")
    steps_per_epoch = None if patches is None else max(1, patches // settings.batch_size)
    steps = settings.steps if settings.unit == "steps" else steps_per_epoch and settings.epochs * steps_per_epoch
    if steps is None:
        return plural("{count} epoch", "{count} epochs", settings.epochs).format(count=f"{settings.epochs:,}")
    if patches_per_s:
        return format_approximate_duration(steps * settings.batch_size / patches_per_s)
    return plural("{steps} step", "{steps} steps", steps).format(steps=f"{steps:,}")


def describe_interrupted_run(run: "Run") -> str:
    """Return a message about an interrupted run, or about a complete run whose model is not saved."""
    if run.is_trained:
        return _("“{name}” is trained, but its model is not saved yet.").format(name=run.name)
    return _("“{name}” was interrupted at step {step}.").format(name=run.name, step=f"{run.step:,}")


def describe_previous_run(run: "Run", *, shown: bool) -> PreviousRun:
    """Return the entry for an earlier run in the list of runs."""
    curves = Curves(run.losses, run.curve, run.bicubic_psnr_db, run.test_curve)
    request = run.request
    details = [f"{request.info.label} ×{request.info.scale}", request.source.name]
    if curves.best is not None and curves.bicubic_db is not None:
        details.append(f"{format_psnr(curves.best[1])} dB ({format_signed(curves.best[1] - curves.bicubic_db, 2)})")
    details.append(plural("{steps} step", "{steps} steps", run.step).format(steps=f"{run.step:,}"))
    return PreviousRun(run.name, join_list(details), shown, curves)


def format_psnr_subtitle(images: int) -> str:
    """Return the caption of the PSNR curve, which contains its unit and the number of validation images."""
    return plural("dB on {count} validation image", "dB on {count} validation images", images).format(count=images)


def format_test_title(request: TrainRequest) -> str:
    """Return the title of the curve of the test set, with the published score if there is one."""
    name = "" if request.test_set is None else request.test_set.name
    score = published.closest_published_score(name, request.info.label, request.info.scale)
    if score is None:
        return _("{set}, for reporting only").format(set=name)
    return _("{set}, for reporting only (paper: {psnr})").format(set=name, psnr=format_psnr(score.psnr_db))


def build_training_set_rows(summary: "PatchesBuilt | DatasetSummary | None") -> tuple[tuple[str, str], ...]:
    """Return pairs of label and value that describe the training set.

    While the patches are being counted, `summary` is None and the values are placeholders.
    """
    if summary is None:
        return ((_("Patches"), "…"), (_("Training images"), "…"), (_("Validation images"), "…"))
    rows = [(_("Patches"), f"{summary.patches:,}")]
    if summary.images is not None:
        rows.append((_("Training images"), str(summary.images)))
    rows.append((_("Validation images"), str(summary.validation_size)))
    return tuple(rows)


def describe_skipped(skipped: "Sequence[FileFailed]") -> tuple[str, str]:
    """Return a text with the skipped files and subfolders, and a text with one reason per line."""
    names = [event.path.name for event in skipped]
    listed = join_list(names[:_LISTED])
    if len(names) > _LISTED:
        listed = _("{names} and {count} more").format(names=listed, count=len(names) - _LISTED)
    reasons = [error_message(event.error) for event in skipped[:_LISTED_REASONS]]
    return _("Skipped: {names}").format(names=listed), "\n".join(reasons)


def describe_command(command: str) -> str:
    """Return a sentence about a command that trains with the settings of the page."""
    if command_formatting.CONFIG_NAME in command:
        return _("Save the recipe as {name} first. This command trains with it:").format(
            name=command_formatting.CONFIG_NAME
        )
    return _("This command trains with the settings of the page:")


def format_log_line(text: str) -> str:
    """Return `text` as a log line, which starts with the current time of day."""
    return f"{datetime.now().astimezone():%H:%M:%S}  {text}"
