"""List of the open images, one of which is shown. Does not use Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError, NoImages
from engine.imaging.color import Pixels
from engine.imaging.image import Image
from srcnn_gui.choices import thumbnails
from srcnn_gui.choices.thumbnails import Thumbnail
from srcnn_gui.pages.compare import jobs
from srcnn_gui.pages.compare.state import ImageEntry, State, View
from srcnn_gui.runtime.lane import CompareLanes
from srcnn_gui.runtime.notice_action import NoticeAction
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, error_message, join_sentences

THUMBNAIL_SIZE = (140, 100)  # width and height in px, twice the size in the filmstrip


@dataclass(frozen=True)
class OpenImage:
    """Entry in the list of open images.

    Attributes
    ----------
    key : unique number of the entry
    name : file name, or a numbered name for a pasted image
    file_or_image : path of the file, or the pixels of a pasted image
    ground_truth : path of the ground truth file, or None if there is none
    simulate : whether a simulation starts when the image is reopened, because it was closed during one
    """

    key: int
    name: str
    file_or_image: Path | Image
    ground_truth: Path | None = None
    simulate: bool = False

    @property
    def path(self) -> Path | None:
        """File of the image, or None if the image was pasted."""
        return self.file_or_image if isinstance(self.file_or_image, Path) else None


@dataclass(frozen=True)
class _ClosedEntry:
    """Closed image, with its former index in the list and its entry in the filmstrip."""

    index: int
    source: OpenImage
    shown: ImageEntry


@dataclass(frozen=True)
class _ClosedEntries:
    """Images that were closed together. `selected` is the key of the one that was selected, or -1."""

    entries: tuple[_ClosedEntry, ...] = ()
    selected: int = -1


class OpenImages:
    """List of the open images. Only pasted images and the image that is shown are kept in memory."""

    def __init__(
        self,
        store: Store[State, View],
        lanes: CompareLanes,
        on_image_opened: Callable[[OpenImage, Image, Image | EngineError | None], None],
        on_ground_truth: Callable[[Path, Image], bool],
        on_all_closed: Callable[[], None],
    ) -> None:
        """Create an empty list.

        Parameters
        ----------
        store : store of the page
        lanes : lanes that open the images and render the thumbnails
        on_image_opened : called with the entry, the decoded image, and the decoded ground truth. The latter is None if
            there is no ground truth file, or the error if the file cannot be read
        on_ground_truth : called with the path and the decoded ground truth; returns whether the ground truth is used
        on_all_closed : called when no image is shown anymore
        """
        self._store, self._lanes = store, lanes
        self._on_image_opened, self._on_ground_truth, self._on_all_closed = (
            on_image_opened,
            on_ground_truth,
            on_all_closed,
        )
        self._sources: dict[int, OpenImage] = {}
        self._keys = count()
        self._paste_numbers = count(1)
        self._missing_thumbnails: list[OpenImage] = []
        self._closed = _ClosedEntries()

    # -- intents ---------------------------------------------------------------------------------------------------

    def open(self, *paths: Path) -> None:
        """Open image files and all images in folders, and show the first image."""
        if any(path.is_dir() for path in paths):
            self._store.update(status=_("Searching for images…"), notice="", selected=self._store.state.current)
            errors: list[NoImages] = []
            self._lanes.open.start(
                partial(jobs.list_image_files, list(paths)),
                on_event=lambda error: errors.append(error) if error else None,
                on_result=partial(self._add_from_folders, errors),
                on_failure=partial(self._show_error, _("Image not opened")),
            )
        elif paths:
            self._add(list(paths))

    def paste(self, pixels: Pixels, alpha: Pixels | None = None, icc: bytes | None = None) -> None:
        """Open an image from the clipboard.

        Parameters
        ----------
        pixels : uint8 array of shape (H, W, 1|3)
        alpha : alpha channel of shape (H, W), or None if the image is opaque
        icc : color profile, or None for sRGB
        """
        image = Image(pixels, alpha, icc)
        name = _("pasted {number}").format(number=next(self._paste_numbers)) + ".png"
        source = OpenImage(next(self._keys), name, image)
        self._append([source])
        self._store.view.show_thumbnail(source.key, _downscaled_pixels(image))
        self.show(source.key)

    def show(self, key: int) -> None:
        """Select an image, then decode and show it. The current image stays visible in the meantime.

        If the file cannot be read, it stays selected, and the notice explains why.
        """
        source = self._sources.get(key)
        if source is None:
            return
        if key == self._store.state.current != self._store.state.selected:  # the image is still shown
            self._lanes.open.cancel()
            self._store.update(selected=key, status=_("Ready"), notice="")
            return
        self._store.update(selected=key, status=_("Opening {name}…").format(name=source.name), notice="")
        self._lanes.open.start(
            partial(jobs.open_image, source.file_or_image, source.ground_truth),
            on_result=partial(self._on_decoded, source),
            on_failure=partial(self._on_failed, source),
        )

    def show_next(self, offset: int) -> None:
        """Show the image that is `offset` entries after the selected one, if there is one."""
        keys = list(self._sources)
        if self._store.state.selected in self._sources:
            index = keys.index(self._store.state.selected) + offset
            if 0 <= index < len(keys):
                self.show(keys[index])

    def use_ground_truth(self, path: Path) -> None:
        """Use a file as the ground truth of the current image. If no image is open, open the file instead."""
        source = self._sources.get(self._store.state.current)
        if source is None:
            self.open(path)
            return
        self._store.update(selected=source.key, status=_("Opening {name}…").format(name=path.name), notice="")
        self._lanes.open.start(
            partial(jobs.open_image, path),
            on_result=partial(self._on_ground_truth_decoded, replace(source, ground_truth=path)),
            on_failure=partial(self._show_error, _("Image not opened")),
        )

    def clear_ground_truth(self) -> None:
        """Remove the ground truth file of the current image."""
        current = self._store.state.current
        if current in self._sources:
            self._sources[current] = replace(self._sources[current], ground_truth=None)

    def close_selected(self) -> None:
        """Close the selected image, and show the next one, or the previous one if it was the last."""
        self.close(self._store.state.selected)

    def close(self, key: int) -> None:
        """Close an image. If it was selected, show the next one, or the previous one if it was the last."""
        if key in self._sources:
            self._close_entries([key])

    def close_all(self) -> None:
        """Close all images, and show the empty state."""
        if self._sources:
            self._close_entries(list(self._sources))

    def reopen(self) -> None:
        """Reopen the images that were closed last. If one of them was selected, show it again."""
        closed, self._closed = self._closed, _ClosedEntries()
        sources, strip = list(self._sources.values()), list(self._store.state.filmstrip)
        listed = {source.path for source in sources if source.path}
        restored = [entry for entry in closed.entries if entry.source.path not in listed]
        for entry in restored:
            sources.insert(entry.index, entry.source)
            strip.insert(entry.index, entry.shown)
        self._sources = {source.key: source for source in sources}
        self._store.update(filmstrip=tuple(strip), can_reopen=False, notice="")
        self._missing_thumbnails += [entry.source for entry in restored if entry.source.path]
        for entry in restored:
            if isinstance(entry.source.file_or_image, Image):
                self._store.view.show_thumbnail(entry.source.key, _downscaled_pixels(entry.source.file_or_image))
        self.show(closed.selected)
        self._start_thumbnails()

    def path_of(self, key: int) -> Path | None:
        """Return the file of an open image, or None if it was pasted or is not open."""
        source = self._sources.get(key)
        return source.path if source else None

    def _close_entries(self, keys: list[int]) -> None:
        """Close images and offer to reopen them. If the visible image was closed, show a different one."""
        state, order = self._store.state, list(self._sources)
        if state.current in keys:
            self._sources[state.current] = replace(self._sources[state.current], simulate=state.simulated)
        shown = {entry.key: entry for entry in state.filmstrip}
        entries = tuple(_ClosedEntry(order.index(key), self._sources.pop(key), shown[key]) for key in keys)
        selected = next((key for key in (state.selected, state.current) if key in keys), -1)
        self._closed = _ClosedEntries(entries, selected)
        self._missing_thumbnails = [source for source in self._missing_thumbnails if source.key not in keys]
        strip = tuple(entry for entry in state.filmstrip if entry.key not in keys)
        self._store.update(filmstrip=strip, can_reopen=True, notice="")
        if not self._sources:
            self._lanes.open.cancel()
            self._lanes.thumbnails.cancel()
            self._store.update(selected=-1)
            self._show_no_image()
        elif state.current in keys:
            self.show(_nearest(state.current, self._readable_keys() or list(self._sources)))
        elif state.selected in keys:
            self.show(_nearest(state.selected, list(self._sources)))
        if not self._store.state.notice:  # the next image may have one
            text = _("Closed {name}.") if len(keys) == 1 else _("Closed {count} images.")
            self._store.update(
                notice=text.format(name=entries[0].source.name, count=len(keys)),
                notice_kind="done",
                notice_actions=(NoticeAction(_("Undo"), self.reopen),),
            )

    # -- results of jobs -------------------------------------------------------------------------------------------

    def _add(self, files: list[Path]) -> None:
        """Add the files that are not in the list yet, and show the first of `files`."""
        listed = {source.path: source.key for source in self._sources.values() if source.path}
        new = [OpenImage(next(self._keys), path.name, path) for path in dict.fromkeys(files) if path not in listed]
        self._append(new)
        self._missing_thumbnails += new
        self.show(listed.get(files[0], new[0].key if new else -1))
        self._start_thumbnails()

    def _add_from_folders(self, errors: list[NoImages], files: list[Path]) -> None:
        """Add the images found in folders, and show the errors of folders without images."""
        self._add(files)
        if errors:
            self._store.update(notice=join_sentences(*map(error_message, errors)))

    def _append(self, new: list[OpenImage]) -> None:
        self._sources |= {source.key: source for source in new}
        entries = tuple(ImageEntry(source.key, source.name) for source in new)
        self._store.update(filmstrip=self._store.state.filmstrip + entries)

    def _on_ground_truth_decoded(self, source: OpenImage, decoded: tuple[Image, Image | EngineError | None]) -> None:
        """Use a decoded ground truth, unless its size does not fit or a different image is shown by now."""
        if (
            source.key == self._store.state.current
            and source.ground_truth
            and self._on_ground_truth(source.ground_truth, decoded[0])
        ):
            self._sources[source.key] = source

    def _on_decoded(self, source: OpenImage, decoded: tuple[Image, Image | EngineError | None]) -> None:
        """Make a decoded image the current one, and pass it to the presenter."""
        if source.key != self._store.state.selected:  # it was closed after it was decoded
            return
        self._sources[source.key] = replace(source, simulate=False)
        self._store.update(current=source.key)
        self._set_error(source.key, "")
        self._on_image_opened(source, *decoded)

    def _on_failed(self, source: OpenImage, error: Exception) -> None:
        """Show why an image cannot be opened. If no image is shown, open the nearest readable one."""
        if source.key != self._store.state.selected:  # it was closed after it was read
            return
        self._set_error(source.key, error_message(error))
        if self._store.state.current not in self._sources:
            if readable := self._readable_keys():
                self.show(_nearest(source.key, readable))
                self._store.update(notice=error_message(error))
                return
            self._show_no_image()
        self._show_error(_("Image not opened"), error)

    def _readable_keys(self) -> list[int]:
        """Return the keys of the images without a known error."""
        return [entry.key for entry in self._store.state.filmstrip if not entry.reason]

    def _show_no_image(self) -> None:
        """Show the empty state instead of an image."""
        self._store.update(current=-1, name="", image_info="", ground_truth_name="")
        self._on_all_closed()

    def _show_error(self, status: str, error: Exception) -> None:
        """Show an error in the notice bar, and `status` in the status bar."""
        self._store.update(notice=error_message(error), status=status)

    def _set_error(self, key: int, reason: str) -> None:
        """Set the reason why an image cannot be opened, or clear it if `reason` is ""."""
        strip = self._store.state.filmstrip
        marked = tuple(replace(entry, reason=reason) if entry.key == key else entry for entry in strip)
        if marked != strip:
            self._store.update(filmstrip=marked)

    # -- thumbnails ------------------------------------------------------------------------------------------------

    def _start_thumbnails(self) -> None:
        """Render the missing thumbnails in the background. This replaces a job that is still running."""
        files = [(source.key, source.path) for source in self._missing_thumbnails if source.path]
        self._lanes.thumbnails.start(
            partial(thumbnails.render_thumbnails, files, *THUMBNAIL_SIZE),
            on_event=self._on_thumbnail,
            on_result=lambda _done: None,
            on_failure=partial(self._show_error, _("Ready")),
        )

    def _on_thumbnail(self, thumbnail: Thumbnail) -> None:
        """Show a thumbnail in the filmstrip, or an error if the file cannot be read."""
        key = thumbnail.index
        self._missing_thumbnails = [source for source in self._missing_thumbnails if source.key != key]
        if thumbnail.error is not None:
            has_error = any(entry.key == key and entry.reason for entry in self._store.state.filmstrip)
            if not has_error:  # an error from opening the file is more detailed
                self._set_error(key, error_message(thumbnail.error))
        elif thumbnail.image is not None and key in self._sources:
            self._store.view.show_thumbnail(key, thumbnail.image)


def _nearest(key: int, keys: list[int]) -> int:
    """Return the first of the sorted `keys` that is greater than `key`, or the last one if there is none."""
    return next((other for other in keys if other > key), keys[-1])


def _downscaled_pixels(image: Image) -> Any:
    """Return the pixels of an image, downscaled for the filmstrip.

    The alpha channel, if any, is the last one.
    """
    step = max(1, max(image.height, image.width) // 140)
    pixels = image.pixels[::step, ::step]
    return pixels if image.alpha is None else np.dstack([pixels, image.alpha[::step, ::step]])
