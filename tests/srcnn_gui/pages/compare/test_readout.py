"""Figures as text."""

import shutil
from math import inf

import pytest

from engine.evaluation import job as evaluate
from engine.evaluation.events import PictureScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.metrics import Score
from engine.models import catalog
from srcnn_gui.pages.compare import readout
from srcnn_gui.pages.compare.readout import Figures
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.runtime.translations import decibel, similarity
from tests.srcnn_gui.pages.compare.presenters import presenter, texture


def test_gain_has_its_sign_and_a_true_minus():
    worse = readout.figures(Score(30.0, 0.9), Score(29.5, 0.8), Figures())
    assert worse.psnr == ("30.00", "29.50", "−0.50")
    assert worse.ssim == ("0.9000", "0.8000", "−0.1000")
    assert worse.gain == -1
    assert readout.figures(Score(30.0, 0.9), Score(32.0, 0.95), Figures()).gain == 1


def test_missing_scores_leave_the_old_figures_stale():
    before = readout.figures(Score(30.0, 0.9), Score(31.0, 0.95), Figures())
    after = readout.figures(None, None, before)
    assert after.psnr == before.psnr
    assert after.stale
    assert not before.stale


def test_identical_is_infinite_and_gains_nothing():
    same = readout.figures(Score(inf, 1.0), Score(inf, 1.0), Figures())
    assert same.psnr == ("∞", "∞", "0.00")
    assert same.gain == 0


@pytest.mark.parametrize("scale", catalog.SCALES)
def test_the_readout_is_what_evaluate_prints(data_folder, scale):
    folder = data_folder / "Set5"
    model = catalog.default_for(scale)
    job = evaluate.run(EvaluateRequest(folder, model))
    scored = {event.name: event for event in job if isinstance(event, PictureScored)}
    assert len(scored) == 5
    made, _view = presenter(choices=Choices(scale=scale, model=model.name, precision="float32"))
    for name, event in scored.items():
        made.pictures.open(folder / name)
        made.choose_truth("reduced")
        assert made.state.name == name
        whole = made.state.readout.whole
        assert whole.psnr[:2] == (decibel(event.bicubic.psnr_db), decibel(event.model.psnr_db))
        assert whole.ssim[:2] == (similarity(event.bicubic.ssim), similarity(event.model.ssim))


@pytest.mark.parametrize("scale", catalog.SCALES)
def test_a_gray_image_is_scored_as_evaluate_scores_it(data_folder, tmp_path, scale):
    """Set14's bridge is gray: its figures are of its levels as they are, and the convention beside them says so."""
    shutil.copy(data_folder / "Set14" / "bridge.bmp", tmp_path)
    model = catalog.default_for(scale)
    events = evaluate.run(EvaluateRequest(tmp_path, model))
    scored = next(event for event in events if isinstance(event, PictureScored))
    made, view = presenter(choices=Choices(scale=scale, model=model.name))
    made.pictures.open(tmp_path / "bridge.bmp")
    made.choose_truth("reduced")
    whole = made.state.readout.whole
    assert whole.psnr[:2] == (decibel(scored.bicubic.psnr_db), decibel(scored.model.psnr_db))
    assert whole.ssim[:2] == (similarity(scored.bicubic.ssim), similarity(scored.model.ssim))
    assert made.state.readout.convention == f"Gray levels 0–255, border {scale} px, 8-bit"
    assert view.panes["srcnn"].shape[2] == 1
    made.see(100, 100, 120, 150)
    assert not made.state.readout.visible.stale
    assert made.state.readout.visible.psnr != whole.psnr


def test_the_convention_is_that_of_the_image(tmp_path):
    made, _view = presenter(choices=Choices(scale=2))
    for channels, told in ((1, "Gray levels 0–255"), (3, "Y of BT.601"), (1, "Gray levels 0–255")):
        image_files.write(texture(60, 72, channels), tmp_path / f"{channels}.png")
        made.pictures.open(tmp_path / f"{channels}.png")
        made.choose_truth("reduced")
        assert not made.state.readout.whole.stale
        assert made.state.readout.convention == f"{told}, border 2 px, 8-bit"
