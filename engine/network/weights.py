"""Weights on disk: our safetensors files, and the authors' .mat files. Nothing here can run code from a file."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save

from engine import models
from engine.errors import ModelForOtherScale, ModelUnwritable, WeightsUnusable, mark
from engine.files import reason_of, write_atomically
from engine.models import Model, ModelSpec
from engine.network.srcnn import SRCNN

_MOST_BYTES = 64 << 20  # a 9-5-5 is 230 KB


def save_model(path: Path, network: SRCNN, record: dict[str, Any]) -> Model:
    """Write a network and its training record as safetensors, atomically; raises ModelUnwritable."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    try:
        write_atomically(path, save(tensors, metadata=models.describe(network.spec, record)))
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=reason_of(error)) from error
    return models.read_model(path)


def add_figures(model: Model, set_name: str, figures: dict[str, float]) -> Model:
    """Write a set's measured means into a model's card (its file's header), beside those of other sets.

    Raises
    ------
    WeightsUnusable
        If the file is no safetensors file of ours, which alone has a card.
    """
    stored = models.read_model(model.path)
    record = stored.record | {"figures": stored.record.get("figures", {}) | {set_name: figures}}
    return save_model(model.path, load_network(model.path), record)


def load_network(path: Path, scale: int | None = None) -> SRCNN:
    """Read a network from a safetensors or .mat file; raises WeightsUnusable with the reason.

    `scale` is needed only for a .mat, which does not say what it was trained for, and only if its name
    (x2.mat, x3.mat) does not say it either.
    """
    content = _content(path)
    if path.suffix.lower() == ".mat":
        return _from_mat(path, content, scale)
    spec = models.read_model(path).spec
    if 4 * spec.weight_count > _MOST_BYTES:
        raise WeightsUnusable(name=path.name, reason=mark("it is larger than any SRCNN."))
    network = SRCNN(spec)
    try:
        network.load_state_dict(load(content))
    except Exception as error:  # safetensors raises its own type; torch a RuntimeError listing every key
        raise WeightsUnusable(name=path.name, reason=mark("its tensors do not fit its description.")) from error
    return _checked(path, network)


def resolve(name: str | None, scale: int | None) -> Model:
    """The model a person means by a file, a name or an architecture, or the default for the scale if None.

    Raises
    ------
    ModelUnknown, NoModelForScale, ModelForOtherScale, WeightsUnusable
    """
    if name is None:
        return models.default_for(scale or models.DEFAULT_SCALE)
    path = Path(name)
    if path.suffix.lower() == ".mat":
        model = Model(f"{path.parent.name}/{path.stem}", load_network(path, scale).spec, path)
    elif path.suffix.lower() == ".safetensors" or path.is_file():
        model = models.read_model(path)
    else:
        model = models.find(name, scale)
    if scale is not None and model.spec.scale != scale:
        raise ModelForOtherScale(name=model.name, trained=model.spec.scale, scale=scale)
    return model


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise WeightsUnusable(name=path.name, reason=mark("it is larger than any SRCNN."))
        return path.read_bytes()
    except OSError as error:
        raise WeightsUnusable(name=path.name, reason=reason_of(error)) from error


def _checked(path: Path, network: SRCNN) -> SRCNN:
    if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
        raise WeightsUnusable(name=path.name, reason=mark("it holds values that are not numbers."))
    return network.eval()


def _from_mat(path: Path, content: bytes, scale: int | None) -> SRCNN:
    """The authors' layout: MATLAB stores each filter column by column, so a plain reshape would transpose it."""
    named = re.search(r"x([2-8])$", path.stem)
    if not named and scale is None:
        raise WeightsUnusable(name=path.name, reason=mark("it does not say which scale it is for; give the scale."))
    try:
        stored = scipy.io.loadmat(BytesIO(content))
        w1, w2, w3 = (np.asarray(stored[f"weights_conv{layer}"], np.float32) for layer in (1, 2, 3))
        n1, n2 = w1.shape[1], w3.shape[0]
        f1, f2, f3 = (round(area**0.5) for area in (w1.shape[0], w2.size // (n1 * n2), w3.shape[1]))
        spec = ModelSpec(f1, f2, f3, int(named[1] if named else scale or 0), n1, n2)
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
    except Exception as error:  # SciPy fails with OSError, zlib.error, MatReadError and whatever else a file provokes
        raise WeightsUnusable(name=path.name, reason=mark("it is not a .mat of the authors' layout.")) from error
    return _checked(path, network)


def _filters(columns: NDArray[np.float32], size: int) -> torch.Tensor:
    """(out, in, size * size) column-major -> (out, in, size, size) with rows first."""
    by_column = columns.reshape(*columns.shape[:2], size, size)
    return torch.from_numpy(np.ascontiguousarray(by_column.swapaxes(2, 3)))
