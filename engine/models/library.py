"""A person's own models: brought in from a file, renamed, deleted, and any model written out for other programs."""

import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from engine.errors import BadRequest, ModelNameUnusable, ModelNotOwn, ModelUnwritable, WeightsUnusable, mark
from engine.models import catalog, weights
from engine.models.architectures.srcnn import SRCNN
from engine.models.catalog import Model
from engine.models.formats import foreign, onnx_file
from engine.system import paths
from engine.system.files import reason_of, refuse_existing, write_durably

IMPORTS = (".safetensors", foreign.MAT, *foreign.STATE_DICT)
EXPORTS = (".safetensors", *foreign.STATE_DICT, foreign.MAT, onnx_file.SUFFIX)
_LONGEST_NAME = 100  # characters; file systems take 255 bytes
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # what Windows keeps for itself


def import_model(path: Path, scale: int | None = None) -> Model:
    """Copy a model into the person's own, where every model menu finds it; what is there already is not copied again.

    Parameters
    ----------
    path : a .safetensors, the authors' .mat, or a PyTorch state dict (.pt, .pth)
    scale : what it was trained for; needed where neither the file nor its name (x3.mat, srcnn_x3.pth) says it

    Raises
    ------
    WeightsUnusable, ModelUnwritable
    """
    if path.suffix.lower() not in IMPORTS:
        raise WeightsUnusable(name=path.name, reason=mark("it must be a .safetensors, .mat, .pt or .pth file."))
    try:
        record = None if weights.is_foreign(path) else catalog.read_model(path).record
    except WeightsUnusable:  # of another program, perhaps
        record = None
    if record is not None:
        network = weights.load_network(path)
    else:
        network = weights.load_foreign(path, scale or foreign.scale_in(path.stem))
        record = {"imported_from": path.name, "source_sha256": sha256(path.read_bytes()).hexdigest()}
    content = weights.to_safetensors(network, record)
    for own in _own():
        if own.path.read_bytes() == content:
            return own
    return weights.save_model(folder_to_write() / f"{free_name(_name_of(path))}.safetensors", network, record)


def rename_model(model: Model, name: str) -> Model:
    """Give one of the person's own models another name; a run that can be gone on with follows.

    Raises
    ------
    ModelNotOwn, ModelNameUnusable, ModelUnwritable
    """
    name = name.strip()
    _require_own(model)
    if name == model.name:
        return model
    check_name(name, apart_from=model)
    target = model.path.with_name(f"{name}.safetensors")
    if target.exists() and not target.samefile(model.path):  # a damaged model is in no catalogue
        raise ModelNameUnusable(name=name, reason=mark("there is a model of this name already."))
    before, after = catalog.checkpoint_path(model.path), catalog.checkpoint_path(target)
    if after.exists() and not (before.exists() and after.samefile(before)):  # of a run whose model is elsewhere
        raise ModelNameUnusable(name=name, reason=mark("there is a checkpoint of this name already."))
    try:
        if before.is_file():
            os.replace(before, after)
        try:
            os.replace(model.path, target)
        except OSError:
            if after.is_file():
                os.replace(after, before)
            raise
    except OSError as error:
        raise ModelUnwritable(name=model.path.name, reason=reason_of(error)) from error
    return catalog.read_model(target)


def delete_model(model: Model) -> None:
    """Delete one of the person's own models, and what a run would go on from; raises ModelNotOwn, ModelUnwritable."""
    _require_own(model)
    try:
        catalog.checkpoint_path(model.path).unlink(missing_ok=True)
        model.path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=model.path.name, reason=reason_of(error)) from error


def export_model(model: Model, path: Path, *, overwrite: bool = False) -> Path:
    """Write a model in the layout that the file's ending asks for, one of EXPORTS; returns the path.

    Raises
    ------
    BadRequest
        For another ending.
    FileExists
        If the file exists and `overwrite` is false.
    ExtraMissing
        For .onnx where the package onnx is not installed.
    WeightsUnusable, ModelUnwritable
    """
    suffix = path.suffix.lower()
    if suffix not in EXPORTS:
        raise BadRequest(setting=mark("The file's ending"), value=suffix or "-", allowed=", ".join(EXPORTS))
    refuse_existing(path, overwrite=overwrite)
    network = weights.load_network(model.path, model.spec.scale)
    to_bytes: dict[str, Callable[[SRCNN], bytes]] = {
        ".safetensors": lambda network: weights.to_safetensors(network, model.record),
        foreign.MAT: foreign.to_mat,
        onnx_file.SUFFIX: onnx_file.to_onnx,
    }
    content = to_bytes.get(suffix, foreign.to_state_dict)(network)
    try:
        write_durably(path, content)
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=reason_of(error)) from error
    return path


def folder_to_write() -> Path:
    """The folder of the person's own models, made if it is not there; raises ModelUnwritable."""
    folder = paths.models()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=folder.name, reason=reason_of(error)) from error
    return folder


def check_name(name: str, apart_from: Model | None = None) -> None:
    """Raise ModelNameUnusable if a model cannot have this name."""

    def unusable(reason: str) -> ModelNameUnusable:
        return ModelNameUnusable(name=" ".join(name.split()), reason=reason)

    if not name.strip():
        raise unusable(mark("a name has at least one letter."))
    if len(name) > _LONGEST_NAME:
        raise unusable(mark("it is longer than 100 characters."))
    if re.search(r'[<>:"/\\|?*\x00-\x1f]', name) or name[0] == "." or name[-1] in ". " or _DEVICES.fullmatch(name):
        raise unusable(mark("it must be usable as a file's name."))
    others = {model.name.casefold() for model in catalog.catalogue() if apart_from is None or model != apart_from}
    if name.casefold() in others:
        raise unusable(mark("there is a model of this name already."))


def free_name(wanted: str) -> str:
    """The name itself, or with the first number that makes it a free one: "mine", "mine 2", "mine 3"."""
    taken = {model.name.casefold() for model in catalog.catalogue()}
    left = (path for kind in ("*.safetensors", "*.checkpoint") for path in paths.models().glob(kind))
    taken |= {path.stem.casefold() for path in left}  # a damaged one's too
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def _own() -> list[Model]:
    return [model for model in catalog.catalogue() if model.path.parent == paths.models()]


def _require_own(model: Model) -> None:
    if model.path.parent != paths.models():
        raise ModelNotOwn(name=model.name)


def _name_of(path: Path) -> str:
    """What to call an import: its file's name, and its folder's where the name says no more than the scale."""
    return f"{path.resolve().parent.name} {path.stem}" if re.fullmatch(r"x[2-8]", path.stem) else path.stem
