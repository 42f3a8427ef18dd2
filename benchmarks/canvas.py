"""How quick the canvas is: panning a large picture, and the wait for the first sharp pixels.

    python benchmarks/canvas.py [--megapixels 24]

Prints the time of a frame (median and 99th percentile) while both panes of a complete picture are panned at 1:1, for
a window of 1280 x 720 and one of 3840 x 2160; then the time from the end of decoding a 12-megapixel JPEG to the moment
when every visible SRCNN pixel at 1:1 is painted, torch and the model being loaded (the aim is 0.5 s, 9-1-5, 2 cores).
"""

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PySide6.QtCore import QRect, QSettings
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QApplication

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from srcnn_gui.app import Studio
from srcnn_gui.canvas.canvas import Canvas

SIZES = ((1280, 720), (3840, 2160))
FRAMES = 200


def main() -> None:
    """Pan, open, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megapixels", type=float, default=24.0, help="of the picture that is panned")
    asked = arguments.parse_args()
    app = QApplication(sys.argv[:1])
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    for width, height in SIZES:
        median, slow = _pan(asked.megapixels, width, height)
        print(
            f"panning {asked.megapixels:g} megapixels in {width} x {height}: "
            f"{median:.1f} ms a frame, 99 % under {slow:.1f} ms"
        )
    print(f"12-megapixel JPEG, from decoded to sharp at 1:1: {_first_sharp(app):.2f} s")


def _texture(megapixels: float) -> np.ndarray:
    """Something to look at, (H, W, 3) uint8, four by three."""
    height = int((megapixels * 1e6 * 3 / 4) ** 0.5)
    noise = np.random.default_rng(0).integers(0, 256, (height // 8 + 1, height // 6 + 1, 3), np.uint8)
    return np.ascontiguousarray(np.kron(noise, np.ones((8, 8, 1), np.uint8))[:height, : height * 4 // 3])


def _pan(megapixels: float, width: int, height: int) -> tuple[float, float]:
    """Median and 99th percentile of a frame's time, ms; a frame is painted into an image of the window's size."""
    pixels = _texture(megapixels)
    canvas = Canvas()
    canvas.resize(width, height)
    canvas.show_picture(pixels)
    canvas.show_panes({"bicubic": pixels, "srcnn": pixels}, None, pixels[::3, ::3])
    for pane in ("bicubic", "srcnn"):
        canvas.tile_done(pane, 0, 0, *pixels.shape[:2])
    canvas.zoom_to(1)
    canvas.centre(0, 0)
    screen = QImage(width, height, QImage.Format.Format_RGB32)
    times = []
    for _frame in range(FRAMES):
        began = perf_counter()
        canvas.pan(-7, -5)
        painter = QPainter(screen)
        canvas.render(painter, canvas.rect().topLeft(), QRegion(canvas.rect()))
        painter.end()
        times.append((perf_counter() - began) * 1000)
    return float(np.median(times)), float(np.percentile(times, 99))


def _first_sharp(app: QApplication) -> float:
    """Seconds from the end of decoding to the last visible tile at 1:1, in the real window."""
    folder = Path(tempfile.mkdtemp())
    large, small = folder / "large.jpg", folder / "small.png"
    image_files.write(Picture(_texture(12)), large)
    image_files.write(Picture(_texture(0.05)), small)
    studio = Studio(app, QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    studio.window.resize(1280, 720)
    studio.show([small])  # loads torch and the model

    def wait(done: object) -> None:
        while not done():  # type: ignore[operator]
            app.processEvents()

    wait(lambda: studio.presenter.state.can_save)
    decoded: list[float] = []
    canvas = studio.compare.canvas
    show_picture = canvas.show_picture

    def note(*picture: Any) -> None:
        decoded.append(perf_counter())
        show_picture(*picture)
        canvas.zoom_to(1 / 3)  # of the picture: 1:1 once the panes are three times as large

    canvas.show_picture = note  # type: ignore[method-assign]
    studio.presenter.pictures.open(large)
    wait(lambda: decoded)
    begun: list[bool] = []
    show_panes = canvas.show_panes

    def begin(*shown: object) -> None:
        show_panes(*shown)  # type: ignore[arg-type]
        canvas.zoom_to(1)
        begun.append(True)

    canvas.show_panes = begin  # type: ignore[method-assign]

    def sharp() -> bool:
        if not begun:
            return False
        top, left, height, width = canvas.viewport.visible
        return QRegion(QRect(left, top, width, height)).subtracted(canvas.contents.image("srcnn").done).isEmpty()

    wait(sharp)
    canvas.grab()
    seconds = perf_counter() - decoded[0]
    studio.close()
    return seconds


if __name__ == "__main__":
    main()
