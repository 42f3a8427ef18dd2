"""The pictures that are open: dropped, opened or pasted, one of them shown. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError
from engine.imaging.color import Pixels
from engine.imaging.image import Picture
from srcnn_gui.choices import thumbnails
from srcnn_gui.choices.thumbnails import Thumbnail
from srcnn_gui.pages.compare import jobs
from srcnn_gui.pages.compare.state import Entry, State, View
from srcnn_gui.runtime.lane import Lanes
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, sentence

THUMBNAIL = (140, 100)  # px, twice what the strip shows


@dataclass(frozen=True)
class Source:
    """An open picture: its file, or the picture itself if it was pasted; the file of its ground truth, if any."""

    key: int
    name: str
    content: Path | Picture
    truth: Path | None = None

    @property
    def path(self) -> Path | None:
        """The file, if it lies in one."""
        return self.content if isinstance(self.content, Path) else None


class Pictures:
    """Keeps the list, decodes the one that is shown, and says so; only what is shown is held in memory."""

    def __init__(
        self,
        store: Store[State, View],
        lanes: Lanes,
        on_picture: Callable[[Source, Picture, Picture | EngineError | None], None],
        on_truth: Callable[[Path, Picture], bool],
        on_none: Callable[[], None],
    ) -> None:
        """`on_truth` returns whether the ground truth is used."""
        self._store, self._lanes = store, lanes
        self._on_picture, self._on_truth, self._on_none = on_picture, on_truth, on_none
        self._sources: dict[int, Source] = {}
        self._keys = count()
        self._pasted = count(1)
        self._no_thumbnail: list[Source] = []

    # -- intents ---------------------------------------------------------------------------------------------------

    def open(self, *paths: Path) -> None:
        """Open files, and the pictures in folders; the first of them is shown."""
        if any(path.is_dir() for path in paths):
            self._store.update(status=_("Looking for pictures …"), notice="")
            self._lanes.open.start(
                partial(jobs.find_pictures, list(paths)),
                on_result=self._add,
                on_failure=partial(self._refused, _("Not opened")),
            )
        elif paths:
            self._add(list(paths))

    def paste(self, pixels: Pixels, alpha: Pixels | None = None) -> None:
        """Take a picture from the clipboard, (H, W, 1|3) uint8; it lies in no file until it is saved."""
        picture = Picture(pixels, alpha)
        name = _("pasted {number}").format(number=next(self._pasted)) + ".png"
        source = Source(next(self._keys), name, picture)
        self._append([source])
        self._store.view.show_thumbnail(source.key, _reduced(picture))
        self.show(source.key)

    def show(self, key: int) -> None:
        """Bring a picture of the list to the canvas; the one shown now stays until it is decoded."""
        source = self._sources.get(key)
        if source is None:
            return
        self._store.update(status=_("Opening {name} …").format(name=source.name), notice="")
        self._lanes.open.start(
            partial(jobs.open_picture, source.content, source.truth),
            on_result=partial(self._opened, source),
            on_failure=partial(self._failed, source),
        )

    def step(self, steps: int) -> None:
        """The next (1) or the one before (-1); at the ends nothing happens."""
        keys = list(self._sources)
        if self._store.state.current in self._sources:
            to = keys.index(self._store.state.current) + steps
            if 0 <= to < len(keys):
                self.show(keys[to])

    def use_truth(self, path: Path) -> None:
        """Measure the picture that is shown against another file."""
        source = self._sources.get(self._store.state.current)
        if source is None:
            self.open(path)
            return
        self._store.update(status=_("Opening {name} …").format(name=path.name), notice="")
        self._lanes.open.start(
            partial(jobs.open_picture, path),
            on_result=partial(self._truth_opened, replace(source, truth=path)),
            on_failure=partial(self._refused, _("Not opened")),
        )

    def forget_truth(self) -> None:
        """Measure the picture that is shown against a file no more."""
        current = self._store.state.current
        if current in self._sources:
            self._sources[current] = replace(self._sources[current], truth=None)

    def close(self) -> None:
        """Take the picture that is shown from the list; the next one is shown, if there is one."""
        keys = list(self._sources)
        current = self._store.state.current
        if current not in self._sources:
            return
        at = keys.index(current)
        del self._sources[current]
        self._store.update(strip=tuple(entry for entry in self._store.state.strip if entry.key != current))
        if not self._sources:
            self._store.update(current=-1, name="", facts="", truth_name="")
            self._on_none()
            return
        self.show(keys[at + 1] if at + 1 < len(keys) else keys[at - 1])

    def path_of(self, key: int) -> Path | None:
        """The file of a picture in the list, if it lies in one."""
        source = self._sources.get(key)
        return source.path if source else None

    # -- what jobs tell --------------------------------------------------------------------------------------------

    def _add(self, files: list[Path]) -> None:
        """Put files into the list that are not in it yet, and show the first."""
        listed = {source.path: source.key for source in self._sources.values() if source.path}
        new = [Source(next(self._keys), path.name, path) for path in dict.fromkeys(files) if path not in listed]
        self._append(new)
        self._no_thumbnail += new
        self.show(listed.get(files[0], new[0].key if new else -1))
        self._draw_thumbnails()

    def _append(self, new: list[Source]) -> None:
        self._sources |= {source.key: source for source in new}
        entries = tuple(Entry(source.key, source.name) for source in new)
        self._store.update(strip=self._store.state.strip + entries)

    def _truth_opened(self, source: Source, decoded: tuple[Picture, Picture | EngineError | None]) -> None:
        """A ground truth was decoded: it belongs to the picture that is shown, if it can be used."""
        if source.key == self._store.state.current and source.truth and self._on_truth(source.truth, decoded[0]):
            self._sources[source.key] = source

    def _opened(self, source: Source, decoded: tuple[Picture, Picture | EngineError | None]) -> None:
        """A picture was decoded: it is the one shown from now on."""
        self._sources[source.key] = source
        self._store.update(current=source.key)
        self._mark(source.key, "")
        self._on_picture(source, *decoded)

    def _failed(self, source: Source, error: Exception) -> None:
        """A picture of the list cannot be opened: it stays there with the reason; if none is shown, the next is."""
        self._mark(source.key, sentence(error))
        later = [key for key in self._sources if key > source.key]
        if self._store.state.current not in self._sources and later:
            self.show(later[0])
            self._store.update(notice=sentence(error))
        else:
            self._refused(_("Not opened"), error)

    def _refused(self, status: str, error: Exception) -> None:
        """Nothing else changes."""
        self._store.update(notice=sentence(error), status=status)

    def _mark(self, key: int, reason: str) -> None:
        """Say why a picture cannot be opened, or that it can."""
        strip = self._store.state.strip
        marked = tuple(replace(entry, reason=reason) if entry.key == key else entry for entry in strip)
        if marked != strip:
            self._store.update(strip=marked)

    # -- thumbnails ------------------------------------------------------------------------------------------------

    def _draw_thumbnails(self) -> None:
        """Make the thumbnails that are missing, on a lane of their own; a later call goes on where this one is."""
        wanted = [(source.key, source.path) for source in self._no_thumbnail if source.path]
        self._lanes.thumbnails.start(
            partial(thumbnails.draw, wanted, *THUMBNAIL),
            on_event=self._drawn,
            on_result=lambda _done: None,
            on_failure=partial(self._refused, _("Ready")),
        )

    def _drawn(self, drawn: Thumbnail) -> None:
        """One thumbnail is there, or its file is no picture."""
        key = drawn.index
        self._no_thumbnail = [source for source in self._no_thumbnail if source.key != key]
        if drawn.error is not None:
            known = any(entry.key == key and entry.reason for entry in self._store.state.strip)
            if not known:  # opening it said more
                self._mark(key, sentence(drawn.error))
        elif drawn.picture is not None and key in self._sources:
            self._store.view.show_thumbnail(key, drawn.picture)


def _reduced(picture: Picture) -> Any:
    """A pasted picture small enough for the strip."""
    step = max(1, max(picture.height, picture.width) // 140)
    pixels = picture.pixels[::step, ::step]
    return pixels if picture.alpha is None else np.dstack([pixels, picture.alpha[::step, ::step]])
