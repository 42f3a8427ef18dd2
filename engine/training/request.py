"""Settings of the training job, including the recipe, and of the export of a patch file."""

from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from engine.errors import N_, RecipeUnreadable, check, lazy_format
from engine.imaging.degradation import Degradation
from engine.models.catalog import Model
from engine.models.info import ModelInfo

NO_DEGRADATION = Degradation()
SEED_LIMIT = 2**32  # seeds must be smaller; on a CPU, PyTorch uses only the lower 32 bits of a seed
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
    """Return whether a training source is a patch file, which has the file extension .h5 or .hdf5.

    Otherwise, the path is a folder of images.
    """
    return path.suffix.lower() in (".h5", ".hdf5")


def _check_patch_size(info: ModelInfo) -> None:
    """Raise InvalidSetting if the halo of a model leaves labels of fewer than 7 px per side."""
    check(
        info.has_low_res_input or info.halo_px <= 13,
        N_("The filters of {label} are too large for patches of 33 px. Choose filter sizes with a sum of at most 29."),
        label=info.label,
    )


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of a training run. With the defaults, a run takes minutes on two CPU cores.

    Attributes
    ----------
    optimizer : "adam", "adamw", or "sgd" for SGD as in the paper, with momentum 0.9, a loss that is summed over the
        pixels, a lower learning rate for the last layer and the biases, and Gaussian initial weights
    learning_rate : peak learning rate
    batch_size : number of patches per step
    warmup_steps : number of steps with linear warmup, ignored for "sgd". See `engine.training.schedule`
    ema_decay : decay of the exponential moving average (EMA) of the weights. 0 disables the EMA
    orientations : whether to augment the patches with all eight flips and rotations
    rescales : factors of additional downscaled copies of the training images, from 0.2 to less than 1
    all_phases : whether to also cut patches from copies of the images that are shifted by all offsets below the scale
        factor. This multiplies the number of patches by about the square of the scale factor
    quantized_share : fraction of the patches whose downscaled image is rounded to 8 bits, as in a file, from 0 to 1
    weight_decay : decoupled weight decay, which is multiplied by the learning rate. Only for "adamw"
    grad_clip : maximum Euclidean norm of the gradient. 0 disables clipping
    loss_weighting : regularization constant of the loss weights, or 0 for equal weights, which "sgd" requires. The
        loss of a patch is divided by its bicubic MSE plus loss_weighting times the mean bicubic MSE of all patches.
        The mean PSNR, which selects the best model, depends on the relative error of each patch, whereas the plain MSE
        is dominated by a few patches that no model can improve
    init_gain : factor for the initial standard deviation of the first layer, ignored for "sgd". With 0.1, the filters
        become visible early, but the PSNR after 1,500 steps is 0.05 dB lower
    precision : "float32" or "bfloat16", the precision of all layers except the first and the last. The weights are
        always float32. On a CPU with AMX, bfloat16 makes a 9-5-5 model 2.6 times as fast
    loss : "mse" for the mean squared error, which defines the PSNR, "l1" for the mean absolute error, or "charbonnier"
        for its smooth approximation, the mean of sqrt(error ** 2 + 1e-6)
    patch_size : side of the crops of the downscaled images in px. Ignored for SRCNN, whose patches have 33 px
    degradation : degradation of the images besides downscaling, such as JPEG compression. Only for models whose input
        is the image before upscaling
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
        check(
            self.optimizer in ("adam", "adamw", "sgd"),
            N_("“{optimizer}” isn't a supported optimizer. Choose adam, adamw, or sgd."),
            optimizer=self.optimizer,
        )
        check(
            1 <= self.batch_size <= 65536,
            N_("The batch size is {value}. Choose a value from 1 to 65536."),
            value=self.batch_size,
        )
        check(
            0 < self.learning_rate < 1,
            N_("The learning rate is {value}. Choose a value greater than 0 and less than 1."),
            value=self.learning_rate,
        )
        check(
            self.warmup_steps >= 0,
            N_("The warmup is {value} steps long. Choose 0 or more steps."),
            value=self.warmup_steps,
        )
        check(
            0 <= self.ema_decay < 1,
            N_("The EMA decay is {value}. Choose a value of at least 0 and less than 1."),
            value=self.ema_decay,
        )
        for factor in self.rescales:
            check(
                0.2 <= factor < 1,
                N_(
                    "The scale factor of downscaled copies is {value}. Choose a value of at least 0.2 and less than 1."
                ),
                value=factor,
            )
        check(
            0 <= self.quantized_share <= 1,
            N_("The fraction of quantized patches is {value}. Choose a value from 0 to 1."),
            value=self.quantized_share,
        )
        check(
            0 <= self.weight_decay < 1,
            N_("The weight decay is {value}. Choose a value of at least 0 and less than 1."),
            value=self.weight_decay,
        )
        check(
            self.optimizer == "adamw" or not self.weight_decay,
            N_("Weight decay requires the adamw optimizer. Choose adamw, or set the weight decay to 0."),
        )
        check(
            self.grad_clip >= 0 and isfinite(self.grad_clip),
            N_("Gradient clipping is set to {value}. Choose a value of 0 or more."),
            value=self.grad_clip,
        )
        self._check_loss()
        check(
            0 < self.init_gain <= 1,
            N_("The gain of the initial weights is {value}. Choose a value greater than 0 and at most 1."),
            value=self.init_gain,
        )
        check(
            self.precision in ("float32", "bfloat16"),
            N_("Training can't use the precision “{value}”. Choose float32 or bfloat16."),
            value=self.precision,
        )
        check(
            8 <= self.patch_size <= 256,
            N_("The patch size is {value} px. Choose a value from 8 to 256 px."),
            value=self.patch_size,
        )

    def _check_loss(self) -> None:
        check(
            not self.loss_weighting or 1e-6 <= self.loss_weighting <= 100,
            N_("The loss weighting is {value}. Choose 0, or a value from 0.000001 to 100."),
            value=self.loss_weighting,
        )
        check(
            self.loss in ("mse", "l1", "charbonnier"),
            N_("“{value}” isn't a supported loss function. Choose mse, l1, or charbonnier."),
            value=self.loss,
        )
        check(
            self.optimizer != "sgd" or (not self.loss_weighting and self.loss == "mse"),
            N_(
                "The sgd optimizer requires the mse loss function and no loss weighting. Change these settings, "
                "or choose another optimizer."
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as a JSON-compatible dict, as stored in model cards, run logs and checkpoints."""
        return asdict(self) | {"rescales": list(self.rescales), "degradation": self.degradation.to_list()}

    @classmethod
    def from_dict(cls, stored: object) -> "Recipe":
        """Return the recipe from the result of `to_dict`, which an earlier version may have written.

        Missing fields get their default values.

        Raises
        ------
        RecipeUnreadable
            `stored` is damaged or has unknown fields. The error lists unknown fields.
        InvalidSetting
            A value is out of range.
        """
        if not isinstance(stored, dict):
            raise RecipeUnreadable(reason=N_("The recipe is damaged. Train the model again."))
        values: dict[str, Any] = {_FORMER_NAMES.get(str(name), str(name)): value for name, value in stored.items()}
        unknown = values.keys() - {field.name for field in fields(cls)}
        if unknown:
            names = ", ".join(sorted(map(str, unknown)))
            raise RecipeUnreadable(
                reason=lazy_format(
                    N_("This version doesn't support these settings: {names}. Update the program."), names=names
                )
            )
        try:
            degradation = Degradation.from_list(values.get("degradation", ()))
            return cls(**values | {"rescales": tuple(values.get("rescales", ())), "degradation": degradation})
        except (TypeError, KeyError, ValueError) as error:
            raise RecipeUnreadable(reason=N_("The recipe is damaged. Train the model again.")) from error

    @property
    def summary(self) -> str:
        """Summary of the recipe in one line, such as "Adam, learning rate 0.001, batch size 32, …"."""
        optimizers = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}
        losses = {"mse": "MSE", "l1": "L1", "charbonnier": "Charbonnier"}
        parts = [
            f"{optimizers[self.optimizer]}, learning rate {self.learning_rate:g}, batch size {self.batch_size}",
            f"{losses[self.loss]} loss",
        ]
        optional = {
            "EMA decay": self.ema_decay,
            "quantized share": self.quantized_share,
            "weight decay": self.weight_decay,
            "gradient clipping": self.grad_clip,
            "loss weighting": self.loss_weighting,
            "initial gain": self.init_gain if self.init_gain < 1 else 0,
        }
        parts += [f"{name} {value:g}" for name, value in optional.items() if value]
        if self.rescales:
            parts.append("copies of the images at " + ", ".join(f"{factor:g}" for factor in self.rescales))
        if self.all_phases:
            parts.append("patches at all offsets")
        if self.precision != "float32":
            parts.append(f"middle layers in {self.precision}")
        if self.degradation:
            parts.append(f"degradation {self.degradation}")
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
    minutes, steps, epochs : length of the run. Specify exactly one of them. To resume a run, you can omit all three,
        because a resumed run keeps its length. For minutes, the number of steps is estimated during the run
    recipe : hyperparameters
    validation_size : number of validation images, by default 5, or a quarter of the images if there are fewer than 20.
        For a patch file, number of validation patches, by default 5% of the patches, but at most 1,000
    test_set : folder of images that are scored at each validation, for reporting only, or None. They do not affect the
        training, nor which model is the best
    patience : number of validations without a better model after which the run stops, or None to use the whole length
    seed : random seed for the validation set, the initial weights and the order of the patches, from 0 to 2**32 - 1
    warm_start : model of the same architecture whose weights are the initial weights, or None
    resume : resume the run from the checkpoint in the folder of `output`
    device : "cpu", "cuda" or "mps", or "auto" for the fastest available device
    overwrite : replace an existing model at `output`. By default, the job raises FileExists if there is one, unless it
        resumes a run
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
    test_set: Path | None = None
    patience: int | None = None
    seed: int = 0
    warm_start: Model | None = None
    resume: bool = False
    device: str = "auto"
    overwrite: bool = False
    emit_snapshots: bool = False

    def __post_init__(self) -> None:
        lengths = sum(length is not None for length in (self.minutes, self.steps, self.epochs))
        check(lengths == 1 or (self.resume and not lengths), N_("Specify exactly one of minutes, steps, or epochs."))
        check(
            self.minutes is None or 0 < self.minutes <= _MAX_MINUTES,
            N_("The run is {value} minutes long. Choose more than 0 and at most {limit} minutes."),
            value=self.minutes,
            limit=f"{_MAX_MINUTES:,}",
        )
        check(
            self.steps is None or 1 <= self.steps <= _MAX_STEPS,
            N_("The run is {value} steps long. Choose 1 to {limit} steps."),
            value=self.steps,
            limit=f"{_MAX_STEPS:,}",
        )
        check(
            self.epochs is None or 1 <= self.epochs <= _MAX_STEPS,
            N_("The run is {value} epochs long. Choose 1 to {limit} epochs."),
            value=self.epochs,
            limit=f"{_MAX_STEPS:,}",
        )
        check(
            self.validation_size is None or self.validation_size >= 1,
            N_("The size of the validation set is {value}. Choose 1 or more."),
            value=self.validation_size,
        )
        check(
            self.patience is None or self.patience >= 1,
            N_("The patience is {value} validations. Choose 1 or more."),
            value=self.patience,
        )
        check(
            0 <= self.seed < SEED_LIMIT,
            N_("The seed is {value}. Choose a value from 0 to {limit}."),
            value=self.seed,
            limit=SEED_LIMIT - 1,
        )
        check(
            self.output.suffix == ".safetensors",
            N_("The model can't be saved as {name}. Choose a name that ends with .safetensors."),
            name=self.output.name,
        )
        _check_patch_size(self.info)
        self._check_source()
        self._check_architecture()

    def _check_source(self) -> None:
        patch_options = self.recipe.rescales or self.recipe.all_phases or self.recipe.quantized_share
        check(
            not (patch_options and is_patch_file(self.source)),
            N_(
                "{name} already contains patches, so the options for creating patches can't be used. Reset these "
                "options, or choose a folder of images."
            ),
            name=self.source.name,
        )

    def _check_architecture(self) -> None:
        label = self.info.label
        check(
            not (self.info.has_low_res_input and is_patch_file(self.source)),
            N_("{label} can't be trained on a patch file. Choose a folder of images, or an SRCNN architecture."),
            label=label,
        )
        check(
            not (self.info.has_low_res_input and self.recipe.all_phases),
            N_(
                "{label} can't be trained on patches from all offsets. Turn off this option, or choose an SRCNN "
                "architecture."
            ),
            label=label,
        )
        check(
            self.info.has_low_res_input or not self.recipe.degradation,
            N_(
                "{label} can't be trained on degraded images. Remove the degradation, or choose an FSRCNN or "
                "Compact architecture."
            ),
            label=label,
        )
        warm = self.warm_start
        check(
            warm is None or warm.info.architecture == self.info.architecture,
            N_(
                "The initial weights are for the architecture {warm_label}, not {label}. Choose a model with the "
                "same architecture."
            ),
            warm_label=warm.info.label if warm else "",
            label=label,
        )


@dataclass(frozen=True)
class ExportRequest:
    """Settings for exporting the training patches of a folder of images to a patch file.

    Attributes
    ----------
    folder : folder of images
    info : architecture and scale factor that the patches are for
    output : path of the .h5 file, which has the layout of the authors' train.h5
    overwrite : replace an existing file. By default, the export raises FileExists if the file exists
    """

    folder: Path
    info: ModelInfo
    output: Path
    overwrite: bool = False

    def __post_init__(self) -> None:
        _check_patch_size(self.info)
        check(
            is_patch_file(self.output),
            N_("Patches can't be saved as {name}. Choose a name that ends with .h5."),
            name=self.output.name,
        )
