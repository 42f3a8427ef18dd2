"""What learns: the network, the moving average of its weights, and the optimiser between them."""

import copy
from typing import Any

import torch
from torch import Tensor

from engine.inference.device import DTYPES
from engine.inference.process_group import ALONE, World
from engine.models.architectures.srcnn import SRCNN
from engine.training import schedule
from engine.training.request import Recipe

# A shorter memory of the squares than Adam's usual 0.999 follows the falling learning rate better.
_ADAM_BETAS = (0.9, 0.99)
_SGD_MOMENTUM = 0.9
# Patches at once by device kind, if not the whole batch. On a CPU the features of 32 patches are small enough for the
# allocator to recycle; those of 128 come from the system anew in every step, page by page.
_PART = {"cpu": 32}
_SLOW = 0.1  # the paper's SGD: the last layer and all biases learn at a tenth of the rate


class Learner:
    """A network in training on one device.

    `average` is an exponential moving average of the weights, which is what is measured and kept: it is worth
    0.05-0.15 dB early on. With a recipe that has none it is the network itself. `typical_mse` is the mean squared
    error of bicubic over all patches, which a recipe's balance is measured by.
    """

    def __init__(
        self,
        network: SRCNN,
        recipe: Recipe,
        device: torch.device,
        world: World = ALONE,
        typical_mse: float = 1.0,
    ) -> None:
        self.recipe = recipe
        self._typical_mse = typical_mse
        self.device = device
        self._world = world
        self.network = network.to(device).train()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
        self.average = copy.deepcopy(self.network).requires_grad_(False) if recipe.average else self.network
        self.step = 0
        self.schedule: schedule.Schedule = "cosine"
        self._optimiser = _optimiser(self.network, recipe)

    def learn(self, inputs: Tensor, labels: Tensor, batch: int, steps: int | None) -> Tensor:
        """Descend one step on a batch (N, 1, 33, 33) and its labels (N, 1, S, S); returns the mean squared error.

        Of several processes each gets a part of the batch and does the same step; `batch` is the size of the whole.
        """
        rate = self.learning_rate(steps)
        for group in self._optimiser.param_groups:
            group["lr"] = rate * group["share"]
        self._optimiser.zero_grad()
        error = self._gather(inputs, labels, batch)
        self._world.add_up(
            [error, *(parameter.grad for parameter in self.network.parameters() if parameter.grad is not None)]
        )
        if self.recipe.clip:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self._optimiser.step()
        self.step += 1
        if self.average is not self.network:
            self._follow()
        return error

    def _gather(self, inputs: Tensor, labels: Tensor, batch: int) -> Tensor:
        """Gather the gradient part by part; returns this process's share of the batch's mean squared error."""
        # Caffe's EuclideanLoss, which the paper's rates are for, sums a patch's pixels and halves the sum.
        times = labels[0].numel() / 2 if self.recipe.optimiser == "sgd" else 1.0
        size, inner = _PART.get(inputs.device.type, batch), DTYPES[self.recipe.precision]
        total = torch.zeros((), device=inputs.device)
        for some, wanted in zip(torch.split(inputs, size), torch.split(labels, size), strict=True):
            errors = (self.network(some, inner) - wanted).square().mean(dim=(1, 2, 3))  # (N,), of each patch
            loss = (errors * self._weights(some, wanted)).sum() * (times / batch)
            loss.backward()
            total += errors.detach().sum() / batch
        return total

    def _weights(self, inputs: Tensor, labels: Tensor) -> Tensor | float:
        """How much each patch counts, (N,): alike, or by one over its bicubic error; see `Recipe.balance`."""
        if not self.recipe.balance:
            return 1.0
        margin = (inputs.shape[-1] - labels.shape[-1]) // 2
        centre = inputs[..., margin : margin + labels.shape[-2], margin : margin + labels.shape[-1]]
        bicubic = (centre - labels).square().mean(dim=(1, 2, 3))
        return self._typical_mse / (bicubic + self.recipe.balance * self._typical_mse)

    def learning_rate(self, steps: int | None) -> float:
        """Learning rate of the next step; `steps` is None while the length of the run is unknown."""
        return schedule.learning_rate(self.recipe, self.step, steps, self.schedule)

    @property
    def is_finite(self) -> bool:
        """Whether all weights, their average and the optimizer's state are finite numbers."""
        of_optimizer = [value for state in self._optimiser.state.values() for value in state.values()]
        tensors = [*self.network.parameters(), *self.average.parameters(), *of_optimizer]
        return all(bool(torch.isfinite(tensor).all()) for tensor in tensors if isinstance(tensor, Tensor))

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, but for the data: tensors, numbers and containers of them."""
        return {
            "step": self.step,
            "schedule": self.schedule,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a `state`, bit for bit, with the schedule that the run was started with.

        Raises whatever torch raises for a state that does not fit.
        """
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        self.schedule = state.get("schedule", schedule.UNNAMED)

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the weights; early on faster, so that it does not remember the start."""
        keep = min(self.recipe.average, self.step / (self.step + 10))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - keep)


def _optimiser(network: SRCNN, recipe: Recipe) -> torch.optim.Optimizer:
    """Adam(W), or the paper's SGD with its slower last layer and biases; `share` is a group's part of the rate."""
    if recipe.optimiser in ("adam", "adamw"):  # without decay they are the same
        groups = [{"params": list(network.parameters()), "share": 1.0}]
        rate, decay = recipe.learning_rate, recipe.weight_decay
        return torch.optim.AdamW(groups, lr=rate, betas=_ADAM_BETAS, weight_decay=decay, fused=True)
    fast = [network.conv1.weight, network.conv2.weight]
    slow = [parameter for parameter in network.parameters() if all(parameter is not other for other in fast)]
    groups = [{"params": fast, "share": 1.0}, {"params": slow, "share": _SLOW}]
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=_SGD_MOMENTUM)
