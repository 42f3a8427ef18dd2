"""Progress and remaining time of a batch, measured in pixels and without pauses."""

from pathlib import Path

import pytest

from engine.batch.listing import FoundFile
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from srcnn_gui.pages.batch import text as page_text
from srcnn_gui.pages.batch.progress import Progress

MEGAPIXELS = [1, 1, 4, 1, 3]  # of the sources; their files' sizes say nothing about them
SIZES = [900_000, 100_000, 300_000, 500_000, 200_000]


def files():
    items = [
        BatchItem(FoundFile(Path("/in"), f"{n}.png", size, 0), Path(f"/out/{n}.png")) for n, size in enumerate(SIZES)
    ]
    return items, ["queued"] * len(items)


def finished(item):
    return Outcome(item.file.source, item.output, "done", "", 100, 100, 5, 1.0)


def test_the_remaining_time_is_estimated_from_known_pixels():
    items, states = files()
    progress = Progress(items, states)
    for index, megapixels in enumerate(MEGAPIXELS):
        progress.set_pixels(index, megapixels * 1_000_000)
    progress.start(100)
    progress.start_file(0, 100)
    progress.finish_file(0, finished(items[0]))
    assert progress.run_fraction == pytest.approx(0.1, rel=0.02)
    progress.start_file(2, 101)
    progress.set_tile_progress(1, 2)
    assert progress.run_fraction == pytest.approx(0.3, rel=0.02)
    assert page_text.format_time_left(progress.run_fraction, progress.elapsed_s(103)) == "7.0 s left"


def test_a_failed_file_does_not_count_as_work():
    items, states = files()
    progress = Progress(items, states)
    progress.finish_file(0, Outcome(items[0].file.source, items[0].output, "failed"))
    assert progress.run_fraction == 0
    assert (progress.counts.failed, progress.counts.queued) == (1, 4)


def test_progress_does_not_depend_on_when_image_sizes_are_known():
    items, states = files()
    early, late = Progress(items, states), Progress(items, states)
    for progress, first in ((early, True), (late, False)):
        if not first:
            progress.finish_file(1, finished(items[1]))
        for index, megapixels in enumerate(MEGAPIXELS):
            progress.set_pixels(index, megapixels * 1_000_000)
        if first:
            progress.finish_file(1, finished(items[1]))
    assert early.run_fraction == late.run_fraction == pytest.approx(0.1, rel=0.02)


def test_pauses_do_not_count():
    items, states = files()
    progress = Progress(items, states)
    progress.start(10)
    progress.pause(True, 15)
    assert progress.elapsed_s(100) == 5
    progress.pause(False, 100)
    assert progress.elapsed_s(102) == 7


@pytest.mark.parametrize(
    ("size", "expected"), [(1, "1 kB"), (96_400, "96 kB"), (3_140_000, "3.1 MB"), (2_000_000_000, "2.0 GB")]
)
def test_file_sizes_are_formatted(size, expected):
    assert page_text.format_file_size(size) == expected
