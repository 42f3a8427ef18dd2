"""Shuffled batches of a patch set, reproducible from any step on."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.inference.process_group import SINGLE_PROCESS, ProcessGroup


class PatchLoader:
    """Batches of a patch set, in random order. Each epoch contains each patch once.

    The order depends only on the seed and the step, so that a run can resume at any step.

    Parameters
    ----------
    inputs, labels : (N, 1, 33, 33) and (N, 1, S, S) float32
    size : batch size, at most N
    seed : seed of the order
    orientations : whether to turn an eighth of each batch into each of the eight flips and rotations
    device : device of the batches
    group : the processes that share each batch; this one gets its shard
    """

    def __init__(
        self,
        inputs: NDArray[np.float32],
        labels: NDArray[np.float32],
        *,
        size: int,
        seed: int,
        orientations: bool,
        device: torch.device,
        group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        self._inputs, self._labels = torch.from_numpy(inputs), torch.from_numpy(labels)
        self.size = min(size, len(inputs))
        self.steps_per_epoch = len(inputs) // self.size
        self._seed = seed
        self._orientations = orientations
        self._device = device
        self._group = group
        self._epoch, self._order = -1, torch.empty(0)

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the batch of a step: inputs (size, 1, 33, 33) and labels (size, 1, S, S) on the device."""
        epoch, index = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(self._seed * 1_000_003 + epoch)
            self._epoch, self._order = epoch, torch.randperm(len(self._inputs), generator=generator)
        chosen = self._order[index * self.size : (index + 1) * self.size]
        pair = self._inputs[chosen], self._labels[chosen]
        inputs, labels = (all_orientations(part) for part in pair) if self._orientations else pair
        return self._group.shard(inputs).to(self._device), self._group.shard(labels).to(self._device)


def all_orientations(squares: Tensor) -> Tensor:
    """Turn an eighth of a batch (N, 1, S, S) into each of the eight flips and rotations."""
    turned = []
    for index, part in enumerate(squares.chunk(8)):
        part = part.transpose(2, 3) if index & 1 else part
        flips = [axis for axis, bit in ((2, 2), (3, 4)) if index & bit]
        turned.append(part.flip(flips) if flips else part)
    return torch.cat(turned).contiguous(memory_format=torch.channels_last)
