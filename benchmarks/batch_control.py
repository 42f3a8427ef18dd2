"""How soon a batch in the window pauses and stops, and how good its guess of the time left is.

    python benchmarks/batch_control.py [--pictures 30] [--formats jpg png webp]

The page's own presenter drives the batch, on its threads, without a window. The pictures are of mixed sizes.
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
from engine.imaging.codecs.image_files import Picture
from engine.system import paths
from srcnn_gui.pages.batch.presenter import BatchLanes, Presenter
from srcnn_gui.pages.batch.state import Choices
from srcnn_gui.runtime.task import Lane

QUIET_S = 1.5  # without work: then it has paused


class Nobody:
    """A view that shows nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_args, **_named: None


class Page:
    """A presenter on real threads, and the time it takes to get somewhere."""

    def __init__(self, app: QCoreApplication, source: Path, output: Path) -> None:
        self._app, self.lanes = app, [Lane() for _each in range(4)]
        self.presenter = Presenter(Nobody(), BatchLanes(*self.lanes), Choices(), lambda _choices: None)
        self.presenter.choose_output(output)
        self.presenter.add([source])
        self.until(lambda: self.presenter.state.can_start)

    def until(self, ready: Callable[[], Any]) -> float:
        """Let it work until then: how long that took, s."""
        began = perf_counter()
        while not ready():
            self._app.processEvents()
        return perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=30)
    parser.add_argument("--formats", nargs="+", default=["jpg", "png", "webp"])
    asked = parser.parse_args()
    app = QCoreApplication([])
    with tempfile.TemporaryDirectory(prefix="srcnn-control-") as name:
        folder = Path(name)
        paths.batches = lambda: folder / "state"
        for ending in asked.formats:
            make_pictures(folder / ending, ending, asked.pictures)
            page = Page(app, folder / ending, folder / f"{ending} out")
            pause_and_cancel(page, ending)
        page = Page(app, folder / asked.formats[0], folder / "whole")
        guess(page)
        for lane in page.lanes:
            lane.close()


def make_pictures(folder: Path, ending: str, count: int) -> None:
    """Pictures of 0.04 to 1 megapixel."""
    folder.mkdir()
    sides = np.random.default_rng(0).integers(200, 1001, count)
    for number, side in enumerate(sides):
        image_files.write(Picture(photograph(int(side))), folder / f"{number:03}.{ending}")


def pause_and_cancel(page: Page, ending: str) -> None:
    """Pause and cancel three times each, in the middle of a picture."""
    paused, cancelled = [], []
    presenter = page.presenter
    for _turn in range(3):
        presenter.start()
        page.until(lambda: presenter.files.progress.tiles_done)
        presenter.pause()
        paused.append(time_to_rest(page))
        presenter.pause()
        done = presenter.files.progress.counts.done
        page.until(lambda done=done: presenter.files.progress.counts.to_go and is_past(presenter, done))
        presenter.cancel()
        cancelled.append(page.until(lambda: not presenter.state.locked))
        page.until(lambda: presenter.state.can_start)
    told = [" ".join(f"{seconds:.2f}" for seconds in found) for found in (paused, cancelled)]
    print(f"{ending}: at rest {told[0]} s after a pause; ended {told[1]} s after a cancel", flush=True)


def is_past(presenter: Presenter, done: int) -> bool:
    """Whether a picture more is done, and one in work of which a tile is done."""
    at = presenter.files.progress
    return at.counts.done > done and at.tiles_done > 0


def time_to_rest(page: Page) -> float:
    """How long the process still works, s."""
    began = last = perf_counter()
    before = process_time()
    while perf_counter() - last < QUIET_S:
        mark = perf_counter()
        page.until(lambda mark=mark: perf_counter() - mark > 0.02)
        if process_time() - before > 0.035:  # of 0.02: more than this loop itself takes
            last = perf_counter()
        before = process_time()
    return last - began


def guess(page: Page) -> None:
    """What was said at each tenth of the work, against what it then took."""
    presenter, said = page.presenter, {}
    presenter.start()

    def note() -> bool:
        at = presenter.files.progress
        tenth = int(10 * at.share_now)
        if at.share_now < 1 and tenth and tenth not in said:
            active = at.active_s(monotonic())
            said[tenth] = (active, active * (1 - at.share_now) / at.share_now)
        return not presenter.state.locked

    page.until(note)
    whole = presenter.files.progress.active_s(0.0)
    for tenth, (active, left) in sorted(said.items()):
        really = whole - active
        print(f"at {10 * tenth} %: {left:.1f} s left said, {really:.1f} s it took, {left / really - 1:+.0%}")


if __name__ == "__main__":
    main()
