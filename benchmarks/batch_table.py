"""Responsiveness of the table of the Batch page: show, filter, scroll and update a long list in the real window.

    python benchmarks/batch_table.py [--files 100000]

Run it under Xvfb or on a desktop. The CPU time of the window's thread is more reliable on a busy machine. The page
receives a plan and simulated events, and nothing is upscaled.
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
    once("list shown", app, lambda: presenter._on_planned(Plan(items, "")))
    once("the same again", app, lambda: presenter._on_event(BatchPlanned(items)))
    for name, number in (("failed only", 3), ("all again", 0), ("queued only", 4), ("all again", 0)):
        once(name, app, page._filters.buttons()[number].click)
    bar = page.table.verticalScrollBar()
    many("a step of the wheel", app, 200, lambda n: bar.setValue(n * 138))
    many("a jump anywhere", app, 200, lambda n: bar.setValue((n * 7919 % 100) * bar.maximum() // 100))
    bar.setValue(0)
    presenter._store.update(running=True)
    many("a tile done", app, 200, lambda n: tile(presenter, n))
    many("a file done", app, 200, lambda n: file(presenter, items, n))
    page._filters.buttons()[4].click()
    many("a file done, queued only", app, 200, lambda n: file(presenter, items, 200 + n))
    presenter._store.update(running=False)
    studio.close()


def tile(presenter: object, number: int) -> None:
    """Send the event of a finished tile."""
    presenter._rendered_at = 0.0
    presenter._on_event(TileDone("model", Rect(0, 0, 1, 1), number, 200))


def file(presenter: object, items: tuple[BatchItem, ...], number: int) -> None:
    """Send the events of a finished file and the next one."""
    presenter._on_event(FileStarted(items[number].file.source, number))
    presenter._on_event(FileDone(items[number].file.source, number, items[number].output, 30, 20, 1000, 0.1))


def once(name: str, app: QApplication, do: Callable[[], object]) -> None:
    """Print how long the window does not respond during a rare operation."""
    start_time, busy = perf_counter(), thread_time()
    do()
    app.processEvents()
    took, busy = 1000 * (perf_counter() - start_time), 1000 * (thread_time() - busy)
    print(f"{name:<28}{took:8.1f} ms, {busy:.1f} ms of processor", flush=True)


def many(name: str, app: QApplication, times: int, do: Callable[[int], object]) -> None:
    """Print the median and the longest frame time of a frequent operation."""
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
