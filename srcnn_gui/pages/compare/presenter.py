"""Presenter of the Compare page. Does not use Qt."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.cropping import crop
from engine.imaging.image import Image
from engine.imaging.tiles import Rect
from engine.models.catalog import Model
from engine.upscaling import automatic_choice, low_res
from engine.upscaling.automatic_choice import Suggestion
from engine.upscaling.request import Target
from srcnn_gui.canvas.view_layout import ViewLayout
from srcnn_gui.choices import devices as device_choice
from srcnn_gui.choices import text
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import AUTOMATIC, PRECISIONS
from srcnn_gui.pages.compare import cropping, ground_truth_size, readout, request
from srcnn_gui.pages.compare.images import OpenImage, OpenImages
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.pages.compare.saving import CompareResult, ResultSaver
from srcnn_gui.pages.compare.state import CompareSettings, GroundTruthSource, State, View
from srcnn_gui.pages.compare.upscaling import UpscaleRun
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.deferred import deferred_module, run_once
from srcnn_gui.runtime.lane import CompareLanes
from srcnn_gui.runtime.notice_action import NoticeAction
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, error_message, join_sentences, translate

if TYPE_CHECKING:
    from engine.imaging.codecs import profiles
    from engine.models import library
else:
    profiles = deferred_module("engine.imaging.codecs.profiles")
    library = deferred_module("engine.models.library")

_PRINT_DPI = 300  # resolution for the information about the print size, unless another one is chosen


class Presenter:
    """Presenter that handles user actions, upscales the open image and updates the view.

    Attributes
    ----------
    images : list of the open images
    saving : object that saves and exports the result
    """

    def __init__(
        self,
        view: View,
        lanes: CompareLanes,
        settings: CompareSettings,
        save_settings: Callable[[CompareSettings], None],
    ) -> None:
        self._lanes = lanes
        self._save_settings = save_settings
        self._menu = ModelMenu(settings.model)
        self._open_image: OpenImage | None = None
        self._image: Image | None = None  # the open image, or its region that is upscaled
        self._whole: tuple[Image, Image | None] | None = None  # image and ground truth, if only a region is upscaled
        self._photo_family = ""  # of the photo model that is chosen automatically for the image
        self._suggestion: Suggestion | None = None  # of another photo model
        self._ground_truth: Image | None = None  # from a file
        self._ground_truth_size: ground_truth_size.Size | None = None  # size at which the result matches the file
        scales = self._menu.scales
        scale = settings.scale if self._menu.has_model_for(settings.scale) else (scales or (3,))[0]
        state = State(
            view_layout=ViewLayout().with_view(settings.view),
            scale=scale,
            scales=scales,
            device=settings.device,
            self_ensemble=settings.self_ensemble,
            precision=settings.precision if settings.precision in PRECISIONS else "auto",
            output_options=OutputOptions(settings.format or None, settings.quality or None),
            initial_zoom=settings.initial_zoom,
            shows_file_names=settings.shows_file_names,
            status=_("Ready"),
            readout=readout.explain_missing_ground_truth(),
        )
        self._store = Store(view, state)
        self.images = OpenImages(
            self._store, lanes, self._on_image_opened, self._on_ground_truth_opened, self._on_all_closed
        )
        self._upscale_run = UpscaleRun(self._store, lanes.compute, self._update_estimate)
        self.saving = ResultSaver(self._store, lanes.save, self._compare_result)
        self._update_models()
        self._update_estimate()

    @property
    def state(self) -> State:
        """Current state of the page."""
        return self._store.state

    def set_view(self, view: View) -> None:
        """Replace the view after a change of the language, and show the current state in it."""
        self._store.set_view(view)

    # -- intents: what is upscaled, and how ------------------------------------------------------------------------

    def choose_scale(self, scale: int) -> None:
        """Upscale by a different scale factor, with a model of the same architecture if there is one."""
        if scale in self.state.scales and (scale != self.state.scale or self.state.target is not None):
            self._store.update(scale=scale, target=None)
            self._update_models()
            self._apply_settings()

    def choose_size(self, target: Target) -> None:
        """Upscale to a target size. In a simulation, the target must be a scale factor."""
        if target.factor in self.state.scales:
            self.choose_scale(int(target.factor or 0))
            return
        if self.state.simulated and target.factor is None:
            self.show_notice(
                _("A simulation needs a scale factor. Choose a scale factor instead of a width or height.")
            )
            return
        try:
            if self._image is not None:
                target.scale_factor(self._image.height, self._image.width)
        except EngineError as error:
            self.show_notice(error_message(error))
            return
        self._store.update(target=target)
        self._apply_settings()

    def describe_result_size(self, target: Target) -> str:
        """Return the result size for a target size as text, or "" if no image is open.

        Raises
        ------
        InvalidSetting
            If the image cannot be upscaled to this target size.
        """
        if self._image is None:
            return ""
        height, width = text.compute_result_size(self._image, self.state.scale, target, self.state.simulated)
        size = text.format_size(height, width)
        return f"{size}, {text.format_print_size(height, width, target.dpi)}" if target.dpi else size

    def choose_model(self, key: str) -> None:
        """Upscale with a different model. `key` is the key of an entry in the model menu."""
        selected = next((choice for choice in self.state.models if choice.key == key), None)
        if selected is not None and selected != self.state.model:
            self._menu.preferred_model = selected.stored_name
            scale = self._menu.find_model(selected).info.scale
            if scale != self.state.scale:  # the model is for a non-standard scale factor
                self._store.update(scale=scale, target=None, models=self._menu.choices_for(scale)[0], model=selected)
            else:
                self._store.update(model=selected)
            self._apply_settings()

    def use_suggested_model(self) -> None:
        """Upscale with the suggested photo model to the same size.

        If no photo model has the scale factor, the model for the next larger one is used, as in the automatic choice.
        """
        model = self._suggested_model()
        if model is None:
            return
        state, scale = self.state, model.info.scale
        target = state.target or (None if scale == state.scale else Target(factor=state.scale))
        self._menu.preferred_model = model.name
        self._store.update(scale=scale, target=target)
        self._update_models()
        self._apply_settings()

    def reload_models(self) -> None:
        """Update the model menu. Call this after a model was added, renamed or deleted."""
        previous = self.state.model
        self._menu.reload()
        scales = self._menu.scales
        scale = self.state.scale if self._menu.has_model_for(self.state.scale) else (scales or (3,))[0]
        self._store.update(scales=scales, scale=scale)
        self._update_models()
        if self.state.model != previous:
            self._start_upscale()

    def import_model(self, path: Path, scale: int | None = None) -> None:
        """Import a model file into the library, and upscale with it.

        Pass `scale` if the file does not contain its scale factor.
        """
        self._lanes.models.start(
            partial(run_once, library.import_model, path, scale),
            on_result=self._on_model_imported,
            on_failure=partial(self._show_error, _("Model not imported")),
        )

    def choose_ground_truth(self, ground_truth: GroundTruthSource) -> None:
        """Remove the ground truth ("none"), or simulate with the open image ("simulate").

        To use a ground truth file, call `images.use_ground_truth`.
        """
        if self._image is None or ground_truth in {self.state.ground_truth, "file"}:
            self._store.update()  # reset the combo box to the current setting
            return
        has_size_in_px = self.state.target is not None and self.state.target.factor is None
        new_target = None if ground_truth == "simulate" and has_size_in_px else self.state.target
        if ground_truth == "simulate":
            scale_factor = new_target.factor if new_target and new_target.factor else self.state.scale
            try:
                low_res.check_min_size(self._image.height, self._image.width, scale_factor)
            except EngineError as error:
                self.show_notice(error_message(error))
                return
        self.images.clear_ground_truth()
        self._ground_truth = None
        self._store.update(ground_truth=ground_truth, ground_truth_name="", target=new_target)
        self._update_models()
        self._apply_settings()

    def upscale_region(self) -> None:
        """Upscale only the selected region of the image, so that the result contains only this region."""
        image, selection = self._image, self._upscale_run.selection
        if image is None or selection is None:
            return
        size = text.compute_result_size(image, self.state.scale, self.state.target, self.state.simulated)
        region = cropping.region_of_image(selection, image, size, simulate=self.state.simulated)
        ground_truth = cropping.crop_ground_truth(self._ground_truth, image, region)
        cropped = crop(image, region)
        try:
            if self.state.simulated:
                target = self.state.target
                factor = target.factor if target and target.factor else self.state.scale
                low_res.check_min_size(region.height, region.width, factor)
        except EngineError as error:
            self.show_notice(error_message(error))
            return
        if self._ground_truth is not None and (
            ground_truth is None or not ground_truth_size.find_matching_size(ground_truth, cropped, self.state)
        ):
            self.show_notice(
                _("The region doesn't fit the pixels of the ground truth. Remove the ground truth first.")
            )
            return
        self._whole = self._whole or (image, self._ground_truth)
        top, left = self.state.region[:2] if self.state.region else (0, 0)
        self._show_part(cropped, ground_truth, (top + region.top, left + region.left, region.height, region.width))
        self._store.update(
            notice=_("Only the selected region is upscaled and saved."),
            notice_kind="done",
            notice_actions=(NoticeAction(_("Show Whole Image"), self.show_whole_image),),
        )

    def show_whole_image(self) -> None:
        """Upscale the whole image again after `upscale_region`."""
        if self._whole is not None:
            (image, ground_truth), self._whole = self._whole, None
            self._store.update(notice="")
            self._show_part(image, ground_truth if self.state.ground_truth == "file" else None, None)

    def choose_device(self, device: str) -> None:
        """Upscale on a different device."""
        self._change_settings(device=device)

    def choose_strength(self, strength: int) -> None:
        """Upscale with a different strength of the photo model, in percent."""
        self._change_settings(strength=strength)

    def choose_sharpness(self, sharpness: int) -> None:
        """Upscale with a different strength of the unsharp mask, in percent."""
        self._change_settings(sharpness=sharpness)

    def choose_seamless(self, seamless: bool) -> None:
        """Set whether the image is a seamless texture, and upscale again."""
        self._change_settings(seamless=seamless)

    def choose_self_ensemble(self, self_ensemble: bool) -> None:
        """Turn self-ensemble on or off, and upscale again."""
        self._change_settings(self_ensemble=self_ensemble)

    def choose_precision(self, precision: str) -> None:
        """Upscale with a different numeric precision."""
        self._change_settings(precision=precision)

    def choose_output_options(self, **changes: Any) -> None:
        """Change how results are saved. The keyword arguments are fields of `OutputOptions`."""
        self._store.update(output_options=replace(self.state.output_options, **changes))
        self._save_settings(request.collect_settings(self.state))

    def toggle_running(self) -> None:
        """Stop upscaling, or start it again after it was stopped or failed."""
        if self.state.working:
            self.cancel()
        elif self.state.can_start:
            self._store.update(notice="")  # why the previous attempt failed
            self._start_upscale()

    def cancel(self) -> None:
        """Stop upscaling. The tiles that are already computed stay visible."""
        self._upscale_run.cancel()

    # -- intents: what is shown ------------------------------------------------------------------------------------

    def set_view_layout(self, view_layout: ViewLayout) -> None:
        """Set the view and the contents of the panes, and save the view for the next session."""
        self._store.update(view_layout=view_layout)
        self._save_settings(request.collect_settings(self.state))

    def choose_initial_zoom(self, percent: int) -> None:
        """Set the zoom of images that are opened from now on, or 0 to fit them to the window."""
        self._store.update(initial_zoom=percent)
        self._save_settings(request.collect_settings(self.state))

    def show_file_names(self, shown: bool) -> None:
        """Set whether the filmstrip shows file names."""
        self._store.update(shows_file_names=shown)
        self._save_settings(request.collect_settings(self.state))

    def set_viewport(self, top: int, left: int, height: int, width: int) -> None:
        """Set the visible part, in pixels of the result.

        Its tiles are computed first, and its scores are shown.
        """
        self._upscale_run.set_visible_rect(Rect(top, left, height, width))

    def select_region(self, region: tuple[int, int, int, int] | None) -> None:
        """Show the scores of a selected region, or of the visible part if `region` is None.

        A region is (top, left, height, width) in pixels of the result.
        """
        self._upscale_run.select_region(Rect(*region) if region else None)

    def dismiss_notice(self) -> None:
        """Hide the notice bar."""
        self._store.update(notice="")

    def show_notice(self, reason: str) -> None:
        """Show in the notice bar why an action is not possible."""
        self._store.update(notice=reason)

    def show_engine_unavailable(self, error: Exception) -> None:
        """Show the error that occurred when PyTorch was loaded."""
        self._store.update(notice=error_message(error), device_title=_("PyTorch could not be loaded"))

    def set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Set the available devices. If the selected device is not available, use the CPU and show a notice.

        `devices` contains the kind and the title of each device.
        """
        device, notice = device_choice.replace_unavailable(self.state.device, devices)
        title = self.state.device_title or dict(devices).get(device, devices[0][1])
        self._store.update(devices=devices, device=device, device_title=title, **notice)

    # -- results of jobs -------------------------------------------------------------------------------------------

    def _on_image_opened(self, source: OpenImage, image: Image, ground_truth: Image | EngineError | None) -> None:
        """Show and upscale a decoded image, and compare it with its ground truth file if it has one.

        `ground_truth` is the decoded file, None, or the error if the file cannot be read.
        """
        self._open_image, self._image, self._ground_truth, self._whole = source, image, None, None
        self._photo_family, self._suggestion = automatic_choice.family_for(image), None
        self._upscale_run.reset()
        # Use simulation for samples, so that new users see scores at once.
        is_sample = source.path is not None and source.path.resolve().parent == resources.sample_path("").resolve()
        simulate = is_sample or source.simulate
        target = self.state.target
        if target and not ((target.factor or not simulate) and target.fits(image.height, image.width)):
            target = None
        self._store.update(
            name=source.name,
            image_info=text.describe_image(image),
            region=None,
            has_result=False,
            ground_truth="simulate" if simulate else "none",
            ground_truth_name="",
            target=target,
            readout=Readout() if simulate else readout.explain_missing_ground_truth(),
        )
        if image.warnings:
            self.show_notice(join_sentences(*map(translate, image.warnings)))
        self._update_models()
        if isinstance(ground_truth, EngineError):
            self._drop_ground_truth(error_message(ground_truth))
        elif (
            ground_truth is not None
            and source.ground_truth is not None
            and not self._use_ground_truth(ground_truth, source.ground_truth.name)
        ):
            self._drop_ground_truth(
                ground_truth_size.format_size_mismatch(source.ground_truth.name, ground_truth, image, self.state)
            )
        self._show_image(image)
        self._start_upscale()
        self._lanes.measure.start(
            partial(run_once, automatic_choice.measure, image),
            on_result=partial(self._on_measured, image),
            on_failure=partial(self._show_error, self.state.status),
        )

    def _on_measured(self, image: Image, measured: automatic_choice.Artifacts) -> None:
        """Suggest a photo model for the measured artifacts, unless a different image is shown by now."""
        if image is (self._whole[0] if self._whole else self._image):
            self._suggestion = automatic_choice.suggest(measured)
            self._update_suggestion()

    def _on_ground_truth_opened(self, path: Path, ground_truth: Image) -> bool:
        """Use a decoded ground truth, or show why it cannot be used. Return whether it is used."""
        if self._whole is not None:
            self.show_whole_image()
        assert self._image is not None
        used = self._use_ground_truth(ground_truth, path.name)
        if used:
            self._start_upscale()
        else:
            message = ground_truth_size.format_size_mismatch(path.name, ground_truth, self._image, self.state)
            self._store.update(notice=message, status=_("Ground truth not used"))
        return used

    def _on_all_closed(self) -> None:
        """Reset the state after the last image is closed."""
        self._upscale_run.cancel()
        self._upscale_run.reset()
        self._lanes.measure.cancel()
        self._open_image = self._image = self._ground_truth = self._whole = self._suggestion = None
        self._photo_family = ""
        self._update_suggestion()
        new_readout, view_layout = (
            readout.explain_missing_ground_truth(),
            self.state.view_layout.with_ground_truth(False),
        )
        self._store.update(
            ground_truth="none",
            region=None,
            view_layout=view_layout,
            has_result=False,
            can_start=False,
            status=_("Ready"),
            notice="",
            readout=new_readout,
        )
        self._update_estimate()

    def _on_model_imported(self, model: Model) -> None:
        """Upscale with an imported model, at its scale factor."""
        self._menu.preferred_model = model.name
        self._menu.reload()
        self._store.update(
            scales=self._menu.scales, scale=model.info.scale, target=None, status=_("Model imported"), notice=""
        )
        self._update_models()
        self._apply_settings()

    def _show_error(self, status: str, error: Exception) -> None:
        """Show an error in the notice bar, and `status` in the status bar."""
        self._store.update(notice=error_message(error), status=status)

    # -- helpers ---------------------------------------------------------------------------------------------------

    def _show_image(self, image: Image) -> None:
        """Show an image in the canvas until its first tiles are upscaled."""
        step = self.state.scale if self.state.simulated else 1  # show the small input, not the ground truth
        alpha = None if image.alpha is None else image.alpha[::step, ::step]
        self._store.view.show_image(image.pixels[::step, ::step], profiles.profile_for_image(image), alpha)

    def _show_part(self, image: Image, ground_truth: Image | None, region: tuple[int, int, int, int] | None) -> None:
        """Show and upscale a region of the open image, or the whole image if `region` is None."""
        self._image, self._ground_truth = image, ground_truth
        target = self.state.target if self.state.target and self.state.target.fits(image.height, image.width) else None
        description = text.describe_image(image)
        info = _("Region: {description}").format(description=description) if region else description
        self._upscale_run.reset()
        self._store.update(region=region, image_info=info, target=target, has_result=False)
        if ground_truth is not None:
            self._use_ground_truth(ground_truth, self.state.ground_truth_name)
        self._show_image(image)
        self._start_upscale()

    def _model(self) -> Model:
        """Return the selected model. Call this only if a model is selected."""
        assert self.state.model is not None
        return self._menu.find_model(self.state.model)

    def _update_models(self) -> None:
        """List the models for the scale factor in the model menu, and select the preferred one."""
        entries, selected = self._menu.choices_for(
            self.state.scale,
            simulate=self.state.simulated,
            jpeg_quality=self._image.jpeg_quality if self._image else None,
            photo_family=self._photo_family,
        )
        self._store.update(models=entries, model=selected)

    def _suggested_model(self) -> Model | None:
        """Return the suggested photo model.

        None if there is none, or if a photo model is selected in the menu.
        """
        state = self.state
        if self._suggestion is None or self._image is None or state.simulated or state.model is None:
            return None
        if state.model.key != AUTOMATIC and state.model.has_strength:
            return None
        try:
            target = state.target or Target(factor=state.scale)
            scale_factor = target.scale_factor(self._image.height, self._image.width)
        except EngineError:
            return None
        return self._menu.suggested_model(self._suggestion.family, scale_factor)

    def _update_suggestion(self) -> None:
        """Show the suggested photo model below the model menu, or nothing if no model is suggested."""
        model = self._suggested_model()
        suggestion = ""
        if model is not None and self._suggestion is not None:
            message = _("Photo models remove such artifacts. “{model}” suits this image.")
            title = text.format_model_title(model)
            suggestion = join_sentences(translate(self._suggestion.reason), message.format(model=title))
        self._store.update(suggestion=suggestion)

    def _use_ground_truth(self, ground_truth: Image, name: str) -> bool:
        """Select a ground truth file, and a scale factor or target size at which the result matches it.

        If there is no such size, selects nothing and returns False. `name` is the file name of the ground truth.
        """
        assert self._image is not None
        size = ground_truth_size.find_matching_size(ground_truth, self._image, self.state)
        if size is None:
            return False
        scale, target = size
        if target is not None and target != self.state.target:
            message = _(
                "The result is resized to {size}, the size of the ground truth, "
                "because none of the scale factors ×2, ×3, and ×4 gives this size."
            )
            self._store.update(notice=message.format(size=text.format_size(ground_truth.height, ground_truth.width)))
        self._ground_truth, self._ground_truth_size = ground_truth, size
        other_scale = scale != self.state.scale
        self._store.update(ground_truth="file", ground_truth_name=name, scale=scale, target=target)
        if other_scale:
            self._update_models()
        return True

    def _drop_ground_truth(self, reason: str) -> None:
        """Remove the ground truth file of the image, and show the reason in the notice bar."""
        self.images.clear_ground_truth()
        self._store.update(notice=join_sentences(reason, _("The image is shown without this ground truth.")))

    def _change_settings(self, **changes: Any) -> None:
        """Set fields of the state, and upscale again if any value has changed."""
        if any(getattr(self.state, name) != value for name, value in changes.items()):
            self._store.update(**changes)
            self._apply_settings()

    def _apply_settings(self) -> None:
        """Save the settings for the next session, and upscale again."""
        self._save_settings(request.collect_settings(self.state))
        self._store.update(notice="")
        self._start_upscale()

    def _start_upscale(self) -> None:
        """Upscale the open image, if any, with the settings in the state."""
        self._update_estimate()
        self._update_suggestion()
        image, ground_truth = self._image, self._ground_truth
        if image is None:
            return
        size = (self.state.scale, self.state.target)
        self._store.update(
            ground_truth_fits=ground_truth is None or ground_truth_size.matches_ground_truth(ground_truth, image, size)
        )
        self._store.update(view_layout=self.state.view_layout.with_ground_truth(self.state.scored))
        size_mismatch_readout = None
        if ground_truth is not None and self._ground_truth_size is not None and not self.state.ground_truth_fits:
            size_mismatch_readout, ground_truth = (
                ground_truth_size.explain_size_mismatch(ground_truth, image, self.state, self._ground_truth_size),
                None,
            )
        if self.state.model is not None:
            self._upscale_run.start(
                image, request.build_request(self.state, self._model()), ground_truth, size_mismatch_readout
            )

    def _compare_result(self) -> CompareResult | None:
        return self._upscale_run.finished_result(self._open_image.path if self._open_image else None)

    def _update_estimate(self) -> None:
        """Update the result size and the estimated time in the inspector."""
        if self._image is None or self.state.model is None:
            self._store.update(result_size="", print_size="", estimated_time="")
            return
        state = self.state
        height, width = text.compute_result_size(self._image, state.scale, state.target, state.simulated)
        passes = 8 if state.self_ensemble else 1
        if state.scored and self._image.is_gray:
            passes *= 2  # one for the result, one for the scores
        time = self._upscale_run.format_estimated_time(height, width, self._model().info, passes)
        dpi = (state.target.dpi if state.target else None) or _PRINT_DPI
        self._store.update(
            result_size=text.format_size(height, width) if height * width else "",
            print_size=text.format_print_size(height, width, dpi) if height * width else "",
            estimated_time=time,
        )
