"""Upscaling job of the Compare page, with its tiles, scores and result. Does not use Qt."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.imaging.image import Image
from engine.imaging.tiles import Rect
from engine.models.info import ModelInfo
from engine.upscaling.events import DeviceFailed, FrameTileDone, Started, TileDone
from engine.upscaling.request import UpscaleRequest
from srcnn_gui.canvas.view_layout import Content
from srcnn_gui.choices import text
from srcnn_gui.pages.compare import readout, transparency
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.pages.compare.saving import CompareResult
from srcnn_gui.pages.compare.state import State, View
from srcnn_gui.pages.compare.text import ProgressEstimator, format_selected_scale_or_size, suggest_file_name
from srcnn_gui.runtime.deferred import deferred_module
from srcnn_gui.runtime.lane import Lane
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, error_message, translate

if TYPE_CHECKING:
    from engine.upscaling import job as upscale_job
else:
    upscale_job = deferred_module("engine.upscaling.job")

SCORE_INTERVAL_S = 0.1  # minimum time between score updates while tiles arrive; panning updates the scores at once


class UpscaleRun:
    """Upscaling job of the Compare page, which shows tiles and scores while they are computed."""

    def __init__(self, store: Store[State, View], lane: Lane, on_speed_measured: Callable[[], None]) -> None:
        """Create a run without a job.

        `on_speed_measured` is called after a job, to update the estimated time.
        """
        self._store, self._lane, self._on_speed_measured = store, lane, on_speed_measured
        self._image: Image | None = None
        self._request: UpscaleRequest | None = None
        self._ground_truth: Image | None = None
        self._alphas: transparency.Alphas = {}
        self._started: Started | None = None
        self._result: Any = None  # return value of the upscale job
        self._visible: Rect | None = None
        self._selection: Rect | None = None
        self._scores_updated_at = 0.0
        self._progress = ProgressEstimator()
        self._output_px = 0
        self._operations_per_second = text.DEFAULT_OPERATIONS_PER_SECOND

    def reset(self) -> None:
        """Clear the result, the visible part and the selection of the previous image."""
        self._visible = self._selection = self._started = self._result = None

    def start(
        self,
        image: Image,
        request: UpscaleRequest,
        ground_truth: Image | None,
        unscored_readout: Readout | None = None,
    ) -> None:
        """Cancel the previous job, and start upscaling an image.

        Parameters
        ----------
        image : image to upscale
        request : model and settings
        ground_truth : image to compare the result with, or None
        unscored_readout : readout to show if the result is not scored; by default, it explains how to get scores
        """
        self._image, self._request, self._ground_truth = image, request, ground_truth
        self._result = self._started = None
        new_readout = unscored_readout or readout.explain_missing_ground_truth()
        if self._store.state.scored:
            border_px = ceil(request.scale_factor(image.height, image.width))
            new_readout = readout.mark_stale(self._store.state.readout, border_px, gray=image.is_gray)
        waiting = {"working": True, "can_start": False, "has_result": False}
        self._store.update(readout=new_readout, status=_("Upscaling…"), **waiting)
        self._lane.start(
            partial(upscale_job.upscale, image, request, ground_truth),
            on_event=self._on_event,
            on_result=self._on_finished,
            on_failure=self._on_failed,
        )
        if self._visible is not None:
            self._lane.hint(self._visible)

    def cancel(self) -> None:
        """Stop the job. The tiles that are already computed stay visible."""
        if self._store.state.working:
            self._store.update(working=False, can_start=True, status=_("Stopped"))
            self._lane.cancel()

    @property
    def selection(self) -> Rect | None:
        """Selected region, in px of the result, or None."""
        return self._selection

    def set_visible_rect(self, visible: Rect) -> None:
        """Set the visible part of the result. Its tiles are computed first, and its scores are shown."""
        self._visible = visible
        self._lane.hint(visible)
        self._update_region_scores()

    def select_region(self, region: Rect | None) -> None:
        """Show the scores of a selected region, or of the visible part if `region` is None."""
        self._selection = region
        self._update_region_scores()

    def format_estimated_time(self, height: int, width: int, info: ModelInfo, passes: int) -> str:
        """Return the estimated time to compute a result, as text.

        Parameters
        ----------
        height, width : size of the result, in pixels
        info : specification of the model
        passes : number of model passes, such as 8 for self-ensemble
        """
        self._output_px = height * width
        seconds = text.estimate_seconds(self._output_px * passes, info, self._operations_per_second)
        return _("about {time}").format(time=text.format_duration(seconds)) if self._output_px else ""

    def finished_result(self, source: Path | None) -> CompareResult | None:
        """Return the result for saving and exporting, or None if it is not finished.

        `source` is the path of the input file, or None if the image was pasted.
        """
        if self._result is None or self._started is None or self._request is None:
            return None
        panes: dict[Content, Any] = {name: pixels for name, pixels in self._started.panes.items()}  # noqa: C416
        panes["original"] = self._started.low_res
        if self._started.ground_truth is not None:
            panes["ground_truth"] = self._started.ground_truth
        state = self._store.state
        return CompareResult(
            source,
            self._result.image,
            panes,
            self._result.scores,
            self._alphas,
            view_layout=state.view_layout,
            suggested_name=state.suggested_name,
            model=state.model.model_title if state.model else "",
            size_text=format_selected_scale_or_size(state),
            simulated=self._request.simulate,
        )

    def _on_event(self, event: Any) -> None:
        """Update the page after an event of the job. Events are ignored after the user has stopped the job."""
        if not self._store.state.working:
            return
        if isinstance(event, Started):
            self._started = event
            self._progress = ProgressEstimator()
            self._store.view.show_panes(event.panes, event.ground_truth, event.low_res)
            assert self._image is not None
            self._alphas = transparency.initial_alphas(self._image, self._ground_truth, event)
            self._store.view.set_alphas(self._alphas)
            new_readout = self._store.state.readout
            if event.score_maps:
                new_readout = replace(
                    new_readout, convention=readout.describe_convention(event.border, gray=event.scores_gray)
                )
            self._store.update(device_title=translate(event.device), readout=new_readout)
        elif isinstance(event, TileDone):
            self._on_tile_done(event)
        elif isinstance(event, FrameTileDone):
            frame = _("Upscaling frame {number} of {count}…").format(number=event.frame, count=event.frames)
            if frame != self._store.state.status:
                self._store.update(status=frame)
        elif message := text.format_fallback_notice(event):
            used = {"device_title": translate(event.used)} if isinstance(event, DeviceFailed) else {}
            self._store.update(notice=message, **used)

    def _on_tile_done(self, event: TileDone) -> None:
        """Show a finished tile, and update the scores and the remaining time at most every 0.1 s."""
        self._store.view.show_tile(event.pane, event.rect)
        if event.pane == "model":
            self._progress.add(event.rect.area, monotonic())
        if monotonic() - self._scores_updated_at > SCORE_INTERVAL_S:
            self._scores_updated_at = monotonic()
            self._update_region_scores(status=self._progress.format_status(self._output_px))

    def _on_finished(self, result: Any) -> None:
        """Show the finished result and its scores, and store the speed for later estimates."""
        self._result = result
        self._alphas = transparency.with_result_alpha(self._alphas, result)
        self._store.view.set_alphas(self._alphas)
        assert self._request is not None
        passes = 8 if self._request.self_ensemble else 1
        if self._started is not None and self._started.scores_gray:
            passes *= 2  # one for the result, one for the scores
        self._operations_per_second = text.compute_operations_per_second(
            self._output_px * passes, self._request.model.info, result.seconds
        )
        new_readout = self._store.state.readout
        if self._store.state.scored:
            new_readout = readout.with_whole_scores(new_readout, result.scores)
        self._store.update(
            readout=new_readout,
            working=False,
            has_result=True,
            status=_("Done in {time}").format(time=text.format_duration(result.seconds)),
            suggested_name=suggest_file_name(self._store.state),
        )
        self._on_speed_measured()
        self._update_region_scores()

    def _on_failed(self, error: Exception) -> None:
        """Show the error, and allow the user to start again. The pixels in the panes stay visible."""
        self._store.update(working=False, can_start=True, notice=error_message(error), status=_("Upscaling failed"))

    def _update_region_scores(self, **changes: Any) -> None:
        """Show the scores of the selected or visible region, and set the fields of the state in `changes`."""
        new_readout = self._store.state.readout
        if self._started and self._started.score_maps:
            region, selected = self._selection or self._visible, self._selection is not None
            new_readout = readout.with_region_scores(new_readout, self._started.score_maps, region, selected=selected)
        self._store.update(readout=new_readout, **changes)
