"""Speed of a training step compared with a plain PyTorch loop.

    python benchmarks/training.py [--batch-size 128]

The plain loop uses nn.Conv2d in the default memory layout and Adam. A third candidate computes layer 2 in bfloat16
(`--precision bfloat16`), which is fast on a CPU with AMX. The candidates take turns for five rounds. Prints the median
speed of each in patches per second, and the ratios.
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
from engine.models import registry
from engine.models.network import Network
from engine.system import process_setup
from engine.training.initial_weights import initialize_near_bicubic
from engine.training.request import Recipe
from engine.training.trainer import Trainer

ROUNDS, STEPS = 5, 12


def make_plain_step(network: Network) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a function that runs a training step as in PyTorch tutorials and returns the loss."""
    layers = [copy.deepcopy(layer) for layer in (network.conv1, network.conv2, network.conv3)]
    plain = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimizer = torch.optim.Adam(plain.parameters(), lr=1e-3, betas=(0.9, 0.99))
    loss_of = nn.MSELoss()

    def step(inputs: Tensor, labels: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = loss_of(plain(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def make_trainer_step(network: Network, precision: str = "float32") -> Callable[[Tensor, Tensor], Tensor]:
    """Return a function that runs a training step of `engine.training.trainer`, including EMA."""
    learner = Trainer(network, Recipe(warmup_steps=0, precision=precision), torch.device("cpu"))
    return lambda inputs, labels: learner.train_step(inputs, labels, len(inputs), 1_000_000)


def main() -> None:
    """Measure and print the results."""
    process_setup.configure_process()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=128, help="patches in a step; 128 is the paper's")
    batch = parser.parse_args().batch_size
    devices.set_thread_count()
    print(f"batch {batch}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for arch in ("9-1-5", "9-5-5"):
        info = registry.parse(arch, 3)
        network = Network(info)
        initialize_near_bicubic(network, torch.Generator().manual_seed(0))
        inputs = torch.rand(batch, 1, 33, 33)
        labels = inputs[:, :, info.halo_px : -info.halo_px, info.halo_px : -info.halo_px].contiguous()
        steps = {
            "plain": make_plain_step(network),
            "ours": make_trainer_step(network),
            "reduced": make_trainer_step(network, "bfloat16"),
        }
        rates: dict[str, list[float]] = {name: [] for name in steps}
        first = {name: float(step(inputs, labels)) for name, step in steps.items()}
        assert abs(first["plain"] - first["ours"]) < 1e-6, f"not the same mathematics: {first}"
        for _round in range(ROUNDS):
            for name, step in steps.items():
                step(inputs, labels)
                start_time = perf_counter()
                for _step in range(STEPS):
                    step(inputs, labels)
                rates[name].append(STEPS * batch / (perf_counter() - start_time))
        plain, fast, reduced = (median(rates[name]) for name in steps)
        print(f"{arch}: plain {plain:,.0f}, ours {fast:,.0f} patches a second: {fast / plain:.2f} times")
        print(f"{arch}: ours with layer 2 in bfloat16 {reduced:,.0f}: {reduced / plain:.2f} times")


if __name__ == "__main__":
    main()
