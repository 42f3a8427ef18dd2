"""Background jobs of the Batch page, which read image sizes and write the report."""

from collections.abc import Generator, Sequence
from pathlib import Path

from engine.batch import report
from engine.batch.listing import read_image_size
from engine.batch.planning import BatchItem
from engine.batch.report import Outcome

_CHUNK = 100  # files per event


def read_image_sizes(items: Sequence[BatchItem]) -> Generator[list[tuple[int, int]], None, None]:
    """Read the sizes of the images from their headers, and yield lists of (index, number of pixels)."""
    for first in range(0, len(items), _CHUNK):
        chunk = enumerate(items[first : first + _CHUNK], first)
        yield [(index, size[0] * size[1]) for index, item in chunk if (size := read_image_size(item.file.source))]


def write_report(items: Sequence[BatchItem], outcomes: dict[int, Outcome], path: Path) -> Generator[None, None, Path]:
    """Write the report of a batch to `path`, and return the path.

    `outcomes` contains the outcomes by index of the files that were processed since the program started.
    """
    yield
    report.write([outcomes.get(index) or item.outcome() for index, item in enumerate(items)], path)
    return path
