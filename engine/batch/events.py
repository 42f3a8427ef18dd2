"""Events of a batch job, besides those of each upscale."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch.planning import Item
from engine.batch.report import Outcome
from engine.datasets.events import FileFailed


@dataclass(frozen=True)
class BatchPlanned:
    """The batch is planned. Later events refer to images by their index in `items`."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class FileStarted:
    """An image of a batch is being processed. The following upscale events refer to it."""

    path: Path
    index: int


@dataclass(frozen=True)
class FileDone:
    """The result of an image is written and verified.

    Attributes
    ----------
    path : the source
    index : index in the plan
    output : the result
    width, height : size of the result, px
    size : size of the result's file, bytes
    seconds : processing time, without pauses
    """

    path: Path
    index: int
    output: Path
    width: int
    height: int
    size: int
    seconds: float


def to_outcome(event: FileDone | FileFailed, item: Item) -> Outcome:
    """Return the outcome of an image for the report."""
    if isinstance(event, FileFailed):
        return Outcome(event.path, item.output, "failed", str(event.error))
    return Outcome(event.path, event.output, "done", "", event.width, event.height, event.size, event.seconds)
