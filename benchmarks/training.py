"""How much faster a training step is here than in the plain loop, at the same batch and the same mathematics.

    python benchmarks/training.py [--batch 128]

The plain loop is what one writes first: nn.Conv2d in torch's usual layout, the whole batch at once, Adam. The two take
turns for five rounds; printed are the medians in patches per second, and their ratio. Beside them stands a step with
layer 2 in bfloat16, which is other mathematics (`--precision bfloat16`), and fast where there are matrix tiles.
"""

import argparse
import copy
import platform
from collections.abc import Callable
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

from engine.inference import device as devices
from engine.models.architectures.srcnn import SRCNN, initialise
from engine.models.catalog import ModelSpec
from engine.system import standalone
from engine.training.request import Recipe
from engine.training.trainer import Learner

ROUNDS, STEPS = 5, 12


def plain_loop(network: SRCNN) -> Callable[[Tensor, Tensor], Tensor]:
    """A step as in the tutorials."""
    layers = [copy.deepcopy(layer) for layer in (network.conv1, network.conv2, network.conv3)]
    plain = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimiser = torch.optim.Adam(plain.parameters(), lr=1e-3, betas=(0.9, 0.99))
    loss_of = nn.MSELoss()

    def step(inputs: Tensor, labels: Tensor) -> Tensor:
        optimiser.zero_grad()
        loss: Tensor = loss_of(plain(inputs), labels)
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def ours(network: SRCNN, precision: str = "float32") -> Callable[[Tensor, Tensor], Tensor]:
    """A step of `engine.training.job`, with the moving average that the plain loop does without."""
    learner = Learner(network, Recipe(warm_up=0, precision=precision), torch.device("cpu"))
    return lambda inputs, labels: learner.learn(inputs, labels, len(inputs), 1_000_000)


def main() -> None:
    """Measure and print."""
    standalone.settle()
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--batch", type=int, default=128, help="patches in a step; 128 is the paper's")
    batch = arguments.parse_args().batch
    devices.use_all_threads()
    print(f"batch {batch}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for arch in ("9-1-5", "9-5-5"):
        spec = ModelSpec.parse(arch, 3)
        network = SRCNN(spec)
        initialise(network, torch.Generator().manual_seed(0))
        inputs = torch.rand(batch, 1, 33, 33)
        labels = inputs[:, :, spec.margin_px : -spec.margin_px, spec.margin_px : -spec.margin_px].contiguous()
        steps = {"plain": plain_loop(network), "ours": ours(network), "reduced": ours(network, "bfloat16")}
        rates: dict[str, list[float]] = {name: [] for name in steps}
        first = {name: float(step(inputs, labels)) for name, step in steps.items()}
        assert abs(first["plain"] - first["ours"]) < 1e-6, f"not the same mathematics: {first}"
        for _round in range(ROUNDS):
            for name, step in steps.items():
                step(inputs, labels)
                began = perf_counter()
                for _step in range(STEPS):
                    step(inputs, labels)
                rates[name].append(STEPS * batch / (perf_counter() - began))
        plain, fast, reduced = (median(rates[name]) for name in steps)
        print(f"{arch}: plain {plain:,.0f}, ours {fast:,.0f} patches a second: {fast / plain:.2f} times")
        print(f"{arch}: ours with layer 2 in bfloat16 {reduced:,.0f}: {reduced / plain:.2f} times")


if __name__ == "__main__":
    main()
