"""Responsiveness of the batch table while a long list is shown, filtered, scrolled and updated.

    python benchmarks/batch_table.py [--files 100000]

Requires a display, such as Xvfb. The window receives simulated events, and nothing is upscaled. On a busy machine,
compare the CPU times of the GUI thread, which are more reliable than the elapsed times.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from engine.batch.events import BatchPlanned, FileDone, FileStarted
from engine.batch.listing import FoundFile
from engine.batch.planning import BatchItem, Plan
from engine.imaging.tiles import Rect
from engine.upscaling.events import TileDone
from srcnn_gui.app import Studio
from srcnn_gui.pages.batch.view import BatchPage


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    args = parser.parse_args()
    app = QApplication([])
    studio = Studio(app, QSettings("srcnn-studio-benchmark", "none"))
    page = next(page for page in studio.window.pages if isinstance(page, BatchPage))
    studio.window.show_page(page)
    studio.window.show()
    studio.window.resize(1280, 800)
    presenter, root = studio.batch, Path("/nowhere")
    names = (f"{number // 1000:03}/{number:06}.png" for number in range(args.files))
    items = tuple(BatchItem(FoundFile(root, name, 1000, 0), root / "out" / name) for name in names)
    presenter._sources = (root,)
    print(f"{args.files:,} files")
    time_once("list shown", app, lambda: presenter._on_planned(Plan(items, "")))
    time_once("the same again", app, lambda: presenter._on_event(BatchPlanned(items)))
    for name, number in (("failed only", 3), ("all again", 0), ("queued only", 4), ("all again", 0)):
        time_once(name, app, page._filters.buttons()[number].click)
    bar = page.table.verticalScrollBar()
    time_repeatedly("a step of the wheel", app, 200, lambda n: bar.setValue(n * 138))
    time_repeatedly("a jump anywhere", app, 200, lambda n: bar.setValue((n * 7919 % 100) * bar.maximum() // 100))
    bar.setValue(0)
    presenter._store.update(running=True)
    time_repeatedly("a tile done", app, 200, lambda n: send_tile_done(presenter, n))
    time_repeatedly("a file done", app, 200, lambda n: send_file_done(presenter, items, n))
    page._filters.buttons()[4].click()
    time_repeatedly("a file done, queued only", app, 200, lambda n: send_file_done(presenter, items, 200 + n))
    presenter._store.update(running=False)
    studio.close()


def send_tile_done(presenter: object, number: int) -> None:
    """Send the presenter the event of a finished tile."""
    presenter._rendered_at = 0.0
    presenter._on_event(TileDone("model", Rect(0, 0, 1, 1), number, 200))


def send_file_done(presenter: object, items: tuple[BatchItem, ...], number: int) -> None:
    """Send the presenter the events that a file was started and finished."""
    presenter._on_event(FileStarted(items[number].file.source, number))
    presenter._on_event(FileDone(items[number].file.source, number, items[number].output, 30, 20, 1000, 0.1))


def time_once(name: str, app: QApplication, do: Callable[[], object]) -> None:
    """Run an operation once, and print how long it blocks the window."""
    start_time, busy = perf_counter(), thread_time()
    do()
    app.processEvents()
    took, busy = 1000 * (perf_counter() - start_time), 1000 * (thread_time() - busy)
    print(f"{name:<28}{took:8.1f} ms, {busy:.1f} ms of processor", flush=True)


def time_repeatedly(name: str, app: QApplication, times: int, do: Callable[[int], object]) -> None:
    """Run an operation repeatedly, and print for how long it blocks the window (median and maximum)."""
    frames, busy = [], []
    for number in range(times):
        start_time, worked = perf_counter(), thread_time()
        do(number)
        app.processEvents()
        frames.append(1000 * (perf_counter() - start_time))
        busy.append(1000 * (thread_time() - worked))
    result = f"the longest {max(frames):.1f} ms; of processor {median(busy):.1f} ms, the most {max(busy):.1f} ms"
    print(f"{name:<28}{median(frames):8.1f} ms, {result}", flush=True)


if __name__ == "__main__":
    main()
