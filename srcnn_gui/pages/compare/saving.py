"""What leaves the page: the result as a file, the comparison as a picture, the scores as text. No Qt."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from engine.imaging.codecs.formats import SaveOptions
from engine.imaging.image import Picture
from srcnn_gui.canvas.view_layout import Content, Look, content_title
from srcnn_gui.pages.compare import jobs, readout
from srcnn_gui.pages.compare.state import State, View
from srcnn_gui.pages.compare.text import times
from srcnn_gui.pages.compare.transparency import Transparency
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.lane import Lane
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, decibel, sentence, similarity


@dataclass(frozen=True)
class Finished:
    """A finished enlargement, as far as it can leave the page: the picture, and whatever can be shown beside it."""

    source: Path | None
    picture: Picture
    panes: dict[Content, Any]
    scores: dict[Any, Any]
    alphas: Transparency = field(default_factory=dict)
    look: Look = Look()
    suggested_name: str = ""
    model: str = ""  # its title
    times: str = ""
    simulated: bool = False  # made from the downscaled image


class Saving:
    """Writes what is finished; asks for it when it is needed, since a choice may have made it out of date."""

    def __init__(self, store: Store[State, View], lane: Lane, finished: Callable[[], Finished | None]) -> None:
        self._store, self._lane, self.finished = store, lane, finished
        self._folder: Path | None = None

    def folder(self) -> Path | None:
        """The folder to suggest: where the last result went, else beside the picture if it is a person's own."""
        finished = self.finished()
        if self._folder is not None or finished is None or finished.source is None:
            return self._folder
        beside = finished.source.absolute().parent
        is_sample = beside.resolve() == resources.sample("").resolve()
        return None if is_sample or not os.access(beside, os.W_OK) else beside

    def save(self, path: Path, finished: Finished | None = None, **options: Any) -> None:
        """Write the result; never over the picture it came from. `options` are those of SaveOptions, by name.

        `finished` is what a file dialog was opened for: another image may have come in the meantime.
        """
        finished = finished or self.finished()
        if finished is not None and not self._is_source(finished, path):
            said = _("Simulation saved as {name}") if finished.simulated else _("Saved as {name}")
            self._start(path, partial(jobs.save_picture, finished.picture, path, SaveOptions(**options)), said)

    def export(self, path: Path, finished: Finished | None = None) -> None:
        """Write what stands left and right, side by side or, as GIF, WebP or APNG, one after the other."""
        finished = finished or self.finished()
        if finished is not None and not self._is_source(finished, path):
            look = finished.look
            shown = [(self._caption(side, finished), finished.panes[side]) for side in (look.left, look.right)]
            alphas = [finished.alphas.get(side) for side in (look.left, look.right)]
            job = partial(jobs.export_comparison, shown, alphas, finished.picture.icc, path)
            self._start(path, job, _("Saved as {name}"))

    def result(self) -> Picture | None:
        """The result, for the clipboard."""
        finished = self.finished()
        return finished.picture if finished else None

    def scores_text(self) -> str:
        """The scores for the clipboard; empty if there are none."""
        state = self._store.state
        if state.model is None or state.readout.whole.stale:
            return ""
        return readout.as_text(state.name, state.model.title, times(state), state.readout)

    def _is_source(self, finished: Finished, path: Path) -> bool:
        """Say no to a name that is the picture's own."""
        source = finished.source
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            self._store.update(notice=_("{name} is the picture itself. Choose another name.").format(name=path.name))
            return True
        return False

    def _start(self, path: Path, job: Callable[[], Any], said: str) -> None:
        """Write a file; `said` is the status once it is there."""
        self._folder = path.parent
        self._store.update(status=_("Saving {name} …").format(name=path.name), notice="", can_save=False)
        self._lane.start(job, on_result=partial(self._saved, said), on_failure=self._not_saved)

    def _saved(self, said: str, path: Path) -> None:
        """It is on disk, and was opened again."""
        self._store.update(status=said.format(name=path.name), can_save=self.finished() is not None)

    def _not_saved(self, error: Exception) -> None:
        """Nothing was written; the result is still here to be saved elsewhere."""
        self._store.update(can_save=self.finished() is not None, notice=sentence(error), status=_("Not saved"))

    def _caption(self, content: Content, finished: Finished) -> str:
        """What a pane is, and its scores where it has any."""
        title: str = content_title(content)
        if content == "srcnn" and finished.model:
            title = f"SRCNN {finished.model}"
        elif content == "original" and finished.simulated:
            title = _("Input, downscaled {times}").format(times=finished.times)
        score = finished.scores.get(content)
        return f"{title}\n{decibel(score.psnr_db)} dB   SSIM {similarity(score.ssim)}" if score else title
