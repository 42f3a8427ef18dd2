"""Saving results, and exporting comparisons as images and animations."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.lane import CompareLanes
from tests.srcnn_gui.lanes import RecordingView, SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.compare.presenters import make_presenter


@pytest.fixture
def page(tmp_path: Path):
    rows, columns = np.mgrid[:60, :75]
    waves = (127 + 90 * np.sin(rows / 3.0) * np.cos(columns / 5.0)).astype(np.uint8)
    image_files.write(Image(np.repeat(waves[:, :, None], 3, axis=2)), tmp_path / "waves.png")
    view = RecordingView()
    lanes = CompareLanes(*(SynchronousLane() for _each in range(6)))
    presenter = Presenter(view, lanes, CompareSettings(), lambda _settings: None)
    presenter.images.open(tmp_path / "waves.png")
    presenter.choose_ground_truth("simulate")
    return presenter, view


def test_side_by_side_image_contains_both_panes_pixel_for_pixel(page, tmp_path):
    presenter, view = page
    presenter.saving.export_comparison(tmp_path / "both.png")
    sheet = np.asarray(PIL.Image.open(tmp_path / "both.png"))
    assert presenter.state.status == "Saved as both.png"
    assert np.array_equal(sheet[12:72, 12:87], view.panes["bicubic"])
    assert np.array_equal(sheet[12:72, 99:174], view.panes["model"])
    assert sheet.shape[0] > 12 + 60 + 20, "room for the captions"


def test_the_original_is_exported_with_square_pixels(page, tmp_path):
    presenter, view = page
    presenter.set_view_layout(presenter.state.view_layout.with_content("left", "original"))
    presenter.saving.export_comparison(tmp_path / "both.png")
    sheet = np.asarray(PIL.Image.open(tmp_path / "both.png"))
    assert np.array_equal(sheet[12:72, 12:87], view.original.repeat(3, axis=0).repeat(3, axis=1))


@pytest.mark.parametrize("name", ["flip.webp", "flip.gif", "flip.apng"])
def test_an_animation_has_two_frames(page, tmp_path, name):
    presenter, view = page
    presenter.saving.export_comparison(tmp_path / name)
    with PIL.Image.open(tmp_path / name) as made_file:
        assert made_file.n_frames == 2
        made_file.seek(1)
        pixels = np.asarray(made_file.convert("RGB"))[12:72, 12:87]
        assert made_file.info["duration"] == 1000
    apart = np.abs(pixels.astype(int) - view.panes["model"])
    assert apart.max() <= (8 if name.endswith("gif") else 0)


def test_an_unknown_extension_shows_a_notice(page, tmp_path):
    presenter, _view = page
    presenter.saving.export_comparison(tmp_path / "both.xyz")
    assert "both.xyz" in presenter.state.notice
    assert not (tmp_path / "both.xyz").exists()


def test_the_comparison_never_replaces_the_source(page, tmp_path):
    presenter, _view = page
    before = (tmp_path / "waves.png").read_bytes()
    presenter.saving.export_comparison(tmp_path / "waves.png")
    assert (tmp_path / "waves.png").read_bytes() == before


def test_the_export_shows_a_checkerboard_behind_transparency(tmp_path):
    alpha = np.full((20, 30), 255, np.uint8)
    alpha[:, :10] = 0
    image_files.write(Image(np.full((20, 30, 3), 200, np.uint8), alpha), tmp_path / "through.png")
    presenter, _view = make_presenter()
    presenter.images.open(tmp_path / "through.png")
    presenter.saving.export_comparison(tmp_path / "both.png")
    sheet = image_files.read(tmp_path / "both.png").pixels
    for left in (12, 12 + 90 + 12):
        squares = sheet[12:72, left : left + 24]
        assert len(np.unique(squares.reshape(-1, 3), axis=0)) == 2
        assert squares.max() < 100
        assert abs(int(sheet[40, left + 60, 0]) - 200) <= 2


def test_the_suggested_folder_contains_the_image_or_the_last_result(page, tmp_path):
    presenter, _view = page
    assert presenter.saving.suggest_folder() == tmp_path.resolve()
    (tmp_path / "results").mkdir()
    presenter.saving.save(tmp_path / "results" / "large.png")
    assert presenter.saving.suggest_folder() == tmp_path / "results"


def test_no_folder_is_suggested_for_a_sample(page):
    presenter, _view = page
    presenter.images.open(resources.sample_path("cat.png"))
    assert presenter.state.name == "cat.png"
    assert presenter.saving.suggest_folder() is None


def test_a_second_save_waits_until_the_first_has_ended(page, tmp_path):
    """A new job on the lane would stop the callbacks of the first save, so its end would not be reported."""
    presenter, _view = page
    saving = SteppedLane()
    presenter.saving._lane = saving
    presenter.saving.save(tmp_path / "first.png")
    assert not presenter.state.can_save
    presenter.choose_scale(2)  # upscales again, and ends while the file is being written
    assert presenter.state.has_result
    assert not presenter.state.can_save
    saving.step(2)
    assert presenter.state.status == "Simulation saved as first.png"
    assert presenter.state.can_save


def test_a_notice_lists_metadata_that_is_not_saved(tmp_path):
    text = (("parameters", "steps: 20"),)
    image_files.write(Image(np.full((20, 30, 3), 200, np.uint8), text=text), tmp_path / "text.png")
    presenter, _view = make_presenter()
    presenter.images.open(tmp_path / "text.png")
    presenter.saving.save(tmp_path / "result.gif")
    assert presenter.state.notice == "Saved as result.gif. This text metadata isn't kept: parameters."
    assert presenter.state.notice_kind == "warning"
    presenter.saving.save(tmp_path / "result.jpg")
    assert presenter.state.notice == "Saved as result.jpg."
    assert presenter.state.notice_kind == "done"


def test_buttons_save_a_refused_result(tmp_path):
    """A 16-bit image with transparency can be a JPEG with 8 bits and a background, or a PNG."""
    levels = np.full((20, 30, 3), 40_000, np.uint16)
    image_files.write(Image(levels, np.full((20, 30), 30_000, np.uint16)), tmp_path / "deep.png")
    presenter, _view = make_presenter()
    presenter.images.open(tmp_path / "deep.png")
    presenter.saving.save(tmp_path / "result.jpg")
    white, png = presenter.state.notice_actions
    assert presenter.state.notice_kind == "warning"
    assert (white.title, png.title) == ("Use 8 Bits and White Background", "Save as PNG")
    (tmp_path / "result.png").write_bytes(b"an existing file")
    png.run()
    assert presenter.state.status == "Saved as result (2).png"
    assert image_files.read(tmp_path / "result (2).png").bits == 16
    white.run()
    assert presenter.state.status == "Saved as result.jpg"
    assert (tmp_path / "result.png").read_bytes() == b"an existing file"


def open_photo(folder: Path, name: str = "photo.png"):
    """Return a presenter that shows a small file, and its view."""
    image_files.write(Image(np.full((20, 30, 3), 200, np.uint8)), folder / name)
    presenter, view = make_presenter()
    presenter.images.open(folder / name)
    return presenter, view


def test_one_click_saves_beside_the_image_and_numbers_the_name(tmp_path):
    presenter, _view = open_photo(tmp_path)
    for name in ("photo_x3.png", "photo_x3 (2).png", "photo_x3 (3).png"):
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        assert presenter.saving.save_to_folder()
        assert presenter.state.status == f"Saved as {name}"
        assert image_files.read(tmp_path / name).pixels.shape == (60, 90, 3)
        assert all(path.read_bytes() == content for path, content in before.items())


def test_one_click_uses_the_chosen_format_and_quality(tmp_path):
    presenter, _view = open_photo(tmp_path, "photo.jpeg")
    presenter.choose_output_options(format="jpg", quality=50)
    presenter.saving.save_to_folder()
    assert (tmp_path / "photo_x3.jpeg").exists(), "the extension of the input belongs to the format"
    presenter.choose_output_options(quality=100)
    presenter.saving.save_to_folder()
    assert (tmp_path / "photo_x3.jpeg").stat().st_size < (tmp_path / "photo_x3 (2).jpeg").stat().st_size
    presenter.choose_output_options(format="tif")
    presenter.saving.save_to_folder()
    with PIL.Image.open(tmp_path / "photo_x3.tif") as saved:
        assert saved.format == "TIFF"


def test_a_results_folder_replaces_the_folder_of_the_image(tmp_path):
    (tmp_path / "results").mkdir()
    presenter, _view = open_photo(tmp_path)
    presenter.saving.results_folder = tmp_path / "results"
    presenter.saving.save_to_folder()
    assert (tmp_path / "results" / "photo_x3.png").exists()
    presenter.images.paste(np.full((20, 30, 3), 90, np.uint8))
    presenter.saving.save_to_folder()
    assert (tmp_path / "results" / "pasted 1_x3.png").exists()


def test_a_pasted_image_or_a_sample_has_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    presenter, _view = make_presenter()
    presenter.images.paste(np.full((20, 30, 3), 90, np.uint8))
    assert not presenter.saving.save_to_folder()
    presenter.images.open(resources.sample_path("cat.png"))
    assert not presenter.saving.save_to_folder()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_results_folder_shows_a_notice(tmp_path):
    presenter, _view = open_photo(tmp_path)
    presenter.saving.results_folder = tmp_path / "unplugged"
    presenter.saving.save_to_folder()
    assert "The folder doesn't exist" in presenter.state.notice
    assert presenter.state.notice_actions == ()
    assert presenter.state.can_save


def test_the_notice_of_a_saved_file_opens_it_or_its_folder(tmp_path):
    presenter, view = open_photo(tmp_path)
    presenter.saving.save_to_folder()
    saved = tmp_path / "photo_x3.png"
    assert [action.title for action in presenter.state.notice_actions] == ["Show in Folder", "Open"]
    for action in presenter.state.notice_actions:
        action.run()
    assert view.opened == [("folder", saved), ("file", saved)]
    presenter.choose_scale(2)
    assert (presenter.state.notice, presenter.state.notice_actions) == ("", ())


def test_the_chosen_format_and_quality_are_saved():
    saved_settings: list[CompareSettings] = []
    presenter, _view = make_presenter(saved_settings=saved_settings)
    presenter.choose_output_options(format="webp")
    presenter.choose_output_options(quality=80)
    assert (saved_settings[-1].format, saved_settings[-1].quality) == ("webp", 80)
    again, _view = make_presenter(settings=saved_settings[-1])
    assert (again.state.output_options.format, again.state.output_options.quality) == ("webp", 80)


def test_a_notice_shows_the_warning_about_an_opened_file(tmp_path):
    image_files.write(Image(np.full((20, 30, 3), 200, np.uint8)), tmp_path / "cut.jpg")
    content = (tmp_path / "cut.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[:-2])
    presenter, _view = make_presenter()
    presenter.images.open(tmp_path / "cut.jpg")
    assert presenter.state.notice == "The end of the file is missing, but the image data is complete."
    assert presenter.state.has_result
