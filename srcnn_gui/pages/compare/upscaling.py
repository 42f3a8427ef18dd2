"""The enlargement that runs: its tiles, its figures, what it left when it was done. No Qt."""

from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.imaging.image import Picture
from engine.imaging.tiles import Rect
from engine.models.catalog import ModelSpec
from engine.upscaling.events import FrameTileDone, Started, TileDone
from engine.upscaling.request import UpscaleRequest
from srcnn_gui.canvas.view_layout import Content
from srcnn_gui.choices import text
from srcnn_gui.pages.compare import readout, transparency
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.pages.compare.saving import Finished
from srcnn_gui.pages.compare.state import State, View
from srcnn_gui.pages.compare.text import Pace, name_for, times
from srcnn_gui.runtime.deferred import deferred_module
from srcnn_gui.runtime.lane import Lane
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, said, sentence

if TYPE_CHECKING:
    from engine.upscaling import job as upscale_job
else:
    upscale_job = deferred_module("engine.upscaling.job")

FIGURES_EVERY_S = 0.1  # while tiles come in; a pan recomputes at once


class Enlarging:
    """Runs one enlargement at a time on its lane, and brings what it says onto the board."""

    def __init__(self, store: Store[State, View], lane: Lane) -> None:
        self._store, self._lane = store, lane
        self._picture: Picture | None = None
        self._request: UpscaleRequest | None = None
        self._truth: Picture | None = None
        self._alphas: transparency.Transparency = {}
        self._started: Started | None = None
        self._result: Any = None  # what the engine gave when it was done
        self._visible: Rect | None = None
        self._selection: Rect | None = None
        self._figures_at = 0.0
        self._pace = Pace()
        self._output_px = 0
        self._rate = text.RATE_GUESS

    def forget(self) -> None:
        """Another picture is shown: nothing of the one before is finished, visible or selected any more."""
        self._visible = self._selection = self._started = self._result = None

    def start(
        self, picture: Picture, request: UpscaleRequest, truth: Picture | None, unscored: Readout | None = None
    ) -> None:
        """Start an enlargement; what ran before is dropped, what is shown stays.

        `unscored` says why there are no scores, if it is not that there is no ground truth.
        """
        self._picture, self._request, self._truth = picture, request, truth
        self._result = self._started = None
        told = unscored or readout.no_ground_truth()
        if self._store.state.scored:
            border_px = ceil(request.times(picture.height, picture.width))
            told = readout.outdated(self._store.state.readout, border_px, gray=picture.is_gray)
        waiting = {"working": True, "can_start": False, "can_save": False}
        self._store.update(readout=told, status=_("Enlarging …"), **waiting)
        self._lane.start(
            partial(upscale_job.enlarge, picture, request, truth),
            on_event=self._heard,
            on_result=self._enlarged,
            on_failure=self._failed,
        )
        if self._visible is not None:
            self._lane.hint(self._visible)

    def cancel(self) -> None:
        """Stop at once, as far as a person can see; what is there stays."""
        if self._store.state.working:
            self._store.update(working=False, can_start=True, status=_("Stopped"))
            self._lane.cancel()

    def see(self, visible: Rect) -> None:
        """Compute this part first, and score it."""
        self._visible = visible
        self._lane.hint(visible)
        self._update_part()

    def select(self, part: Rect | None) -> None:
        """Score a part that was drawn, or again what is visible."""
        self._selection = part
        self._update_part()

    def estimate(self, height: int, width: int, spec: ModelSpec, turns: int) -> str:
        """How long an enlargement to so many pixels takes, in words, by the pace of the last one."""
        self._output_px = height * width
        seconds = text.seconds(self._output_px * turns, spec, self._rate)
        return _("about {time}").format(time=text.duration(seconds)) if self._output_px else ""

    def finished(self, source: Path | None) -> Finished | None:
        """What can leave the page, once the enlargement is complete."""
        if self._result is None or self._started is None or self._request is None:
            return None
        panes: dict[Content, Any] = {name: pixels for name, pixels in self._started.panes.items()}  # noqa: C416
        panes["original"] = self._started.original
        if self._started.truth is not None:
            panes["truth"] = self._started.truth
        state = self._store.state
        return Finished(
            source,
            self._result.picture,
            panes,
            self._result.scores,
            self._alphas,
            look=state.look,
            suggested_name=state.suggested_name,
            model=state.model.title if state.model else "",
            times=times(state),
            simulated=self._request.reference,
        )

    def _heard(self, event: Any) -> None:
        """Follow the enlargement; what it says after a stop is shown no more."""
        if not self._store.state.working:
            return
        if isinstance(event, Started):
            self._started = event
            self._pace = Pace()
            self._store.view.show_panes(event.panes, event.truth, event.original)
            assert self._picture is not None
            self._alphas = transparency.begun(self._picture, self._truth, event)
            self._store.view.show_transparency(self._alphas)
            shown = self._store.state.readout
            if event.scores:
                shown = replace(shown, convention=readout.convention(event.border, gray=event.scores_gray))
            self._store.update(running_on=said(event.device), readout=shown)
        elif isinstance(event, TileDone):
            self._tile_done(event)
        elif isinstance(event, FrameTileDone):
            frame = _("Enlarging frame {number} of {count} …").format(number=event.frame, count=event.frames)
            if frame != self._store.state.status:
                self._store.update(status=frame)
        elif told := text.notice(event):
            self._store.update(notice=told)

    def _tile_done(self, event: TileDone) -> None:
        """Show a tile, and from time to time the scores and the time left."""
        self._store.view.show_tile(event.pane, event.rect)
        if event.pane == "srcnn":
            self._pace.add(event.rect.area, monotonic())
        if monotonic() - self._figures_at > FIGURES_EVERY_S:
            self._figures_at = monotonic()
            self._update_part(status=self._pace.status(self._output_px))

    def _enlarged(self, result: Any) -> None:
        """The enlargement is complete."""
        self._result = result
        self._alphas = transparency.done(self._alphas, result)
        self._store.view.show_transparency(self._alphas)
        assert self._request is not None
        turns = 8 if self._request.ensemble else 1
        if self._started is not None and self._started.scores_gray:
            turns *= 2  # shown and scored are two runs
        self._rate = text.rate(self._output_px * turns, self._request.model.spec, result.seconds)
        told = self._store.state.readout
        if self._store.state.scored:
            told = readout.with_whole(told, result.scores)
        self._store.update(
            readout=told,
            working=False,
            can_save=True,
            status=_("Done in {time}").format(time=text.duration(result.seconds)),
            suggested_name=name_for(self._store.state),
        )
        self._update_part()

    def _failed(self, error: Exception) -> None:
        """The job failed; the picture before stays where there is one."""
        self._store.update(working=False, can_start=True, notice=sentence(error), status=_("Not enlarged"))

    def _update_part(self, **changes: Any) -> None:
        """Score the visible or selected part from the maps: two means a pane."""
        told = self._store.state.readout
        if self._started and self._started.scores:
            part = self._selection or self._visible
            told = readout.with_visible(told, self._started.scores, part, selected=self._selection is not None)
        self._store.update(readout=told, **changes)
