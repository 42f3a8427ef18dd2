"""Throughput of a batch compared with upscaling in memory, its memory use, and its listing speed.

    python benchmarks/batch.py [--images 200] [--megapixels 1] [--format jpg] [--scale 3] [--list 100000]

The baseline upscales the same images in memory, without reading or writing files. On a busy machine, compare the CPU
times, which are more reliable than the elapsed times.
"""

import argparse
import platform
import resource
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from engine.batch import job as batch
from engine.batch import listing, planning
from engine.batch.events import FileDone
from engine.batch.naming import Naming
from engine.batch.request import BatchRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.system import process_setup
from engine.upscaling import job as upscale_job
from engine.upscaling.request import UpscaleRequest

MAXRSS_UNIT_BYTES = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss in bytes


def main() -> None:
    """Measure and print the results."""
    process_setup.configure_process()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--megapixels", type=float, default=1.0, help="of each source")
    parser.add_argument("--format", default="jpg")
    parser.add_argument("--scale", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--list", type=int, default=100_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="srcnn-batch-") as name:
        measure_listing(Path(name) / "many", args.list)
        request = UpscaleRequest(catalog.default_model(args.scale), args.device, compare=False)
        measure_batch(Path(name), request, args.images, args.megapixels, args.format)


def measure_listing(folder: Path, count: int) -> None:
    """Measure listing and planning of a directory tree with `count` files."""
    if not count:
        return
    for number in range(count):
        if number % 1000 == 0:
            (folder / f"{number // 1000:03}").mkdir(parents=True)
        (folder / f"{number // 1000:03}" / f"{number:06}.png").touch()
    start_time = perf_counter()
    listing_result = listing.find_images((folder,), folder.parent / "out", recursive=True)
    listed = perf_counter() - start_time
    naming = Naming("{name}_x{scale}", "", 3, "model", date(2026, 1, 1))
    plan = planning.plan(listing_result, {}, folder.parent / "out", naming, "number", "settings", lambda _w, _h: None)
    print(
        f"{len(plan.items):,} files: listed in {listed:.2f} s, planned in {perf_counter() - start_time - listed:.2f} s"
    )


def measure_batch(folder: Path, single: UpscaleRequest, count: int, megapixels: float, extension: str) -> None:
    """Compare the speed of a batch with upscaling in memory, and print the memory use during the batch."""
    side = round((megapixels * 1e6) ** 0.5)
    image = Image(make_photo(side))
    (folder / "in").mkdir()
    for number in range(count):
        image_files.write(image, folder / "in" / f"{number:04}.{extension}")
    output_px = (side * int(single.scale_factor(side, side))) ** 2
    few = max(3, count // 10)
    run_jobs(upscale_job.upscale(image, single))  # warm up
    busy = process_time()
    own = few * output_px / 1e6 / run_jobs(*(upscale_job.upscale(image, single) for _ in range(few)))
    own_busy = (process_time() - busy) / few
    print(f"{count} images of {side} x {side} px, {extension}, {single.model.name}")
    print(f"in memory: {own:.2f} MP/s of output, {own_busy:.2f} s of CPU time per image", flush=True)
    request = BatchRequest((folder / "in",), folder / "out", single, journal_folder=folder / "state")
    start_time, busy, done, early = perf_counter(), process_time(), 0, 0.0
    for event in batch.run(request):
        done += isinstance(event, FileDone)
        if done == count // 4 and not early:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT_BYTES / 1e6
    seconds = perf_counter() - start_time
    late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT_BYTES / 1e6
    ours = done * output_px / 1e6 / seconds
    ours_busy = (process_time() - busy) / done
    print(f"batch:     {ours:.2f} MP/s of output, {ours_busy:.2f} s of CPU time per image")
    print(f"ratio: {ours / own:.3f} by time, {own_busy / ours_busy:.3f} by CPU time; {seconds:.1f} s in total")
    print(f"peak memory: {early:.0f} MB after a quarter, {late:.0f} MB at the end")


def make_photo(side: int) -> np.ndarray:
    """Return a square image that compresses like a photograph.

    It is a sample image that is tiled with mirrored copies.
    """
    sample = image_files.read(Path(__file__).parents[1] / "resources" / "samples" / "coffee.png").pixels
    rows, columns = (side // sample.shape[0] + 2, side // sample.shape[1] + 2)
    wide = np.concatenate([sample[:, :: (-1) ** n] for n in range(columns)], axis=1)
    return np.ascontiguousarray(np.concatenate([wide[:: (-1) ** n] for n in range(rows)])[:side, :side])


def run_jobs(*jobs: object) -> float:
    """Run jobs one after the other until they finish, and return the elapsed time in seconds."""
    start_time = perf_counter()
    for job in jobs:
        for _event in job:  # type: ignore[attr-defined]
            pass
    return perf_counter() - start_time


if __name__ == "__main__":
    main()
