"""Patch files: HDF5 files in the layout of the authors' `train.h5`.

A file contains the datasets `data` and `label`, with the shapes (N, 1, 33, 33) and (N, 1, S, S), as floats in [0, 1].
Channels-last files with the shapes (N, 33, 33, 1) and (N, S, S, 1), as written by reimplementations in TensorFlow and
PaddlePaddle, can also be read.
"""

from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from engine.datasets.events import FileFailed
from engine.datasets.folders import list_images
from engine.errors import N_, NoImages, PatchFileUnusable, Unwritable, lazy_format
from engine.models.info import ModelInfo
from engine.system.files import atomic_writer, check_not_existing, os_error_reason
from engine.training.events import PreparingPatches
from engine.training.patches import (
    PATCH_SIZE,
    PatchSet,
    TrainingImage,
    count_patches,
    iter_patches,
    read_training_images,
    report_subfolders,
)
from engine.training.request import ExportRequest


def export(request: ExportRequest) -> Generator[FileFailed | PreparingPatches, None, int]:
    """Cut patches from a folder of images, and write them to a patch file.

    The patches are written image by image, so that only the patches of one image are in memory.

    Yields
    ------
    PreparingPatches, and FileFailed for each unusable image.

    Returns
    -------
    Number of patches.

    Raises
    ------
    FileExists, NoImages, Unwritable
    """
    check_not_existing(request.output, overwrite=request.overwrite)
    files = list_images(request.folder)
    yield from report_subfolders(request.folder)
    usable = yield from read_training_images(files, request.info)
    if not usable:
        raise NoImages(
            folder=request.folder,
            reason=N_("All images were skipped. Choose a folder with larger or undamaged images."),
        )
    total = count_patches(usable, request.info)
    try:
        with atomic_writer(request.output, lambda path: _verify(path, total)) as file:
            yield from _write(file, usable, request.info, total)
    except OSError as error:
        raise Unwritable(name=request.output.name, reason=os_error_reason(error)) from error
    return total


def _write(
    output: BinaryIO, usable: list[TrainingImage], info: ModelInfo, total: int
) -> Generator[PreparingPatches, None, None]:
    """Write the datasets `data` and `label`, and the architecture and the scale factor as attributes."""
    side = PATCH_SIZE - 2 * info.halo_px
    with h5py.File(output, "w") as file:
        data = file.create_dataset("data", (total, 1, PATCH_SIZE, PATCH_SIZE), np.float32)
        label = file.create_dataset("label", (total, 1, side, side), np.float32)
        file.attrs["arch"], file.attrs["scale"] = info.label, info.scale
        done = 0
        for item in iter_patches(usable, info):
            if isinstance(item, PreparingPatches):
                yield item
                continue
            rows = slice(done, done + len(item))
            data[rows], label[rows] = item.inputs, item.labels
            done = rows.stop


def read(path: Path, info: ModelInfo) -> PatchSet:
    """Read a patch file for training a model with the architecture and scale factor `info`.

    Labels that are larger than the output of the model are center-cropped.

    Raises
    ------
    PatchFileUnusable
        The file is not a patch file, has fewer than two patches, has values far outside [0, 1], or was exported for a
        different scale factor or for a larger halo.
    """

    def unusable(reason: str) -> PatchFileUnusable:
        return PatchFileUnusable(name=path.name, reason=reason)

    try:
        with h5py.File(path, "r") as file:
            inputs, labels = _to_channel_first(file["data"]), _to_channel_first(file["label"])
            scale = int(file.attrs.get("scale", info.scale))
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, OSError) and not path.is_file():
            raise unusable(N_("The file doesn't exist. Check the path.")) from error
        raise unusable(
            N_(
                "The file must contain the datasets “data” of shape (N, 1, 33, 33) and “label” of shape (N, 1, S, "
                "S). Export the file again."
            )
        ) from error
    if len(inputs) != len(labels) or len(inputs) < 2:
        raise unusable(
            N_("The file must contain at least two patches and a label for each patch. Export the file again.")
        )
    if scale != info.scale:
        raise unusable(
            lazy_format(
                N_(
                    "The patches are for a scale factor of {scale}. Choose this scale factor or export the file again."
                ),
                scale=scale,
            )
        )
    if inputs.shape[-1] != PATCH_SIZE:
        raise unusable(N_("The patches don't have 33 × 33 pixels. Export the file again."))
    side = PATCH_SIZE - 2 * info.halo_px
    surplus = labels.shape[-1] - side
    if surplus < 0 or surplus % 2:
        raise unusable(
            N_(
                "The size of the labels doesn't match this architecture. Choose another architecture or export "
                "the file again."
            )
        )
    if not (_is_luma(inputs) and _is_luma(labels)):
        raise unusable(N_("The patches must contain Y channel values from 0 to 1. Export the file again."))
    crop = slice(surplus // 2, surplus // 2 + side)
    return PatchSet(inputs, np.ascontiguousarray(labels[:, :, crop, crop]))


def _verify(path: Path, total: int) -> None:
    """Check that a patch file has `total` patches and labels.

    Raises
    ------
    OSError
        The file is incomplete.
    """
    with h5py.File(path, "r") as file:
        if len(file["data"]) != total or len(file["label"]) != total:
            raise OSError("what was written could not be read back")


def _to_channel_first(dataset: h5py.Dataset) -> NDArray[np.float32]:
    """Read a dataset of square patches as float32 of shape (N, 1, S, S).

    The channel of the dataset is its second or its last dimension.

    Raises
    ------
    ValueError
        The dataset has a different shape.
    """
    if dataset.ndim != 4 or 1 not in (dataset.shape[1], dataset.shape[3]):
        raise ValueError(dataset.shape)
    patches = np.asarray(dataset, np.float32)
    if patches.shape[1] != 1:
        patches = patches.transpose(0, 3, 1, 2)
    if patches.shape[2] != patches.shape[3]:
        raise ValueError(patches.shape)
    return np.ascontiguousarray(patches)


def _is_luma(values: NDArray[np.float32]) -> bool:
    """Return whether all values are finite and in [0, 1], apart from bicubic overshoots of up to 0.5."""
    return bool(np.isfinite(values).all() and values.min() > -0.5 and values.max() < 1.5)
