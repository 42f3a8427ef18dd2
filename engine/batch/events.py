"""Events of a batch job, in addition to the events of each upscaling."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from engine.datasets.events import FileFailed
from engine.errors import LazyMessage, Message
from engine.imaging.metrics import Score


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
    model : name of the model
    model_reason : sentence about why this model was used
    score, bicubic_score : scores of the result and of bicubic interpolation, or None without a ground truth
    """

    path: Path
    index: int
    output: Path
    width: int
    height: int
    size: int
    seconds: float
    warnings: tuple[Message | LazyMessage, ...] = ()
    model: str = ""
    model_reason: Message | LazyMessage | str = ""
    score: Score | None = None
    bicubic_score: Score | None = None


@dataclass(frozen=True)
class ArchiveDone:
    """A new archive is written and verified. The events of its images precede this event.

    Attributes
    ----------
    path : path of the source
    output : path of the new archive
    images : number of upscaled images in it. The other files are copied
    size : size of the new archive in bytes
    """

    path: Path
    output: Path
    images: int
    size: int


def to_outcome(event: FileDone | FileFailed, item: BatchItem) -> Outcome:
    """Convert the event that ends the processing of an image to the outcome for the report."""
    if isinstance(event, FileFailed):
        return Outcome(event.path, item.result, "failed", str(event.error))
    return Outcome(
        event.path,
        event.output,
        "done",
        width=event.width,
        height=event.height,
        size=event.size,
        seconds=event.seconds,
        warnings=event.warnings,
        model=event.model,
        model_reason=event.model_reason,
        score=event.score,
        bicubic_score=event.bicubic_score,
    )
