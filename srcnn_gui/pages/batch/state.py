"""State of the Batch page, and the protocol that its view implements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.batch.naming import IF_EXISTS_CHOICES, IfExists
from engine.imaging.codecs.formats import WRITABLE
from engine.imaging.color import Pixels
from engine.models.catalog import SCALES
from engine.upscaling.request import MAX_DPI, PRECISIONS, Target
from srcnn_gui.choices.options import DEVICE_PATTERN, ModelChoice
from srcnn_gui.runtime.notice_action import NoticeAction, NoticeKind

# "unsavable" is the state of a file whose result cannot be saved, which is found before the batch starts.
FileState = Literal["queued", "working", "done", "skipped", "failed", "unsavable"]
FILE_STATES: tuple[FileState, ...] = ("queued", "working", "done", "skipped", "failed", "unsavable")
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
    """A row in the table of files.

    Attributes
    ----------
    file : path of the input file, relative to the input folder
    state : state of the file
    state_text, time : state and processing time, as text
    result : size of the result, its planned name, or the reason why the file was skipped or failed
    """

    file: str
    state: FileState
    state_text: str
    time: str = ""
    result: str = ""


@dataclass(frozen=True)
class Counts:
    """Number of files in each state. The file that is being processed counts as queued."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    queued: int = 0
    unsavable: int = 0

    @property
    def total(self) -> int:
        """Number of all files."""
        return self.done + self.skipped + self.failed + self.queued + self.unsavable


@dataclass(frozen=True)
class BatchSettings:
    """Settings of the Batch page, which are saved under the names of these fields.

    Attributes
    ----------
    scale : scale factor, used if `factor`, `width`, `height` and `longest` are 0
    factor : scale factor that is not in `SCALES`, or 0
    width, height, longest : width, height or longest side of the results in px, or 0
    dpi : resolution of a print size in px per inch, or 0 to keep that of the input
    strength : strength of the cleanup by photo models, from 0 to 100%
    sharpness : amount of the unsharp mask, from 0 to 100%
    template : template for the file names of the results
    extension : file extension of the results, or "" for the format of the input
    quality : quality of lossy formats, or 0 for the default of the format
    bits : bits per channel, or 0 for the bit depth of the input
    background : "white" or "black" for formats without transparency, or "" to refuse transparent images
    keep_time : whether results get the modification time of the input
    recursive : whether subfolders are searched
    include, exclude : glob patterns, separated by commas
    watch : whether images that are added to the folders later are also upscaled
    """

    scale: int = 3
    factor: float = 0.0
    width: int = 0
    height: int = 0
    longest: int = 0
    dpi: int = field(default=0, metadata={"range": (0, MAX_DPI)})
    model: str = ""
    device: str = field(default="auto", metadata={"pattern": DEVICE_PATTERN})
    precision: str = "auto"
    self_ensemble: bool = False
    strength: int = 100
    sharpness: int = 0
    seamless: bool = False
    template: str = "{name}_x{scale}"
    if_exists: IfExists = "number"
    extension: str = ""
    quality: int = 0
    bits: int = 0
    background: str = ""
    metadata: bool = True
    keep_time: bool = True
    recursive: bool = True
    include: str = ""
    exclude: str = ""
    watch: bool = False

    @property
    def target(self) -> Target | None:
        """Target size of the results, or None if images are upscaled by `scale`."""
        if not (self.factor or self.width or self.height or self.longest):
            return None
        sides = (self.width or None, self.height or None, self.longest or None)
        return Target(self.factor or None, *sides, self.dpi or None)


@dataclass(frozen=True)
class State:
    """All values that the Batch page shows, except the rows of its table.

    Attributes
    ----------
    source : description of the inputs, or "" if there are none
    output : path of the output folder
    scales : scale factors for which there is a model
    size : description of the target size, or "" if there is none
    models, devices : items of the menus
    example : example of the file name of a result
    template_error : error message if the name template is invalid, otherwise ""
    listing : whether the inputs are being searched for images
    start_text : text of the start button
    completed_fraction : completed fraction of the files, from 0 to 1
    headline : number of completed files and of all files, as text
    current : path of the file that is being processed
    summary : number of files in each state, as text
    failed_texts : number of failed files, and the consequences, as text
    can_retry : whether failed files can be processed again
    """

    source: str = ""
    output: str = ""
    settings: BatchSettings = field(default_factory=BatchSettings)
    scales: tuple[int, ...] = ()
    size: str = ""
    models: tuple[ModelChoice, ...] = ()
    model: ModelChoice | None = None
    devices: tuple[tuple[str, str], ...] = ()  # (key, title) pairs, fastest first
    example: str = ""
    template_error: str = ""
    listing: bool = False
    running: bool = False
    paused: bool = False
    stopping: bool = False
    can_start: bool = False
    start_text: str = ""
    counts: Counts = Counts()
    completed_fraction: float = 0.0
    headline: str = ""
    current: str = ""
    time_left: str = ""
    summary: str = ""
    speed: str = ""
    failed_texts: tuple[str, str] = ("", "")
    can_retry: bool = False
    notice: str = ""
    notice_actions: tuple[NoticeAction, ...] = ()
    notice_kind: NoticeKind = "warning"
    status: str = ""

    @property
    def locked(self) -> bool:
        """Whether the settings are locked, because a batch is running or stopping."""
        return self.running or self.stopping


class Rows(Protocol):
    """Sequence of table rows, which are formatted on access.

    `file_states` contains the state of every row.
    """

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
