"""A ground truth from a file: one that does not fit changes nothing, one that fits stays at every size."""

from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from tests.srcnn_gui.lanes import SteppedLane
from tests.srcnn_gui.pages.compare.presenters import presenter, simulating, texture


@pytest.fixture
def file(tmp_path: Path):
    """Write an image of a size, and return its path."""

    def write(height: int, width: int, name: str = "") -> Path:
        path = tmp_path / (name or f"{width} by {height}.png")
        image_files.write(texture(height, width), path)
        return path

    return write


# The image is 75 x 60 px. A ground truth may be larger by what cropping to a multiple of the scale removes:
# fewer rows and columns than the scale.
WRONG = [
    (100, 225),  # another aspect ratio
    (120, 160),  # ten columns more than twice the width
    (60, 75),  # as large as the input: nothing would be upscaled
    (30, 38),  # smaller
]


@pytest.mark.parametrize(("height", "width"), WRONG)
def test_a_ground_truth_of_another_size_changes_nothing(picture, file, height, width):
    made, view = presenter()
    made.pictures.open(picture)
    made.choose_scale(2)
    before, panes = made.state, view.panes["srcnn"]
    made.pictures.use_truth(file(height, width))
    notice = made.state.notice
    assert f"{width} by {height}.png" in notice
    assert "150 × 120 px" in notice, "the size it must have"
    assert f"{width} × {height} px" in notice, "the size it has"
    assert made.state.status == "Ground truth not used"
    assert (made.state.truth, made.state.look, made.state.readout) == ("none", before.look, before.readout)
    assert (made.state.scale, made.state.target) == (2, None)
    assert made.state.can_save
    assert view.panes["srcnn"] is panes, "nothing was computed again"


def test_the_ground_truth_before_stays_with_its_scores(picture, file):
    made, view = presenter()
    made.pictures.open(picture)
    made.pictures.use_truth(file(120, 150, "right.png"))
    before, panes = made.state, view.panes["srcnn"]
    made.pictures.use_truth(file(100, 225, "wrong.png"))
    assert "wrong.png" in made.state.notice
    assert (made.state.truth, made.state.truth_name) == ("file", "right.png")
    assert made.state.readout == before.readout
    assert not made.state.readout.whole.stale
    assert made.state.can_save
    assert view.panes["srcnn"] is panes
    made.choose_scale(3)
    made.choose_scale(2)
    assert made.state.truth_name == "right.png"
    assert made.state.readout.whole == before.readout.whole


def test_a_simulation_stays_where_the_ground_truth_does_not_fit(picture, file):
    made, _view = simulating(picture)
    before = made.state
    made.pictures.use_truth(file(100, 225))
    assert "225 × 180 px" in made.state.notice, "three times 75 x 60: what it would be measured against"
    assert (made.state.truth, made.state.readout) == ("reduced", before.readout)
    assert made.state.can_save
    made.pictures.use_truth(file(180, 225))
    assert (made.state.truth, made.state.output) == ("file", "225 × 180 px")


def test_work_that_goes_on_is_not_disturbed_by_a_ground_truth_of_another_size(picture, file):
    lane = SteppedLane()
    made, view = presenter(lane)
    made.pictures.open(picture)
    lane.step(2)
    made.pictures.use_truth(file(100, 225))
    assert made.state.working
    lane.step(100)
    assert made.state.can_save
    assert view.panes["srcnn"].any()
    assert lane.started == 1


def test_a_ground_truth_that_cannot_be_read_changes_nothing(picture, file, tmp_path):
    made, _view = presenter()
    made.pictures.open(picture)
    made.pictures.use_truth(file(120, 150, "right.png"))
    before = made.state
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is text")
    made.pictures.use_truth(broken)
    assert "broken.png" in made.state.notice
    assert made.state.truth_name == "right.png"
    assert (made.state.readout, made.state.can_save) == (before.readout, True)
    assert not made.state.strip[0].reason, "the image itself can be read"


