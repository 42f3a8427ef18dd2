"""What the Benchmark page shows, as data, and what its view must be able to do."""

from dataclasses import dataclass
from typing import Literal, Protocol

SET5, SET14, FOLDER = "set5", "set14", "folder"
SCALES = (2, 3, 4)
BICUBIC = "bicubic"
Tone = Literal["", "muted", "good", "bad", "warning"]
# The authors' two networks that the papers' tables are about, and ours of the same sizes.
USUAL_MODELS = (BICUBIC, "9-1-5(91 images)", "9-5-5(ImageNet)", "our 9-1-5", "our 9-5-5")


@dataclass(frozen=True)
class Choices:
    """What a person chose; the window remembers it between starts. Several of a kind stand in a line each.

    Attributes
    ----------
    sets : SET5, SET14, FOLDER, which is then `folder`
    models : keys of `Option`
    """

    sets: str = f"{SET5}\n{SET14}"
    folder: str = ""
    scales: str = "2\n3\n4"
    models: str = "\n".join(USUAL_MODELS)
    device: str = "auto"
    ensemble: bool = False


@dataclass(frozen=True)
class Option:
    """Something that can take part: a set or a model."""

    key: str
    title: str
    tip: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Cell:
    """A figure of a table, or why there is none."""

    text: str = ""
    tone: Tone = ""
    tip: str = ""


@dataclass(frozen=True)
class Group:
    """A method's columns: its name, the token of its colour, and what stands over each column."""

    title: str
    color: str
    columns: tuple[str, ...]
    tip: str = ""


@dataclass(frozen=True)
class Line:
    """A row of a table: its cells stand under the groups' columns, one after the other."""

    title: str
    cells: tuple[Cell, ...]
    strong: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a head of two levels."""

    title: str = ""
    subtitle: str = ""
    groups: tuple[Group, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What the figures say, in a sentence; `icon` is "ok", "info", "warning" or "" for none."""

    icon: str = ""
    title: str = ""
    detail: str = ""


@dataclass(frozen=True)
class State:
    """Everything the Benchmark page shows."""

    choices: Choices = Choices()
    sets: tuple[Option, ...] = ()
    scales: tuple[int, ...] = ()  # those chosen
    models: tuple[Option, ...] = ()
    devices: tuple[tuple[str, str], ...] = ()  # kinds and titles, best first
    empty: bool = True  # there are no pictures to measure on: the page says what it is for
    missing: str = ""  # what was chosen and is not on this machine, in a sentence; empty if nothing is
    fetch_words: str = ""
    fetching: bool = False
    fetched: int = 0
    to_fetch: int = 0
    means: Table = Table()
    row: int = 0  # of the means, whose pictures are shown
    pictures: Table = Table()
    verdict: Verdict = Verdict()
    notes: tuple[str, str] = ("", "")  # convention and sources
    time: str = ""
    can_run: bool = False
    run_words: str = ""
    running: bool = False
    stopping: bool = False
    done: int = 0  # pictures of all that are to be measured
    total: int = 0
    can_export: bool = False
    notice: str = ""
    status: str = ""

    @property
    def locked(self) -> bool:
        """Whether nothing can be chosen now."""
        return self.running or self.stopping


class View(Protocol):
    """What the page must be able to do. `display` may be called at any time, with any state."""

    def display(self, state: State) -> None: ...
