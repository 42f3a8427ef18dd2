"""Events of reading and downloading image sets."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError


@dataclass(frozen=True)
class FileFailed:
    """An image was skipped because of `error`; `index` is its position in a batch."""

    path: Path
    error: EngineError
    index: int | None = None


@dataclass(frozen=True)
class FileFetched:
    """A file of a set is complete: file `done` of `total`, `downloaded` now or present before."""

    path: Path
    downloaded: bool
    done: int
    total: int
