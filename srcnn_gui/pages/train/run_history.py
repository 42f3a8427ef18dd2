"""Controller for the model of the last run and for the list of earlier runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.models.catalog import Model
from srcnn_gui.pages.train import text as page_text
from srcnn_gui.pages.train.state import State, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, do_nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _

if TYPE_CHECKING:
    from engine.inference import model_export
    from engine.models import library
    from engine.training import runs
    from engine.training.runs import Run
else:
    model_export = deferred_module("engine.inference.model_export")
    library = deferred_module("engine.models.library")
    runs = deferred_module("engine.training.runs")


@dataclass
class TrainCallbacks:
    """Callbacks of the Train page.

    Attributes
    ----------
    models_changed : called after a model was added, renamed or deleted
    try_model : called with the path of a model that the user wants to try on the Compare page
    run_interrupted : called when an interrupted run is found
    """

    models_changed: Callable[[], None] = do_nothing
    try_model: Callable[[Path], None] = do_nothing
    run_interrupted: Callable[[], None] = do_nothing


class RunHistory:
    """Controller for the model of the last run and for the list of earlier runs.

    Files are read and written in the background, in parallel with training.
    """

    def __init__(self, store: Store[State, View], lane: Lane, callbacks: TrainCallbacks) -> None:
        self._store, self._lane, self._callbacks = store, lane, callbacks
        self._model: Model | None = None  # model of the last run, if it is shown
        self._runs: list[Run] = []
        self._overlaid_names: set[str] = set()
        self.interrupted_run: Run | None = None  # run that the user can resume or save

    def reload(self) -> None:
        """Read the list of runs in the background, and offer to resume an interrupted one."""
        self.run_job(partial(run_once, runs.list_runs), self._on_runs_read)

    def run_job(self, make_job: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        """Run a job that accesses files in the background. If it fails, show the error.

        Parameters
        ----------
        make_job : function that creates the job
        on_result : called with the return value of the job
        """
        self._lane.start(make_job, on_result=on_result, on_failure=self._store.show_error)

    def run_final_job(self, make_job: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        """Run a job that saves or deletes a run. If it fails, show the error and reload the list of runs.

        See `run_job` for the parameters.
        """
        self._lane.start(make_job, on_result=on_result, on_failure=self._on_final_job_failed)

    def _on_final_job_failed(self, error: BaseException) -> None:
        self._store.show_error(error)
        self.reload()

    def take_interrupted_run(self) -> "Run | None":
        """Hide the banner of the interrupted run, and return the run, or None if there is none."""
        run, self.interrupted_run = self.interrupted_run, None
        self._store.update(interrupted="")
        return run

    def find_finished_run(self) -> "tuple[Run | None, Model | None]":
        """Return the last run and its model. The run is None if it is not in the list of runs."""
        model = self._model
        return next((run for run in self._runs if model is not None and run.model == model.name), None), model

    def set_model(self, model: Model | None, *, stopped: bool = False) -> None:
        """Set the model of the last run, and show its result. `model` is None when a new run starts.

        `stopped` is true if the user stopped the run.
        """
        self._model = model
        if model is not None:
            outcome = page_text.describe_outcome(model, self._store.state.curves, stopped=stopped)
            self._store.update(phase="done", outcome=outcome, can_stop=False, notice="", status=outcome.title)
            self._callbacks.models_changed()
            self.reload()

    # -- user actions -----------------------------------------------------------------------------------------------

    def try_model(self) -> None:
        """Try the model of the last run on the Compare page."""
        if self._model is not None:
            self._callbacks.try_model(self._model.path)

    def rename_model(self, name: str) -> None:
        """Rename the model of the last run in the model library."""
        if self._model is not None:
            self.run_job(partial(run_once, runs.rename_model, self._model, name), self._on_renamed)

    def export_model(self, path: Path) -> None:
        """Export the model of the last run. An existing file is overwritten."""
        if self._model is not None:
            done = _("Saved as {name}").format(name=path.name)
            self.run_job(
                partial(run_once, model_export.export_model, self._model, path, overwrite=True),
                lambda _path: self._store.update(status=done, notice=""),
            )

    def delete_model(self) -> None:
        """Delete the model of the last run from the model library."""
        if self._model is not None:
            self.run_job(partial(run_once, library.delete_model, self._model), partial(self._on_deleted, self._model))

    def show_run_curves(self, name: str, shown: bool) -> None:
        """Show or hide the curves of an earlier run behind the current ones."""
        (self._overlaid_names.add if shown else self._overlaid_names.discard)(name)
        self._render_runs()

    def delete_run(self, name: str) -> None:
        """Delete an earlier run and its curves. Its model is kept."""
        run = next((run for run in self._runs if run.name == name), None)
        if run is not None:
            self.run_final_job(partial(run_once, runs.delete, run), lambda _run: self.reload())

    # -- internals --------------------------------------------------------------------------------------------------

    def _on_runs_read(self, runs: "list[Run]") -> None:
        self._runs = [run for run in runs if run.curve and not run.is_unfinished]
        self._render_runs()
        interrupted = next((run for run in runs if run.is_unfinished and not run.is_running), None)
        if interrupted is not None and not self._store.state.is_active:
            self.interrupted_run = interrupted
            self._store.update(
                interrupted=page_text.describe_interrupted_run(interrupted), can_resume=interrupted.can_resume
            )
            self._callbacks.run_interrupted()

    def _render_runs(self) -> None:
        self._store.update(
            previous_runs=tuple(
                page_text.describe_previous_run(run, shown=run.name in self._overlaid_names) for run in self._runs
            )
        )

    def _on_renamed(self, model: Model) -> None:
        previous, before = self._model, self._store.state.outcome
        self._model = model
        if previous is not None and previous.name in self._overlaid_names:
            self._overlaid_names.add(model.name)
        if before is not None:
            detail = page_text.describe_model_availability(model.name)
            self._store.update(
                outcome=replace(before, name=model.name, path=str(model.path), detail=detail), notice=""
            )
        self._callbacks.models_changed()
        self.reload()

    def _on_deleted(self, model: Model, _result: None) -> None:
        self._model = None
        self._store.update(phase="idle", outcome=None, status=_("Deleted {name}").format(name=model.name))
        self._callbacks.models_changed()
