"""State of the Batch page, and the protocol that its view implements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.batch.naming import IF_EXISTS_CHOICES, IfExists
from engine.imaging.codecs.formats import WRITABLE
from engine.imaging.color import Pixels
from engine.models.catalog import SCALES
from engine.upscaling.request import PRECISIONS, Target
from srcnn_gui.choices.options import ModelChoice

FileState = Literal["queued", "working", "done", "skipped", "failed"]
FILE_STATES: tuple[FileState, ...] = ("queued", "working", "done", "skipped", "failed")
# "" keeps the format of the input. If a format has several extensions, the first one is used.
EXTENSIONS = ("", *{kind: ending for ending, kind in reversed(WRITABLE.items())}.values())
__all__ = [
    "EXTENSIONS",
    "FILE_STATES",
    "IF_EXISTS_CHOICES",
    "PRECISIONS",
    "SCALES",
    "BatchSettings",
    "Counts",
    "FileState",
    "Row",
    "State",
    "View",
]


@dataclass(frozen=True)
class Row:
    """Texts of a row in the table of files."""

    file: str  # path relative to the input folder
    kind: FileState
    state: str  # display text
    time: str = ""
    result: str = ""  # size of the result, its planned name, or why the file was skipped or failed


@dataclass(frozen=True)
class Counts:
    """Number of files in each state. The file that is being processed counts as queued."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    queued: int = 0

    @property
    def total(self) -> int:
        return self.done + self.skipped + self.failed + self.queued


@dataclass(frozen=True)
class BatchSettings:
    """Settings of the Batch page, which are saved under the names of these fields."""

    scale: int = 3
    factor: float = 0.0  # if factor, width (px), height (px) or longest side (px) is not 0, it replaces `scale`
    width: int = 0
    height: int = 0
    longest: int = 0
    model: str = ""
    device: str = "auto"
    precision: str = "auto"
    self_ensemble: bool = False
    strength: int = 100  # percentage of the cleanup by photo models
    sharpness: int = 0  # percentage of the unsharp mask
    seamless: bool = False
    template: str = "{name}_x{scale}"
    if_exists: IfExists = "number"
    extension: str = ""
    quality: int = 0  # 0 for the default of the format
    bits: int = 0  # bits per channel, 0 for those of the input
    background: str = ""  # "white", "black", or "" to refuse transparency that the format can't store
    metadata: bool = True
    keep_time: bool = True
    recursive: bool = True
    include: str = ""  # glob patterns, separated by commas
    exclude: str = ""

    @property
    def target(self) -> Target | None:
        """Target size of the results, or None if images are upscaled by `scale`."""
        if not (self.factor or self.width or self.height or self.longest):
            return None
        return Target(self.factor or None, self.width or None, self.height or None, self.longest or None)


@dataclass(frozen=True)
class State:
    """All values that the Batch page shows, except the rows of its table."""

    source: str = ""  # description of the inputs, empty if there are none
    output: str = ""
    settings: BatchSettings = field(default_factory=BatchSettings)
    scales: tuple[int, ...] = ()
    size: str = ""  # description of the target size, empty if there is none
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
    start_text: str = ""
    counts: Counts = Counts()
    completed_fraction: float = 0.0  # of the files, from 0 to 1
    headline: str = ""
    current: str = ""
    time_left: str = ""
    summary: str = ""
    speed: str = ""
    failed_texts: tuple[str, str] = ("", "")  # text with the number of failed files, and what happens to them
    can_retry: bool = False
    notice: str = ""
    status: str = ""

    @property
    def locked(self) -> bool:
        """Whether the settings are locked, because a batch is running or stopping."""
        return self.running or self.stopping


class Rows(Protocol):
    """Rows of the table. `file_states` is available for all rows, but a row is formatted only on access."""

    @property
    def file_states(self) -> Sequence[FileState]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Row: ...


class View(Protocol):
    """Protocol of the view that `BatchPresenter` updates."""

    def display(self, state: State) -> None: ...
    def show_rows(self, rows: Rows, *, same_files: bool) -> None: ...
    def update_row(self, index: int) -> None: ...
    def set_thumbnail(self, index: int, image: Pixels | None, size: str) -> None: ...
    def notify(self, title: str, text: str) -> None: ...
