"""Requests to train a model, and to export a patch file."""

from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from engine.errors import N_, RecipeUnreadable, check, lazy_format
from engine.imaging.degradation import Degradation
from engine.models.catalog import Model
from engine.models.info import ModelInfo

NO_DEGRADATION = Degradation()
SEED_LIMIT = 2**32  # torch accepts larger seeds, but uses only their lower 32 bits on a CPU
_MAX_STEPS = 10**12  # the paper's training, which takes days on a GPU, has under 10**7
_MAX_MINUTES = 10**7  # 19 years

# Field names in recipes of earlier versions, and the current names.
_FORMER_NAMES: dict[str, str] = {
    "optimiser": "optimizer",
    "batch": "batch_size",
    "warm_up": "warmup_steps",
    "average": "ema_decay",
    "clip": "grad_clip",
    "balance": "loss_weighting",
    "first_filters": "init_gain",
    "rounded": "quantized_share",
    "phases": "all_phases",
}


def is_patch_file(path: Path) -> bool:
    """Return whether a path is that of a patch file (.h5, .hdf5) instead of a folder of images."""
    return path.suffix.lower() in (".h5", ".hdf5")


def _check_patch_size(info: ModelInfo) -> None:
    """Raise BadRequest if the halo is so wide that a patch of 33 px has no label."""
    check(info.is_low_res or info.halo_px <= 13, N_("The architecture"), info.label, N_("at most 26 px wide in all"))


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of a training run. With the defaults, training takes minutes on two CPU cores.

    Attributes
    ----------
    optimizer : "adam", "adamw", or "sgd" for the method of the paper: momentum 0.9, summed loss, a lower learning rate
        for the last layer, and Gaussian initial weights
    learning_rate : peak learning rate
    batch_size : number of patches per step
    warmup_steps : number of steps of linear warmup. Ignored with "sgd". See `engine.training.schedule`
    ema_decay : decay of the exponential moving average (EMA) of the weights. 0 disables the average
    orientations : whether to use the patches in all eight flips and rotations
    rescales : factors for additional, downscaled copies of the images
    all_phases : whether to cut patches at every offset from the downscaling grid. This multiplies the number of
        patches by about the square of the scale factor
    quantized_share : share of the patches whose downscaled image is quantized to 8 bits, as in a file
    weight_decay : decoupled weight decay, relative to the learning rate. Only with "adamw"
    grad_clip : maximum Euclidean norm of the gradient. 0 disables clipping
    loss_weighting : regularization of the loss weights. 0 weights all patches equally, and is required with "sgd". The
        weight of a patch is proportional to 1 / (bicubic MSE + loss_weighting * mean bicubic MSE). The best model is
        selected by a mean PSNR, for which the relative error of each patch matters. The plain MSE is dominated by a
        few patches that no model can improve
    init_gain : factor for the initial standard deviation of the first layer. Ignored with "sgd". With 0.1, the filters
        become visible early, but the PSNR after 1,500 steps is 0.05 dB lower
    precision : precision of all layers but the first and the last, "float32" or "bfloat16". The weights are always
        float32. On a CPU with AMX, bfloat16 makes a 9-5-5 model 2.6 times as fast
    loss : error of a pixel. "mse" is the squared error, which the PSNR is defined by, "l1" the absolute error, and
        "charbonnier" a smooth form of it, sqrt(error ** 2 + 1e-6)
    degradation : what happens to an image besides downscaling, such as JPEG compression. Only for models whose input
        is the image before upscaling
    patch_size : side in px of the crops of the downscaled images. Ignored for SRCNN, whose patches have 33 px
    """

    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = 1e-3
    batch_size: int = 32  # better than 16 and 64 in a run of three minutes
    warmup_steps: int = 200
    ema_decay: float = 0.998  # the average covers about 500 steps
    orientations: bool = True
    rescales: tuple[float, ...] = ()
    all_phases: bool = False
    quantized_share: float = 0.0
    weight_decay: float = 0.0
    grad_clip: float = 0.0
    loss_weighting: float = 0.0
    init_gain: float = 1.0
    precision: Literal["float32", "bfloat16"] = "float32"
    loss: Literal["mse", "l1", "charbonnier"] = "mse"
    patch_size: int = 32
    degradation: Degradation = NO_DEGRADATION

    def __post_init__(self) -> None:
        optimizer_ok = self.optimizer in ("adam", "adamw", "sgd")
        check(optimizer_ok, N_("The optimiser"), self.optimizer, N_("adam, adamw or sgd"))
        check(1 <= self.batch_size <= 65536, N_("The batch size"), self.batch_size, N_("from 1 to 65536"))
        check(0 < self.learning_rate < 1, N_("The learning rate"), self.learning_rate, N_("between 0 and 1"))
        check(self.warmup_steps >= 0, N_("The warm-up"), self.warmup_steps, N_("at least 0 steps"))
        check(0 <= self.ema_decay < 1, N_("The average"), self.ema_decay, N_("from 0 to under 1"))
        rescales_ok = all(0.2 <= factor < 1 for factor in self.rescales)
        check(rescales_ok, N_("A rescale"), self.rescales, N_("from 0.2 to under 1"))
        check(0 <= self.quantized_share <= 1, N_("The rounded share"), self.quantized_share, N_("from 0 to 1"))
        decay_ok = 0 <= self.weight_decay < 1 and (self.optimizer == "adamw" or not self.weight_decay)
        check(decay_ok, N_("The weight decay"), self.weight_decay, N_("from 0 to under 1, and only of adamw"))
        grad_clip_ok = self.grad_clip >= 0 and isfinite(self.grad_clip)
        check(grad_clip_ok, N_("The clipping"), self.grad_clip, N_("a number from 0"))
        weighting_ok = not self.loss_weighting or (1e-6 <= self.loss_weighting <= 100 and self.optimizer != "sgd")
        check(weighting_ok, N_("The balance"), self.loss_weighting, N_("0, or from 0.000001 to 100 and not with sgd"))
        check(0 < self.init_gain <= 1, N_("The first filters"), self.init_gain, N_("from over 0 to 1"))
        precision_ok = self.precision in ("float32", "bfloat16")
        check(precision_ok, N_("The precision"), self.precision, "float32, bfloat16")
        loss_ok = self.loss == "mse" or (self.loss in ("l1", "charbonnier") and self.optimizer != "sgd")
        check(loss_ok, N_("The loss"), self.loss, N_("mse, l1 or charbonnier, and only mse with sgd"))
        check(8 <= self.patch_size <= 256, N_("The patch size"), self.patch_size, N_("from 8 to 256 px"))

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as values for JSON, as stored in model cards, run files and checkpoints."""
        return asdict(self) | {"rescales": list(self.rescales), "degradation": self.degradation.to_list()}

    @classmethod
    def from_dict(cls, stored: object) -> "Recipe":
        """Build a recipe from the result of `to_dict`, possibly of an earlier version.

        Missing fields get their default values.

        Raises
        ------
        RecipeUnreadable
            `stored` is not a dict, or has unknown fields. The error lists these fields.
        BadRequest
            A value is out of range.
        """
        if not isinstance(stored, dict):
            raise RecipeUnreadable(reason=N_("it is damaged."))
        values: dict[str, Any] = {_FORMER_NAMES.get(str(name), str(name)): value for name, value in stored.items()}
        unknown = values.keys() - {field.name for field in fields(cls)}
        if unknown:
            names = ", ".join(sorted(map(str, unknown)))
            raise RecipeUnreadable(
                reason=lazy_format(N_("it has settings that this version doesn't know: {names}."), names=names)
            )
        try:
            degradation = Degradation.from_list(values.get("degradation", ()))
            return cls(**values | {"rescales": tuple(values.get("rescales", ())), "degradation": degradation})
        except (TypeError, KeyError, ValueError) as error:
            raise RecipeUnreadable(reason=N_("it is damaged.")) from error

    @property
    def summary(self) -> str:
        """Summary of the recipe in one line."""
        parts = [f"{self.optimizer} {self.learning_rate:g}", f"batch {self.batch_size}"]
        parts.extend([f"average {self.ema_decay:g}"] if self.ema_decay else [])
        parts.extend(["rescales " + " ".join(f"{factor:g}" for factor in self.rescales)] if self.rescales else [])
        parts.extend(["every phase"] if self.all_phases else [])
        optional = {
            "rounded": self.quantized_share,
            "decay": self.weight_decay,
            "clip": self.grad_clip,
            "balance": self.loss_weighting,
        }
        for name, value in optional.items():
            parts.extend([f"{name} {value:g}"] if value else [])
        if self.init_gain < 1:
            parts.append(f"first filters from {self.init_gain:g}")
        parts.extend([f"layer 2 in {self.precision}"] if self.precision != "float32" else [])
        return ", ".join(parts)


