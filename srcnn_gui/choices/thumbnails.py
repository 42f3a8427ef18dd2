"""Thumbnails of image files, made one after the other in the background."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.batch.listing import size_of
from engine.errors import EngineError
from engine.imaging.color import Pixels
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.imaging.codecs import thumbnails
else:
    thumbnails = deferred_module("engine.imaging.codecs.thumbnails")


@dataclass(frozen=True)
class Thumbnail:
    """A file of a list, as a thumbnail.

    Attributes
    ----------
    index : the position or the key that the caller gave the file
    picture : (h, w, 1|3|4) uint8, or None if the file cannot be read
    size : (width, height) of the file's image by its header, or None if that cannot be read
    error : why there is no thumbnail
    """

    index: int
    picture: Pixels | None
    size: tuple[int, int] | None
    error: EngineError | None = None


def draw(files: Iterable[tuple[int, Path]], width: int, height: int) -> Generator[Thumbnail, None, None]:
    """Draw a thumbnail of each file that fits into width x height px."""
    for index, path in files:
        try:
            yield Thumbnail(index, thumbnails.thumbnail(path, width, height), size_of(path))
        except EngineError as error:
            yield Thumbnail(index, None, size_of(path), error)
