"""Presenter of the Batch page, which manages the file list and runs batches. Independent of Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.batch.events import BatchPlanned, FileDone, FileStarted
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem, Plan
from engine.batch.request import BatchRequest
from engine.datasets.events import FileFailed
from engine.models import catalog
from engine.upscaling.events import TileDone
from engine.upscaling.request import Target
from srcnn_gui.choices import devices as device_choice
from srcnn_gui.choices import text, thumbnails
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import ModelChoice
from srcnn_gui.choices.thumbnails import Thumbnail
from srcnn_gui.pages.batch import jobs
from srcnn_gui.pages.batch import request as batch_request
from srcnn_gui.pages.batch import text as page_text
from srcnn_gui.pages.batch.files import FileList
from srcnn_gui.pages.batch.state import BatchSettings, State, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, do_nothing
from srcnn_gui.runtime.notice_action import NoticeAction
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, error_message, plural

if TYPE_CHECKING:
    from engine.batch import job as batch_job
else:
    batch_job = deferred_module("engine.batch.job")

REFRESH_S = 0.1  # minimum time between two updates for completed tiles
THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 96, 72  # px, twice the displayed size for high-density screens


@dataclass(frozen=True)
class BatchLanes:
    """Lanes of the Batch page, one for each kind of job, so that jobs of different kinds run in parallel.

    Attributes
    ----------
    compute : runs the batch
    plan : searches the inputs for images
    thumbnails : loads thumbnails
    save : writes the report
    """

    compute: Lane
    plan: Lane
    thumbnails: Lane
    save: Lane


@dataclass(frozen=True)
class _ClearedList:
    """Files and folders that were removed from the list, their output folder, and the outcomes of processed files."""

    sources: tuple[Path, ...]
    output: Path | None
    outcomes: dict[int, Outcome]


class BatchPresenter:
    """Presenter of the Batch page, which holds its state, starts its jobs and updates the view."""

    def __init__(
        self, view: View, lanes: BatchLanes, settings: BatchSettings, save_settings: Callable[[BatchSettings], None]
    ) -> None:
        self._lanes, self._save_settings = lanes, save_settings
        self._menu = ModelMenu()
        self._sources: tuple[Path, ...] = ()
        self._chosen_output: Path | None = None
        self.files = FileList(view)
        self._rendered_at = 0.0
        self._pending: dict[str, Any] = {}  # changed settings to apply after the batch
        scales = self._menu.scales
        self._store = Store(
            view, State(settings=batch_request.replace_invalid_settings(settings, self._menu), scales=scales)
        )
        self._refresh()

    @property
    def state(self) -> State:
        """Current state of the page."""
        return self._store.state

    # -- user actions -----------------------------------------------------------------------------------------------

    def set_view(self, view: View) -> None:
        """Replace the view after a language change, and display the list and the state in it."""
        self.files.view = view
        view.show_rows(self.files, same_files=False)
        self._store.set_view(view)

    def add(self, paths: Sequence[Path]) -> None:
        """Add folders and files to the list. During a batch, show a notice instead."""
        if not self.can_add():
            return
        new = [path for path in paths if path not in self._sources]
        self._sources = (*self._sources, *new)
        if new:
            self._plan()

    def can_add(self) -> bool:
        """Return whether files can be added. During a batch, show a notice and return False."""
        if self.state.locked and self.state.notice != page_text.explain_cannot_add():
            self._store.update(notice=page_text.explain_cannot_add())
        return not self.state.locked

    def clear(self) -> None:
        """Remove all files from the list, and offer to undo this. Existing results are not deleted."""
        if self.state.locked or not self._sources:
            return
        count = len(self.files)
        cleared = _ClearedList(self._sources, self._chosen_output, self.files.outcomes()[1])
        self._lanes.plan.cancel()
        self._sources, self._chosen_output = (), None
        self._on_planned(Plan((), ""))
        self._store.update(
            notice=plural("Removed {count} file from the list.", "Removed {count} files from the list.", count).format(
                count=count
            ),
            notice_kind="done",
            notice_actions=(NoticeAction(_("Undo"), partial(self._restore, cleared)),),
        )

    def _restore(self, cleared: "_ClearedList") -> None:
        """Put the files of a list that was cleared back into the list, before those that were added since."""
        if self.state.locked:
            return
        added = tuple(path for path in self._sources if path not in cleared.sources)
        self._sources = cleared.sources + added
        self._chosen_output = self._chosen_output or cleared.output
        self.files.restore_outcomes(cleared.outcomes)
        self._plan()

    def choose_output(self, folder: Path | None) -> None:
        """Set the output folder. None restores the default, a folder next to the first input."""
        if not self.state.locked and folder != self._chosen_output:
            self._chosen_output = folder
            self._plan()

    def change_settings(self, **changes: Any) -> None:
        """Change settings of the page. The keyword arguments are fields of `BatchSettings`."""
        settings = replace(self.state.settings, **changes)
        self._choose(batch_request.with_scale_of_model(settings, self._menu) if "model" in changes else settings)

    def apply_defaults(self, **changes: Any) -> None:
        """Apply changes from the Settings dialog. During a batch, they are applied after it has ended."""
        self._pending |= changes
        if not self.state.locked:
            pending, self._pending = self._pending, {}
            self.change_settings(**pending)

    def choose_scale(self, scale: int) -> None:
        """Set the scale factor of the results."""
        self.choose_size(Target(scale))

    def choose_size(self, target: Target) -> None:
        """Set the target size of the results."""
        self._choose(batch_request.with_target(self.state.settings, target))

    def _choose(self, settings: BatchSettings) -> None:
        if self.state.locked or settings == self.state.settings:
            return
        self._store.update(settings=settings)
        self._refresh()
        self._save_settings(settings)
        self._plan()

    def start(self) -> None:
        """Process all files of the list that are queued or failed."""
        request = self._request()
        if request is None or not self.state.can_start:
            return
        sizes = partial(jobs.read_image_sizes, self.files.items)
        self._lanes.plan.start(sizes, on_event=self._on_sizes, on_result=do_nothing, on_failure=do_nothing)
        self._store.update(running=True, can_start=False, paused=False, notice="", status=_("Starting…"), headline="")
        self._lanes.compute.start(
            partial(batch_job.run, request),
            on_event=self._on_event,
            on_result=self._on_finished,
            on_failure=self._on_failed,
            on_canceled=self._on_canceled,
        )

    def pause(self) -> None:
        """Pause the batch after the current step, or resume it if it is paused."""
        if self.state.running:
            paused = not self.state.paused
            self._lanes.compute.pause(paused)
            self.files.progress.pause(paused, monotonic())
            status = _("Batch paused") if paused else page_text.describe_running_batch()
            self._store.update(paused=paused, time_left=_("Paused") if paused else "", status=status)

    def cancel(self) -> None:
        """Stop the batch after the current step. Starting it again processes the remaining files."""
        if self.state.running and not self.state.stopping:
            self._store.update(running=False, stopping=True, paused=False, status=_("Stopping…"))
            self._lanes.compute.cancel()

    def load_thumbnails(self, indices: Sequence[int]) -> None:
        """Load the thumbnails of the files at `indices` in the background, and show them in the table."""

        def show(thumbnail: Thumbnail) -> None:
            size = page_text.format_image_size(thumbnail.size)
            self._store.view.set_thumbnail(thumbnail.index, thumbnail.image, size)

        job = partial(thumbnails.render_thumbnails, self.files.sources(indices), THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT)
        self._lanes.thumbnails.start(job, on_event=show, on_result=do_nothing, on_failure=do_nothing)

    def write_report(self, path: Path) -> None:
        """Write the report of all listed files to `path` in the background."""
        self._lanes.save.start(
            partial(jobs.write_report, *self.files.outcomes(), path),
            on_result=lambda saved: self._store.update(status=_("Saved as {name}").format(name=saved.name)),
            on_failure=lambda error: self._store.update(notice=error_message(error)),
        )

    def dismiss_notice(self) -> None:
        """Close the notice."""
        self._store.update(notice="")

    def set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Update the device menu. If the selected device is not available, select the CPU and show a notice."""
        device, notice = device_choice.replace_unavailable(self.state.settings.device, devices)
        self._store.update(devices=devices, settings=replace(self.state.settings, device=device), **notice)

    def reload_models(self) -> None:
        """Read the list of models again and update the model menu."""
        self._menu.reload()
        self._refresh()

    # -- job callbacks ----------------------------------------------------------------------------------------------

    def _on_planned(self, plan: Plan) -> None:
        """Show the files that were found, with their planned states, in the table."""
        self._set_items(plan.items)
        self._store.update(
            listing=False, headline="", completed_fraction=0.0, time_left="", speed="", current="", status=""
        )

    def _on_planning_failed(self, error: Exception) -> None:
        self._set_items(())
        self._store.update(listing=False, notice=error_message(error), status=_("No files to upscale"))

    def _set_items(self, items: tuple[BatchItem, ...]) -> None:
        self.files.set_items(items)
        self._refresh()

    def _on_event(self, event: Any) -> None:
        """Update the list and the progress after an event, which may arrive even after a cancel request."""
        now = monotonic()
        if isinstance(event, BatchPlanned):
            self._set_items(event.items)
            self.files.progress.start(now)
            self._show_progress(now)
        elif isinstance(event, FileStarted):
            self.files.start_file(event.index)
            self._show_progress(now)
        elif isinstance(event, TileDone) and now - self._rendered_at > REFRESH_S:
            self.files.set_tile_progress(event.done, event.total)
            self._show_progress(now)
        elif isinstance(event, FileDone | FileFailed) and event.index is not None:
            self.files.finish_file(event, event.index)
            self._show_progress(now)
        elif message := text.format_fallback_notice(event):
            self._store.update(notice=message)

    def _on_sizes(self, sizes: list[tuple[int, int]]) -> None:
        for index, pixels in sizes:
            self.files.progress.set_pixels(index, pixels)

    def _on_finished(self, result: Any) -> None:
        """Show and notify that the batch is done, or that an error stopped it."""
        counts = self.files.progress.counts
        self._store.update(notice=error_message(result.stopped) if result.stopped else "")
        self._end_run(
            _("Batch ended: {summary}").format(summary=page_text.summarize_counts(replace(counts, queued=0)))
        )
        title = _("Batch stopped") if result.stopped else _("Batch done")
        self._store.view.notify(title, self.state.notice or page_text.summarize_counts(counts))

    def _on_failed(self, error: Exception) -> None:
        """Show why the batch could not start or continue."""
        self._store.update(notice=error_message(error))
        self._end_run(_("Batch failed"))
        self._store.view.notify(_("Batch stopped"), error_message(error))

    def _on_canceled(self) -> None:
        """Show how many files were done before the batch was canceled."""
        self.files.end_run()
        message = _(
            "Batch stopped. {done} of {total} files are done. To process the remaining files, start the batch again."
        )
        counts = self.files.progress.counts
        self._end_run(message.format(done=counts.done + counts.skipped, total=counts.total))

    def _end_run(self, status: str) -> None:
        """Unlock the settings and apply pending changes. The list keeps the outcome of every file."""
        self.files.end_run()
        settings, self._pending = replace(self.state.settings, **self._pending), {}
        self._store.stage(running=False, stopping=False, paused=False, status=status, settings=settings)
        if self.state.notice == page_text.explain_cannot_add():
            self._store.stage(notice="")
        self._save_settings(settings)
        self._show_progress(monotonic())
        self._refresh()

    # -- internals --------------------------------------------------------------------------------------------------

    def _output(self) -> Path | None:
        if self._chosen_output is not None or not self._sources:
            return self._chosen_output
        return page_text.suggest_output_folder(self._sources, self.state.settings)

    def _request(self) -> BatchRequest | None:
        """Return the batch request, or None if there is no input or model, or if a setting is invalid."""
        model = self._menu.find_model(self.state.model) if self.state.model else None
        return batch_request.build_request(self._sources, self._output(), model, self.state.settings)

    def _plan(self) -> None:
        """Search the inputs for images in the background, and list the files to process."""
        self.reload_models()
        request = self._request()
        if request is None:
            self._store.update(can_start=False)
            return
        self._store.update(listing=True, can_start=False, notice="", status=_("Searching for images…"))
        self._lanes.plan.start(
            partial(run_once, batch_job.plan, request), on_result=self._on_planned, on_failure=self._on_planning_failed
        )

    def _show_progress(self, now: float) -> None:
        """Update the counts, the remaining time and the progress bar. `now` is in seconds."""
        self._rendered_at = now
        progress, counts = self.files.progress, self.files.progress.counts
        finished = counts.total - counts.queued
        running = self.state.running and not self.state.paused
        elapsed_s, paused = progress.elapsed_s(now), _("Paused") if self.state.paused else ""
        self._store.update(
            counts=counts,
            completed_fraction=progress.completed_fraction,
            headline=_("{done} of {total}").format(done=finished, total=counts.total),
            current=self.files.items[progress.index].file.path if progress.index is not None else "",
            time_left=page_text.format_time_left(progress.run_fraction, elapsed_s) if running else paused,
            summary=page_text.summarize_counts(counts),
            speed=page_text.describe_speed(progress.megapixels, elapsed_s),
            failed_texts=page_text.describe_failures(counts.failed, running=self.state.running),
            status=page_text.describe_running_batch() if running else self.state.status,
        )

    def _refresh(self) -> None:
        """Update all parts of the state that depend on the settings or the file list."""
        settings = self.state.settings
        self._menu.preferred_model = settings.model
        fitting, picked = self._menu.choices_for(settings.scale)
        name = self.files.items[0].file.source.name if self.files.items else _("image.jpg")
        example = page_text.format_name_example(name, settings, partial(self._name_for, picked))
        counts = self.files.progress.counts
        output = self._output()
        self._store.update(
            source=page_text.describe_sources(self._sources),
            output=page_text.shorten_home(output) if output else "",
            size=text.format_scale_or_size(settings.scale, settings.target) if settings.target else "",
            models=fitting,
            model=picked,
            example=example[0],
            template_error=example[1],
            counts=counts,
            summary=page_text.summarize_counts(counts),
            failed_texts=page_text.describe_failures(counts.failed, running=self.state.running),
            start_text=page_text.format_start_button(counts),
            can_start=not self.state.locked and counts.queued + counts.failed > 0 and not example[1],
            can_retry=not self.state.locked and counts.failed > 0 and not counts.queued,
        )

    def _name_for(self, picked: ModelChoice | None, times: float) -> str:
        """Return the name of the model that is used for the scale factor `times`."""
        if picked is None or self.state.settings.target is None:
            return picked.name if picked else ""
        return catalog.select_for_scale(self._menu.find_model(picked), times).name
