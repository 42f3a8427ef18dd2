"""What a batch job reports, besides the events of each upscale."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch.planning import Item
from engine.batch.report import Outcome
from engine.datasets.events import FileFailed


@dataclass(frozen=True)
class BatchPlanned:
    """It is decided what a batch will do; the events of its pictures give their place in `items`."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class FileBegun:
    """A picture of a batch is now the one in work; what an enlargement says from here on is about it."""

    path: Path
    index: int


@dataclass(frozen=True)
class FileDone:
    """A result of a batch is in its place and was opened again.

    Attributes
    ----------
    path : of the source
    index : its place in the batch
    output : the result
    width, height : of the result
    size : of the result's file, bytes
    seconds : that it took, without pauses
    """

    path: Path
    index: int
    output: Path
    width: int
    height: int
    size: int
    seconds: float


def outcome_of(event: FileDone | FileFailed, item: Item) -> Outcome:
    """The outcome that a report lists for a file."""
    if isinstance(event, FileFailed):
        return Outcome(event.path, item.output, "failed", str(event.error))
    return Outcome(event.path, event.output, "done", "", event.width, event.height, event.size, event.seconds)
