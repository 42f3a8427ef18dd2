"""How much of an enlargement's time is not the network: decoding, colour, bicubic, joining, and encoding apart.

    python benchmarks/pipeline.py [--megapixels 0.25 2 24 100] [--arch 9-1-5]

The network's time is what its calls take on all threads, divided by the threads.
"""

import argparse
import platform
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from engine.inference import device as devices
from engine.inference.torch_backend import Inference
from engine.models.weights import resolve
from engine.system import standalone
from engine.upscaling.job import Enlarged, enlarge
from engine.upscaling.request import UpscaleRequest


def photograph(side: int) -> Picture:
    """Smooth shapes with a little noise: about as hard to compress as a photograph."""
    rng = np.random.default_rng(0)
    coarse = rng.random((side // 24 + 2, side // 24 + 2, 3)).repeat(24, 0).repeat(24, 1)[:side, :side]
    ramp = np.linspace(0, 0.5, side)[:, None, None]
    return Picture(np.uint8(np.clip(120 * coarse + 200 * ramp + rng.normal(0, 3, (side, side, 3)), 0, 255)))


def measure(megapixels: float, request: UpscaleRequest, rounds: int, busy: list[float]) -> None:
    """Print the fastest round of one size."""
    side = max(8, round((megapixels * 1e6) ** 0.5 / 3))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "small.png", Path(folder) / "large.png"
        image_files.write(photograph(side), source)
        for _round in range(rounds):
            busy[0] = 0.0
            began = perf_counter()
            picture = image_files.read(source)
            decoded = perf_counter()
            enlarged_picture = result_of(enlarge(picture, request)).picture
            enlarged = perf_counter()
            image_files.write(enlarged_picture, output)
            rows.append((decoded - began, enlarged - decoded, busy[0] / devices.cores(), perf_counter() - enlarged))
        size = output.stat().st_size / 1e6
    decode, whole, network, encode = min(rows, key=lambda row: row[1])
    share = 1 - network / (decode + whole)
    each = whole / (9 * side * side) * 1e9
    print(
        f"{3 * side} x {3 * side} px: decoding {decode:.2f} s, enlarging {whole:.2f} s ({each:.0f} ns a pixel), "
        f"{network:.2f} s of it the network; not the network {share:.0%}; encoding apart {encode:.2f} s, {size:.0f} MB"
    )


def result_of(job: Generator[object, None, Enlarged]) -> Enlarged:
    """Run a job to its end."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            result: Enlarged = stop.value
            return result


def main() -> None:
    """Measure and print."""
    standalone.settle()
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--megapixels", type=float, nargs="+", default=[0.25, 2.0, 24.0, 100.0], help="of the output"
    )
    arguments.add_argument("--arch", default="9-1-5")
    arguments.add_argument("--rounds", type=int, default=3)
    asked = arguments.parse_args()
    busy, lock, run = [0.0], threading.Lock(), Inference.__call__

    def timed(network: Inference, luma: np.ndarray) -> np.ndarray:
        began = perf_counter()
        result = run(network, luma)
        with lock:
            busy[0] += perf_counter() - began
        return result

    Inference.__call__ = timed  # type: ignore[method-assign]
    request = UpscaleRequest(resolve(asked.arch, 3), "cpu", compare=False)
    result_of(enlarge(photograph(300), request))  # warm
    print(f"{asked.arch}, {platform.machine()}, {devices.cores()} cores, torch {torch.__version__}")
    for megapixels in asked.megapixels:
        measure(megapixels, request, asked.rounds, busy)


if __name__ == "__main__":
    main()
