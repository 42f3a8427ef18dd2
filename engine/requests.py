"""What can be asked of a job: frozen, and checked when it is made, so that no job starts with nonsense."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Literal

from engine.errors import BadRequest, Message, fill, mark
from engine.models import Model, ModelSpec

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
MOST_TIMES = 16
MOST_SIDE = 65_535  # px, what JPEG can hold
SMALLEST_TILE = 32  # px; below that a tile is nearly all margin


def _require(ok: bool, setting: str, value: object, allowed: str) -> None:
    if not ok:
        raise BadRequest(setting=setting, value=value if isinstance(value, Message) else str(value), allowed=allowed)


def is_patch_file(path: Path) -> bool:
    """Whether a path names a file of patches (train.h5) and not a folder of pictures."""
    return path.suffix.lower() in (".h5", ".hdf5")


def _require_patches_large_enough(spec: ModelSpec) -> None:
    """A patch of 33 px must leave a label."""
    _require(spec.margin_px <= 13, mark("The architecture"), spec.arch, mark("at most 26 px wide in all"))


@dataclass(frozen=True)
class Target:
    """How large an enlargement is to become, if not by the model's own factor: exactly one of the three.

    Attributes
    ----------
    factor : from 1 to 16, not only whole ones
    width, height : px; the other side follows
    """

    factor: float | None = None
    width: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        given = sum(value is not None for value in (self.factor, self.width, self.height))
        _require(given == 1, mark("The size"), given, mark("given once: as a factor, a width or a height"))
        factor_ok = self.factor is None or 1 <= self.factor <= MOST_TIMES
        _require(factor_ok, mark("The scale"), self.factor, mark("from 1 to 16"))
        for side in (self.width, self.height):
            _require(side is None or 1 <= side <= MOST_SIDE, mark("The size"), side, mark("from 1 to 65535 px"))

    def times(self, height: int, width: int) -> float:
        """The factor for a picture of this size; raises BadRequest if it would have to shrink, or grow too much."""
        if self.factor is not None:
            return self.factor
        times = self.width / width if self.width is not None else (self.height or 0) / height
        allowed = fill(mark("from 1 to 16 times that of the picture, {size} px"), size=f"{width} × {height}")
        _require(1 <= times <= MOST_TIMES, mark("The size"), f"{self.width or self.height} px", allowed)
        return times

    def fits(self, height: int, width: int) -> bool:
        """Whether a picture of this size can be brought to it."""
        try:
            self.times(height, width)
        except BadRequest:
            return False
        return True

    def size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the enlargement of a picture of this size, at least 1 x 1."""
        times = self.times(height, width)
        return self.height or max(1, round(height * times)), self.width or max(1, round(width * times))


@dataclass(frozen=True)
class UpscaleRequest:
    """Enlarge one picture.

    Attributes
    ----------
    model : the model; its scale is the factor, unless there is a target
    device : "auto", "cpu", "cuda" or "mps"
    reference : the picture is the ground truth: reduce it first, then enlarge and score
    compare : fill the bicubic pane too (always, if there is a ground truth)
    tile : side of a tile in px, or None for the table's
    ensemble : average over the eight flips and quarter turns: better, and eight times slower
    precision : "auto", "float32", "bfloat16" or "float16"
    target : another size: the next model up of the same architecture, then bicubic to the size. A picture that is
        its own ground truth can only be given a factor
    """

    model: Model
    device: str = "auto"
    reference: bool = False
    compare: bool = True
    tile: int | None = None
    ensemble: bool = False
    precision: str = "auto"
    target: Target | None = None

    def __post_init__(self) -> None:
        by_factor = self.target is None or self.target.factor is not None
        _require(by_factor or not self.reference, mark("The size"), mark("in pixels"), mark("a factor here"))
        _require(self.precision in PRECISIONS, mark("The precision"), self.precision, ", ".join(PRECISIONS))
        tile_ok = self.tile is None or 1 <= self.tile <= 8192
        _require(tile_ok, mark("The tile size"), self.tile, mark("from 1 to 8192 px"))

    def times(self, height: int, width: int) -> float:
        """How many times larger a picture of this size becomes."""
        return self.target.times(height, width) if self.target else float(self.model.spec.scale)


@dataclass(frozen=True)
class EvaluateRequest:
    """Score a model on a folder of ground-truth pictures, as the papers do."""

    folder: Path
    model: Model
    device: str = "auto"
    tile: int | None = None
    ensemble: bool = False
    precision: str = "float32"  # a published figure is float32's

    def __post_init__(self) -> None:
        UpscaleRequest(self.model, self.device, tile=self.tile, precision=self.precision)  # checks what it is asked


