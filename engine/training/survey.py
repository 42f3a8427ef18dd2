"""What a training would learn from, before it does: how many patches of how many pictures, and some to look at."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets.events import FileFailed
from engine.datasets.folders import pictures_in
from engine.training import patches
from engine.training.events import Gathering
from engine.training.request import TrainRequest

_SAMPLES = 24  # pairs to look at, from as many pictures where there are


@dataclass(frozen=True)
class Survey:
    """The patch set that a request would be trained on.

    Attributes
    ----------
    patches : to train on
    pictures, held_out : that the patches come from, and that are kept apart
    inputs, labels : some of the patches, (N, 33, 33) and (N, S, S) float32 in [0, 1]
    """

    patches: int
    pictures: int
    held_out: int
    inputs: NDArray[np.float32]
    labels: NDArray[np.float32]


def run(request: TrainRequest) -> Generator[Gathering | FileFailed, None, Survey]:
    """Read the pictures of a folder and say what would be cut from them; what cannot be used is yielded.

    Raises
    ------
    NoPictures
    """
    usable = yield from patches.read_training_pictures(pictures_in(request.source), request.spec.scale)
    train, kept_apart = patches.split_held_out(usable, request.held_out, request.seed)
    some = [train[index] for index in np.linspace(0, len(train) - 1, min(len(train), _SAMPLES)).astype(int)]
    inputs, labels = [], []
    for picture in some:
        shown = yield from patches.build([picture], request.spec)
        chosen = np.linspace(0, len(shown) - 1, min(len(shown), -(-_SAMPLES // len(some)) + 2)).astype(int)[1:-1]
        inputs.append(shown.inputs[chosen, 0])
        labels.append(shown.labels[chosen, 0])
    return Survey(
        patches.count(train, request.spec, request.recipe),
        len(train),
        len(kept_apart),
        np.concatenate(inputs)[:_SAMPLES],
        np.concatenate(labels)[:_SAMPLES],
    )
