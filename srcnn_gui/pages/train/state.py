"""State of the Train page, and the protocol that its view implements."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.datasets.folders import STARTER
from engine.imaging.color import Pixels
from engine.training.events import Snapshot

T91, SET5, FOLDER = "t91", "set5", "folder"
ARCHS = ("9-1-5", "9-3-5", "9-5-5")  # architectures in the menu
SCALES = (2, 3, 4)  # scale factors in the side panel
DEVICES = ("auto", "cpu")  # devices in the menu
CUSTOM = "own"  # key of the preset if the settings match no preset
Points = tuple[tuple[int, float], ...]  # pairs of step and value
Phase = Literal["idle", "preparing", "running", "paused", "stopping", "done"]


@dataclass(frozen=True)
class TrainSettings:
    """Settings of the Train page. Each setting is saved under the name of its field.

    Attributes
    ----------
    source : training set: "t91", "starter", or "folder" for the images in `folder`
    folder : path of the user's own folder of images, or "" if none was selected
    arch : label of the architecture, such as "9-1-5" or "fsrcnn-56-12-4"
    n1, n2 : number of filters in the first and second layer
    scale : scale factor of the model
    preset : recipe preset: "quick", "better" or "paper", or CUSTOM if the settings match none of them
    optimizer, loss, precision, warmup_steps, ema_decay, weight_decay, grad_clip, loss_weighting, orientations,
        all_phases, quantized_share, patch_size : see `Recipe`
    degradation : degradation of the images as text, see `Degradation.parse`
    unit : unit of the training length: "minutes", "steps" or "epochs"
    minutes : length in minutes, or 0 for the number of steps in the paper
    steps, epochs : length in steps or epochs
    start_from : path of the model for a warm start, or "" for random initial weights
    batch_size, learning_rate : see `Recipe`
    rescaled : whether to add downscaled copies of the training images, see `Recipe.rescales`
    small_start : whether to use small initial weights in the first layer, see `Recipe.init_gain`
    validation_size : number of validation images, or 0 for the default
    patience : see `TrainRequest`, or 0 to use the whole length
    seed : seed of the random numbers
    device : "auto" or "cpu"
    mirror : URL to download T91 from, or "" for the official URLs
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
    patience: int = 0
    seed: int = 0
    device: str = "auto"
    mirror: str = ""
    loss: str = "mse"
    precision: str = "float32"
    warmup_steps: int = 200
    ema_decay: float = 0.998
    weight_decay: float = 0.0
    grad_clip: float = 0.0
    loss_weighting: float = 0.1
    orientations: bool = True
    all_phases: bool = False
    quantized_share: float = 0.0
    patch_size: int = 32
    degradation: str = ""


@dataclass(frozen=True)
class Source:
    """Entry in the training set menu. `available` is false if the images are missing."""

    key: str
    title: str
    available: bool = True


@dataclass(frozen=True)
class WarmStart:
    """Entry in the initial weights menu, which is a model for a warm start.

    Attributes
    ----------
    key : path of the model
    title : title of the model
    arch, n1, n2 : see `TrainSettings`
    """

    key: str
    title: str
    arch: str
    n1: int
    n2: int


@dataclass(frozen=True)
class Preset:
    """Recipe preset, with its title, its duration as text, and its tooltip."""

    key: str
    title: str
    time: str
    tooltip: str


@dataclass(frozen=True)
class Curves:
    """Training curves of a run.

    Attributes
    ----------
    losses : pairs of step and training loss (mean squared error)
    psnr : pairs of step and validation PSNR (dB)
    bicubic_db : validation PSNR of bicubic (dB), or None if it is not known yet
    test : pairs of step and PSNR on the test set (dB), which is for reporting only. Empty without a test set
    """

    losses: Points = ()
    psnr: Points = ()
    bicubic_db: float | None = None
    test: Points = ()

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and PSNR (dB) of the best validation, or None before the first validation."""
        return max(self.psnr, key=lambda point: point[1]) if self.psnr else None


@dataclass(frozen=True)
class PreviousRun:
    """Entry in the list of earlier runs.

    If `shown` is true, its curves are drawn behind the current ones.
    """

    name: str
    details: str
    shown: bool
    curves: Curves


@dataclass(frozen=True)
class Progress:
    """Content of the progress strip during a run.

    Attributes
    ----------
    title : current step or activity
    detail : current epoch, or number of processed images or patches
    time_left : remaining time
    rates : training speed and learning rate
    best : best validation PSNR so far
    done, total : completed and total number of steps, images or patches. A `total` of 0 means that it is unknown
    """

    title: str = ""
    detail: str = ""
    time_left: str = ""
    rates: str = ""
    best: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Outcome:
    """Result of a run, with the name and the path of the model, and texts that describe the result.

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
    source_note: str = ""  # description of the training set
    can_fetch: bool = False  # whether the training set must be downloaded
    fetching: bool = False  # whether the training set is being downloaded
    fetched: int = 0  # number of downloaded files
    to_fetch: int = 0  # total number of files to download
    training_set_rows: tuple[tuple[str, str], ...] = ()  # (label, value) pairs that describe the training set
    can_show_patches: bool = False
    skipped: str = ""  # names of the files and subfolders that are not used for training
    skipped_reasons: str = ""  # one per line
    warm_starts: tuple[WarmStart, ...] = ()
    presets: tuple[Preset, ...] = ()
    estimated_time: str = ""  # estimated duration of the run as text
    phase: Phase = "idle"
    can_start: bool = False
    can_stop: bool = False  # whether there is a checkpoint, whose model can be kept
    progress: Progress = Progress()
    curves: Curves = Curves()
    test_title: str = ""  # title of the curve of the test set
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
        return self.phase in ("preparing", "running", "paused", "stopping")


class View(Protocol):
    """Protocol of the view that `TrainPresenter` updates. `display` must accept any state at any time."""

    def display(self, state: State) -> None: ...
    def show_snapshot(self, snapshot: Snapshot | None) -> None: ...
    def show_patches(self, inputs: object, labels: object) -> None: ...
    def show_command(self, command: str, note: str) -> None: ...
    def show_validation_images(self, images: tuple[tuple[str, Pixels], ...]) -> None: ...
