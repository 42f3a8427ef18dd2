"""Job that renders thumbnails of image files."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.batch.listing import read_image_size
from engine.errors import EngineError
from engine.imaging.color import Pixels
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.imaging.codecs import thumbnails
else:
    thumbnails = deferred_module("engine.imaging.codecs.thumbnails")


@dataclass(frozen=True)
class Thumbnail:
    """Thumbnail of an image file.

    Attributes
    ----------
    index : index that the caller assigned to the file
    image : uint8 pixels of shape (H, W, 1|3|4), or None if the file cannot be read
    size : (width, height) of the image in pixels, from the header of the file, or None if the header cannot be read
    error : error that explains why there is no thumbnail, or None if there is one
    """

    index: int
    image: Pixels | None
    size: tuple[int, int] | None
    error: EngineError | None = None


def render_thumbnails(files: Iterable[tuple[int, Path]], width: int, height: int) -> Generator[Thumbnail, None, None]:
    """Job that yields a thumbnail for each file, scaled to fit into `width` x `height` pixels.

    `files` are (index, path) pairs.
    """
    for index, path in files:
        try:
            yield Thumbnail(index, thumbnails.read_thumbnail(path, width, height), read_image_size(path))
        except EngineError as error:
            yield Thumbnail(index, None, read_image_size(path), error)
