"""Upscaling time for several tile sizes, to choose `torch_backend.TILE_PX`.

    python benchmarks/tiles.py [--megapixels 2]

Prints the fastest of three rounds for each tile size, and its ratio to the time with the default size.
"""

import argparse
import platform
from time import perf_counter

import numpy as np
import torch

from engine.imaging.codecs.image_files import Image
from engine.inference import device as devices
from engine.inference import torch_backend
from engine.models import catalog
from engine.system import process_setup
from engine.upscaling.job import upscale
from engine.upscaling.request import UpscaleRequest

SIZES = (64, 96, 128, 192, 256, 384, 512)
ROUNDS = 3


def time_upscaling(image: Image, tile: int) -> float:
    """Upscale an image once in tiles of the given size, and return the elapsed time in seconds."""
    start_time = perf_counter()
    for _event in upscale(image, UpscaleRequest(catalog.default_model(3), "cpu", compare=False, tile=tile)):
        pass
    return perf_counter() - start_time


def main() -> None:
    """Measure and print the results."""
    process_setup.configure_process()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=2.0, help="size of the result")
    side = int((parser.parse_args().megapixels * 1e6) ** 0.5 / 3)
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    image = Image(noise)
    best = dict.fromkeys(SIZES, float("inf"))
    time_upscaling(image, 96)  # warm
    for _round in range(ROUNDS):
        for tile in SIZES:
            best[tile] = min(best[tile], time_upscaling(image, tile))
    used = torch_backend.TILE_PX["cpu"]
    machine = f"{platform.machine()}, {devices.thread_count()} threads, torch {torch.__version__}"
    print(f"{3 * side} x {3 * side} px, {catalog.default_model(3).name}, {machine}")
    for tile, took in best.items():
        note = "  used" if tile == used else ""
        print(f"{tile:>5} px {took:7.2f} s  {took / best[used]:5.2f} of {used} px{note}")


if __name__ == "__main__":
    main()
