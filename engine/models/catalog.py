"""Catalog of the built-in models and the user's models. This module does not import PyTorch.

A model is a safetensors file. Its header contains the specification and the training record, which together are the
model card. The built-in models are in `weights/` in a checkout, or in `engine/_weights` in an installation. The user's
models are in `paths.models_folder()`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.errors import (
    N_,
    ArchitectureScaleMismatch,
    BadRequest,
    ModelUnknown,
    NoModelForScale,
    WeightsUnusable,
)
from engine.system import json_text, paths
from engine.system.files import os_error_reason

HEADER_KEY = "srcnn"  # key of our JSON in the safetensors metadata, which maps strings to strings
_MAX_HEADER_BYTES = 1 << 20  # headers of this program take about 2,000 bytes
SCALES = (2, 3, 4)  # scale factors of the built-in models
TRAINED_SCALES = range(2, 9)  # scale factors that models can be trained for
DEFAULT_SCALE = 3  # the scale factor of the paper's main experiments


@dataclass(frozen=True)
class ModelSpec:
    """Architecture of an SRCNN, and the scale factor that it is trained for.

    `f1`, `f2` and `f3` are the filter sizes of the three layers in px. They are odd. `n1` and `n2` are the numbers of
    filters of the first two layers (Dong et al. 2015, section 3.1).
    """

    f1: int
    f2: int
    f3: int
    scale: int
    n1: int = 64
    n2: int = 32

    def __post_init__(self) -> None:
        sizes = (self.f1, self.f2, self.f3)
        if any(size < 1 or size > 31 or size % 2 == 0 for size in sizes):
            raise BadRequest(setting=N_("The architecture"), value=self.arch, allowed=N_("odd sizes from 1 to 31"))
        if not (1 <= self.n1 <= 1024 and 1 <= self.n2 <= 1024):
            channels = f"{self.n1}, {self.n2}"
            raise BadRequest(setting=N_("The number of filters"), value=channels, allowed=N_("from 1 to 1024"))
        if self.scale not in TRAINED_SCALES:
            raise BadRequest(setting=N_("The scale"), value=self.scale, allowed=N_("from 2 to 8"))

    @classmethod
    def parse(cls, arch: str, scale: int) -> "ModelSpec":
        """Return the specification for an architecture such as "9-1-5" and a scale factor.

        Raises
        ------
        BadRequest
            The architecture has another form, or a value is out of range.
        """
        match = re.fullmatch(r"(\d{1,2})-(\d{1,2})-(\d{1,2})", arch)
        if match is None:
            raise BadRequest(setting=N_("The architecture"), value=arch, allowed=N_("like 9-1-5"))
        f1, f2, f3 = (int(size) for size in match.groups())
        return cls(f1, f2, f3, scale)

    @property
    def arch(self) -> str:
        return f"{self.f1}-{self.f2}-{self.f3}"

    @property
    def halo_px(self) -> int:
        """Width in px of the halo that the convolutions remove on each side: 6 for 9-1-5 and 8 for 9-5-5."""
        return (self.f1 + self.f2 + self.f3 - 3) // 2

    @property
    def parameter_count(self) -> int:
        """Number of parameters, including the biases."""
        return self.multiplications_per_pixel + self.n1 + self.n2 + 1

    @property
    def multiplications_per_pixel(self) -> int:
        """Number of multiplications that the three layers need for one output pixel."""
        return self.f1**2 * self.n1 + self.n1 * self.f2**2 * self.n2 + self.n2 * self.f3**2


@dataclass(frozen=True)
class Model:
    """A model file, with the specification and the training record from its header."""

    name: str
    spec: ModelSpec
    path: Path
    record: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def sha256(self) -> str:
        """SHA-256 checksum of the file, computed at each access."""
        return sha256(self.path.read_bytes()).hexdigest()


def to_metadata(spec: ModelSpec, record: dict[str, Any]) -> dict[str, str]:
    """Return the metadata of a safetensors file, in the form that `read_model` reads."""
    return {HEADER_KEY: json_text.dumps({"spec": asdict(spec), "record": record})}


def read_model(path: Path) -> Model:
    """Read the specification and the training record of a model from the header of its safetensors file.

    Raises
    ------
    WeightsUnusable
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if not 0 < size <= _MAX_HEADER_BYTES:
                raise ValueError(f"header of {size} bytes")
            header = json.loads(file.read(size))
        description = json.loads(header["__metadata__"][HEADER_KEY])
        spec = ModelSpec(**{key: int(value) for key, value in description["spec"].items()})
        return Model(path.stem, spec, path, dict(description["record"]))
    except OSError as error:
        raise WeightsUnusable(name=path.name, reason=os_error_reason(error)) from error
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError, AttributeError, BadRequest) as error:
        raise WeightsUnusable(name=path.name, reason=N_("it is damaged, or not made by this program.")) from error


