"""Presenter of the Benchmark page, which runs evaluations and fills the tables. Independent of Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.datasets.events import FileFailed
from engine.datasets.folders import list_images
from engine.errors import EngineError
from engine.evaluation import tables as evaluation_table
from engine.evaluation.events import Evaluation
from engine.models.catalog import Model
from srcnn_gui.choices import devices as device_choice
from srcnn_gui.pages.benchmark import candidates, tables
from srcnn_gui.pages.benchmark import jobs as benchmark_jobs
from srcnn_gui.pages.benchmark import text as page_text
from srcnn_gui.pages.benchmark.candidates import TestSet
from srcnn_gui.pages.benchmark.download import Download
from srcnn_gui.pages.benchmark.progress_tracker import ProgressTracker
from srcnn_gui.pages.benchmark.results import EvaluationSpec, FolderContents, ResultStore
from srcnn_gui.pages.benchmark.state import FOLDER, SCALES, BenchmarkSettings, SelectableItem, State, Verdict, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, do_nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, retranslate

if TYPE_CHECKING:
    from engine.evaluation import benchmark
    from engine.models import library
else:
    benchmark = deferred_module("engine.evaluation.benchmark")
    library = deferred_module("engine.models.library")


@dataclass(frozen=True)
class BenchmarkLanes:
    """Lanes of the Benchmark page: one for each kind of job, so that different jobs run in parallel.

    Attributes
    ----------
    run : runs the benchmark
    fetch : downloads test sets and weights
    read_folders : reads the names and sizes of test images
    files : imports models and exports tables
    """

    run: Lane
    fetch: Lane
    read_folders: Lane
    files: Lane


class BenchmarkPresenter:
    """Presenter of the Benchmark page, which holds its state, starts its jobs and updates the view."""

    def __init__(
        self,
        view: View,
        lanes: BenchmarkLanes,
        settings: BenchmarkSettings,
        save_settings: Callable[[BenchmarkSettings], None],
        models_changed: Callable[[], None] = do_nothing,
        get_mirror: Callable[[], str] = str,
        results_path: Path | None = None,
    ) -> None:
        """Create a presenter. `results_path` is the file in which results are kept between sessions, if any."""
        self._lanes, self._save_settings = lanes, save_settings
        self._models_changed = models_changed
        self._results, self._results_path = ResultStore(), results_path
        self._candidates = candidates.list_candidates()
        self._test_sets: tuple[TestSet, ...] = ()
        self._tracker = ProgressTracker(self._results, monotonic)
        self._row_chosen = False  # whether the user has selected a row since the run started
        self._page_shown = False  # images are read only after the page was shown once
        self._elapsed_s, self._stopped = 0.0, False  # describe the last run, reset when a setting changes
        self._pending: dict[str, Any] = {}  # changed settings to apply after the run
        self._store = Store(view, State(settings=settings))
        self.download = Download(self._store, lanes.fetch, get_mirror, self._reload)
        self._refresh()

    @property
    def state(self) -> State:
        """Current state of the page."""
        return self._store.state

    def set_view(self, view: View) -> None:
        """Replace the view after a language change, and display the state in it."""
        self._store.set_view(view)
        self._candidates = retranslate(self._candidates)
        self._refresh()

    # -- user actions: settings --------------------------------------------------------------------------------------

    def on_page_shown(self) -> None:
        """Look for new test sets and models each time the page is shown, except during a run."""
        if not self._page_shown and self._results_path is not None:
            self._results.load(self._results_path)
        self._page_shown = True
        if not self.state.locked:
            self._reload()

    def change_settings(self, **changes: Any) -> None:
        """Change settings of the page. The keyword arguments are fields of `BenchmarkSettings`."""
        chosen = replace(self.state.settings, **changes)
        if self.state.locked or chosen == self.state.settings:
            self._store.update()
            return
        self._elapsed_s, self._stopped = 0.0, False
        self._store.stage(settings=chosen)
        self._save_settings(chosen)
        self._refresh()

    def apply_defaults(self, **changes: Any) -> None:
        """Apply changes from the Settings dialog. During a run, they are applied after it has ended."""
        self._pending |= changes
        if not self.state.locked:
            pending, self._pending = self._pending, {}
            self.change_settings(**pending)

    def toggle_item(self, field: str, key: str, selected: bool) -> None:
        """Select or deselect a test set, scale factor or model.

        Parameters
        ----------
        field : field of `BenchmarkSettings` that contains the list
        key : key of the item in the list
        selected : whether to select the item
        """
        other_keys = [known for known in getattr(self.state.settings, field).split("\n") if known and known != key]
        self.change_settings(**{field: "\n".join([*other_keys, key] if selected else other_keys)})

    def choose_folder(self, folder: Path) -> None:
        """Use a folder of images as a test set.

        During a run, or if there are no images in the folder, show a notice instead.
        """
        if not self.can_add():
            return
        try:
            list_images(folder)
        except EngineError as error:
            self._store.show_error(error)
            return
        test_set_keys = [key for key in self.state.settings.test_sets.split("\n") if key and key != FOLDER]
        self.change_settings(folder=str(folder), test_sets="\n".join([*test_set_keys, FOLDER]))

    def can_add(self) -> bool:
        """Return whether a folder can be added. During a run, show a notice and return False."""
        if self.state.locked and self.state.notice != page_text.explain_cannot_add():
            self._store.update(notice=page_text.explain_cannot_add())
        return not self.state.locked

    def select_row(self, row: int) -> None:
        """Show the scores of individual images for a row of the table of means."""
        self._row_chosen = True
        self._show_row(row)

    def set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Update the device menu. If the selected device is not available, select the CPU and show a notice."""
        device, notice = device_choice.replace_unavailable(self.state.settings.device, devices)
        self._store.update(devices=devices, settings=replace(self.state.settings, device=device), **notice)

    def reload_models(self) -> None:
        """Read the lists of models and test sets again, and select new models."""
        self._reload()

    # -- user actions: run ------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run the selected evaluations that have no result. If all have one, run all of them again."""
        if self.state.locked or not self.state.can_run:
            return
        specs = self._specs()
        requested = [spec for spec in specs if not self._results.get(spec).evaluation] or specs
        self._row_chosen, self._elapsed_s, self._stopped = False, 0.0, False
        self._tracker.start(requested)
        for spec in requested:
            self._results.remove(spec)
        self._store.update(running=True, notice="", status=_("Benchmark running"), done=0, total=self._tracker.total)
        self._lanes.run.start(
            partial(benchmark.run, [spec.build_request(self.state.settings.device) for spec in requested]),
            on_event=self._on_event,
            on_result=lambda _result: self._end_run(_("Benchmark done")),
            on_failure=self._on_failed,
            on_canceled=lambda: self._end_run(_("Benchmark stopped"), stopped=True),
        )
        self._refresh()

    def stop(self) -> None:
        """Stop the run after the current step. Results measured so far are kept."""
        if self.state.running and not self.state.stopping:
            self._store.update(stopping=True, status=_("Stopping…"))
            self._lanes.run.cancel()

    def import_model(self, path: Path, scale: int | None = None) -> None:
        """Import a model file into the model library and select the model.

        `scale` is the scale factor, needed if the file does not contain it.
        """
        job = partial(run_once, library.import_model, path, scale)
        self._lanes.files.start(job, on_result=self._on_imported, on_failure=self._store.show_error)

    def export_tables(self, path: Path) -> None:
        """Write the tables to `path`. The file extension selects the format: CSV, Markdown or LaTeX."""
        if self.state.can_export:
            done = _("Saved as {name}").format(name=path.name)
            self._lanes.files.start(
                partial(run_once, evaluation_table.write_tables, self.evaluations(), path),
                on_result=lambda _path: self._store.update(status=done, notice=""),
                on_failure=self._store.show_error,
            )

    def format_tables(self) -> str:
        """Return the tables as Markdown, for the clipboard."""
        self._store.update(status=_("Tables copied"))
        return evaluation_table.format_tables(self.evaluations(), "markdown")

    def evaluations(self) -> list[Evaluation]:
        """Return the complete evaluations of the current selection, in the order of the table rows."""
        evaluations = [self._results.get(spec).evaluation for spec in self._specs()]
        return [evaluation for evaluation in evaluations if evaluation is not None]

    def dismiss_notice(self) -> None:
        """Close the notice."""
        self._store.update(notice="")

    # -- internals --------------------------------------------------------------------------------------------------

    def _on_imported(self, _model: Model) -> None:
        self._store.update(status=_("Model imported"), notice="")
        self._models_changed()

    def _selection(self) -> tables.Selection:
        """Return the selected test sets, scale factors and methods, together with their results."""
        settings = self.state.settings
        test_sets = tuple(test_set for test_set in self._test_sets if test_set.key in settings.test_sets.split("\n"))
        scales = tuple(scale for scale in SCALES if str(scale) in settings.scales.split("\n"))
        chosen = tuple(one for one in self._candidates if one.key in settings.models.split("\n"))
        degradation = candidates.build_degradation(settings)
        return tables.Selection(test_sets, scales, chosen, settings.self_ensemble, self._results, degradation)

    def _specs(self) -> list[EvaluationSpec]:
        """Return the evaluations to run for the current selection, in the order of the table rows.

        Combinations without a model or without a test set are omitted.
        """
        selection = self._selection()
        specs = (
            selection.find_evaluation_spec(test_set, scale, other)
            for test_set, scale in selection.rows
            for other in selection.candidates
        )
        return [spec for spec in specs if spec is not None]

    def _reload(self) -> None:
        """Read the list of models again and select the models that are new."""
        before = {candidate.key for candidate in self._candidates}
        self._candidates = candidates.list_candidates()
        new = [one.key for one in self._candidates if one.key not in before]
        if new:
            chosen = replace(self.state.settings, models="\n".join([self.state.settings.models, *new]))
            self._save_settings(chosen)
            self._store.stage(settings=chosen)
        self._refresh()

    def _refresh(self) -> None:
        """Update all parts of the state that depend on the settings."""
        self._test_sets = candidates.list_test_sets(
            self.state.settings
        )  # slow, because it checks every file of each set
        selection, settings, state = self._selection(), self.state.settings, self.state
        chosen, specs = settings.models.split("\n"), self._specs()
        missing, fetch_words = page_text.describe_missing_downloads(self.download.find_missing(selection))
        listed = [one for one in self._candidates if one.is_listed(chosen)]
        remaining = [spec for spec in specs if not self._results.get(spec).evaluation]
        self._store.stage(
            test_sets=tuple(
                SelectableItem(
                    test_set.key,
                    page_text.format_test_set_title(test_set),
                    str(test_set.folder),
                    test_set.key in settings.test_sets.split("\n"),
                )
                for test_set in self._test_sets
            ),
            scales=selection.scales,
            models=tuple(SelectableItem(one.key, one.title, one.tooltip, one.key in chosen) for one in listed),
            empty=not any(test_set.available for test_set in selection.test_sets),
            missing=missing,
            fetch_text=fetch_words,
            mean_table=tables.build_mean_table(selection),
            verdict=self._verdict(selection),
            notes=page_text.format_notes(settings.self_ensemble, selection.degradation),
            estimated_time=page_text.format_estimated_time(self._tracker.estimate_seconds(remaining or specs)),
            can_run=bool(specs),
            run_text=_("Run Again") if specs and not remaining else _("Run"),
            can_export=bool(self.evaluations()),
        )
        self._show_row(min(state.selected_row, max(0, len(selection.rows) - 1)))
        self._read_folders(selection)

    def _show_row(self, row: int) -> None:
        self._store.update(selected_row=row, image_table=tables.build_image_table(self._selection(), row))

    def _verdict(self, selection: tables.Selection) -> Verdict:
        if self.state.running:
            return page_text.describe_progress(self._tracker.progress)
        results = [self._results.get(spec) for spec in self._specs()]
        if not any(result.image_scores or result.error for result in results):
            return page_text.describe_first_run()
        return page_text.summarize_results(selection, self._elapsed_s, stopped=self._stopped)

    def _read_folders(self, selection: tables.Selection) -> None:
        """Read the image names and sizes of the folders that have not been read yet."""
        unread = [
            test_set.folder
            for test_set in selection.test_sets
            if test_set.available and test_set.folder not in self._results.folders
        ]
        if unread and self._page_shown:
            job = partial(benchmark_jobs.read_folders, unread)
            self._lanes.read_folders.start(
                job,
                on_event=self._on_folder_read,
                on_result=lambda _on_folder_read: self._refresh(),
                on_failure=self._store.show_error,
            )

    def _on_folder_read(self, result: Any) -> None:
        if isinstance(result, FileFailed):
            self._results.folders[result.path] = FolderContents((), 0)
            self._store.show_error(result.error)
        else:
            folder, names, pixels = result
            self._results.folders[folder] = FolderContents(names, pixels)

    def _on_event(self, event: Any) -> None:
        """Store the content of an event of the run, and update the tables and the progress."""
        notice = self._tracker.handle_event(event)
        if notice is None:
            return
        if notice:
            self._store.update(notice=notice)
        selection, spec = self._selection(), self._tracker.spec
        if not self._row_chosen and spec is not None:
            rows = [(test_set.folder, scale) for test_set, scale in selection.rows]
            at = (spec.folder, spec.model.info.scale)
            self._store.stage(selected_row=rows.index(at) if at in rows else self.state.selected_row)
        self._store.stage(
            mean_table=tables.build_mean_table(selection),
            verdict=page_text.describe_progress(self._tracker.progress),
            can_export=bool(self.evaluations()),
            done=self._tracker.done,
            total=self._tracker.total,
        )
        self._show_row(self.state.selected_row)

    def _end_run(self, status: str, *, stopped: bool = False) -> None:
        """Unlock the settings and apply pending changes. The results are kept."""
        notice = "" if self.state.notice == page_text.explain_cannot_add() else self.state.notice
        self._store.stage(running=False, stopping=False, status=status, notice=notice)
        if self._results_path is not None:
            self._results.save(self._results_path)
        self.apply_defaults()
        self._elapsed_s, self._stopped = self._tracker.elapsed_s, stopped
        self._reload()

    def _on_failed(self, error: Exception) -> None:
        self._end_run(_("Benchmark failed"), stopped=True)
        self._store.show_error(error)
