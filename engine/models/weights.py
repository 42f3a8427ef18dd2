"""Loading and saving of weights. Loading a file never executes code from the file."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save

from engine.errors import N_, ModelScaleMismatch, ModelUnwritable, WeightsUnusable
from engine.models import catalog
from engine.models.architectures.srcnn import SRCNN
from engine.models.catalog import Model
from engine.models.formats import external
from engine.system.files import os_error_reason, write_durably


def save_model(path: Path, network: SRCNN, record: dict[str, Any]) -> Model:
    """Save a network and its training record to a safetensors file, and return the model.

    The file is written atomically and then read back.

    Raises
    ------
    WeightsUnusable
        A weight is not finite. An existing file is left unchanged.
    ModelUnwritable
    """
    _check_finite(path, network)
    try:
        write_durably(path, to_safetensors(network, record))
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=os_error_reason(error)) from error
    return catalog.read_model(path)


def to_safetensors(network: SRCNN, record: dict[str, Any]) -> bytes:
    """Return the content of a safetensors file, with the specification and training record in the header."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    return save(tensors, metadata=catalog.to_metadata(network.spec, record))


def add_scores(model: Model, set_name: str, scores: dict[str, float]) -> Model:
    """Add the mean scores on a test set to the model card in the header of a model file.

    Raises
    ------
    WeightsUnusable
        The file has no model card.
    """
    stored = catalog.read_model(model.path)
    record = stored.record | {"figures": stored.record.get("figures", {}) | {set_name: scores}}
    return save_model(model.path, load_network(model.path), record)


def load_network(path: Path, scale: int | None = None) -> SRCNN:
    """Load a network from a safetensors file, a .mat file or a state dict (.pt, .pth).

    Parameters
    ----------
    scale : the scale factor of a .mat file or a state dict, if the file name does not contain it (x2.mat,
        srcnn_x3.pth)

    Raises
    ------
    WeightsUnusable
    """
    if is_external(path):
        return load_external(path, external.parse_scale(path.stem) or scale)
    content = _read_content(path)
    spec = catalog.read_model(path).spec
    if 4 * spec.parameter_count > external.MAX_BYTES:
        raise WeightsUnusable(name=path.name, reason=N_("it is larger than any SRCNN."))
    network = SRCNN(spec)
    try:
        network.load_state_dict(load(content))
    except Exception as error:  # of safetensors, or a RuntimeError of torch that lists all keys
        raise WeightsUnusable(name=path.name, reason=N_("its tensors do not fit its description.")) from error
    return _validated(path, network)


def resolve(name: str | None, scale: int | None, *, default_scale: int | None = None) -> Model:
    """Return the model for a name, an architecture or a file.

    If `name` is None, the default model for `scale` is returned, or for DEFAULT_SCALE if `scale` is None too.

    Parameters
    ----------
    scale : the scale factor that the model must be trained for. None accepts any scale factor
    default_scale : the scale factor of a file that does not contain one. Used if `scale` is None

    Raises
    ------
    ModelUnknown, ArchitectureScaleMismatch, NoModelForScale, ModelScaleMismatch, WeightsUnusable
    """
    if name is None:
        return catalog.default_model(scale or catalog.DEFAULT_SCALE)
    path = Path(name)
    if is_external(path):
        model = Model(f"{path.parent.name}/{path.stem}", load_network(path, scale or default_scale).spec, path)
    elif path.suffix.lower() == ".safetensors" or path.is_file():
        model = catalog.read_model(path)
    else:
        model = catalog.find(name, scale)
    if scale is not None and model.spec.scale != scale:
        raise ModelScaleMismatch(name=model.name, trained=model.spec.scale, scale=scale)
    return model


def is_external(path: Path) -> bool:
    """Return whether a file has a format that stores no specification: .mat, .pt or .pth."""
    return path.suffix.lower() in (external.MAT, *external.STATE_DICT)


def load_external(path: Path, scale: int | None) -> SRCNN:
    """Load weights that are stored without a specification.

    The file is a .mat file, a state dict (.pt, .pth), or a safetensors file of another program.

    Raises
    ------
    WeightsUnusable
        The file cannot be read, or `scale` is None.
    """
    content, suffix = _read_content(path), path.suffix.lower()
    if scale is None:
        raise WeightsUnusable(
            name=path.name,
            reason=N_(
                "it does not say which scale it is for; give it (--scale), or put it into the name: mine_x3.pth."
            ),
        )
    if suffix == external.MAT:
        return _validated(path, external.from_mat(path.name, content, scale))
    if suffix in external.STATE_DICT:
        return _validated(path, external.from_state_dict(path.name, content, scale))
    try:
        tensors = load(content)
    except Exception as error:  # of safetensors
        raise WeightsUnusable(name=path.name, reason=N_("it is no file of weights that is known here.")) from error
    return _validated(path, external.from_tensors(path.name, tensors, scale))


def _read_content(path: Path) -> bytes:
    try:
        if path.stat().st_size > external.MAX_BYTES:
            raise WeightsUnusable(name=path.name, reason=N_("it is larger than any SRCNN."))
        return path.read_bytes()
    except OSError as error:
        raise WeightsUnusable(name=path.name, reason=os_error_reason(error)) from error


def _validated(path: Path, network: SRCNN) -> SRCNN:
    _check_finite(path, network)
    return network.eval()


def _check_finite(path: Path, network: SRCNN) -> None:
    """Raise WeightsUnusable if a weight is not finite."""
    if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
        raise WeightsUnusable(name=path.name, reason=N_("it holds values that are not numbers."))
