"""What of a picture can be seen through: told to the view for every content, at its own size."""

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from tests.srcnn_gui.pages.compare.presenters import presenter, simulating, texture


@pytest.fixture
def half(tmp_path):
    """A file whose left half is transparent."""
    alpha = np.full((60, 72), 255, np.uint8)
    alpha[:, :36] = 0
    image_files.write(Picture(texture(60, 72).pixels, alpha), tmp_path / "half.png")
    return tmp_path / "half.png"


def test_the_source_s_transparency_comes_first_and_the_enlarged_one_at_the_end(half):
    made, view = presenter()
    made.pictures.open(half)
    assert view.alpha.shape == (60, 72)
    begun, done = view.transparency
    assert begun["srcnn"].shape == begun["original"].shape == (60, 72)
    assert "truth" not in begun
    assert np.array_equal(done["srcnn"], made.saving.result().alpha)
    assert done["bicubic"].shape == (180, 216)
    assert done["original"].shape == (60, 72)


def test_a_picture_that_is_its_own_truth_keeps_its_transparency_there(half):
    _made, view = simulating(half)
    begun = view.transparency[-2]
    assert begun["truth"].shape == (60, 72)
    assert begun["original"].shape == (20, 24)
    assert view.transparency[-1]["srcnn"].shape == (60, 72)


def test_an_opaque_picture_after_a_transparent_one_is_opaque(half, picture):
    made, view = presenter()
    made.pictures.open(half)
    made.pictures.open(picture)
    assert view.alpha is None
    assert view.transparency[-1] == {}


def test_a_pasted_picture_keeps_its_transparency():
    made, view = presenter()
    alpha = np.full((20, 30), 7, np.uint8)
    made.pictures.paste(texture(20, 30).pixels, alpha)
    assert made.saving.result().alpha.shape == (60, 90)
    assert view.thumbnails[0].shape == (20, 30, 4)
