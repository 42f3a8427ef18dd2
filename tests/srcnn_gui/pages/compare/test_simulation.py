"""Simulation (the image is downscaled, then upscaled): it ends with its image, and what it writes is named for it."""

from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.runtime import resources
from tests.srcnn_gui.lanes import SteppedLane
from tests.srcnn_gui.pages.compare.presenters import presenter, simulating, texture


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.png"
    image_files.write(texture(20, 40), path)
    return path


def test_the_next_start_upscales(picture):
    remembered: list[Choices] = []
    made, _view = presenter(remembered=remembered)
    made.pictures.open(picture)
    made.choose_truth("reduced")
    made.choose_scale(2)
    later, view = presenter(choices=remembered[-1])
    later.pictures.open(picture)
    assert later.state.truth == "none"
    assert view.panes["srcnn"].shape == (120, 150, 3), "twice 60 x 75"
    assert later.state.suggested_name == "Bild – 图 1_x2.png"


def test_the_next_image_is_upscaled(picture, other):
    made, view = simulating(picture)
    made.pictures.open(other)
    assert made.state.truth == "none"
    assert "truth" not in made.state.look.contents
    assert view.panes["srcnn"].shape == (60, 120, 3), "three times 20 x 40"


def test_an_image_that_is_shown_again_is_upscaled(picture, other):
    made, view = simulating(picture)
    made.pictures.open(other)
    made.pictures.step(-1)
    assert (made.state.name, made.state.truth) == (picture.name, "none")
    made.choose_truth("reduced")
    made.pictures.open(picture)
    assert made.state.truth == "none", "the batch table opens an image to show what the batch makes of it"
    assert view.panes["srcnn"].shape == (180, 225, 3)


def test_after_the_last_image_was_closed_the_next_one_is_upscaled(picture, other):
    made, _view = simulating(picture)
    made.pictures.close()
    assert made.state.truth == "none"
    made.pictures.open(other)
    assert made.state.truth == "none"


def test_without_an_image_simulation_cannot_be_chosen(picture):
    made, _view = presenter()
    made.choose_truth("reduced")
    assert made.state.truth == "none"
    made.pictures.open(picture)
    assert made.state.truth == "none"


def test_an_image_that_cannot_be_opened_leaves_the_simulation(picture, tmp_path):
    made, _view = simulating(picture)
    made.pictures.open(tmp_path / "missing.png")
    assert (made.state.name, made.state.truth) == (picture.name, "reduced")


def test_a_simulation_suggests_a_name_that_says_so(picture):
    made, _view = simulating(picture)
    assert made.state.suggested_name == "Bild – 图 1_simulated_x3.png"
    made.choose_size(factor=2.5)
    assert made.state.suggested_name == "Bild – 图 1_simulated_x2.5.png"
    made.choose_truth("none")
    assert made.state.suggested_name == "Bild – 图 1_x2.5.png"


def test_saving_a_simulation_says_what_was_saved(picture, tmp_path):
    made, _view = simulating(picture)
    made.saving.save(tmp_path / "a.png")
    assert made.state.status == "Simulation saved as a.png"
    made.choose_truth("none")
    made.saving.save(tmp_path / "b.png")
    assert made.state.status == "Saved as b.png"


def test_a_sample_is_simulated_and_named_for_it():
    made, _view = presenter()
    made.pictures.open(resources.sample("cat.png"))
    assert made.state.truth == "reduced"
    assert made.state.suggested_name == "cat_simulated_x3.png"


def test_what_was_there_when_a_name_was_asked_for_is_written(picture, other, tmp_path):
    """A file dialog leaves time for an image that was still being decoded."""
    made, view = presenter()
    made.pictures.open(picture)
    asked, result = made.saving.finished(), view.panes["srcnn"].copy()
    made.pictures.open(other)
    made.saving.save(tmp_path / "first.png", asked)
    assert np.array_equal(image_files.read(tmp_path / "first.png").pixels, result)
    made.saving.export(tmp_path / "both.png", asked)
    assert image_files.read(tmp_path / "both.png").width == 3 * 12 + 2 * 225


def test_an_image_too_small_for_a_simulation_keeps_its_result(tmp_path):
    dot = tmp_path / "dot.png"
    image_files.write(texture(2, 8), dot)
    made, view = presenter()
    made.pictures.open(dot)
    before = view.panes["srcnn"]
    made.choose_truth("reduced")
    assert "too small" in made.state.notice
    assert made.state.truth == "none"
    assert made.state.can_save
    assert view.panes["srcnn"] is before


def test_nothing_can_be_saved_until_the_simulation_that_was_chosen_is_done(picture, tmp_path):
    lane = SteppedLane()
    made, _view = presenter(lane)
    made.pictures.open(picture)
    lane.step(100)
    assert made.state.can_save
    made.choose_truth("reduced")
    assert not made.state.can_save
    made.saving.save(tmp_path / "early.png")
    assert not (tmp_path / "early.png").exists()
    assert made.saving.result() is None
