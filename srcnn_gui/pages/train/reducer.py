"""What a run tells, turned into what the Train page shows."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from engine.datasets.events import FileFailed
from engine.training.events import Gathering, PatchesBuilt, Resumed, Step, Stepped, Validated
from engine.upscaling.events import Fallback
from srcnn_gui.pages.train import text as words
from srcnn_gui.pages.train.state import Curves, State
from srcnn_gui.runtime.translations import _, decibel, plural, said, sentence, together

REFRESH_S = 0.25  # between two looks at what moves with every step
_LOG_LINES = 200


class Follower:
    """Follows one run at a time: `heard` gives the state after an event, or None if there is nothing new to show."""

    def __init__(self, batch: int, clock: Callable[[], float] = monotonic) -> None:
        self._batch = batch
        self._clock = clock
        self._shown_at = 0.0
        self._in_epoch = 0.0  # steps
        self._measured = False  # the speed

    def heard(self, state: State, event: Any) -> State | None:
        """The state after an event."""
        tellers: tuple[tuple[type, Callable[[State, Any], State | None]], ...] = (
            (Stepped, self._stepped),
            (Step, self._step),
            (Validated, self._validated),
            (Gathering, self._gathering),
            (PatchesBuilt, self._built),
            (Resumed, self._resumed),
            (FileFailed, self._file_failed),
            (Fallback, self._fell_back),
        )
        tell = next((tell for kind, tell in tellers if isinstance(event, kind)), None)
        return tell(state, event) if tell else None

    def _stepped(self, state: State, event: Stepped) -> State | None:
        if not self._is_due():
            return None
        told = words.stepped(state.progress, event.step, event.steps, self._in_epoch, self._measured)
        return replace(state, progress=told)

    def _step(self, state: State, event: Step) -> State:
        self._measured = True
        told = words.stepped(state.progress, event.step, event.steps, self._in_epoch, started=True)
        told = replace(told, left=words.left(event.seconds_left), rates=words.rates(event, self._batch))
        curves = replace(state.curves, losses=(*state.curves.losses, (event.step, event.loss)))
        return replace(state, progress=told, curves=curves)

    def _validated(self, state: State, event: Validated) -> State:
        point = (event.step, event.psnr_db)
        curves = replace(state.curves, psnr=(*state.curves.psnr, point), bicubic_db=event.bicubic_psnr_db)
        told = replace(state.progress, best=words.best(curves))
        line = _("Held-out pictures at step {step}: {psnr} dB.").format(
            step=f"{event.step:,}", psnr=decibel(event.psnr_db)
        )
        best = _("The best so far, kept.") if event.best else ""
        line = together(line, best, _("Checkpoint written.") if event.step else "")
        phase = "running" if state.phase == "gathering" else state.phase
        can_stop = state.can_stop or event.step > 0
        return with_line(replace(state, curves=curves, progress=told, phase=phase, can_stop=can_stop), line)

    def _gathering(self, state: State, event: Gathering) -> State | None:
        if not self._is_due():
            return None
        return replace(state, progress=words.gathering(event.what, event.done, event.total))

    def _built(self, state: State, event: PatchesBuilt) -> State:
        self._in_epoch = max(1.0, event.patches // self._batch)
        shown = replace(state, held_out=words.held_out(event.held_out), to_show=event.to_show)
        return with_line(
            replace(shown, patches=words.patch_rows(event)),
            plural(
                "{patches} patches of {pictures} picture; {held_out} held out.",
                "{patches} patches of {pictures} pictures; {held_out} held out.",
                event.pictures or 0,
            ).format(patches=f"{event.patches:,}", pictures=event.pictures, held_out=event.held_out),
        )

    def _resumed(self, state: State, event: Resumed) -> State:
        """What was shown after the checkpoint will come again."""
        losses = tuple(point for point in state.curves.losses if point[0] <= event.step)
        curves = Curves(losses, event.curve, state.curves.bicubic_db)
        told = words.stepped(state.progress, event.step, event.steps, self._in_epoch, started=False)
        told = replace(told, best=words.best(curves))
        line = _("Going on at step {step}.").format(step=f"{event.step:,}")
        phase = "running" if state.phase == "gathering" else state.phase
        return with_line(replace(state, curves=curves, progress=told, phase=phase, can_stop=event.step > 0), line)

    def _file_failed(self, state: State, event: FileFailed) -> State:
        return with_line(state, _("Left out: {reason}").format(reason=sentence(event.error)))

    def _fell_back(self, state: State, event: Fallback) -> State:
        return replace(state, notice=said(event.sentence))

    def _is_due(self) -> bool:
        now = self._clock()
        if now - self._shown_at < REFRESH_S:
            return False
        self._shown_at = now
        return True


def with_line(state: State, text: str) -> State:
    """The state with a line more in the log."""
    return replace(state, log=(*state.log, words.log_line(text))[-_LOG_LINES:])
