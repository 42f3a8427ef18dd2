"""Measured speed of an architecture on this machine."""

from math import isqrt
from time import perf_counter

import torch

from engine.inference import device as devices
from engine.inference.torch_backend import TorchBackend, tile_px
from engine.inference.workers import WorkerPool
from engine.models.info import ModelInfo
from engine.models.network import Network

MIN_SECONDS = 0.3  # shorter measurements vary by a fifth
_TILE_MULTIPLICATIONS = 8e9  # a larger tile of a large network would take seconds


def measure_seconds_per_megapixel(info: ModelInfo, device_name: str = "auto") -> float:
    """Return how long a model of an architecture takes for a megapixel of its result, in seconds.

    The speed does not depend on the weights, so random ones are used. As in upscaling, all threads compute tiles. The
    fastest of several rounds counts, because other programs can only slow a round down. The state of PyTorch's random
    number generators and its number of threads do not change.

    Parameters
    ----------
    device_name : "cpu", "cuda" or "mps", or "auto" for the fastest available device

    Raises
    ------
    DeviceUnknown
    """
    device, _ = devices.select(device_name, for_training=True)
    with torch.random.fork_rng(devices=[]):
        network = Network(info)
        side = min(tile_px(device, info), isqrt(int(_TILE_MULTIPLICATIONS / info.multiplications_per_pixel)))
        size = max(1, side // info.upsampling) + 2 * info.halo_px
        window = torch.rand(info.channels, size, size).numpy()
    backend = TorchBackend(network, device, dtype=devices.select_dtype("auto", device, info))
    pixels = (max(1, side // info.upsampling) * info.upsampling) ** 2
    started = perf_counter()
    rounds: list[float] = []
    with WorkerPool[None, object](device) as workers:
        while len(rounds) < 2 or perf_counter() - started < MIN_SECONDS:  # the first round also warms up
            round_started = perf_counter()
            for _worker in range(workers.thread_count):
                workers.submit(None, lambda: backend(window))
            for _worker in range(workers.thread_count):
                workers.next_result()
            rounds.append((perf_counter() - round_started) / (workers.thread_count * pixels / 1e6))
    return min(rounds)
