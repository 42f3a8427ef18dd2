"""Reading and writing of other programs' weights: official .mat files and PyTorch state dicts.

Reading a file never executes code from the file, and uses a limited amount of memory.
"""

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import torch
from numpy._core import multiarray
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import N_, WeightsUnusable, check
from engine.models import registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.formats.mat_file import read_arrays, write_arrays
from engine.models.info import ModelInfo
from engine.models.network import Network

MAX_BYTES = 64 << 20  # a 9-5-5 model takes 230 KB, the largest published Compact models 5 MB
MAT, STATE_DICT = ".mat", (".pt", ".pth", ".pth.tar", ".ckpt")
TOO_LARGE = N_("The file is larger than any supported model. Choose another file.")
SCALE_UNKNOWN = N_(
    "The scale factor of the model is unknown. Select the scale factor, or add it to the file name, as in mine_x3.pth."
)
# Keys under which training programs store the state dict, best first: EMA weights give better results.
_WRAPPERS = (
    "params_ema",
    "ema_state_dict",
    "model_ema",
    "params",
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "network",
    "generator",
    "weights",
)
# Prefixes that wrappers, such as DataParallel, add to the names of the tensors. There can be several.
_PREFIX = re.compile(r"^(?:(?:module|model|net|network|generator|_orig_mod|srcnn)\.)+")


def _empty_array(*_arguments: object) -> NDArray[Any]:
    """Return an empty array for unpickling.

    The shape in the pickle is ignored, because it may be too large.
    """
    return np.empty(0, np.uint8)


# Globals that are needed to unpickle NumPy scalars and arrays in a checkpoint, such as a PSNR or losses. The module
# names differ between NumPy 1 and 2.
_SAFE_GLOBALS: list[Any] = [
    *((multiarray.scalar, f"numpy.{core}.multiarray.scalar") for core in ("_core", "core")),
    *((_empty_array, f"numpy.{core}.multiarray._reconstruct") for core in ("_core", "core")),
    np.ndarray,
    np.dtype,
    *(type(np.dtype(kind)) for kind in np.typecodes["AllInteger"] + "?efdg"),
]


def parse_scale(stem: str) -> int | None:
    """Return the scale factor in a file name such as "x3", "srcnn_x2", "srcnn_x4-T91" or "2x_photo".

    The result is None if the file name `stem`, which has no extension, contains no scale factor.
    """
    found = re.search(r"x([1-8])(?![0-9A-Za-z])|(?<![0-9A-Za-z])([1-8])x(?![0-9A-Za-z])", stem, re.IGNORECASE)
    return int(found[1] or found[2]) if found else None


