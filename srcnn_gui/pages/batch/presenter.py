"""Presenter of the Batch page, which manages the file list and runs batches. Independent of Qt."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.batch.events import BatchPlanned, FileDone, FileStarted, ImagesFound, Waiting
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem, Plan
from engine.batch.request import BatchRequest, WatchRequest
from engine.datasets.events import FileFailed
from engine.errors import EngineError, NoImages, WouldLoseData
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
from srcnn_gui.pages.batch.saved_batch import BatchCallbacks, LastBatch, SavedBatch
from srcnn_gui.pages.batch.state import BatchSettings, State, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Job, Lane, do_nothing
from srcnn_gui.runtime.notice_action import NoticeAction, NoticeKind
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, error_message, plural

if TYPE_CHECKING:
    from engine.batch import job as batch_job
    from engine.batch import save_check, watch
    from engine.batch.save_check import UnsavableItem
else:
    watch = deferred_module("engine.batch.watch")
    save_check = deferred_module("engine.batch.save_check")
    batch_job = deferred_module("engine.batch.job")

_MAX_DECODED = 500  # images that are decoded to check whether their results can be saved
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
    check : checks which results cannot be saved
    """

    compute: Lane
    plan: Lane
    thumbnails: Lane
    save: Lane
    check: Lane


def _first_changes(error: EngineError) -> Mapping[str, object]:
    """Return the smallest change of the output options that avoids an error, or {} if there is none."""
    return error.remedies[0].changes if isinstance(error, WouldLoseData) and error.remedies else {}


def _formats_of(error: EngineError) -> list[str]:
    """Return the file formats in which a result can be saved, the preferred one first."""
    remedies = error.remedies if isinstance(error, WouldLoseData) else ()
    return [str(remedy.changes["format"]) for remedy in remedies if "format" in remedy.changes]


@dataclass(frozen=True)
class _ClearedList:
    """Files and folders removed from the list, their output folder, and the outcomes of the files."""

    sources: tuple[Path, ...]
    output: Path | None
    removed: frozenset[Path]
    order: tuple[Path, ...]
    formats: dict[Path, str]
    outcomes: dict[int, Outcome]


