"""What the window hears of a training that is faster than it can draw."""

import numpy as np

from engine.training.events import Looked, Stepped, Validated
from srcnn_gui.pages.train import jobs

FILTERS = np.zeros((1, 9, 9), np.float32)


def fast(steps: int, heard: list, closed: list):
    """A run whose steps come at once; every tenth shows the filters."""
    try:
        for step in range(1, steps + 1):
            heard.append((yield Stepped(step, steps)))
            if step % 10 == 0:
                yield Looked(step, FILTERS, None)
        yield Validated(steps, 30.0, 29.0, True)
        return "the model"
    finally:
        closed.append(True)


def told(job) -> tuple[list, object]:
    events = []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return events, stop.value


def test_few_steps_are_told_every_figure_is_and_the_last_look_comes_in_the_end():
    events, model = told(jobs.thinned(fast(1000, [], [])))
    steps = [event for event in events if isinstance(event, Stepped)]
    assert model == "the model"
    assert 1 <= len(steps) < 100
    assert [event.step for event in events if isinstance(event, Validated)] == [1000]
    assert isinstance(events[-1], Looked)
    assert events[-1].step == 1000


def test_a_hint_reaches_the_run_and_closing_closes_it():
    heard, closed = [], []
    job = jobs.thinned(fast(50, heard, closed))
    next(job)
    job.send("there")
    assert "there" in heard
    job.close()
    assert closed == [True]
