"""The presenter of the Compare page, tested without Qt or threads."""

import shutil

import numpy as np
import pytest

from engine.evaluation import job as evaluate
from engine.evaluation.events import ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image, OutputOptions
from engine.imaging.tiles import Rect
from engine.models import catalog
from engine.upscaling import job as upscale_job
from engine.upscaling.events import DeviceFallback, PrecisionFallback, TileSizeReduced
from srcnn_gui.choices import text as choices_text
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.lane import CompareLanes
from tests.srcnn_gui.lanes import RecordingView, SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.compare.presenters import make_presenter, open_simulation, texture


def test_the_empty_page_explains_how_to_get_scores():
    presenter, view = make_presenter()
    state = view.states[-1]
    assert not state.name
    assert not state.can_save
    assert "ground truth" in state.readout.reason
    assert state.model is not None
    assert presenter.saving.scores_text() == ""


def test_opening_an_image_upscales_it_and_enables_saving(image):
    presenter, view = make_presenter()
    presenter.images.open(image)
    assert presenter.state.name == image.name
    assert presenter.state.image_info == "75 × 60 px, 8-bit RGB"
    assert presenter.state.result_size == "225 × 180 px"
    assert presenter.state.can_save
    assert not presenter.state.working
    assert presenter.state.suggested_name == "Bild – 图 1_x3.png"
    assert view.panes["model"].shape == (180, 225, 3)
    assert {pane for pane, _rect in view.tiles} == {"bicubic", "model"}
    assert presenter.state.readout.reason, "without a ground truth there is a reason, not a number"


def test_simulation_shows_the_scores_of_the_evaluation(image):
    presenter, _view = open_simulation(image)
    job = evaluate.run(EvaluateRequest(image.parent, catalog.default_model(3, simulate=True)))
    scored = next(event for event in job if isinstance(event, ImageScored))
    whole = presenter.state.readout.whole_scores
    assert whole.psnr[0] == f"{scored.bicubic.psnr_db:.2f}"
    assert whole.psnr[1] == f"{scored.model.psnr_db:.2f}"
    assert whole.ssim[1] == f"{scored.model.ssim:.4f}"
    assert presenter.state.readout.convention == "Y channel (BT.601), 8-bit, 3 px border cropped"
    assert f"{scored.model.psnr_db:.2f} dB" in presenter.saving.scores_text()


def test_the_visible_region_is_scored_and_computed_first(image):
    lane = SynchronousLane()
    presenter, _view = open_simulation(image, lane)
    presenter.set_viewport(10, 12, 30, 40)
    assert lane.hints[-1] == Rect(10, 12, 30, 40)
    assert not presenter.state.readout.region_scores.stale
    assert presenter.state.readout.region_text == "Visible: 40 × 30 px at 12, 10"
    presenter.set_viewport(10, 12, 10, 40)
    assert presenter.state.readout.region_scores.stale, "under 11 px there is no score"


def test_choices_are_stored_and_start_an_upscale(image):
    saved_settings: list[CompareSettings] = []
    lane = SynchronousLane()
    presenter, _view = make_presenter(lane, saved_settings=saved_settings)
    presenter.images.open(image)
    before = lane.started
    presenter.choose_scale(2)
    assert lane.started == before + 1
    assert saved_settings[-1].scale == 2
    presenter.choose_scale(2)
    assert lane.started == before + 1, "choosing what is chosen does nothing"


def test_a_scale_without_a_model_cannot_be_chosen(image, tmp_path, monkeypatch):
    built_in = tmp_path / "weights"
    built_in.mkdir()
    for path in catalog.built_in_directory().glob("*-x[23].safetensors"):
        shutil.copy(path, built_in)
    monkeypatch.setattr(catalog, "built_in_directory", lambda: built_in)
    presenter, _view = make_presenter()
    presenter.images.open(image)
    assert presenter.state.scales == (2, 3)
    presenter.choose_scale(4)
    assert presenter.state.scale == 3
    for scale in presenter.state.scales:
        presenter.choose_scale(scale)
        assert presenter.state.result_size == f"{75 * scale} × {60 * scale} px"


