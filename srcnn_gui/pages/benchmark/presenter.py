"""The Benchmark page's decisions: what is measured, in which order, and what is shown of it. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.datasets.events import FileFailed
from engine.evaluation import tables as evaluation_table
from engine.evaluation.events import Evaluation
from engine.models.catalog import Model
from srcnn_gui.pages.benchmark import candidates as taking_part
from srcnn_gui.pages.benchmark import jobs as benchmark_jobs
from srcnn_gui.pages.benchmark import tables
from srcnn_gui.pages.benchmark import text as words
from srcnn_gui.pages.benchmark.candidates import PictureSet
from srcnn_gui.pages.benchmark.download import Download
from srcnn_gui.pages.benchmark.results import Folder, Place, Results
from srcnn_gui.pages.benchmark.runner import Runner
from srcnn_gui.pages.benchmark.state import FOLDER, SCALES, Choices, Option, State, Verdict, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, again

if TYPE_CHECKING:
    from engine.evaluation import benchmark
    from engine.models import library
else:
    benchmark = deferred_module("engine.evaluation.benchmark")
    library = deferred_module("engine.models.library")


@dataclass(frozen=True)
class BenchmarkLanes:
    """The page's lanes: downloads and files beside the work."""

    run: Lane
    fetch: Lane
    look: Lane
    files: Lane


