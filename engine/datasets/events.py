"""What reading and downloading folders of images reports."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch.planning import Item
from engine.batch.report import Outcome
from engine.errors import EngineError


@dataclass(frozen=True)
class FileFailed:
    """A picture was left out, for this reason; `index` is its place in a batch."""

    path: Path
    error: EngineError
    index: int | None = None

    def outcome(self, item: Item) -> Outcome:
        """What a report says of it."""
        return Outcome(self.path, item.output, "failed", str(self.error))


@dataclass(frozen=True)
class FileFetched:
    """A file of a set is in its place, downloaded just now or there before; so many of all are done."""

    path: Path
    downloaded: bool
    done: int
    total: int
