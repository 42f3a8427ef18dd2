"""From what a person asks to a job: the only file of the window that imports the torch half, inside its functions.

So the window opens, lists models and shows a picture before torch is loaded, and it is loaded off the GUI thread. What
reads and writes pictures is imported there too: the window comes up before it knows a codec.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.batch import report
from engine.batch.listing import find, size_of
from engine.batch.planning import Item, Plan
from engine.batch.report import Outcome
from engine.batch.request import BatchRequest
from engine.datasets.events import FileFailed
from engine.datasets.request import FetchRequest
from engine.errors import EngineError, NoPictures, mark
from engine.imaging.codecs.formats import SAME_AS_SOURCE, SaveOptions
from engine.imaging.color import Pixels
from engine.imaging.image import Picture
from engine.models.catalog import Model
from engine.upscaling.request import UpscaleRequest
from srcnn_gui.runtime import torch_loading
from srcnn_gui.runtime.translations import said

if TYPE_CHECKING:
    from engine.imaging.comparison import Shown

_AT_ONCE = 100  # headers between two events
THUMBNAIL = (140, 100)  # px, twice what the strip shows


@dataclass(frozen=True)
class Look:
    """A file of a list: its picture made small, and its (width, height); None where it cannot be read."""

    index: int
    picture: Pixels | None
    size: tuple[int, int] | None


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
    from engine.imaging.codecs import image_files

    picture = source if isinstance(source, Picture) else image_files.read(source)
    yield
    try:
        return picture, None if truth is None else image_files.read(truth)
    except EngineError as error:
        return picture, error


def draw_thumbnails(files: dict[int, Path]) -> Generator[tuple[int, Pixels | FileFailed], None, None]:
    """A small version of each file, or why there is none, with its key."""
    from engine.imaging.codecs.thumbnails import thumbnail

    for key, path in files.items():
        try:
            yield key, thumbnail(path, *THUMBNAIL)
        except EngineError as error:
            yield key, FileFailed(path, error)


def export_comparison(
    shown: "Shown", alphas: list[Pixels | None], icc: bytes | None, path: Path
) -> Generator[None, None, Path]:
    """Write pictures side by side, or in turn, what is transparent over squares; returns the path."""
    yield
    from engine.imaging import comparison

    seen = [
        (caption, comparison.on_squares(pixels, alpha)) for (caption, pixels), alpha in zip(shown, alphas, strict=True)
    ]
    yield
    comparison.write(seen, path, icc)
    return path


def save_picture(picture: Picture, path: Path, options: SaveOptions = SAME_AS_SOURCE) -> Generator[None, None, Path]:
    """Write a picture in the format its name or the options ask for; returns the path."""
    yield
    from engine.imaging.codecs import image_files

    image_files.write(picture, path, options)
    return path


def enlarge(picture: Picture, request: UpscaleRequest, truth: Picture | None = None) -> Generator[Any, Any, Any]:
    """Enlarge a decoded picture; see `engine.upscaling.job.enlarge`."""
    with torch_loading.quietly():
        from engine.upscaling.job import enlarge as job

    return (yield from job(picture, request, truth))


def find_devices() -> Generator[None, None, tuple[tuple[str, str], ...]]:
    """Load torch and say what can compute here, best first: kinds and titles."""
    yield
    with torch_loading.quietly():
        from engine.inference import device

    return tuple((kind, said(device.title(device.choose(kind)[0]))) for kind in device.available())


def import_model(path: Path, scale: int | None = None) -> Generator[None, None, Model]:
    """Copy a model file into the person's own; see `engine.models.library.import_model`."""
    yield
    from engine.models.library import import_model as bring

    return bring(path, scale)


def plan_batch(request: BatchRequest) -> Generator[None, None, Plan]:
    """Say what a batch would do; see `engine.batch.job.plan`."""
    yield
    from engine.batch.job import plan

    return plan(request)


def run_batch(request: BatchRequest) -> Generator[Any, Any, Any]:
    """Enlarge a folder of pictures; see `engine.batch.job.run`."""
    from engine.batch.job import run

    return (yield from run(request))


def look_at(files: Sequence[tuple[int, Path]], width: int, height: int) -> Generator[Look, None, None]:
    """Small versions and sizes of picture files, one after the other."""
    from engine.imaging.codecs.thumbnails import thumbnail

    for index, path in files:
        try:
            small = thumbnail(path, width, height)
        except EngineError:
            small = None
        yield Look(index, small, size_of(path))


def sizes(items: Sequence[Item]) -> Generator[list[tuple[int, int]], None, None]:
    """How many pixels the files of a list have by their headers, some at a time."""
    for first in range(0, len(items), _AT_ONCE):
        some = enumerate(items[first : first + _AT_ONCE], first)
        yield [(index, size[0] * size[1]) for index, item in some if (size := size_of(item.found.source))]


def write_report(items: Sequence[Item], known: dict[int, Outcome], path: Path) -> Generator[None, None, Path]:
    """Write what became of every picture of a list, where it is known by its place; returns the path."""
    yield
    report.write([known.get(index) or item.outcome() for index, item in enumerate(items)], path)
    return path


def rename_model(model: Model, name: str) -> Generator[None, None, Model]:
    """Give one of the person's own models another name."""
    yield
    from engine.models.library import rename_model as rename

    return rename(model, name)


def delete_model(model: Model) -> Generator[None, None, Model]:
    """Delete one of the person's own models; returns what it was."""
    yield
    from engine.models.library import delete_model as delete

    delete(model)
    return model


def export_model(model: Model, path: Path) -> Generator[None, None, Path]:
    """Write a model for another program, over a file that may be there; returns the path."""
    yield
    from engine.models.library import export_model as export

    return export(model, path, overwrite=True)


def fetch(request: FetchRequest) -> Generator[Any, None, Any]:
    """Download a published set; see `engine.datasets.download`."""
    from engine.datasets.download import run as job

    return (yield from job(request))