def test_an_unreadable_file_shows_a_notice_and_keeps_the_image(image, tmp_path):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is text")
    presenter.images.open(broken)
    assert "broken.png" in presenter.state.notice
    assert presenter.state.name == image.name
    assert presenter.state.can_save
    presenter.dismiss_notice()
    assert not presenter.state.notice


def test_an_unreadable_file_does_not_disturb_a_running_upscale(image, tmp_path):
    lane = SteppedLane()
    presenter, view = make_presenter(lane)
    presenter.images.open(image)
    lane.step(2)
    presenter.images.open(tmp_path / "missing.png")
    assert "missing.png" in presenter.state.notice
    assert presenter.state.working
    lane.step(100)
    assert presenter.state.can_save
    assert view.panes["model"].any()


def test_stopping_keeps_the_finished_tiles(image):
    lane = SteppedLane()
    presenter, view = make_presenter(lane)
    presenter.images.open(image)
    lane.step(3)  # started, and two tiles
    assert presenter.state.working
    tile_count = len(view.tiles)
    presenter.cancel()
    assert not presenter.state.working
    assert presenter.state.status == "Stopped"
    assert len(view.tiles) == tile_count
    assert not presenter.state.can_save


def test_saving_writes_the_result(image, tmp_path):
    presenter, view = make_presenter()
    presenter.images.open(image)
    target = tmp_path / "out ü.png"
    presenter.saving.save(target)
    assert np.array_equal(image_files.read(target).pixels, view.panes["model"])
    assert presenter.state.status == "Saved as out ü.png"


def test_the_source_is_not_overwritten(image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    before = image.read_bytes()
    presenter.saving.save(image)
    assert image.read_bytes() == before
    assert "is the input file" in presenter.state.notice


def test_a_failed_save_shows_a_notice_and_can_be_repeated(image, tmp_path):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.saving.save(tmp_path / "nowhere" / "out.png")
    assert "out.png" in presenter.state.notice
    assert presenter.state.can_save
    presenter.saving.save(tmp_path / "out.xyz")
    assert "out.xyz" in presenter.state.notice


def test_samples_are_simulated_and_other_images_are_not(image):
    saved_settings: list[CompareSettings] = []
    presenter, _view = make_presenter(saved_settings=saved_settings)
    presenter.images.open(resources.sample_path("cat.png"))
    assert presenter.state.ground_truth == "simulate"
    assert not presenter.state.readout.whole_scores.stale
    presenter.images.open(image)
    assert presenter.state.ground_truth == "none"
    assert presenter.state.result_size == "225 × 180 px"


def test_scores_of_the_previous_image_are_not_shown(image, tmp_path):
    presenter, _view = open_simulation(image)
    assert presenter.state.readout.whole_scores.psnr[1] != "–"
    tiny = tmp_path / "tiny.png"
    image_files.write(texture(12, 12), tiny)
    presenter.images.open(tiny)
    presenter.choose_ground_truth("simulate")
    assert presenter.state.readout.whole_scores.psnr == ("–", "–", "–")
    assert "too small" in presenter.state.readout.reason


def test_an_image_smaller_than_the_scale_shows_a_notice(tmp_path):
    dot = tmp_path / "dot.png"
    image_files.write(texture(1, 1), dot)
    presenter, _view = open_simulation(dot)
    assert "too small" in presenter.state.notice
    presenter.choose_scale(2)
    assert presenter.state.result_size == "2 × 2 px"
    assert presenter.state.can_save
    assert not presenter.state.notice


def test_a_stopped_upscale_can_be_started_again(image):
    lane = SteppedLane()
    presenter, _view = make_presenter(lane)
    presenter.images.open(image)
    lane.step(3)
    presenter.toggle_running()
    assert presenter.state.can_start
    assert not presenter.state.working
    presenter.toggle_running()
    lane.step(100)
    assert presenter.state.can_save
    assert not presenter.state.can_start


def test_the_estimated_time_follows_the_measured_time(image, monkeypatch):
    monkeypatch.setattr(choices_text, "compute_operations_per_second", lambda *_measured: 1e3)
    presenter, _view = make_presenter()
    before = presenter.state.estimated_time
    presenter.images.open(image)
    shown = presenter.state.estimated_time
    presenter.choose_scale(2)
    presenter.choose_scale(3)
    assert presenter.state.estimated_time == shown != before, "the estimate is already based on the first result"


def test_starting_again_removes_the_notice_of_the_failure(image):
    lane = SteppedLane()
    presenter, _view = make_presenter(lane)
    presenter.images.open(image)
    lane.callbacks[2](RuntimeError("first"))
    assert presenter.state.notice
    presenter.toggle_running()
    assert presenter.state.notice == ""


def test_saving_is_disabled_while_a_file_is_written(image, tmp_path):
    view, save_lane = RecordingView(), SteppedLane()
    presenter = Presenter(
        view,
        CompareLanes(SynchronousLane(), SynchronousLane(), save_lane, *(SynchronousLane() for _each in range(3))),
        CompareSettings(),
        lambda _settings: None,
    )
    presenter.images.open(image)
    presenter.saving.save(tmp_path / "one.png")
    assert not presenter.state.can_save
    save_lane.step(5)
    assert presenter.state.can_save


def test_library_models_with_a_built_in_name_have_another_title(image, tmp_path, monkeypatch):
    shipped = catalog.find("9-1-5", 3)
    (tmp_path / shipped.path.name).write_bytes(shipped.path.read_bytes())
    monkeypatch.setattr(catalog.paths, "models_folder", lambda: tmp_path)
    presenter, _view = make_presenter()
    same = [choice for choice in presenter.state.models if choice.name == shipped.name]
    assert len({choice.title for choice in same}) == 2
    presenter.choose_model(same[1].key)
    assert presenter.state.model == same[1]


def test_invalid_stored_choices_fall_back_to_defaults(image):
    presenter, _view = make_presenter(settings=CompareSettings(scale=7, model="gone"))
    assert presenter.state.scale in presenter.state.scales
    presenter.images.open(image)
    assert presenter.state.can_save


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (DeviceFallback("cuda", "CPU, 2 threads"), "CUDA isn't available on this computer; using CPU, 2 threads."),
        (TileSizeReduced(1024, 512), "using 512 px tiles."),
        (PrecisionFallback("float16", "float32"), "float16 failed on this device; using float32."),
    ],
)
def test_a_fallback_of_a_job_shows_a_notice(event, sentence, image, monkeypatch):
    real = upscale_job.upscale

    def upscale(*asked):
        yield event
        return (yield from real(*asked))

    monkeypatch.setattr(upscale_job, "upscale", upscale)
    presenter, _view = make_presenter()
    presenter.images.open(image)
    assert sentence in presenter.state.notice
    assert presenter.state.can_save


