"""The catalog of models. This module does not import PyTorch.

A model is a safetensors file whose header contains its specification and its training record (the model card).
Built-in models are in `weights/` of a checkout, or in `engine/_weights` of an installation. The user's models are in
`paths.models()`.
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
_MAX_HEADER_BYTES = 1 << 20  # our headers are about 2,000 bytes
SCALES = (2, 3, 4)  # scales of the built-in models
TRAINED_SCALES = range(2, 9)  # scales that models can be trained for
DEFAULT_SCALE = 3  # the main case of the paper


@dataclass(frozen=True)
class ModelSpec:
    """The architecture of an SRCNN and the scale factor that it is trained for.

    The filter sizes f1, f2 and f3 are odd, and n1 and n2 are numbers of filters (Dong et al. 2015, section 3.1).
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
        """Parse an architecture such as "9-1-5"; raise BadRequest for anything else."""
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
        """Width of the halo that the convolutions remove on each side: 6 for 9-1-5, 8 for 9-5-5."""
        return (self.f1 + self.f2 + self.f3 - 3) // 2

    @property
    def parameter_count(self) -> int:
        """Number of parameters, including biases."""
        return self.multiplications_per_pixel + self.n1 + self.n2 + 1

    @property
    def multiplications_per_pixel(self) -> int:
        """Number of multiplications for one output pixel."""
        return self.f1**2 * self.n1 + self.n1 * self.f2**2 * self.n2 + self.n2 * self.f3**2


@dataclass(frozen=True)
class Model:
    """A model file: its path, its specification, and its training record."""

    name: str
    spec: ModelSpec
    path: Path
    record: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def sha256(self) -> str:
        """SHA-256 checksum of the current file."""
        return sha256(self.path.read_bytes()).hexdigest()


def to_metadata(spec: ModelSpec, record: dict[str, Any]) -> dict[str, str]:
    """Return the safetensors metadata that `read_model` reads."""
    return {HEADER_KEY: json_text.dumps({"spec": asdict(spec), "record": record})}


def read_model(path: Path) -> Model:
    """Read a model from the header of a safetensors file; raise WeightsUnusable."""
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
    """Return the directory of the built-in models, in a checkout, an installation or a bundle."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_weights"
    return installed if installed.is_dir() else package.parent / "weights"


def list_models() -> list[Model]:
    """Return all models, built-in ones first, sorted by scale, size and name. Damaged files are ignored."""
    models = []
    for folder in (built_in_directory(), paths.models()):
        found = []
        for path in folder.glob("*.safetensors"):
            try:
                found.append(read_model(path))
            except WeightsUnusable:
                continue
        models += sorted(found, key=lambda model: (model.spec.scale, model.spec.parameter_count, model.name))
    return models


def find(name: str, scale: int | None = None) -> Model:
    """Return the model with a name, or the first one of an architecture such as "9-1-5".

    An architecture selects its model for `scale`. If that is None, it selects the model for the default scale, or else
    for the smallest scale.

    Raises
    ------
    ModelUnknown
        The error lists the known names.
    ArchitectureScaleMismatch
        The error lists the scales that the architecture has a model for.
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
    """Return the first model for a scale; raise NoModelForScale."""
    models = list_models()
    for model in models:
        if model.spec.scale == scale:
            return model
    known = ", ".join(str(known) for known in sorted({model.spec.scale for model in models})) or "-"
    raise NoModelForScale(scale=scale, known=known)


def is_built_in(model: Model) -> bool:
    """Return whether a model is built-in."""
    return model.path.parent == built_in_directory()


def select_for_scale(model: Model, scale_factor: float, *, exact: bool | None = None) -> Model:
    """Return the model to upscale by a scale factor. If its scale differs, bicubic resizes its result.

    It is the model of `scale_variants` for the next larger scale, or for the largest one. Upscaling too far and then
    downscaling preserves more detail than the reverse (34.41 dB instead of 32.70 dB at x2.5).
    """
    return first_reaching(scale_variants(model, exact=exact), scale_factor)


def scale_variants(model: Model, *, exact: bool | None = None) -> tuple[Model, ...]:
    """Return the models that can replace a model at other scales, sorted by scale.

    Parameters
    ----------
    exact : bool, optional
        True returns this model alone. False returns one model of its architecture for each scale. By default, only a
        built-in model can be replaced.
    """
    if exact or (exact is None and not is_built_in(model)):
        return (model,)
    specs = {replace(model.spec, scale=scale) for scale in (model.spec.scale, *SCALES)}
    by_scale = {other.spec.scale: other for other in (*reversed(list_models()), model) if other.spec in specs}
    return tuple(by_scale[scale] for scale in sorted(by_scale))


def first_reaching(models: Sequence[Model], scale_factor: float) -> Model:
    """Return the first model whose scale is at least the scale factor, or else the last one."""
    return next((model for model in models if model.spec.scale >= scale_factor - 1e-9), models[-1])


def checkpoint_path(model: Path) -> Path:
    """Return the path of a model's checkpoint, a file next to the model."""
    return model.with_suffix(".checkpoint")
