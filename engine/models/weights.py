"""Loading and saving of weights. Loading a file never executes code from the file."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save

from engine.errors import N_, ModelScaleMismatch, ModelUnwritable, WeightsUnusable, lazy_format
from engine.models import catalog, official
from engine.models.catalog import Model
from engine.models.formats import external, ncnn_file
from engine.models.network import Network
from engine.system.files import os_error_reason, write_durably


def save_model(path: Path, network: Network, record: dict[str, Any]) -> Model:
    """Save a network and its training record as a safetensors file, and return the model.

    The file is written atomically and verified.

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


def to_safetensors(network: Network, record: dict[str, Any]) -> bytes:
    """Convert a network to the content of a safetensors file with a model card.

    The model card includes the training record.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    return save(tensors, metadata=catalog.to_metadata(network.info, record))


def add_scores(model: Model, set_name: str, scores: dict[str, float]) -> Model:
    """Store mean scores on a test set in the model card of a file, and return the updated model.

    Parameters
    ----------
    set_name : name of the test set
    scores : scores by name, such as "psnr" and "ssim"

    Raises
    ------
    WeightsUnusable
        The file cannot be read, or has no model card.
    ModelUnwritable
    """
    stored = catalog.read_model(model.path)
    record = stored.record | {"figures": stored.record.get("figures", {}) | {set_name: scores}}
    return save_model(model.path, load_network(model.path), record)


def load_network(path: Path, scale: int | None = None) -> Network:
    """Load a network from a file.

    It is a safetensors file, a .mat file, a state dict (.pt, .pth), or an ncnn model (.param, .bin).

    Parameters
    ----------
    scale : scale factor of the model, used if neither the content of the file nor its name (srcnn_x3.pth) determines
        it

    Raises
    ------
    WeightsUnusable
    """
    if lacks_model_info(path):
        return load_external(path, external.parse_scale(path.stem) or scale)
    content = _read_content(path)
    info = catalog.read_model(path).info
    if 4 * info.parameter_count > external.MAX_BYTES:
        raise WeightsUnusable(name=path.name, reason=external.TOO_LARGE)
    network = Network(info)
    try:
        network.load_state_dict(load(content))
    except Exception as error:  # of safetensors, or a RuntimeError of torch that lists all keys
        raise WeightsUnusable(
            name=path.name,
            reason=N_("The weights don't match the architecture in the file. Use another copy of the file."),
        ) from error
    return _validated(path, network)


def resolve(name: str | None, scale: int | None, *, default_scale: int | None = None, simulate: bool = False) -> Model:
    """Return the model that the user specified.

    It is specified by a name, a family, an architecture, an official network or a path.

    Parameters
    ----------
    name : name or path of the model, or None for the default model for `scale`, or for DEFAULT_SCALE if that is None
    scale : scale factor that the model must have, or None for any scale factor
    default_scale : if `scale` is None, the scale factor of a file that does not contain it, and the preferred scale
        factor of an official network
    simulate : whether the input is simulated by downscaling a ground truth; only affects the default model

    Raises
    ------
    ModelUnknown, ArchitectureScaleMismatch, NoModelForScale, ModelScaleMismatch, WeightsUnusable, NotDownloaded
    """
    if name is None:
        return catalog.default_model(scale or catalog.DEFAULT_SCALE, simulate=simulate)
    path = Path(name)
    if path.is_file() and lacks_model_info(path):
        model = Model(f"{path.parent.name}/{path.stem}", load_network(path, scale or default_scale).info, path)
    elif path.suffix.lower() == ".safetensors" or path.is_file():
        model = catalog.read_model(path)
    else:
        model = official.resolve(name, scale, default_scale) or catalog.find(name, scale)
    if scale is not None and model.info.scale != scale:
        raise ModelScaleMismatch(name=model.name, trained=model.info.scale, scale=scale)
    return model


def has_external_extension(path: Path) -> bool:
    """Return whether a file extension is that of another program: .mat, .pt, .pth, .ckpt or .param."""
    return path.name.lower().endswith((external.MAT, *external.STATE_DICT, ncnn_file.SUFFIX))


def list_model_files(path: Path) -> list[Path]:
    """Return the paths of all files of a model: `path`, and the .bin file that belongs to a .param file."""
    is_ncnn = path.name.lower().endswith(ncnn_file.SUFFIX)
    return [path, path.with_suffix(ncnn_file.WEIGHTS_SUFFIX)] if is_ncnn else [path]


def lacks_model_info(path: Path) -> bool:
    """Return whether a file is from another program, so that it has no model card.

    The result is False if the file is a damaged safetensors file or cannot be read.
    """
    if has_external_extension(path):
        return True
    try:
        return not catalog.has_model_card(path)
    except OSError:
        return False


def load_external(path: Path, scale: int | None) -> Network:
    """Load a network from a file of another program, and detect its architecture.

    Parameters
    ----------
    path : .mat file, state dict (.pt, .pth, .ckpt), safetensors file, or .param file with a .bin file in the same
        directory
    scale : scale factor of the model, used if the content of the file does not determine it

    Raises
    ------
    WeightsUnusable
        The file cannot be read, no supported architecture matches, or the scale factor is unknown.
    """
    content, name = _read_content(path), path.name.lower()
    if name.endswith(external.MAT):
        if scale is None:
            raise WeightsUnusable(name=path.name, reason=external.SCALE_UNKNOWN)
        return _validated(path, external.from_mat(path.name, content, scale))
    if name.endswith(external.STATE_DICT):
        return _validated(path, external.from_state_dict(path.name, content, scale))
    if name.endswith(ncnn_file.SUFFIX):
        return _validated(path, ncnn_file.from_ncnn(path.name, content, _read_bin(path), scale))
    try:
        tensors = load(content)
    except Exception as error:  # of safetensors
        raise WeightsUnusable(
            name=path.name,
            reason=N_(
                "The file is damaged or has an unsupported format. Choose another .safetensors, .mat, .pt, .pth, "
                "or .param file."
            ),
        ) from error
    return _validated(path, external.from_tensors(path.name, tensors, scale))


def _read_bin(path: Path) -> bytes:
    """Return the content of the .bin file that belongs to the .param file `path`."""
    _param, weights = list_model_files(path)
    if not weights.is_file():
        reason = N_("The file {file} isn't in the same folder. Put both files of the model in one folder.")
        raise WeightsUnusable(name=path.name, reason=lazy_format(reason, file=weights.name))
    return _read_content(weights)


def _read_content(path: Path) -> bytes:
    try:
        if path.stat().st_size > external.MAX_BYTES:
            raise WeightsUnusable(name=path.name, reason=external.TOO_LARGE)
        return path.read_bytes()
    except OSError as error:
        raise WeightsUnusable(name=path.name, reason=os_error_reason(error)) from error


def _validated(path: Path, network: Network) -> Network:
    _check_finite(path, network)
    return network.eval()


def _check_finite(path: Path, network: Network) -> None:
    """Raise WeightsUnusable if a weight is not finite."""
    if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
        raise WeightsUnusable(
            name=path.name, reason=N_("Some weights are infinite or undefined. Choose another file.")
        )
