"""Take the screenshots for the documentation, in which the window shows sample images.

    make screenshots                                     # all
    python docs/screenshots/draw.py compare train        # only some pages

Requires a display, or `xvfb-run -a -s "-screen 0 1280x800x24" make screenshots`, and a Chinese font. The environment
variable SRCNN_DATA must be the path of a folder with Set5, Set14 and the official weights. One series trains a model
for a minute. The user's settings, models and runs are not used.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

OUT, ROOT = Path(__file__).parent, Path(__file__).parents[2]
SIZE = (1280, 800)
TRAINED_S = 60
# Language, theme and files of each window that is opened for a series.
SERIES = {
    "compare": [
        ("en", "dark", "compare-dark", "compare-difference-dark"),
        ("en", "light", "compare-light", "compare-split-light"),
        ("zh_CN", "light", "compare-zh-light"),
    ],
    "batch": [("en", "dark", "batch-dark")],
    "train": [("en", "dark", "train-start-dark", "train-dark", "train-done-dark")],
    "benchmark": [("en", "light", "benchmark-light")],
}

Wait = Callable[[Callable[[], object]], None]
SaveScreenshot = Callable[[str], None]


def main(requested: list[str]) -> None:
    """Take the screenshots of the requested series, or of all series.

    Each window runs in its own process.
    """
    if requested[:1] == ["--one"]:
        take_screenshots(*requested[1:])
        return
    for series in requested or SERIES:
        for look in SERIES[series]:
            subprocess.run([sys.executable, __file__, "--one", series, *look], check=True, cwd=ROOT)


def take_screenshots(series: str, language: str, scheme: str, *names: str) -> None:
    """Open the window with a language and a color scheme, and save the screenshots `names` of a series."""
    home = Path(tempfile.mkdtemp())
    os.environ |= {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
    if given := os.environ.get("SRCNN_DATA"):
        (home / "DATA" / "srcnn-studio").mkdir(parents=True)
        (home / "DATA" / "srcnn-studio" / "data").symlink_to(given)
    sys.path.insert(0, str(ROOT))
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from srcnn_gui.app import Studio

    app = QApplication([])
    store = QSettings(str(home / "settings.ini"), QSettings.Format.IniFormat)
    values = {"settings/theme": scheme, "settings/language": language}
    for key, value in values.items():
        store.setValue(key, value)
    studio = Studio(app, store)
    studio.window.resize(*SIZE)
    studio.show([])

    def wait(until: Callable[[], object], patience_s: float = 300) -> None:
        begun = time.monotonic()
        while not until():
            app.processEvents()
            time.sleep(0.005)
            assert time.monotonic() < begun + patience_s, f"{series}: not there after {patience_s:.0f} s"
        calm = time.monotonic() + 0.7
        while time.monotonic() < calm:
            app.processEvents()
            time.sleep(0.005)

    def save_screenshot(what: str) -> None:
        for name in names:
            if name.replace("-zh", "") == f"{series}{what}-{scheme}":
                studio.window.grab().save(str(OUT / f"{name}.png"))

    wait(lambda: studio.presenter.state.devices)
    {"compare": compare, "batch": batch, "train": train, "benchmark": benchmark}[series](studio, wait, save_screenshot)
    studio.close()
    shutil.rmtree(home)


def compare(studio: Any, wait: Wait, save_screenshot: SaveScreenshot) -> None:
    """Take screenshots of the Compare page: a simulation in three views, zoomed in."""
    from srcnn_gui.runtime import resources

    presenter, canvas = studio.presenter, studio.compare.canvas
    presenter.images.open(*(resources.sample_path(f"{name}.png") for name in ("astronaut", "cat", "coffee")))
    wait(lambda: presenter.state.can_save and not presenter.state.working)
    canvas.zoom_to(3.0)
    canvas.center(225, 110)
    for view, what in (("side", ""), ("split", "-split"), ("difference", "-difference")):
        presenter.set_view_layout(presenter.state.view_layout.with_view(view))
        wait(lambda: not presenter.state.working)
        save_screenshot(what)


def batch(studio: Any, wait: Wait, save_screenshot: SaveScreenshot) -> None:
    """Take a screenshot of the Batch page after a folder of samples was upscaled. One sample is damaged."""
    from srcnn_gui.runtime import resources

    folder = Path(tempfile.gettempdir()) / "photos" / "holiday"
    (folder / "evening").mkdir(parents=True)
    for name in ("astronaut.png", "cat.png", "coffee.png", "brick.png", "rocket.jpg"):
        shutil.copy(resources.sample_path(name), folder / ("evening" if name == "coffee.png" else ".") / name)
    (folder / "damaged.jpg").write_bytes(resources.sample_path("rocket.jpg").read_bytes()[:5000])
    studio.window.show_page(studio.batch_page)
    studio.batch.add([folder])
    wait(lambda: studio.batch.state.can_start)
    studio.batch.start()
    wait(lambda: studio.batch.state.counts.done == 5 and not studio.batch.state.locked)
    save_screenshot("")
    shutil.rmtree(folder.parent)


def train(studio: Any, wait: Wait, save_screenshot: SaveScreenshot) -> None:
    """Take screenshots of the Train page before, during and after a training run of one minute."""
    studio.window.show_page(studio.train_page)
    wait(lambda: studio.train.state.can_show_patches)
    save_screenshot("-start")
    studio.train.start()
    begun = time.monotonic()
    wait(lambda: time.monotonic() > begun + TRAINED_S and len(studio.train.state.curves.psnr) > 4)
    save_screenshot("")
    studio.train.stop()
    wait(lambda: studio.train.state.phase == "done")
    save_screenshot("-done")


def benchmark(studio: Any, wait: Wait, save_screenshot: SaveScreenshot) -> None:
    """Take a screenshot of the Benchmark page with the tables of the papers."""
    studio.window.show_page(studio.benchmark_page)
    wait(lambda: studio.benchmark.state.can_run)
    studio.benchmark.run()
    wait(lambda: not studio.benchmark.state.running)
    save_screenshot("")


if __name__ == "__main__":
    main(sys.argv[1:])
