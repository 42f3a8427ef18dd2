"""Text of the Batch page."""

from pathlib import Path

import pytest

from engine.batch.listing import FoundFile
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from engine.errors import N_, ImageFailed, ImageTooLarge, NoSpace, WouldLoseData
from srcnn_gui.pages.batch import text as page_text


def test_the_row_of_a_finished_file_lists_metadata_that_is_not_kept():
    item = BatchItem(FoundFile(Path("/in"), "a.jpg", 5, 0), Path("/out/a.webp"))
    outcome = Outcome(item.file.source, item.output, "done", "", 60, 40, 2000, 1.0, ("One is lost.", "Two is lost."))
    assert page_text.format_row(item, outcome).result == "60 × 40, 2 kB. One is lost. Two is lost."


def would_lose_data():
    error = WouldLoseData(name="alpha_x2.jpg", reason=N_("JPEG can't store transparency."))
    error.advice = (N_("Choose a background color."),)
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ImageFailed(name="a.png", reason=N_("The file is damaged.")), "The file is damaged."),
        (would_lose_data(), "JPEG can't store transparency. Choose a background color."),
        (
            ImageTooLarge(name="a.png", width=9, height=8, limit=1),
            "The image has 9 × 8 pixels, which exceeds the limit of 1 megapixels. Use a smaller image.",
        ),
        (
            NoSpace(name="a_x2.png", needed=9, free=1),
            (
                "The result can't be written. The file needs at least 9 MB, but the disk has only 1 MB of free space. "
                "Free up some space or choose another disk."
            ),
        ),
    ],
)
def test_a_failure_starts_with_the_reason_and_ends_with_the_advice(error, text):
    assert page_text.describe_failure(error) == text


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"background": (255, 255, 255)}, "Use a White Background"),
        ({"bits": 8}, "Use 8 Bits"),
        ({"bits": 8, "background": (255, 255, 255)}, "Use 8 Bits and White Background"),
        ({"strip": True}, "Remove Metadata"),
        ({"strip": False}, "Keep Metadata"),
        ({"format": "tif"}, "Save These as TIFF"),
        ({"lossless": False}, ""),
    ],
)
def test_each_remedy_that_the_page_has_a_setting_for_has_a_button(changes, title):
    assert page_text.remedy_title(changes) == title
