"""Weights on disk: our safetensors files, and those of others. Nothing here can run code from a file."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save

from engine.errors import ModelForOtherScale, ModelUnwritable, WeightsUnusable, mark
from engine.models import catalog
from engine.models.architectures.srcnn import SRCNN
from engine.models.catalog import Model
from engine.models.formats import foreign
from engine.system.files import reason_of, write_durably


def save_model(path: Path, network: SRCNN, record: dict[str, Any]) -> Model:
    """Write a network and its training record as safetensors, atomically, and read it back.

    Raises
    ------
    WeightsUnusable
        If a weight is not finite; what was under `path` before is still there.
    ModelUnwritable
    """
    _require_finite(path, network)
    try:
        write_durably(path, to_safetensors(network, record))
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=reason_of(error)) from error
    return catalog.read_model(path)


def to_safetensors(network: SRCNN, record: dict[str, Any]) -> bytes:
    """Our own layout: the tensors, and in the header the specification and the record."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    return save(tensors, metadata=catalog.describe(network.spec, record))


def add_figures(model: Model, set_name: str, figures: dict[str, float]) -> Model:
    """Write a set's measured means into a model's card (its file's header), beside those of other sets.

    Raises
    ------
    WeightsUnusable
        If the file is no safetensors file of ours, which alone has a card.
    """
    stored = catalog.read_model(model.path)
    record = stored.record | {"figures": stored.record.get("figures", {}) | {set_name: figures}}
    return save_model(model.path, load_network(model.path), record)


def load_network(path: Path, scale: int | None = None) -> SRCNN:
    """Read a network from a safetensors file, a .mat or a state dict (.pt, .pth); raises WeightsUnusable.

    `scale` is needed only for the foreign ones, which do not say what they were trained for, and only if the file's
    name (x2.mat, srcnn_x3.pth) does not say it either.
    """
    if is_foreign(path):
        return load_foreign(path, foreign.scale_in(path.stem) or scale)
    content = _content(path)
    spec = catalog.read_model(path).spec
    if 4 * spec.weight_count > foreign.MOST_BYTES:
        raise WeightsUnusable(name=path.name, reason=mark("it is larger than any SRCNN."))
    network = SRCNN(spec)
    try:
        network.load_state_dict(load(content))
    except Exception as error:  # safetensors raises its own type; torch a RuntimeError listing every key
        raise WeightsUnusable(name=path.name, reason=mark("its tensors do not fit its description.")) from error
    return _checked(path, network)


def resolve(name: str | None, scale: int | None, *, assumed: int | None = None) -> Model:
    """The model a person means by a file, a name or an architecture, or the default for the scale if None.

    Parameters
    ----------
    scale : what the model must be trained for; None for any
    assumed : without `scale`, what a file is trained for if neither it nor its name says so

    Raises
    ------
    ModelUnknown, ArchitectureForOtherScale, NoModelForScale, ModelForOtherScale, WeightsUnusable
    """
    if name is None:
        return catalog.default_for(scale or catalog.DEFAULT_SCALE)
    path = Path(name)
    if is_foreign(path):
        model = Model(f"{path.parent.name}/{path.stem}", load_network(path, scale or assumed).spec, path)
    elif path.suffix.lower() == ".safetensors" or path.is_file():
        model = catalog.read_model(path)
    else:
        model = catalog.find(name, scale)
    if scale is not None and model.spec.scale != scale:
        raise ModelForOtherScale(name=model.name, trained=model.spec.scale, scale=scale)
    return model


def is_foreign(path: Path) -> bool:
    """Whether a name is that of weights in a layout that carries no description."""
    return path.suffix.lower() in (foreign.MAT, *foreign.STATE_DICT)


def load_foreign(path: Path, scale: int | None) -> SRCNN:
    """Read weights that carry no description of ours: .mat, .pt, .pth, or another program's safetensors.

    Raises
    ------
    WeightsUnusable
        Also if no scale is given.
    """
    content, suffix = _content(path), path.suffix.lower()
    if scale is None:
        raise WeightsUnusable(
            name=path.name,
            reason=mark(
                "it does not say which scale it is for; give it (--scale), or put it into the name: mine_x3.pth."
            ),
        )
    if suffix == foreign.MAT:
        return _checked(path, foreign.from_mat(path.name, content, scale))
    if suffix in foreign.STATE_DICT:
        return _checked(path, foreign.from_state_dict(path.name, content, scale))
    try:
        tensors = load(content)
    except Exception as error:  # safetensors raises its own type
        raise WeightsUnusable(name=path.name, reason=mark("it is no file of weights that is known here.")) from error
    return _checked(path, foreign.from_tensors(path.name, tensors, scale))


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > foreign.MOST_BYTES:
            raise WeightsUnusable(name=path.name, reason=mark("it is larger than any SRCNN."))
        return path.read_bytes()
    except OSError as error:
        raise WeightsUnusable(name=path.name, reason=reason_of(error)) from error


def _checked(path: Path, network: SRCNN) -> SRCNN:
    _require_finite(path, network)
    return network.eval()


def _require_finite(path: Path, network: SRCNN) -> None:
    """Raise WeightsUnusable if a weight is not finite."""
    if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
        raise WeightsUnusable(name=path.name, reason=mark("it holds values that are not numbers."))
