"""The user's models: import, rename, delete, and export to other file formats."""

import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.errors import N_, InvalidSetting, ModelNameUnusable, ModelNotInLibrary, ModelUnwritable, WeightsUnusable
from engine.models import catalog, weights
from engine.models.catalog import Model
from engine.models.formats import external, ncnn_file, onnx_file
from engine.models.network import Network
from engine.system import paths
from engine.system.files import check_not_existing, os_error_reason, write_durably

IMPORT_EXTENSIONS = (".safetensors", external.MAT, *external.STATE_DICT, ncnn_file.SUFFIX)
EXPORT_EXTENSIONS = (".safetensors", *external.STATE_DICT, external.MAT, ncnn_file.SUFFIX, onnx_file.SUFFIX)
_NAME_TAKEN = N_("A model with this name already exists. Choose another name.")
_MAX_NAME_LENGTH = 100  # characters; file systems accept 255 bytes
_RESERVED_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows


def import_model(path: Path, scale: int | None = None) -> Model:
    """Copy a model into the library, and return the copy. Files of other programs are converted.

    If the library already contains the same model, that model is returned.

    Parameters
    ----------
    path : .safetensors file, official .mat file, PyTorch state dict (.pt, .pth, .ckpt), or .param file of an ncnn
        model with its .bin file in the same directory
    scale : scale factor of the model; required if neither the file nor its name (srcnn_x3.pth) contains it

    Raises
    ------
    WeightsUnusable
        The file is not a supported model, or its scale factor is unknown.
    ModelUnwritable
    """
    if not path.name.lower().endswith(IMPORT_EXTENSIONS):
        raise WeightsUnusable(
            name=path.name,
            reason=N_("The file extension isn't supported. Choose a .safetensors, .mat, .pt, .pth, or .param file."),
        )
    if not weights.lacks_model_info(path):
        network = weights.load_network(path)
        record = catalog.read_model(path).record
    else:
        network = weights.load_external(path, scale or external.parse_scale(path.stem))
        stored = b"".join(file.read_bytes() for file in weights.list_model_files(path))
        record = {"imported_from": path.name, "source_sha256": sha256(stored).hexdigest()}
    content = weights.to_safetensors(network, record)
    for model in _library_models():
        if model.path.read_bytes() == content:
            return model
    return weights.save_model(create_library() / f"{unique_name(_name_for_import(path))}.safetensors", network, record)


def rename_model(model: Model, name: str) -> Model:
    """Rename a model in the library, and its checkpoint if there is one. Return the renamed model.

    Raises
    ------
    ModelNotInLibrary, ModelNameUnusable, ModelUnwritable
    """
    name = name.strip()
    _check_in_library(model)
    if name == model.name:
        return model
    check_name(name, exclude=model)
    target = model.path.with_name(f"{name}.safetensors")
    if target.exists() and not target.samefile(model.path):  # the list of models omits damaged files
        raise ModelNameUnusable(name=name, reason=_NAME_TAKEN)
    old_checkpoint, new_checkpoint = catalog.checkpoint_path(model.path), catalog.checkpoint_path(target)
    is_same_file = new_checkpoint.exists() and old_checkpoint.exists() and new_checkpoint.samefile(old_checkpoint)
    if new_checkpoint.exists() and not is_same_file:  # the checkpoint of another model
        raise ModelNameUnusable(
            name=name, reason=N_("A checkpoint with this name already exists. Choose another name.")
        )
    try:
        if old_checkpoint.is_file():
            os.replace(old_checkpoint, new_checkpoint)
        try:
            os.replace(model.path, target)
        except OSError:
            if new_checkpoint.is_file():
                os.replace(new_checkpoint, old_checkpoint)
            raise
    except OSError as error:
        raise ModelUnwritable(name=model.path.name, reason=os_error_reason(error)) from error
    return catalog.read_model(target)


def delete_model(model: Model) -> None:
    """Delete a model in the library, and its checkpoint if there is one.

    Raises
    ------
    ModelNotInLibrary, ModelUnwritable
    """
    _check_in_library(model)
    try:
        catalog.checkpoint_path(model.path).unlink(missing_ok=True)
        model.path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=model.path.name, reason=os_error_reason(error)) from error


