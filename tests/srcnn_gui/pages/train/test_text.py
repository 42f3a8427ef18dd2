"""Text of the Train page."""

from dataclasses import replace

from engine.models import catalog
from srcnn_gui.pages.train import text
from srcnn_gui.pages.train.state import Curves, Outcome, State


def test_a_training_that_ends_by_itself_sends_a_notification():
    running, idle = State(phase="running"), State()
    done = State(phase="done", outcome=Outcome("a", "/a", "Trained: a, 30.1 dB", ""))

    assert text.build_end_notification(running, done) == ("Training done", "Trained: a, 30.1 dB")
    assert text.build_end_notification(running, replace(idle, notice="Memory ran out.")) == (
        "Training failed",
        "Memory ran out.",
    )
    assert text.build_end_notification(replace(running, phase="stopping"), done) is None, "the user stopped it"
    assert text.build_end_notification(running, idle) is None, "discarded"
    assert text.build_end_notification(idle, done) is None
    assert text.build_end_notification(running, running) is None


def test_a_run_without_improvement_is_not_reported_as_success():
    model = catalog.list_models()[0]
    worse = Curves(psnr=((0, 30.5), (100, 30.1), (200, 30.5)), bicubic_db=30.0)
    outcome = text.describe_outcome(model, worse, stopped=False)
    assert outcome.title == "Training did not improve the initial weights: 30.50 dB (gain +0.50 dB)"
    assert "no later validation PSNR was higher" in outcome.detail
    assert not outcome.has_improved
    better = replace(worse, psnr=(*worse.psnr, (300, 30.6)))
    assert text.describe_outcome(model, better, stopped=False).has_improved
