"""State of the Benchmark page, and the protocol that its view implements."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from srcnn_gui.choices.options import DEVICE_PATTERN

SET5, SET14, FOLDER = "set5", "set14", "folder"
SCALES = (2, 3, 4)
JPEG_QUALITIES = (0, 95, 90, 75, 50, 30)  # of the degraded images; 0 for none
NOISE_LEVELS = (0, 3, 5, 10, 15)  # standard deviation of the noise, in 8-bit levels; 0 for none
BICUBIC = "bicubic"
Tone = Literal["", "muted", "good", "bad", "warning"]
# Default selection: two official models from the papers' tables, the built-in models of the same architectures, and
# the default model.
DEFAULT_MODELS = (
    BICUBIC,
    "9-1-5(91 images)",
    "9-5-5(ImageNet)",
    "built-in:srcnn-9-1-5",
    "built-in:srcnn-9-5-5",
    "built-in:compact-s",
)


@dataclass(frozen=True)
class BenchmarkSettings:
    """Settings of the Benchmark page, which are saved under the names of these fields.

    The items of a list are separated by newlines.

    Attributes
    ----------
    test_sets : selected test sets: SET5, SET14, or FOLDER, which stands for the path in `folder`
    scales : selected scale factors
    models : keys of the selected methods, as in `SelectableItem.key`
    jpeg_quality : JPEG quality of the downscaled images, or 0 for no compression
    noise : standard deviation of the noise in the downscaled images, in 8-bit levels
    """

    test_sets: str = f"{SET5}\n{SET14}"
    folder: str = ""
    scales: str = "2\n3\n4"
    models: str = "\n".join(DEFAULT_MODELS)
    device: str = field(default="auto", metadata={"pattern": DEVICE_PATTERN})
    self_ensemble: bool = False
    jpeg_quality: int = field(default=0, metadata={"range": (0, 100)})
    noise: int = field(default=0, metadata={"range": (0, 128)})


@dataclass(frozen=True)
class SelectableItem:
    """A test set or a model that the user can select in the side panel."""

    key: str
    title: str
    tooltip: str = ""
    selected: bool = False


@dataclass(frozen=True)
class Cell:
    """A table cell that contains a value or the reason why there is none."""

    text: str = ""
    tone: Tone = ""
    tooltip: str = ""


@dataclass(frozen=True)
class ColumnGroup:
    """Group of table columns for a method. `color` is the name of a field of `theme.Tokens`."""

    title: str
    color: str
    columns: tuple[str, ...]
    tooltip: str = ""


@dataclass(frozen=True)
class TableRow:
    """A table row, with one cell for each column of each group. `strong` shows its title in bold."""

    title: str
    cells: tuple[Cell, ...]
    strong: bool = False
    tooltip: str = ""


@dataclass(frozen=True)
class Table:
    """A table of scores whose header shows the methods above their column titles."""

    title: str = ""
    subtitle: str = ""
    groups: tuple[ColumnGroup, ...] = ()
    rows: tuple[TableRow, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Summary of the results. `icon` is "ok", "info" or "warning", or "" for no icon."""

    icon: str = ""
    title: str = ""
    detail: str = ""


@dataclass(frozen=True)
class State:
    """All values that the Benchmark page shows.

    Attributes
    ----------
    scales : selected scale factors
    empty : whether an introduction is shown, because no selected test set is available
    missing : message about missing downloads, or "" if nothing is missing
    fetch_text, run_text : texts of the buttons
    fetched, to_fetch : number of downloaded files, and of all files to download
    mean_table : table of mean scores
    selected_row : row of `mean_table` for which `image_table` is shown
    image_table : table with the scores of individual images
    notes : notes on the evaluation protocol and on the sources of the published scores
    estimated_time : estimated time of a run, as text
    done, total : number of measured images, and of all images in the run
    """

    settings: BenchmarkSettings = BenchmarkSettings()
    test_sets: tuple[SelectableItem, ...] = ()
    scales: tuple[int, ...] = ()
    models: tuple[SelectableItem, ...] = ()
    devices: tuple[tuple[str, str], ...] = ()  # (key, title) pairs, fastest first
    empty: bool = True
    missing: str = ""
    fetch_text: str = ""
    fetching: bool = False
    fetched: int = 0
    to_fetch: int = 0
    mean_table: Table = Table()
    selected_row: int = 0
    image_table: Table = Table()
    verdict: Verdict = Verdict()
    notes: tuple[str, str] = ("", "")
    estimated_time: str = ""
    can_run: bool = False
    run_text: str = ""
    running: bool = False
    stopping: bool = False
    done: int = 0
    total: int = 0
    can_export: bool = False
    notice: str = ""
    status: str = ""

    @property
    def locked(self) -> bool:
        """Whether the settings are locked, because a benchmark is running or stopping."""
        return self.running or self.stopping


class View(Protocol):
    """Protocol of the view that `BenchmarkPresenter` updates."""

    def display(self, state: State) -> None: ...
