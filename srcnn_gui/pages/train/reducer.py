"""Reducer that updates the state of the Train page after each event of a run."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from engine.datasets.events import FileFailed
from engine.training.events import (
    PatchesBuilt,
    PreparingPatches,
    Resumed,
    StepDone,
    StoppedEarly,
    TrainingStats,
    Validated,
)
from engine.upscaling.events import Fallback
from srcnn_gui.pages.train import text as page_text
from srcnn_gui.pages.train.state import Curves, State
from srcnn_gui.runtime.translations import _, error_message, format_psnr, join_sentences, plural, translate

REFRESH_S = 0.25  # minimum time between updates for events that occur with every step
_LOG_LINES = 200


class Reducer:
    """Reducer that updates the state after the events of one run.

    Parameters
    ----------
    batch_size : batch size of the run
    clock : function that returns the time in seconds
    """

    def __init__(self, batch_size: int, clock: Callable[[], float] = monotonic) -> None:
        self._batch_size = batch_size
        self._clock = clock
        self._rendered_at = 0.0
        self._steps_per_epoch = 0.0
        self._measured = False  # whether the training speed is known

    def reduce(self, state: State, event: Any) -> State | None:
        """Return the state after an event, or None if the event requires no update of the page."""
        handlers: tuple[tuple[type, Callable[[State, Any], State | None]], ...] = (
            (StepDone, self._step_done),
            (TrainingStats, self._training_stats),
            (Validated, self._validated),
            (PreparingPatches, self._preparing),
            (PatchesBuilt, self._patches_built),
            (Resumed, self._resumed),
            (StoppedEarly, self._stopped_early),
            (FileFailed, self._file_failed),
            (Fallback, self._device_fallback),
        )
        handler = next((handler for kind, handler in handlers if isinstance(event, kind)), None)
        return handler(state, event) if handler else None

    def _step_done(self, state: State, event: StepDone) -> State | None:
        if not self._is_due():
            return None
        progress = page_text.describe_step(
            state.progress, event.step, event.steps, self._steps_per_epoch, self._measured
        )
        return replace(state, progress=progress)

    def _training_stats(self, state: State, event: TrainingStats) -> State:
        self._measured = True
        progress = page_text.describe_step(
            state.progress, event.step, event.steps, self._steps_per_epoch, speed_known=True
        )
        progress = replace(
            progress,
            time_left=page_text.format_time_left(event.seconds_left),
            rates=page_text.format_rates(event, self._batch_size),
        )
        curves = replace(state.curves, losses=(*state.curves.losses, (event.step, event.loss)))
        return replace(state, progress=progress, curves=curves)

    def _validated(self, state: State, event: Validated) -> State:
        point = (event.step, event.psnr_db)
        curves = replace(state.curves, psnr=(*state.curves.psnr, point), bicubic_db=event.bicubic_psnr_db)
        if event.test_psnr_db is not None:
            curves = replace(curves, test=(*curves.test, (event.step, event.test_psnr_db)))
        progress = replace(state.progress, best=page_text.describe_best_validation(curves))
        line = _("Step {step}: validation PSNR {psnr} dB.").format(
            step=f"{event.step:,}", psnr=format_psnr(event.psnr_db)
        )
        best = _("This is the best model so far.") if event.is_best else ""
        line = join_sentences(line, best, _("Checkpoint saved.") if event.step else "")
        phase = "running" if state.phase == "preparing" else state.phase
        can_stop = state.can_stop or event.step > 0
        return append_log(replace(state, curves=curves, progress=progress, phase=phase, can_stop=can_stop), line)

    def _preparing(self, state: State, event: PreparingPatches) -> State | None:
        if not self._is_due():
            return None
        return replace(state, progress=page_text.describe_preparation(event.stage, event.done, event.total))

    def _patches_built(self, state: State, event: PatchesBuilt) -> State:
        self._steps_per_epoch = max(1.0, event.patches // self._batch_size)
        new_state = replace(
            state,
            psnr_subtitle=page_text.format_psnr_subtitle(event.validation_size),
            preview_images=event.preview_images,
        )
        return append_log(
            replace(new_state, training_set_rows=page_text.build_training_set_rows(event)),
            plural(
                "Extracted {patches} patches from {images} image. Validation images: {validation}.",
                "Extracted {patches} patches from {images} images. Validation images: {validation}.",
                event.images or 0,
            ).format(patches=f"{event.patches:,}", images=event.images, validation=event.validation_size),
        )

    def _resumed(self, state: State, event: Resumed) -> State:
        """Remove the points of the curves after the checkpoint, because those steps are repeated."""
        losses = tuple(point for point in state.curves.losses if point[0] <= event.step)
        test = tuple(point for point in state.curves.test if point[0] <= event.step)
        curves = Curves(losses, event.curve, state.curves.bicubic_db, test)
        progress = page_text.describe_step(
            state.progress, event.step, event.steps, self._steps_per_epoch, speed_known=False
        )
        progress = replace(progress, best=page_text.describe_best_validation(curves))
        line = _("Resumed at step {step}.").format(step=f"{event.step:,}")
        phase = "running" if state.phase == "preparing" else state.phase
        return append_log(replace(state, curves=curves, progress=progress, phase=phase, can_stop=event.step > 0), line)

    def _stopped_early(self, state: State, event: StoppedEarly) -> State:
        return append_log(
            state,
            plural(
                "Stopped early at step {step}, after {count} validation without a better model.",
                "Stopped early at step {step}, after {count} validations without a better model.",
                event.validations,
            ).format(step=f"{event.step:,}", count=event.validations),
        )

    def _file_failed(self, state: State, event: FileFailed) -> State:
        return append_log(state, _("Skipped: {reason}").format(reason=error_message(event.error)))

    def _device_fallback(self, state: State, event: Fallback) -> State:
        return replace(state, notice=translate(event.message))

    def _is_due(self) -> bool:
        now = self._clock()
        if now - self._rendered_at < REFRESH_S:
            return False
        self._rendered_at = now
        return True


def append_log(state: State, text: str) -> State:
    """Return the state with a timestamped line added to its log."""
    return replace(state, log=(*state.log, page_text.format_log_line(text))[-_LOG_LINES:])
