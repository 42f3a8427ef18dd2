"""Patch sets as HDF5 files, in the layout of the authors' `train.h5`.

Datasets `data` (N, 1, 33, 33) and `label` (N, 1, S, S), float in [0, 1]. Files with the channel last, (N, 33, 33, 1),
are read too: reproductions in TensorFlow and PaddlePaddle write those.
"""

from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from engine.datasets.events import FileFailed
from engine.datasets.folders import pictures_in
from engine.errors import NoPictures, PatchFileUnusable, Unwritable, mark
from engine.models.catalog import ModelSpec
from engine.system.files import reason_of, refuse_existing, writing_atomically
from engine.training.events import Gathering
from engine.training.patches import PATCH, PatchSet, TrainingPicture, count, pieces, read_training_pictures
from engine.training.request import ExportRequest


def export(request: ExportRequest) -> Generator[FileFailed | Gathering, None, int]:
    """Cut the patch set of a folder and write it; what cannot be used is yielded with the reason.

    Returns how many patches it has. Each picture's are written as they are cut: only those are in memory.

    Raises
    ------
    FileExists, NoPictures, Unwritable
    """
    refuse_existing(request.output, overwrite=request.overwrite)
    usable = yield from read_training_pictures(pictures_in(request.folder), request.spec.scale)
    if not usable:
        raise NoPictures(folder=request.folder, reason=mark("Every one of them was left out."))
    total = count(usable, request.spec)
    try:  # success is only said of a file that opens again
        with writing_atomically(request.output, lambda written: _confirm(written, total)) as made:
            yield from _write(made, usable, request.spec, total)
    except OSError as error:
        raise Unwritable(name=request.output.name, reason=reason_of(error)) from error
    return total


def _write(
    made: BinaryIO, usable: list[TrainingPicture], spec: ModelSpec, total: int
) -> Generator[Gathering, None, None]:
    """Write the patches as `data` and `label`, with the architecture and scale they are cut for as attributes."""
    side = PATCH - 2 * spec.margin_px
    with h5py.File(made, "w") as file:
        data = file.create_dataset("data", (total, 1, PATCH, PATCH), np.float32)
        label = file.create_dataset("label", (total, 1, side, side), np.float32)
        file.attrs["arch"], file.attrs["scale"] = spec.arch, spec.scale
        done = 0
        for piece in pieces(usable, spec):
            if isinstance(piece, Gathering):
                yield piece
                continue
            place = slice(done, done + len(piece))
            data[place], label[place] = piece.inputs, piece.labels
            done = place.stop


def read(path: Path, spec: ModelSpec) -> PatchSet:
    """Read a patch set to train `spec` on; larger labels than its network reaches are cut to their centres.

    Raises
    ------
    PatchFileUnusable
        If it is no such file, is empty, holds what is no luma in [0, 1], or was cut for another scale or margin.
    """

    def unusable(reason: str) -> PatchFileUnusable:
        return PatchFileUnusable(name=path.name, reason=reason)

    try:
        with h5py.File(path, "r") as file:
            inputs, labels = _plane_first(file["data"]), _plane_first(file["label"])
            scale = int(file.attrs.get("scale", spec.scale))
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, OSError) and not path.is_file():
            raise unusable(mark("There is no such file.")) from error
        raise unusable(mark("It needs the datasets data (N, 1, 33, 33) and label (N, 1, S, S).")) from error
    if len(inputs) != len(labels) or len(inputs) < 2:
        raise unusable(mark("It needs at least two patches, and as many labels."))
    if scale != spec.scale:
        raise unusable(mark("Its patches were made for another scale."))
    if inputs.shape[-1] != PATCH:
        raise unusable(mark("Its patches are not 33 px large."))
    side = PATCH - 2 * spec.margin_px
    surplus = labels.shape[-1] - side
    if surplus < 0 or surplus % 2:
        raise unusable(mark("Its labels are smaller than what this architecture gives for 33 px."))
    if not (_is_luma(inputs) and _is_luma(labels)):
        raise unusable(mark("Its values are not luma from 0 to 1."))
    cut = slice(surplus // 2, surplus // 2 + side)
    return PatchSet(inputs, np.ascontiguousarray(labels[:, :, cut, cut]))


def _confirm(written: Path, total: int) -> None:
    """Open what lies on the disk; raises OSError if it is not what it should be."""
    with h5py.File(written, "r") as file:
        if len(file["data"]) != total or len(file["label"]) != total:
            raise OSError("what was written could not be read back")


def _plane_first(dataset: h5py.Dataset) -> NDArray[np.float32]:
    """Squares of either layout as (N, 1, S, S) float32; raises ValueError for another shape."""
    if dataset.ndim != 4 or 1 not in (dataset.shape[1], dataset.shape[3]):
        raise ValueError(dataset.shape)
    squares = np.asarray(dataset, np.float32)
    if squares.shape[1] != 1:
        squares = squares.transpose(0, 3, 1, 2)
    if squares.shape[2] != squares.shape[3]:
        raise ValueError(squares.shape)
    return np.ascontiguousarray(squares)


def _is_luma(values: NDArray[np.float32]) -> bool:
    """Whether all values are numbers in [0, 1], but for the little that bicubic overshoots."""
    return bool(np.isfinite(values).all() and values.min() > -0.5 and values.max() < 1.5)
