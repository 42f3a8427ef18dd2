"""The Compare page's decisions: which picture, which model, what runs, what the figures say. No Qt."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.imaging.image import Picture
from engine.imaging.tiles import Rect
from engine.models.catalog import Model
from engine.upscaling import low_res
from engine.upscaling.request import Target
from srcnn_gui.canvas.view_layout import Look
from srcnn_gui.choices import text
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import ARITHMETICS
from srcnn_gui.pages.compare import ground_truth, readout, request
from srcnn_gui.pages.compare.images import Pictures, Source
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.pages.compare.saving import Finished, Saving
from srcnn_gui.pages.compare.state import Choices, State, Truth, View
from srcnn_gui.pages.compare.upscaling import Enlarging
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import Lanes
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, sentence, together

if TYPE_CHECKING:
    from engine.models import library
else:
    library = deferred_module("engine.models.library")


class Presenter:
    """Decides what is enlarged and how. Its intents are the methods named by verbs.

    `pictures` are those that are open, `saving` is what leaves the page; all three share one Store.
    """

    def __init__(self, view: View, lanes: Lanes, choices: Choices, remember: Callable[[Choices], None]) -> None:
        self._lanes = lanes
        self._remember = remember
        self._menu = ModelMenu(choices.model)
        self._source: Source | None = None
        self._picture: Picture | None = None
        self._truth: Picture | None = None  # of its own
        self._truth_size: ground_truth.Size | None = None  # at which it was accepted
        scales = self._menu.scales
        scale = choices.scale if self._menu.has_model_for(choices.scale) else (scales or (3,))[0]
        state = State(
            look=Look().seen_as(choices.view),
            scale=scale,
            scales=scales,
            device=choices.device,
            ensemble=choices.ensemble,
            precision=choices.precision if choices.precision in ARITHMETICS else "auto",
            status=_("Ready"),
            readout=readout.no_ground_truth(),
        )
        self._store = Store(view, state)
        self.pictures = Pictures(self._store, lanes, self._opened, self._truth_opened, self._emptied)
        self._enlarging = Enlarging(self._store, lanes.compute)
        self.saving = Saving(self._store, lanes.save, self._finished)
        self._offer_models()
        self._estimate()

    @property
    def state(self) -> State:
        return self._store.state

    def show_on(self, view: View) -> None:
        """Show everything on another view; the pixels it gets from the one before."""
        self._store.show_on(view)

    # -- intents: what is enlarged, and how ------------------------------------------------------------------------

    def choose_scale(self, scale: int) -> None:
        """Enlarge by a model's own factor, with the model of the same architecture if there is one."""
        if scale in self.state.scales and (scale != self.state.scale or self.state.target is not None):
            self._store.update(scale=scale, target=None)
            self._offer_models()
            self._chosen()

    def choose_size(self, factor: float | None = None, width: int | None = None, height: int | None = None) -> None:
        """Enlarge to another size. A picture that is its own ground truth can only be given a factor."""
        target = Target(factor, width, height)
        if target.factor in self.state.scales:
            self.choose_scale(int(target.factor or 0))
            return
        if self.state.simulated and target.factor is None:
            self.refuse(_("A picture that is reduced first keeps its size; choose a factor."))
            return
        try:
            if self._picture is not None:
                target.times(self._picture.height, self._picture.width)
        except EngineError as error:
            self.refuse(sentence(error))
            return
        self._store.update(target=target)
        self._chosen()

    def choose_model(self, key: str) -> None:
        """Use another model."""
        chosen = next((choice for choice in self.state.models if choice.key == key), None)
        if chosen is not None and chosen != self.state.model:
            self._menu.wanted = chosen.name
            scale = self._menu.model(chosen).spec.scale
            if scale != self.state.scale:  # one for a scale that has no button
                self._store.update(scale=scale, target=None, models=self._menu.at(scale)[0])
            self._store.update(model=chosen)
            self._chosen()

    def models_changed(self) -> None:
        """A model was made, imported, renamed or deleted: offer what there is now."""
        before = self.state.model
        self._menu.reload()
        scales = self._menu.scales
        scale = self.state.scale if self._menu.has_model_for(self.state.scale) else (scales or (3,))[0]
        self._store.update(scales=scales, scale=scale)
        self._offer_models()
        if self.state.model != before:
            self._enlarge()

    def import_model(self, path: Path, scale: int | None = None) -> None:
        """Copy a model file into the person's own and use it."""
        self._lanes.models.start(
            partial(run_once, library.import_model, path, scale),
            on_result=self._imported,
            on_failure=partial(self._refused, _("Not imported")),
        )

    def choose_truth(self, truth: Truth) -> None:
        """Measure against nothing, or simulate with the image that is open; a file is `pictures.use_truth`."""
        if self._picture is None or truth in {self.state.truth, "file"}:
            self._store.update()  # the control that was used shows again what is chosen
            return
        sized = self.state.target is not None and self.state.target.factor is None
        kept = None if truth == "reduced" and sized else self.state.target
        if truth == "reduced":
            times = kept.factor if kept and kept.factor else self.state.scale
            try:
                low_res.refuse_too_small(self._picture.height, self._picture.width, times)
            except EngineError as error:
                self.refuse(sentence(error))
                return
        self.pictures.forget_truth()
        self._truth = None
        self._store.update(truth=truth, truth_name="", target=kept)
        self._chosen()

    def choose_device(self, kind: str) -> None:
        """Compute on another device."""
        if kind != self.state.device:
            self._store.update(device=kind)
            self._chosen()

    def choose_ensemble(self, ensemble: bool) -> None:
        """Average over eight orientations, or not."""
        if ensemble != self.state.ensemble:
            self._store.update(ensemble=ensemble)
            self._chosen()

    def choose_precision(self, precision: str) -> None:
        """Compute in other numbers."""
        if precision != self.state.precision:
            self._store.update(precision=precision)
            self._chosen()

    def stop_or_start(self) -> None:
        """Stop the enlargement, or start it again after it was stopped or failed."""
        if self.state.working:
            self.cancel()
        elif self.state.can_start:
            self._enlarge()

    def cancel(self) -> None:
        """Stop the enlargement."""
        self._enlarging.cancel()

    # -- intents: how it is looked at ------------------------------------------------------------------------------

    def look(self, look: Look) -> None:
        """Lay the pictures beside each other in another way."""
        self._store.update(look=look)
        self._remember(request.choices(self.state))

    def see(self, top: int, left: int, height: int, width: int) -> None:
        """The visible part changed (in pixels of the enlargement): compute it first, and score it."""
        self._enlarging.see(Rect(top, left, height, width))

    def select(self, part: tuple[int, int, int, int] | None) -> None:
        """Score a part that was drawn (top, left, height, width), or again what is visible."""
        self._enlarging.select(Rect(*part) if part else None)

    def dismiss(self) -> None:
        """Take the notice away."""
        self._store.update(notice="")

    def refuse(self, reason: str) -> None:
        """Say why something cannot be done."""
        self._store.update(notice=reason)

    def no_engine(self, error: Exception) -> None:
        """Torch could not be loaded: nothing can be computed."""
        self._store.update(notice=sentence(error), running_on=_("PyTorch could not be loaded"))

    def devices_found(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Torch is loaded; this is what can compute. A device chosen once that is not here any more is forgotten."""
        kinds = [kind for kind, _title in devices]
        device = self.state.device if self.state.device in kinds else "auto"
        self._store.update(devices=devices, device=device, running_on=self.state.running_on or devices[0][1])

    # -- what jobs tell --------------------------------------------------------------------------------------------

    def _opened(self, source: Source, picture: Picture, truth: Picture | EngineError | None) -> None:
        """An image was decoded, and its ground truth if it has one: show it and upscale it."""
        self._source, self._picture, self._truth = source, picture, None
        self._enlarging.forget()
        # Only a sample is simulated from the start, so that a newcomer sees scores at once.
        sample = source.path is not None and source.path.resolve().parent == resources.sample("").resolve()
        target = self.state.target
        if target and not ((target.factor or not sample) and target.fits(picture.height, picture.width)):
            target = None
        self._store.update(
            name=source.name,
            facts=text.facts(picture),
            can_save=False,
            truth="reduced" if sample else "none",
            truth_name="",
            target=target,
            readout=Readout() if sample else readout.no_ground_truth(),
        )
        if isinstance(truth, EngineError):
            self._lose_truth(sentence(truth))
        elif truth is not None and source.truth is not None and not self._use_truth(truth, source.truth.name):
            self._lose_truth(ground_truth.refusal(source.truth.name, truth, picture, self.state))
        step = self.state.scale if self.state.simulated else 1  # a truth is not to be seen where its result will be
        see_through = None if picture.alpha is None else picture.alpha[::step, ::step]
        self._store.view.show_picture(picture.pixels[::step, ::step], picture.icc, see_through)
        self._enlarge()

    def _truth_opened(self, path: Path, truth: Picture) -> bool:
        """A ground truth was decoded: measure the open image against it, or say why not and change nothing."""
        assert self._picture is not None
        used = self._use_truth(truth, path.name)
        if used:
            self._enlarge()
        else:
            told = ground_truth.refusal(path.name, truth, self._picture, self.state)
            self._store.update(notice=told, status=_("Ground truth not used"))
        return used

    def _emptied(self) -> None:
        """The last picture was closed."""
        self._enlarging.cancel()
        self._enlarging.forget()
        self._source = self._picture = self._truth = None
        told, look = readout.no_ground_truth(), self.state.look.with_truth(False)
        self._store.update(
            truth="none", look=look, can_save=False, can_start=False, status=_("Ready"), notice="", readout=told
        )
        self._estimate()

    def _imported(self, model: Model) -> None:
        """A model is one of the person's own now: use it."""
        self._menu.wanted = model.name
        self._menu.reload()
        self._store.update(
            scales=self._menu.scales, scale=model.spec.scale, target=None, status=_("Model imported"), notice=""
        )
        self._offer_models()
        self._chosen()

    def _refused(self, status: str, error: Exception) -> None:
        """Nothing else changes."""
        self._store.update(notice=sentence(error), status=status)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _model(self) -> Model:
        """The model chosen now; only called while there is one."""
        assert self.state.model is not None
        return self._menu.model(self.state.model)

    def _offer_models(self) -> None:
        """Offer the scale's models; keep the architecture wanted if there is one."""
        choices, chosen = self._menu.at(self.state.scale)
        self._store.update(models=choices, model=chosen)

    def _use_truth(self, truth: Picture, name: str) -> bool:
        """Choose the size at which the result is as large as a ground truth; change nothing if there is none."""
        assert self._picture is not None
        size = ground_truth.fitting_size(truth, self._picture, self.state)
        if size is None:
            return False
        scale, target = size
        if target is not None and target != self.state.target:
            told = _("The result takes the ground truth’s size, {size}, which is not ×2, ×3 or ×4 of this picture.")
            self._store.update(notice=told.format(size=text.dimensions(truth.height, truth.width)))
        self._truth, self._truth_size = truth, size
        other_scale = scale != self.state.scale
        self._store.update(truth="file", truth_name=name, scale=scale, target=target)
        if other_scale:
            self._offer_models()
        return True

    def _lose_truth(self, reason: str) -> None:
        """Show an image without its ground truth, which cannot be used any more."""
        self.pictures.forget_truth()
        self._store.update(notice=together(reason, _("The image is shown without this ground truth.")))

    def _chosen(self) -> None:
        """A choice changed: remember it and enlarge again."""
        self._remember(request.choices(self.state))
        self._store.update(notice="")
        self._enlarge()

    def _enlarge(self) -> None:
        """Start the enlargement the state asks for."""
        self._estimate()
        picture, truth = self._picture, self._truth
        if picture is None:
            return
        size = (self.state.scale, self.state.target)
        self._store.update(truth_fits=truth is None or ground_truth.fits(truth, picture, size))
        self._store.update(look=self.state.look.with_truth(self.state.scored))
        misfit = None
        if truth is not None and self._truth_size is not None and not self.state.truth_fits:
            misfit, truth = ground_truth.misfit(truth, picture, self.state, self._truth_size), None
        if self.state.model is not None:
            self._enlarging.start(picture, request.request(self.state, self._model()), truth, misfit)

    def _finished(self) -> Finished | None:
        return self._enlarging.finished(self._source.path if self._source else None)

    def _estimate(self) -> None:
        """Say how large the result will be, and how long that takes."""
        if self._picture is None or self.state.model is None:
            self._store.update(output="", time="")
            return
        state = self.state
        height, width = text.output_size(self._picture, state.scale, state.target, state.simulated)
        turns = 8 if state.ensemble else 1
        if state.scored and self._picture.is_gray:
            turns *= 2  # shown and scored are two runs
        time = self._enlarging.estimate(height, width, self._model().spec, turns)
        self._store.update(output=text.dimensions(height, width) if height * width else "", time=time)
