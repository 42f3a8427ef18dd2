"""Fraction of the upscaling time that is spent outside the network, such as for decoding.

    python benchmarks/pipeline.py [--megapixels 0.25 2 24 100] [--arch 9-1-5]

The time of the network is the sum over all threads, divided by the number of threads. The time of encoding is printed
separately.
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
from engine.imaging.codecs.image_files import Image
from engine.inference import device as devices
from engine.inference.torch_backend import TorchBackend
from engine.models.weights import resolve
from engine.system import process_setup
from engine.upscaling.job import UpscaleResult, upscale
from engine.upscaling.request import UpscaleRequest


def make_photo(side: int) -> Image:
    """Return a square image of smooth shapes with noise, which compresses like a photograph."""
    rng = np.random.default_rng(0)
    coarse = rng.random((side // 24 + 2, side // 24 + 2, 3)).repeat(24, 0).repeat(24, 1)[:side, :side]
    ramp = np.linspace(0, 0.5, side)[:, None, None]
    return Image(np.uint8(np.clip(120 * coarse + 200 * ramp + rng.normal(0, 3, (side, side, 3)), 0, 255)))


def measure(megapixels: float, request: UpscaleRequest, rounds: int, busy: list[float]) -> None:
    """Measure an image size in several rounds, and print the times of the fastest round."""
    side = max(8, round((megapixels * 1e6) ** 0.5 / 3))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "small.png", Path(folder) / "large.png"
        image_files.write(make_photo(side), source)
        for _round in range(rounds):
            busy[0] = 0.0
            start_time = perf_counter()
            image = image_files.read(source)
            decoded = perf_counter()
            upscaled = run_job(upscale(image, request)).image
            upscaled_at = perf_counter()
            image_files.write(upscaled, output)
            network_s, encoding_s = busy[0] / devices.thread_count(), perf_counter() - upscaled_at
            rows.append((decoded - start_time, upscaled_at - decoded, network_s, encoding_s))
        size = output.stat().st_size / 1e6
    decode, whole, network, encode = min(rows, key=lambda row: row[1])
    share = 1 - network / (decode + whole)
    each = whole / (9 * side * side) * 1e9
    print(
        f"{3 * side} x {3 * side} px: decoding {decode:.2f} s, upscaling {whole:.2f} s ({each:.0f} ns a pixel), "
        f"{network:.2f} s of it the network; not the network {share:.0%}; encoding apart {encode:.2f} s, {size:.0f} MB"
    )


def run_job(job: Generator[object, None, UpscaleResult]) -> UpscaleResult:
    """Run a job to its end, and return its result."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            result: UpscaleResult = stop.value
            return result


def main() -> None:
    """Measure and print the results."""
    process_setup.configure_process()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.25, 2.0, 24.0, 100.0], help="of the output")
    parser.add_argument("--arch", default="9-1-5")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    busy, lock, run = [0.0], threading.Lock(), TorchBackend.__call__

    def timed(network: TorchBackend, luma: np.ndarray) -> np.ndarray:
        start_time = perf_counter()
        result = run(network, luma)
        with lock:
            busy[0] += perf_counter() - start_time
        return result

    TorchBackend.__call__ = timed  # type: ignore[method-assign]
    request = UpscaleRequest(resolve(args.arch, 3), "cpu", compare=False)
    run_job(upscale(make_photo(300), request))  # warm
    print(f"{args.arch}, {platform.machine()}, {devices.thread_count()} cores, torch {torch.__version__}")
    for megapixels in args.megapixels:
        measure(megapixels, request, args.rounds, busy)


if __name__ == "__main__":
    main()
