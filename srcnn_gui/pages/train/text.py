"""A training in the words of its page."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from engine.models.catalog import Model
from engine.training.events import PatchesBuilt, Step
from srcnn_gui.choices.text import about, long_duration
from srcnn_gui.pages.train.state import Choices, Curves, OldRun, Outcome, Progress, State
from srcnn_gui.runtime.translations import _, decibel, listed, plural, signed, together

if TYPE_CHECKING:
    from engine.training.runs import Run
    from engine.training.survey import Survey


def left(seconds: float) -> str:
    """A time to go as a person says it: 1 min 57 s left, 3 h 20 min left."""
    return _("{time} left").format(time=long_duration(seconds))


def gathering(what: str, done: int, total: int) -> Progress:
    """The strip while the pictures are read and cut."""
    title = _("Reading the pictures") if what == "read" else _("Cutting the patches")
    return Progress(title=title, aside=_("{done} of {total}").format(done=done, total=total), done=done, total=total)


def stepped(progress: Progress, step: int, steps: int | None, in_epoch: float, started: bool) -> Progress:
    """The strip after a step."""
    title = _("Step {step}").format(step=f"{step:,}")
    if steps:
        title = _("Step {step} of {steps}").format(step=f"{step:,}", steps=f"{steps:,}")
    epoch = _("epoch {epoch}").format(epoch=f"{step / in_epoch:.1f}") if in_epoch else ""
    rates = progress.rates if started else _("measuring the speed …")
    return replace(progress, title=title, aside=epoch, rates=rates, done=step, total=steps or 0)


def rates(event: Step, batch: int) -> str:
    """How fast it goes, and the learning rate."""
    return _("{steps} steps a second, {patches} patches a second, learning rate {rate}").format(
        steps=f"{event.patches_per_s / batch:.1f}",
        patches=f"{event.patches_per_s:,.0f}",
        rate=f"{event.learning_rate:.1e}",
    )


def best(curves: Curves) -> str:
    """The best check so far, against bicubic."""
    if curves.best is None or curves.bicubic_db is None:
        return ""
    step, psnr_db = curves.best
    over = signed(psnr_db - curves.bicubic_db, 2)
    return _("best so far {psnr} dB at step {step}, {gain} against bicubic").format(
        psnr=decibel(psnr_db), step=f"{step:,}", gain=over
    )


def outcome(model: Model, curves: Curves, *, stopped: bool) -> Outcome:
    """What came out of a run."""
    title = _("Stopped. The best is kept") if stopped else _("The best is kept")
    detail = in_menus(model.name)
    if curves.best is not None and curves.bicubic_db is not None:
        step, psnr_db = curves.best
        gain = signed(psnr_db - curves.bicubic_db, 2)
        figures = _("{psnr} dB ({gain})").format(psnr=decibel(psnr_db), gain=gain)
        title = _("{title}: {figures}").format(title=title, figures=figures)
        told = _("It is of step {step}; bicubic has {bicubic} dB.")
        detail = together(detail, told.format(step=f"{step:,}", bicubic=decibel(curves.bicubic_db)))
    return Outcome(model.name, str(model.path), title, detail)


def ended(before: State, after: State) -> tuple[str, str] | None:
    """The title and the text of a notification if a run ended by itself between two states; otherwise None."""
    if not before.is_at_work or after.is_at_work or before.phase == "stopping":
        return None
    if after.outcome is not None:
        return _("The training is done"), after.outcome.title
    if not after.notice:
        return None
    return _("The training ended early") if after.can_resume else _("The model is not saved"), after.notice


def in_menus(name: str) -> str:
    """Where a model can be used."""
    return _("“{name}” is now in every model menu.").format(name=name)


def asked_time(choices: Choices, patches: int | None, patches_per_s: float | None) -> str:
    """How long a run will take; of steps and epochs it is known once the machine's speed was measured."""
    if choices.unit == "minutes":
        return about(60 * choices.minutes) if choices.minutes else _("days")
    in_epoch = None if patches is None else max(1, patches // choices.batch)
    steps = choices.steps if choices.unit == "steps" else in_epoch and choices.epochs * in_epoch
    if steps is None:
        return plural("{count} epoch", "{count} epochs", choices.epochs).format(count=f"{choices.epochs:,}")
    if patches_per_s:
        return about(steps * choices.batch / patches_per_s)
    return plural("{steps} step", "{steps} steps", steps).format(steps=f"{steps:,}")


def interrupted(run: "Run") -> str:
    """A run that waits: to be resumed, or for its model to be saved."""
    if run.is_trained:
        return _("“{name}” is trained, but its model is not saved yet.").format(name=run.name)
    return _("“{name}” was interrupted at step {step}.").format(name=run.name, step=f"{run.step:,}")


def old_run(run: "Run", *, shown: bool) -> OldRun:
    """A run of before, as a line of the list."""
    curves = Curves(run.losses, run.curve, run.bicubic_psnr_db)
    request = run.request
    facts = [f"{request.spec.arch} ×{request.spec.scale}", request.source.name]
    if curves.best is not None and curves.bicubic_db is not None:
        facts.append(f"{decibel(curves.best[1])} dB ({signed(curves.best[1] - curves.bicubic_db, 2)})")
    facts.append(plural("{steps} step", "{steps} steps", run.step).format(steps=f"{run.step:,}"))
    return OldRun(run.name, listed(facts), shown, curves)


def held_out(pictures: int) -> str:
    """What the curve is measured on."""
    return plural(
        "dB, {count} picture the training never sees", "dB, {count} pictures the training never sees", pictures
    ).format(count=pictures)


def patch_rows(built: "PatchesBuilt | Survey | None") -> tuple[tuple[str, str], ...]:
    """The card of a patch set; while it is counted, as large as it will be, so that nothing below it jumps."""
    if built is None:
        return ((_("Patches"), "…"), (_("From"), "…"), (_("Held out"), "…"))
    rows = [(_("Patches"), f"{built.patches:,}")]
    if built.pictures is not None:
        many = plural("{count} picture", "{count} pictures", built.pictures)
        rows.append((_("From"), many.format(count=built.pictures)))
    rows.append((_("Held out"), str(built.held_out)))
    return tuple(rows)


def log_line(text: str) -> str:
    """A line of the log, with the time of day."""
    return f"{datetime.now().astimezone():%H:%M:%S}  {text}"