@dataclass(frozen=True)
class FetchRequest:
    """Download a published set.

    Attributes
    ----------
    name : "t91", "set5", "set14" or "official-weights"
    folder : where the sets lie; the program's own data folder if None
    mirror : an address (http or https) below which the files lie by their names, tried instead of the published ones
    """

    name: str
    folder: Path | None = None
    mirror: str | None = None

    def __post_init__(self) -> None:
        mirror_ok = self.mirror is None or self.mirror.startswith(("http://", "https://"))
        _require(mirror_ok, mark("The mirror"), self.mirror, mark("an http or https address"))


@dataclass(frozen=True)
class ExportRequest:
    """Write the patch set of a folder's pictures into a file, in the layout of the authors' train.h5."""

    folder: Path
    spec: ModelSpec
    output: Path

    def __post_init__(self) -> None:
        _require_patches_large_enough(self.spec)
        _require(is_patch_file(self.output), mark("The patch file"), self.output.name, ".h5")


@dataclass(frozen=True)
class Recipe:
    """How a network is fitted. The defaults are what was found to work in minutes on two cores.

    Attributes
    ----------
    optimiser : "adam", "adamw", or "sgd" for the paper's own: momentum 0.9, summed loss, slow last layer, Gaussian
        start
    learning_rate : at its peak
    batch : patches a step
    warm_up : steps until the rate is at its peak (Adam)
    average : weight of the past in the moving average of the weights; 0 for none
    orientations : show every patch in all eight flips and quarter turns
    rescales : further copies of the pictures, reduced by these factors, for more patches
    phases : cut at every offset from the grid of the reduction: scale squared as many patches, of other small pictures
    rounded : share of the patches whose small picture is rounded to 8 bits first, as a file's is
    weight_decay : how much the weights are drawn to zero, in parts of the learning rate (AdamW)
    clip : the longest step in the weights' gradient (its Euclidean norm); 0 for any length
    balance : how evenly patches count, whatever their error: each counts by one over its bicubic error and this
        share of the mean one. The figure wanted is a mean of PSNRs, so an error counts by its ratio to a picture's
        others; the plain squared error (0) is ruled by the few patches that nothing can mend. 0.1 found to work
    first_filters : how large the first layer's random filters start, in parts of the usual (Adam). From 0.1 what they
        learn soon outgrows the noise they began as, and they can be seen to form: 0.05 dB less after 1,500 steps
    """

    optimiser: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = 1e-3
    batch: int = 32  # fewer patches, more steps a minute: in three minutes 32 came further than 16 or 64
    warm_up: int = 200
    average: float = 0.998  # about the last 500 steps
    orientations: bool = True
    rescales: tuple[float, ...] = ()
    phases: bool = False
    rounded: float = 0.0
    weight_decay: float = 0.0
    clip: float = 0.0
    balance: float = 0.0
    first_filters: float = 1.0

    def __post_init__(self) -> None:
        known = self.optimiser in ("adam", "adamw", "sgd")
        _require(known, mark("The optimiser"), self.optimiser, mark("adam, adamw or sgd"))
        _require(1 <= self.batch <= 65536, mark("The batch size"), self.batch, mark("from 1 to 65536"))
        _require(0 < self.learning_rate < 1, mark("The learning rate"), self.learning_rate, mark("between 0 and 1"))
        _require(self.warm_up >= 0, mark("The warm-up"), self.warm_up, mark("at least 0 steps"))
        _require(0 <= self.average < 1, mark("The average"), self.average, mark("from 0 to under 1"))
        rescales_ok = all(0.2 <= factor < 1 for factor in self.rescales)
        _require(rescales_ok, mark("A rescale"), self.rescales, mark("from 0.2 to under 1"))
        _require(0 <= self.rounded <= 1, mark("The rounded share"), self.rounded, mark("from 0 to 1"))
        decay_ok = 0 <= self.weight_decay < 1 and (self.optimiser == "adamw" or not self.weight_decay)
        _require(decay_ok, mark("The weight decay"), self.weight_decay, mark("from 0 to under 1, and only of adamw"))
        _require(self.clip >= 0, mark("The clipping"), self.clip, mark("at least 0"))
        balance_ok = 0 <= self.balance <= 100 and (self.optimiser != "sgd" or not self.balance)
        _require(balance_ok, mark("The balance"), self.balance, mark("from 0 to 100, and not with sgd"))
        _require(0 < self.first_filters <= 1, mark("The first filters"), self.first_filters, mark("from over 0 to 1"))

    @property
    def in_words(self) -> str:
        """A line for the model card."""
        parts = [f"{self.optimiser} {self.learning_rate:g}", f"batch {self.batch}"]
        parts.extend([f"average {self.average:g}"] if self.average else [])
        parts.extend(["rescales " + " ".join(f"{factor:g}" for factor in self.rescales)] if self.rescales else [])
        parts.extend(["every phase"] if self.phases else [])
        further = {"rounded": self.rounded, "decay": self.weight_decay, "clip": self.clip, "balance": self.balance}
        for name, value in further.items():
            parts.extend([f"{name} {value:g}"] if value else [])
        if self.first_filters < 1:
            parts.append(f"first filters from {self.first_filters:g}")
        return ", ".join(parts)


