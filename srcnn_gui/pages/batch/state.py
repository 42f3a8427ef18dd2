"""What the Batch page shows, as data, and what its view must be able to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.batch.naming import COLLISIONS, Collision
from engine.imaging.codecs.formats import WRITABLE
from engine.imaging.color import Pixels
from engine.models.catalog import SCALES
from engine.upscaling.request import PRECISIONS, Target
from srcnn_gui.choices.options import ModelChoice

Kind = Literal["waiting", "working", "done", "skipped", "failed"]
KINDS: tuple[Kind, ...] = ("waiting", "working", "done", "skipped", "failed")
# "" is the source's own; of two endings of one format, the first.
ENDINGS = ("", *{kind: ending for ending, kind in reversed(WRITABLE.items())}.values())
__all__ = [
    "COLLISIONS",
    "ENDINGS",
    "KINDS",
    "PRECISIONS",
    "SCALES",
    "Choices",
    "Counts",
    "Kind",
    "Row",
    "State",
    "View",
]


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    file: str  # below its folder
    kind: Kind
    state: str  # in words
    time: str = ""
    result: str = ""  # or the reason


@dataclass(frozen=True)
class Counts:
    """How many files are in each state; those in work are still to go."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    to_go: int = 0

    @property
    def total(self) -> int:
        return self.done + self.skipped + self.failed + self.to_go


@dataclass(frozen=True)
class Choices:
    """What a person chose; the window remembers it between starts."""

    scale: int = 3
    factor: float = 0.0  # instead of the scale, if it is not 0; so are the two below
    width: int = 0
    height: int = 0
    model: str = ""
    device: str = "auto"
    precision: str = "auto"
    ensemble: bool = False
    template: str = "{name}_x{scale}"
    collision: Collision = "number"
    ending: str = ""
    metadata: bool = True
    recursive: bool = True
    include: str = ""  # patterns, with commas between them
    exclude: str = ""

    @property
    def target(self) -> Target | None:
        """Another size than the scale's, if one was chosen."""
        if not (self.factor or self.width or self.height):
            return None
        return Target(self.factor or None, self.width or None, self.height or None)


@dataclass(frozen=True)
class State:
    """Everything the Batch page shows, but for the lines of its table."""

    source: str = ""  # in words; empty while there is none
    output: str = ""
    choices: Choices = field(default_factory=Choices)
    scales: tuple[int, ...] = ()
    size: str = ""  # in words, if it is not a scale's
    models: tuple[ModelChoice, ...] = ()
    model: ModelChoice | None = None
    devices: tuple[tuple[str, str], ...] = ()  # kinds and titles, best first
    example: str = ""
    template_error: str = ""
    listing: bool = False
    running: bool = False
    paused: bool = False
    stopping: bool = False
    can_start: bool = False
    start_words: str = ""
    counts: Counts = Counts()
    share: float = 0.0  # of the work, 0 to 1
    headline: str = ""
    current: str = ""
    time_left: str = ""
    summary: str = ""
    speed: str = ""
    failed_words: tuple[str, str] = ("", "")  # how many, and what it means
    can_retry: bool = False
    notice: str = ""
    status: str = ""

    @property
    def locked(self) -> bool:
        """Whether nothing can be chosen now."""
        return self.running or self.stopping


class Lines(Protocol):
    """The lines of the table, each put into words when it is asked for; of what kind each is, is known."""

    @property
    def kinds(self) -> Sequence[Kind]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Row: ...


class View(Protocol):
    """What the page must be able to do."""

    def display(self, state: State) -> None: ...
    def show_lines(self, lines: Lines, *, same: bool) -> None: ...
    def show_line(self, index: int) -> None: ...
    def show_look(self, index: int, picture: Pixels | None, size: str) -> None: ...
    def tell(self, title: str, words: str) -> None: ...
