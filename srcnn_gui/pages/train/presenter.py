"""Presenter of the Train page, which starts, pauses, resumes and stops runs. Does not use Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError, ModelNotSaved
from engine.models.catalog import Model
from engine.training import command_formatting, config_file
from engine.training.events import PreviewRegion, Snapshot, StopRequest, TrainingStats
from engine.training.request import TrainRequest
from srcnn_gui.choices import thumbnails
from srcnn_gui.choices.thumbnails import Thumbnail
from srcnn_gui.pages.train import jobs as train_jobs
from srcnn_gui.pages.train import request as train_request
from srcnn_gui.pages.train import text as page_text
from srcnn_gui.pages.train.dataset import DatasetController
from srcnn_gui.pages.train.reducer import Reducer
from srcnn_gui.pages.train.run_history import RunHistory, TrainCallbacks
from srcnn_gui.pages.train.state import Curves, Progress, State, TrainSettings, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, do_nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, error_message

if TYPE_CHECKING:
    from engine.training import runs
    from engine.training.runs import Run
else:
    runs = deferred_module("engine.training.runs")


PREVIEW_SIZE = (240, 180)  # px, maximum size of images in the preview region dialog


@dataclass(frozen=True)
class TrainLanes:
    """Background lanes of the Train page, which work in parallel.

    Attributes
    ----------
    run : creates and trains the run
    dataset : downloads images, imports models and counts patches
    files : reads, saves and deletes runs and models
    """

    run: Lane
    dataset: Lane
    files: Lane


class TrainPresenter:
    """Presenter of the Train page, which controls the current run.

    Attributes
    ----------
    dataset : controller for the settings of the next run
    run_history : controller for the trained model and earlier runs
    """

    def __init__(
        self,
        view: View,
        lanes: TrainLanes,
        settings: TrainSettings,
        save_settings: Callable[[TrainSettings], None],
        callbacks: TrainCallbacks,
    ) -> None:
        self._lane, self._dataset_lane = lanes.run, lanes.dataset
        self._store = Store(view, State(settings=settings, presets=train_request.list_presets()))
        self.dataset = DatasetController(self._store, lanes.dataset, save_settings, callbacks.models_changed)
        self.run_history = RunHistory(self._store, lanes.files, callbacks)
        self._run: Run | None = None
        self._preview_region: PreviewRegion | None = None
        self._reducer = Reducer(settings.batch_size)
        self._after_stop: Callable[[], None] = do_nothing
        self._store.update()

    @property
    def state(self) -> State:
        """Current state of the page."""
        return self._store.state

    def set_view(self, view: View) -> None:
        """Replace the view when the language changes.

        The new view copies the snapshot from the old view.
        """
        self._store.set_view(view)

    # -- user actions -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start a run with the current settings."""
        if self.state.is_active or not self.state.can_start:
            return
        if (request := self._build_request()) is None:
            return
        self._show_start(Curves())
        name = train_request.suggest_run_name(self.state.settings)
        request = replace(request, test_set=train_request.find_test_set())
        self._lane.start(
            partial(run_once, runs.create, name, request),
            on_result=self._train,
            on_failure=self._on_failed,
            on_canceled=self._on_canceled,
        )

    def resume(self) -> None:
        """Resume the interrupted run from its checkpoint."""
        if self.state.is_active or not self.state.can_resume:
            return
        if (run := self.run_history.take_interrupted_run()) is not None:
            self._show_start(Curves(run.losses, run.curve, run.bicubic_psnr_db, run.test_curve))
            self._train(run)

    def keep_interrupted(self) -> None:
        """End the interrupted run, and save its best model in the model library."""
        if (run := self.run_history.take_interrupted_run()) is not None:
            self._store.update(curves=Curves(run.losses, run.curve, run.bicubic_psnr_db, run.test_curve))
            self._save_model(run)

    def discard_interrupted(self) -> None:
        """Delete the interrupted run and its checkpoint."""
        if (run := self.run_history.take_interrupted_run()) is not None:
            self._delete_run(run)

    def pause(self) -> None:
        """Pause the run after the current step, or resume it if it is paused."""
        if self.state.phase in ("preparing", "running", "paused"):
            paused = self.state.phase != "paused"
            self._lane.pause(paused)
            self._store.update(
                phase="paused" if paused else "running", status=_("Paused") if paused else _running_status()
            )

    def stop(self) -> None:
        """Stop the run after the current step and a final validation. The best model is kept."""
        if self.state.is_active and self.state.can_stop and self._run is not None:
            self._store.update(phase="stopping", status=_("Stopping…"))
            self._lane.hint(StopRequest())
            self._lane.pause(False)

    def discard(self) -> None:
        """Stop the run, and delete it and its checkpoint."""
        if self.state.is_active:
            run = self._run
            self._after_stop = lambda: self._delete_run(run)
            self._store.update(phase="stopping", status=_("Stopping…"))
            self._lane.cancel()

    def import_config(self, path: Path) -> None:
        """Read a configuration file, and apply its settings."""
        job = partial(run_once, config_file.read, path, Path("unnamed.safetensors"))
        self.run_history.run_job(job, partial(self.dataset.apply_config, path.name))

    def export_config(self, path: Path) -> None:
        """Write the settings to a configuration file. An existing file is replaced."""
        if (request := self._build_request()) is not None:
            done = _("Saved as {name}").format(name=path.name)
            self.run_history.run_job(
                partial(run_once, config_file.write, path, request),
                lambda _path: self._store.update(status=done, notice=""),
            )

    def extend_run(self) -> None:
        """Apply the settings of the last run, with its model as the initial weights."""
        run, model = self.run_history.find_finished_run()
        if run is not None:
            self.dataset.apply_config(run.name, replace(run.request, warm_start=model))

    def show_command(self) -> None:
        """Open a dialog with the command that trains with the current settings."""
        if (request := self._build_request()) is not None:
            command = command_formatting.format_command(request)
            self._store.view.show_command(command, page_text.describe_command(command))

    def dismiss_notice(self) -> None:
        """Hide the notice bar."""
        self._store.update(notice="")

    def show_validation_images(self) -> None:
        """Open the dialog in which the user selects the preview region in a validation image."""
        images: list[Thumbnail] = []
        files = tuple(enumerate(self.state.preview_images))
        self._dataset_lane.start(
            partial(thumbnails.render_thumbnails, files, *PREVIEW_SIZE),
            on_event=images.append,
            on_result=lambda _result: self._store.view.show_validation_images(
                tuple(
                    (files[thumbnail.index][1].name, thumbnail.image)
                    for thumbnail in images
                    if thumbnail.image is not None
                )
            ),
            on_failure=self._store.show_error,
        )

    def set_preview_region(self, image: str, x: float, y: float) -> None:
        """Center the preview on a point of a validation image.

        Parameters
        ----------
        image : name of the image
        x, y : position of the point as fractions of the width and height, 0 to 1
        """
        self._preview_region = PreviewRegion(image, (x, y))
        self._lane.hint(self._preview_region)

    # -- internals --------------------------------------------------------------------------------------------------

    def _build_request(self) -> TrainRequest | None:
        """Return a request with the current settings. If they are invalid, show the error and return None."""
        try:
            return train_request.build_request(self.state.settings)
        except EngineError as error:
            self._store.show_error(error)
            return None

    def _show_start(self, curves: Curves) -> None:
        """Clear the content of the last run, and show that a run starts. `curves` are its initial curves."""
        self.run_history.set_model(None)
        self._store.view.show_snapshot(None)
        self._store.update(
            phase="preparing",
            progress=Progress(title=_("Preparing…")),
            curves=curves,
            psnr_subtitle="",
            preview_images=(),
            outcome=None,
            interrupted="",
            can_resume=True,
            can_stop=False,
            notice="",
            log=(),
            status=_running_status(),
        )

    def _train(self, run: "Run") -> None:
        """Train in the background, starting from the checkpoint of the run if there is one."""
        self._run = run
        self._store.update(test_title=page_text.format_test_title(run.request))
        self._reducer = Reducer(run.request.recipe.batch_size)
        self._lane.start(
            partial(train_jobs.train, run),
            on_event=self._on_event,
            on_result=self._on_finished,
            on_failure=self._on_failed,
            on_canceled=self._on_canceled,
        )
        if self._preview_region is not None:
            self._lane.hint(self._preview_region)  # has no effect if the run has other validation images

    def _on_event(self, event: Any) -> None:
        if isinstance(event, TrainingStats) and self._run is not None:
            self.dataset.record_training_speed(self._run.request, event.patches_per_s)
        if isinstance(event, Snapshot):
            self._store.view.show_snapshot(event)
        elif (state := self._reducer.reduce(self.state, event)) is not None:
            self._store.state = state
            self._store.update()

    def _on_canceled(self) -> None:
        self._run, callback, self._after_stop = None, self._after_stop, do_nothing
        callback()

    def _save_model(self, run: "Run") -> None:
        self.run_history.run_final_job(
            partial(run_once, runs.save_to_library, run),
            partial(self.run_history.set_model, stopped=not run.is_trained),
        )

    def _on_finished(self, model: Model) -> None:
        """Show the model of a run that is complete or was stopped by the user."""
        self._run = None
        self.run_history.set_model(model, stopped=self.state.phase == "stopping")

    def _delete_run(self, run: "Run | None") -> None:
        """Clear the page, and delete the files of the run in the background."""
        self._store.view.show_snapshot(None)
        self._store.update(
            phase="idle", curves=Curves(), progress=Progress(), can_stop=False, log=(), status=_("Run discarded")
        )
        if run is not None:
            self.run_history.run_final_job(partial(run_once, runs.delete, run), lambda _run: self.run_history.reload())

    def _on_failed(self, error: Exception) -> None:
        """Show the error, and offer to resume or keep the run.

        If the user has discarded it, delete it instead.
        """
        self._run, callback, self._after_stop = None, self._after_stop, do_nothing
        if callback is not do_nothing:
            callback()
            return
        trained = isinstance(error, ModelNotSaved)
        status = _("Model not saved") if trained else _("Training failed")
        self._store.update(
            phase="idle", can_stop=False, can_resume=not trained, notice=error_message(error), status=status
        )
        self.run_history.reload()


def _running_status() -> str:
    return _("Training is running. If you close the window, you can resume later.")
