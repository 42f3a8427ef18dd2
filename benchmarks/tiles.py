"""How the side of a tile changes the time of an enlargement on this machine: the reason for `inference.TILE_PX`.

    python benchmarks/tiles.py [--megapixels 2]

Every size in turn, three rounds, the fastest of each: seconds, and the ratio to the size that is used.
"""

import argparse
import platform
from time import perf_counter

import numpy as np
import torch

from engine.imaging.codecs.image_files import Picture
from engine.inference import device as devices
from engine.inference import torch_backend
from engine.models import catalog
from engine.system import standalone
from engine.upscaling.job import enlarge
from engine.upscaling.request import UpscaleRequest

SIZES = (64, 96, 128, 192, 256, 384, 512)
ROUNDS = 3


def seconds(picture: Picture, tile: int) -> float:
    """One enlargement, without the bicubic pane."""
    began = perf_counter()
    for _event in enlarge(picture, UpscaleRequest(catalog.default_for(3), "cpu", compare=False, tile=tile)):
        pass
    return perf_counter() - began


def main() -> None:
    """Measure and print."""
    standalone.settle()
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megapixels", type=float, default=2.0, help="of the enlargement")
    side = int((arguments.parse_args().megapixels * 1e6) ** 0.5 / 3)
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    picture = Picture(noise)
    best = dict.fromkeys(SIZES, float("inf"))
    seconds(picture, 96)  # warm
    for _round in range(ROUNDS):
        for tile in SIZES:
            best[tile] = min(best[tile], seconds(picture, tile))
    used = torch_backend.TILE_PX["cpu"]
    machine = f"{platform.machine()}, {devices.cores()} threads, torch {torch.__version__}"
    print(f"{3 * side} x {3 * side} px, {catalog.default_for(3).name}, {machine}")
    for tile, took in best.items():
        mark = "  used" if tile == used else ""
        print(f"{tile:>5} px {took:7.2f} s  {took / best[used]:5.2f} of {used} px{mark}")


if __name__ == "__main__":
    main()
