"""Ground truth from a file: matching sizes, different sizes, and unreadable files."""

from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.upscaling.request import Target
from tests.srcnn_gui.lanes import SteppedLane
from tests.srcnn_gui.pages.compare.presenters import make_presenter, open_simulation, texture


@pytest.fixture
def write_image(tmp_path: Path):
    """Return a function that writes an image with a given size and returns its path."""

    def write(height: int, width: int, name: str = "") -> Path:
        path = tmp_path / (name or f"{width} by {height}.png")
        image_files.write(texture(height, width), path)
        return path

    return write


# The image is 75 x 60 px. A ground truth may be larger by what cropping to a multiple of the scale removes:
# fewer rows and columns than the scale.
WRONG_SIZES = [
    (100, 225),  # another aspect ratio
    (120, 160),  # ten columns more than twice the width
    (60, 75),  # as large as the input: nothing would be upscaled
    (30, 38),  # smaller
]


@pytest.mark.parametrize(("height", "width"), WRONG_SIZES)
def test_a_ground_truth_of_another_size_is_refused(image, write_image, height, width):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.choose_scale(2)
    before, panes = presenter.state, view.panes["model"]
    presenter.images.use_ground_truth(write_image(height, width))
    notice = presenter.state.notice
    assert f"{width} by {height}.png" in notice
    assert "150 × 120 px" in notice, "the size it must have"
    assert f"{width} × {height} px" in notice, "the size it has"
    assert presenter.state.status == "Ground truth not used"
    assert (presenter.state.ground_truth, presenter.state.view_layout, presenter.state.readout) == (
        "none",
        before.view_layout,
        before.readout,
    )
    assert (presenter.state.scale, presenter.state.target) == (2, None)
    assert presenter.state.can_save
    assert view.panes["model"] is panes, "nothing was computed again"


def test_a_refused_ground_truth_keeps_the_previous_one_and_its_scores(image, write_image):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.images.use_ground_truth(write_image(120, 150, "right.png"))
    before, panes = presenter.state, view.panes["model"]
    presenter.images.use_ground_truth(write_image(100, 225, "wrong.png"))
    assert "wrong.png" in presenter.state.notice
    assert (presenter.state.ground_truth, presenter.state.ground_truth_name) == ("file", "right.png")
    assert presenter.state.readout == before.readout
    assert not presenter.state.readout.whole_scores.stale
    assert presenter.state.can_save
    assert view.panes["model"] is panes
    presenter.choose_scale(3)
    presenter.choose_scale(2)
    assert presenter.state.ground_truth_name == "right.png"
    assert presenter.state.readout.whole_scores == before.readout.whole_scores


def test_a_refused_ground_truth_keeps_the_simulation(image, write_image):
    presenter, _view = open_simulation(image)
    before = presenter.state
    presenter.images.use_ground_truth(write_image(100, 225))
    assert "225 × 180 px" in presenter.state.notice, "three times 75 x 60: what it would be measured against"
    assert (presenter.state.ground_truth, presenter.state.readout) == ("simulate", before.readout)
    assert presenter.state.can_save
    presenter.images.use_ground_truth(write_image(180, 225))
    assert (presenter.state.ground_truth, presenter.state.result_size) == ("file", "225 × 180 px")


def test_a_refused_ground_truth_does_not_disturb_a_running_upscale(image, write_image):
    lane = SteppedLane()
    presenter, view = make_presenter(lane)
    presenter.images.open(image)
    lane.step(2)
    presenter.images.use_ground_truth(write_image(100, 225))
    assert presenter.state.working
    lane.step(100)
    assert presenter.state.can_save
    assert view.panes["model"].any()
    assert lane.started == 1


def test_an_unreadable_ground_truth_changes_nothing(image, write_image, tmp_path):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.images.use_ground_truth(write_image(120, 150, "right.png"))
    before = presenter.state
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is text")
    presenter.images.use_ground_truth(broken)
    assert "broken.png" in presenter.state.notice
    assert presenter.state.ground_truth_name == "right.png"
    assert (presenter.state.readout, presenter.state.can_save) == (before.readout, True)
    assert not presenter.state.filmstrip[0].reason, "the image itself can be read"


