"""Jobs of the Batch page: sizes of the listed images, and the report."""

from collections.abc import Generator, Sequence
from pathlib import Path

from engine.batch import report
from engine.batch.listing import size_of
from engine.batch.planning import Item
from engine.batch.report import Outcome

_AT_ONCE = 100  # headers between two events


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
