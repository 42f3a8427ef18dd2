"""Trainer: a network, its optimizer, and the exponential moving average (EMA) of its weights."""

import copy
from typing import Any

import torch
from torch import Tensor

from engine.inference.device import DTYPES
from engine.inference.process_group import SINGLE_PROCESS, ProcessGroup
from engine.models.network import Network
from engine.training import schedule
from engine.training.crops import bicubic_mse_per_crop
from engine.training.request import Recipe

# For the second moment, the default of 0.999 averages over too many steps for a decaying learning rate.
_ADAM_BETAS = (0.9, 0.99)
_SGD_MOMENTUM = 0.9
_CHARBONNIER_EPSILON = 1e-6
# Number of patches that are processed together, by device type. Other devices process the whole batch. On a CPU, the
# allocator reuses the memory for 32 patches, but requests memory for 128 patches from the system in each step.
_CHUNK_SIZE = {"cpu": 32}
_SLOW_LR_FACTOR = 0.1  # factor for the learning rate of the last layer and the biases in the paper's SGD


class Trainer:
    """Trains a network on one device.

    Parameters
    ----------
    network : network to train, whose weights are modified in place
    recipe : hyperparameters
    device : device to train on
    group : processes that divide each batch among themselves
    mean_bicubic_mse : mean squared error of bicubic interpolation on the training patches, for `Recipe.loss_weighting`

    Attributes
    ----------
    ema_network : copy of the network with EMA weights, which is validated and saved, because its PSNR is 0.05 to 0.15
        dB higher early in a run. If the recipe disables the EMA, this is `network` itself
    step : number of steps done so far
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
        """Update the weights with one batch.

        Parameters
        ----------
        inputs, labels : this process's shard of the batch. Patches have the shapes (N, 1, 33, 33) and (N, 1, S, S),
            crops have the shapes (N, C, S, S) and (N, C, S * scale, S * scale)
        batch_size : size of the batch over all processes
        steps : number of steps of the run, or None while it is unknown

        Returns
        -------
        Loss of the whole batch without loss weights, as a scalar tensor on the device.
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
        """Compute the gradient of this process's shard in chunks, and add it to `grad` of the parameters.

        Returns
        -------
        The sum of the unweighted losses of the patches in the shard, divided by `batch_size`.
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
        """Return the loss of each pixel for a difference from the label. See `Recipe.loss`."""
        if self.recipe.loss == "l1":
            return difference.abs()
        squared = difference.square()
        return (squared + _CHARBONNIER_EPSILON).sqrt() if self.recipe.loss == "charbonnier" else squared

    def _loss_weights(self, inputs: Tensor, labels: Tensor) -> Tensor | float:
        """Return the loss weight of each patch, with the shape (N,), or 1. See `Recipe.loss_weighting`."""
        if not self.recipe.loss_weighting:
            return 1.0
        if self.network.info.has_low_res_input:
            bicubic = bicubic_mse_per_crop(inputs, labels)
        else:
            halo = (inputs.shape[-1] - labels.shape[-1]) // 2
            center = inputs[..., halo : halo + labels.shape[-2], halo : halo + labels.shape[-1]]
            bicubic = (center - labels).square().mean(dim=(1, 2, 3))
        return self._mean_bicubic_mse / (bicubic + self.recipe.loss_weighting * self._mean_bicubic_mse)

    def learning_rate(self, steps: int | None) -> float:
        """Return the learning rate of the next step.

        Parameters
        ----------
        steps : number of steps of the run, or None while it is unknown
        """
        return schedule.learning_rate(self.recipe, self.step, steps, self.schedule)

    @property
    def is_finite(self) -> bool:
        """Whether no weight, EMA weight or optimizer state is NaN or infinite."""
        optimizer_state = [value for state in self._optimizer.state.values() for value in state.values()]
        tensors = [*self.network.parameters(), *self.ema_network.parameters(), *optimizer_state]
        return all(bool(torch.isfinite(tensor).all()) for tensor in tensors if isinstance(tensor, Tensor))

    def state_dict(self) -> dict[str, Any]:
        """Return the training state for a checkpoint: weights, EMA weights, optimizer, step and schedule.

        The values are tensors, numbers, strings, and dicts and lists of them.
        """
        return {  # the keys are part of the file format of checkpoints
            "step": self.step,
            "schedule": self.schedule,
            "network": self.network.state_dict(),
            "average": self.ema_network.state_dict(),
            "optimiser": self._optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state of the training from the result of `state_dict`.

        With the same data, the next steps are bit-identical to those of an uninterrupted run. If the state does not
        match the network, PyTorch raises an exception.
        """
        self.network.load_state_dict(state["network"])
        self.ema_network.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        self.schedule = state.get("schedule", schedule.LEGACY_SCHEDULE)

    @torch.no_grad()
    def _update_ema(self) -> None:
        """Update the EMA weights.

        In the first steps, a lower decay reduces the effect of the initial weights.
        """
        decay = min(self.recipe.ema_decay, self.step / (self.step + 10))
        torch._foreach_lerp_(list(self.ema_network.parameters()), list(self.network.parameters()), 1 - decay)


def _build_optimizer(network: Network, recipe: Recipe) -> torch.optim.Optimizer:
    """Return the optimizer of a recipe.

    For "sgd", the last layer and the biases have a lower learning rate.
    """
    # "share" is the factor for the learning rate of a group. The name is part of the file format of checkpoints.
    if recipe.optimizer in ("adam", "adamw"):  # AdamW without decay is Adam
        groups = [{"params": list(network.parameters()), "share": 1.0}]
        rate, decay = recipe.learning_rate, recipe.weight_decay
        return torch.optim.AdamW(groups, lr=rate, betas=_ADAM_BETAS, weight_decay=decay, fused=True)
    fast = [layer.weight for layer in network.convolutions[:-1]]
    slow = [parameter for parameter in network.parameters() if all(parameter is not other for other in fast)]
    groups = [{"params": fast, "share": 1.0}, {"params": slow, "share": _SLOW_LR_FACTOR}]
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=_SGD_MOMENTUM)
