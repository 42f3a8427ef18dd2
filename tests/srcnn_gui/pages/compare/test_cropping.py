"""Upscaling of a region: the cropped image, its ground truth, its name and the way back."""

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.image import Image
from engine.imaging.tiles import Rect
from srcnn_gui.pages.compare.cropping import crop_ground_truth, region_of_image
from tests.srcnn_gui.pages.compare.presenters import make_presenter, texture

PIXELS = np.zeros((60, 75, 3), np.uint8)


@pytest.mark.parametrize(
    ("selection", "size", "simulate", "region"),
    [
        (Rect(30, 60, 30, 60), (180, 225), False, Rect(10, 20, 10, 20)),
        (Rect(31, 61, 28, 58), (180, 225), False, Rect(10, 20, 10, 20)),  # partly covered pixels belong to it
        (Rect(179, 224, 1, 1), (180, 225), False, Rect(59, 74, 1, 1)),
        (Rect(30, 60, 30, 60), (180, 225), True, Rect(30, 60, 30, 15)),
        (Rect(15, 15, 30, 45), (90, 112), False, Rect(10, 10, 20, 31)),
    ],
)
def test_a_selection_in_the_result_becomes_a_region_of_the_image(selection, size, simulate, region):
    assert region_of_image(selection, Image(PIXELS), size, simulate=simulate) == region


def test_the_ground_truth_is_cropped_only_at_whole_pixels():
    truth = Image(np.arange(120 * 150 * 3, dtype=np.uint8).reshape(120, 150, 3))
    cropped = crop_ground_truth(truth, Image(PIXELS), Rect(10, 20, 5, 6))
    assert cropped is not None
    assert np.array_equal(cropped.pixels, truth.pixels[20:30, 40:52])
    assert crop_ground_truth(Image(truth.pixels[:119]), Image(PIXELS), Rect(10, 20, 5, 6)) is None
    assert crop_ground_truth(None, Image(PIXELS), Rect(10, 20, 5, 6)) is None


def test_only_the_region_is_upscaled_and_named_until_the_whole_image_is_shown(image, tmp_path):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.upscale_region()
    assert presenter.state.region is None, "without a selection, nothing changes"
    presenter.select_region((30, 60, 60, 90))
    presenter.upscale_region()
    assert presenter.state.region == (10, 20, 20, 30)
    assert view.panes["model"].shape == (60, 90, 3)
    assert presenter.state.image_info == "Region: 30 × 20 px, 8-bit RGB"
    assert presenter.state.suggested_name == "Bild – 图 1_crop_x3.png"
    presenter.saving.save(tmp_path / "region.png")
    assert image_files.read(tmp_path / "region.png").pixels.shape == (60, 90, 3)
    presenter.state.notice_actions[0].run()
    presenter.show_whole_image()
    assert (presenter.state.region, view.panes["model"].shape) == (None, (180, 225, 3))
    assert presenter.state.image_info == "75 × 60 px, 8-bit RGB"


def test_a_region_of_a_region_is_counted_from_the_whole_image(image):
    presenter, view = make_presenter()
    presenter.images.open(image)
    for _each in range(2):
        presenter.select_region((30, 60, 60, 90))
        presenter.upscale_region()
    assert presenter.state.region == (20, 40, 10, 10)
    presenter.show_whole_image()
    assert view.panes["model"].shape == (180, 225, 3)


def test_the_ground_truth_of_a_region_is_scored(image, tmp_path):
    presenter, _view = make_presenter()
    image_files.write(texture(180, 225), tmp_path / "truth.png")
    presenter.images.open(image)
    presenter.images.use_ground_truth(tmp_path / "truth.png")
    presenter.select_region((30, 60, 60, 90))
    presenter.upscale_region()
    assert (presenter.state.ground_truth, presenter.state.scored) == ("file", True)
    assert not presenter.state.readout.whole_scores.stale
    presenter.show_whole_image()
    assert presenter.state.scored


def test_a_region_that_is_too_small_for_a_simulation_shows_a_notice(image):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.choose_ground_truth("simulate")
    presenter.select_region((0, 0, 2, 2))
    presenter.upscale_region()
    assert presenter.state.region is None
    assert presenter.state.notice
    presenter.select_region((0, 0, 45, 45))
    presenter.upscale_region()
    assert view.panes["model"].shape == (45, 45, 3)
    assert presenter.state.suggested_name == "Bild – 图 1_crop_simulated_x3.png"


def test_another_image_is_shown_whole(image, tmp_path):
    image_files.write(texture(30, 30), tmp_path / "b.png")
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.select_region((30, 60, 60, 90))
    presenter.upscale_region()
    presenter.images.open(tmp_path / "b.png")
    assert (presenter.state.region, view.panes["model"].shape) == (None, (90, 90, 3))
