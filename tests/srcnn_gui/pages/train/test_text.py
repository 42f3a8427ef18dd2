"""Texts of the Train page."""

from dataclasses import replace

from srcnn_gui.pages.train import text
from srcnn_gui.pages.train.state import Outcome, State


def test_a_training_that_ends_without_a_request_is_a_notification():
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
