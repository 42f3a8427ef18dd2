"""The text of the scores on the Compare page."""

import shutil
from math import inf

import pytest

from engine.evaluation import job as evaluate
from engine.evaluation.events import ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.metrics import Score
from engine.models import catalog
from srcnn_gui.pages.compare import readout
from srcnn_gui.pages.compare.readout import ScoreGroup
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.runtime.translations import format_psnr, format_ssim
from tests.srcnn_gui.pages.compare.presenters import make_presenter, texture


def test_negative_gain_has_a_minus_sign():
    worse = readout.format_score_group(Score(30.0, 0.9), Score(29.5, 0.8), ScoreGroup())
    assert worse.psnr == ("30.00", "29.50", "−0.50")
    assert worse.ssim == ("0.9000", "0.8000", "−0.1000")
    assert worse.gain == -1
    assert readout.format_score_group(Score(30.0, 0.9), Score(32.0, 0.95), ScoreGroup()).gain == 1


def test_missing_scores_mark_the_previous_ones_as_stale():
    before = readout.format_score_group(Score(30.0, 0.9), Score(31.0, 0.95), ScoreGroup())
    after = readout.format_score_group(None, None, before)
    assert after.psnr == before.psnr
    assert after.stale
    assert not before.stale


def test_identical_images_have_infinite_psnr_and_no_gain():
    same = readout.format_score_group(Score(inf, 1.0), Score(inf, 1.0), ScoreGroup())
    assert same.psnr == ("∞", "∞", "0.00")
    assert same.gain == 0


@pytest.mark.parametrize("scale", catalog.SCALES)
def test_the_readout_equals_the_output_of_evaluate(data_folder, tmp_path, scale):
    """Compare with `srcnn evaluate` on the two smallest images of Set5."""
    folder, names = tmp_path, {"butterfly_GT.bmp", "woman_GT.bmp"}
    for name in names:
        shutil.copy(data_folder / "Set5" / name, folder)
    model = catalog.default_model(scale)
    job = evaluate.run(EvaluateRequest(folder, model))
    scored = {event.name: event for event in job if isinstance(event, ImageScored)}
    assert scored.keys() == names
    presenter, _view = make_presenter(settings=CompareSettings(scale=scale, model=model.name, precision="float32"))
    for name, event in scored.items():
        presenter.images.open(folder / name)
        presenter.choose_ground_truth("simulate")
        assert presenter.state.name == name
        whole = presenter.state.readout.whole_scores
        assert whole.psnr[:2] == (format_psnr(event.bicubic.psnr_db), format_psnr(event.model.psnr_db))
        assert whole.ssim[:2] == (format_ssim(event.bicubic.ssim), format_ssim(event.model.ssim))


@pytest.mark.parametrize("scale", catalog.SCALES)
def test_a_gray_image_is_scored_as_evaluate_scores_it(data_folder, tmp_path, scale):
    """The image "bridge" of Set14 is gray.

    Its gray levels are scored, as the displayed convention states.
    """
    shutil.copy(data_folder / "Set14" / "bridge.bmp", tmp_path)
    model = catalog.default_model(scale)
    events = evaluate.run(EvaluateRequest(tmp_path, model))
    scored = next(event for event in events if isinstance(event, ImageScored))
    presenter, view = make_presenter(settings=CompareSettings(scale=scale, model=model.name))
    presenter.images.open(tmp_path / "bridge.bmp")
    presenter.choose_ground_truth("simulate")
    whole = presenter.state.readout.whole_scores
    assert whole.psnr[:2] == (format_psnr(scored.bicubic.psnr_db), format_psnr(scored.model.psnr_db))
    assert whole.ssim[:2] == (format_ssim(scored.bicubic.ssim), format_ssim(scored.model.ssim))
    assert presenter.state.readout.convention == f"Gray (0–255), 8-bit, {scale} px border cropped"
    assert view.panes["model"].shape[2] == 1
    presenter.set_viewport(100, 100, 120, 150)
    assert not presenter.state.readout.region_scores.stale
    assert presenter.state.readout.region_scores.psnr != whole.psnr


def test_the_convention_depends_on_the_image(tmp_path):
    presenter, _view = make_presenter(settings=CompareSettings(scale=2))
    for channels, convention in ((1, "Gray (0–255)"), (3, "Y channel (BT.601)"), (1, "Gray (0–255)")):
        image_files.write(texture(60, 72, channels), tmp_path / f"{channels}.png")
        presenter.images.open(tmp_path / f"{channels}.png")
        presenter.choose_ground_truth("simulate")
        assert not presenter.state.readout.whole_scores.stale
        assert presenter.state.readout.convention == f"{convention}, 8-bit, 2 px border cropped"
