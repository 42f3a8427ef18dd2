"""The view gets an alpha channel for each content of the panes, in the size of the content."""

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from tests.srcnn_gui.pages.compare.presenters import make_presenter, open_simulation, texture


@pytest.fixture
def half(tmp_path):
    """Return an image file whose left half is transparent."""
    alpha = np.full((60, 72), 255, np.uint8)
    alpha[:, :36] = 0
    image_files.write(Image(texture(60, 72).pixels, alpha), tmp_path / "half.png")
    return tmp_path / "half.png"


def test_the_alpha_of_the_input_is_replaced_by_the_upscaled_one(half):
    presenter, view = make_presenter()
    presenter.images.open(half)
    assert view.alpha.shape == (60, 72)
    initial, done = view.transparency
    assert initial["model"].shape == initial["original"].shape == (60, 72)
    assert "ground_truth" not in initial
    assert np.array_equal(done["model"], presenter.saving.result_image().alpha)
    assert done["bicubic"].shape == (180, 216)
    assert done["original"].shape == (60, 72)


def test_a_simulation_keeps_the_alpha_of_its_ground_truth(half):
    _made, view = open_simulation(half)
    initial = view.transparency[-2]
    assert initial["ground_truth"].shape == (60, 72)
    assert initial["original"].shape == (20, 24)
    assert view.transparency[-1]["model"].shape == (60, 72)


def test_an_opaque_image_after_a_transparent_one_is_opaque(half, image):
    presenter, view = make_presenter()
    presenter.images.open(half)
    presenter.images.open(image)
    assert view.alpha is None
    assert view.transparency[-1] == {}


def test_a_pasted_image_keeps_its_alpha():
    presenter, view = make_presenter()
    alpha = np.full((20, 30), 7, np.uint8)
    presenter.images.paste(texture(20, 30).pixels, alpha)
    assert presenter.saving.result_image().alpha.shape == (60, 90)
    assert view.thumbnails[0].shape == (20, 30, 4)
