"""The list of open images: folders, pasted images, unreadable files, and the current image."""

from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.runtime.lane import CompareLanes
from tests.srcnn_gui.lanes import RecordingView, SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.compare.presenters import make_presenter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Create a folder with three images, one of them in a subfolder, an unreadable image and other files."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name, level in (("a.png", 10), ("b 图.png", 20), ("deep/c.png", 30)):
        image_files.write(Image(np.full((30, 40, 3), level, np.uint8)), tmp_path / "in" / name)
    (tmp_path / "in" / "bad.png").write_text("no image")
    (tmp_path / "in" / "._a.png").write_bytes(b"junk")
    (tmp_path / "in" / "notes.txt").write_text("hello")
    return tmp_path / "in"


@pytest.fixture
def page():
    view = RecordingView()
    lanes = CompareLanes(*(SynchronousLane() for _each in range(6)))
    return Presenter(view, lanes, CompareSettings(), lambda _settings: None), view


def test_opening_a_folder_lists_its_images_and_shows_the_first(folder, page):
    presenter, view = page
    presenter.images.open(folder)
    assert [entry.name for entry in presenter.state.filmstrip] == ["a.png", "b 图.png", "bad.png", "c.png"]
    assert presenter.state.name == "a.png"
    assert len(view.thumbnails) == 3
    bad = next(entry for entry in presenter.state.filmstrip if entry.name == "bad.png")
    assert "bad.png" in bad.reason


def test_several_files_and_folders_can_be_opened_at_once(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "b 图.png", folder / "deep")
    assert [entry.name for entry in presenter.state.filmstrip] == ["b 图.png", "c.png"]


