"""Jobs of the Compare page: open images, save the result, export a comparison."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.batch.listing import find_images
from engine.errors import N_, EngineError, NoImages
from engine.imaging.codecs.formats import SAME_AS_SOURCE, SaveOptions
from engine.imaging.color import Pixels
from engine.imaging.image import Image
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.imaging import comparison
    from engine.imaging.codecs import image_files
else:
    comparison = deferred_module("engine.imaging.comparison")
    image_files = deferred_module("engine.imaging.codecs.image_files")


def list_image_files(paths: list[Path]) -> Generator[None, None, list[Path]]:
    """Job: return the files among `paths`, and the images in folders, recursively."""
    files: list[Path] = []
    for path in paths:
        yield
        files += [file.source for file in find_images((path,)).files] if path.is_dir() else [path]
    if not files:
        raise NoImages(folder=paths[0], reason=N_("Hidden files and other kinds of files do not count."))
    return files


def open_image(
    source: Path | Image, ground_truth: Path | None = None
) -> Generator[None, None, tuple[Image, Image | EngineError | None]]:
    """Job: decode an image and its ground truth, if any.

    Returns the error of the ground truth in its place if it cannot be read.
    """
    yield
    image = source if isinstance(source, Image) else image_files.read(source)
    yield
    try:
        return image, None if ground_truth is None else image_files.read(ground_truth)
    except EngineError as error:
        return image, error


def export_comparison(
    panes: "comparison.CaptionedImages", alphas: list[Pixels | None], icc: bytes | None, path: Path
) -> Generator[None, None, Path]:
    """Job: write images side by side, or as an animation, on a checkerboard; return the path."""
    yield
    captioned = [
        (caption, comparison.over_checkerboard(pixels, alpha))
        for (caption, pixels), alpha in zip(panes, alphas, strict=True)
    ]
    yield
    comparison.write(captioned, path, icc)
    return path


def save_image(image: Image, path: Path, options: SaveOptions = SAME_AS_SOURCE) -> Generator[None, None, Path]:
    """Job: write an image in the format of the options or of the extension; return the path."""
    yield
    image_files.write(image, path, options)
    return path
