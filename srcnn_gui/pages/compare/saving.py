"""Saving of results, export of comparisons, and scores as text. Does not use Qt."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import LazyMessage, Message, WouldLoseData
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.image import Image
from srcnn_gui.canvas.view_layout import Content, ViewLayout, content_title
from srcnn_gui.choices.text import remedy_title
from srcnn_gui.pages.compare import jobs, readout
from srcnn_gui.pages.compare.state import State, View
from srcnn_gui.pages.compare.text import format_selected_scale_or_size
from srcnn_gui.pages.compare.transparency import Alphas
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.deferred import deferred_module
from srcnn_gui.runtime.lane import Lane
from srcnn_gui.runtime.notice_action import NoticeAction
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import (
    _,
    as_sentence,
    error_message,
    format_psnr,
    format_ssim,
    join_sentences,
    translate,
)

if TYPE_CHECKING:
    from engine.imaging.codecs import profiles
else:
    profiles = deferred_module("engine.imaging.codecs.profiles")

_MAX_REMEDIES = 2  # buttons in the notice


@dataclass(frozen=True)
class CompareResult:
    """Finished result, with the images and scores for exporting a comparison."""

    source: Path | None  # file of the input, or None if the input was pasted
    image: Image  # the result
    panes: dict[Content, Any]  # pixels of each pane image
    scores: dict[Any, Any]  # scores by content; empty without a ground truth
    alphas: Alphas = field(default_factory=dict)
    view_layout: ViewLayout = ViewLayout()
    suggested_name: str = ""  # file name that the save dialog suggests
    model: str = ""  # title of the model
    size_text: str = ""  # scale factor or target size
    simulated: bool = False  # computed from the downscaled image


class ResultSaver:
    """Saves and exports the result of the Compare page in the background.

    Attributes
    ----------
    finished_result : function that returns the current result, or None while it is being computed
    results_folder : folder in which results are saved without a dialog, or None for the folder of the image
    """

    def __init__(self, store: Store[State, View], lane: Lane, result: Callable[[], CompareResult | None]) -> None:
        self._store, self._lane, self.finished_result = store, lane, result
        self._folder: Path | None = None
        self.results_folder: Path | None = None

    def suggest_folder(self) -> Path | None:
        """Return the folder in which a save dialog starts, or None if there is no suggestion.

        This is the last used folder. If there is none, it is the folder of the image, unless that folder is read-only
        or contains the sample images.
        """
        return self._folder or self._source_folder(self.finished_result())

    def save_to_folder(self) -> bool:
        """Save the result in the results folder or, if none is chosen, in the folder of the image.

        If the file exists, a number is added to the name. If no results folder is chosen and the image was pasted, is
        a sample, or is in a read-only folder, nothing is saved and False is returned.
        """
        result = self.finished_result()
        folder = self.results_folder or self._source_folder(result)
        if result is None or folder is None:
            return False
        options = self._store.state.output_options
        name = Path(result.suggested_name)
        path = folder / f"{name.stem}{options.extension_for(name.name)}"
        self._start_save(path, result, options, keep_existing=True)
        return True

    def save(self, path: Path, result: CompareResult | None = None, **options: Any) -> None:
        """Save the result to a file. The input file is never overwritten.

        Parameters
        ----------
        path : file to write
        result : result to save, or None for the current one. While a file dialog is open, the current result can
            change, so pass the result for which the dialog was opened
        **options : keyword arguments of `OutputOptions`
        """
        result = result or self.finished_result()
        if result is not None and not self._refuse_source_path(result, path):
            self._folder = path.parent
            self._start_save(path, result, OutputOptions(**options), keep_existing=False)

    def export_comparison(self, path: Path, result: CompareResult | None = None) -> None:
        """Export both panes to one file, side by side or, for GIF, WebP and APNG, as an animation.

        See `save` for the parameters.
        """
        result = result or self.finished_result()
        if result is not None and not self._refuse_source_path(result, path):
            view_layout = result.view_layout
            panes = [
                (self._caption(side, result), result.panes[side]) for side in (view_layout.left, view_layout.right)
            ]
            alphas = [result.alphas.get(side) for side in (view_layout.left, view_layout.right)]
            job = partial(jobs.export_comparison, panes, alphas, profiles.profile_for_image(result.image), path)
            self._folder = path.parent
            self._start(path, job, _("Saved as {name}"))

    def result_image(self) -> Image | None:
        """Return the image of the finished result, or None if there is none."""
        result = self.finished_result()
        return result.image if result else None

    def pane_image(self, content: str) -> Image | None:
        """Return the image in a pane, or None if the result is not finished or does not include `content`."""
        result = self.finished_result()
        if result is None or content == "model":
            return result.image if result else None
        pixels = next((pixels for name, pixels in result.panes.items() if name == content), None)
        return None if pixels is None else Image(pixels, result.alphas.get(content))

    def result_profile(self) -> bytes | None:
        """Return the color profile of the finished result, or None if there is no result or it is in sRGB."""
        image = self.result_image()
        return None if image is None else profiles.profile_for_image(image)

    def scores_text(self) -> str:
        """Return the scores as text for the clipboard, or "" if they are missing or outdated."""
        state = self._store.state
        if state.model is None or state.readout.whole_scores.stale:
            return ""
        return readout.format_scores(
            state.name, state.model.model_title, format_selected_scale_or_size(state), state.readout
        )

    def _refuse_source_path(self, result: CompareResult, path: Path) -> bool:
        """Return whether `path` is the input file, which must not be overwritten. If it is, show a notice."""
        source = result.source
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            self._store.update(
                notice=_("{name} is the input file and can't be overwritten. Choose another name.").format(
                    name=path.name
                )
            )
            return True
        return False

    def _source_folder(self, result: CompareResult | None) -> Path | None:
        """Return the folder of the image, or None if results cannot be saved there."""
        if result is None or result.source is None:
            return None
        folder = result.source.absolute().parent
        is_sample = folder.resolve() == resources.sample_path("").resolve()
        return None if is_sample or not os.access(folder, os.W_OK) else folder

    def _start_save(self, path: Path, result: CompareResult, options: OutputOptions, *, keep_existing: bool) -> None:
        """Save a result in the background. See `jobs.save_image` for `keep_existing`."""
        status_text = _("Simulation saved as {name}") if result.simulated else _("Saved as {name}")
        job = partial(jobs.save_image, result.image, path, options, result.source, keep_existing=keep_existing)

        def retry(changes: Mapping[str, Any]) -> None:
            changed = replace(options, **changes)
            new_path = path.with_suffix(changed.extension) if "format" in changes else path
            is_kept = keep_existing or new_path != path
            self._start_save(new_path, result, changed, keep_existing=is_kept)

        self._start(path, job, status_text, retry)

    def _start(
        self,
        path: Path,
        job: Callable[[], Any],
        status_text: str,
        retry: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Run a job that writes a file, then show `status_text`, whose {name} is replaced with the file name.

        Parameters
        ----------
        retry : function that saves the result with changed fields of `OutputOptions`
        """
        self._store.update(status=_("Saving {name}…").format(name=path.name), notice="", saving=True)
        on_failure = partial(self._on_save_failed, retry)
        self._lane.start(job, on_result=partial(self._on_saved, status_text), on_failure=on_failure)

    def _on_saved(self, status_text: str, saved: tuple[Path, tuple[Message | LazyMessage, ...]]) -> None:
        """Show that the file was saved, with any warnings, and offer to open the file or its folder."""
        path, warnings = saved
        status = status_text.format(name=path.name)
        self._store.update(
            status=status,
            notice=join_sentences(as_sentence(status), *map(translate, warnings)),
            notice_kind="warning" if warnings else "done",
            notice_actions=(
                NoticeAction(_("Show in Folder"), lambda: self._store.view.show_in_folder(path)),
                NoticeAction(_("Open"), lambda: self._store.view.open_file(path)),
            ),
            saving=False,
        )

    def _on_save_failed(self, retry: Callable[[Mapping[str, Any]], None] | None, error: Exception) -> None:
        """Show the error with buttons for its remedies, and allow the user to save the result again."""
        remedies = error.remedies if isinstance(error, WouldLoseData) and retry is not None else ()
        actions = [
            NoticeAction(title, partial(retry, remedy.changes))
            for remedy in remedies
            if retry is not None and (title := remedy_title(remedy.changes))
        ]
        self._store.update(
            saving=False,
            notice=error_message(error),
            notice_actions=tuple(actions[:_MAX_REMEDIES]),
            status=_("File not saved"),
        )

    def _caption(self, content: Content, result: CompareResult) -> str:
        """Return the caption of a pane in an exported comparison, with its title and its scores, if any."""
        title: str = content_title(content, result.model)
        if content == "original" and result.simulated:
            title = _("Input, downscaled {size}").format(size=result.size_text)
        score = result.scores.get(content)
        return f"{title}\n{format_psnr(score.psnr_db)} dB   SSIM {format_ssim(score.ssim)}" if score else title
