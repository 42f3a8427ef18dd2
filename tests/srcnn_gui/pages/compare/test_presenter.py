"""The Compare page's decisions, without Qt, threads or a display."""

import numpy as np
import pytest

from engine.evaluation import job as evaluate
from engine.evaluation.events import PictureScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from engine.imaging.tiles import Rect
from engine.models import catalog
from engine.upscaling import job as upscale_job
from engine.upscaling.events import DeviceFellBack, PrecisionFellBack, TileShrunk
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.lane import Lanes
from tests.srcnn_gui.lanes import InPlaceLane, RecordingView, SteppedLane
from tests.srcnn_gui.pages.compare.presenters import presenter, simulating, texture


def test_empty_says_what_a_figure_needs():
    made, view = presenter()
    state = view.states[-1]
    assert not state.name
    assert not state.can_save
    assert "ground truth" in state.readout.reason
    assert state.model is not None
    assert made.saving.scores_text() == ""


def test_opening_enlarges_in_plain_mode_and_offers_to_save(picture):
    made, view = presenter()
    made.pictures.open(picture)
    assert made.state.name == picture.name
    assert made.state.facts == "75 × 60 px, 8-bit RGB"
    assert made.state.output == "225 × 180 px"
    assert made.state.can_save
    assert not made.state.working
    assert made.state.suggested_name == "Bild – 图 1_x3.png"
    assert view.panes["srcnn"].shape == (180, 225, 3)
    assert {pane for pane, _rect in view.tiles} == {"bicubic", "srcnn"}
    assert made.state.readout.reason, "without a ground truth there is a reason, not a number"


def test_reference_mode_shows_the_figures_of_the_evaluation(picture):
    made, _view = simulating(picture)
    job = evaluate.run(EvaluateRequest(picture.parent, catalog.default_for(3)))
    scored = next(event for event in job if isinstance(event, PictureScored))
    whole = made.state.readout.whole
    assert whole.psnr[0] == f"{scored.bicubic.psnr_db:.2f}"
    assert whole.psnr[1] == f"{scored.model.psnr_db:.2f}"
    assert whole.ssim[1] == f"{scored.model.ssim:.4f}"
    assert made.state.readout.convention == "Y of BT.601, border 3 px, 8-bit"
    assert f"{scored.model.psnr_db:.2f} dB" in made.saving.scores_text()


def test_visible_region_is_scored_at_once_and_hinted(picture):
    lane = InPlaceLane()
    made, _view = simulating(picture, lane)
    made.see(10, 12, 30, 40)
    assert lane.hints[-1] == Rect(10, 12, 30, 40)
    assert not made.state.readout.visible.stale
    assert made.state.readout.region == "Visible: 40 × 30 px at 12, 10"
    made.see(10, 12, 10, 40)
    assert made.state.readout.visible.stale, "under 11 px there is no score"


def test_choices_are_remembered_and_enlarge_again(picture):
    remembered: list[Choices] = []
    lane = InPlaceLane()
    made, _view = presenter(lane, remembered=remembered)
    made.pictures.open(picture)
    before = lane.started
    made.choose_scale(2)
    assert lane.started == before + 1
    assert remembered[-1].scale == 2
    made.choose_scale(2)
    assert lane.started == before + 1, "choosing what is chosen does nothing"


def test_a_scale_without_a_model_cannot_be_chosen(picture):
    made, _view = presenter()
    made.pictures.open(picture)
    missing = [scale for scale in (2, 3, 4) if scale not in made.state.scales]
    for scale in missing:
        made.choose_scale(scale)
        assert made.state.scale != scale
    for scale in made.state.scales:
        made.choose_scale(scale)
        assert made.state.output == f"{75 * scale} × {60 * scale} px"


def test_unreadable_file_is_a_sentence_and_the_picture_before_stays(picture, tmp_path):
    made, _view = presenter()
    made.pictures.open(picture)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is text")
    made.pictures.open(broken)
    assert "broken.png" in made.state.notice
    assert made.state.name == picture.name
    assert made.state.can_save
    made.dismiss()
    assert not made.state.notice


def test_unreadable_file_does_not_disturb_the_work_going_on(picture, tmp_path):
    lane = SteppedLane()
    made, view = presenter(lane)
    made.pictures.open(picture)
    lane.step(2)
    made.pictures.open(tmp_path / "missing.png")
    assert "missing.png" in made.state.notice
    assert made.state.working
    lane.step(100)
    assert made.state.can_save
    assert view.panes["srcnn"].any()


def test_stop_keeps_what_is_there(picture):
    lane = SteppedLane()
    made, view = presenter(lane)
    made.pictures.open(picture)
    lane.step(3)  # started, and two tiles
    assert made.state.working
    shown = len(view.tiles)
    made.cancel()
    assert not made.state.working
    assert made.state.status == "Stopped"
    assert len(view.tiles) == shown
    assert not made.state.can_save


