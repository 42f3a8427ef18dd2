"""The list of open images, of which one is shown. Does not use Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError
from engine.imaging.color import Pixels
from engine.imaging.image import Image
from srcnn_gui.choices import thumbnails
from srcnn_gui.choices.thumbnails import Thumbnail
from srcnn_gui.pages.compare import jobs
from srcnn_gui.pages.compare.state import ImageEntry, State, View
from srcnn_gui.runtime.lane import Lanes
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, error_message

THUMBNAIL_SIZE = (140, 100)  # px, twice the size in the filmstrip


@dataclass(frozen=True)
class OpenImage:
    """An open image and its ground truth file, if any. A pasted image has no file."""

    key: int
    name: str
    file_or_image: Path | Image
    ground_truth: Path | None = None

    @property
    def path(self) -> Path | None:
        """The file of the image, or None if it was pasted."""
        return self.file_or_image if isinstance(self.file_or_image, Path) else None


class OpenImages:
    """List of the open images. Only the one that is shown is decoded and kept in memory."""

    def __init__(
        self,
        store: Store[State, View],
        lanes: Lanes,
        on_image_opened: Callable[[OpenImage, Image, Image | EngineError | None], None],
        on_ground_truth: Callable[[Path, Image], bool],
        on_all_closed: Callable[[], None],
    ) -> None:
        """Create an empty list. `on_ground_truth` returns whether the ground truth is used."""
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

    # -- intents ---------------------------------------------------------------------------------------------------

    def open(self, *paths: Path) -> None:
        """Open files, and the images in folders, and show the first."""
        if any(path.is_dir() for path in paths):
            self._store.update(status=_("Looking for pictures …"), notice="")
            self._lanes.open.start(
                partial(jobs.list_image_files, list(paths)),
                on_result=self._add,
                on_failure=partial(self._show_error, _("Not opened")),
            )
        elif paths:
            self._add(list(paths))

    def paste(self, pixels: Pixels, alpha: Pixels | None = None) -> None:
        """Open an image from the clipboard, (H, W, 1|3) uint8."""
        image = Image(pixels, alpha)
        name = _("pasted {number}").format(number=next(self._paste_numbers)) + ".png"
        source = OpenImage(next(self._keys), name, image)
        self._append([source])
        self._store.view.show_thumbnail(source.key, _downscaled_pixels(image))
        self.show(source.key)

    def show(self, key: int) -> None:
        """Show an image of the list; the current one stays until it is decoded."""
        source = self._sources.get(key)
        if source is None:
            return
        self._store.update(status=_("Opening {name} …").format(name=source.name), notice="")
        self._lanes.open.start(
            partial(jobs.open_image, source.file_or_image, source.ground_truth),
            on_result=partial(self._on_decoded, source),
            on_failure=partial(self._on_failed, source),
        )

    def step(self, steps: int) -> None:
        """Show the next (1) or the previous (-1) image, if there is one."""
        keys = list(self._sources)
        if self._store.state.current in self._sources:
            index = keys.index(self._store.state.current) + steps
            if 0 <= index < len(keys):
                self.show(keys[index])

    def use_ground_truth(self, path: Path) -> None:
        """Use a file as the ground truth of the current image."""
        source = self._sources.get(self._store.state.current)
        if source is None:
            self.open(path)
            return
        self._store.update(status=_("Opening {name} …").format(name=path.name), notice="")
        self._lanes.open.start(
            partial(jobs.open_image, path),
            on_result=partial(self._on_ground_truth_decoded, replace(source, ground_truth=path)),
            on_failure=partial(self._show_error, _("Not opened")),
        )

    def forget_ground_truth(self) -> None:
        """Remove the ground truth file of the current image."""
        current = self._store.state.current
        if current in self._sources:
            self._sources[current] = replace(self._sources[current], ground_truth=None)

    def close(self) -> None:
        """Close the current image, and show the next one."""
        keys = list(self._sources)
        current = self._store.state.current
        if current not in self._sources:
            return
        index = keys.index(current)
        del self._sources[current]
        self._store.update(strip=tuple(entry for entry in self._store.state.strip if entry.key != current))
        if not self._sources:
            self._store.update(current=-1, name="", image_info="", ground_truth_name="")
            self._on_all_closed()
            return
        self.show(keys[index + 1] if index + 1 < len(keys) else keys[index - 1])

    def path_of(self, key: int) -> Path | None:
        """Return the file of an image in the list, or None if it was pasted."""
        source = self._sources.get(key)
        return source.path if source else None

    # -- results of jobs -------------------------------------------------------------------------------------------

    def _add(self, files: list[Path]) -> None:
        """Add new files to the list, and show the first file."""
        listed = {source.path: source.key for source in self._sources.values() if source.path}
        new = [OpenImage(next(self._keys), path.name, path) for path in dict.fromkeys(files) if path not in listed]
        self._append(new)
        self._missing_thumbnails += new
        self.show(listed.get(files[0], new[0].key if new else -1))
        self._start_thumbnails()

    def _append(self, new: list[OpenImage]) -> None:
        self._sources |= {source.key: source for source in new}
        entries = tuple(ImageEntry(source.key, source.name) for source in new)
        self._store.update(strip=self._store.state.strip + entries)

    def _on_ground_truth_decoded(self, source: OpenImage, decoded: tuple[Image, Image | EngineError | None]) -> None:
        """Keep a decoded ground truth if it can be used for the current image."""
        if (
            source.key == self._store.state.current
            and source.ground_truth
            and self._on_ground_truth(source.ground_truth, decoded[0])
        ):
            self._sources[source.key] = source

    def _on_decoded(self, source: OpenImage, decoded: tuple[Image, Image | EngineError | None]) -> None:
        """Show a decoded image."""
        self._sources[source.key] = source
        self._store.update(current=source.key)
        self._set_error(source.key, "")
        self._on_image_opened(source, *decoded)

    def _on_failed(self, source: OpenImage, error: Exception) -> None:
        """Show why an image cannot be opened, and show the next one if none is shown."""
        self._set_error(source.key, error_message(error))
        later = [key for key in self._sources if key > source.key]
        if self._store.state.current not in self._sources and later:
            self.show(later[0])
            self._store.update(notice=error_message(error))
        else:
            self._show_error(_("Not opened"), error)

    def _show_error(self, status: str, error: Exception) -> None:
        """Show an error and a status; change nothing else."""
        self._store.update(notice=error_message(error), status=status)

    def _set_error(self, key: int, reason: str) -> None:
        """Set the reason why an image cannot be opened, or "" if it can."""
        strip = self._store.state.strip
        marked = tuple(replace(entry, reason=reason) if entry.key == key else entry for entry in strip)
        if marked != strip:
            self._store.update(strip=marked)

    # -- thumbnails ------------------------------------------------------------------------------------------------

    def _start_thumbnails(self) -> None:
        """Render the missing thumbnails in the background; a new call continues with the rest."""
        files = [(source.key, source.path) for source in self._missing_thumbnails if source.path]
        self._lanes.thumbnails.start(
            partial(thumbnails.render, files, *THUMBNAIL_SIZE),
            on_event=self._on_thumbnail,
            on_result=lambda _done: None,
            on_failure=partial(self._show_error, _("Ready")),
        )

    def _on_thumbnail(self, thumbnail: Thumbnail) -> None:
        """Show a thumbnail, or why there is none."""
        key = thumbnail.index
        self._missing_thumbnails = [source for source in self._missing_thumbnails if source.key != key]
        if thumbnail.error is not None:
            has_error = any(entry.key == key and entry.reason for entry in self._store.state.strip)
            if not has_error:  # the error of opening the file has more detail
                self._set_error(key, error_message(thumbnail.error))
        elif thumbnail.image is not None and key in self._sources:
            self._store.view.show_thumbnail(key, thumbnail.image)


def _downscaled_pixels(image: Image) -> Any:
    """Return the pixels of a pasted image, downscaled for the filmstrip."""
    step = max(1, max(image.height, image.width) // 140)
    pixels = image.pixels[::step, ::step]
    return pixels if image.alpha is None else np.dstack([pixels, image.alpha[::step, ::step]])
