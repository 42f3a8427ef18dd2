"""Events of jobs that read images or download image sets."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError


@dataclass(frozen=True)
class FileFailed:
    """Event: an image was skipped because of an error.

    Attributes
    ----------
    path : image file
    error : reason why it was skipped
    index : index of the image in the batch, starting at 0, or None if the job is not a batch
    """

    path: Path
    error: EngineError
    index: int | None = None


@dataclass(frozen=True)
class FileFetched:
    """Event: a file of a set is complete.

    Attributes
    ----------
    path : the file
    downloaded : whether the file was downloaded by this job. False if it already existed
    done : number of complete files so far
    total : number of files in the set
    """

    path: Path
    downloaded: bool
    done: int
    total: int
