"""Latency of pausing and canceling a batch in the window, and accuracy of the estimated time left.

    python benchmarks/batch_control.py [--images 30] [--formats jpg png webp]

The presenter of the Batch page runs the batch on its threads, without a window. The images have different sizes.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic, perf_counter, process_time
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication

from benchmarks.batch import photograph
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.system import paths
from srcnn_gui.pages.batch.presenter import BatchLanes, BatchPresenter
from srcnn_gui.pages.batch.state import BatchSettings
from srcnn_gui.runtime.task import Lane

QUIET_S = 1.5  # idle time after which the batch counts as paused


class NullView:
    """A view that ignores all calls."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_args, **_named: None


class Page:
    """The presenter of the Batch page on real threads."""

    def __init__(self, app: QCoreApplication, source: Path, output: Path) -> None:
        self._app, self.lanes = app, [Lane() for _each in range(4)]
        self.presenter = BatchPresenter(NullView(), BatchLanes(*self.lanes), BatchSettings(), lambda _settings: None)
        self.presenter.choose_output(output)
        self.presenter.add([source])
        self.condition(lambda: self.presenter.state.can_start)

    def condition(self, ready: Callable[[], Any]) -> float:
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
            page = Page(app, folder / extension, folder / f"{extension} out")
            pause_and_cancel(page, extension)
        page = Page(app, folder / args.formats[0], folder / "whole")
        guess(page)
        for lane in page.lanes:
            lane.close()


def make_images(folder: Path, extension: str, count: int) -> None:
    """Write images of 0.04 to 1 megapixel."""
    folder.mkdir()
    sides = np.random.default_rng(0).integers(200, 1001, count)
    for number, side in enumerate(sides):
        image_files.write(Image(photograph(int(side))), folder / f"{number:03}.{extension}")


def pause_and_cancel(page: Page, extension: str) -> None:
    """Pause and cancel three times each while an image is being upscaled."""
    paused, canceled = [], []
    presenter = page.presenter
    for _turn in range(3):
        presenter.start()
        page.condition(lambda: presenter.files.progress.tiles_done)
        presenter.pause()
        paused.append(time_to_rest(page))
        presenter.pause()
        done = presenter.files.progress.counts.done
        page.condition(lambda done=done: presenter.files.progress.counts.queued and is_past(presenter, done))
        presenter.cancel()
        canceled.append(page.condition(lambda: not presenter.state.locked))
        page.condition(lambda: presenter.state.can_start)
    result = [" ".join(f"{seconds:.2f}" for seconds in found) for found in (paused, canceled)]
    print(f"{extension}: idle {result[0]} s after pausing, ended {result[1]} s after canceling", flush=True)


def is_past(presenter: BatchPresenter, done: int) -> bool:
    """Return whether another image is done, and the next one has a finished tile."""
    at = presenter.files.progress
    return at.counts.done > done and at.tiles_done > 0


def time_to_rest(page: Page) -> float:
    """Wait until the process is idle, and return how long it worked in seconds."""
    start_time = last = perf_counter()
    before = process_time()
    while perf_counter() - last < QUIET_S:
        start = perf_counter()
        page.condition(lambda start=start: perf_counter() - start > 0.02)
        if process_time() - before > 0.035:  # more than this loop takes
            last = perf_counter()
        before = process_time()
    return last - start_time


def guess(page: Page) -> None:
    """Compare the estimate at each tenth of the work with the actual time left."""
    presenter, messages = page.presenter, {}
    presenter.start()

    def note() -> bool:
        at = presenter.files.progress
        tenth = int(10 * at.run_fraction)
        if at.run_fraction < 1 and tenth and tenth not in messages:
            active = at.elapsed_s(monotonic())
            messages[tenth] = (active, active * (1 - at.run_fraction) / at.run_fraction)
        return not presenter.state.locked

    page.condition(note)
    whole = presenter.files.progress.elapsed_s(0.0)
    for tenth, (active, left) in sorted(messages.items()):
        actual = whole - active
        print(f"at {10 * tenth} %: estimated {left:.1f} s left, actual {actual:.1f} s, {left / actual - 1:+.0%}")


if __name__ == "__main__":
    main()
