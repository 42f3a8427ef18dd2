"""Trainer: a network, its optimizer, and the exponential moving average (EMA) of its weights."""

import copy
from typing import Any

import torch
from torch import Tensor

from engine.inference.device import DTYPES
from engine.inference.process_group import SINGLE_PROCESS, ProcessGroup
from engine.models.network import Network
from engine.training import schedule
from engine.training.crops import bicubic_errors
from engine.training.request import Recipe

# For the second moment, the default of 0.999 averages over too many steps to follow the decaying learning rate.
_ADAM_BETAS = (0.9, 0.99)
_SGD_MOMENTUM = 0.9
_CHARBONNIER_EPSILON = 1e-6
# Chunk size by device type. Other devices use the whole batch. On a CPU, the allocator reuses the memory
# for the features of 32 patches, but requests the memory for 128 patches from the system in each step.
_CHUNK_SIZE = {"cpu": 32}
_SLOW_SHARE = 0.1  # share of the learning rate for the last layer and the biases in the paper's SGD


class Trainer:
    """Trains a network on one device.

    Parameters
    ----------
    network : the network. It is trained in place
    recipe : hyperparameters
    device : device to train on
    group : processes that share each batch
    mean_bicubic_mse : mean squared error of bicubic interpolation on the training patches. `Recipe.loss_weighting` is
        relative to it

    Attributes
    ----------
    ema_network : a copy of the network with EMA weights, which is validated and saved. Early in a run, its PSNR is
        0.05 to 0.15 dB higher. If the recipe disables the EMA, this is `network` itself
    step : number of steps done
    schedule : name of the learning rate schedule
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        device: torch.device,
        group: ProcessGroup = SINGLE_PROCESS,
        mean_bicubic_mse: float = 1.0,
    ) -> None:
        self.recipe = recipe
        self._mean_bicubic_mse = mean_bicubic_mse
        self.device = device
        self._group = group
        self.network = network.to(device).train()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
        self.ema_network = copy.deepcopy(self.network).requires_grad_(False) if recipe.ema_decay else self.network
        self.step = 0
        self.schedule: schedule.Schedule = "cosine"
        self._optimizer = _build_optimizer(self.network, recipe)

    def train_step(self, inputs: Tensor, labels: Tensor, batch_size: int, steps: int | None) -> Tensor:
        """Train on a batch, and return the mean error of the whole batch, without loss weights.

        Parameters
        ----------
        inputs, labels : this process's shard of the batch: patches with the shapes (N, 1, 33, 33) and (N, 1, S, S), or
            crops with the shapes (N, C, S, S) and (N, C, S * scale, S * scale)
        batch_size : size of the whole batch
        steps : number of steps of the run, or None while it is unknown
        """
        rate = self.learning_rate(steps)
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["share"]
        self._optimizer.zero_grad()
        error = self._accumulate_gradient(inputs, labels, batch_size)
        self._group.all_reduce(
            [error, *(parameter.grad for parameter in self.network.parameters() if parameter.grad is not None)]
        )
        if self.recipe.grad_clip:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.grad_clip)
        self._optimizer.step()
        self.step += 1
        if self.ema_network is not self.network:
            self._update_ema()
        return error

    def _accumulate_gradient(self, inputs: Tensor, labels: Tensor, batch_size: int) -> Tensor:
        """Accumulate the gradient of this process's shard, chunk by chunk.

        Returns
        -------
        The contribution of the shard to the mean error of the batch.
        """
        # The paper's learning rates are for Caffe's EuclideanLoss, which is half the sum over the pixels of a patch.
        loss_scale = labels[0].numel() / 2 if self.recipe.optimizer == "sgd" else 1.0
        chunk_size, dtype = _CHUNK_SIZE.get(inputs.device.type, batch_size), DTYPES[self.recipe.precision]
        total = torch.zeros((), device=inputs.device)
        for chunk, targets in zip(torch.split(inputs, chunk_size), torch.split(labels, chunk_size), strict=True):
            result = self.network(chunk, dtype, padded=self.network.info.has_low_res_input)
            errors = self._pixel_errors(result - targets).mean(dim=(1, 2, 3))  # (N,)
            loss = (errors * self._loss_weights(chunk, targets)).sum() * (loss_scale / batch_size)
            loss.backward()  # type: ignore[no-untyped-call]
            total += errors.detach().sum() / batch_size
        return total

    def _pixel_errors(self, difference: Tensor) -> Tensor:
        """Return the error of each pixel. See `Recipe.loss`."""
        if self.recipe.loss == "l1":
            return difference.abs()
        squared = difference.square()
        return (squared + _CHARBONNIER_EPSILON).sqrt() if self.recipe.loss == "charbonnier" else squared

    def _loss_weights(self, inputs: Tensor, labels: Tensor) -> Tensor | float:
        """Return the loss weight of each patch, or 1 for equal weights. See `Recipe.loss_weighting`."""
        if not self.recipe.loss_weighting:
            return 1.0
        if self.network.info.has_low_res_input:
            bicubic = bicubic_errors(inputs, labels)
        else:
            halo = (inputs.shape[-1] - labels.shape[-1]) // 2
            center = inputs[..., halo : halo + labels.shape[-2], halo : halo + labels.shape[-1]]
            bicubic = (center - labels).square().mean(dim=(1, 2, 3))
        return self._mean_bicubic_mse / (bicubic + self.recipe.loss_weighting * self._mean_bicubic_mse)

    def learning_rate(self, steps: int | None) -> float:
        """Return the learning rate of the next step. `steps` is None while the length of the run is unknown."""
        return schedule.learning_rate(self.recipe, self.step, steps, self.schedule)

    @property
    def is_finite(self) -> bool:
        """Whether all weights, EMA weights and optimizer states are finite."""
        optimizer_state = [value for state in self._optimizer.state.values() for value in state.values()]
        tensors = [*self.network.parameters(), *self.ema_network.parameters(), *optimizer_state]
        return all(bool(torch.isfinite(tensor).all()) for tensor in tensors if isinstance(tensor, Tensor))

    def state_dict(self) -> dict[str, Any]:
        """Return everything except the data that the next step depends on.

        The values are tensors, numbers, strings, and containers of them.
        """
        return {  # the keys are part of the file format of checkpoints
            "step": self.step,
            "schedule": self.schedule,
            "network": self.network.state_dict(),
            "average": self.ema_network.state_dict(),
            "optimiser": self._optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the result of `state_dict`, including the schedule that the run was started with.

        The following steps are bit-identical to those of a run without interruption. If the state does not match the
        network, PyTorch raises an exception.
        """
        self.network.load_state_dict(state["network"])
        self.ema_network.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        self.schedule = state.get("schedule", schedule.LEGACY_SCHEDULE)

    @torch.no_grad()
    def _update_ema(self) -> None:
        """Update the EMA weights.

        In the first steps, a lower decay reduces the influence of the initial weights.
        """
        decay = min(self.recipe.ema_decay, self.step / (self.step + 10))
        torch._foreach_lerp_(list(self.ema_network.parameters()), list(self.network.parameters()), 1 - decay)


def _build_optimizer(network: Network, recipe: Recipe) -> torch.optim.Optimizer:
    """Build the optimizer. In the paper's SGD, the last layer and the biases have a lower learning rate."""
    if recipe.optimizer in ("adam", "adamw"):  # AdamW without decay is Adam
        groups = [{"params": list(network.parameters()), "share": 1.0}]
        rate, decay = recipe.learning_rate, recipe.weight_decay
        return torch.optim.AdamW(groups, lr=rate, betas=_ADAM_BETAS, weight_decay=decay, fused=True)
    fast = [layer.weight for layer in network.convolutions[:-1]]
    slow = [parameter for parameter in network.parameters() if all(parameter is not other for other in fast)]
    groups = [{"params": fast, "share": 1.0}, {"params": slow, "share": _SLOW_SHARE}]
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=_SGD_MOMENTUM)