def from_mat(name: str, content: bytes, scale: int) -> Network:
    """Create an SRCNN from a .mat file in the layout that the authors of SRCNN published.

    Parameters
    ----------
    name : file name, for error messages
    content : content of the file
    scale : scale factor of the model, which is not stored in the file

    Raises
    ------
    WeightsUnusable
    """
    try:
        stored = read_arrays(content, MAX_BYTES)
        w1, w2, w3 = (np.asarray(stored[f"weights_conv{layer}"], np.float32) for layer in (1, 2, 3))
        n1, n2 = w1.shape[1], w3.shape[0]
        f1, f2, f3 = (round(area**0.5) for area in (w1.shape[0], w2.size // (n1 * n2), w3.shape[1]))
        filters = {
            "conv1.weight": _filters(w1.T.reshape(n1, 1, -1), f1),
            "conv2.weight": _filters(w2.reshape(n1, -1, n2).transpose(2, 0, 1), f2),
            "conv3.weight": _filters(w3.reshape(1, n2, -1), f3),
        }
        biases = {
            f"conv{layer}.bias": torch.from_numpy(np.asarray(stored[f"biases_conv{layer}"], np.float32).reshape(-1))
            for layer in (1, 2, 3)
        }
        network = Network(ModelInfo(Srcnn(f1, f2, f3, n1, n2), scale))
        network.load_state_dict(filters | biases)
    except Exception as error:  # ValueError, struct.error, zlib.error, KeyError, and errors of unexpected shapes
        raise WeightsUnusable(
            name=name, reason=N_("The file doesn't have the layout of the official .mat files. Choose another file.")
        ) from error
    return network


def to_mat(network: Network) -> bytes:
    """Convert an SRCNN to the content of a .mat file in the layout that the authors of SRCNN published.

    The arrays are float64. Filters are stored in column-major order, and biases as column vectors.

    Raises
    ------
    InvalidSetting
        The network is not an SRCNN.
    """
    check(
        isinstance(network.info.architecture, Srcnn),
        N_("{arch} models can't be exported as .mat, which is for SRCNN only. Choose another file extension."),
        arch=network.info.architecture.title,
    )
    w1, w2, w3 = (
        layer.weight.detach().cpu().double().numpy().swapaxes(2, 3).reshape(*layer.weight.shape[:2], -1)
        for layer in network.convolutions
    )  # (out, in, f * f), column-major
    arrays_by_name = {
        "weights_conv1": w1[:, 0].T,  # (f1 * f1, n1)
        "weights_conv2": w2.transpose(1, 2, 0),  # (n1, f2 * f2, n2)
        "weights_conv3": w3[0],  # (n2, f3 * f3)
    }
    for number, layer in enumerate(network.convolutions, start=1):
        assert layer.bias is not None
        arrays_by_name[f"biases_conv{number}"] = layer.bias.detach().cpu().double().numpy()[:, None]
    return write_arrays(arrays_by_name)


def from_state_dict(name: str, content: bytes, scale: int | None) -> Network:
    """Create a network from a .pth file with a PyTorch state dict or a checkpoint that contains one.

    Parameters
    ----------
    name : file name, for error messages
    content : content of the file
    scale : scale factor of the model, used if the shapes of the tensors do not determine it

    Raises
    ------
    WeightsUnusable
    """
    buffer = BytesIO(content)
    try:
        if zipfile.is_zipfile(buffer):
            with zipfile.ZipFile(buffer) as archive:
                if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
                    raise WeightsUnusable(name=name, reason=TOO_LARGE)
        buffer.seek(0)
        with torch.serialization.safe_globals(_SAFE_GLOBALS):
            stored = torch.load(buffer, map_location="cpu", weights_only=True)
    except WeightsUnusable:
        raise
    except Exception as error:  # RuntimeError, UnpicklingError, EOFError and others
        raise WeightsUnusable(
            name=name,
            reason=N_(
                "The file is damaged or contains objects other than weights. Choose another file, or save only "
                "the state dict."
            ),
        ) from error
    return from_tensors(name, stored, scale)


def from_tensors(name: str, stored: Any, scale: int | None) -> Network:
    """Create a network from a state dict, including those of common reproductions.

    Parameters
    ----------
    name : file name, for error messages
    stored : state dict, or a checkpoint that contains one under a common key such as "state_dict"
    scale : scale factor of the model, used if the shapes of the tensors do not determine it

    Raises
    ------
    WeightsUnusable
    """
    tensors = _find_tensors(stored)
    shapes = {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    try:
        detected = registry.detect(shapes)
        while detected is None and (inner := _without_container(tensors)) is not None:
            tensors = inner
            detected = registry.detect({key: tuple(tensor.shape) for key, tensor in tensors.items()})
        if detected is None:
            raise WeightsUnusable(name=name, reason=_reason_unknown(shapes))
        architecture, detected_scale = detected
        if detected_scale is not None:
            scale = detected_scale
        if scale is None:
            raise WeightsUnusable(name=name, reason=SCALE_UNKNOWN)
        info = ModelInfo(architecture, scale)
        if 4 * info.parameter_count > MAX_BYTES:  # the shape of a tensor may exceed the content of its file
            raise WeightsUnusable(name=name, reason=TOO_LARGE)
        network = Network(info)
        network.load_state_dict(_rename_tensors(architecture, tensors, network))
    except WeightsUnusable:
        raise
    except Exception as error:  # InvalidSetting for sizes out of range, RuntimeError for a shape mismatch
        raise WeightsUnusable(
            name=name, reason=N_("The layer sizes don't match any supported architecture. Choose another file.")
        ) from error
    return network


def to_state_dict(network: Network) -> bytes:
    """Convert a network to the content of a .pth file with a PyTorch state dict.

    The state dict of a Compact network is stored under the key "params", as in Real-ESRGAN.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    buffer = BytesIO()
    key = network.info.architecture.state_dict_key
    torch.save({key: tensors} if key else tensors, buffer)
    return buffer.getvalue()


def _rename_tensors(architecture: Any, tensors: dict[str, Tensor], network: Network) -> dict[str, Tensor]:
    """Return the tensors of the network as float32, under the names that the network uses."""
    expected = network.state_dict().keys()
    renamed = {architecture.normalize(key): tensor.float() for key, tensor in tensors.items()}
    return {key: tensor for key, tensor in renamed.items() if key in expected}


def _find_tensors(stored: Any) -> dict[str, Tensor]:
    """Return the tensors of a state dict or checkpoint by name. Prefixes such as "module." are removed."""
    depth = 0
    while isinstance(stored, Mapping) and depth < 4:
        wrapped = next((stored[key] for key in _WRAPPERS if _is_filled(stored.get(key))), None)
        if wrapped is None:
            break
        stored, depth = wrapped, depth + 1
    if not isinstance(stored, Mapping):
        return {}
    return {_PREFIX.sub("", str(key)): value for key, value in stored.items() if isinstance(value, Tensor)}


def _is_filled(stored: object) -> bool:
    return isinstance(stored, Mapping) and len(stored) > 0


def _without_container(tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Remove the name of the module that contains all tensors. Return None if there is no such module."""
    containers = {key.partition(".")[0] for key in tensors}
    if len(containers) != 1 or not all(key.count(".") > 1 for key in tensors):
        return None
    return {key.partition(".")[2]: tensor for key, tensor in tensors.items()}


def _reason_unknown(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return the reason, for an error message, why no architecture matches the tensors of a file."""
    filters = [shape for shape in shapes.values() if len(shape) == 4]
    if any(shape[2] != shape[3] for shape in filters):
        return N_("Models with non-square filters aren't supported. Choose another file.")
    if len(filters) == 3 and filters[0][1] == 3:
        return N_("SRCNN models for RGB images aren't supported. Choose a model for the Y channel.")
    return N_("The layers don't match SRCNN, FSRCNN, or Compact. Choose another file.")


def _filters(columns: NDArray[np.float32], size: int) -> Tensor:
    """Convert column-major filters of shape (out, in, size * size) to shape (out, in, size, size)."""
    transposed = columns.reshape(*columns.shape[:2], size, size)
    return torch.from_numpy(np.ascontiguousarray(transposed.swapaxes(2, 3)))
