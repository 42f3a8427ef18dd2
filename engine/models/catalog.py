"""Catalog of the built-in models and the user's models. This module does not import PyTorch.

A model is a safetensors file whose header contains the model card: the architecture and the training record. The
built-in models are in `weights/` in a checkout, or in `engine/_weights` in an installation. The user's models are in
`paths.models_folder()`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.errors import (
    N_,
    ArchitectureScaleMismatch,
    InvalidSetting,
    ModelUnknown,
    NoModelForScale,
    WeightsUnusable,
)
from engine.models import registry
from engine.models.info import ModelInfo
from engine.system import json_text, paths
from engine.system.files import os_error_reason

HEADER_KEY = "srcnn"  # key of the model card in the safetensors metadata; the value is JSON, since it must be a string
_MAX_HEADER_BYTES = 1 << 20  # headers of this program take about 2,000 bytes
SCALES = (2, 3, 4)  # scale factors of the built-in models
DEFAULT_SCALE = 3  # the scale factor of the paper's main experiments
DEFAULT_FAMILY = "compact-s"  # best PSNR among the models that are equally fast (docs/models.md)
PAPER_FAMILY = "srcnn-9-1-5"  # default when simulating, since the paper uses this model in its main experiments


@dataclass(frozen=True)
class Model:
    """Model file, with the architecture and the training record that its header contains."""

    name: str
    info: ModelInfo
    path: Path
    record: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def sha256(self) -> str:
        """SHA-256 checksum of the file as a hexadecimal string. Each access reads the file."""
        return sha256(self.path.read_bytes()).hexdigest()

    @property
    def family(self) -> str:
        """Name of the model without its scale factor, such as "compact-s" for "compact-s-x2"."""
        return re.sub(r"-x\d$", "", self.name)


def to_metadata(info: ModelInfo, record: dict[str, Any]) -> dict[str, str]:
    """Return the model card as metadata of a safetensors file, in the format that `read_model` expects."""
    return {HEADER_KEY: json_text.dumps({"spec": registry.to_dict(info), "record": record})}


def read_model(path: Path) -> Model:
    """Read the architecture and the training record of a model from the header of its safetensors file.

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
        info = registry.from_dict(description["spec"])
        return Model(path.stem, info, path, dict(description["record"]))
    except OSError as error:
        raise WeightsUnusable(name=path.name, reason=os_error_reason(error)) from error
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError, AttributeError, InvalidSetting) as error:
        raise WeightsUnusable(
            name=path.name,
            reason=N_(
                "The file is damaged or was created by another program. Import the model again, or choose another "
                "file."
            ),
        ) from error


