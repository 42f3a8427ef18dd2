"""State of the Train page, and the protocol that its view implements."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.datasets.folders import STARTER
from engine.imaging.color import Pixels
from engine.training.events import Snapshot

T91, FOLDER = "t91", "folder"
ARCHS = ("9-1-5", "9-3-5", "9-5-5")
OWN = "own"  # key of the preset if the settings match none of the others
Points = tuple[tuple[int, float], ...]  # pairs of step and value
Phase = Literal["idle", "gathering", "running", "paused", "stopping", "done"]


@dataclass(frozen=True)
class TrainSettings:
    """Settings of the Train page, which are saved under the names of these fields.

    Attributes
    ----------
    source : training set, which is "t91", "starter" or "folder" for the path in `folder`
    arch, n1, n2, scale : filter sizes, numbers of filters and scale factor of the model
    preset : "quick", "better" or "paper", or OWN if the settings match none of them
    optimizer, batch_size, learning_rate : see `Recipe`
    rescaled : whether to add downscaled copies of the training images, see `Recipe.rescales`
    small_start : whether to use small initial weights in the first layer, see `Recipe.init_gain`
    unit : unit of the training length: "minutes", "steps" or "epochs"
    minutes : length in minutes, or 0 for the number of steps in the paper
    steps, epochs : length in steps or epochs
    start_from : path of a model to start from, or empty for random initial weights
    validation_size : number of validation images, or 0 for the default
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
    """A training set that the user can select. `available` is false if it must be downloaded first."""

    key: str
    title: str
    available: bool = True


@dataclass(frozen=True)
class WarmStart:
    """A model to start from, with its path, title and architecture."""

    key: str
    title: str
    arch: str
    n1: int
    n2: int


@dataclass(frozen=True)
class Preset:
    """A recipe preset, with its title, duration and tooltip."""

    key: str
    title: str
    time: str
    tooltip: str


@dataclass(frozen=True)
class Curves:
    """Curves of a run with the loss (mean squared error) and the validation PSNR (dB) by step."""

    losses: Points = ()
    psnr: Points = ()
    bicubic_db: float | None = None

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and PSNR (dB) of the best validation, or None before the first one."""
        return max(self.psnr, key=lambda point: point[1]) if self.psnr else None


@dataclass(frozen=True)
class PreviousRun:
    """An earlier run in the list. If `shown` is true, its curves are drawn behind the current ones."""

    name: str
    details: str
    shown: bool
    curves: Curves


@dataclass(frozen=True)
class Progress:
    """Texts and progress that the strip above the curves shows during a run."""

    title: str = ""
    detail: str = ""
    time_left: str = ""
    rates: str = ""
    best: str = ""
    done: int = 0
    total: int = 0  # number of steps or images, 0 if unknown


@dataclass(frozen=True)
class Outcome:
    """Result of a run, with the name and path of its model and the texts that describe it.

    `has_improved` is false if the model has the initial weights of the run.
    """

    name: str
    path: str
    title: str
    detail: str
    has_improved: bool = True


@dataclass(frozen=True)
class State:
    """All values that the Train page shows, except images and filters."""

    settings: TrainSettings = TrainSettings()
    sources: tuple[Source, ...] = ()
    source_note: str = ""
    can_fetch: bool = False  # whether the training set must be downloaded
    fetching: bool = False
    fetched: int = 0
    to_fetch: int = 0
    patches: tuple[tuple[str, str], ...] = ()  # labels and values for the size of the training set
    can_show_patches: bool = False
    skipped: str = ""  # names of the files and subfolders that are not used for training
    skipped_reasons: str = ""  # one per line
    starts: tuple[WarmStart, ...] = ()
    presets: tuple[Preset, ...] = ()
    time: str = ""
    phase: Phase = "idle"
    can_start: bool = False
    can_stop: bool = False  # whether there is a checkpoint, whose model can be kept
    progress: Progress = Progress()
    curves: Curves = Curves()
    psnr_subtitle: str = ""  # caption of the card with the PSNR curve
    preview_images: tuple[Path, ...] = ()  # validation images for the preview
    outcome: Outcome | None = None
    interrupted: str = ""  # message about an interrupted run, empty if there is none
    can_resume: bool = True  # if false, that run is complete and only its model must be saved
    previous_runs: tuple[PreviousRun, ...] = ()
    log: tuple[str, ...] = ()
    notice: str = ""
    status: str = ""

    @property
    def is_active(self) -> bool:
        """Whether a run is in progress. This includes a paused run."""
        return self.phase in ("gathering", "running", "paused", "stopping")


class View(Protocol):
    """Protocol of the view that `TrainPresenter` updates. `display` must accept any state at any time."""

    def display(self, state: State) -> None: ...
    def show_snapshot(self, snapshot: Snapshot | None) -> None: ...
    def show_patches(self, inputs: object, labels: object) -> None: ...
    def show_validation_images(self, images: tuple[tuple[str, Pixels], ...]) -> None: ...
