"""What a person can choose on the Compare page: size, ground truth, region, device, models."""

import numpy as np

from engine.imaging.codecs import image_files
from engine.models import catalog
from engine.upscaling import job as upscale_job
from srcnn_gui.pages.compare.state import Choices
from tests.srcnn_gui.pages.compare.presenters import presenter, simulating, texture


def test_another_size_goes_through_the_next_model_up(picture):
    made, view = presenter()
    made.pictures.open(picture)
    made.choose_size(factor=2.5)
    assert made.state.output == "188 × 150 px"
    assert view.panes["srcnn"].shape == (150, 188, 3)
    assert made.state.suggested_name == "Bild – 图 1_x2.5.png"
    made.choose_size(width=100)
    assert view.panes["srcnn"].shape == (80, 100, 3)
    assert made.state.suggested_name == "Bild – 图 1_100px.png"
    made.choose_size(factor=2)
    assert (made.state.scale, made.state.target) == (2, None)


def test_a_size_that_cannot_be_is_a_sentence_and_changes_nothing(picture):
    made, view = presenter()
    made.pictures.open(picture)
    made.choose_size(width=10)
    assert "10 px" in made.state.notice
    assert view.panes["srcnn"].shape == (180, 225, 3)
    made.choose_truth("reduced")
    made.choose_size(height=500)
    assert "factor" in made.state.notice


def test_a_file_as_ground_truth_chooses_the_scale_and_is_scored(picture, tmp_path):
    made, view = presenter()
    original = tmp_path / "original.png"
    image_files.write(texture(121, 150), original)  # a row more than twice 60: it was cut off
    made.pictures.open(picture)
    made.pictures.use_truth(original)
    assert (made.state.truth, made.state.truth_name, made.state.scale) == ("file", "original.png", 2)
    assert "truth" in made.state.look.contents
    assert view.truth.shape == (120, 150, 3)
    assert not made.state.readout.whole.stale
    made.choose_truth("none")
    assert made.state.readout.reason
    assert "truth" not in made.state.look.contents


def test_a_drawn_part_is_scored_until_it_is_let_go(picture):
    made, _view = simulating(picture)
    made.see(0, 0, 60, 75)
    made.select((10, 12, 30, 40))
    assert made.state.readout.selected
    assert made.state.readout.region == "Selected: 40 × 30 px at 12, 10"
    part = made.state.readout.visible.psnr
    made.see(5, 5, 40, 40)
    assert made.state.readout.visible.psnr == part, "panning does not change what was drawn"
    made.select(None)
    assert made.state.readout.region == "Visible: 40 × 40 px at 5, 5"


def test_eight_orientations_are_asked_for_and_estimated(picture):
    remembered: list[Choices] = []
    made, view = presenter(remembered=remembered)
    made.pictures.open(picture)
    before = view.panes["srcnn"].copy()
    made.choose_ensemble(True)
    assert remembered[-1].ensemble
    assert not np.array_equal(before, view.panes["srcnn"])


def test_a_device_that_is_gone_is_forgotten():
    made, _view = presenter(choices=Choices(device="cuda"))
    made.devices_found((("cpu", "CPU, 2 threads"),))
    assert made.state.device == "auto"
    assert made.state.running_on == "CPU, 2 threads"


def test_an_imported_model_is_used_at_once(picture, tmp_path, monkeypatch):
    own, source = tmp_path / "own", tmp_path / "elsewhere.safetensors"
    own.mkdir()
    source.write_bytes(catalog.find("9-5-5", 2).path.read_bytes())
    monkeypatch.setattr(catalog.paths, "models", lambda: own)
    made, _view = presenter()
    made.pictures.open(picture)
    made.import_model(source)
    assert made.state.model.name == "elsewhere"
    assert made.state.scale == 2
    assert made.state.can_save
    made.import_model(tmp_path / "nothing.safetensors")
    assert "nothing" in made.state.notice
    assert made.state.model.name == "elsewhere"


def test_a_new_model_is_offered_and_a_deleted_one_is_not(picture, tmp_path, monkeypatch):
    monkeypatch.setattr(catalog.paths, "models", lambda: tmp_path)
    made, _view = presenter()
    made.pictures.open(picture)
    copy = tmp_path / "mine.safetensors"
    copy.write_bytes(catalog.find("9-5-5", 3).path.read_bytes())
    made.models_changed()
    mine = next(choice for choice in made.state.models if choice.name == "mine")
    made.choose_model(mine.key)
    copy.unlink()
    made.models_changed()
    assert made.state.model is not None
    assert made.state.model.name != "mine"
    assert made.state.can_save


def test_a_precision_is_asked_for_and_remembered(picture, monkeypatch):
    asked, real = [], upscale_job.enlarge
    monkeypatch.setattr(upscale_job, "enlarge", lambda *what: asked.append(what[1]) or real(*what))
    remembered: list[Choices] = []
    made, _view = presenter(remembered=remembered)
    made.pictures.open(picture)
    made.choose_precision("bfloat16")
    assert [request.precision for request in asked] == ["auto", "bfloat16"]
    assert remembered[-1].precision == "bfloat16"
    assert made.state.can_save
    again, _view = presenter(choices=remembered[-1])
    assert again.state.precision == "bfloat16"
    assert presenter(choices=Choices(precision="float8"))[0].state.precision == "auto"
