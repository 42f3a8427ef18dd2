"""Peak memory of `srcnn upscale` for several output sizes, including PyTorch.

    python benchmarks/memory.py [--megapixels 1 9 25 100] [--arch 9-1-5]

Each process upscales RGB noise by 3 and writes a PNG. Supports Linux and macOS.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.system import process_setup

MAXRSS_UNIT_BYTES = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss in bytes


def peak_mb(command: list[str]) -> tuple[float, float]:
    """Run a command, and return its peak resident size in MB and its time in seconds."""
    start_time = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_maxrss * MAXRSS_UNIT_BYTES / 1e6, perf_counter() - start_time


def main() -> None:
    """Measure and print the results."""
    process_setup.configure_process()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1.0, 9.0, 25.0, 100.0], help="of the output")
    parser.add_argument("--arch", default="9-1-5")
    parser.add_argument("--tiles", type=int, nargs="+", default=[0], help="sides of tiles in px, 0 for the default")
    args = parser.parse_args()
    engine = [sys.executable, "-m", "engine"]
    idle, _ = peak_mb([*engine, "models"])
    print(f"srcnn models, without torch: {idle:.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        for megapixels in args.megapixels:
            side = round((megapixels * 1e6) ** 0.5 / 3)
            noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
            source, output = Path(folder) / "small.png", Path(folder) / "large.png"
            image_files.write(Image(noise), source)
            for tile in args.tiles:
                options = ["--scale", "3", "--model", args.arch, *(["--tile", str(tile)] if tile else [])]
                peak, seconds = peak_mb([*engine, "upscale", str(source), "-o", str(output), *options])
                pixels = 9 * side * side / 1e6
                named = f"tiles of {tile} px" if tile else "tiles of the table"
                print(
                    f"{3 * side} x {3 * side} px, {pixels:6.1f} MP, {named}: {peak:6.0f} MB, {seconds:6.1f} s in all"
                )


if __name__ == "__main__":
    main()
