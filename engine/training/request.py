"""The requests of a training and of a patch file: frozen, and validated when they are created."""

from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from engine.errors import RecipeUnreadable, fill, mark, require
from engine.models.catalog import Model, ModelSpec

SEEDS = 2**32  # how many torch tells apart on a CPU: it takes larger ones too, but uses their last 32 bits alone
_MOST_STEPS = 10**12  # the paper's training, days on a GPU, has under 10**7
_MOST_MINUTES = 10**7  # 19 years

# Present field names of recipes by the names that earlier versions stored.
_FORMER_NAMES: dict[str, str] = {}


def is_patch_file(path: Path) -> bool:
    """Whether a path names a file of patches (train.h5) and not a folder of pictures."""
    return path.suffix.lower() in (".h5", ".hdf5")


def _require_patches_large_enough(spec: ModelSpec) -> None:
    """A patch of 33 px must leave a label."""
    require(spec.margin_px <= 13, mark("The architecture"), spec.arch, mark("at most 26 px wide in all"))


@dataclass(frozen=True)
class Recipe:
    """How a network is fitted. The defaults are what was found to work in minutes on two cores.

    Attributes
    ----------
    optimiser : "adam", "adamw", or "sgd" for the paper's own: momentum 0.9, summed loss, slow last layer, Gaussian
        start
    learning_rate : at its peak
    batch : patches a step
    warm_up : steps until the rate is at its peak (Adam); at most a tenth of the run's steps (network.schedule)
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
    precision : what layer 2 is computed in, "float32" or "bfloat16"; the weights are float32 in any case. On a
        processor with matrix tiles (AMX) a 9-5-5 takes 2.6 times as many steps a second in bfloat16
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
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        known = self.optimiser in ("adam", "adamw", "sgd")
        require(known, mark("The optimiser"), self.optimiser, mark("adam, adamw or sgd"))
        require(1 <= self.batch <= 65536, mark("The batch size"), self.batch, mark("from 1 to 65536"))
        require(0 < self.learning_rate < 1, mark("The learning rate"), self.learning_rate, mark("between 0 and 1"))
        require(self.warm_up >= 0, mark("The warm-up"), self.warm_up, mark("at least 0 steps"))
        require(0 <= self.average < 1, mark("The average"), self.average, mark("from 0 to under 1"))
        rescales_ok = all(0.2 <= factor < 1 for factor in self.rescales)
        require(rescales_ok, mark("A rescale"), self.rescales, mark("from 0.2 to under 1"))
        require(0 <= self.rounded <= 1, mark("The rounded share"), self.rounded, mark("from 0 to 1"))
        decay_ok = 0 <= self.weight_decay < 1 and (self.optimiser == "adamw" or not self.weight_decay)
        require(decay_ok, mark("The weight decay"), self.weight_decay, mark("from 0 to under 1, and only of adamw"))
        require(self.clip >= 0 and isfinite(self.clip), mark("The clipping"), self.clip, mark("a number from 0"))
        balance_ok = not self.balance or (1e-6 <= self.balance <= 100 and self.optimiser != "sgd")
        require(balance_ok, mark("The balance"), self.balance, mark("0, or from 0.000001 to 100 and not with sgd"))
        require(0 < self.first_filters <= 1, mark("The first filters"), self.first_filters, mark("from over 0 to 1"))
        precision_ok = self.precision in ("float32", "bfloat16")
        require(precision_ok, mark("The precision"), self.precision, "float32, bfloat16")

    def to_dict(self) -> dict[str, Any]:
        """Give the recipe as JSON, as a model card, a run's file and a checkpoint store it."""
        return asdict(self) | {"rescales": list(self.rescales)}

    @classmethod
    def from_dict(cls, stored: object) -> "Recipe":
        """Read what `to_dict` gave. A missing field has its default: there was no such setting yet.

        Raises
        ------
        RecipeUnreadable
            If it is no such table, or has fields that this version does not know, which are named.
        BadRequest
            If a value is out of range.
        """
        if not isinstance(stored, dict):
            raise RecipeUnreadable(reason=mark("it is damaged."))
        told = {_FORMER_NAMES.get(name, name): value for name, value in stored.items()}
        unknown = told.keys() - {field.name for field in fields(cls)}
        if unknown:
            names = ", ".join(sorted(map(str, unknown)))
            raise RecipeUnreadable(
                reason=fill(mark("it has settings that this version doesn't know: {names}."), names=names)
            )
        try:
            return cls(**told | {"rescales": tuple(told.get("rescales", ()))})
        except TypeError as error:
            raise RecipeUnreadable(reason=mark("it is damaged.")) from error

    @property
    def in_words(self) -> str:
        """A line to show of the recipe."""
        parts = [f"{self.optimiser} {self.learning_rate:g}", f"batch {self.batch}"]
        parts.extend([f"average {self.average:g}"] if self.average else [])
        parts.extend(["rescales " + " ".join(f"{factor:g}" for factor in self.rescales)] if self.rescales else [])
        parts.extend(["every phase"] if self.phases else [])
        further = {"rounded": self.rounded, "decay": self.weight_decay, "clip": self.clip, "balance": self.balance}
        for name, value in further.items():
            parts.extend([f"{name} {value:g}"] if value else [])
        if self.first_filters < 1:
            parts.append(f"first filters from {self.first_filters:g}")
        parts.extend([f"layer 2 in {self.precision}"] if self.precision != "float32" else [])
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
    seed : decides the hold-out, the initial weights and the order of the patches; from 0 to 2**32 - 1
    warm_start : a model of the same architecture to start from, or None
    resume : go on from the checkpoint beside `output`; its length is then that of the run
    device : "auto", "cpu", "cuda" or "mps"
    overwrite : replace a model that is in `output` already; otherwise it is refused. A resumed run keeps its model
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
    overwrite: bool = False
    watched: bool = False

    def __post_init__(self) -> None:
        lengths = sum(length is not None for length in (self.minutes, self.steps, self.epochs))
        if self.resume:
            require(lengths == 0, mark("The length"), mark("given"), mark("left out: the run keeps its own"))
        else:
            require(lengths == 1, mark("The length"), lengths, mark("given once, in minutes, steps or epochs"))
        minutes_ok = self.minutes is None or 0 < self.minutes <= _MOST_MINUTES
        within = fill(mark("more than 0 and at most {most} minutes"), most=f"{_MOST_MINUTES:,}")
        require(minutes_ok, mark("The time"), self.minutes, within)
        within = fill(mark("from 1 to {most}"), most=f"{_MOST_STEPS:,}")
        steps_ok, epochs_ok = (count is None or 1 <= count <= _MOST_STEPS for count in (self.steps, self.epochs))
        require(steps_ok, mark("The number of steps"), self.steps, within)
        require(epochs_ok, mark("The number of epochs"), self.epochs, within)
        held_out_ok = self.held_out is None or self.held_out >= 1
        require(held_out_ok, mark("The number of held-out pictures"), self.held_out, mark("at least 1"))
        seed_ok = 0 <= self.seed < SEEDS
        require(seed_ok, mark("The seed"), self.seed, fill(mark("from 0 to {most}"), most=SEEDS - 1))
        _require_patches_large_enough(self.spec)
        cut_here = self.recipe.rescales or self.recipe.phases or self.recipe.rounded
        of_pictures = mark("made of pictures; a patch file has its patches already")
        require(not (cut_here and is_patch_file(self.source)), mark("The patch set"), self.source.name, of_pictures)
        require(self.output.suffix == ".safetensors", mark("The model file"), self.output.name, ".safetensors")
        warm = self.warm_start
        same = warm is None or (warm.spec.arch, warm.spec.n1, warm.spec.n2) == (
            self.spec.arch,
            self.spec.n1,
            self.spec.n2,
        )
        require(same, mark("The model to start from"), warm.spec.arch if warm else "", self.spec.arch)


@dataclass(frozen=True)
class ExportRequest:
    """Write the patch set of a folder's pictures into a file, in the layout of the authors' train.h5.

    A file that exists is refused, unless `overwrite` is true.
    """

    folder: Path
    spec: ModelSpec
    output: Path
    overwrite: bool = False

    def __post_init__(self) -> None:
        _require_patches_large_enough(self.spec)
        require(is_patch_file(self.output), mark("The patch file"), self.output.name, ".h5")
