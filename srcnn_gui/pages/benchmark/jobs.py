"""Background jobs of the Benchmark page, which read test sets and download files."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from engine.batch.listing import read_image_size
from engine.datasets import download
from engine.datasets.events import FileFailed
from engine.datasets.folders import list_images
from engine.datasets.request import FetchRequest
from engine.errors import EngineError


def read_folders(folders: Sequence[Path]) -> Generator[tuple[Path, tuple[str, ...], int] | FileFailed, None, None]:
    """Job that yields (path, image names, total number of pixels) of each folder, or `FileFailed`."""
    for folder in folders:
        try:
            files = list_images(folder)
        except EngineError as error:
            yield FileFailed(folder, error)
            continue
        sizes = [size for path in files if (size := read_image_size(path))]
        yield folder, tuple(path.name for path in files), sum(width * height for width, height in sizes)


def fetch(requests: Sequence[FetchRequest]) -> Generator[Any, None, None]:
    """Job that downloads the requested test sets and weights, and yields the events of each download."""
    for request in requests:
        yield from download.run(request)