def test_identical_images_have_infinite_psnr(tmp_path):
    flat = tmp_path / "flat.png"
    image_files.write(Image(np.full((60, 60, 1), 128, np.uint8)), flat)
    presenter, _view = open_simulation(flat)
    assert presenter.state.readout.whole_scores.psnr[0] == "∞"


@pytest.mark.parametrize(("setting", "value"), [("strength", 0), ("sharpness", 80)])
def test_a_new_percentage_upscales_again_with_a_photo_model(tmp_path, setting, value):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    image_files.write(Image(pixels), tmp_path / "a.jpg", OutputOptions(quality=50))
    presenter, _view = make_presenter()
    presenter.images.open(tmp_path / "a.jpg")
    assert presenter.state.model.has_strength
    choose, default = getattr(presenter, f"choose_{setting}"), getattr(presenter.state, setting)
    before = presenter.saving.result_image().pixels
    choose(value)
    assert presenter.state.has_result
    assert not np.array_equal(presenter.saving.result_image().pixels, before)
    choose(default)
    assert np.array_equal(presenter.saving.result_image().pixels, before)


def test_a_model_for_clean_images_has_no_strength(image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    assert not presenter.state.model.has_strength


def test_a_seamless_texture_is_upscaled_again(image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    before = presenter.saving.result_image().pixels
    presenter.choose_seamless(True)
    after = presenter.saving.result_image().pixels
    assert not np.array_equal(before[:, 0], after[:, 0])
    assert np.array_equal(
        before[before.shape[0] // 2, before.shape[1] // 2], after[after.shape[0] // 2, after.shape[1] // 2]
    )