def test_an_open_file_is_shown_and_not_listed_twice(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    presenter.images.open(folder / "b 图.png")
    assert len(presenter.state.filmstrip) == 2
    assert presenter.state.name == "b 图.png"


def test_an_empty_folder_shows_a_notice(tmp_path, page):
    presenter, _view = page
    presenter.images.open(tmp_path)
    assert "no usable images" in presenter.state.notice
    assert not presenter.state.filmstrip


def test_a_notice_names_a_folder_without_images_opened_with_other_files(folder, page, tmp_path):
    presenter, _view = page
    (tmp_path / "empty").mkdir()
    presenter.images.open(tmp_path / "empty", folder / "a.png")
    assert presenter.state.name == "a.png"
    assert "empty contains no usable images" in presenter.state.notice


def test_next_and_previous_image_stop_at_the_ends_of_the_list(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    presenter.images.show_next(-1)
    assert presenter.state.name == "a.png"
    presenter.images.show_next(1)
    presenter.images.show_next(1)
    assert presenter.state.name == "b 图.png"


def test_an_unreadable_file_stays_in_the_list_with_the_reason(folder, page):
    presenter, view = page
    presenter.images.open(folder / "a.png")
    pixels_before = view.panes["model"].copy()
    presenter.images.open(folder / "bad.png")
    assert presenter.state.name == "a.png"
    assert "bad.png" in presenter.state.notice
    assert presenter.state.filmstrip[1].reason == presenter.state.notice
    assert np.array_equal(view.panes["model"], pixels_before)


def test_a_pasted_image_has_a_title_but_no_file(page, tmp_path):
    presenter, view = page
    presenter.images.paste(np.full((20, 30, 3), 90, np.uint8))
    assert presenter.state.name == "pasted 1.png"
    assert presenter.state.suggested_name == "pasted 1_x3.png"
    assert view.panes["model"].shape == (60, 90, 3)
    assert presenter.images.path_of(presenter.state.current) is None
    assert list(tmp_path.iterdir()) == []


def test_closing_shows_the_next_image_or_an_empty_page(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    presenter.images.close_selected()
    assert presenter.state.name == "b 图.png"
    assert len(presenter.state.filmstrip) == 1
    presenter.images.close_selected()
    assert (presenter.state.filmstrip, presenter.state.name, presenter.state.result_size) == ((), "", "")
    assert not presenter.state.can_save
    assert presenter.saving.result_image() is None
    presenter.choose_scale(2)
    assert not presenter.state.working
    presenter.images.open(folder / "a.png")
    assert presenter.state.can_save


def test_a_ground_truth_belongs_to_its_image(folder, page, tmp_path):
    presenter, _view = page
    ground_truth = tmp_path / "truth.png"
    image_files.write(Image(np.full((90, 120, 3), 10, np.uint8)), ground_truth)
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    presenter.images.use_ground_truth(ground_truth)
    presenter.images.show_next(1)
    assert presenter.state.ground_truth == "none"
    presenter.images.show_next(-1)
    assert (presenter.state.ground_truth, presenter.state.ground_truth_name) == ("file", "truth.png")


def test_without_an_image_a_ground_truth_is_opened(folder, page):
    presenter, _view = page
    presenter.images.use_ground_truth(folder / "a.png")
    assert presenter.state.name == "a.png"


def test_opening_another_image_replaces_the_running_upscale(folder):
    view, lane = RecordingView(), SteppedLane()
    lanes = CompareLanes(lane, *(SynchronousLane() for _each in range(5)))
    presenter = Presenter(view, lanes, CompareSettings(), lambda _settings: None)
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    lane.step(2)
    presenter.images.show_next(1)
    lane.step(100)
    assert presenter.state.name == "b 图.png"
    assert abs(int(view.panes["model"].mean()) - 20) <= 2


def test_the_first_readable_image_is_shown(image, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is text")
    presenter, _view = make_presenter()
    presenter.images.open(broken, image)
    assert presenter.state.name == image.name
    assert "broken.png" in presenter.state.notice
    assert [bool(entry.reason) for entry in presenter.state.filmstrip] == [True, False]


def test_next_image_is_reached_past_an_unreadable_file(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "bad.png", folder / "b 图.png")
    presenter.images.show_next(1)
    assert presenter.state.selected == presenter.state.filmstrip[1].key
    assert presenter.state.notice == presenter.state.filmstrip[1].reason
    presenter.images.show_next(1)
    assert (presenter.state.name, presenter.state.notice) == ("b 图.png", "")
    presenter.images.show_next(-1)
    presenter.images.show_next(-1)
    assert (presenter.state.name, presenter.state.notice) == ("a.png", "")


def test_the_notice_gives_the_reason_of_the_selected_file(folder, page):
    presenter, _view = page
    (folder / "worse.png").write_bytes(b"")
    presenter.images.open(folder / "a.png", folder / "bad.png", folder / "worse.png")
    _good, bad, worse = presenter.state.filmstrip
    for entry in (worse, bad, worse):
        presenter.images.show(entry.key)
        assert entry.name in presenter.state.notice


def test_closing_removes_the_selected_file_and_not_the_image_that_is_shown(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "bad.png")
    presenter.images.show_next(1)
    presenter.images.close_selected()
    assert [entry.name for entry in presenter.state.filmstrip] == ["a.png"]
    assert (presenter.state.name, presenter.state.notice) == ("a.png", "Closed bad.png.")
    assert presenter.state.selected == presenter.state.current
    assert presenter.state.can_save, "the image that is shown was not upscaled again"


def test_closing_another_entry_changes_nothing_else(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "bad.png")
    presenter.images.close(presenter.state.filmstrip[1].key)
    assert [entry.name for entry in presenter.state.filmstrip] == ["a.png"]
    assert presenter.state.can_save


def test_the_page_is_empty_if_only_unreadable_files_are_left(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "bad.png")
    presenter.images.close_selected()
    assert (presenter.state.name, presenter.state.current) == ("", -1)
    assert "bad.png" in presenter.state.notice
    presenter.images.close_selected()
    assert presenter.state.filmstrip == ()
    assert presenter.state.notice == "Closed bad.png."


def test_closing_the_shown_image_skips_unreadable_files(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "bad.png", folder / "b 图.png")
    presenter.images.close_selected()
    assert (presenter.state.name, presenter.state.notice) == ("b 图.png", "Closed a.png.")


def test_an_image_that_is_closed_while_it_is_opened_is_not_shown(folder):
    opening = SteppedLane()
    lanes = CompareLanes(SynchronousLane(), opening, *(SynchronousLane() for _each in range(4)))
    presenter = Presenter(RecordingView(), lanes, CompareSettings(), lambda _settings: None)
    presenter.images.open(folder / "a.png")
    _on_event, on_result, _on_failure, _on_canceled = opening.callbacks
    presenter.images.close_selected()
    on_result((Image(np.zeros((8, 8, 3), np.uint8)), None))
    assert (presenter.state.filmstrip, presenter.state.name) == ((), "")


def test_all_images_can_be_closed(folder, page):
    presenter, _view = page
    presenter.images.open(folder)
    presenter.images.close_all()
    assert (presenter.state.filmstrip, presenter.state.name, presenter.state.selected) == ((), "", -1)


def names(presenter: Presenter) -> list[str]:
    return [entry.name for entry in presenter.state.filmstrip]


def test_closing_can_be_undone_with_ground_truth_and_place(folder, page, tmp_path):
    presenter, view = page
    ground_truth = tmp_path / "truth.png"
    image_files.write(Image(np.full((90, 120, 3), 20, np.uint8)), ground_truth)
    presenter.images.open(folder / "a.png", folder / "b 图.png", folder / "deep" / "c.png")
    presenter.images.show_next(1)
    presenter.images.use_ground_truth(ground_truth)
    view.thumbnails.clear()
    presenter.images.close_selected()
    assert names(presenter) == ["a.png", "c.png"]
    assert (presenter.state.notice, presenter.state.notice_kind) == ("Closed b 图.png.", "done")
    assert presenter.state.can_reopen
    (undo,) = presenter.state.notice_actions
    undo.run()
    assert names(presenter) == ["a.png", "b 图.png", "c.png"]
    assert (presenter.state.name, presenter.state.ground_truth_name) == ("b 图.png", "truth.png")
    assert (presenter.state.notice, presenter.state.can_reopen) == ("", False)
    assert list(view.thumbnails) == [presenter.state.current]


def test_emptying_the_list_can_be_undone(folder, page):
    presenter, view = page
    presenter.images.open(folder)
    presenter.images.paste(np.full((20, 30, 3), 90, np.uint8))
    listed, current = presenter.state.filmstrip, presenter.state.current
    view.thumbnails.clear()
    presenter.images.close_all()
    assert (presenter.state.filmstrip, presenter.state.name) == ((), "")
    assert presenter.state.notice == "Closed 5 images."
    presenter.images.reopen()
    assert presenter.state.filmstrip == listed, "also the reason of the unreadable file"
    assert (presenter.state.current, presenter.state.name) == (current, "pasted 1.png")
    assert len(view.thumbnails) == 4


def test_an_undone_close_continues_the_simulation_once(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    presenter.choose_ground_truth("simulate")
    presenter.images.close_selected()
    assert not presenter.state.simulated
    presenter.images.reopen()
    assert (presenter.state.name, presenter.state.simulated) == ("a.png", True)
    presenter.images.show_next(1)
    presenter.images.show_next(-1)
    assert not presenter.state.simulated, "as after any other change of the image"


def test_undoing_the_close_of_another_image_keeps_the_current_one(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    presenter.images.close(presenter.state.filmstrip[1].key)
    presenter.images.open(folder / "deep" / "c.png")
    presenter.images.reopen()
    assert names(presenter) == ["a.png", "b 图.png", "c.png"]
    assert presenter.state.name == "c.png"


def test_a_file_that_was_opened_again_is_not_listed_twice(folder, page):
    presenter, _view = page
    presenter.images.open(folder / "a.png", folder / "b 图.png")
    presenter.images.close_selected()
    presenter.images.open(folder / "a.png")
    presenter.images.reopen()
    assert names(presenter) == ["b 图.png", "a.png"]