STANDARD_RECIPE = Recipe(balance=0.1)  # worth 0.03 dB after 5,854 steps of 9-5-5 (docs/decisions/0002)

# Dong et al. 2015, section 3.3, and the authors' solver file: 8e8 backprops, three days on their GPU.
PAPER_RECIPE = Recipe("sgd", learning_rate=1e-4, batch=128, warm_up=0, average=0, orientations=False)


@dataclass(frozen=True)
class TrainRequest:
    """Fit a model to a folder of pictures, or to a patch file.

    Attributes
    ----------
    source : a folder of pictures, or a patch file (train.h5)
    spec : architecture and scale
    output : the .safetensors file that always holds the best model so far
    minutes : how long, roughly; turned into a step count once, at the start. Exactly one of minutes, steps and epochs
    steps : how many steps
    epochs : how many times through all patches
    recipe : how
    held_out : pictures kept from training to choose the best model by; None for five, or a quarter of a few. Of a
        patch file it is patches, and None is a twentieth
    seed : decides the hold-out, the initial weights and the order of the patches
    warm_start : a model of the same architecture to start from, or None
    resume : go on from the checkpoint beside `output`; its length is then that of the run
    device : "auto", "cpu", "cuda" or "mps"
    watched : somebody looks on: say what the network looks like too (events.Looked)
    """

    source: Path
    spec: ModelSpec
    output: Path
    minutes: float | None = None
    steps: int | None = None
    epochs: int | None = None
    recipe: Recipe = STANDARD_RECIPE
    held_out: int | None = None
    seed: int = 0
    warm_start: Model | None = None
    resume: bool = False
    device: str = "auto"
    watched: bool = False

    def __post_init__(self) -> None:
        lengths = sum(length is not None for length in (self.minutes, self.steps, self.epochs))
        if self.resume:
            _require(lengths == 0, mark("The length"), mark("given"), mark("left out: the run keeps its own"))
        else:
            _require(lengths == 1, mark("The length"), lengths, mark("given once, in minutes, steps or epochs"))
        minutes_ok = self.minutes is None or (isfinite(self.minutes) and self.minutes > 0)
        _require(minutes_ok, mark("The time"), self.minutes, mark("more than 0 minutes"))
        _require(self.steps is None or self.steps > 0, mark("The number of steps"), self.steps, mark("at least 1"))
        _require(self.epochs is None or self.epochs > 0, mark("The number of epochs"), self.epochs, mark("at least 1"))
        held_out_ok = self.held_out is None or self.held_out >= 1
        _require(held_out_ok, mark("The number of held-out pictures"), self.held_out, mark("at least 1"))
        _require(self.seed >= 0, mark("The seed"), self.seed, mark("at least 0"))
        _require_patches_large_enough(self.spec)
        cut_here = self.recipe.rescales or self.recipe.phases or self.recipe.rounded
        of_pictures = mark("made of pictures; a patch file has its patches already")
        _require(not (cut_here and is_patch_file(self.source)), mark("The patch set"), self.source.name, of_pictures)
        _require(self.output.suffix == ".safetensors", mark("The model file"), self.output.name, ".safetensors")
        warm = self.warm_start
        same = warm is None or (warm.spec.arch, warm.spec.n1, warm.spec.n2) == (
            self.spec.arch,
            self.spec.n1,
            self.spec.n2,
        )
        _require(same, mark("The model to start from"), warm.spec.arch if warm else "", self.spec.arch)
