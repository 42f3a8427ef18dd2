"""The Batch page's decisions: which files, where to, what runs, how far it is. No Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.batch.events import BatchPlanned, FileBegun, FileDone
from engine.batch.planning import Item, Plan
from engine.batch.request import BatchRequest
from engine.datasets.events import FileFailed
from engine.models import catalog
from engine.upscaling.events import TileDone
from engine.upscaling.request import Target
from srcnn_gui.choices import text, thumbnails
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import ModelChoice
from srcnn_gui.pages.batch import jobs
from srcnn_gui.pages.batch import request as batch_choices
from srcnn_gui.pages.batch import text as words
from srcnn_gui.pages.batch.files import Files
from srcnn_gui.pages.batch.state import Choices, State, View
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lane, nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, sentence

if TYPE_CHECKING:
    from engine.batch import job as batch_job
else:
    batch_job = deferred_module("engine.batch.job")

SHOW_EVERY_S = 0.1  # while tiles come in
LOOK_WIDTH, LOOK_HEIGHT = 96, 72  # px of a small picture, for sharp screens too


@dataclass(frozen=True)
class BatchLanes:
    """The page's lanes: the list is looked at and a report saved beside the work."""

    compute: Lane
    plan: Lane
    look: Lane
    save: Lane


class Presenter:
    """Holds the state; starts jobs on its lanes; tells the view. Its intents are the methods named by verbs."""

    def __init__(self, view: View, lanes: BatchLanes, choices: Choices, remember: Callable[[Choices], None]) -> None:
        self._lanes, self._remember = lanes, remember
        self._menu = ModelMenu()
        self._sources: tuple[Path, ...] = ()
        self._chosen_output: Path | None = None
        self.files = Files(view)
        self._shown_at = 0.0
        self._due: dict[str, Any] = {}  # what was set for all while a batch was at work
        scales = self._menu.scales
        self._store = Store(view, State(choices=batch_choices.usable(choices, self._menu), scales=scales))
        self._refresh()

    @property
    def state(self) -> State:
        """What is shown."""
        return self._store.state

    # -- intents ---------------------------------------------------------------------------------------------------

    def show_on(self, view: View) -> None:
        """Show everything on another view, in the language that is spoken now."""
        self.files.view = view
        view.show_lines(self.files, same=False)
        self._store.show_on(view)

    def add(self, paths: Sequence[Path]) -> None:
        """Take folders and files into the list."""
        if not self.can_add():
            return
        new = [path for path in paths if path not in self._sources]
        self._sources = (*self._sources, *new)
        if new:
            self._list()

    def can_add(self) -> bool:
        """Return whether the list can grow. While a batch runs it cannot, and the notice says why."""
        if self.state.locked and self.state.notice != words.busy():
            self._store.update(notice=words.busy())
        return not self.state.locked

    def clear(self) -> None:
        """Begin with an empty list; what is done stays where it is."""
        if not self.state.locked:
            self._sources, self._chosen_output = (), None
            self._listed(Plan((), ""))

    def choose_output(self, folder: Path | None) -> None:
        """Write the results there; None for the folder beside the source."""
        if not self.state.locked and folder != self._chosen_output:
            self._chosen_output = folder
            self._list()

    def choose(self, **changes: Any) -> None:
        """Another model, name, policy ...: fields of `Choices`."""
        chosen = replace(self.state.choices, **changes)
        self._choose(batch_choices.with_model(chosen, self._menu) if "model" in changes else chosen)

    def take(self, **changes: Any) -> None:
        """What was set for all: now, or once the batch is done."""
        self._due |= changes
        if not self.state.locked:
            due, self._due = self._due, {}
            self.choose(**due)

    def choose_size(self, factor: float | None = None, width: int | None = None, height: int | None = None) -> None:
        """How large the results become: one of the three."""
        self._choose(batch_choices.sized(self.state.choices, Target(factor, width, height)))

    def _choose(self, chosen: Choices) -> None:
        if self.state.locked or chosen == self.state.choices:
            return
        self._store.update(choices=chosen)
        self._refresh()
        self._remember(chosen)
        self._list()

    def start(self) -> None:
        """Begin, or go on with what is not done."""
        request = self._request()
        if request is None or not self.state.can_start:
            return
        sizes = partial(jobs.sizes, self.files.items)
        self._lanes.plan.start(sizes, on_event=self._measured, on_result=nothing, on_failure=nothing)
        self._store.update(
            running=True, can_start=False, paused=False, notice="", status=_("Beginning …"), headline=""
        )
        self._lanes.compute.start(
            partial(batch_job.run, request),
            on_event=self._heard,
            on_result=self._ended,
            on_failure=self._failed,
            on_cancelled=self._stopped,
        )

    def pause(self) -> None:
        """Stop computing, or go on."""
        if self.state.running:
            paused = not self.state.paused
            self._lanes.compute.pause(paused)
            self.files.progress.pause(paused, monotonic())
            status = _("Batch paused.") if paused else words.running()
            self._store.update(paused=paused, time_left=_("Paused") if paused else "", status=status)

    def cancel(self) -> None:
        """Stop as soon as the step in work is over; what is done stays, and a start does the rest."""
        if self.state.running and not self.state.stopping:
            self._store.update(running=False, stopping=True, paused=False, status=_("Stopping …"))
            self._lanes.compute.cancel()

    def look(self, indices: Sequence[int]) -> None:
        """These lines can be seen: show what their files look like."""
        told = lambda look: self._store.view.show_look(look.index, look.picture, words.size(look.size))  # noqa: E731
        job = partial(thumbnails.draw, self.files.sources(indices), LOOK_WIDTH, LOOK_HEIGHT)
        self._lanes.look.start(job, on_event=told, on_result=nothing, on_failure=nothing)

    def write_report(self, path: Path) -> None:
        """Write what became of every file."""
        self._lanes.save.start(
            partial(jobs.write_report, *self.files.outcomes(), path),
            on_result=lambda made: self._store.update(status=_("Saved as {name}").format(name=made.name)),
            on_failure=lambda error: self._store.update(notice=sentence(error)),
        )

    def dismiss(self) -> None:
        """Take the notice away."""
        self._store.update(notice="")

    def devices_found(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Torch is loaded; this is what can compute. A device chosen once that is not here any more is forgotten."""
        if self.state.choices.device not in [kind for kind, _title in devices]:
            self._store.stage(choices=replace(self.state.choices, device="auto"))
        self._store.update(devices=devices)

    def models_changed(self) -> None:
        """A model was made, imported, renamed or deleted: offer what there is now."""
        self._menu.reload()
        self._refresh()

    # -- what jobs tell --------------------------------------------------------------------------------------------

    def _listed(self, plan: Plan) -> None:
        """It is known what a start would do."""
        self._show_list(plan.items)
        self._store.update(listing=False, headline="", share=0.0, time_left="", speed="", current="", status="")

    def _not_listed(self, error: Exception) -> None:
        self._show_list(())
        self._store.update(listing=False, notice=sentence(error), status=_("Nothing to do"))

    def _show_list(self, items: tuple[Item, ...]) -> None:
        self.files.fill(items)
        self._refresh()

    def _heard(self, event: Any) -> None:
        """Follow the batch; what it says after a stop still counts as done."""
        now = monotonic()
        if isinstance(event, BatchPlanned):
            self._show_list(event.items)
            self.files.progress.begin(now)
            self._show_progress(now)
        elif isinstance(event, FileBegun):
            self.files.begin(event.index)
            self._show_progress(now)
        elif isinstance(event, TileDone) and now - self._shown_at > SHOW_EVERY_S:
            self.files.tile_done(event.done, event.total)
            self._show_progress(now)
        elif isinstance(event, FileDone | FileFailed) and event.index is not None:
            self.files.settle(event, event.index)
            self._show_progress(now)
        elif told := text.notice(event):
            self._store.update(notice=told)

    def _measured(self, sizes: list[tuple[int, int]]) -> None:
        for index, pixels in sizes:
            self.files.progress.measured(index, pixels)

    def _ended(self, result: Any) -> None:
        """The batch is at its end, or stopped itself."""
        counts = self.files.progress.counts
        self._store.update(notice=sentence(result.stopped) if result.stopped else "")
        self._rest(_("Done: {summary}").format(summary=words.summary(replace(counts, to_go=0))))
        title = _("The batch stopped") if result.stopped else _("The batch is done")
        self._store.view.tell(title, self.state.notice or words.summary(counts))

    def _failed(self, error: Exception) -> None:
        """It could not begin, or not go on."""
        self._store.update(notice=sentence(error))
        self._rest(_("Not done"))
        self._store.view.tell(_("The batch stopped"), sentence(error))

    def _stopped(self) -> None:
        """It was cancelled, and has ended."""
        self.files.rest()
        told = _("Stopped. {done} of {total} are done; a start does the rest.")
        counts = self.files.progress.counts
        self._rest(told.format(done=counts.done + counts.skipped, total=counts.total))

    def _rest(self, status: str) -> None:
        """Nothing runs any more. The list stays as it is: it says what became of every file."""
        self.files.rest()
        chosen, self._due = replace(self.state.choices, **self._due), {}
        self._store.stage(running=False, stopping=False, paused=False, status=status, choices=chosen)
        if self.state.notice == words.busy():
            self._store.stage(notice="")
        self._remember(chosen)
        self._show_progress(monotonic())
        self._refresh()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _output(self) -> Path | None:
        if self._chosen_output is not None or not self._sources:
            return self._chosen_output
        return words.beside(self._sources, self.state.choices)

    def _request(self) -> BatchRequest | None:
        """What a start would ask for; None while something is missing or wrong."""
        model = self._menu.model(self.state.model) if self.state.model else None
        return batch_choices.request(self._sources, self._output(), model, self.state.choices)

    def _list(self) -> None:
        """Look what there is to do, in the background."""
        self.models_changed()
        request = self._request()
        if request is None:
            self._store.update(can_start=False)
            return
        self._store.update(listing=True, can_start=False, notice="", status=_("Looking for pictures …"))
        self._lanes.plan.start(
            partial(run_once, batch_job.plan, request), on_result=self._listed, on_failure=self._not_listed
        )

    def _show_progress(self, now: float) -> None:
        """Headline, bar, time and speed."""
        self._shown_at = now
        at, counts = self.files.progress, self.files.progress.counts
        settled = counts.total - counts.to_go
        running = self.state.running and not self.state.paused
        paused = _("Paused") if self.state.paused else ""
        self._store.update(
            counts=counts,
            share=at.share,
            headline=_("{done} of {total}").format(done=settled, total=counts.total),
            current=self.files.items[at.index].found.path if at.index is not None else "",
            time_left=words.left(at.share_now, at.active_s(now)) if running else paused,
            summary=words.summary(counts),
            speed=words.speed(at.megapixels, at.active_s(now)),
            failed_words=words.failures(counts.failed, running=self.state.running),
            status=words.running() if running else self.state.status,
        )

    def _refresh(self) -> None:
        """Bring what follows from the rest up to date, and show it."""
        chosen = self.state.choices
        self._menu.wanted = chosen.model
        fitting, picked = self._menu.at(chosen.scale)
        name = self.files.items[0].found.source.name if self.files.items else _("picture.jpg")
        example = words.example(name, chosen, partial(self._name_for, picked))
        counts = self.files.progress.counts
        output = self._output()
        self._store.update(
            source=words.source(self._sources),
            output=words.home(output) if output else "",
            size=text.size(chosen.scale, chosen.target) if chosen.target else "",
            models=fitting,
            model=picked,
            example=example[0],
            template_error=example[1],
            counts=counts,
            summary=words.summary(counts),
            failed_words=words.failures(counts.failed, running=self.state.running),
            start_words=words.start(counts),
            can_start=not self.state.locked and counts.to_go + counts.failed > 0 and not example[1],
            can_retry=not self.state.locked and counts.failed > 0 and not counts.to_go,
        )

    def _name_for(self, picked: ModelChoice | None, times: float) -> str:
        """What the model is called that upscales by a factor."""
        if picked is None or self.state.choices.target is None:
            return picked.name if picked else ""
        return catalog.fitting(self._menu.model(picked), times).name
