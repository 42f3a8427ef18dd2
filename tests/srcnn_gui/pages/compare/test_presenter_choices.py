"""Settings on the Compare page: size, ground truth, region, device, models."""

import numpy as np

from engine.imaging.codecs import image_files
from engine.models import catalog
from engine.upscaling import job as upscale_job
from engine.upscaling.request import Target
from srcnn_gui.pages.compare.request import build_request
from srcnn_gui.pages.compare.state import CompareSettings
from tests.srcnn_gui.pages.compare.presenters import make_presenter, open_simulation, texture

GPU = "vulkan:A GPU (with, a comma)"


def test_a_custom_size_uses_the_next_larger_model(image):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.choose_size(Target(factor=2.5))
    assert presenter.state.result_size == "188 × 150 px"
    assert view.panes["model"].shape == (150, 188, 3)
    assert presenter.state.suggested_name == "Bild – 图 1_x2.5.png"
    presenter.choose_size(Target(width=100))
    assert view.panes["model"].shape == (80, 100, 3)
    assert presenter.state.suggested_name == "Bild – 图 1_100px.png"
    presenter.choose_size(Target(factor=2))
    assert (presenter.state.scale, presenter.state.target) == (2, None)


def test_a_print_size_is_described_and_stored_in_the_result(image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    target = Target(width=150, dpi=75)
    assert presenter.describe_result_size(target) == "150 × 120 px, 5.1 × 4.1 cm (2 × 1.6 in) at 75 dpi"
    presenter.choose_size(target)
    assert presenter.state.print_size == "5.1 × 4.1 cm (2 × 1.6 in) at 75 dpi"
    result = presenter.saving.result_image()
    assert result is not None
    assert result.dpi == (75, 75)
    presenter.choose_scale(2)
    assert presenter.state.print_size == "1.3 × 1 cm (0.5 × 0.4 in) at 300 dpi"


def test_an_impossible_size_shows_a_notice_and_changes_nothing(image):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.choose_size(Target(width=10))
    assert "10 px" in presenter.state.notice
    assert view.panes["model"].shape == (180, 225, 3)
    presenter.choose_ground_truth("simulate")
    presenter.choose_size(Target(height=500))
    assert "factor" in presenter.state.notice


def test_a_file_as_ground_truth_chooses_the_scale_and_is_scored(image, tmp_path):
    presenter, view = make_presenter()
    original = tmp_path / "original.png"
    image_files.write(texture(121, 150), original)  # a row more than twice 60: it was cut off
    presenter.images.open(image)
    presenter.images.use_ground_truth(original)
    assert (presenter.state.ground_truth, presenter.state.ground_truth_name, presenter.state.scale) == (
        "file",
        "original.png",
        2,
    )
    assert "ground_truth" in presenter.state.view_layout.contents
    assert view.ground_truth.shape == (120, 150, 3)
    assert not presenter.state.readout.whole_scores.stale
    presenter.choose_ground_truth("none")
    assert presenter.state.readout.reason
    assert "ground_truth" not in presenter.state.view_layout.contents


def test_a_selection_is_scored_until_it_is_cleared(image):
    presenter, _view = open_simulation(image)
    presenter.set_viewport(0, 0, 60, 75)
    presenter.select_region((10, 12, 30, 40))
    assert presenter.state.readout.selected
    assert presenter.state.readout.region_text == "Selected: 40 × 30 px at 12, 10"
    part = presenter.state.readout.region_scores.psnr
    presenter.set_viewport(5, 5, 40, 40)
    assert presenter.state.readout.region_scores.psnr == part, "panning does not change what was drawn"
    presenter.select_region(None)
    assert presenter.state.readout.region_text == "Visible: 40 × 40 px at 5, 5"


def test_self_ensemble_is_requested_and_estimated(image):
    saved_settings: list[CompareSettings] = []
    presenter, view = make_presenter(saved_settings=saved_settings)
    presenter.images.open(image)
    before = view.panes["model"].copy()
    presenter.choose_self_ensemble(True)
    assert saved_settings[-1].self_ensemble
    assert not np.array_equal(before, view.panes["model"])


def test_a_missing_device_is_replaced_by_the_cpu():
    presenter, _view = make_presenter(settings=CompareSettings(device="cuda"))
    presenter.set_devices((("cpu", "CPU, 2 threads"),))
    assert presenter.state.device == "cpu"
    assert presenter.state.device_title == "CPU, 2 threads"
    assert presenter.state.notice == "CUDA isn't available on this computer; using CPU, 2 threads."


def test_stored_vulkan_gpu_is_used_before_and_after_devices_are_known(image):
    presenter, _view = make_presenter(settings=CompareSettings(device=GPU))
    model = catalog.find("9-5-5", 2)
    assert build_request(presenter.state, model).device == GPU, "the job looks for the GPU itself"
    presenter.set_devices(((GPU, "A GPU (Vulkan)"), ("cpu", "CPU, 2 threads")))
    assert build_request(presenter.state, model).device == GPU
    assert presenter.state.device_title == "A GPU (Vulkan)"
    assert not presenter.state.notice


def test_missing_vulkan_gpu_is_named_and_replaced_by_cpu(image):
    presenter, _view = make_presenter(settings=CompareSettings(device=GPU))
    presenter.images.open(image)
    message = "A GPU (with, a comma) isn't available on this computer; using CPU, "
    assert presenter.state.notice.startswith(message), "the job says so"
    assert presenter.state.can_save
    presenter.dismiss_notice()
    presenter.set_devices((("cpu", "CPU, 2 threads"), ("vulkan:Another GPU", "Another GPU")))
    assert presenter.state.notice == message + "2 threads."
    assert presenter.state.device == "cpu"


def test_an_imported_model_is_used_immediately(image, tmp_path, monkeypatch):
    own, source = tmp_path / "own", tmp_path / "elsewhere.safetensors"
    own.mkdir()
    source.write_bytes(catalog.find("9-5-5", 2).path.read_bytes())
    monkeypatch.setattr(catalog.paths, "models_folder", lambda: own)
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.import_model(source)
    assert presenter.state.model.name == "elsewhere"
    assert presenter.state.scale == 2
    assert presenter.state.can_save
    presenter.import_model(tmp_path / "nothing.safetensors")
    assert "nothing" in presenter.state.notice
    assert presenter.state.model.name == "elsewhere"


def test_a_new_model_is_offered_and_a_deleted_one_is_not(image, tmp_path, monkeypatch):
    monkeypatch.setattr(catalog.paths, "models_folder", lambda: tmp_path)
    presenter, _view = make_presenter()
    presenter.images.open(image)
    copy = tmp_path / "mine.safetensors"
    copy.write_bytes(catalog.find("9-5-5", 3).path.read_bytes())
    presenter.reload_models()
    mine = next(choice for choice in presenter.state.models if choice.name == "mine")
    presenter.choose_model(mine.key)
    copy.unlink()
    presenter.reload_models()
    assert presenter.state.model is not None
    assert presenter.state.model.name != "mine"
    assert presenter.state.can_save


def test_a_precision_is_requested_and_stored(image, monkeypatch):
    requests, real = [], upscale_job.upscale
    monkeypatch.setattr(upscale_job, "upscale", lambda *what: requests.append(what[1]) or real(*what))
    saved_settings: list[CompareSettings] = []
    presenter, _view = make_presenter(saved_settings=saved_settings)
    presenter.images.open(image)
    presenter.choose_precision("bfloat16")
    assert [request.precision for request in requests] == ["auto", "bfloat16"]
    assert saved_settings[-1].precision == "bfloat16"
    assert presenter.state.can_save
    again, _view = make_presenter(settings=saved_settings[-1])
    assert again.state.precision == "bfloat16"
    assert make_presenter(settings=CompareSettings(precision="float8"))[0].state.precision == "auto"


def test_the_zoom_of_new_images_and_the_file_names_are_saved():
    saved: list[CompareSettings] = []
    presenter, _view = make_presenter(saved_settings=saved)
    presenter.choose_initial_zoom(100)
    presenter.show_file_names(True)
    assert (saved[-1].initial_zoom, saved[-1].shows_file_names) == (100, True)
    restored, _view = make_presenter(settings=saved[-1])
    assert (restored.state.initial_zoom, restored.state.shows_file_names) == (100, True)
