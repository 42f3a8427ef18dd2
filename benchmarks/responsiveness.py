"""Longest delay of the event loop while the window opens an image, upscales it and trains a model.

    python benchmarks/responsiveness.py [--megapixels 12]

A timer fires every 5 ms. Its delay is the time during which the window does not respond. The target is under 100 ms.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.system import paths
from srcnn_gui.app import Studio

_TICK_S = 0.005
_STEPS = 150


class DelayTimer:
    """Timer that records its longest delay."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._last = perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(int(_TICK_S * 1000))

    def _tick(self) -> None:
        now = perf_counter()
        self.longest_s = max(self.longest_s, now - self._last - _TICK_S)
        self._last = now

    def reset(self) -> float:
        """Return the longest delay since the last reset in ms, and reset it."""
        longest, self.longest_s = self.longest_s, 0.0
        return longest * 1000


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=2.0, help="size of the image to open")
    parser.add_argument("--simulate", action="store_true", help="downscale the image, upscale it again and score it")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    for name in ("models", "runs"):  # do not change the user's files
        setattr(paths, f"{name}_folder", lambda name=name: folder / name)
    side = int((args.megapixels * 1e6) ** 0.5)
    noise = np.random.default_rng(0).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    path = folder / "picture.jpg"
    image_files.write(Image(np.kron(noise, np.ones((8, 8, 1), np.uint8))), path)

    app = QApplication(sys.argv[:1])
    studio = Studio(app, QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    delay_timer = DelayTimer()
    studio.show([])
    app.processEvents()
    print(f"start: {delay_timer.reset():.0f} ms")
    studio.presenter.images.open(path)

    def wait(condition, what: str) -> None:
        while not condition():  # a busy loop would hold the GIL
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        print(f"{what}: {delay_timer.reset():.0f} ms")

    wait(lambda: studio.presenter.state.name, "opening")
    if args.simulate:
        studio.presenter.choose_ground_truth("simulate")
    wait(lambda: studio.presenter.state.can_save, "upscaling")
    train(studio, wait)
    studio.close()


def train(studio: Studio, wait) -> None:
    """Open the Train page, start a run on the starter set, and discard it after some steps."""
    trainer = studio.train
    page = studio.window.pages[2]
    studio.window.show_page(page)
    wait(lambda: page.body is not None and page.body.loss.plot is not None, "opening the Train page")
    wait(lambda: trainer.state.can_show_patches, "counting patches")
    trainer.start()
    wait(lambda: trainer.state.phase == "running", "building patches")
    wait(lambda: trainer.state.curves.losses and trainer.state.curves.losses[-1][0] >= _STEPS, "training")
    trainer.discard()
    wait(lambda: not trainer.state.is_active, "stopping")


if __name__ == "__main__":
    main()
