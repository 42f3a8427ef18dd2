"""Text of the Batch page."""

from pathlib import Path

from engine.batch.listing import FoundFile
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from srcnn_gui.pages.batch import text as page_text


def test_the_row_of_a_finished_file_lists_metadata_that_is_not_kept():
    item = BatchItem(FoundFile(Path("/in"), "a.jpg", 5, 0), Path("/out/a.webp"))
    outcome = Outcome(item.file.source, item.output, "done", "", 60, 40, 2000, 1.0, ("One is lost.", "Two is lost."))
    assert page_text.format_row(item, outcome).result == "60 × 40, 2 kB. One is lost. Two is lost."
