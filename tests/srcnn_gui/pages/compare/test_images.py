"""The list of open pictures: folders, pasted ones, what cannot be opened, and which one is shown."""

from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.runtime.lane import Lanes
from tests.srcnn_gui.lanes import InPlaceLane, RecordingView, SteppedLane
from tests.srcnn_gui.pages.compare.presenters import presenter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, one of them deeper, one file that is none, and junk."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name, level in (("a.png", 10), ("b 图.png", 20), ("deep/c.png", 30)):
        image_files.write(Picture(np.full((30, 40, 3), level, np.uint8)), tmp_path / "in" / name)
    (tmp_path / "in" / "bad.png").write_text("no picture")
    (tmp_path / "in" / "._a.png").write_bytes(b"junk")
    (tmp_path / "in" / "notes.txt").write_text("hello")
    return tmp_path / "in"


@pytest.fixture
def page():
    view = RecordingView()
    lanes = Lanes(*(InPlaceLane() for _each in range(5)))
    return Presenter(view, lanes, Choices(), lambda _choices: None), view


def test_a_folder_brings_its_pictures_and_shows_the_first(folder, page):
    made, view = page
    made.pictures.open(folder)
    assert [entry.name for entry in made.state.strip] == ["a.png", "b 图.png", "bad.png", "c.png"]
    assert made.state.name == "a.png"
    assert len(view.thumbnails) == 3
    bad = next(entry for entry in made.state.strip if entry.name == "bad.png")
    assert "bad.png" in bad.reason


def test_several_files_and_folders_at_once(folder, page):
    made, _view = page
    made.pictures.open(folder / "b 图.png", folder / "deep")
    assert [entry.name for entry in made.state.strip] == ["b 图.png", "c.png"]


def test_a_file_that_is_open_already_is_shown_and_not_listed_twice(folder, page):
    made, _view = page
    made.pictures.open(folder / "a.png", folder / "b 图.png")
    made.pictures.open(folder / "b 图.png")
    assert len(made.state.strip) == 2
    assert made.state.name == "b 图.png"


def test_an_empty_folder_is_a_sentence(tmp_path, page):
    made, _view = page
    made.pictures.open(tmp_path)
    assert "no usable picture" in made.state.notice
    assert not made.state.strip


def test_stepping_stops_at_the_ends(folder, page):
    made, _view = page
    made.pictures.open(folder / "a.png", folder / "b 图.png")
    made.pictures.step(-1)
    assert made.state.name == "a.png"
    made.pictures.step(1)
    made.pictures.step(1)
    assert made.state.name == "b 图.png"


def test_what_cannot_be_opened_stays_in_the_list_with_the_reason(folder, page):
    made, view = page
    made.pictures.open(folder / "a.png")
    shown = view.panes["srcnn"].copy()
    made.pictures.open(folder / "bad.png")
    assert made.state.name == "a.png"
    assert "bad.png" in made.state.notice
    assert made.state.strip[1].reason == made.state.notice
    assert np.array_equal(view.panes["srcnn"], shown)


def test_a_pasted_picture_lies_in_no_file(page, tmp_path):
    made, view = page
    made.pictures.paste(np.full((20, 30, 3), 90, np.uint8))
    assert made.state.name == "pasted 1.png"
    assert made.state.suggested_name == "pasted 1_x3.png"
    assert view.panes["srcnn"].shape == (60, 90, 3)
    assert made.pictures.path_of(made.state.current) is None
    assert list(tmp_path.iterdir()) == []


def test_closing_shows_the_next_and_after_the_last_one_the_page_is_empty(folder, page):
    made, _view = page
    made.pictures.open(folder / "a.png", folder / "b 图.png")
    made.pictures.close()
    assert made.state.name == "b 图.png"
    assert len(made.state.strip) == 1
    made.pictures.close()
    assert (made.state.strip, made.state.name, made.state.output) == ((), "", "")
    assert not made.state.can_save
    assert made.saving.result() is None
    made.choose_scale(2)
    assert not made.state.working
    made.pictures.open(folder / "a.png")
    assert made.state.can_save


def test_a_ground_truth_belongs_to_its_picture(folder, page, tmp_path):
    made, _view = page
    truth = tmp_path / "truth.png"
    image_files.write(Picture(np.full((90, 120, 3), 10, np.uint8)), truth)
    made.pictures.open(folder / "a.png", folder / "b 图.png")
    made.pictures.use_truth(truth)
    made.pictures.step(1)
    assert made.state.truth == "none"
    made.pictures.step(-1)
    assert (made.state.truth, made.state.truth_name) == ("file", "truth.png")


def test_with_no_picture_a_ground_truth_is_just_opened(folder, page):
    made, _view = page
    made.pictures.use_truth(folder / "a.png")
    assert made.state.name == "a.png"


def test_another_picture_takes_over_from_work_that_goes_on(folder):
    view, lane = RecordingView(), SteppedLane()
    lanes = Lanes(lane, *(InPlaceLane() for _each in range(4)))
    made = Presenter(view, lanes, Choices(), lambda _choices: None)
    made.pictures.open(folder / "a.png", folder / "b 图.png")
    lane.step(2)
    made.pictures.step(1)
    lane.step(100)
    assert made.state.name == "b 图.png"
    assert abs(int(view.panes["srcnn"].mean()) - 20) <= 2


def test_of_several_the_first_that_can_be_opened_is_shown(picture, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is text")
    made, _view = presenter()
    made.pictures.open(broken, picture)
    assert made.state.name == picture.name
    assert "broken.png" in made.state.notice
    assert [bool(entry.reason) for entry in made.state.strip] == [True, False]