STANDARD_RECIPE = Recipe(loss_weighting=0.1)  # gains 0.03 dB after 5,854 steps of 9-5-5 (docs/decisions/0002)

# Dong et al. 2015, section 3.3, and the authors' solver file: 8e8 backpropagations, three days on their GPU.
PAPER_RECIPE = Recipe("sgd", learning_rate=1e-4, batch_size=128, warmup_steps=0, ema_decay=0, orientations=False)


@dataclass(frozen=True)
class TrainRequest:
    """Settings for training a model on a folder of images or on a patch file.

    Attributes
    ----------
    source : a folder of images, or a patch file (train.h5)
    info : architecture and scale factor
    output : path of a .safetensors file, which always contains the best model so far
    minutes, steps, epochs : length of the run in minutes, steps or epochs. Exactly one is set, or none to resume a
        run. At the start of the run, minutes are converted to an approximate number of steps
    recipe : hyperparameters
    validation_size : number of validation images. By default, five, or a quarter if there are fewer than 20 images.
        For a patch file, number of validation patches. By default, 5% of them
    seed : random seed for the validation set, the initial weights and the order of the patches, from 0 to 2**32 - 1
    warm_start : a model of the same architecture that provides the initial weights
    resume : resume the run from the checkpoint next to `output`. The length of the run does not change
    device : "cpu", "cuda" or "mps", or "auto" for the fastest available device
    overwrite : replace an existing model in `output`. By default, an existing model is an error, unless the run is
        resumed
    emit_snapshots : yield Snapshot events for display
    """

    source: Path
    info: ModelInfo
    output: Path
    minutes: float | None = None
    steps: int | None = None
    epochs: int | None = None
    recipe: Recipe = STANDARD_RECIPE
    validation_size: int | None = None
    seed: int = 0
    warm_start: Model | None = None
    resume: bool = False
    device: str = "auto"
    overwrite: bool = False
    emit_snapshots: bool = False

    def __post_init__(self) -> None:
        lengths = sum(length is not None for length in (self.minutes, self.steps, self.epochs))
        if self.resume:
            check(lengths == 0, N_("The length"), N_("given"), N_("left out: the run keeps its own"))
        else:
            check(lengths == 1, N_("The length"), lengths, N_("given once, in minutes, steps or epochs"))
        minutes_ok = self.minutes is None or 0 < self.minutes <= _MAX_MINUTES
        within = lazy_format(N_("more than 0 and at most {most} minutes"), most=f"{_MAX_MINUTES:,}")
        check(minutes_ok, N_("The time"), self.minutes, within)
        within = lazy_format(N_("from 1 to {most}"), most=f"{_MAX_STEPS:,}")
        steps_ok, epochs_ok = (count is None or 1 <= count <= _MAX_STEPS for count in (self.steps, self.epochs))
        check(steps_ok, N_("The number of steps"), self.steps, within)
        check(epochs_ok, N_("The number of epochs"), self.epochs, within)
        validation_ok = self.validation_size is None or self.validation_size >= 1
        check(validation_ok, N_("The number of held-out pictures"), self.validation_size, N_("at least 1"))
        seed_ok = 0 <= self.seed < SEED_LIMIT
        check(seed_ok, N_("The seed"), self.seed, lazy_format(N_("from 0 to {most}"), most=SEED_LIMIT - 1))
        _check_patch_size(self.info)
        patch_options = self.recipe.rescales or self.recipe.all_phases or self.recipe.quantized_share
        needs_images = N_("made of pictures; a patch file has its patches already")
        from_patches = is_patch_file(self.source)
        check(not (patch_options and from_patches), N_("The patch set"), self.source.name, needs_images)
        if self.info.is_low_res:
            setting, label = N_("The architecture"), self.info.label
            check(not from_patches, setting, label, N_("an SRCNN, if the patches come from a file"))
            check(not self.recipe.all_phases, setting, label, N_("an SRCNN, if patches are cut at all offsets"))
        degrades = bool(self.recipe.degradation) and not self.info.is_low_res
        check(not degrades, N_("The architecture"), self.info.label, N_("FSRCNN or Compact, if images are degraded"))
        check(self.output.suffix == ".safetensors", N_("The model file"), self.output.name, ".safetensors")
        warm = self.warm_start
        same_architecture = warm is None or warm.info.architecture == self.info.architecture
        check(same_architecture, N_("The model to start from"), warm.info.label if warm else "", self.info.label)


@dataclass(frozen=True)
class ExportRequest:
    """Settings for exporting the patches of a folder of images to a file.

    The file has the layout of the authors' train.h5. If it exists, `overwrite` must be true.
    """

    folder: Path
    info: ModelInfo
    output: Path
    overwrite: bool = False

    def __post_init__(self) -> None:
        _check_patch_size(self.info)
        check(is_patch_file(self.output), N_("The patch file"), self.output.name, ".h5")
