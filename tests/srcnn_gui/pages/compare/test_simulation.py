"""Simulation ends when another image is opened, and the names of saved files mention it."""

from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.upscaling.request import Target
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.runtime import resources
from tests.srcnn_gui.lanes import SteppedLane
from tests.srcnn_gui.pages.compare.presenters import make_presenter, open_simulation, texture


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.png"
    image_files.write(texture(20, 40), path)
    return path


def test_simulation_is_off_after_a_restart(image):
    saved_settings: list[CompareSettings] = []
    presenter, _view = make_presenter(saved_settings=saved_settings)
    presenter.images.open(image)
    presenter.choose_ground_truth("simulate")
    presenter.choose_scale(2)
    later, view = make_presenter(settings=saved_settings[-1])
    later.images.open(image)
    assert later.state.ground_truth == "none"
    assert view.panes["model"].shape == (120, 150, 3), "twice 60 x 75"
    assert later.state.suggested_name == "Bild – 图 1_x2.png"


def test_the_next_image_is_not_simulated(image, other):
    presenter, view = open_simulation(image)
    presenter.images.open(other)
    assert presenter.state.ground_truth == "none"
    assert "ground_truth" not in presenter.state.view_layout.contents
    assert view.panes["model"].shape == (60, 120, 3), "three times 20 x 40"


def test_an_image_that_is_shown_again_is_not_simulated(image, other):
    presenter, view = open_simulation(image)
    presenter.images.open(other)
    presenter.images.show_next(-1)
    assert (presenter.state.name, presenter.state.ground_truth) == (image.name, "none")
    presenter.choose_ground_truth("simulate")
    presenter.images.open(image)
    assert presenter.state.ground_truth == "none", "the batch table opens an image to show what the batch makes of it"
    assert view.panes["model"].shape == (180, 225, 3)


def test_after_closing_all_images_the_next_one_is_not_simulated(image, other):
    presenter, _view = open_simulation(image)
    presenter.images.close_selected()
    assert presenter.state.ground_truth == "none"
    presenter.images.open(other)
    assert presenter.state.ground_truth == "none"


def test_without_an_image_simulation_cannot_be_chosen(image):
    presenter, _view = make_presenter()
    presenter.choose_ground_truth("simulate")
    assert presenter.state.ground_truth == "none"
    presenter.images.open(image)
    assert presenter.state.ground_truth == "none"


def test_an_image_that_cannot_be_opened_does_not_end_the_simulation(image, tmp_path):
    presenter, _view = open_simulation(image)
    presenter.images.open(tmp_path / "missing.png")
    assert (presenter.state.name, presenter.state.ground_truth) == (image.name, "simulate")


def test_the_suggested_name_of_a_simulation_contains_simulated(image):
    presenter, _view = open_simulation(image)
    assert presenter.state.suggested_name == "Bild – 图 1_simulated_x3.png"
    presenter.choose_size(Target(factor=2.5))
    assert presenter.state.suggested_name == "Bild – 图 1_simulated_x2.5.png"
    presenter.choose_ground_truth("none")
    assert presenter.state.suggested_name == "Bild – 图 1_x2.5.png"


def test_the_status_names_a_saved_simulation(image, tmp_path):
    presenter, _view = open_simulation(image)
    presenter.saving.save(tmp_path / "a.png")
    assert presenter.state.status == "Simulation saved as a.png"
    presenter.choose_ground_truth("none")
    presenter.saving.save(tmp_path / "b.png")
    assert presenter.state.status == "Saved as b.png"


def test_a_sample_is_simulated_and_its_file_name_contains_simulated():
    presenter, _view = make_presenter()
    presenter.images.open(resources.sample_path("cat.png"))
    assert presenter.state.ground_truth == "simulate"
    assert presenter.state.suggested_name == "cat_simulated_x3.png"


def test_the_result_from_before_the_file_dialog_is_saved(image, other, tmp_path):
    """While the file dialog is open, the next image may finish decoding."""
    presenter, view = make_presenter()
    presenter.images.open(image)
    saved, result = presenter.saving.finished_result(), view.panes["model"].copy()
    presenter.images.open(other)
    presenter.saving.save(tmp_path / "first.png", saved)
    assert np.array_equal(image_files.read(tmp_path / "first.png").pixels, result)
    presenter.saving.export_comparison(tmp_path / "both.png", saved)
    assert image_files.read(tmp_path / "both.png").width == 3 * 12 + 2 * 225


def test_an_image_too_small_for_a_simulation_keeps_its_result(tmp_path):
    dot = tmp_path / "dot.png"
    image_files.write(texture(2, 8), dot)
    presenter, view = make_presenter()
    presenter.images.open(dot)
    before = view.panes["model"]
    presenter.choose_ground_truth("simulate")
    assert "too small" in presenter.state.notice
    assert presenter.state.ground_truth == "none"
    assert presenter.state.can_save
    assert view.panes["model"] is before


def test_saving_is_disabled_until_the_simulation_is_done(image, tmp_path):
    lane = SteppedLane()
    presenter, _view = make_presenter(lane)
    presenter.images.open(image)
    lane.step(100)
    assert presenter.state.can_save
    presenter.choose_ground_truth("simulate")
    assert not presenter.state.can_save
    presenter.saving.save(tmp_path / "early.png")
    assert not (tmp_path / "early.png").exists()
    assert presenter.saving.result_image() is None
