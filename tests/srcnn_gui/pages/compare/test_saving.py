"""The comparison as a picture, and as an animation."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.lane import Lanes
from tests.srcnn_gui.lanes import InPlaceLane, RecordingView
from tests.srcnn_gui.pages.compare.presenters import presenter


@pytest.fixture
def page(tmp_path: Path):
    rows, columns = np.mgrid[:60, :75]
    waves = (127 + 90 * np.sin(rows / 3.0) * np.cos(columns / 5.0)).astype(np.uint8)
    image_files.write(Picture(np.repeat(waves[:, :, None], 3, axis=2)), tmp_path / "waves.png")
    view = RecordingView()
    lanes = Lanes(*(InPlaceLane() for _each in range(5)))
    made = Presenter(view, lanes, Choices(), lambda _choices: None)
    made.pictures.open(tmp_path / "waves.png")
    made.choose_truth("reduced")
    return made, view


def test_side_by_side_holds_both_panes_pixel_for_pixel(page, tmp_path):
    made, view = page
    made.saving.export(tmp_path / "both.png")
    sheet = np.asarray(Image.open(tmp_path / "both.png"))
    assert made.state.status == "Saved as both.png"
    assert np.array_equal(sheet[12:72, 12:87], view.panes["bicubic"])
    assert np.array_equal(sheet[12:72, 99:174], view.panes["srcnn"])
    assert sheet.shape[0] > 12 + 60 + 20, "room for the captions"


def test_the_original_is_brought_to_size_in_squares(page, tmp_path):
    made, view = page
    made.look(made.state.look.showing("left", "original"))
    made.saving.export(tmp_path / "both.png")
    sheet = np.asarray(Image.open(tmp_path / "both.png"))
    assert np.array_equal(sheet[12:72, 12:87], view.original.repeat(3, axis=0).repeat(3, axis=1))


@pytest.mark.parametrize("name", ["flip.webp", "flip.gif", "flip.apng"])
def test_in_turn_is_an_animation_of_two(page, tmp_path, name):
    made, view = page
    made.saving.export(tmp_path / name)
    with Image.open(tmp_path / name) as made_file:
        assert made_file.n_frames == 2
        made_file.seek(1)
        shown = np.asarray(made_file.convert("RGB"))[12:72, 12:87]
        assert made_file.info["duration"] == 1000
    apart = np.abs(shown.astype(int) - view.panes["srcnn"])
    assert apart.max() <= (8 if name.endswith("gif") else 0)


def test_an_ending_that_is_no_picture_is_a_sentence(page, tmp_path):
    made, _view = page
    made.saving.export(tmp_path / "both.xyz")
    assert "both.xyz" in made.state.notice
    assert not (tmp_path / "both.xyz").exists()


def test_the_comparison_never_replaces_the_picture(page, tmp_path):
    made, _view = page
    before = (tmp_path / "waves.png").read_bytes()
    made.saving.export(tmp_path / "waves.png")
    assert (tmp_path / "waves.png").read_bytes() == before


def test_what_is_transparent_stands_on_squares_in_the_export(tmp_path):
    alpha = np.full((20, 30), 255, np.uint8)
    alpha[:, :10] = 0
    image_files.write(Picture(np.full((20, 30, 3), 200, np.uint8), alpha), tmp_path / "through.png")
    made, _view = presenter()
    made.pictures.open(tmp_path / "through.png")
    made.saving.export(tmp_path / "both.png")
    sheet = image_files.read(tmp_path / "both.png").pixels
    for left in (12, 12 + 90 + 12):
        squares = sheet[12:72, left : left + 24]
        assert len(np.unique(squares.reshape(-1, 3), axis=0)) == 2
        assert squares.max() < 100
        assert abs(int(sheet[40, left + 60, 0]) - 200) <= 2


def test_the_folder_suggested_is_the_pictures_own_and_then_where_the_last_result_went(page, tmp_path):
    made, _view = page
    assert made.saving.folder() == tmp_path.resolve()
    (tmp_path / "results").mkdir()
    made.saving.save(tmp_path / "results" / "large.png")
    assert made.saving.folder() == tmp_path / "results"


def test_of_a_sample_no_folder_is_suggested(page):
    made, _view = page
    made.pictures.open(resources.sample("cat.png"))
    assert made.state.name == "cat.png"
    assert made.saving.folder() is None