def export_model(
    model: Model,
    path: Path,
    *,
    overwrite: bool = False,
    verify: Callable[[Network, tuple[bytes, ...]], None] | None = None,
) -> Path:
    """Export a model to a file, and return the path of the file.

    The file extension, one of EXPORT_EXTENSIONS, selects the format. A .param file gets a .bin file with the same
    name.

    Parameters
    ----------
    verify : function that receives the network and the contents of the files before they are written, and raises an
        exception if they are wrong

    Raises
    ------
    InvalidSetting
        The file extension is not supported, or its format does not support the architecture of the model.
    FileExists
        A file exists and `overwrite` is False.
    ExtraMissing
        The extension is .onnx, and the package onnx is not installed.
    WeightsUnusable, ModelUnwritable
    """
    suffix = path.suffix.lower()
    if suffix not in EXPORT_EXTENSIONS:
        message = N_("The model can't be exported as {name}. Choose one of these file extensions: {known}.")
        raise InvalidSetting(message, name=path.name, known=", ".join(EXPORT_EXTENSIONS))
    files = weights.list_model_files(path)
    for file in files:
        check_not_existing(file, overwrite=overwrite)
    network = weights.load_network(model.path, model.info.scale)
    contents = _export(network, model.record, suffix)
    if verify is not None:
        verify(network, contents)
    for file, content in reversed(list(zip(files, contents, strict=True))):
        try:
            write_durably(file, content)
        except OSError as error:
            raise ModelUnwritable(name=file.name, reason=os_error_reason(error)) from error
    return path


def _export(network: Network, record: dict[str, Any], suffix: str) -> tuple[bytes, ...]:
    """Return the contents of the exported files for a file extension: two for .param, otherwise one."""
    if suffix == ncnn_file.SUFFIX:
        return ncnn_file.to_ncnn(network)
    to_bytes: dict[str, Callable[[Network], bytes]] = {
        ".safetensors": lambda network: weights.to_safetensors(network, record),
        external.MAT: external.to_mat,
        onnx_file.SUFFIX: onnx_file.to_onnx,
    }
    return (to_bytes.get(suffix, external.to_state_dict)(network),)


def create_library() -> Path:
    """Create the directory of the library if it does not exist, and return its path.

    Raises
    ------
    ModelUnwritable
    """
    folder = paths.models_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=folder.name, reason=os_error_reason(error)) from error
    return folder


def check_name(name: str, exclude: Model | None = None) -> None:
    """Raise ModelNameUnusable if a name is no valid file name, or if a model except `exclude` has it."""

    def unusable(reason: str) -> ModelNameUnusable:
        return ModelNameUnusable(name=" ".join(name.split()), reason=reason)

    if not name.strip():
        raise unusable(N_("The name is empty. Enter a name."))
    if len(name) > _MAX_NAME_LENGTH:
        raise unusable(N_("The name is longer than 100 characters. Choose a shorter name."))
    if (
        re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        or name[0] == "."
        or name[-1] in ". "
        or _RESERVED_NAMES.fullmatch(name)
    ):
        raise unusable(N_("The name isn't a valid file name. Choose another name without special characters."))
    others = {model.name.casefold() for model in catalog.list_models() if exclude is None or model != exclude}
    if name.casefold() in others:
        raise unusable(_NAME_TAKEN)


def unique_name(base_name: str) -> str:
    """Return `base_name`, or if it is taken, `base_name` with the first free number, such as "mine 2"."""
    taken = {model.name.casefold() for model in catalog.list_models()}
    model_files = (path for kind in ("*.safetensors", "*.checkpoint") for path in paths.models_folder().glob(kind))
    taken |= {path.stem.casefold() for path in model_files}  # including damaged files
    name, number = base_name, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base_name} {number}"
    return name


def _library_models() -> list[Model]:
    return [model for model in catalog.list_models() if model.path.parent == paths.models_folder()]


def _check_in_library(model: Model) -> None:
    if model.path.parent != paths.models_folder():
        raise ModelNotInLibrary(name=model.name)


def _name_for_import(path: Path) -> str:
    """Return the name for a model that is imported from a file: the file name without its extension.

    A file name that is only a scale factor, such as "x3", is prefixed with the name of its directory.
    """
    stem = path.name[: -len(".pth.tar")] if path.name.lower().endswith(".pth.tar") else path.stem
    return f"{path.resolve().parent.name} {stem}" if re.fullmatch(r"x[1-8]", stem) else stem
