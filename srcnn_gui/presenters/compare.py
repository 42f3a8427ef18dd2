"""The Compare page's decisions: which picture, which model, what runs, what the figures say. No Qt."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from engine import models
from engine.events import DeviceFellBack, Pane, PrecisionFellBack, Started, TileDone, TileShrunk
from engine.imaging.pictures import Picture
from engine.imaging.tiles import Rect
from engine.models import SCALES, Model
from engine.requests import UpscaleRequest
from srcnn_gui import jobs, resources
from srcnn_gui.messages import _, sentence
from srcnn_gui.presenters import describe, readout
from srcnn_gui.presenters.compare_state import Choices, ModelChoice, State, View
from srcnn_gui.presenters.lane import Lanes
from srcnn_gui.presenters.readout import Readout

PANES: tuple[Pane, Pane] = ("bicubic", "srcnn")
FIGURES_EVERY_S = 0.1  # while tiles come in; a pan recomputes at once


class Presenter:
    """Holds the state; starts jobs on its lanes; tells the view. Its intents are the methods named by verbs."""

    def __init__(self, view: View, lanes: Lanes, choices: Choices, remember: Callable[[Choices], None]) -> None:
        self._view = view
        self._lane = lanes.compute
        self._open_lane = lanes.open
        self._save_lane = lanes.save
        self._remember = remember
        self._catalogue = models.catalogue()
        self._source: Path | None = None
        self._picture: Picture | None = None
        self._result: Picture | None = None
        self._started: Started | None = None
        self._visible: Rect | None = None
        self._figures_at = 0.0
        self._pace = describe.Pace()
        self._output_px = 0
        self._rate = describe.RATE_GUESS
        self._wanted_model = choices.model
        self._reference = choices.reference  # what a person chose; a sample has its own
        scales = tuple(scale for scale in SCALES if any(model.spec.scale == scale for model in self._catalogue))
        scale = choices.scale if choices.scale in scales else (scales or (3,))[0]
        status, told = _("Ready"), readout.no_ground_truth(chosen=choices.reference)
        self.state = State(reference=choices.reference, scale=scale, scales=scales, status=status, readout=told)
        self._choose_model_for_scale()
        self._render()

    # -- intents ---------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open a picture file and enlarge it; the one shown now stays until it is decoded."""
        self._set(status=_("Opening {name} …").format(name=path.name), notice="")
        self._open_lane.start(
            partial(jobs.open_picture, path),
            on_result=partial(self._opened, path),
            on_failure=partial(self._refused, _("Not opened")),
        )

    def drop(self, paths: list[Path]) -> None:
        """Open the first of some files; say so if there were more, or none."""
        files = [path for path in paths if not path.is_dir()]
        if not files:
            self.refuse(_("Drop a picture file; a folder cannot be opened here yet."))
            return
        self.open(files[0])
        if len(paths) > 1:
            self.refuse(_("Only {name} was opened: one picture at a time.").format(name=files[0].name))

    def choose_scale(self, scale: int) -> None:
        """Enlarge by another factor, with the model of the same architecture if there is one."""
        if scale != self.state.scale and scale in self.state.scales:
            self._set(scale=scale)
            self._choose_model_for_scale()
            self._chosen()

    def choose_model(self, key: str) -> None:
        """Use another model."""
        chosen = next((choice for choice in self.state.models if choice.key == key), None)
        if chosen is not None and chosen != self.state.model:
            self._wanted_model = chosen.name
            self._set(model=chosen)
            self._chosen()

    def choose_reference(self, reference: bool) -> None:
        """Test against the picture itself, reduced, or enlarge it as it is."""
        self._reference = reference
        if reference != self.state.reference:
            self._set(reference=reference)
            self._chosen()

    def see(self, top: int, left: int, height: int, width: int) -> None:
        """The visible part changed (in pixels of the enlargement): compute it first, and score it."""
        self._visible = Rect(top, left, height, width)
        self._lane.hint(self._visible)
        self._update_visible()
        self._render()

    def cancel(self) -> None:
        """Stop the enlargement at once, as far as a person can see; what is there stays."""
        if self.state.working:
            self._set(working=False, can_start=True, status=_("Stopped"))
            self._lane.cancel()

    def stop_or_start(self) -> None:
        """Stop the enlargement, or start it again after it was stopped or failed."""
        if self.state.working:
            self.cancel()
        elif self.state.can_start:
            self._enlarge()

    def save(self, path: Path) -> None:
        """Write the result; never over the picture it came from."""
        if self._source is not None and path.exists() and self._source.exists() and path.samefile(self._source):
            self.refuse(_("{name} is the picture itself. Choose another name.").format(name=path.name))
        elif self._result is not None:
            self._set(status=_("Saving {name} …").format(name=path.name), notice="", can_save=False)
            self._save_lane.start(
                partial(jobs.save_picture, self._result, path),
                on_result=self._saved,
                on_failure=self._not_saved,
            )

    def dismiss(self) -> None:
        """Take the notice away."""
        self._set(notice="")

    def refuse(self, reason: str) -> None:
        """Say why something cannot be done."""
        self._set(notice=reason)

    def no_engine(self, error: Exception) -> None:
        """Torch could not be loaded: nothing can be computed."""
        self.refuse(sentence(error))

    def device_found(self, title: str) -> None:
        """Torch is loaded; this is what computes."""
        self._set(device=title)

    def scores_text(self) -> str:
        """The scores for the clipboard; empty if there are none."""
        state = self.state
        if state.model is None or state.readout.whole.stale:
            return ""
        return readout.as_text(state.name, state.model.title, state.scale, state.readout)

    # -- what jobs tell --------------------------------------------------------------------------------------------

    def _opened(self, path: Path, picture: Picture) -> None:
        """A picture was decoded: show it and enlarge it."""
        self._source = path
        self._picture = picture
        self._visible = None
        self._started = None
        self._result = None
        # A sample is its own ground truth: a newcomer sees figures at once. The choice for other pictures stays.
        sample = path.resolve().parent == resources.sample("").resolve()
        reference = self._reference or sample
        empty = Readout() if reference else readout.no_ground_truth()
        facts = describe.facts(picture)
        self._set(name=path.name, facts=facts, can_save=False, reference=reference, readout=empty)
        step = self.state.scale if reference else 1  # a truth is not to be seen where its enlargement will be
        self._view.show_picture(picture.pixels[::step, ::step])
        self._enlarge()

    def _heard(self, event: Any) -> None:
        """Follow the enlargement; what it says after a stop is shown no more."""
        if not self.state.working:
            return
        if isinstance(event, Started):
            self._started = event
            self._pace = describe.Pace()
            self._view.show_panes(event.panes)
            self._set(device=event.device)
        elif isinstance(event, TileDone):
            self._view.show_tile(event.pane, event.rect)
            if event.pane == "srcnn":
                self._pace.add(event.rect.area, monotonic())
            if monotonic() - self._figures_at > FIGURES_EVERY_S:
                self._figures_at = monotonic()
                self._update_visible()
                self._set(done=event.done, total=event.total, status=self._pace.status(self._output_px))
        elif isinstance(event, DeviceFellBack):
            self._set(notice=_("No usable GPU; running on the CPU."))
        elif isinstance(event, TileShrunk):
            told = _("Memory ran out at {a} px tiles; going on with {b} px.")
            self._set(notice=told.format(a=event.before, b=event.after))
        elif isinstance(event, PrecisionFellBack):
            self._set(notice=_("{a} gave no picture here; going on with {b}.").format(a=event.before, b=event.after))

    def _enlarged(self, result: Any) -> None:
        """The enlargement is complete."""
        self._result = result.picture
        height, width = result.picture.height, result.picture.width
        self._rate = describe.rate(height * width, self._model().spec, result.seconds)
        if self.state.reference:
            self.state = replace(self.state, readout=readout.with_whole(self.state.readout, result.scores))
            self._update_visible()
        done = _("Done in {time}").format(time=describe.duration(result.seconds))
        self._set(
            working=False,
            can_save=True,
            status=done,
            suggested_name=describe.name_for(self.state.name, self.state.scale),
        )

    def _failed(self, error: Exception) -> None:
        """The job failed; the picture before stays where there is one."""
        self._set(working=False, can_start=True, notice=sentence(error), status=_("Not enlarged"))

    def _saved(self, path: Path) -> None:
        """The result is on disk, and was opened again."""
        self._set(status=_("Saved as {name}").format(name=path.name), can_save=self._result is not None)

    def _not_saved(self, error: Exception) -> None:
        """Nothing was written; the result is still here to be saved elsewhere."""
        self._set(can_save=self._result is not None)
        self._refused(_("Not saved"), error)

    def _refused(self, status: str, error: Exception) -> None:
        """A file could not be opened or saved; nothing else changes."""
        self._set(notice=sentence(error), status=status)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _model(self) -> Model:
        """The model chosen now; only called while there is one."""
        key = self.state.model.key if self.state.model else ""
        return next(model for model in self._catalogue if str(model.path) == key)

    def _choose_model_for_scale(self) -> None:
        """Offer the scale's models; keep the architecture wanted if there is one."""
        fitting = [model for model in self._catalogue if model.spec.scale == self.state.scale]
        wanted = next((model for model in self._catalogue if model.name == self._wanted_model), None)
        same = [model for model in fitting if wanted and model.spec.arch == wanted.spec.arch]
        chosen = next(iter([model for model in fitting if model is wanted] + same + fitting), None)
        choices = tuple(
            ModelChoice(str(model.path), model.name, describe.title(model), describe.card(model)) for model in fitting
        )
        picked = next((choice for choice in choices if chosen and choice.key == str(chosen.path)), None)
        self.state = replace(self.state, models=choices, model=picked)

    def _chosen(self) -> None:
        """A choice changed: remember it and enlarge again."""
        model = self.state.model.name if self.state.model else ""
        self._remember(Choices(self.state.scale, model, self._reference))
        self._set(notice="")
        self._enlarge()

    def _enlarge(self) -> None:
        """Start the enlargement the state asks for; what ran before is dropped, what is shown stays."""
        if self._picture is None or self.state.model is None:
            self._render()
            return
        self._result = None
        self._started = None
        request = UpscaleRequest(self._model(), reference=self.state.reference)
        told = readout.outdated(self.state.readout, self.state.scale) if self.state.reference else None
        self.state = replace(self.state, readout=told or readout.no_ground_truth())
        self._set(working=True, can_start=False, done=0, total=0, can_save=False, status=_("Enlarging …"))
        self._lane.start(
            partial(jobs.enlarge, self._picture, request),
            on_event=self._heard,
            on_result=self._enlarged,
            on_failure=self._failed,
        )
        if self._visible is not None:
            self._lane.hint(self._visible)

    def _update_visible(self) -> None:
        """Score the visible part from the maps: two means a pane."""
        if self._started and self._started.scores:
            told = readout.with_visible(self.state.readout, self._started.scores, self._visible)
            self.state = replace(self.state, readout=told)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._render()

    def _render(self) -> None:
        """Bring what follows from the rest up to date, and show it."""
        if self._picture is not None and self.state.model is not None:
            height, width = describe.output_size(self._picture, self.state.scale, self.state.reference)
            self._output_px = height * width
            seconds = describe.seconds(self._output_px, self._model().spec, self._rate)
            time = _("about {time}").format(time=describe.duration(seconds))
            output = f"{width} × {height} px" if self._output_px else ""
            self.state = replace(self.state, output=output, time=time if output else "")
        self._view.render(self.state)
