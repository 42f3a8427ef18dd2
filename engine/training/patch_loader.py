"""Shuffled batches of a patch set, each patch once an epoch, reproducible from any step on."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.inference.process_group import ALONE, World


class Batches:
    """The batch of any step. The order follows from seed and step alone, so that a run can go on anywhere.

    Parameters
    ----------
    inputs, labels : (N, 1, 33, 33) and (N, 1, S, S) float32
    size : patches in a batch; all of them if there are fewer
    orientations : show an eighth of each batch in each of the eight flips and quarter turns
    world : of several processes, this one gets its part of every batch
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
        world: World = ALONE,
    ) -> None:
        self._inputs, self._labels = torch.from_numpy(inputs), torch.from_numpy(labels)
        self.size = min(size, len(inputs))
        self.in_epoch = len(inputs) // self.size  # steps
        self._seed = seed
        self._orientations = orientations
        self._device = device
        self._world = world
        self._epoch, self._order = -1, torch.empty(0)

    def of_step(self, step: int) -> tuple[Tensor, Tensor]:
        """Inputs (size, 1, 33, 33) and labels (size, 1, S, S) of a step, counted from 0, on the device."""
        epoch, index = divmod(step, self.in_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(self._seed * 1_000_003 + epoch)
            self._epoch, self._order = epoch, torch.randperm(len(self._inputs), generator=generator)
        chosen = self._order[index * self.size : (index + 1) * self.size]
        pair = self._inputs[chosen], self._labels[chosen]
        inputs, labels = (all_orientations(part) for part in pair) if self._orientations else pair
        return self._world.part(inputs).to(self._device), self._world.part(labels).to(self._device)


def all_orientations(squares: Tensor) -> Tensor:
    """Turn an eighth of a batch (N, 1, S, S) into each of the eight flips and quarter turns."""
    turned = []
    for index, part in enumerate(squares.chunk(8)):
        part = part.transpose(2, 3) if index & 1 else part
        flips = [axis for axis, bit in ((2, 2), (3, 4)) if index & bit]
        turned.append(part.flip(flips) if flips else part)
    return torch.cat(turned).contiguous(memory_format=torch.channels_last)
