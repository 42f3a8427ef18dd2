"""What a run tells, and how often it is shown."""

from engine.training.events import Step, Stepped, Validated
from engine.upscaling.events import DeviceFellBack
from srcnn_gui.pages.train.reducer import Follower
from srcnn_gui.pages.train.state import State


def test_what_moves_with_every_step_is_shown_four_times_a_second_at_most():
    now = [100.0]
    follower = Follower(4, lambda: now[0])
    state = State(phase="running")
    shown = []
    for step in range(1, 101):
        now[0] += 0.01
        shown.append(follower.heard(state, Stepped(step, 1000)))
    assert sum(told is not None for told in shown) in (4, 5)
    assert follower.heard(state, Step(100, 1000, 0.1, 1e-3, 10.0, 5.0)) is not None
    assert follower.heard(state, Validated(100, 30.0, 29.0, best=True)) is not None


def test_a_missing_device_is_named_with_the_one_that_is_used_instead():
    state = Follower(4).heard(State(phase="gathering"), DeviceFellBack("mps", "CPU, 2 threads"))
    assert state.notice == "MPS can't be used on this computer; using CPU, 2 threads."
