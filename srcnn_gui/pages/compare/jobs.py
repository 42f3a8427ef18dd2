"""Jobs of the Compare page: open images, save the result, export a comparison."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.batch.listing import find
from engine.errors import EngineError, NoPictures, mark
from engine.imaging.codecs.formats import SAME_AS_SOURCE, SaveOptions
from engine.imaging.color import Pixels
from engine.imaging.image import Picture
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.imaging import comparison
    from engine.imaging.codecs import image_files
else:
    comparison = deferred_module("engine.imaging.comparison")
    image_files = deferred_module("engine.imaging.codecs.image_files")


def find_pictures(paths: list[Path]) -> Generator[None, None, list[Path]]:
    """The files among paths, and in place of folders the pictures in them, however deep."""
    found: list[Path] = []
    for path in paths:
        yield
        found += [one.source for one in find((path,)).found] if path.is_dir() else [path]
    if not found:
        raise NoPictures(folder=paths[0], reason=mark("Hidden files and other kinds of files do not count."))
    return found


def open_picture(
    source: Path | Picture, truth: Path | None = None
) -> Generator[None, None, tuple[Picture, Picture | EngineError | None]]:
    """Decode an image, and its ground truth if it has one; the error of a ground truth that cannot be read."""
    yield
    picture = source if isinstance(source, Picture) else image_files.read(source)
    yield
    try:
        return picture, None if truth is None else image_files.read(truth)
    except EngineError as error:
        return picture, error


def export_comparison(
    shown: "comparison.Shown", alphas: list[Pixels | None], icc: bytes | None, path: Path
) -> Generator[None, None, Path]:
    """Write pictures side by side, or in turn, what is transparent over squares; returns the path."""
    yield
    seen = [
        (caption, comparison.on_squares(pixels, alpha)) for (caption, pixels), alpha in zip(shown, alphas, strict=True)
    ]
    yield
    comparison.write(seen, path, icc)
    return path


def save_picture(picture: Picture, path: Path, options: SaveOptions = SAME_AS_SOURCE) -> Generator[None, None, Path]:
    """Write a picture in the format its name or the options ask for; returns the path."""
    yield
    image_files.write(picture, path, options)
    return path
