"""Text of the Compare page."""

import pytest

from srcnn_gui.pages.compare.state import State
from srcnn_gui.pages.compare.text import ProgressEstimator, suggest_file_name


def test_the_remaining_time_is_estimated_from_the_tiles():
    estimator = ProgressEstimator()
    assert estimator.format_status(1000) == "Upscaling…"
    for tick in range(6):
        estimator.add(50, now=10.0 + tick)  # the first starts the clock: 250 px in 5 s
    assert estimator.format_status(1000) == "Upscaling… about 15 s left"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("a.jpg", "a_x3.jpg"),
        ("a.b.PNG", "a.b_x3.PNG"),
        ("a", "a_x3.png"),
        ("a.gif", "a_x3.gif"),
        ("a.tga", "a_x3.png"),
    ],
)
def test_a_result_is_named_after_its_image(source, name):
    assert suggest_file_name(State(name=source, scale=3)) == name
