"""Which models there are, and what is written about them in their files. Knows no torch.

A model is one safetensors file whose header holds its specification and its training record (the model card).
The models we ship lie in `weights/` of a checkout or `engine/_weights` of an installation; a person's own in
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
    ArchitectureForOtherScale,
    BadRequest,
    ModelUnknown,
    NoModelForScale,
    WeightsUnusable,
    mark,
)
from engine.system import json_text, paths
from engine.system.files import reason_of

HEADER_KEY = "srcnn"  # safetensors metadata maps strings to strings: our JSON lies under this key
_LONGEST_HEADER = 1 << 20  # bytes; ours are about 2,000
SCALES = (2, 3, 4)  # those that models come with the program for
TRAINED_SCALES = range(2, 9)  # those that a model can be trained for
DEFAULT_SCALE = 3  # the paper's main case


@dataclass(frozen=True)
class ModelSpec:
    """The shape of an SRCNN and the factor it was trained for.

    Filter sizes f1-f2-f3 are odd pixels, n1 and n2 are channels (Dong et al. 2015, section 3.1).
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
            raise BadRequest(setting=mark("The architecture"), value=self.arch, allowed=mark("odd sizes from 1 to 31"))
        if not (1 <= self.n1 <= 1024 and 1 <= self.n2 <= 1024):
            channels = f"{self.n1}, {self.n2}"
            raise BadRequest(setting=mark("The number of filters"), value=channels, allowed=mark("from 1 to 1024"))
        if self.scale not in TRAINED_SCALES:
            raise BadRequest(setting=mark("The scale"), value=self.scale, allowed=mark("from 2 to 8"))

    @classmethod
    def parse(cls, arch: str, scale: int) -> "ModelSpec":
        """Read an architecture such as "9-1-5"; raises BadRequest for anything else."""
        match = re.fullmatch(r"(\d{1,2})-(\d{1,2})-(\d{1,2})", arch)
        if match is None:
            raise BadRequest(setting=mark("The architecture"), value=arch, allowed=mark("like 9-1-5"))
        f1, f2, f3 = (int(size) for size in match.groups())
        return cls(f1, f2, f3, scale)

    @property
    def arch(self) -> str:
        return f"{self.f1}-{self.f2}-{self.f3}"

    @property
    def margin_px(self) -> int:
        """Pixels the valid convolutions take from each side: 6 for 9-1-5, 8 for 9-5-5."""
        return (self.f1 + self.f2 + self.f3 - 3) // 2

    @property
    def weight_count(self) -> int:
        """How many numbers the network holds, biases included."""
        return self.products_per_pixel + self.n1 + self.n2 + 1

    @property
    def products_per_pixel(self) -> int:
        """Multiplications for one output pixel."""
        return self.f1**2 * self.n1 + self.n1 * self.f2**2 * self.n2 + self.n2 * self.f3**2


@dataclass(frozen=True)
class Model:
    """A model file: where it lies, its shape, and the record of how it was made (empty for imports)."""

    name: str
    spec: ModelSpec
    path: Path
    record: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def sha256(self) -> str:
        """Checksum of the file as it is now."""
        return sha256(self.path.read_bytes()).hexdigest()


def describe(spec: ModelSpec, record: dict[str, Any]) -> dict[str, str]:
    """The safetensors metadata that `read_model` understands."""
    return {HEADER_KEY: json_text.dumps({"spec": asdict(spec), "record": record})}


def read_model(path: Path) -> Model:
    """Read a safetensors file's header, nothing else of it; raises WeightsUnusable with the reason."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if not 0 < size <= _LONGEST_HEADER:
                raise ValueError(f"header of {size} bytes")
            header = json.loads(file.read(size))
        told = json.loads(header["__metadata__"][HEADER_KEY])
        spec = ModelSpec(**{key: int(value) for key, value in told["spec"].items()})
        return Model(path.stem, spec, path, dict(told["record"]))
    except OSError as error:
        raise WeightsUnusable(name=path.name, reason=reason_of(error)) from error
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError, AttributeError, BadRequest) as error:
        raise WeightsUnusable(name=path.name, reason=mark("it is damaged, or not made by this program.")) from error


def shipped_models_folder() -> Path:
    """Where the models that come with the program lie, in a checkout, an installation or a bundle."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_weights"
    return installed if installed.is_dir() else package.parent / "weights"


def catalogue() -> list[Model]:
    """Every usable model, shipped ones first, by scale and name; damaged files are left out."""
    models = []
    for folder in (shipped_models_folder(), paths.models()):
        found = []
        for path in folder.glob("*.safetensors"):
            try:
                found.append(read_model(path))
            except WeightsUnusable:
                continue
        models += sorted(found, key=lambda model: (model.spec.scale, model.spec.weight_count, model.name))
    return models


def find(name: str, scale: int | None = None) -> Model:
    """The model of a name, or the first one of an architecture such as "9-1-5".

    An architecture means its model for `scale`; if that is None, the one for the usual scale, or else the smallest.

    Raises
    ------
    ModelUnknown
        With the known names.
    ArchitectureForOtherScale
        With the scales that the architecture has a model for.
    """
    models = catalogue()
    for model in models:
        if model.name == name or (model.spec.arch == name and model.spec.scale == (scale or DEFAULT_SCALE)):
            return model
    if same := sorted((model for model in models if model.spec.arch == name), key=lambda model: model.spec.scale):
        if scale is None:
            return same[0]
        known = ", ".join(f"x{known}" for known in dict.fromkeys(model.spec.scale for model in same))
        raise ArchitectureForOtherScale(arch=name, scale=scale, known=known)
    known = ", ".join(model.name for model in models) or "-"
    raise ModelUnknown(name=name, known=known)


def default_for(scale: int) -> Model:
    """The model to use when none is named: the first for that scale; raises NoModelForScale."""
    models = catalogue()
    for model in models:
        if model.spec.scale == scale:
            return model
    known = ", ".join(str(known) for known in sorted({model.spec.scale for model in models})) or "-"
    raise NoModelForScale(scale=scale, known=known)


def is_shipped(model: Model) -> bool:
    """Whether a model comes with the program."""
    return model.path.parent == shipped_models_folder()


def fitting(model: Model, times: float, *, exact: bool | None = None) -> Model:
    """The model that upscales by a factor, to be followed by bicubic where its own scale is another.

    It is the one of `family` for the next scale up, or for the largest scale: upscaling a little too far and then
    downscaling keeps more than the other way round (x2.5: 34.41 dB against 32.70).
    """
    return next_up(family(model, exact=exact), times)


def family(model: Model, *, exact: bool | None = None) -> tuple[Model, ...]:
    """The models that a model stands for, by scale.

    Parameters
    ----------
    exact : bool, optional
        True for this very model alone. False for all of its architecture, one for each scale. By default a model
        that comes with the program stands for its architecture, and any other one for itself: a model of your own is
        never replaced.
    """
    if exact or (exact is None and not is_shipped(model)):
        return (model,)
    shapes = {replace(model.spec, scale=scale) for scale in (model.spec.scale, *SCALES)}
    found = {other.spec.scale: other for other in (*reversed(catalogue()), model) if other.spec in shapes}
    return tuple(found[scale] for scale in sorted(found))


def next_up(found: Sequence[Model], times: float) -> Model:
    """Of models by scale, the first that reaches a factor, or else the last."""
    return next((model for model in found if model.spec.scale >= times - 1e-9), found[-1])


def checkpoint_path(model: Path) -> Path:
    """The checkpoint of the run that trains this model: a file beside it."""
    return model.with_suffix(".checkpoint")
