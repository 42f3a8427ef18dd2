"""Summary of a training set for display before training."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets.events import FileFailed
from engine.datasets.folders import list_images
from engine.training import patches
from engine.training.events import PreparingPatches
from engine.training.request import TrainRequest

_SAMPLES = 24  # maximum number of sample patches, which are taken from as many images as possible


@dataclass(frozen=True)
class DatasetSummary:
    """Number of images and patches in a training set, and sample patches.

    Attributes
    ----------
    patches : number of training patches
    images, validation_size : number of training images, and number of validation images
    inputs, labels : sample patches as float32 in [0, 1], with the shapes (N, 33, 33) and (N, S, S), where N is at most
        24
    """

    patches: int
    images: int
    validation_size: int
    inputs: NDArray[np.float32]
    labels: NDArray[np.float32]


def summarize(request: TrainRequest) -> Generator[PreparingPatches | FileFailed, None, DatasetSummary]:
    """Read the training set of a request, and return its summary.

    Yields
    ------
    PreparingPatches, and FileFailed for each unusable image.

    Raises
    ------
    NoImages, InvalidSetting
    """
    files = list_images(request.source)
    yield from patches.report_subfolders(request.source)
    usable = yield from patches.read_training_images(files, request.info, request.recipe)
    patches.check_enough_images(usable, request.source, request.validation_size)
    train, validation = patches.split_validation(usable, request.validation_size, request.seed)
    sample = [train[index] for index in np.linspace(0, len(train) - 1, min(len(train), _SAMPLES)).astype(int)]
    inputs, labels = [], []
    for image in sample:
        patch_set = yield from patches.build_patch_set([image], request.info)
        count = min(len(patch_set), -(-_SAMPLES // len(sample)) + 2)
        indices = np.linspace(0, len(patch_set) - 1, count).astype(int)[1:-1]
        inputs.append(patch_set.inputs[indices, 0])
        labels.append(patch_set.labels[indices, 0])
    return DatasetSummary(
        patches.count_patches(train, request.info, request.recipe),
        len(train),
        len(validation),
        np.concatenate(inputs)[:_SAMPLES],
        np.concatenate(labels)[:_SAMPLES],
    )
