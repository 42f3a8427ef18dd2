"""Speed of the canvas: panning a large image, and the time to the first upscaled pixels.

    python benchmarks/canvas.py [--megapixels 24]

Prints the median and the 99th percentile of the frame time while panning both panes at 100%, for windows of 1280 x 720
and 3840 x 2160. Then prints the time from the end of decoding a 12-megapixel JPEG until all visible SRCNN pixels are
painted at 100%, with the model loaded. The target is 0.5 s for 9-1-5 on 2 cores.
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
from engine.imaging.codecs.image_files import Image
from srcnn_gui.app import Studio
from srcnn_gui.canvas.canvas import Canvas

SIZES = ((1280, 720), (3840, 2160))
FRAMES = 200


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=24.0, help="size of the image to pan")
    args = parser.parse_args()
    app = QApplication(sys.argv[:1])
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    for width, height in SIZES:
        median, slow = _pan_frame_times(args.megapixels, width, height)
        print(
            f"panning {args.megapixels:g} megapixels in {width} x {height}: "
            f"{median:.1f} ms a frame, 99 % under {slow:.1f} ms"
        )
    print(f"12-megapixel JPEG, from decoded to sharp at 1:1: {_time_to_visible_tiles(app):.2f} s")


def _texture(megapixels: float) -> np.ndarray:
    """Return a synthetic image with an aspect ratio of 4:3, as a uint8 array of shape (H, W, 3)."""
    height = int((megapixels * 1e6 * 3 / 4) ** 0.5)
    noise = np.random.default_rng(0).integers(0, 256, (height // 8 + 1, height // 6 + 1, 3), np.uint8)
    return np.ascontiguousarray(np.kron(noise, np.ones((8, 8, 1), np.uint8))[:height, : height * 4 // 3])


def _pan_frame_times(megapixels: float, width: int, height: int) -> tuple[float, float]:
    """Return the median and the 99th percentile of the frame time while panning, in ms.

    The canvas has the given width and height, and is painted to an image.
    """
    pixels = _texture(megapixels)
    canvas = Canvas()
    canvas.resize(width, height)
    canvas.show_image(pixels)
    canvas.show_panes({"bicubic": pixels, "model": pixels}, None, pixels[::3, ::3])
    for pane in ("bicubic", "model"):
        canvas.mark_tile_done(pane, 0, 0, *pixels.shape[:2])
    canvas.zoom_to(1)
    canvas.center(0, 0)
    screen = QImage(width, height, QImage.Format.Format_RGB32)
    times = []
    for _frame in range(FRAMES):
        start_time = perf_counter()
        canvas.pan(-7, -5)
        painter = QPainter(screen)
        canvas.render(painter, canvas.rect().topLeft(), QRegion(canvas.rect()))
        painter.end()
        times.append((perf_counter() - start_time) * 1000)
    return float(np.median(times)), float(np.percentile(times, 99))


def _time_to_visible_tiles(app: QApplication) -> float:
    """Return the time from the end of decoding until all visible tiles are painted at 100%, in seconds."""
    folder = Path(tempfile.mkdtemp())
    large, small = folder / "large.jpg", folder / "small.png"
    image_files.write(Image(_texture(12)), large)
    image_files.write(Image(_texture(0.05)), small)
    studio = Studio(app, QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    studio.window.resize(1280, 720)
    studio.show([small])  # loads torch and the model

    def wait(is_done: object) -> None:
        while not is_done():  # type: ignore[operator]
            app.processEvents()

    wait(lambda: studio.presenter.state.can_save)
    decoded: list[float] = []
    canvas = studio.compare.canvas
    show_image = canvas.show_image

    def note(*image: Any) -> None:
        decoded.append(perf_counter())
        show_image(*image)
        canvas.zoom_to(1 / 3)  # 100% once the panes are three times as large

    canvas.show_image = note  # type: ignore[method-assign]
    studio.presenter.images.open(large)
    wait(lambda: decoded)
    begun: list[bool] = []
    show_panes = canvas.show_panes

    def start_upscale(*shown: object) -> None:
        show_panes(*shown)  # type: ignore[arg-type]
        canvas.zoom_to(1)
        begun.append(True)

    canvas.show_panes = start_upscale  # type: ignore[method-assign]

    def is_visible_part_done() -> bool:
        if not begun:
            return False
        top, left, height, width = canvas.viewport.visible
        return (
            QRegion(QRect(left, top, width, height)).subtracted(canvas.contents.image("model").done_region).isEmpty()
        )

    wait(is_visible_part_done)
    canvas.grab()
    seconds = perf_counter() - decoded[0]
    studio.close()
    return seconds


if __name__ == "__main__":
    main()
