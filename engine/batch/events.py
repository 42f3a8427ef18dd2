"""Events of a batch job, in addition to the events of each upscaling."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch.planning import BatchItem
from engine.batch.report import Outcome
from engine.datasets.events import FileFailed
from engine.errors import LazyMessage, Message


@dataclass(frozen=True)
class BatchPlanned:
    """The batch is planned. Later events refer to an image by its index in `items`."""

    items: tuple[BatchItem, ...]


@dataclass(frozen=True)
class ImagesFound:
    """New images were found in a watched folder, and are processed next.

    Later events refer to an image by its index among all images found since the start.
    """

    items: tuple[BatchItem, ...]


@dataclass(frozen=True)
class Waiting:
    """All images in the watched folders are processed. The job waits for new ones."""


@dataclass(frozen=True)
class FileStarted:
    """Processing of an image has started. The next upscaling events belong to this image."""

    path: Path
    index: int


@dataclass(frozen=True)
class FileDone:
    """The result of an image is written and verified.

    Attributes
    ----------
    path : path of the source
    index : index of the image in the plan
    output : path of the result
    width, height : size of the result in px
    size : size of the result file in bytes
    seconds : processing time, without pauses
    warnings : messages about damage in the source, and about data of the source that the result does not contain
    """

    path: Path
    index: int
    output: Path
    width: int
    height: int
    size: int
    seconds: float
    warnings: tuple[Message | LazyMessage, ...] = ()


def to_outcome(event: FileDone | FileFailed, item: BatchItem) -> Outcome:
    """Convert the event that ends the processing of an image to the outcome for the report."""
    if isinstance(event, FileFailed):
        return Outcome(event.path, item.output, "failed", str(event.error))
    size = event.width, event.height, event.size
    return Outcome(event.path, event.output, "done", "", *size, event.seconds, event.warnings)
