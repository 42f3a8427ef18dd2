"""State of the Train page, and the protocol of its view."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.datasets.folders import STARTER
from engine.imaging.color import Pixels
from engine.training.events import Snapshot

T91, FOLDER = "t91", "folder"
ARCHS = ("9-1-5", "9-3-5", "9-5-5")
OWN = "own"  # the settings match no preset
Points = tuple[tuple[int, float], ...]  # pairs of step and value
Phase = Literal["idle", "gathering", "running", "paused", "stopping", "done"]


@dataclass(frozen=True)
class Choices:
    """Choices of the user; saved between starts under the names of the fields.

    Attributes
    ----------
    source : "t91", "starter" or "folder"; the latter is the folder in `folder`
    arch, n1, n2, scale : filter sizes, numbers of filters and scale factor of the model
    preset : "quick", "better" or "paper", or OWN if the settings match none of them
    optimizer, batch_size, learning_rate, rescaled, small_start : see `Recipe`; `small_start` lowers `init_gain`
    unit : unit of the training length: "minutes", "steps" or "epochs"
    minutes : length in minutes; 0 for the number of steps in the paper
    steps, epochs : length in steps or epochs
    start_from : path of a model to start from; empty for random initial weights
    validation_size : number of validation images; 0 for the default
    mirror : URL to download from instead of the published addresses
    """

    source: str = STARTER
    folder: str = ""
    arch: str = ARCHS[0]
    n1: int = 64
    n2: int = 32
    scale: int = 3
    preset: str = "quick"
    optimizer: str = "adam"
    unit: str = "minutes"
    minutes: float = 5.0
    steps: int = 10_000
    epochs: int = 50
    start_from: str = ""
    batch_size: int = 32
    learning_rate: float = 0.001
    rescaled: bool = False
    small_start: bool = True
    validation_size: int = 0
    seed: int = 0
    device: str = "auto"
    mirror: str = ""


@dataclass(frozen=True)
class Source:
    """A training set that can be chosen."""

    key: str
    title: str
    available: bool = True


@dataclass(frozen=True)
class Start:
    """A model to start from: its path, title and architecture."""

    key: str
    title: str
    arch: str
    n1: int
    n2: int


@dataclass(frozen=True)
class Preset:
    """A recipe preset: its title, duration and tooltip."""

    key: str
    title: str
    time: str
    tip: str


@dataclass(frozen=True)
class Curves:
    """Loss (mean squared error) and validation PSNR (dB) of a run by step."""

    losses: Points = ()
    psnr: Points = ()
    bicubic_db: float | None = None

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and PSNR of the best validation, or None."""
        return max(self.psnr, key=lambda point: point[1]) if self.psnr else None


@dataclass(frozen=True)
class PreviousRun:
    """An earlier run in the list; `shown` draws its curves behind the current ones."""

    name: str
    facts: str
    shown: bool
    curves: Curves


@dataclass(frozen=True)
class Progress:
    """Texts and progress for the strip above the curves during a run."""

    title: str = ""
    aside: str = ""
    left: str = ""
    rates: str = ""
    best: str = ""
    done: int = 0
    total: int = 0  # 0 if unknown


@dataclass(frozen=True)
class Outcome:
    """The result of a completed run: its model and the texts about it."""

    name: str
    path: str
    title: str
    detail: str


@dataclass(frozen=True)
class State:
    """Everything that the Train page shows, except images and filters."""

    choices: Choices = Choices()
    sources: tuple[Source, ...] = ()
    source_note: str = ""
    can_fetch: bool = False  # the training set is not downloaded yet
    fetching: bool = False
    fetched: int = 0
    to_fetch: int = 0
    patches: tuple[tuple[str, str], ...] = ()  # rows of the patch set card
    can_show_patches: bool = False
    starts: tuple[Start, ...] = ()
    presets: tuple[Preset, ...] = ()
    time: str = ""
    phase: Phase = "idle"
    can_start: bool = False
    can_stop: bool = False  # there is a checkpoint to keep
    progress: Progress = Progress()
    curves: Curves = Curves()
    psnr_subtitle: str = ""  # caption of the PSNR curve
    preview_images: tuple[Path, ...] = ()  # validation images that the preview can show
    outcome: Outcome | None = None
    interrupted: str = ""  # message about a run to resume or save; empty if there is none
    can_resume: bool = True  # whether that run has steps left, or only its model has to be saved
    previous_runs: tuple[PreviousRun, ...] = ()
    log: tuple[str, ...] = ()
    notice: str = ""
    status: str = ""

    @property
    def is_at_work(self) -> bool:
        """Whether a run is in progress, including a paused one."""
        return self.phase in ("gathering", "running", "paused", "stopping")


class View(Protocol):
    """The view of the page. `display` can be called at any time with any state."""

    def display(self, state: State) -> None: ...
    def show_snapshot(self, look: Snapshot | None) -> None: ...
    def show_patches(self, inputs: object, labels: object) -> None: ...
    def show_validation_images(self, images: tuple[tuple[str, Pixels], ...]) -> None: ...
