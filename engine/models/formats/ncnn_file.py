"""Reading and writing of ncnn models: a .param file with the layers, a .bin file with the weights.

In a .param file, the settings of a layer are identified by numbers. Their meaning is documented in
docs/developer-guide/operators.md in https://github.com/Tencent/ncnn.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import N_, Message, WeightsUnusable, lazy_format
from engine.models import registry
from engine.models.formats import external
from engine.models.info import Convolution, ModelInfo
from engine.models.network import Network, deconvolution_cuts

SUFFIX, WEIGHTS_SUFFIX = ".param", ".bin"
_MAGIC = 7767517
_MAX_PARAM_BYTES = 1 << 20  # the largest supported model has 270 layers, of about 100 bytes each
_MAX_FILTER_SIZE = 31
_MAX_SHOWN = 60  # characters of a name in a message
# Tags that precede the weights of a convolution and specify their format. All other tags are for quantized weights.
_FLOAT32, _FLOAT32_SCALED, _FLOAT16 = 0, 0x0002C056, 0x01306B47
_NEAREST, _ADD, _REPLICATE = 1, 0, 1  # values of the settings 0 of Interp, 0 of BinaryOp, and 4 of Padding
_RELU, _LEAKY_RELU = 1, 2  # values of the setting 9 of Convolution
_FIRST_ARRAY = -23300  # offset of settings with an array: setting 10 is written as -23310

_DAMAGED = N_("The file is damaged or isn't an ncnn model in text format. Choose another file.")
_WRONG_WEIGHTS = N_("The .bin file is damaged or belongs to another model. Use another copy of both files.")
_QUANTIZED = N_("The .bin file is damaged or has quantized weights. Choose a model with float32 or float16 weights.")
_LAYER_UNKNOWN = N_(
    "Layer {layer} has the type {kind}, which SRCNN, FSRCNN, and Compact don't use. Choose another model."
)
_SETTING_UNKNOWN = N_("Layer {layer} of type {kind} has the unsupported setting {setting}. Choose another model.")
_RESIZED = N_("Layer {layer} resizes data other than the input, which isn't supported. Choose another model.")
_CONNECTION_UNKNOWN = N_("Layer {layer} isn't connected as in SRCNN, FSRCNN, or Compact. Choose another model.")
_SIZES_UNKNOWN = N_("The layer sizes don't match SRCNN, FSRCNN, or Compact. Choose another model.")


# -- writing ----------------------------------------------------------------------------------------------------------


def to_ncnn(network: Network) -> tuple[bytes, bytes]:
    """Convert a network to the contents of a .param file and a .bin file, with weights in float32.

    The input is named `data` and the output `output`. Both are Y or RGB with values in [0, 1]. The exported model pads
    its input with replicated edge pixels, so the output is `network.info.upsampling` times as large as the input.
    """
    info = network.info
    has_skip_connection = info.architecture.skip_connection == "nearest"
    lines = [_line("Input", "input", [], ["data"])]
    chain = "data"
    if has_skip_connection:
        lines.append(_line("Split", "split", ["data"], ["image", "base"]))
        chain = "image"
    weights = b""
    steps: list[tuple[str, str, dict[int, int]]] = [
        ("Padding", "padding", dict.fromkeys(range(4), info.halo_px) | {4: _REPLICATE})
    ]
    for layer in info.layers:
        steps.append(_convolution_step(layer))
        weight, bias = (value.detach().cpu() for value in network.get_submodule(layer.name).parameters())
        if layer.upsampling > 1:
            weight = weight.swapaxes(0, 1)
        weights += struct.pack("<I", _FLOAT32) + _to_bytes(weight) + _to_bytes(bias)
        if layer.activation == "relu":
            steps.append(("ReLU", f"{layer.name}.relu", {}))
        elif layer.activation == "prelu":
            steps.append(("PReLU", layer.activation_name, {0: layer.out_channels}))
            weights += _to_bytes(network.get_parameter(f"{layer.activation_name}.weight"))
    if info.layers[-1].out_channels != info.channels:
        steps.append(("PixelShuffle", "shuffle", {0: info.upsampling}))
    for number, (kind, name, settings) in enumerate(steps, start=1):
        top = "output" if number == len(steps) and not has_skip_connection else f"features{number}"
        lines.append(_line(kind, name, [chain], [top], settings))
        chain = top
    if has_skip_connection:
        if info.upsampling > 1:
            scales: dict[int, int | str] = {0: _NEAREST, 1: f"{info.upsampling:e}", 2: f"{info.upsampling:e}"}
            lines.append(_line("Interp", "nearest", ["base"], ["upscaled"], scales))
        base = "upscaled" if info.upsampling > 1 else "base"
        lines.append(_line("BinaryOp", "sum", [chain, base], ["output"], {0: _ADD}))
    blob_count = len(lines) + has_skip_connection
    header = f"{_MAGIC}\n{len(lines)} {blob_count}\n"
    return (header + "\n".join(lines) + "\n").encode("ascii"), weights


def _convolution_step(layer: Convolution) -> tuple[str, str, dict[int, int]]:
    """Return the type, the name and the settings of a convolution for a .param file. It has no padding."""
    settings = {0: layer.out_channels, 1: layer.size, 5: 1, 6: layer.multiplications}
    if layer.upsampling == 1:
        return "Convolution", layer.name, settings
    before, after = deconvolution_cuts(layer.size, layer.upsampling, layer.halo_px)
    return "Deconvolution", layer.name, settings | {3: layer.upsampling, 4: before, 14: before, 15: after, 16: after}


def _line(
    kind: str, name: str, bottoms: list[str], tops: list[str], settings: Mapping[int, int | str] | None = None
) -> str:
    """Return a line of a .param file. Float settings must be strings with a decimal point."""
    values = [f"{key}={value}" for key, value in (settings or {}).items()]
    return " ".join([kind, name, str(len(bottoms)), str(len(tops)), *bottoms, *tops, *values])


def _to_bytes(values: torch.Tensor) -> bytes:
    return values.detach().cpu().numpy().astype("<f4").tobytes()


# -- reading ----------------------------------------------------------------------------------------------------------


def from_ncnn(name: str, param: bytes, weights: bytes, scale: int | None) -> Network:
    """Create a network from the contents of a .param file and a .bin file.

    The layers must match a supported architecture. The model may pad its input, or the input of each convolution.

    Parameters
    ----------
    name : file name, for error messages
    param, weights : contents of the two files
    scale : scale factor of the model, used if the layers do not determine it

    Raises
    ------
    WeightsUnusable
    """
    if len(param) > _MAX_PARAM_BYTES or len(weights) > external.MAX_BYTES:
        raise WeightsUnusable(name=name, reason=external.TOO_LARGE)
    try:
        graph = _Graph(name, _Weights(name, weights))
        for layer in _parse(name, param):
            graph.add(layer)
        graph.finish()
        layers = [part.sizes for part in graph.parts]
        detected = registry.detect_layers(layers, graph.upsampling, graph.skip_connection)
        if detected is None:
            raise WeightsUnusable(name=name, reason=_SIZES_UNKNOWN)
        architecture, detected_scale = detected
        scale = detected_scale or scale
        if scale is None:
            raise WeightsUnusable(name=name, reason=external.SCALE_UNKNOWN)
        info = ModelInfo(architecture, scale)
        if 4 * info.parameter_count > external.MAX_BYTES:  # twice the size of weights in float16
            raise WeightsUnusable(name=name, reason=external.TOO_LARGE)
        network = Network(info)
        network.load_state_dict(_to_state_dict(info, graph.parts))
    except WeightsUnusable:
        raise
    except Exception as error:  # InvalidSetting for sizes out of range, RuntimeError for a shape mismatch
        raise WeightsUnusable(name=name, reason=_SIZES_UNKNOWN) from error
    return network


@dataclass(frozen=True)
class _Layer:
    """One line of a .param file.

    Attributes
    ----------
    file : name of the .param file, for error messages
    kind : type of the layer, such as "Convolution"
    name : name of the layer
    bottoms, tops : names of the input and output blobs
    settings : values by the number of the setting
    """

    file: str
    kind: str
    name: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    settings: Mapping[int, float | tuple[float, ...]]

    def number(self, key: int, default: float = 0) -> float:
        """Return the value of a numeric setting.

        Raises
        ------
        WeightsUnusable
            The value is an array.
        """
        value = self.settings.get(key, default)
        if isinstance(value, tuple):
            raise _unusable(self, _SETTING_UNKNOWN, key)
        return value

    def require(self, key: int, *allowed: float, default: float = 0) -> None:
        """Raise WeightsUnusable if the value of a setting is not one of the allowed values."""
        if self.number(key, default) not in allowed:
            raise _unusable(self, _SETTING_UNKNOWN, key)

    def integer(self, key: int, default: float = 0, largest: int = 1 << 24) -> int:
        """Return the value of a setting, which must be an integer from 0 to `largest`.

        Raises
        ------
        WeightsUnusable
        """
        value = self.number(key, default)
        if not 0 <= value <= largest or value != int(value):
            raise _unusable(self, _SETTING_UNKNOWN, key)
        return int(value)

    def equal_integers(self, *keys: int, default: float = 0, largest: int = 1 << 24) -> int:
        """Return the common value of several settings. A missing setting has the value of the first one.

        Raises
        ------
        WeightsUnusable
            The values differ, or are not integers from 0 to `largest`.
        """
        value = self.integer(keys[0], default, largest)
        for key in keys[1:]:
            self.require(key, value, default=value)
        return value


def _unusable(layer: _Layer, message: Message, key: int | None = None) -> WeightsUnusable:
    """Return an error whose message names a layer and the setting with the number `key`."""
    name, kind = (text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…" for text in (layer.name, layer.kind))
    value = layer.settings.get(key) if key is not None else None
    setting = f"{key}={value:g}" if isinstance(value, float) else str(key)
    return WeightsUnusable(name=layer.file, reason=lazy_format(message, layer=name, kind=kind, setting=setting))


def _parse(file: str, param: bytes) -> list[_Layer]:
    """Return the layers of a .param file.

    Raises
    ------
    WeightsUnusable
        The file is damaged.
    """
    try:
        lines = [line.split() for line in param.decode("utf-8").splitlines() if line.strip()]
        if [int(word) for word in lines[0]] != [_MAGIC] or len(lines) != int(lines[1][0]) + 2:
            raise ValueError("no ncnn model, or cut short")
        return [_parse_line(file, words) for words in lines[2:]]
    except (ValueError, IndexError, OverflowError) as error:
        raise WeightsUnusable(name=file, reason=_DAMAGED) from error


def _parse_line(file: str, words: list[str]) -> _Layer:
    kind, name, *counts = words[:4]
    bottom_count, top_count = (int(count) for count in counts)
    blobs = words[4 : 4 + bottom_count + top_count]
    if min(bottom_count, top_count) < 0 or len(blobs) != bottom_count + top_count:
        raise ValueError("blobs missing")
    settings: dict[int, float | tuple[float, ...]] = {}
    for word in words[4 + len(blobs) :]:
        key, _, value = word.partition("=")
        if int(key) <= _FIRST_ARRAY:
            settings[_FIRST_ARRAY - int(key)] = tuple(float(item) for item in value.split(",")[1:])
        else:
            settings[int(key)] = float(value)
    return _Layer(file, kind, name, tuple(blobs[:bottom_count]), tuple(blobs[bottom_count:]), settings)


class _Weights:
    """Sequential reader of the weights in a .bin file."""

    def __init__(self, file: str, content: bytes) -> None:
        self._file = file
        self._content = content
        self._offset = 0

    @property
    def is_complete(self) -> bool:
        return self._offset == len(self._content)

    def read(self, count: int, dtype: str = "<f4") -> NDArray[np.float32]:
        """Read the next `count` values, and convert them to float32.

        Raises
        ------
        WeightsUnusable
            The file is too short. In this case, no memory is allocated.
        """
        return np.frombuffer(self._take(count * np.dtype(dtype).itemsize), dtype).astype(np.float32)

    def read_tagged(self, count: int) -> NDArray[np.float32]:
        """Read a tag that specifies the format of the values, and then the next `count` values.

        Raises
        ------
        WeightsUnusable
            The file is too short, or the values are quantized.
        """
        (tag,) = struct.unpack("<I", self._take(4))
        if tag in (_FLOAT32, _FLOAT32_SCALED):
            return self.read(count)
        if tag != _FLOAT16:
            raise WeightsUnusable(name=self._file, reason=_QUANTIZED)
        values = self.read(count, "<f2")
        self._take(-2 * count % 4)  # padded to a multiple of 4 bytes
        return values

    def _take(self, size: int) -> bytes:
        end = self._offset + size
        if end > len(self._content):
            raise WeightsUnusable(name=self._file, reason=_WRONG_WEIGHTS)
        taken = self._content[self._offset : end]
        self._offset = end
        return taken


@dataclass(frozen=True)
class _Part:
    """Convolution of the network with its weights, which have the shapes that PyTorch uses."""

    sizes: Convolution
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    slopes: NDArray[np.float32] | None = None


class _Graph:
    """Graph of a model: a chain of layers, and optionally a skip connection from the input to the output.

    Attributes
    ----------
    parts : convolutions that were added, with their weights and activations
    upsampling : upsampling factor between the input and the output of the chain
    skip_connection : "nearest" or "", as in `Architecture`
    """

    def __init__(self, file: str, weights: _Weights) -> None:
        self._file = file
        self.parts: list[_Part] = []
        self.upsampling = 1
        self.skip_connection = ""
        self._weights = weights
        self._names: dict[str, str] = {}  # original names of blobs, since Split layers rename them
        self._input = self._chain = self._upscaled_input = ""
        self._upscaled_input_factor = 1
        self._margin = 0  # padding minus the pixels that the convolutions removed, on each side, in input px
        self._last: _Layer | None = None

    def add(self, layer: _Layer) -> None:
        """Check the next layer, and add it to the graph.

        Raises
        ------
        WeightsUnusable
            The layer is not supported, or is not connected as in a supported architecture.
        """
        adders: dict[str, Callable[[_Layer], None]] = {
            "Input": self._add_input,
            "Split": self._add_split,
            "Noop": self._add_split,
            "Interp": self._add_interp,
            "BinaryOp": self._add_sum,
        }
        chained: dict[str, Callable[[_Layer], None]] = {
            "Padding": self._add_padding,
            "Convolution": self._add_convolution,
            "Deconvolution": self._add_deconvolution,
            "ReLU": self._add_relu,
            "PReLU": self._add_prelu,
            "PixelShuffle": self._add_shuffle,
        }
        self._last = layer
        if not self._input and layer.kind != "Input":
            raise WeightsUnusable(name=self._file, reason=_DAMAGED)
        if layer.kind in adders:
            adders[layer.kind](layer)
        elif layer.kind in chained:
            if self._bottoms(layer) != [self._chain] or len(layer.tops) != 1 or self.skip_connection:
                raise _unusable(layer, _CONNECTION_UNKNOWN)
            chained[layer.kind](layer)
            self._chain = self._name(layer.tops[0])
        else:
            raise _unusable(layer, _LAYER_UNKNOWN)

    def finish(self) -> None:
        """Check that the graph is complete and all weights have been read.

        Raises
        ------
        WeightsUnusable
        """
        if self._last is None or not self.parts:
            raise WeightsUnusable(name=self._file, reason=_DAMAGED)
        is_unconnected = self._upscaled_input and not self.skip_connection
        if is_unconnected or self._margin > 0 or (self.skip_connection and self._margin):
            raise _unusable(self._last, _CONNECTION_UNKNOWN)
        if not self._weights.is_complete:
            raise WeightsUnusable(name=self._file, reason=_WRONG_WEIGHTS)

    def _bottoms(self, layer: _Layer) -> list[str]:
        """Return the original names of the input blobs of a layer, or "" for an unknown blob."""
        return [self._names.get(bottom, "") for bottom in layer.bottoms]

    def _name(self, top: str, original: str = "") -> str:
        """Register an output blob, and return its original name.

        If `original` is given, the new blob is an alias of that blob.
        """
        if top in self._names:
            raise WeightsUnusable(name=self._file, reason=_DAMAGED)
        self._names[top] = original or top
        return self._names[top]

    def _add_input(self, layer: _Layer) -> None:
        if self._input or layer.bottoms or len(layer.tops) != 1:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        self._input = self._chain = self._name(layer.tops[0])

    def _add_split(self, layer: _Layer) -> None:
        bottoms = self._bottoms(layer)
        if len(bottoms) != 1 or not bottoms[0]:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        for top in layer.tops:
            self._name(top, bottoms[0])

    def _add_interp(self, layer: _Layer) -> None:
        bottoms = self._bottoms(layer)
        if len(bottoms) != 1 or bottoms[0] != self._input:
            raise _unusable(layer, _RESIZED)
        if len(layer.tops) != 1 or self._upscaled_input:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        layer.require(0, _NEAREST)
        for key in (3, 4, 5):  # an absolute size
            layer.require(key, 0)
        self._upscaled_input_factor = layer.equal_integers(1, 2, default=1, largest=8)
        self._upscaled_input = self._name(layer.tops[0])

    def _add_sum(self, layer: _Layer) -> None:
        bottoms = self._bottoms(layer)
        base = self._upscaled_input or self._input
        is_sum = sorted(bottoms) == sorted((self._chain, base)) and self._upscaled_input_factor == self.upsampling
        if not is_sum or len(layer.tops) != 1 or self.skip_connection:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        layer.require(0, _ADD)
        layer.require(1, 0)
        self.skip_connection = "nearest"
        self._chain = self._name(layer.tops[0])

    def _add_padding(self, layer: _Layer) -> None:
        if self.parts:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        layer.require(7, 0)
        layer.require(8, 0)
        self._margin += layer.equal_integers(0, 1, 2, 3)

    def _add_convolution(self, layer: _Layer) -> None:
        if self.upsampling != 1:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        for key in (2, 12, 3, 13):  # dilation and stride
            layer.require(key, 1, default=1)
        layer.require(18, 0)
        layer.require(8, 0)
        layer.require(19, 0)
        size = self._filter_size(layer)
        pad = layer.equal_integers(4, 14, 15, 16, largest=_MAX_FILTER_SIZE)
        if pad not in (0, size // 2):
            raise _unusable(layer, _SETTING_UNKNOWN, 4)
        self._margin += pad - size // 2
        self._add_part(layer, size, upsampling=1)

    def _add_deconvolution(self, layer: _Layer) -> None:
        if self.upsampling != 1:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        for key in (2, 12):
            layer.require(key, 1, default=1)
        for key in (8, 20, 21, 28):
            layer.require(key, 0)
        size = self._filter_size(layer)
        stride = layer.equal_integers(3, 13, default=1, largest=8)
        if stride < 2:
            raise _unusable(layer, _SETTING_UNKNOWN, 3)
        before = layer.equal_integers(4, 14)
        extra = layer.equal_integers(18, 19)
        after = layer.equal_integers(15, 16, default=before) - extra
        margin = (before - size // 2) // stride
        if margin < 0 or (before, after) != deconvolution_cuts(size, stride, margin):
            raise _unusable(layer, _SETTING_UNKNOWN, 4)
        self._margin -= margin
        self.upsampling = stride
        self._add_part(layer, size, upsampling=stride)

    def _filter_size(self, layer: _Layer) -> int:
        size = layer.equal_integers(1, 11, largest=_MAX_FILTER_SIZE)
        if size % 2 == 0:
            raise _unusable(layer, _SETTING_UNKNOWN, 1)
        return size

    def _add_part(self, layer: _Layer, size: int, upsampling: int) -> None:
        """Read the weights of a convolution, and add the convolution and its activation."""
        outputs, count = layer.integer(0), layer.integer(6)
        if not outputs or not count or count % (outputs * size**2):
            raise WeightsUnusable(name=self._file, reason=_SIZES_UNKNOWN)
        inputs = count // (outputs * size**2)
        weight = self._weights.read_tagged(count).reshape(outputs, inputs, size, size)
        has_bias = layer.integer(5, largest=1)
        bias = self._weights.read(outputs) if has_bias else np.zeros(outputs, np.float32)
        sizes = Convolution("", inputs, outputs, size, upsampling=upsampling)
        self.parts.append(_Part(sizes, weight if upsampling == 1 else weight.swapaxes(0, 1), bias))
        layer.require(9, 0, _RELU, _LEAKY_RELU)
        if layer.number(9):
            slope = layer.settings.get(10, ()) if layer.number(9) == _LEAKY_RELU else None
            self._activate(layer, None if slope is None else np.array(slope, np.float32).reshape(-1))

    def _add_relu(self, layer: _Layer) -> None:
        slope = layer.number(0)
        self._activate(layer, np.array([slope], np.float32) if slope else None)

    def _add_prelu(self, layer: _Layer) -> None:
        self._activate(layer, self._weights.read(layer.integer(0)))

    def _activate(self, layer: _Layer, slopes: NDArray[np.float32] | None) -> None:
        """Set the activation of the last convolution: a ReLU, or a PReLU with one slope or one per channel."""
        last = self.parts[-1] if self.parts else None
        if last is None or last.sizes.activation or self.upsampling != 1:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        if slopes is not None and slopes.size not in (1, last.sizes.out_channels):
            raise WeightsUnusable(name=self._file, reason=_SIZES_UNKNOWN)
        sizes = replace(last.sizes, activation="relu" if slopes is None else "prelu")
        self.parts[-1] = replace(last, sizes=sizes, slopes=slopes)

    def _add_shuffle(self, layer: _Layer) -> None:
        if self.upsampling != 1 or not self.parts:
            raise _unusable(layer, _CONNECTION_UNKNOWN)
        layer.require(1, 0)
        self.upsampling = layer.integer(0, default=1, largest=8)


def _to_state_dict(info: ModelInfo, parts: list[_Part]) -> dict[str, torch.Tensor]:
    """Return the state dict of a network with the weights that were read from a file."""
    arrays: dict[str, NDArray[np.float32]] = {}
    for layer, part in zip(info.layers, parts, strict=True):
        arrays[f"{layer.name}.weight"], arrays[f"{layer.name}.bias"] = part.weight, part.bias
        if layer.activation == "prelu":
            slopes = np.zeros(1, np.float32) if part.slopes is None else part.slopes
            arrays[f"{layer.activation_name}.weight"] = np.broadcast_to(slopes, layer.out_channels)
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
