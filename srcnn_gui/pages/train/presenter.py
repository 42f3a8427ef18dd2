"""The Train page's decisions: starting, pausing, stopping a run, and what becomes of it. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError, ModelNotSaved
from engine.models.catalog import Model
from engine.training.events import Aim, Finish, Looked, Step
from srcnn_gui.choices import thumbnails
from srcnn_gui.choices.thumbnails import Thumbnail
from srcnn_gui.pages.train import jobs as train_jobs
from srcnn_gui.pages.train import request as recipes
from srcnn_gui.pages.train.dataset import Pictures
from srcnn_gui.pages.train.reducer import Follower
from srcnn_gui.pages.train.run_history import Neighbours, Shelf
from srcnn_gui.pages.train.state import Choices, Curves, Progress, State, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, sentence

if TYPE_CHECKING:
    from engine.training import runs
    from engine.training.runs import Run
else:
    runs = deferred_module("engine.training.runs")


HELD_OUT_SIZE = (240, 180)  # px, of a held-out picture made small


@dataclass(frozen=True)
class TrainLanes:
    """The page's lanes: looking at pictures and files goes on beside a run."""

    run: Lane
    gather: Lane
    files: Lane


class TrainPresenter:
    """Drives a run; `pictures` takes the choices before it, `shelf` what is left after it."""

    def __init__(
        self,
        view: View,
        lanes: TrainLanes,
        choices: Choices,
        remember: Callable[[Choices], None],
        neighbours: Neighbours,
    ) -> None:
        self._lane, self._gather = lanes.run, lanes.gather
        self._store = Store(view, State(choices=choices, presets=recipes.presets()))
        self.pictures = Pictures(self._store, lanes.gather, remember, neighbours.models_changed)
        self.shelf = Shelf(self._store, lanes.files, neighbours)
        self._run: Run | None = None
        self._aim: Aim | None = None
        self._follower = Follower(choices.batch)
        self._after_stop: Callable[[], None] = nothing
        self._store.update()

    @property
    def state(self) -> State:
        """What is shown."""
        return self._store.state

    def show_on(self, view: View) -> None:
        """Show everything on another view; what the network looks like it gets from the one before."""
        self._store.show_on(view)

    # -- intents ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start a run as chosen."""
        if self.state.is_at_work or not self.state.can_start:
            return
        try:
            request = recipes.request(self.state.choices)
        except EngineError as error:
            self._store.show_error(error)
            return
        self._show_begin(Curves())
        name = recipes.name_for(self.state.choices)
        self._lane.start(
            partial(run_once, runs.begin, name, request),
            on_result=self._follow,
            on_failure=self._failed,
            on_cancelled=self._stopped,
        )

    def go_on(self) -> None:
        """Go on with the run that was interrupted, from where it was."""
        if self.state.is_at_work or not self.state.can_resume:
            return
        if (run := self.shelf.take_waiting()) is not None:
            self._show_begin(Curves(run.losses, run.curve, run.bicubic_psnr_db))
            self._follow(run)

    def keep_interrupted(self) -> None:
        """End the run that was interrupted, and keep its best model."""
        if (run := self.shelf.take_waiting()) is not None:
            self._store.update(curves=Curves(run.losses, run.curve, run.bicubic_psnr_db))
            self._keep(run)

    def discard_interrupted(self) -> None:
        """Delete the run that was interrupted."""
        if (run := self.shelf.take_waiting()) is not None:
            self._throw_away(run)

    def pause(self) -> None:
        """Compute no further step, or go on."""
        if self.state.phase in ("gathering", "running", "paused"):
            paused = self.state.phase != "paused"
            self._lane.pause(paused)
            self._store.update(phase="paused" if paused else "running", status=_("Paused") if paused else _at_work())

    def stop(self) -> None:
        """End the run with the step in work: it is measured too, and the best model is kept."""
        if self.state.is_at_work and self.state.can_stop and self._run is not None:
            self._store.update(phase="stopping", status=_("Stopping …"))
            self._lane.hint(Finish())
            self._lane.pause(False)

    def discard(self) -> None:
        """End the run and delete what it left."""
        if self.state.is_at_work:
            run = self._run
            self._after_stop = lambda: self._throw_away(run)
            self._store.update(phase="stopping", status=_("Stopping …"))
            self._lane.cancel()

    def dismiss(self) -> None:
        """Take the notice away."""
        self._store.update(notice="")

    def show_held_out(self) -> None:
        """Show the held-out pictures, to choose the part by which a run shows itself."""
        seen: list[Thumbnail] = []
        files = tuple(enumerate(self.state.to_show))
        self._gather.start(
            partial(thumbnails.draw, files, *HELD_OUT_SIZE),
            on_event=seen.append,
            on_result=lambda _result: self._store.view.show_held_out(
                tuple((files[look.index][1].name, look.picture) for look in seen if look.picture is not None)
            ),
            on_failure=self._store.show_error,
        )

    def show_part(self, picture: str, x: float, y: float) -> None:
        """Let the run show itself on the part of a held-out picture around a place, in parts of its sides."""
        self._aim = Aim(picture, (x, y))
        self._lane.hint(self._aim)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _show_begin(self, curves: Curves) -> None:
        """A run begins: nothing of the one before is shown any more."""
        self.shelf.put(None)
        self._store.view.show_look(None)
        self._store.update(
            phase="gathering",
            progress=Progress(title=_("Getting ready")),
            curves=curves,
            held_out="",
            to_show=(),
            outcome=None,
            interrupted="",
            can_resume=True,
            can_stop=False,
            notice="",
            log=(),
            status=_at_work(),
        )

    def _follow(self, run: "Run") -> None:
        """Train, from the beginning or from the run's checkpoint."""
        self._run = run
        self._follower = Follower(run.request.recipe.batch)
        self._lane.start(
            partial(train_jobs.go_on, run),
            on_event=self._heard,
            on_result=self._finished,
            on_failure=self._failed,
            on_cancelled=self._stopped,
        )
        if self._aim is not None:
            self._lane.hint(self._aim)  # if it is of these pictures

    def _heard(self, event: Any) -> None:
        if isinstance(event, Step) and self._run is not None:
            self.pictures.measured(self._run.request, event.patches_per_s)
        if isinstance(event, Looked):
            self._store.view.show_look(event)
        elif (state := self._follower.heard(self.state, event)) is not None:
            self._store.state = state
            self._store.update()

    def _stopped(self) -> None:
        self._run, then, self._after_stop = None, self._after_stop, nothing
        then()

    def _keep(self, run: "Run") -> None:
        self.shelf.settle(partial(run_once, runs.keep, run), partial(self.shelf.put, stopped=not run.is_trained))

    def _finished(self, model: Model) -> None:
        """The run came to its end, or was brought to it."""
        self._run = None
        self.shelf.put(model, stopped=self.state.phase == "stopping")

    def _throw_away(self, run: "Run | None") -> None:
        """Delete what a run left."""
        self._store.view.show_look(None)
        self._store.update(
            phase="idle", curves=Curves(), progress=Progress(), can_stop=False, log=(), status=_("Discarded")
        )
        if run is not None:
            self.shelf.settle(partial(run_once, runs.discard, run), lambda _run: self.shelf.look())

    def _failed(self, error: Exception) -> None:
        """The run failed; what it made until then can be kept or gone on with, unless it was being discarded."""
        self._run, then, self._after_stop = None, self._after_stop, nothing
        if then is not nothing:
            then()
            return
        trained = isinstance(error, ModelNotSaved)
        status = _("Model not saved") if trained else _("Training ended early")
        self._store.update(phase="idle", can_stop=False, can_resume=not trained, notice=sentence(error), status=status)
        self.shelf.look()


def _at_work() -> str:
    return _("Training. Closing the window asks first and keeps the checkpoint.")
