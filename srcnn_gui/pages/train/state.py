"""What the Train page shows, as data, and what its view must be able to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.datasets.folders import STARTER
from engine.imaging.color import Pixels
from engine.training.events import Looked

T91, FOLDER = "t91", "folder"
ARCHS = ("9-1-5", "9-3-5", "9-5-5")
OWN = "own"  # settings that are none of the presets'
Points = tuple[tuple[int, float], ...]  # pairs of step and value
Phase = Literal["idle", "gathering", "running", "paused", "stopping", "done"]


@dataclass(frozen=True)
class Choices:
    """What a person chose; the window remembers it between starts.

    Attributes
    ----------
    source : "t91", "starter" or "folder", which is then `folder`
    arch, n1, n2, scale : of the network
    preset : "quick", "better" or "paper", or OWN once one of the following was changed
    optimiser, batch, learning_rate, rescaled, small_start : of the recipe
    unit : what the length is given in: "minutes", "steps" or "epochs"
    minutes : how long; 0 for as long as the paper took
    steps, epochs : how many
    start_from : the file of a model whose weights are the first; empty for new ones
    held_out : pictures; 0 for the usual number
    mirror : an address to download from instead of the published ones
    """

    source: str = STARTER
    folder: str = ""
    arch: str = ARCHS[0]
    n1: int = 64
    n2: int = 32
    scale: int = 3
    preset: str = "quick"
    optimiser: str = "adam"
    unit: str = "minutes"
    minutes: float = 5.0
    steps: int = 10_000
    epochs: int = 50
    start_from: str = ""
    batch: int = 32
    learning_rate: float = 0.001
    rescaled: bool = False
    small_start: bool = True
    held_out: int = 0
    seed: int = 0
    device: str = "auto"
    mirror: str = ""


@dataclass(frozen=True)
class Source:
    """Pictures that can be trained on."""

    key: str
    title: str
    there: bool = True


@dataclass(frozen=True)
class Start:
    """Weights that a training can begin with: a model's file, its title, and what network it makes."""

    key: str
    title: str
    arch: str
    n1: int
    n2: int


@dataclass(frozen=True)
class Preset:
    """A recipe as a card: its name, how long it takes, what it is for."""

    key: str
    title: str
    time: str
    tip: str


@dataclass(frozen=True)
class Curves:
    """What a run has shown so far: mean squared error and held-out PSNR (dB) by step."""

    losses: Points = ()
    psnr: Points = ()
    bicubic_db: float | None = None

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and PSNR of the best check."""
        return max(self.psnr, key=lambda point: point[1]) if self.psnr else None


@dataclass(frozen=True)
class OldRun:
    """A run of before: a line of the list, and its curves where they are laid under the present ones."""

    name: str
    facts: str
    shown: bool
    curves: Curves


@dataclass(frozen=True)
class Progress:
    """The strip over the curves while a run goes on, ready to show."""

    title: str = ""
    aside: str = ""
    left: str = ""
    rates: str = ""
    best: str = ""
    done: int = 0
    total: int = 0  # 0 while it is not known


@dataclass(frozen=True)
class Outcome:
    """A run that ended: its model's name and path, and what to say of it."""

    name: str
    path: str
    title: str
    detail: str


@dataclass(frozen=True)
class State:
    """Everything the Train page shows, but for pictures and filters."""

    choices: Choices = Choices()
    sources: tuple[Source, ...] = ()
    source_note: str = ""
    can_fetch: bool = False  # the pictures chosen are not on this machine
    fetching: bool = False
    fetched: int = 0
    to_fetch: int = 0
    patches: tuple[tuple[str, str], ...] = ()  # rows of the card
    can_show_patches: bool = False
    starts: tuple[Start, ...] = ()
    presets: tuple[Preset, ...] = ()
    time: str = ""
    phase: Phase = "idle"
    can_start: bool = False
    can_stop: bool = False  # there is something better than the start to keep
    progress: Progress = Progress()
    curves: Curves = Curves()
    held_out: str = ""  # under the curve's title
    to_show: tuple[Path, ...] = ()  # the pictures that a preview can be of
    outcome: Outcome | None = None
    interrupted: str = ""  # a run that waits to be resumed or saved: the sentence; empty if there is none
    can_resume: bool = True  # that run has steps left; otherwise its model only waits to be saved
    old_runs: tuple[OldRun, ...] = ()
    log: tuple[str, ...] = ()
    notice: str = ""
    status: str = ""

    @property
    def is_at_work(self) -> bool:
        """Whether a run is under way, paused or not."""
        return self.phase in ("gathering", "running", "paused", "stopping")


class View(Protocol):
    """What the page must be able to do. `display` may be called at any time, with any state."""

    def display(self, state: State) -> None: ...
    def show_look(self, look: Looked | None) -> None: ...
    def show_patches(self, inputs: object, labels: object) -> None: ...
    def show_held_out(self, pictures: tuple[tuple[str, Pixels], ...]) -> None: ...
