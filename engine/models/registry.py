"""Supported network architectures, and their detection in files. This module does not import PyTorch."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.errors import N_, InvalidSetting
from engine.models.architectures.compact import Compact
from engine.models.architectures.fsrcnn import Fsrcnn
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import Architecture, Convolution, ModelInfo, Shapes

ARCHITECTURES: tuple[type[Architecture], ...] = (Srcnn, Fsrcnn, Compact)


def parse(label: str, scale: int) -> ModelInfo:
    """Return the model info for a scale factor and a label, such as "9-1-5" or "compact-24-7".

    Raises
    ------
    InvalidSetting
        The label is unknown, or a value is out of range.
    """
    for architecture in ARCHITECTURES:
        parsed = architecture.parse(label)
        if parsed is not None:
            return ModelInfo(parsed, scale)
    message = N_(
        "“{label}” isn't a supported architecture. Use an architecture such as 9-1-5, fsrcnn-56-12-4, or compact-24-7."
    )
    raise InvalidSetting(message, label=label)


def detect(shapes: Shapes) -> tuple[Architecture, int | None] | None:
    """Return the architecture and scale factor of a state dict from its tensors' names and shapes.

    The scale factor is None if the shapes do not determine it. The result is None if no architecture matches.

    Raises
    ------
    InvalidSetting
        The sizes of the architecture are out of range.
    """
    for architecture in ARCHITECTURES:
        detected = architecture.detect(shapes)
        if detected is not None:
            return detected
    return None


def detect_layers(
    layers: Sequence[Convolution], upsampling: int, skip_connection: str
) -> tuple[Architecture, int | None] | None:
    """Return the architecture and the scale factor of a model from its layers, whose names are unknown.

    The scale factor is None if the layers do not determine it. The result is None if no architecture matches.

    Parameters
    ----------
    layers : layers of the model; their names are ignored, and a ReLU also matches a PReLU, which can represent it
    upsampling : upsampling factor between the input and the output of the network
    skip_connection : "nearest" or "", as in `Architecture`

    Raises
    ------
    InvalidSetting
        The sizes of the architecture are out of range.
    """
    for kind in ARCHITECTURES:
        architecture = kind.from_layers(layers) if kind.skip_connection == skip_connection else None
        if architecture is None:
            continue
        scale = upsampling if kind.input == "low-res" else None
        info = ModelInfo(architecture, scale or 1)
        own = info.layers
        if info.upsampling == upsampling and len(own) == len(layers) and all(map(_can_load, own, layers)):
            return architecture, scale
    return None


def _can_load(own: Convolution, stored: Convolution) -> bool:
    """Return whether the weights of a layer in a file (`stored`) fit a layer of an architecture (`own`)."""
    same_activation = own.activation == stored.activation or (own.activation, stored.activation) == ("prelu", "relu")
    sizes = [(layer.in_channels, layer.out_channels, layer.size, layer.upsampling) for layer in (own, stored)]
    return same_activation and sizes[0] == sizes[1]


def to_dict(info: ModelInfo) -> dict[str, Any]:
    """Return the architecture and the scale factor of a model as a dict of JSON values.

    The key "architecture" is omitted for an SRCNN, for compatibility with earlier versions.
    """
    sizes: dict[str, Any] = asdict(info.architecture)  # type: ignore[call-overload]  # each is a dataclass
    if isinstance(info.architecture, Srcnn):
        first = {name: sizes.pop(name) for name in ("f1", "f2", "f3")}
        return first | {"scale": info.scale} | sizes
    return {"architecture": info.architecture.key} | sizes | {"scale": info.scale}


def from_dict(stored: dict[str, Any]) -> ModelInfo:
    """Create a model info from a dict in the format of `to_dict`.

    Raises
    ------
    KeyError, TypeError, ValueError, InvalidSetting
        The values are incomplete, unknown or out of range.
    """
    sizes = dict(stored)
    key = sizes.pop("architecture", Srcnn.key)
    scale = int(sizes.pop("scale"))
    by_key = {architecture.key: architecture for architecture in ARCHITECTURES}
    return ModelInfo(by_key[key](**{name: int(value) for name, value in sizes.items()}), scale)
