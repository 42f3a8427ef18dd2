"""How long the window does not answer while it opens, enlarges and trains: the longest gap of its event loop.

    python benchmarks/responsiveness.py [--megapixels 12]

A timer wants to fire every 5 ms; what it is late is time in which nobody could click. The aim is under 100 ms.
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
from engine.imaging.codecs.image_files import Picture
from engine.system import paths
from srcnn_gui.app import Studio

_TICK_S = 0.005
_STEPS = 150


class Gaps:
    """Notes how late a timer fires."""

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

    def since_last_asked(self) -> float:
        """The longest gap in ms, and start over."""
        longest, self.longest_s = self.longest_s, 0.0
        return longest * 1000


def main() -> None:
    """Open the window, drop a picture, wait, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megapixels", type=float, default=2.0, help="of the picture that is opened")
    arguments.add_argument(
        "--reference", action="store_true", help="downscale the image, upscale it again and score it"
    )
    asked = arguments.parse_args()
    folder = Path(tempfile.mkdtemp())
    for name in ("models", "runs"):  # not the person's own
        setattr(paths, name, lambda name=name: folder / name)
    side = int((asked.megapixels * 1e6) ** 0.5)
    noise = np.random.default_rng(0).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    path = folder / "picture.jpg"
    image_files.write(Picture(np.kron(noise, np.ones((8, 8, 1), np.uint8))), path)

    app = QApplication(sys.argv[:1])
    studio = Studio(app, QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    gaps = Gaps()
    studio.show([])
    app.processEvents()
    print(f"start: {gaps.since_last_asked():.0f} ms")
    studio.presenter.pictures.open(path)

    def wait(until, what: str) -> None:
        while not until():  # waiting, not spinning: a busy loop would take the interpreter from the job
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        print(f"{what}: {gaps.since_last_asked():.0f} ms")

    wait(lambda: studio.presenter.state.name, "opening")
    if asked.reference:
        studio.presenter.choose_truth("reduced")
    wait(lambda: studio.presenter.state.can_save, "enlarging")
    train(studio, wait)
    studio.close()


def train(studio: Studio, wait) -> None:
    """Look at the Train page, start a run on the starter set, and throw it away after some steps."""
    trainer = studio.train
    page = studio.window.pages[2]
    studio.window.show_page(page)
    wait(lambda: page.bench is not None and page.bench.loss.plot is not None, "opening the Train page")
    wait(lambda: trainer.state.can_show_patches, "counting patches")
    trainer.start()
    wait(lambda: trainer.state.phase == "running", "building patches")
    wait(lambda: trainer.state.curves.losses and trainer.state.curves.losses[-1][0] >= _STEPS, "training")
    trainer.discard()
    wait(lambda: not trainer.state.is_at_work, "stopping")


if __name__ == "__main__":
    main()