def built_in_directory() -> Path:
    """Return the directory of the built-in models in a checkout, an installation or a bundle."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_weights"
    return installed if installed.is_dir() else package.parent / "weights"


def list_models() -> list[Model]:
    """Return all models: first the built-in models, then the user's models.

    Each of the two groups is sorted by scale factor, number of parameters and name. Damaged files are ignored.
    """
    models = []
    for folder in (built_in_directory(), paths.models_folder()):
        found = []
        for path in folder.glob("*.safetensors"):
            try:
                found.append(read_model(path))
            except WeightsUnusable:
                continue
        models += sorted(found, key=lambda model: (model.spec.scale, model.spec.parameter_count, model.name))
    return models


def find(name: str, scale: int | None = None) -> Model:
    """Return the model with a name, or a model with an architecture such as "9-1-5".

    If `name` is an architecture, the model for `scale` is returned. If `scale` is None, it is the model for
    DEFAULT_SCALE if there is one, and otherwise the model for the smallest scale factor.

    Raises
    ------
    ModelUnknown
        No model has this name or architecture. The error lists the names of all models.
    ArchitectureScaleMismatch
        No model with this architecture is trained for `scale`. The error lists the scale factors that are available.
    """
    models = list_models()
    for model in models:
        if model.name == name or (model.spec.arch == name and model.spec.scale == (scale or DEFAULT_SCALE)):
            return model
    if same_architecture := sorted(
        (model for model in models if model.spec.arch == name), key=lambda model: model.spec.scale
    ):
        if scale is None:
            return same_architecture[0]
        known = ", ".join(f"x{known}" for known in dict.fromkeys(model.spec.scale for model in same_architecture))
        raise ArchitectureScaleMismatch(arch=name, scale=scale, known=known)
    known = ", ".join(model.name for model in models) or "-"
    raise ModelUnknown(name=name, known=known)


def default_model(scale: int) -> Model:
    """Return the first model in the list that is trained for a scale factor.

    Raises
    ------
    NoModelForScale
    """
    models = list_models()
    for model in models:
        if model.spec.scale == scale:
            return model
    known = ", ".join(str(known) for known in sorted({model.spec.scale for model in models})) or "-"
    raise NoModelForScale(scale=scale, known=known)


def is_built_in(model: Model) -> bool:
    """Return whether a model is one of the built-in models."""
    return model.path.parent == built_in_directory()


def select_for_scale(model: Model, scale_factor: float, *, exact: bool | None = None) -> Model:
    """Return the best model for a scale factor, among a model and its variants for other scale factors.

    This is the variant for the next larger scale factor, or for the largest one if none is large enough. If its scale
    factor differs from the requested one, its result is resized with bicubic interpolation. Upscaling too far and then
    downscaling preserves more detail than the reverse (34.41 dB instead of 32.70 dB at x2.5).
    """
    return first_reaching(scale_variants(model, exact=exact), scale_factor)


def scale_variants(model: Model, *, exact: bool | None = None) -> tuple[Model, ...]:
    """Return the models that can replace a model for other scale factors, sorted by scale factor.

    The model itself is among them.

    Parameters
    ----------
    exact : bool, optional
        True returns only this model. False returns one model of its architecture for each scale factor. By default, a
        built-in model can be replaced, and any other model cannot.
    """
    if exact or (exact is None and not is_built_in(model)):
        return (model,)
    specs = {replace(model.spec, scale=scale) for scale in (model.spec.scale, *SCALES)}
    by_scale = {other.spec.scale: other for other in (*reversed(list_models()), model) if other.spec in specs}
    return tuple(by_scale[scale] for scale in sorted(by_scale))


def first_reaching(models: Sequence[Model], scale_factor: float) -> Model:
    """Return the first model that is trained for at least this scale factor, or else the last model."""
    return next((model for model in models if model.spec.scale >= scale_factor - 1e-9), models[-1])


def checkpoint_path(model: Path) -> Path:
    """Return the path of the checkpoint of a model. The checkpoint is in the same directory as the model."""
    return model.with_suffix(".checkpoint")
