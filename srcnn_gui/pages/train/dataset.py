"""Settings of the Train page, the download of T91, and the patch count of the training set."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.datasets import download
from engine.datasets.events import FileFailed, FileFetched
from engine.datasets.request import FetchRequest
from engine.errors import EngineError
from engine.models import catalog
from engine.models.catalog import Model
from engine.training.request import TrainRequest
from srcnn_gui.pages.train import jobs as train_jobs
from srcnn_gui.pages.train import request as train_request
from srcnn_gui.pages.train import text as page_text
from srcnn_gui.pages.train.state import FOLDER, T91, State, TrainSettings, View, WarmStart
from srcnn_gui.runtime.lane import Lane, do_nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _

if TYPE_CHECKING:
    from engine.training.dataset_summary import DatasetSummary

_SPEED_FIELDS = ("arch", "n1", "n2", "batch_size", "device")  # the training speed depends on these settings
# The patches of the training set depend on these settings.
_SURVEY_FIELDS = (
    "source",
    "folder",
    "arch",
    "scale",
    "rescaled",
    "all_phases",
    "quantized_share",
    "patch_size",
    "degradation",
    "validation_size",
    "seed",
)


class DatasetController:
    """Controller for the settings of the Train page, which are locked during a run.

    In the background, it downloads images, imports models and counts the patches of the training set.
    """

    def __init__(
        self,
        store: Store[State, View],
        lane: Lane,
        save_settings: Callable[[TrainSettings], None],
        models_imported: Callable[[], None] = do_nothing,
    ) -> None:
        """Create a controller that updates the state in `store`.

        Parameters
        ----------
        store : store with the state of the Train page
        lane : background lane that downloads images, imports models and counts patches
        save_settings : called with the settings after a change, to save them
        models_imported : called after a model file was imported
        """
        self._store, self._lane = store, lane
        self._save_settings, self._models_imported = save_settings, models_imported
        self._page_shown = False  # counting patches reads all images, so it starts only after the page was shown
        self._sample_patches: tuple[Any, Any] | None = None  # inputs and their labels
        self._patch_count: int | None = None
        self._skipped: list[FileFailed] = []
        self._speeds: dict[tuple[Any, ...], float] = {}  # patches per second, by the values of _SPEED_FIELDS
        self._warm_starts: tuple[WarmStart, ...] = ()
        self._pending: dict[str, Any] = {}  # changed settings to apply after the run
        self._refresh_derived()
        store.after_render = self._apply_pending_when_idle

    def on_page_shown(self) -> None:
        """Check for added or removed images. On the first call, also list the models and count the patches."""
        if self._page_shown:
            self._look_for_images()
        else:
            self._page_shown = True
            self._refresh_derived()
            self.reload_models()
            self._start_survey()

    def on_data_folder_changed(self) -> None:
        """Count the patches of the training set again, because the data folder has changed."""
        self._refresh_derived()
        self._store.update()
        self._start_survey()

    def _look_for_images(self) -> None:
        """Count the patches again if the training set was added or removed since the last check."""
        could_start = self._store.state.can_start
        if self._store.state.fetching or self._store.state.is_active:
            return
        self._refresh_derived()
        self._store.update()
        if self._store.state.can_start != could_start:
            self._store.update(notice="")
            self._start_survey()

    def choose_source(self, key: str) -> None:
        """Select a training set by its key. An unknown key changes nothing."""
        if any(source.key == key for source in self._store.state.sources):
            self.change_setting("source", key)
        else:
            self._store.update()

    def reload_models(self) -> None:
        """Update the list of models for a warm start.

        If the selected model was deleted, select random weights.
        """
        if self._page_shown:
            self._warm_starts = tuple(train_request.build_warm_start(model) for model in catalog.list_models())
            is_available = any(start.key == self._store.state.settings.start_from for start in self._warm_starts)
            if not is_available and self._store.state.settings.start_from:
                self._set_settings(train_request.apply_warm_start(self._store.state.settings, None))
            self._refresh_derived()
            self._store.update()

    def choose_warm_start(self, key: str) -> None:
        """Select a model for a warm start, and set its architecture.

        `key` is the key of a `WarmStart`. A key that is not in the menu selects random initial weights.
        """
        start = next((start for start in self._warm_starts if start.key == key), None)
        self._set_settings(train_request.apply_warm_start(self._store.state.settings, start))

    def choose_warm_start_file(self, path: Path) -> None:
        """Import a weights file into the model library, and select this model for a warm start."""
        scale = self._store.state.settings.scale
        self._lane.start(
            partial(train_jobs.import_model, path, scale),
            on_result=self._on_imported,
            on_failure=self._on_import_failed,
        )

    def record_training_speed(self, request: TrainRequest, patches_per_s: float) -> None:
        """Store the training speed of a run, to estimate the duration of runs with similar settings."""
        sizes = (request.info.label, *train_request.filter_counts(request.info))
        self._speeds[(*sizes, request.recipe.batch_size, request.device)] = patches_per_s

    def choose_folder(self, folder: Path) -> None:
        """Select a folder of images as the training set."""
        self._set_settings(
            train_request.change_settings(self._store.state.settings, source=FOLDER, folder=str(folder))
        )

    def choose_preset(self, key: str) -> None:
        """Apply all settings of a recipe preset."""
        self._set_settings(train_request.apply_preset(self._store.state.settings, key))

    def change_setting(self, name: str, value: Any) -> None:
        """Change a single setting. `name` is a field of `TrainSettings`."""
        self._set_settings(train_request.change_settings(self._store.state.settings, **{name: value}))

    def apply_config(self, name: str, request: TrainRequest) -> None:
        """Apply the settings of a configuration file with this name."""
        try:
            settings = train_request.apply_config(self._store.state.settings, request, name)
        except EngineError as error:
            self._store.show_error(error)
            return
        self._set_settings(settings)
        self._store.update(status=_("Recipe opened: {name}").format(name=name))

    def apply_defaults(self, **changes: Any) -> None:
        """Apply changes from the Settings dialog. If a run is in progress, apply them after it has ended."""
        self._pending |= changes
        if not self._store.state.is_active:
            self._apply_pending()

    def toggle_download(self) -> None:
        """Start downloading T91, or stop the download if it is in progress. Complete files are kept."""
        if self._store.state.fetching:
            self._lane.cancel()
            return
        try:
            request = FetchRequest(T91, mirror=self._store.state.settings.mirror.strip() or None)
        except EngineError as error:
            self._store.show_error(error)
            return
        self._store.update(fetching=True, fetched=0, to_fetch=0, notice="", status=_("Downloading T91…"))
        self._lane.start(
            partial(download.run, request),
            on_event=self._on_file_fetched,
            on_result=lambda _result: self._end_fetch(_("T91 downloaded")),
            on_failure=self._on_fetch_failed,
            on_canceled=lambda: self._end_fetch(_("Download stopped. Complete files are kept.")),
        )

    def show_patches(self) -> None:
        """Open the dialog with sample patches if the patches are counted."""
        if self._sample_patches is not None:
            self._store.view.show_patches(*self._sample_patches)

    def _apply_pending_when_idle(self, state: State) -> None:
        """Apply pending changes from the Settings dialog if no run is in progress."""
        if not state.is_active:
            self._apply_pending()

    def _apply_pending(self) -> None:
        """Apply pending changes from the Settings dialog without clearing the notice of the last run."""
        due, self._pending = self._pending, {}
        if due:
            notice = self._store.state.notice
            self._set_settings(train_request.change_settings(self._store.state.settings, **due))
            self._store.update(notice=notice)

    def _set_settings(self, settings: TrainSettings) -> None:
        """Store and save changed settings, and update everything that depends on them.

        During a run, the settings stay unchanged.
        """
        before = self._store.state.settings
        if settings == before or self._store.state.is_active:
            self._store.update()
            return
        self._store.stage(settings=settings, notice="")
        self._save_settings(settings)
        self._refresh_derived()
        if any(getattr(before, name) != getattr(settings, name) for name in _SURVEY_FIELDS):
            self._start_survey()
        self._store.update()

    def _refresh_derived(self) -> None:
        """Update the fields of the state that depend on the settings. The caller must update the view."""
        settings = self._store.state.settings
        sources = train_request.list_sources(settings)
        available = any(source.key == settings.source and source.available for source in sources)
        self._store.stage(
            sources=sources,
            source_note=train_request.describe_training_set(settings),
            can_fetch=settings.source == T91 and not available,
            can_start=available,
            estimated_time=page_text.format_estimated_time(
                settings, self._patch_count, self._speeds.get(_speed_key(settings))
            ),
            warm_starts=self._warm_starts,
        )

    def _start_survey(self) -> None:
        """Count the patches of the training set in the background, and select sample patches."""
        state = self._store.state
        if not self._page_shown or state.fetching or state.is_active:
            return
        self._sample_patches = self._patch_count = None
        self._skipped = []
        self._store.stage(skipped="", skipped_reasons="")
        self._store.update(
            training_set_rows=page_text.build_training_set_rows(None) if state.can_start else (),
            can_show_patches=False,
        )
        if not state.can_start:
            self._lane.cancel()
            return
        try:
            request = train_request.build_request(state.settings)
        except EngineError as error:
            self._store.show_error(error)
            return
        self._lane.start(
            partial(train_jobs.summarize_training_set, request),
            on_event=self._on_survey_event,
            on_result=self._on_patches_counted,
            on_failure=self._on_survey_failed,
        )

    def _on_survey_event(self, event: Any) -> None:
        if isinstance(event, FileFailed):
            self._skipped.append(event)

    def _show_skipped(self) -> None:
        if self._skipped:
            skipped, reasons = page_text.describe_skipped(self._skipped)
            self._store.update(skipped=skipped, skipped_reasons=reasons)

    def _on_survey_failed(self, error: Exception) -> None:
        self._show_skipped()
        self._store.show_error(error)

    def _on_patches_counted(self, summary: "DatasetSummary") -> None:
        self._sample_patches, self._patch_count = (summary.inputs, summary.labels), summary.patches
        self._refresh_derived()
        self._show_skipped()
        self._store.update(training_set_rows=page_text.build_training_set_rows(summary), can_show_patches=True)

    def _on_imported(self, model: Model) -> None:
        self.reload_models()
        self._models_imported()
        self.choose_warm_start(str(model.path))
        self._start_survey()

    def _on_import_failed(self, error: Exception) -> None:
        self._store.show_error(error)
        self._start_survey()

    def _on_file_fetched(self, event: Any) -> None:
        if isinstance(event, FileFetched):
            self._store.update(fetched=event.done, to_fetch=event.total)

    def _end_fetch(self, status: str) -> None:
        self._store.stage(fetching=False, status=status)
        self._refresh_derived()
        self._store.update()
        self._start_survey()

    def _on_fetch_failed(self, error: Exception) -> None:
        self._end_fetch(_("Download failed"))
        self._store.show_error(error)


def _speed_key(settings: TrainSettings) -> tuple[Any, ...]:
    return tuple(getattr(settings, name) for name in _SPEED_FIELDS)
