"""State of the Batch page, and the protocol of its view."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.batch.naming import IF_EXISTS_CHOICES, IfExists
from engine.imaging.codecs.formats import WRITABLE
from engine.imaging.color import Pixels
from engine.models.catalog import SCALES
from engine.upscaling.request import PRECISIONS, Target
from srcnn_gui.choices.options import ModelChoice

Kind = Literal["waiting", "working", "done", "skipped", "failed"]
KINDS: tuple[Kind, ...] = ("waiting", "working", "done", "skipped", "failed")
# "" keeps the format of the input. Of several extensions of a format, the first is used.
ENDINGS = ("", *{kind: ending for ending, kind in reversed(WRITABLE.items())}.values())
__all__ = [
    "ENDINGS",
    "IF_EXISTS_CHOICES",
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
    """A row of the table."""

    file: str  # path relative to the input folder
    kind: Kind
    state: str  # display text
    time: str = ""
    result: str = ""  # the result, or the reason of a failure


@dataclass(frozen=True)
class Counts:
    """Number of files in each state; the file being processed counts as queued."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    queued: int = 0

    @property
    def total(self) -> int:
        return self.done + self.skipped + self.failed + self.queued


@dataclass(frozen=True)
class Choices:
    """Choices of the user; saved between starts under the names of the fields."""

    scale: int = 3
    factor: float = 0.0  # target size instead of the scale if not 0; likewise width and height
    width: int = 0
    height: int = 0
    model: str = ""
    device: str = "auto"
    precision: str = "auto"
    self_ensemble: bool = False
    template: str = "{name}_x{scale}"
    collision: IfExists = "number"
    ending: str = ""
    metadata: bool = True
    recursive: bool = True
    include: str = ""  # glob patterns, separated by commas
    exclude: str = ""

    @property
    def target(self) -> Target | None:
        """The target size, or None to upscale by `scale`."""
        if not (self.factor or self.width or self.height):
            return None
        return Target(self.factor or None, self.width or None, self.height or None)


@dataclass(frozen=True)
class State:
    """Everything that the Batch page shows, except the rows of its table."""

    source: str = ""  # display text; empty if there is none
    output: str = ""
    choices: Choices = field(default_factory=Choices)
    scales: tuple[int, ...] = ()
    size: str = ""  # display text of a target size
    models: tuple[ModelChoice, ...] = ()
    model: ModelChoice | None = None
    devices: tuple[tuple[str, str], ...] = ()  # keys and titles, fastest first
    example: str = ""
    template_error: str = ""
    listing: bool = False
    running: bool = False
    paused: bool = False
    stopping: bool = False
    can_start: bool = False
    start_words: str = ""
    counts: Counts = Counts()
    share: float = 0.0  # share of the work done, 0 to 1
    headline: str = ""
    current: str = ""
    time_left: str = ""
    summary: str = ""
    speed: str = ""
    failed_words: tuple[str, str] = ("", "")  # number of failed files, and the consequence
    can_retry: bool = False
    notice: str = ""
    status: str = ""

    @property
    def locked(self) -> bool:
        """Whether the choices are locked."""
        return self.running or self.stopping


class Rows(Protocol):
    """The rows of the table. The kinds are known; the text of a row is made on access."""

    @property
    def kinds(self) -> Sequence[Kind]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Row: ...


class View(Protocol):
    """The view of the page."""

    def display(self, state: State) -> None: ...
    def show_rows(self, rows: Rows, *, same: bool) -> None: ...
    def update_row(self, index: int) -> None: ...
    def set_thumbnail(self, index: int, image: Pixels | None, size: str) -> None: ...
    def notify(self, title: str, text: str) -> None: ...
