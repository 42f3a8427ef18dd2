"""Whether long use leaves anything behind: many pictures opened in turn, scale and model changed during work.

    python benchmarks/soak.py [--pictures 200] [--switches 200] [--megapixels 0.03]

Every picture is of a colour of its own, so a tile of another one would show: the panes are looked at in the middle of
the work, not only at its end. Prints the memory and the threads over time. What is loaded once, and what the system's
allocator keeps for the next tile, is there after the first pictures and the first half of the switches; from then on
nothing should grow by more than 10 %.
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
from engine.imaging.codecs.image_files import Picture
from engine.system import paths
from srcnn_gui.app import Studio

_REPORT_EVERY = 20
_NEAR = 6  # levels: a flat picture stays flat, but for the network's own error


def main() -> None:
    """Open, switch, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pictures", type=int, default=200)
    arguments.add_argument("--switches", type=int, default=200)
    arguments.add_argument("--megapixels", type=float, default=0.03, help="of each picture")
    asked = arguments.parse_args()
    app = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        soak(app, Path(folder), asked.pictures, asked.switches, int((asked.megapixels * 1e6) ** 0.5))


def soak(app: QApplication, folder: Path, count: int, switches: int, side: int) -> None:
    """The whole of it, in the real window."""
    for name in ("models", "runs"):  # not the person's own
        setattr(paths, name, lambda name=name: folder / name)
    files = [folder / f"{number:03}.png" for number in range(count)]
    for number, file in enumerate(files):
        image_files.write(Picture(np.full((side, side, 3), _level(number), np.uint8)), file)
    studio = Studio(app, QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    studio.show([])
    tick = QTimer(interval=2)  # so that waiting for events is no waiting for ever
    tick.start()
    stranger = Strangers(studio)

    def wait(until: Callable[[], object]) -> None:
        while not until():
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    wait(lambda: studio.presenter.state.devices)
    memory: list[float] = []
    began = perf_counter()
    for number, file in enumerate(files):
        studio.presenter.pictures.open(file)
        wait(lambda file=file: studio.presenter.state.name == file.name and studio.presenter.state.can_save)
        stranger.look(number)
        if (number + 1) % _REPORT_EVERY == 0:
            memory.append(report(f"{number + 1} pictures", began))
    opened = len(memory)
    for number in range(switches):
        state = studio.presenter.state
        studio.presenter.choose_scale(state.scales[number % len(state.scales)])
        offered = studio.presenter.state.models
        studio.presenter.choose_model(offered[number // 3 % len(offered)].key)
        until = perf_counter() + 0.03 * (number % 4)  # now at once, now in the middle of the work
        wait(lambda until=until: perf_counter() >= until)
        stranger.look(count - 1)
        if (number + 1) % _REPORT_EVERY == 0:
            memory.append(report(f"{number + 1} switches", began))
    wait(lambda: studio.presenter.state.can_save)
    stranger.look(count - 1)
    report("at rest", began)
    opening, switching = memory[:opened], memory[opened + (len(memory) - opened) // 2 :]
    for what, told in (("pictures", opening), ("the later half of the switches", switching)):
        print(f"memory over {what}: {max(told) / told[0] - 1:+.1%}" if told else f"no {what}", end="; ")
    print(f"others' tiles seen: {stranger.seen}")
    studio.close()


class Strangers:
    """Counts the looks at the panes that showed another picture's colour."""

    def __init__(self, studio: Studio) -> None:
        self._canvas, self.seen = studio.compare.canvas, 0

    def look(self, number: int) -> None:
        """The middle of each pane is of the picture's own level."""
        shot = self._canvas.grab().toImage()
        middle = shot.height() // 2
        for x in (shot.width() // 4, shot.width() * 3 // 4):
            self.seen += abs(shot.pixelColor(x, middle).red() - _level(number)) > _NEAR


def _level(number: int) -> int:
    """Neighbours in the list differ by more than can be overlooked."""
    return 20 + number * 67 % 220


def report(what: str, began: float) -> float:
    """Print and return the resident memory in MB, beside the threads, in brackets those of Python."""
    gc.collect()
    told = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    values = {line.split(":")[0]: line.split()[1] for line in told if line.startswith(("VmRSS", "Threads"))}
    resident = int(values["VmRSS"]) / 1024
    python = threading.active_count()
    print(f"{perf_counter() - began:6.1f} s  {what:>14}: {resident:6.0f} MB, {values['Threads']} threads ({python})")
    return resident


if __name__ == "__main__":
    main()
