"""State of the Benchmark page, and the protocol of its view."""

from dataclasses import dataclass
from typing import Literal, Protocol

SET5, SET14, FOLDER = "set5", "set14", "folder"
SCALES = (2, 3, 4)
BICUBIC = "bicubic"
Tone = Literal["", "muted", "good", "bad", "warning"]
# The two official models in the papers' tables, and the built-in models of the same architecture.
DEFAULT_MODELS = (BICUBIC, "9-1-5(91 images)", "9-5-5(ImageNet)", "our 9-1-5", "our 9-5-5")


@dataclass(frozen=True)
class Choices:
    """Choices of the user; saved between starts under the names of the fields.

    Lists are separated by newlines.

    Attributes
    ----------
    sets : SET5, SET14 and FOLDER; the latter is the folder in `folder`
    models : keys of `Option`
    """

    sets: str = f"{SET5}\n{SET14}"
    folder: str = ""
    scales: str = "2\n3\n4"
    models: str = "\n".join(DEFAULT_MODELS)
    device: str = "auto"
    self_ensemble: bool = False


@dataclass(frozen=True)
class Option:
    """A test set or a model in the list of choices."""

    key: str
    title: str
    tip: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a value, or the reason why there is none."""

    text: str = ""
    tone: Tone = ""
    tip: str = ""


@dataclass(frozen=True)
class Group:
    """The columns of a method: its name, theme color token and column titles."""

    title: str
    color: str
    columns: tuple[str, ...]
    tip: str = ""


@dataclass(frozen=True)
class TableRow:
    """A row of a table; its cells follow the columns of all groups in order."""

    title: str
    cells: tuple[Cell, ...]
    strong: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a two-level header."""

    title: str = ""
    subtitle: str = ""
    groups: tuple[Group, ...] = ()
    lines: tuple[TableRow, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """A summary of the results; `icon` is "ok", "info", "warning" or "" for none."""

    icon: str = ""
    title: str = ""
    detail: str = ""


@dataclass(frozen=True)
class State:
    """Everything that the Benchmark page shows."""

    choices: Choices = Choices()
    sets: tuple[Option, ...] = ()
    scales: tuple[int, ...] = ()  # the chosen scales
    models: tuple[Option, ...] = ()
    devices: tuple[tuple[str, str], ...] = ()  # keys and titles, fastest first
    empty: bool = True  # no test set is available: the page shows an introduction
    missing: str = ""  # message about missing downloads; empty if nothing is missing
    fetch_words: str = ""
    fetching: bool = False
    fetched: int = 0
    to_fetch: int = 0
    means: Table = Table()
    row: int = 0  # row of the means whose images are shown
    images: Table = Table()
    verdict: Verdict = Verdict()
    notes: tuple[str, str] = ("", "")  # evaluation protocol and sources
    time: str = ""
    can_run: bool = False
    run_words: str = ""
    running: bool = False
    stopping: bool = False
    done: int = 0  # number of measured images
    total: int = 0
    can_export: bool = False
    notice: str = ""
    status: str = ""

    @property
    def locked(self) -> bool:
        """Whether the choices are locked."""
        return self.running or self.stopping


class View(Protocol):
    """The view of the page. `display` can be called at any time with any state."""

    def display(self, state: State) -> None: ...
