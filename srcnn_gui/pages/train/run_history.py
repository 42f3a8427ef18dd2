"""What trainings left: the model of the last one, and the runs of before with their curves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.models.catalog import Model
from srcnn_gui.pages.train import jobs as train_jobs
from srcnn_gui.pages.train import text as words
from srcnn_gui.pages.train.board import Board
from srcnn_gui.runtime import jobs
from srcnn_gui.runtime.lane import Lane, nothing
from srcnn_gui.runtime.translations import _

if TYPE_CHECKING:
    from engine.training.runs import Run


@dataclass
class Neighbours:
    """Who else wants to know: models were made or went, one is to be tried, a run waits to be gone on with."""

    models_changed: Callable[[], None] = nothing
    try_model: Callable[[Path], None] = nothing
    run_waits: Callable[[], None] = nothing


class Shelf:
    """Keeps, renames, exports and deletes, on a lane of its own."""

    def __init__(self, board: Board, lane: Lane, neighbours: Neighbours) -> None:
        self._board, self._lane, self._neighbours = board, lane, neighbours
        self._model: Model | None = None  # of the outcome
        self._runs: list[Run] = []
        self._overlaid: set[str] = set()
        self.waiting: Run | None = None  # it can be gone on with

    def look(self) -> None:
        """Find the runs there are; one that was interrupted can be gone on with."""
        self.do(train_jobs.list_runs, self._found)

    def do(self, make_job: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        """Do something to files."""
        self._lane.start(make_job, on_result=on_result, on_failure=self._board.refuse)

    def settle(self, make_job: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        """Do something that a waiting run ends with; if it fails, the run is offered again."""
        self._lane.start(make_job, on_result=on_result, on_failure=self._not_settled)

    def _not_settled(self, error: BaseException) -> None:
        self._board.refuse(error)
        self.look()

    def take_waiting(self) -> "Run | None":
        """The run that waits; it does so no more."""
        run, self.waiting = self.waiting, None
        self._board.set(interrupted="")
        return run

    def put(self, model: Model | None, *, stopped: bool = False) -> None:
        """A run ended with this model; or a new one begins, and there is none."""
        self._model = model
        if model is not None:
            outcome = words.outcome(model, self._board.state.curves, stopped=stopped)
            self._board.set(phase="done", outcome=outcome, can_stop=False, notice="", status=outcome.title)
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
            self.do(partial(jobs.rename_model, self._model, name), self._renamed)

    def export(self, path: Path) -> None:
        """Write the model that was made for another program; the dialog has asked about a file that exists."""
        if self._model is not None:
            done = _("Written: {name}").format(name=path.name)
            self.do(
                partial(jobs.export_model, self._model, path), lambda _path: self._board.set(status=done, notice="")
            )

    def delete(self) -> None:
        """Delete the model that was made."""
        if self._model is not None:
            self.do(partial(jobs.delete_model, self._model), self._deleted)

    def overlay(self, name: str, shown: bool) -> None:
        """Lay a run of before under the present curves, or take it away."""
        (self._overlaid.add if shown else self._overlaid.discard)(name)
        self._list()

    def delete_run(self, name: str) -> None:
        """Delete a run's story; a model that came of it stays."""
        run = next((run for run in self._runs if run.name == name), None)
        if run is not None:
            self.settle(partial(train_jobs.discard_run, run), lambda _run: self.look())

    # -- inside ----------------------------------------------------------------------------------------------------

    def _found(self, runs: "list[Run]") -> None:
        self._runs = [run for run in runs if run.curve and not run.is_unfinished]
        self._list()
        waiting = next((run for run in runs if run.is_unfinished and not run.is_at_work), None)
        if waiting is not None and not self._board.state.is_at_work:
            self.waiting = waiting
            self._board.set(interrupted=words.interrupted(waiting), can_resume=waiting.can_resume)
            self._neighbours.run_waits()

    def _list(self) -> None:
        self._board.set(old_runs=tuple(words.old_run(run, shown=run.name in self._overlaid) for run in self._runs))

    def _renamed(self, model: Model) -> None:
        self._model, before = model, self._board.state.outcome
        if before is not None:
            detail = words.in_menus(model.name)
            self._board.set(outcome=replace(before, name=model.name, path=str(model.path), detail=detail), notice="")
        self._neighbours.models_changed()

    def _deleted(self, model: Model) -> None:
        self._model = None
        self._board.set(phase="idle", outcome=None, status=_("Deleted: {name}").format(name=model.name))
        self._neighbours.models_changed()