def test_a_ground_truth_is_kept_for_a_scale_that_it_does_not_match(image, write_image):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.images.use_ground_truth(write_image(120, 150, "twice.png"))
    scored = presenter.state.readout.whole_scores
    presenter.set_view_layout(presenter.state.view_layout.with_content("left", "ground_truth"))
    presenter.choose_scale(3)
    assert presenter.state.result_size == "225 × 180 px"
    assert presenter.state.can_save
    assert view.panes["model"].shape == (180, 225, 3)
    assert (presenter.state.ground_truth, presenter.state.ground_truth_name) == ("file", "twice.png")
    assert not presenter.state.ground_truth_fits
    assert "150 × 120 px" in presenter.state.readout.advice
    assert "225 × 180 px" in presenter.state.readout.advice
    assert "×2" in presenter.state.readout.advice, "where it fits"
    assert "ground_truth" not in presenter.state.view_layout.contents
    assert (presenter.state.view_layout.left, presenter.state.view_layout.right) == ("bicubic", "model")
    assert presenter.saving.scores_text() == ""
    presenter.choose_scale(2)
    assert presenter.state.ground_truth_fits
    assert presenter.state.readout.whole_scores == scored
    assert "ground_truth" in presenter.state.view_layout.contents


def test_a_ground_truth_is_kept_for_a_size_that_it_does_not_match(image, write_image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.images.use_ground_truth(write_image(160, 200, "larger.png"))  # 2.67 times: no scale, but a size
    assert presenter.state.target is not None
    assert not presenter.state.readout.whole_scores.stale
    presenter.choose_size(Target(width=100))
    assert presenter.state.can_save
    assert not presenter.state.ground_truth_fits
    assert "200 px wide" in presenter.state.readout.advice
    presenter.choose_size(Target(width=200))
    assert not presenter.state.readout.whole_scores.stale


def test_a_ground_truth_of_another_size_can_be_replaced(image, write_image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.images.use_ground_truth(write_image(120, 150, "twice.png"))
    presenter.choose_scale(3)
    presenter.images.use_ground_truth(write_image(180, 225, "three times.png"))
    assert (presenter.state.ground_truth_name, presenter.state.scale, presenter.state.ground_truth_fits) == (
        "three times.png",
        3,
        True,
    )
    presenter.choose_ground_truth("none")
    assert presenter.state.readout.reason == "PSNR and SSIM need a ground truth"
    presenter.choose_scale(2)
    assert presenter.state.ground_truth == "none"


@pytest.mark.parametrize("damage", ["gone", "text", "another size"])
def test_an_image_can_be_shown_again_without_its_damaged_ground_truth(image, write_image, damage):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    ground_truth = write_image(120, 150, "truth.png")
    presenter.images.use_ground_truth(ground_truth)
    presenter.images.open(write_image(20, 20, "other.png"))
    if damage == "gone":
        ground_truth.unlink()
    elif damage == "text":
        ground_truth.write_text("no image")
    else:
        write_image(100, 225, "truth.png")
    presenter.images.show_next(-1)
    assert presenter.state.name == image.name
    assert "truth.png" in presenter.state.notice
    assert presenter.state.ground_truth == "none"
    assert presenter.state.can_save
    assert not presenter.state.filmstrip[0].reason
    presenter.images.show_next(1)
    presenter.images.show_next(-1)
    assert not presenter.state.notice, "it was told once"


@pytest.mark.parametrize("kind", ["16-bit", "transparent"])
def test_a_ground_truth_of_the_same_colors_gives_the_same_scores(tmp_path, image, kind):
    """A 16-bit level is 257 times the 8-bit level, and alpha is not scored."""
    plain = texture(180, 225)
    ground_truth = {
        "16-bit": Image(plain.pixels.astype(np.uint16) * 257),
        "transparent": Image(plain.pixels, np.full((180, 225), 90, np.uint8)),
    }[kind]
    image_files.write(plain, tmp_path / "plain.png")
    image_files.write(ground_truth, tmp_path / "truth.png")
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.images.use_ground_truth(tmp_path / "plain.png")
    expected = presenter.state.readout.whole_scores
    presenter.images.use_ground_truth(tmp_path / "truth.png")
    assert presenter.state.ground_truth_name == "truth.png"
    assert presenter.state.readout.whole_scores == expected
    assert not expected.stale


@pytest.mark.parametrize(("image_channels", "truth_channels"), [(1, 3), (3, 1)])
def test_a_ground_truth_with_other_channels_is_scored_shown_and_exported(tmp_path, image_channels, truth_channels):
    image_files.write(texture(60, 75, image_channels), tmp_path / "source.png")
    image_files.write(texture(180, 225, truth_channels), tmp_path / "truth.png")
    presenter, view = make_presenter()
    presenter.images.open(tmp_path / "source.png")
    presenter.images.use_ground_truth(tmp_path / "truth.png")
    assert not presenter.state.readout.whole_scores.stale
    assert view.ground_truth.shape[:2] == (180, 225)
    presenter.set_view_layout(presenter.state.view_layout.with_content("left", "ground_truth"))
    presenter.saving.export_comparison(tmp_path / "both.png")
    assert presenter.state.status == "Saved as both.png"
