"""From what a person asks to a job: the only file of the window that imports the torch half, inside its functions.

So the window opens, lists models and shows a picture before torch is loaded, and it is loaded off the GUI thread.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Any

from engine.datasets.sources import picture_files
from engine.errors import EngineError, NoPictures, mark
from engine.events import FileFailed
from engine.imaging import comparison, pictures
from engine.imaging.color import Pixels
from engine.imaging.comparison import Shown
from engine.imaging.pictures import Picture
from engine.imaging.thumbnails import thumbnail
from engine.models import Model
from engine.requests import UpscaleRequest

THUMBNAIL = (140, 100)  # px, twice what the strip shows


def find_pictures(paths: list[Path]) -> Generator[None, None, list[Path]]:
    """The files among paths, and in place of folders the pictures in them, however deep."""
    found: list[Path] = []
    for path in paths:
        yield
        if not path.is_dir():
            found.append(path)
            continue
        for folder in [path, *sorted(inside for inside in path.rglob("*") if inside.is_dir())]:
            yield
            found += picture_files(folder)
    if not found:
        raise NoPictures(folder=paths[0], reason=mark("PNG, JPEG, BMP, TIFF and WebP files count."))
    return found


def open_picture(
    source: Path | Picture, truth: Path | None = None
) -> Generator[None, None, tuple[Picture, Picture | None]]:
    """Decode a picture file, and its ground truth if it has one."""
    yield
    picture = source if isinstance(source, Picture) else pictures.read(source)
    yield
    return picture, None if truth is None else pictures.read(truth)


def draw_thumbnails(files: dict[int, Path]) -> Generator[tuple[int, Pixels | FileFailed], None, None]:
    """A small version of each file, or why there is none, with its key."""
    for key, path in files.items():
        try:
            yield key, thumbnail(path, *THUMBNAIL)
        except EngineError as error:
            yield key, FileFailed(path, error)


def export_comparison(shown: Shown, icc: bytes | None, path: Path) -> Generator[None, None, Path]:
    """Write pictures side by side, or in turn; returns the path."""
    yield
    comparison.write(shown, path, icc)
    return path


def save_picture(picture: Picture, path: Path) -> Generator[None, None, Path]:
    """Write a picture in the format its name asks for; returns the path."""
    yield
    pictures.write(picture, path)
    return path


def enlarge(picture: Picture, request: UpscaleRequest, truth: Picture | None = None) -> Generator[Any, Any, Any]:
    """Enlarge a decoded picture; see `engine.upscale.enlarge`."""
    from engine.upscale import enlarge as job

    return (yield from job(picture, request, truth))


def find_devices() -> Generator[None, None, tuple[tuple[str, str], ...]]:
    """Load torch and say what can compute here, best first: kinds and titles."""
    yield
    from engine.network import device

    return tuple((kind, device.title(device.choose(kind)[0])) for kind in device.available())


def import_model(path: Path, scale: int | None = None) -> Generator[None, None, Model]:
    """Copy a model file into the person's own; see `engine.network.own_models.import_model`."""
    yield
    from engine.network.own_models import import_model as bring

    return bring(path, scale)