def has_model_card(path: Path) -> bool:
    """Return whether a safetensors file contains a model card of this program.

    Also true for a damaged file.

    Raises
    ------
    OSError
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if not 0 < size <= _MAX_HEADER_BYTES:
            return True
        try:
            header = json.loads(file.read(size))
            return "__metadata__" in header and HEADER_KEY in header["__metadata__"]
        except (ValueError, RecursionError, TypeError):
            return True


def built_in_directory() -> Path:
    """Return the directory of the built-in models, which depends on how the program is installed."""
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
        models += sorted(found, key=lambda model: (model.info.scale, model.info.parameter_count, model.name))
    return models


def find(name: str, scale: int | None = None) -> Model:
    """Return a model by its name, family or architecture, such as "compact-s-x2" or "9-1-5".

    A name takes precedence, and `scale` is then ignored. From a family or an architecture, the model for `scale` is
    selected. If `scale` is None, this is the model for DEFAULT_SCALE, or else for the smallest scale factor.

    Raises
    ------
    ModelUnknown
        No model has this name, family or architecture. The error lists the names of all models.
    ArchitectureScaleMismatch
        No model of this family or architecture is trained for `scale`. The error lists the scale factors that are
        available.
    """
    models = list_models()
    for model in models:
        if model.name == name:
            return model
    members = [model for model in models if name in (model.family, model.info.label)]
    members.sort(key=lambda model: (model.info.scale != (scale or DEFAULT_SCALE), model.info.scale))
    if members and scale in (None, members[0].info.scale):
        return members[0]
    if members:
        known = ", ".join(str(known) for known in sorted({model.info.scale for model in members}))
        raise ArchitectureScaleMismatch(arch=name, scale=scale, known=known)
    known = ", ".join(model.name for model in models) or "-"
    raise ModelUnknown(name=name, known=known)


def default_model(scale: int, *, simulate: bool = False) -> Model:
    """Return the default model for a scale factor, which is used if the user does not select one.

    Parameters
    ----------
    simulate : whether the input is simulated by downscaling a ground truth, which selects the model of PAPER_FAMILY

    Raises
    ------
    NoModelForScale
    """
    models = list_models()
    if model := pick_default(models, scale, simulate=simulate):
        return model
    known = ", ".join(str(known) for known in sorted({model.info.scale for model in models})) or "-"
    raise NoModelForScale(scale=scale, known=known)


def pick_default(models: Sequence[Model], scale: int, *, simulate: bool = False) -> Model | None:
    """Return the default model for a scale factor from a list of models, or None if there is none.

    The default is the built-in model of DEFAULT_FAMILY, or of PAPER_FAMILY if `simulate` is true. If it is not in the
    list, the default is the first model for the scale factor.
    """
    family = PAPER_FAMILY if simulate else DEFAULT_FAMILY
    matching = [model for model in models if model.info.scale == scale]
    preferred = [model for model in matching if model.family == family and is_built_in(model)]
    return next(iter(preferred + matching), None)


def is_built_in(model: Model) -> bool:
    """Return whether a model is one of the built-in models."""
    return model.path.parent == built_in_directory()


def is_photo_model(model: Model) -> bool:
    """Return whether a model is one of the built-in models that remove compression artifacts and noise."""
    return is_built_in(model) and model.family.startswith("photo-")


def clean_counterpart(model: Model) -> Model | None:
    """Return the built-in model for clean images from which a photo model was fine-tuned, or None."""
    family = "compact-" + model.family.rpartition("-")[2]
    others = [other for other in list_models() if is_built_in(other) and other.family == family]
    return next((other for other in others if other.info == model.info), None)


def select_for_scale(model: Model, scale_factor: float, *, exact: bool | None = None) -> Model:
    """Return the variant of a model that gives the best result for a scale factor.

    This is the variant for the same or the next larger scale factor. If there is none, it is the variant for the
    largest scale factor. The caller must resize the result if the scale factors differ. Upscaling too far and then
    downscaling preserves more detail than the reverse (34.41 dB instead of 32.70 dB at x2.5).
    """
    return first_for_scale(scale_variants(model, exact=exact), scale_factor)


def scale_variants(model: Model, *, exact: bool | None = None) -> tuple[Model, ...]:
    """Return a model and its variants for other scale factors, sorted by scale factor.

    There is at most one model for each scale factor.

    Parameters
    ----------
    exact : bool, optional
        True returns only the model itself, and False also its variants. By default, variants are returned only for a
        built-in model.
    """
    if exact or (exact is None and not is_built_in(model)):
        return (model,)
    scales = (1, *SCALES, model.info.scale)
    others = [other for other in list_models() if other.info.scale in scales and _are_variants(model, other)]
    by_scale = {other.info.scale: other for other in (*reversed(others), model)}
    return tuple(by_scale[scale] for scale in sorted(by_scale))


def _are_variants(model: Model, other: Model) -> bool:
    """Return whether two models differ only in the scale factor.

    Variants have the same architecture. Built-in variants also have the same family, because models for clean images
    and for compressed images can have the same architecture.
    """
    if is_built_in(model) and is_built_in(other):
        return model.family == other.family
    return model.info.architecture == other.info.architecture


def first_for_scale(models: Sequence[Model], scale_factor: float) -> Model:
    """Return the first model with at least the given scale factor, or the last model if there is none.

    `models` must be sorted by scale factor.
    """
    return next((model for model in models if model.info.scale >= scale_factor - 1e-9), models[-1])


def checkpoint_path(model: Path) -> Path:
    """Return the path of a model's training checkpoint, which is in the same directory."""
    return model.with_suffix(".checkpoint")
