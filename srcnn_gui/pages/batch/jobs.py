"""Background jobs of the Batch page, which read image sizes and write the report."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.batch.listing import read_image_size
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.batch import report
else:
    report = deferred_module("engine.batch.report")

_CHUNK = 100  # files per event


def read_image_sizes(items: Sequence[BatchItem]) -> Generator[list[tuple[int, int]], None, None]:
    """Job that reads image sizes from file headers, and yields lists of (index, number of pixels) pairs."""
    for first in range(0, len(items), _CHUNK):
        chunk = enumerate(items[first : first + _CHUNK], first)
        yield [(index, size[0] * size[1]) for index, item in chunk if (size := read_image_size(item.file.source))]


def write_report(items: Sequence[BatchItem], outcomes: dict[int, Outcome], path: Path) -> Generator[None, None, Path]:
    """Job that writes the report of a batch to `path`, and returns the path.

    `outcomes` contains the outcomes of the files that were processed since startup, by index.
    """
    yield
    report.write([outcomes.get(index) or item.outcome() for index, item in enumerate(items)], path)
    return path
