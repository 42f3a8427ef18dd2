"""Changes of the page state after events of a run, and the rate at which they are displayed."""

from engine.training.events import Resumed, StepDone, StoppedEarly, TrainingStats, Validated
from engine.upscaling.events import DeviceFallback
from srcnn_gui.pages.train.reducer import Reducer
from srcnn_gui.pages.train.state import State


def test_progress_is_rendered_at_most_four_times_a_second():
    now = [100.0]
    follower = Reducer(4, lambda: now[0])
    state = State(phase="running")
    states = []
    for step in range(1, 101):
        now[0] += 0.01
        states.append(follower.reduce(state, StepDone(step, 1000)))
    assert sum(shown is not None for shown in states) in (4, 5)
    assert follower.reduce(state, TrainingStats(100, 1000, 0.1, 1e-3, 10.0, 5.0)) is not None
    assert follower.reduce(state, Validated(100, 30.0, 29.0, is_best=True)) is not None


def test_a_device_fallback_names_both_devices():
    state = Reducer(4).reduce(State(phase="preparing"), DeviceFallback("mps", "CPU, 2 threads"))
    assert state.notice == "MPS isn't available on this computer; using CPU, 2 threads."


def test_an_early_stop_is_logged():
    state = Reducer(4).reduce(State(phase="running"), StoppedEarly(1500, 3))
    assert state.log[-1].endswith("Stopped early at step 1,500, after 3 validations without a better model.")


def test_the_curve_of_the_test_set_grows_with_each_validation_and_is_cut_on_resume():
    state = State(phase="running")
    for step, psnr_db in ((0, 30.0), (100, 31.0)):
        state = Reducer(4).reduce(state, Validated(step, 33.0, 29.0, True, psnr_db, 28.0))
    assert state.curves.test == ((0, 30.0), (100, 31.0))
    assert Reducer(4).reduce(state, Validated(200, 33.0, 29.0, is_best=True)).curves.test == state.curves.test
    assert Reducer(4).reduce(state, Resumed(50, 500, ((0, 33.0),))).curves.test == ((0, 30.0),)