class BenchmarkPresenter:
    """Holds the state; starts jobs on its lanes; tells the view. Its intents are the methods named by verbs."""

    def __init__(
        self,
        view: View,
        lanes: BenchmarkLanes,
        choices: Choices,
        remember: Callable[[Choices], None],
        models_changed: Callable[[], None] = nothing,
        mirror: Callable[[], str] = str,
    ) -> None:
        self._lanes, self._remember = lanes, remember
        self._tell_others = models_changed
        self._results = Results()
        self._contenders = taking_part.contenders()
        self._sets: tuple[PictureSet, ...] = ()
        self._runner = Runner(self._results, monotonic)
        self._picked = False  # a row was chosen by hand since the run began
        self._in_sight = False  # pictures need not be looked at before somebody looks at the page
        self._took_s, self._stopped = 0.0, False  # of the last run, while what it was asked is still chosen
        self._due: dict[str, Any] = {}  # what was set for all while a run was at work
        self._store = Store(view, State(choices=choices))
        self.download = Download(self._store, lanes.fetch, mirror, self._reload)
        self._refresh()

    @property
    def state(self) -> State:
        """What is shown."""
        return self._store.state

    def show_on(self, view: View) -> None:
        """Show everything on another view, in the language that is spoken now."""
        self._store.show_on(view)
        self._contenders = again(self._contenders)
        self._refresh()

    # -- intents: choices ------------------------------------------------------------------------------------------

    def see(self) -> None:
        """The page came to the front: other pages may have brought pictures or models."""
        self._in_sight = True
        if not self.state.locked:
            self._reload()

    def choose(self, **changes: Any) -> None:
        """Another device, or averages: fields of `Choices`."""
        chosen = replace(self.state.choices, **changes)
        if self.state.locked or chosen == self.state.choices:
            self._store.update()
            return
        self._took_s, self._stopped = 0.0, False
        self._store.stage(choices=chosen)
        self._remember(chosen)
        self._refresh()

    def take(self, **changes: Any) -> None:
        """What was set for all: now, or once the run is over."""
        self._due |= changes
        if not self.state.locked:
            due, self._due = self._due, {}
            self.choose(**due)

    def toggle(self, what: str, key: str, chosen: bool) -> None:
        """Take a set, a scale or a model in, or leave it out: `what` is a field of `Choices`."""
        kept = [known for known in getattr(self.state.choices, what).split("\n") if known and known != key]
        self.choose(**{what: "\n".join([*kept, key] if chosen else kept)})

    def choose_folder(self, folder: Path) -> None:
        """Measure on the pictures of a folder."""
        if not self.can_add():
            return
        kept = [key for key in self.state.choices.sets.split("\n") if key and key != FOLDER]
        self.choose(folder=str(folder), sets="\n".join([*kept, FOLDER]))

    def can_add(self) -> bool:
        """Return whether a folder can be added. While the benchmark runs it cannot, and the notice says why."""
        if self.state.locked and self.state.notice != words.busy():
            self._store.update(notice=words.busy())
        return not self.state.locked

    def select(self, row: int) -> None:
        """Show the pictures of a row."""
        self._picked = True
        self._show_row(row)

    def devices_found(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Torch is loaded: say what can compute."""
        self._store.update(devices=devices)

    def models_changed(self) -> None:
        """A model was trained, imported, renamed or deleted; or models or pictures lie elsewhere."""
        self._reload()

    # -- intents: work ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Measure what is missing; where nothing is, everything anew."""
        if self.state.locked or not self.state.can_run:
            return
        places = self._places()
        wanted = [place for place in places if not self._results.at(place).evaluation] or places
        self._picked, self._took_s, self._stopped = False, 0.0, False
        self._runner.begin(wanted)
        for place in wanted:
            self._results.forget(place)
        self._store.update(running=True, notice="", status=_("Benchmark under way"), done=0, total=self._runner.total)
        self._lanes.run.start(
            partial(benchmark.run, [place.request(self.state.choices.device) for place in wanted]),
            on_event=self._heard,
            on_result=lambda _made: self._over(_("Benchmark done")),
            on_failure=self._failed,
            on_cancelled=lambda: self._over(_("Benchmark stopped"), stopped=True),
        )
        self._refresh()

    def stop(self) -> None:
        """Stop as soon as the step in work is over; what was measured stays."""
        if self.state.running and not self.state.stopping:
            self._store.update(stopping=True, status=_("Stopping …"))
            self._lanes.run.cancel()

    def import_model(self, path: Path, scale: int | None = None) -> None:
        """Copy a model file into the person's own; it takes part at once."""
        job = partial(run_once, library.import_model, path, scale)
        self._lanes.files.start(job, on_result=self._imported, on_failure=self._store.show_error)

    def export(self, path: Path) -> None:
        """Write the tables, in the format that the file's ending says."""
        if self.state.can_export:
            done = _("Written: {name}").format(name=path.name)
            self._lanes.files.start(
                partial(run_once, evaluation_table.write, self.evaluations(), path),
                on_result=lambda _path: self._store.update(status=done, notice=""),
                on_failure=self._store.show_error,
            )

    def table(self) -> str:
        """The tables as Markdown, to paste somewhere."""
        self._store.update(status=_("Table copied"))
        return evaluation_table.as_text(self.evaluations(), "markdown")

    def evaluations(self) -> list[Evaluation]:
        """What is shown and complete, row by row."""
        found = [self._results.at(place).evaluation for place in self._places()]
        return [evaluation for evaluation in found if evaluation is not None]

    def dismiss(self) -> None:
        """Take the notice away."""
        self._store.update(notice="")

    # -- inside ----------------------------------------------------------------------------------------------------

    def _imported(self, _model: Model) -> None:
        self._store.update(status=_("Model imported"), notice="")
        self._tell_others()

    def _selection(self) -> tables.Selection:
        """What is chosen, and what was measured of it."""
        choices = self.state.choices
        sets = tuple(one for one in self._sets if one.key in choices.sets.split("\n"))
        scales = tuple(scale for scale in SCALES if str(scale) in choices.scales.split("\n"))
        chosen = choices.models.split("\n")
        contenders = tuple(one for one in self._contenders if one.key in chosen)
        return tables.Selection(sets, scales, contenders, choices.ensemble, self._results)

    def _places(self) -> list[Place]:
        """Every evaluation that is chosen and can be made, row by row."""
        selection = self._selection()
        found = (selection.place(one, scale, other) for one, scale in selection.rows for other in selection.contenders)
        return [place for place in found if place is not None]

    def _reload(self) -> None:
        """Look for models again; a new one takes part."""
        before = {contender.key for contender in self._contenders}
        self._contenders = taking_part.contenders()
        new = [one.key for one in self._contenders if one.key not in before]
        if new:
            chosen = replace(self.state.choices, models="\n".join([self.state.choices.models, *new]))
            self._remember(chosen)
            self._store.stage(choices=chosen)
        self._refresh()

    def _refresh(self) -> None:
        """Bring everything that follows from the choices up to date, and show it."""
        self._sets = taking_part.sets(self.state.choices)  # here alone: it asks the disk for every file of each set
        selection, choices, state = self._selection(), self.state.choices, self.state
        chosen, places = choices.models.split("\n"), self._places()
        missing, fetch_words = words.missing(self.download.missing(selection))
        there = [one for one in self._contenders if one.is_listed(chosen)]
        left = [place for place in places if not self._results.at(place).evaluation]
        self._store.stage(
            sets=tuple(
                Option(one.key, words.option(one), str(one.folder), one.key in choices.sets.split("\n"))
                for one in self._sets
            ),
            scales=selection.scales,
            models=tuple(Option(one.key, one.title, one.tip, one.key in chosen) for one in there),
            empty=not any(one.there for one in selection.sets),
            missing=missing,
            fetch_words=fetch_words,
            means=tables.means(selection),
            verdict=self._said(selection),
            notes=words.notes(choices.ensemble),
            time=words.time(self._runner.seconds(left or places)),
            can_run=bool(places),
            run_words=_("Run again") if places and not left else _("Run"),
            can_export=bool(self.evaluations()),
        )
        self._show_row(min(state.row, max(0, len(selection.rows) - 1)))
        self._look(selection)

    def _show_row(self, row: int) -> None:
        self._store.update(row=row, pictures=tables.pictures(self._selection(), row))

    def _said(self, selection: tables.Selection) -> Verdict:
        if self.state.running:
            return words.running(self._runner.progress)
        known = [self._results.at(place) for place in self._places()]
        if not any(result.images or result.error for result in known):
            return words.ready()
        return words.verdict(selection, self._took_s, stopped=self._stopped)

    def _look(self, selection: tables.Selection) -> None:
        """See what lies in folders that nobody has looked into yet."""
        unknown = [one.folder for one in selection.sets if one.there and one.folder not in self._results.folders]
        if unknown and self._in_sight:
            job = partial(benchmark_jobs.look_into, unknown)
            self._lanes.look.start(
                job, on_event=self._seen, on_result=lambda _seen: self._refresh(), on_failure=self._store.show_error
            )

    def _seen(self, found: Any) -> None:
        if isinstance(found, FileFailed):
            self._results.folders[found.path] = Folder((), 0)
            self._store.show_error(found.error)
        else:
            folder, names, pixels = found
            self._results.folders[folder] = Folder(names, pixels)

    def _heard(self, event: Any) -> None:
        """What the run says: figures go into the table as they come."""
        notice = self._runner.heard(event)
        if notice is None:
            return
        if notice:
            self._store.update(notice=notice)
        selection, place = self._selection(), self._runner.place
        if not self._picked and place is not None:
            rows = [(one.folder, scale) for one, scale in selection.rows]
            at = (place.folder, place.model.spec.scale)
            self._store.stage(row=rows.index(at) if at in rows else self.state.row)
        self._store.stage(
            means=tables.means(selection),
            verdict=words.running(self._runner.progress),
            can_export=bool(self.evaluations()),
            done=self._runner.done,
            total=self._runner.total,
        )
        self._show_row(self.state.row)

    def _over(self, status: str, *, stopped: bool = False) -> None:
        """The run ended; what it measured is there."""
        notice = "" if self.state.notice == words.busy() else self.state.notice
        self._store.stage(running=False, stopping=False, status=status, notice=notice)
        self.take()
        self._took_s, self._stopped = self._runner.took_s, stopped
        self._reload()

    def _failed(self, error: Exception) -> None:
        self._over(_("Benchmark ended early"), stopped=True)
        self._store.show_error(error)