def test_a_ground_truth_stays_while_a_scale_is_shown_that_it_does_not_fit(picture, file):
    made, view = presenter()
    made.pictures.open(picture)
    made.pictures.use_truth(file(120, 150, "twice.png"))
    scored = made.state.readout.whole
    made.look(made.state.look.showing("left", "truth"))
    made.choose_scale(3)
    assert made.state.output == "225 × 180 px"
    assert made.state.can_save
    assert view.panes["srcnn"].shape == (180, 225, 3)
    assert (made.state.truth, made.state.truth_name) == ("file", "twice.png")
    assert not made.state.truth_fits
    assert "150 × 120 px" in made.state.readout.advice
    assert "225 × 180 px" in made.state.readout.advice
    assert "×2" in made.state.readout.advice, "where it fits"
    assert "truth" not in made.state.look.contents
    assert (made.state.look.left, made.state.look.right) == ("bicubic", "srcnn")
    assert made.saving.scores_text() == ""
    made.choose_scale(2)
    assert made.state.truth_fits
    assert made.state.readout.whole == scored
    assert "truth" in made.state.look.contents


def test_a_ground_truth_stays_while_a_size_is_shown_that_it_does_not_fit(picture, file):
    made, _view = presenter()
    made.pictures.open(picture)
    made.pictures.use_truth(file(160, 200, "larger.png"))  # 2.67 times: no scale, but a size
    assert made.state.target is not None
    assert not made.state.readout.whole.stale
    made.choose_size(width=100)
    assert made.state.can_save
    assert not made.state.truth_fits
    assert "200 px wide" in made.state.readout.advice
    made.choose_size(width=200)
    assert not made.state.readout.whole.stale


def test_another_ground_truth_can_be_chosen_while_one_does_not_fit(picture, file):
    made, _view = presenter()
    made.pictures.open(picture)
    made.pictures.use_truth(file(120, 150, "twice.png"))
    made.choose_scale(3)
    made.pictures.use_truth(file(180, 225, "three times.png"))
    assert (made.state.truth_name, made.state.scale, made.state.truth_fits) == ("three times.png", 3, True)
    made.choose_truth("none")
    assert made.state.readout.reason == "PSNR and SSIM appear when there is a ground truth"
    made.choose_scale(2)
    assert made.state.truth == "none"


@pytest.mark.parametrize("damage", ["gone", "text", "another size"])
def test_an_image_can_be_shown_again_when_its_ground_truth_cannot(picture, file, damage):
    made, _view = presenter()
    made.pictures.open(picture)
    truth = file(120, 150, "truth.png")
    made.pictures.use_truth(truth)
    made.pictures.open(file(20, 20, "other.png"))
    if damage == "gone":
        truth.unlink()
    elif damage == "text":
        truth.write_text("no image")
    else:
        file(100, 225, "truth.png")
    made.pictures.step(-1)
    assert made.state.name == picture.name
    assert "truth.png" in made.state.notice
    assert made.state.truth == "none"
    assert made.state.can_save
    assert not made.state.strip[0].reason
    made.pictures.step(1)
    made.pictures.step(-1)
    assert not made.state.notice, "it was told once"


@pytest.mark.parametrize("kind", ["16-bit", "transparent"])
def test_a_ground_truth_of_the_same_colors_gives_the_same_scores(tmp_path, picture, kind):
    """A level of 16 bits is 257 times that of 8, and transparency is not scored."""
    plain = texture(180, 225)
    truth = {
        "16-bit": Picture(plain.pixels.astype(np.uint16) * 257),
        "transparent": Picture(plain.pixels, np.full((180, 225), 90, np.uint8)),
    }[kind]
    image_files.write(plain, tmp_path / "plain.png")
    image_files.write(truth, tmp_path / "truth.png")
    made, _view = presenter()
    made.pictures.open(picture)
    made.pictures.use_truth(tmp_path / "plain.png")
    expected = made.state.readout.whole
    made.pictures.use_truth(tmp_path / "truth.png")
    assert made.state.truth_name == "truth.png"
    assert made.state.readout.whole == expected
    assert not expected.stale


@pytest.mark.parametrize(("own", "other"), [(1, 3), (3, 1)])
def test_a_ground_truth_of_other_channels_is_scored_shown_and_exported(tmp_path, own, other):
    image_files.write(texture(60, 75, own), tmp_path / "source.png")
    image_files.write(texture(180, 225, other), tmp_path / "truth.png")
    made, view = presenter()
    made.pictures.open(tmp_path / "source.png")
    made.pictures.use_truth(tmp_path / "truth.png")
    assert not made.state.readout.whole.stale
    assert view.truth.shape[:2] == (180, 225)
    made.look(made.state.look.showing("left", "truth"))
    made.saving.export(tmp_path / "both.png")
    assert made.state.status == "Saved as both.png"
