"""Figures as text."""

from math import inf

from engine.imaging.metrics import Score
from srcnn_gui.pages.compare import readout
from srcnn_gui.pages.compare.readout import Figures


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