def test_saving_writes_the_result(picture, tmp_path):
    made, view = presenter()
    made.pictures.open(picture)
    target = tmp_path / "out ü.png"
    made.saving.save(target)
    assert np.array_equal(image_files.read(target).pixels, view.panes["srcnn"])
    assert made.state.status == "Saved as out ü.png"


def test_the_source_is_not_overwritten(picture):
    made, _view = presenter()
    made.pictures.open(picture)
    before = picture.read_bytes()
    made.saving.save(picture)
    assert picture.read_bytes() == before
    assert "picture itself" in made.state.notice


def test_failing_to_save_is_a_sentence_and_can_be_tried_again(picture, tmp_path):
    made, _view = presenter()
    made.pictures.open(picture)
    made.saving.save(tmp_path / "nowhere" / "out.png")
    assert "out.png" in made.state.notice
    assert made.state.can_save
    made.saving.save(tmp_path / "out.xyz")
    assert "out.xyz" in made.state.notice


def test_samples_open_in_reference_mode_and_change_nothing_for_other_pictures(picture):
    remembered: list[Choices] = []
    made, _view = presenter(remembered=remembered)
    made.pictures.open(resources.sample("cat.png"))
    assert made.state.truth == "reduced"
    assert not made.state.readout.whole.stale
    made.pictures.open(picture)
    assert made.state.truth == "none"
    assert made.state.output == "225 × 180 px"


def test_another_pictures_figures_never_stay(picture, tmp_path):
    made, _view = simulating(picture)
    assert made.state.readout.whole.psnr[1] != "–"
    tiny = tmp_path / "tiny.png"
    image_files.write(texture(12, 12), tiny)
    made.pictures.open(tiny)
    made.choose_truth("reduced")
    assert made.state.readout.whole.psnr == ("–", "–", "–")
    assert "too small" in made.state.readout.reason


def test_a_ground_truth_smaller_than_the_scale_is_a_sentence(tmp_path):
    dot = tmp_path / "dot.png"
    image_files.write(texture(1, 1), dot)
    made, _view = simulating(dot)
    assert "too small" in made.state.notice
    made.choose_scale(2)
    assert made.state.output == "2 × 2 px"
    assert made.state.can_save
    assert not made.state.notice


def test_stopped_work_can_be_started_again(picture):
    lane = SteppedLane()
    made, _view = presenter(lane)
    made.pictures.open(picture)
    lane.step(3)
    made.stop_or_start()
    assert made.state.can_start
    assert not made.state.working
    made.stop_or_start()
    lane.step(100)
    assert made.state.can_save
    assert not made.state.can_start


def test_while_saving_nothing_else_is_saved(picture, tmp_path):
    view, save_lane = RecordingView(), SteppedLane()
    made = Presenter(
        view,
        Lanes(InPlaceLane(), InPlaceLane(), save_lane, InPlaceLane(), InPlaceLane()),
        Choices(),
        lambda _choices: None,
    )
    made.pictures.open(picture)
    made.saving.save(tmp_path / "one.png")
    assert not made.state.can_save
    save_lane.step(5)
    assert made.state.can_save


def test_own_models_of_a_shipped_name_can_be_told_apart(picture, tmp_path, monkeypatch):
    shipped = catalog.default_for(3)
    (tmp_path / shipped.path.name).write_bytes(shipped.path.read_bytes())
    monkeypatch.setattr(catalog.paths, "models", lambda: tmp_path)
    made, _view = presenter()
    same = [choice for choice in made.state.models if choice.name == shipped.name]
    assert len({choice.title for choice in same}) == 2
    made.choose_model(same[1].key)
    assert made.state.model == same[1]


def test_remembered_nonsense_falls_back(picture):
    made, _view = presenter(choices=Choices(scale=7, model="gone"))
    assert made.state.scale in made.state.scales
    made.pictures.open(picture)
    assert made.state.can_save


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (DeviceFellBack("cuda", "CPU, 2 threads"), "CUDA can't be used on this computer; using CPU, 2 threads."),
        (TileShrunk(1024, 512), "using 512 px tiles."),
        (PrecisionFellBack("float16", "float32"), "float16 failed on this device; using float32."),
    ],
)
def test_what_a_job_had_to_change_is_said(event, said, picture, monkeypatch):
    real = upscale_job.enlarge

    def enlarge(*asked):
        yield event
        return (yield from real(*asked))

    monkeypatch.setattr(upscale_job, "enlarge", enlarge)
    made, _view = presenter()
    made.pictures.open(picture)
    assert said in made.state.notice
    assert made.state.can_save


def test_identical_pictures_show_infinity(tmp_path):
    flat = tmp_path / "flat.png"
    image_files.write(Picture(np.full((60, 60, 1), 128, np.uint8)), flat)
    made, _view = simulating(flat)
    assert made.state.readout.whole.psnr[0] == "∞"
