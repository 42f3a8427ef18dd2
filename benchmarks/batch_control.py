"""Latency of pausing and canceling a batch, and accuracy of its estimate of the remaining time.

    python benchmarks/batch_control.py [--images 30] [--formats jpg png webp]

The presenter of the Batch page runs the batch on worker threads, but no window is created.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic, perf_counter, process_time
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication

from benchmarks.batch import make_photo
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.system import paths
from srcnn_gui.pages.batch.presenter import BatchLanes, BatchPresenter
from srcnn_gui.pages.batch.saved_batch import BatchCallbacks
from srcnn_gui.pages.batch.state import BatchSettings
from srcnn_gui.runtime.task import Lane

IDLE_S = 1.5  # idle time after which the batch counts as paused


class NullView:
    """View that ignores all method calls."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_args, **_named: None


class HeadlessPage:
    """Presenter of the Batch page with worker threads, but without a window."""

    def __init__(self, app: QCoreApplication, source: Path, output: Path) -> None:
        self._app, self.lanes = app, [Lane() for _each in range(5)]
        self.presenter = BatchPresenter(NullView(), BatchLanes(*self.lanes), BatchSettings(), BatchCallbacks())
        self.presenter.choose_output(output)
        self.presenter.add([source])
        self.wait_until(lambda: self.presenter.state.can_start)

    def wait_until(self, ready: Callable[[], Any]) -> float:
        """Process events until a condition is true, and return the elapsed time in seconds."""
        start_time = perf_counter()
        while not ready():
            self._app.processEvents()
        return perf_counter() - start_time


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--formats", nargs="+", default=["jpg", "png", "webp"])
    args = parser.parse_args()
    app = QCoreApplication([])
    with tempfile.TemporaryDirectory(prefix="srcnn-control-") as name:
        folder = Path(name)
        paths.journals_folder = lambda: folder / "state"
        for extension in args.formats:
            make_images(folder / extension, extension, args.images)
            page = HeadlessPage(app, folder / extension, folder / f"{extension} out")
            pause_and_cancel(page, extension)
        page = HeadlessPage(app, folder / args.formats[0], folder / "whole")
        check_estimates(page)
        for lane in page.lanes:
            lane.close()


def make_images(folder: Path, extension: str, count: int) -> None:
    """Write images of different sizes, from 0.04 to 1 megapixel."""
    folder.mkdir()
    sides = np.random.default_rng(0).integers(200, 1001, count)
    for number, side in enumerate(sides):
        image_files.write(Image(make_photo(int(side))), folder / f"{number:03}.{extension}")


def pause_and_cancel(page: HeadlessPage, extension: str) -> None:
    """Print the latency of pausing and canceling, three times each, while an image is being upscaled."""
    paused, canceled = [], []
    presenter = page.presenter
    for _turn in range(3):
        presenter.start()
        page.wait_until(lambda: presenter.files.progress.tiles_done)
        presenter.pause()
        paused.append(wait_until_idle(page))
        presenter.pause()
        done = presenter.files.progress.counts.done
        page.wait_until(lambda done=done: presenter.files.progress.counts.queued and has_advanced(presenter, done))
        presenter.cancel()
        canceled.append(page.wait_until(lambda: not presenter.state.locked))
        page.wait_until(lambda: presenter.state.can_start)
    result = [" ".join(f"{seconds:.2f}" for seconds in found) for found in (paused, canceled)]
    print(f"{extension}: idle {result[0]} s after pausing, ended {result[1]} s after canceling", flush=True)


def has_advanced(presenter: BatchPresenter, done: int) -> bool:
    """Return whether more than `done` images are done, and the next image has a finished tile."""
    at = presenter.files.progress
    return at.counts.done > done and at.tiles_done > 0


def wait_until_idle(page: HeadlessPage) -> float:
    """Wait until the process is idle, and return the time until then, in seconds."""
    start_time = last = perf_counter()
    before = process_time()
    while perf_counter() - last < IDLE_S:
        start = perf_counter()
        page.wait_until(lambda start=start: perf_counter() - start > 0.02)
        if process_time() - before > 0.035:  # more than this loop takes
            last = perf_counter()
        before = process_time()
    return last - start_time


def check_estimates(page: HeadlessPage) -> None:
    """Print the estimated and the actual remaining time at each tenth of a batch."""
    presenter, messages = page.presenter, {}
    presenter.start()

    def note() -> bool:
        at = presenter.files.progress
        tenth = int(10 * at.run_fraction)
        if at.run_fraction < 1 and tenth and tenth not in messages:
            active = at.elapsed_s(monotonic())
            messages[tenth] = (active, active * (1 - at.run_fraction) / at.run_fraction)
        return not presenter.state.locked

    page.wait_until(note)
    whole = presenter.files.progress.elapsed_s(0.0)
    for tenth, (active, left) in sorted(messages.items()):
        actual = whole - active
        print(f"at {10 * tenth} %: estimated {left:.1f} s left, actual {actual:.1f} s, {left / actual - 1:+.0%}")


if __name__ == "__main__":
    main()
