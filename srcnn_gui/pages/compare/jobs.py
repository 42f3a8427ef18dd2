"""Jobs of the Compare page, which open images, save the result and export a comparison."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.batch.listing import find_images
from engine.batch.naming import NameAllocator
from engine.errors import N_, EngineError, LazyMessage, Message, NoImages
from engine.imaging.codecs.formats import SAME_AS_SOURCE, OutputOptions
from engine.imaging.color import Pixels
from engine.imaging.image import Image
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.imaging import comparison
    from engine.imaging.codecs import image_files
else:
    comparison = deferred_module("engine.imaging.comparison")
    image_files = deferred_module("engine.imaging.codecs.image_files")


def list_image_files(paths: list[Path]) -> Generator[NoImages | None, None, list[Path]]:
    """Job: return the files among `paths`, and all images in the folders among them and in subfolders.

    Yields an error for each folder without images.

    Raises
    ------
    NoImages
        If there are none at all.
    """
    files: list[Path] = []
    errors: list[NoImages] = []
    for path in paths:
        yield None
        found = [file.source for file in find_images((path,)).files] if path.is_dir() else [path]
        if not found:
            errors.append(NoImages(folder=path, reason=N_("Hidden files and unsupported formats are ignored.")))
            yield errors[-1]
        files += found
    if not files:
        raise errors[0]
    return files


def open_image(
    source: Path | Image, ground_truth: Path | None = None
) -> Generator[None, None, tuple[Image, Image | EngineError | None]]:
    """Job: decode an image and its ground truth file.

    Returns
    -------
    image : decoded image
    ground_truth : decoded ground truth, None if there is no file, or the error if the file cannot be read
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
) -> Generator[None, None, tuple[Path, tuple[Message | LazyMessage, ...]]]:
    """Job: write a comparison of the panes to a file, and return its path and no warnings.

    The extension decides whether the file shows the panes side by side or in turn, as an animation. Transparent parts
    show a checkerboard.

    Parameters
    ----------
    panes : caption and pixels of each pane
    alphas : alpha channel of each pane, or None for an opaque one
    icc : color profile of the panes, or None for sRGB
    path : file to write
    """
    yield
    captioned = [
        (caption, comparison.composite_over_checkerboard(pixels, alpha))
        for (caption, pixels), alpha in zip(panes, alphas, strict=True)
    ]
    yield
    comparison.write(captioned, path, icc)
    return path, ()


def save_image(
    image: Image,
    path: Path,
    options: OutputOptions = SAME_AS_SOURCE,
    source: Path | None = None,
    *,
    keep_existing: bool = False,
) -> Generator[None, None, tuple[Path, tuple[Message | LazyMessage, ...]]]:
    """Job: write an image to a file. If the options do not contain a format, the extension decides.

    Parameters
    ----------
    image : image to write
    path : file to write
    options : how to write it
    source : file that the image comes from, whose modification time the options can keep
    keep_existing : whether a number is added to the name if the file exists; otherwise, the file is replaced

    Returns
    -------
    path : path of the file
    warnings : sentences about what the source lacks, and about what the file does not contain
    """
    yield
    if keep_existing:
        path = NameAllocator("number", () if source is None else (source,)).allocate(path) or path
    warnings = image_files.check_savable(image, path, options)
    image_files.write(image, path, options, source=source)
    return path, warnings
