"""Memory leak test: open many images, and change settings while the window is upscaling.

    python benchmarks/soak.py [--images 200] [--switches 200] [--megapixels 0.03]

Prints the memory use and the number of threads over time. After the first images and the first half of the changes,
memory should not grow by more than 10%. Each image has a different color, so that the test can also detect tiles of a
previous image in the panes.
"""

import argparse
import gc
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.system import paths
from srcnn_gui.app import Studio

_REPORT_EVERY = 20
_NEAR = 6  # largest error of the network on a flat image, in levels


def main() -> None:
    """Run the test, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--switches", type=int, default=200)
    parser.add_argument("--megapixels", type=float, default=0.03, help="size of each image")
    args = parser.parse_args()
    app = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        soak(app, Path(folder), args.images, args.switches, int((args.megapixels * 1e6) ** 0.5))


def soak(app: QApplication, folder: Path, count: int, switches: int, side: int) -> None:
    """Open images and change settings in the window, and print the memory use."""
    for name in ("models", "runs"):  # do not change the user's files
        setattr(paths, f"{name}_folder", lambda name=name: folder / name)
    files = [folder / f"{number:03}.png" for number in range(count)]
    for number, file in enumerate(files):
        image_files.write(Image(np.full((side, side, 3), _level(number), np.uint8)), file)
    studio = Studio(app, QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    studio.show([])
    tick = QTimer(interval=2)  # limits the time of waiting for events
    tick.start()
    foreign_tiles = ForeignTileCounter(studio)

    def wait(condition: Callable[[], object]) -> None:
        while not condition():
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    wait(lambda: studio.presenter.state.devices)
    memory: list[float] = []
    start_time = perf_counter()
    for number, file in enumerate(files):
        studio.presenter.images.open(file)
        wait(lambda file=file: studio.presenter.state.name == file.name and studio.presenter.state.can_save)
        foreign_tiles.check_panes(number)
        if (number + 1) % _REPORT_EVERY == 0:
            memory.append(report(f"{number + 1} images", start_time))
    opened = len(memory)
    for number in range(switches):
        state = studio.presenter.state
        studio.presenter.choose_scale(state.scales[number % len(state.scales)])
        offered = studio.presenter.state.models
        studio.presenter.choose_model(offered[number // 3 % len(offered)].key)
        deadline = perf_counter() + 0.03 * (number % 4)  # sometimes at once, sometimes during the work
        wait(lambda deadline=deadline: perf_counter() >= deadline)
        foreign_tiles.check_panes(count - 1)
        if (number + 1) % _REPORT_EVERY == 0:
            memory.append(report(f"{number + 1} switches", start_time))
    wait(lambda: studio.presenter.state.can_save)
    foreign_tiles.check_panes(count - 1)
    report("at rest", start_time)
    opening, switching = memory[:opened], memory[opened + (len(memory) - opened) // 2 :]
    for what, result in (("images", opening), ("the second half of the changes", switching)):
        print(f"memory over {what}: {max(result) / result[0] - 1:+.1%}" if result else f"no {what}", end="; ")
    print(f"others' tiles seen: {foreign_tiles.count}")
    studio.close()


class ForeignTileCounter:
    """Counter of panes that show the color of a wrong image."""

    def __init__(self, studio: Studio) -> None:
        self._canvas, self.count = studio.compare.canvas, 0

    def check_panes(self, number: int) -> None:
        """Add the number of panes whose center does not have the color of image `number`."""
        shot = self._canvas.grab().toImage()
        middle = shot.height() // 2
        for x in (shot.width() // 4, shot.width() * 3 // 4):
            self.count += abs(shot.pixelColor(x, middle).red() - _level(number)) > _NEAR


def _level(number: int) -> int:
    """Return the gray level of an image by its number. The levels of successive images differ clearly."""
    return 20 + number * 67 % 220


def report(what: str, start_time: float) -> float:
    """Print the resident memory in MB and the number of threads, and return the memory."""
    gc.collect()
    result = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    values = {line.split(":")[0]: line.split()[1] for line in result if line.startswith(("VmRSS", "Threads"))}
    resident = int(values["VmRSS"]) / 1024
    python = threading.active_count()
    print(
        f"{perf_counter() - start_time:6.1f} s  {what:>14}: {resident:6.0f} MB, {values['Threads']} threads ({python})"
    )
    return resident


if __name__ == "__main__":
    main()
