"""What a batch job reports, besides the events of each upscale."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch.planning import Item
from engine.batch.report import Outcome


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

    def outcome(self, _item: Item) -> Outcome:
        """What a report says of it."""
        return Outcome(self.path, self.output, "done", "", self.width, self.height, self.size, self.seconds)
