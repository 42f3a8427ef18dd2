"""The Benchmark page's jobs; like those of `jobs`, they import the torch half inside their functions."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from engine.batch.listing import size_of
from engine.datasets import download
from engine.datasets.events import FileFailed
from engine.datasets.folders import pictures_in
from engine.datasets.request import FetchRequest
from engine.errors import EngineError


def look_into(folders: Sequence[Path]) -> Generator[tuple[Path, tuple[str, ...], int] | FileFailed, None, None]:
    """The pictures directly in each folder: their names, and how many pixels they have in all."""
    for folder in folders:
        try:
            files = pictures_in(folder)
        except EngineError as error:
            yield FileFailed(folder, error)
            continue
        known = [size for path in files if (size := size_of(path))]
        yield folder, tuple(path.name for path in files), sum(width * height for width, height in known)


def fetch(requests: Sequence[FetchRequest]) -> Generator[Any, None, None]:
    """Download several published sets, one after the other."""
    for request in requests:
        yield from download.run(request)
