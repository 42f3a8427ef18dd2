"""What reading and downloading folders of images reports."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError


@dataclass(frozen=True)
class FileFailed:
    """A picture was left out, for this reason; `index` is its place in a batch."""

    path: Path
    error: EngineError
    index: int | None = None


@dataclass(frozen=True)
class FileFetched:
    """A file of a set is in its place, downloaded just now or there before; so many of all are done."""

    path: Path
    downloaded: bool
    done: int
    total: int
