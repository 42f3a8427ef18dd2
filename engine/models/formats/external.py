"""Reading and writing of official .mat files and PyTorch state dicts.

Reading a file never executes code from the file, and uses a limited amount of memory.
"""

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import N_, WeightsUnusable
from engine.models.architectures.srcnn import SRCNN
from engine.models.catalog import ModelSpec
from engine.models.formats.mat_file import read_arrays, write_arrays

MAX_BYTES = 64 << 20  # a 9-5-5 model takes 230 KB
MAT, STATE_DICT = ".mat", (".pt", ".pth")
# Names of the three layers in reproductions of the paper.
_LAYER_NAMES = (("conv1", "conv2", "conv3"), ("features.0", "map.0", "reconstruction"))
_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "params")


def parse_scale(stem: str) -> int | None:
    """Return the scale factor in a file name such as "x3", "srcnn_x2" or "srcnn_x4-T91".

    The result is None if the name contains no scale factor.
    """
    found = re.search(r"x([2-8])(?![0-9A-Za-z])", stem)
    return int(found[1]) if found else None


def from_mat(name: str, content: bytes, scale: int) -> SRCNN:
    """Create a network from the content of an official .mat file.

    MATLAB stores the filters in column-major order.

    Raises
    ------
    WeightsUnusable
    """
    try:
        stored = read_arrays(content, MAX_BYTES)
        w1, w2, w3 = (np.asarray(stored[f"weights_conv{layer}"], np.float32) for layer in (1, 2, 3))
        n1, n2 = w1.shape[1], w3.shape[0]
        f1, f2, f3 = (round(area**0.5) for area in (w1.shape[0], w2.size // (n1 * n2), w3.shape[1]))
        spec = ModelSpec(f1, f2, f3, scale, n1, n2)
        filters = {
            "conv1.weight": _filters(w1.T.reshape(n1, 1, -1), f1),
            "conv2.weight": _filters(w2.reshape(n1, -1, n2).transpose(2, 0, 1), f2),
            "conv3.weight": _filters(w3.reshape(1, n2, -1), f3),
        }
        biases = {
            f"conv{layer}.bias": torch.from_numpy(np.asarray(stored[f"biases_conv{layer}"], np.float32).reshape(-1))
            for layer in (1, 2, 3)
        }
        network = SRCNN(spec)
        network.load_state_dict(filters | biases)
    except Exception as error:  # ValueError, struct.error, zlib.error, KeyError, and errors of unexpected shapes
        raise WeightsUnusable(name=name, reason=N_("it is not a .mat of the authors' layout.")) from error
    return network


def to_mat(network: SRCNN) -> bytes:
    """Return the content of a .mat file in the authors' layout.

    The values are float64, the filters are in column-major order, and the biases are column vectors.
    """
    w1, w2, w3 = (
        layer.weight.detach().cpu().double().numpy().swapaxes(2, 3).reshape(*layer.weight.shape[:2], -1)
        for layer in (network.conv1, network.conv2, network.conv3)
    )  # (out, in, f * f), column-major
    arrays_by_name = {
        "weights_conv1": w1[:, 0].T,  # (f1 * f1, n1)
        "weights_conv2": w2.transpose(1, 2, 0),  # (n1, f2 * f2, n2)
        "weights_conv3": w3[0],  # (n2, f3 * f3)
    }
    for layer, bias in enumerate((network.conv1.bias, network.conv2.bias, network.conv3.bias), start=1):
        assert bias is not None
        arrays_by_name[f"biases_conv{layer}"] = bias.detach().cpu().double().numpy()[:, None]
    return write_arrays(arrays_by_name)


def from_state_dict(name: str, content: bytes, scale: int) -> SRCNN:
    """Create a network from a PyTorch state dict, or from a checkpoint that contains one.

    Raises
    ------
    WeightsUnusable
    """
    buffer = BytesIO(content)
    try:
        if zipfile.is_zipfile(buffer):
            with zipfile.ZipFile(buffer) as archive:
                if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
                    raise WeightsUnusable(name=name, reason=N_("it is larger than any SRCNN."))
        buffer.seek(0)
        stored = torch.load(buffer, map_location="cpu", weights_only=True)
    except WeightsUnusable:
        raise
    except Exception as error:  # RuntimeError, UnpicklingError, EOFError and others
        raise WeightsUnusable(name=name, reason=N_("it is damaged, or holds more than weights.")) from error
    return from_tensors(name, stored, scale)


def from_tensors(name: str, stored: Any, scale: int) -> SRCNN:
    """Create a network from named tensors. The layer names of common reproductions are recognized.

    Raises
    ------
    WeightsUnusable
    """
    for wrapper in _WRAPPERS:
        if isinstance(stored, Mapping) and isinstance(stored.get(wrapper), Mapping):
            stored = stored[wrapper]
    found = _three_layers(stored) if isinstance(stored, Mapping) else None
    if found is None:
        reason = N_("it has no three layers called conv1, conv2, conv3 or features.0, map.0, reconstruction.")
        raise WeightsUnusable(name=name, reason=reason)
    shapes = [tuple(found[f"conv{layer}.weight"].shape) for layer in (1, 2, 3)]
    if any(len(shape) != 4 or shape[2] != shape[3] for shape in shapes):
        raise WeightsUnusable(name=name, reason=N_("its filters are not square."))
    if shapes[0][1] != 1 or shapes[2][0] != 1:
        raise WeightsUnusable(name=name, reason=N_("it is for coloured pictures; only those for luma can be used."))
    try:
        spec = ModelSpec(shapes[0][2], shapes[1][2], shapes[2][2], scale, shapes[0][0], shapes[1][0])
        if 4 * spec.parameter_count > MAX_BYTES:  # the shape of a tensor may exceed the content of its file
            raise WeightsUnusable(name=name, reason=N_("it is larger than any SRCNN."))
        network = SRCNN(spec)
        network.load_state_dict(found)
    except WeightsUnusable:
        raise
    except Exception as error:  # BadRequest for an even filter size, RuntimeError for a shape mismatch
        raise WeightsUnusable(name=name, reason=N_("its layers do not make an SRCNN.")) from error
    return network


def to_state_dict(network: SRCNN) -> bytes:
    """Return the content of a PyTorch state dict with the weights and biases of conv1, conv2 and conv3."""
    buffer = BytesIO()
    torch.save({name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}, buffer)
    return buffer.getvalue()


def _three_layers(stored: Mapping[Any, Any]) -> dict[str, Tensor] | None:
    """Return the tensors under the names that `SRCNN` uses, or None if a tensor is missing.

    The prefix "module.", which DataParallel adds to the names, is removed.
    """
    tensors = {str(key).removeprefix("module."): value for key, value in stored.items()}
    for names in _LAYER_NAMES:
        expected = {
            f"conv{layer}.{kind}": tensors.get(f"{name}.{kind}")
            for layer, name in enumerate(names, start=1)
            for kind in ("weight", "bias")
        }
        found = {key: value for key, value in expected.items() if isinstance(value, Tensor)}
        if len(found) == len(expected):
            return found
    return None


def _filters(columns: NDArray[np.float32], size: int) -> Tensor:
    """Convert column-major filters of shape (out, in, size * size) to shape (out, in, size, size)."""
    transposed = columns.reshape(*columns.shape[:2], size, size)
    return torch.from_numpy(np.ascontiguousarray(transposed.swapaxes(2, 3)))
