"""Loader of shuffled batches of patches. The batch of any step can be reproduced."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.inference.process_group import SINGLE_PROCESS, ProcessGroup


class PatchLoader:
    """Loader of batches of patches in random order. Each epoch uses each patch at most once.

    If the last patches of an epoch do not fill a batch, they are skipped. A batch depends only on the seed and the
    step, so that a run can be resumed at any step.

    Parameters
    ----------
    inputs : float32 in [0, 1], with the shape (N, 1, 33, 33)
    labels : float32 in [0, 1], with the shape (N, 1, S, S)
    batch_size : batch size, which is limited to N
    seed : random seed for the order of the patches
    orientations : whether to apply each of the eight flips and rotations to an eighth of each batch
    device : device of the batches
    group : processes that divide each batch among themselves. The loader returns the shard of this process

    Attributes
    ----------
    batch_size : batch size over all processes
    steps_per_epoch : number of batches in an epoch
    """

    def __init__(
        self,
        inputs: NDArray[np.float32],
        labels: NDArray[np.float32],
        *,
        batch_size: int,
        seed: int,
        orientations: bool,
        device: torch.device,
        group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        self._inputs, self._labels = torch.from_numpy(inputs), torch.from_numpy(labels)
        self.batch_size = min(batch_size, len(inputs))
        self.steps_per_epoch = len(inputs) // self.batch_size
        self._seed = seed
        self._orientations = orientations
        self._device = device
        self._group = group
        self._epoch, self._order = -1, torch.empty(0)

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return this process's shard of the batch for a step.

        Returns
        -------
        inputs, labels : float32 in [0, 1], with the shapes (N, 1, 33, 33) and (N, 1, S, S), where N is the size of the
            shard
        """
        epoch, index = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(self._seed * 1_000_003 + epoch)
            self._epoch, self._order = epoch, torch.randperm(len(self._inputs), generator=generator)
        chosen = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        pair = self._inputs[chosen], self._labels[chosen]
        inputs, labels = (flip_and_rotate(part) for part in pair) if self._orientations else pair
        return self._group.shard(inputs).to(self._device), self._group.shard(labels).to(self._device)


def flip_and_rotate(squares: Tensor) -> Tensor:
    """Apply each of the eight flips and rotations to an eighth of a batch of square patches.

    The shape is (N, C, S, S). It does not change.
    """
    turned = []
    for index, part in enumerate(squares.chunk(8)):
        part = part.transpose(2, 3) if index & 1 else part
        flips = [axis for axis, bit in ((2, 2), (3, 4)) if index & bit]
        turned.append(part.flip(flips) if flips else part)
    return torch.cat(turned).contiguous(memory_format=torch.channels_last)
