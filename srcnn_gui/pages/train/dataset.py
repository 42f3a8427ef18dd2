"""What a training learns from and by which recipe: choices, the download, and a look at the patch set."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.datasets import download
from engine.datasets.events import FileFetched
from engine.datasets.request import FetchRequest
from engine.errors import EngineError
from engine.models import catalog
from engine.models.catalog import Model
from engine.training.request import TrainRequest
from srcnn_gui.pages.train import jobs as train_jobs
from srcnn_gui.pages.train import request as recipes
from srcnn_gui.pages.train import text as words
from srcnn_gui.pages.train.state import FOLDER, T91, Choices, Start, State, View
from srcnn_gui.runtime.lane import Lane, nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _

if TYPE_CHECKING:
    from engine.training.survey import Survey

_PACE = ("arch", "n1", "n2", "batch", "device")  # what a training's speed depends on
# What the patch set depends on.
_SURVEYED = ("source", "folder", "arch", "scale", "rescaled", "held_out", "seed")


class Pictures:
    """Takes choices while no run is under way; its lane downloads, or looks at what was chosen."""

    def __init__(
        self,
        store: Store[State, View],
        lane: Lane,
        remember: Callable[[Choices], None],
        told: Callable[[], None] = nothing,
    ) -> None:
        """`told` hears of a model that was brought in."""
        self._store, self._lane, self._remember, self._told = store, lane, remember, told
        self._seen = False  # reading 91 pictures can wait until somebody looks
        self._sheet: tuple[Any, Any] | None = None  # some patches
        self._patches: int | None = None
        self._speeds: dict[tuple[Any, ...], float] = {}  # patches a second, by what it depends on
        self._starts: tuple[Start, ...] = ()
        self._due: dict[str, Any] = {}  # what was set for all while a training was at work
        self._update()
        store.after_render = self._take_due_at_rest

    def see(self) -> None:
        """The page came to the front: say what the pictures chosen give."""
        if not self._seen:
            self._seen = True
            self.models_changed()
            self._survey()

    def look_again(self) -> None:
        """Downloaded pictures lie elsewhere: see which are there."""
        self._update()
        self._store.update()
        self._survey()

    def choose_source(self, key: str) -> None:
        """Learn from other pictures."""
        if any(source.key == key for source in self._store.state.sources):
            self.change("source", key)
        else:
            self._store.update()

    def models_changed(self) -> None:
        """Look anew for models to start from."""
        if self._seen:
            self._starts = tuple(recipes.start_of(model) for model in catalog.catalogue())
            known = any(start.key == self._store.state.choices.start_from for start in self._starts)
            if not known and self._store.state.choices.start_from:
                self._take(recipes.with_start(self._store.state.choices, None))
            self._update()
            self._store.update()

    def choose_start(self, key: str) -> None:
        """Start from a model of the menu, or from new weights; the network to train is then of its size."""
        start = next((start for start in self._starts if start.key == key), None)
        self._take(recipes.with_start(self._store.state.choices, start))

    def choose_start_file(self, path: Path) -> None:
        """Start from a file of weights: it becomes one of the person's own models first, as by any other import."""
        scale = self._store.state.choices.scale
        self._lane.start(
            partial(train_jobs.bring_model, path, scale), on_result=self._brought, on_failure=self._not_brought
        )

    def measured(self, request: TrainRequest, patches_per_s: float) -> None:
        """A training told how fast it is: so the time of the next one is known."""
        spec = request.spec
        self._speeds[spec.arch, spec.n1, spec.n2, request.recipe.batch, request.device] = patches_per_s

    def choose_folder(self, folder: Path) -> None:
        """Learn from the pictures of a folder."""
        self._take(recipes.with_changes(self._store.state.choices, source=FOLDER, folder=str(folder)))

    def choose_preset(self, key: str) -> None:
        """Train by another recipe."""
        self._take(recipes.with_preset(self._store.state.choices, key))

    def change(self, name: str, value: Any) -> None:
        """Change one setting, by its name in Choices."""
        self._take(recipes.with_changes(self._store.state.choices, **{name: value}))

    def take(self, **changes: Any) -> None:
        """What was set for all: now, or once the training has ended."""
        self._due |= changes
        if not self._store.state.is_at_work:
            self._take_due()

    def fetch(self) -> None:
        """Download the 91 images, or stop doing so; what is there is kept."""
        if self._store.state.fetching:
            self._lane.cancel()
            return
        try:
            asked = FetchRequest(T91, mirror=self._store.state.choices.mirror.strip() or None)
        except EngineError as error:
            self._store.show_error(error)
            return
        self._store.update(fetching=True, fetched=0, to_fetch=0, notice="", status=_("Downloading the 91 images …"))
        self._lane.start(
            partial(download.run, asked),
            on_event=self._fetched_one,
            on_result=lambda _result: self._fetch_over(_("The 91 images are here")),
            on_failure=self._not_fetched,
            on_cancelled=lambda: self._fetch_over(_("Download stopped; what is here is kept")),
        )

    def show_patches(self) -> None:
        """Show some of the patches, input beside label."""
        if self._sheet is not None:
            self._store.view.show_patches(*self._sheet)

    def _take_due_at_rest(self, state: State) -> None:
        """Take what is due once no run is at work."""
        if not state.is_at_work:
            self._take_due()

    def _take_due(self) -> None:
        """Nothing is at work: take what was set for all meanwhile. What is told of the end stays."""
        due, self._due = self._due, {}
        if due:
            notice = self._store.state.notice
            self._take(recipes.with_changes(self._store.state.choices, **due))
            self._store.update(notice=notice)

    def _take(self, choices: Choices) -> None:
        """Other choices: remember them, and say what they come to."""
        before = self._store.state.choices
        if choices == before or self._store.state.is_at_work:
            self._store.update()
            return
        self._store.stage(choices=choices, notice="")
        self._remember(choices)
        self._update()
        if any(getattr(before, name) != getattr(choices, name) for name in _SURVEYED):
            self._survey()
        self._store.update()

    def _update(self) -> None:
        """Bring what follows from the choices up to date."""
        choices = self._store.state.choices
        found = recipes.sources(choices)
        there = any(source.key == choices.source and source.there for source in found)
        self._store.stage(
            sources=found,
            source_note=recipes.source_note(choices),
            can_fetch=choices.source == T91 and not there,
            can_start=there,
            time=words.asked_time(choices, self._patches, self._speeds.get(_pace(choices))),
            starts=self._starts,
        )

    def _survey(self) -> None:
        """Look at the pictures chosen, and say what would be cut from them."""
        state = self._store.state
        if not self._seen or state.fetching or state.is_at_work:
            return
        self._sheet = self._patches = None
        self._store.update(patches=words.patch_rows(None) if state.can_start else (), can_show_patches=False)
        if not state.can_start:
            self._lane.cancel()
            return
        try:
            asked = recipes.request(state.choices)
        except EngineError as error:
            self._store.show_error(error)
            return
        self._lane.start(
            partial(train_jobs.survey, asked), on_result=self._surveyed, on_failure=self._store.show_error
        )

    def _surveyed(self, survey: "Survey") -> None:
        self._sheet, self._patches = (survey.inputs, survey.labels), survey.patches
        self._update()
        self._store.update(patches=words.patch_rows(survey), can_show_patches=True)

    def _brought(self, model: Model) -> None:
        self.models_changed()
        self._told()
        self.choose_start(str(model.path))
        self._survey()

    def _not_brought(self, error: Exception) -> None:
        self._store.show_error(error)
        self._survey()

    def _fetched_one(self, event: Any) -> None:
        if isinstance(event, FileFetched):
            self._store.update(fetched=event.done, to_fetch=event.total)

    def _fetch_over(self, status: str) -> None:
        self._store.stage(fetching=False, status=status)
        self._update()
        self._store.update()
        self._survey()

    def _not_fetched(self, error: Exception) -> None:
        self._fetch_over(_("Not downloaded"))
        self._store.show_error(error)


def _pace(choices: Choices) -> tuple[Any, ...]:
    return tuple(getattr(choices, name) for name in _PACE)
