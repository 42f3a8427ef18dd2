"""What trainings left: the model of the last one, and the runs of before with their curves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.models.catalog import Model
from srcnn_gui.pages.train import text as words
from srcnn_gui.pages.train.state import State, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _

if TYPE_CHECKING:
    from engine.models import library
    from engine.training import runs
    from engine.training.runs import Run
else:
    library = deferred_module("engine.models.library")
    runs = deferred_module("engine.training.runs")


@dataclass
class Neighbours:
    """Who else wants to know: models were made or went, one is to be tried, a run waits to be gone on with."""

    models_changed: Callable[[], None] = nothing
    try_model: Callable[[Path], None] = nothing
    run_waits: Callable[[], None] = nothing


class Shelf:
    """Keeps, renames, exports and deletes, on a lane of its own."""

    def __init__(self, store: Store[State, View], lane: Lane, neighbours: Neighbours) -> None:
        self._store, self._lane, self._neighbours = store, lane, neighbours
        self._model: Model | None = None  # of the outcome
        self._runs: list[Run] = []
        self._overlaid: set[str] = set()
        self.waiting: Run | None = None  # it can be gone on with

    def look(self) -> None:
        """Find the runs there are; one that was interrupted can be gone on with."""
        self.do(partial(run_once, runs.catalogue), self._found)

    def do(self, make_job: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        """Do something to files."""
        self._lane.start(make_job, on_result=on_result, on_failure=self._store.show_error)

    def settle(self, make_job: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        """Do something that a waiting run ends with; if it fails, the run is offered again."""
        self._lane.start(make_job, on_result=on_result, on_failure=self._not_settled)

    def _not_settled(self, error: BaseException) -> None:
        self._store.show_error(error)
        self.look()

    def take_waiting(self) -> "Run | None":
        """The run that waits; it does so no more."""
        run, self.waiting = self.waiting, None
        self._store.update(interrupted="")
        return run

    def put(self, model: Model | None, *, stopped: bool = False) -> None:
        """A run ended with this model; or a new one begins, and there is none."""
        self._model = model
        if model is not None:
            outcome = words.outcome(model, self._store.state.curves, stopped=stopped)
            self._store.update(phase="done", outcome=outcome, can_stop=False, notice="", status=outcome.title)
            self._neighbours.models_changed()
            self.look()

    # -- intents ---------------------------------------------------------------------------------------------------

    def try_it(self) -> None:
        """Use the model that was made on the picture in Compare."""
        if self._model is not None:
            self._neighbours.try_model(self._model.path)

    def rename(self, name: str) -> None:
        """Give the model that was made another name."""
        if self._model is not None:
            self.do(partial(run_once, library.rename_model, self._model, name), self._renamed)

    def export(self, path: Path) -> None:
        """Write the model that was made for another program; the dialog has asked about a file that exists."""
        if self._model is not None:
            done = _("Written: {name}").format(name=path.name)
            self.do(
                partial(run_once, library.export_model, self._model, path),
                lambda _path: self._store.update(status=done, notice=""),
            )

    def delete(self) -> None:
        """Delete the model that was made."""
        if self._model is not None:
            self.do(partial(run_once, library.delete_model, self._model), partial(self._deleted, self._model))

    def overlay(self, name: str, shown: bool) -> None:
        """Lay a run of before under the present curves, or take it away."""
        (self._overlaid.add if shown else self._overlaid.discard)(name)
        self._list()

    def delete_run(self, name: str) -> None:
        """Delete a run's story; a model that came of it stays."""
        run = next((run for run in self._runs if run.name == name), None)
        if run is not None:
            self.settle(partial(run_once, runs.discard, run), lambda _run: self.look())

    # -- inside ----------------------------------------------------------------------------------------------------

    def _found(self, runs: "list[Run]") -> None:
        self._runs = [run for run in runs if run.curve and not run.is_unfinished]
        self._list()
        waiting = next((run for run in runs if run.is_unfinished and not run.is_at_work), None)
        if waiting is not None and not self._store.state.is_at_work:
            self.waiting = waiting
            self._store.update(interrupted=words.interrupted(waiting), can_resume=waiting.can_resume)
            self._neighbours.run_waits()

    def _list(self) -> None:
        self._store.update(old_runs=tuple(words.old_run(run, shown=run.name in self._overlaid) for run in self._runs))

    def _renamed(self, model: Model) -> None:
        self._model, before = model, self._store.state.outcome
        if before is not None:
            detail = words.in_menus(model.name)
            self._store.update(
                outcome=replace(before, name=model.name, path=str(model.path), detail=detail), notice=""
            )
        self._neighbours.models_changed()

    def _deleted(self, model: Model, _result: None) -> None:
        self._model = None
        self._store.update(phase="idle", outcome=None, status=_("Deleted: {name}").format(name=model.name))
        self._neighbours.models_changed()