class BatchPresenter:
    """Presenter of the Batch page, which holds its state, starts its jobs and updates the view."""

    def __init__(self, view: View, lanes: BatchLanes, settings: BatchSettings, callbacks: BatchCallbacks) -> None:
        self._lanes, self._callbacks = lanes, callbacks
        self._menu = ModelMenu()
        self._sources: tuple[Path, ...] = ()
        self._removed: frozenset[Path] = frozenset()  # files in the sources that are not in the list
        self._order: tuple[Path, ...] = ()  # files in the order of processing, if the user has changed it
        self._formats: dict[Path, str] = {}  # file formats for single files, such as "png"
        self._added: tuple[Path, ...] = ()  # inputs that were added during the batch, and are processed after it
        self._is_watching = False  # whether the current run watches folders
        self._found_first = False  # whether the current watch has found images
        self._only: frozenset[Path] | None = None  # files that the current run processes, or None for all
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
        """Add folders and files to the list. During a batch, they are processed after the current files."""
        new = tuple(path for path in paths if path not in (*self._sources, *self._added))
        if self.state.locked:
            self._added += new
            if new and self._is_watching:
                self.cancel()  # and start again with all inputs
            elif new:
                undo = NoticeAction(_("Undo"), self._drop_added)
                self._notice(page_text.explain_added_later(), (undo,), kind="done")
                self._show_progress(monotonic())
            return
        resolved = [path.resolve() for path in paths]
        restored = {file for file in self._removed if not {file, *file.parents}.isdisjoint(resolved)}
        self._removed -= restored
        self._sources += new
        if new or restored:
            self._plan(retried=frozenset())

    def start_list(self, paths: Sequence[Path]) -> None:
        """Replace the list with the images of other inputs."""
        if not self.state.locked:
            self._forget_inputs()
            self.files.set_items(())
        self.add(paths)

    def _drop_added(self) -> None:
        """Undo adding inputs during the batch."""
        self._added = ()
        self._notice("")
        self._show_progress(monotonic())

    def remove(self, indices: Sequence[int]) -> None:
        """Remove files from the list. The files and their results are not deleted.

        With an image in an archive, all images in the archive are removed.
        """
        if self.state.locked or not indices:
            return
        indices = self.files.with_archives(indices)
        if len(set(indices)) == len(self.files):
            self.clear()
            return
        removed = {self.files.path_of(index) for index in indices}
        self.files.remove(indices)
        single = {source for source in self._sources if source.resolve() in removed and not source.is_dir()}
        self._sources = tuple(source for source in self._sources if source not in single)
        self._removed |= removed
        self._refresh()
        self._plan(retried=frozenset())  # because names with {index} change

    def clear(self) -> None:
        """Remove all files from the list, and offer to undo this. Existing results are not deleted."""
        if self.state.locked or not self._sources:
            return
        count = len(self.files)
        inputs = (self._sources, self._chosen_output, self._removed, self._order, self._formats)
        cleared = _ClearedList(*inputs, self.files.outcomes()[1])
        self._callbacks.save_batch(LastBatch())
        self._lanes.plan.cancel()
        self._forget_inputs()
        self._on_planned(Plan((), ""))
        text = plural("Removed {count} file from the list.", "Removed {count} files from the list.", count)
        undo = NoticeAction(_("Undo"), partial(self._restore, cleared))
        self._notice(text.format(count=count), (undo,), kind="done")

    def _restore(self, cleared: "_ClearedList") -> None:
        """Put the files of a list that was cleared back into the list, before those that were added since."""
        if self.state.locked:
            return
        added = tuple(path for path in self._sources if path not in cleared.sources)
        self._sources = cleared.sources + added
        self._chosen_output = self._chosen_output or cleared.output
        self._removed, self._order = self._removed | cleared.removed, cleared.order
        self._formats = cleared.formats | self._formats
        self.files.restore_outcomes(cleared.outcomes)
        self._plan()

    def move(self, indices: Sequence[int], before: int) -> None:
        """Move files in front of the file at `before`, or to the end if it is the number of files.

        Images in archives are not moved, because they are processed after all other files.
        """
        count = self.files.movable_count
        indices = [index for index in indices if index < count]
        if self.state.locked or not indices:
            return
        self.files.move(indices, min(before, count))
        self._order = tuple(item.file.source for item in self.files.items)
        self._refresh()
        if "{index" in self.state.settings.template:
            self._plan(retried=frozenset())
        else:
            self._check_savable()  # the check of the old list has ended

    def _forget_inputs(self) -> None:
        self._sources, self._removed, self._order, self._formats = (), frozenset(), (), {}
        self._chosen_output = None

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
        needs_plan = replace(settings, watch=self.state.settings.watch) != self.state.settings
        if settings.extension != self.state.settings.extension:
            self._formats = {}
        self._store.update(settings=settings)
        self._refresh()
        self._callbacks.save_settings(settings)
        if needs_plan:
            self._plan()

    def start(self) -> None:
        """Process all files of the list that are queued. If the folders are watched, also process new images."""
        if self.state.can_start and self.state.settings.watch:
            self._run(None)
        elif self.state.can_start:
            has_others = self.state.counts.failed or self.state.counts.unsavable
            self._run(self.files.sources_in("queued") if has_others else None)

    def retry_failed(self) -> None:
        """Process all failed files again."""
        self.retry(range(len(self.files)))

    def retry(self, indices: Sequence[int]) -> None:
        """Process the files at `indices` again that have failed."""
        failed = frozenset(
            self.files.source_of(index) for index in indices if self.files.file_states[index] == "failed"
        )
        if self.state.can_retry and failed:
            self._run(failed)

    def _run(self, only: frozenset[Path] | None) -> None:
        """Process the files in `only`, or all that are not done if it is None."""
        request = self._request()
        if request is None:
            return
        self._only = only
        request = replace(request, only=only)
        self._lanes.check.cancel()
        inputs = (self._sources, self._chosen_output, self._removed)
        saved = SavedBatch(*inputs, self.state.settings, self._formats, self._order)
        self._callbacks.save_batch(LastBatch(saved.to_json()))
        self._is_watching = only is None and self.state.settings.watch
        self._found_first = False
        job: Callable[[], Job]
        if self._is_watching:
            job = partial(watch.run, WatchRequest(request))
        else:
            job = partial(batch_job.run, request)
            sizes = partial(jobs.read_image_sizes, self.files.items)
            self._lanes.plan.start(sizes, on_event=self._on_sizes, on_result=do_nothing, on_failure=do_nothing)
        self._store.stage(running=True, can_start=False, can_retry=False, paused=False)
        self._store.stage(status=_("Starting…"), headline="")
        self._notice("")
        self._lanes.compute.start(
            job,
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
            on_failure=lambda error: self._notice(error_message(error)),
        )

    def dismiss_notice(self) -> None:
        """Close the notice."""
        self._notice("")

    def set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Update the device menu. If the selected device is not available, select the CPU and show a notice."""
        device, notice = device_choice.replace_unavailable(self.state.settings.device, devices)
        self._store.update(devices=devices, settings=replace(self.state.settings, device=device), **notice)

    def reload_models(self) -> None:
        """Read the list of models again and update the model menu."""
        self._menu.reload()
        self._refresh()

    def offer_to_resume(self, last: LastBatch) -> None:
        """Look in the background whether the last batch was interrupted, and offer to resume it."""
        saved = SavedBatch.from_json(last.content)
        if saved is None or self._sources:
            return
        saved = replace(saved, settings=batch_request.replace_invalid_settings(saved.settings, self._menu))
        request = self._request_for(saved)
        if request is not None:
            self._lanes.plan.start(
                partial(run_once, batch_job.plan, request),
                on_result=partial(self._on_interrupted_planned, saved),
                on_failure=do_nothing,  # for example because the disk of the folder is not connected
            )

    def _on_interrupted_planned(self, saved: SavedBatch, plan: Plan) -> None:
        """Offer to resume a batch if it still has files to process."""
        if any(item.state == "queued" for item in plan.items):
            done = sum(item.state == "skipped" for item in plan.items)
            actions = (
                NoticeAction(_("Resume"), partial(self._resume, saved)),
                NoticeAction(_("Discard"), self._discard_interrupted),
            )
            self._notice(page_text.ask_to_resume(done, len(plan.items)), actions)
            self._callbacks.batch_interrupted()

    def _resume(self, saved: SavedBatch) -> None:
        """List the files of an interrupted batch, and process the remaining ones."""
        if not self.state.locked:
            self._sources, self._chosen_output, self._removed = saved.sources, saved.output, saved.removed
            self._formats, self._order = dict(saved.formats), saved.order
            self._store.update(settings=saved.settings)
            self._callbacks.save_settings(saved.settings)
            self._plan(start=True)

    def _discard_interrupted(self) -> None:
        """Forget an interrupted batch. Its results are not deleted."""
        self._callbacks.save_batch(LastBatch())
        self._notice("")

    # -- job callbacks ----------------------------------------------------------------------------------------------

    def _on_planned(self, plan: Plan, retried: frozenset[Path] | None = None, *, start: bool = False) -> None:
        """Show the files that were found, with their planned states, in the table.

        Parameters
        ----------
        retried : paths of failed files that are queued again, or None for all. The others keep their outcome
        start : whether to start the batch
        """
        self.files.set_items(plan.items, retried=retried)
        self._store.stage(listing=False, headline="", completed_fraction=0.0, time_left="", speed="", current="")
        self._store.stage(status="")
        self._refresh()
        if start:
            self.start()
        else:
            self._check_savable()

    def _check_savable(self) -> None:
        """Look in the background for files whose results cannot be saved."""
        request, items = self._request(), self.files.items
        if request is not None and items:
            self._lanes.check.start(
                partial(save_check.find_unsavable, request, items, _MAX_DECODED),
                on_event=partial(self._on_checked, items),
                on_result=lambda _nothing: self._offer_remedies(),
                on_failure=do_nothing,
            )

    def _on_checked(self, items: tuple[BatchItem, ...], found: "UnsavableItem | None") -> None:
        """Show in the row of a file that its result cannot be saved. `items` are the files that were checked."""
        if found is not None and not self.state.locked and items is self.files.items:
            self.files.set_save_error(found.index, found.error)
            if monotonic() - self._rendered_at > REFRESH_S:
                self._rendered_at = monotonic()
                self._offer_remedies()

    def _offer_remedies(self) -> None:
        """Show how many results cannot be saved, with buttons for the changes that allow them to be saved."""
        self._refresh()
        if self.state.locked or self.state.listing or not self.files.save_errors:
            return
        errors = list(self.files.save_errors.values())
        first_changes = [_first_changes(error) for error in errors]
        settings = first_changes[0] if all(changes == first_changes[0] for changes in first_changes) else {}
        names = [set(_formats_of(error)) for error in errors]
        formats = [name for name in _formats_of(errors[0]) if all(name in others for others in names)]
        actions = []
        if "format" not in settings and (title := page_text.remedy_title(settings)):
            changes = batch_request.settings_for_remedy(settings)
            actions.append(NoticeAction(title, lambda: self.change_settings(**changes)))
        if formats:
            title = page_text.remedy_title({"format": formats[0]})
            actions.append(NoticeAction(title, partial(self._save_unsavable_as, formats[0])))
        self._notice(page_text.describe_unsavable(errors), tuple(actions))

    def _save_unsavable_as(self, file_format: str) -> None:
        """Change the file format of the results that cannot be saved."""
        if not self.state.locked:
            self._formats |= dict.fromkeys(self.files.save_errors, file_format)
            self._plan(retried=frozenset())

    def _on_planning_failed(self, error: Exception, *, start: bool = False) -> None:
        self.files.set_items(())
        self._store.stage(listing=False, status=_("No files to upscale"))
        self._refresh()
        is_empty = self.state.settings.watch and isinstance(error, NoImages)  # images may be added later
        self._notice("" if is_empty else error_message(error))
        if start and is_empty:
            self.start()

    def _on_event(self, event: Any) -> None:
        """Update the list and the progress after an event, which may arrive even after a cancel request."""
        now = monotonic()
        if isinstance(event, BatchPlanned):
            self.files.set_items(event.items, retried=self._only, only=self._only, keep_save_errors=True)
            self._refresh()
            self.files.progress.start(now)
            self._show_progress(now)
        elif isinstance(event, ImagesFound):
            self._list_found(event.items, now)
        elif isinstance(event, Waiting):
            self._show_waiting()
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
            self._notice(message)

    def _list_found(self, items: tuple[BatchItem, ...], now: float) -> None:
        """List images that were found in watched folders. The first ones replace the planned list."""
        if self._found_first:
            self.files.append(items)
        else:
            self._found_first = True
            self.files.set_items(items)
            self.files.progress.start(now)
        self._refresh()
        self._show_progress(now)

    def _show_waiting(self) -> None:
        """Show that all images in the watched folders are processed."""
        status = page_text.describe_waiting()
        if self.state.running and not self.state.paused and self.state.status != status:
            self._store.update(status=status, time_left="", current="")

    def _on_sizes(self, sizes: list[tuple[int, int]]) -> None:
        for index, pixels in sizes:
            self.files.progress.set_pixels(index, pixels)

    def _on_finished(self, result: Any) -> None:
        """Show and notify that the batch is done, or that an error stopped it."""
        counts = self.files.progress.counts
        self._notice(error_message(result.stopped) if result.stopped else "")
        has_more = bool(self._added) and result.stopped is None
        if not has_more and not counts.queued:
            self._callbacks.save_batch(LastBatch())
        summary = page_text.summarize_counts(replace(counts, queued=0))
        self._end_run(_("Batch ended: {summary}").format(summary=summary))
        self._list_added(start=has_more)
        if has_more:
            return
        title = _("Batch stopped") if result.stopped else _("Batch done")
        self._store.view.notify(title, self.state.notice or page_text.summarize_counts(counts))

    def _on_failed(self, error: Exception) -> None:
        """Show why the batch could not start or continue."""
        self._notice(error_message(error))
        self._end_run(_("Batch failed"))
        self._list_added(start=False)
        self._store.view.notify(_("Batch stopped"), error_message(error))

    def _on_canceled(self) -> None:
        """Show how many files were done before the batch was canceled."""
        self.files.end_run()
        is_restarted = self._is_watching and bool(self._added)
        if self._is_watching:
            message = _("Watching has ended. {done} of {total} files are done.")
        else:
            message = _(
                "Batch stopped. {done} of {total} files are done. "
                "To process the remaining files, start the batch again."
            )
        counts = self.files.progress.counts
        self._end_run(message.format(done=counts.done + counts.skipped, total=counts.total))
        self._list_added(start=is_restarted)

    def _list_added(self, *, start: bool) -> None:
        """List the inputs that were added during the batch. If `start` is true, process them."""
        added, self._added = self._added, ()
        if added:
            self._sources += added
            self._plan(retried=frozenset(), start=start)

    def _end_run(self, status: str) -> None:
        """Unlock the settings and apply pending changes. The list keeps the outcome of every file."""
        self.files.end_run()
        settings, self._pending = replace(self.state.settings, **self._pending), {}
        self._store.stage(running=False, stopping=False, paused=False, status=status, settings=settings)
        if self.state.notice == page_text.explain_added_later():
            self._store.stage(notice="", notice_actions=())
        self._callbacks.save_settings(settings)
        self._show_progress(monotonic())
        self._refresh()
        if not self.state.notice:
            self._offer_remedies()

    # -- internals --------------------------------------------------------------------------------------------------

    def _request_for(self, saved: SavedBatch) -> BatchRequest | None:
        """Return the request of a saved batch, or None if its model or settings are no longer valid."""
        settings, menu = saved.settings, ModelMenu(saved.settings.model)
        _choices, picked = menu.choices_for(settings.scale)
        output = saved.output or page_text.suggest_output_folder(saved.sources, settings)
        model = menu.find_model(picked) if picked else None
        request = batch_request.build_request(saved.sources, output, model, settings)
        if request is None:
            return None
        return replace(request, excluded_files=saved.removed, formats=saved.formats, order=saved.order)

    def _output(self) -> Path | None:
        if self._chosen_output is not None or not self._sources:
            return self._chosen_output
        return page_text.suggest_output_folder(self._sources, self.state.settings)

    def _request(self) -> BatchRequest | None:
        """Return the batch request, or None if there is no input or model, or if a setting is invalid."""
        model = self._menu.find_model(self.state.model) if self.state.model else None
        request = batch_request.build_request(self._sources, self._output(), model, self.state.settings)
        if request is None:
            return None
        return replace(request, excluded_files=self._removed, formats=self._formats, order=self._order)

    def _plan(self, retried: frozenset[Path] | None = None, *, start: bool = False) -> None:
        """Search the inputs for images in the background, and list the files to process.

        See `_on_planned` for the parameters.
        """
        self.reload_models()
        request = self._request()
        if request is None:
            self._store.update(can_start=False)
            return
        self._store.stage(listing=True, can_start=False, can_retry=False, status=_("Searching for images…"))
        self._notice("")
        self._lanes.plan.start(
            partial(run_once, batch_job.plan, request),
            on_result=partial(self._on_planned, retried=retried, start=start),
            on_failure=partial(self._on_planning_failed, start=start),
        )

    def _notice(self, text: str, actions: tuple[NoticeAction, ...] = (), kind: NoticeKind = "warning") -> None:
        """Show a notice with a button for each action, or close the notice if `text` is ""."""
        self._store.update(notice=text, notice_actions=actions, notice_kind=kind)

    def _show_progress(self, now: float) -> None:
        """Update the counts, the remaining time and the progress bar. `now` is in seconds."""
        self._rendered_at = now
        progress, counts = self.files.progress, self.files.progress.counts
        finished = counts.total - counts.queued - counts.unsavable
        running = self.state.running and not self.state.paused
        elapsed_s, paused = progress.elapsed_s(now), _("Paused") if self.state.paused else ""
        self._store.update(
            counts=counts,
            completed_fraction=progress.completed_fraction,
            headline=_("{done} of {total}").format(done=finished, total=counts.total),
            current=self.files.items[progress.index].file.path if progress.index is not None else "",
            time_left=page_text.format_time_left(progress.run_fraction, elapsed_s) if running else paused,
            summary=page_text.summarize_counts(counts, len(self._added)),
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
        is_ready = not (self.state.locked or self.state.listing or example[1])
        has_work = bool(self._sources) if settings.watch else counts.queued > 0
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
            start_text=page_text.format_start_button(counts, watch=settings.watch),
            can_start=is_ready and has_work,
            can_retry=is_ready and counts.failed > 0,
        )

    def _name_for(self, picked: ModelChoice | None, times: float) -> str:
        """Return the name of the model that is used for the scale factor `times`."""
        if picked is None or self.state.settings.target is None:
            return picked.name if picked else ""
        return catalog.select_for_scale(self._menu.find_model(picked), times).name
