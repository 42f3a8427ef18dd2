"""Throttling of the events of a fast training."""

import numpy as np

from engine.training.events import Snapshot, StepDone, Validated
from srcnn_gui.pages.train import jobs

FILTERS = np.zeros((1, 9, 9), np.float32)


def fast_job(steps: int, hints: list, closed: list):
    """A job that emits steps without delay, with a snapshot every 10 steps."""
    try:
        for step in range(1, steps + 1):
            hints.append((yield StepDone(step, steps)))
            if step % 10 == 0:
                yield Snapshot(step, FILTERS, None)
        yield Validated(steps, 30.0, 29.0, True)
        return "the model"
    finally:
        closed.append(True)


def run_to_end(job) -> tuple[list, object]:
    events = []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return events, stop.value


def test_step_events_are_throttled_and_the_last_snapshot_is_sent():
    events, model = run_to_end(jobs.throttle_events(fast_job(1000, [], [])))
    steps = [event for event in events if isinstance(event, StepDone)]
    assert model == "the model"
    assert 1 <= len(steps) < 100
    assert [event.step for event in events if isinstance(event, Validated)] == [1000]
    assert isinstance(events[-1], Snapshot)
    assert events[-1].step == 1000


def test_a_hint_reaches_the_run_and_closing_closes_it():
    hints, closed = [], []
    job = jobs.throttle_events(fast_job(50, hints, closed))
    next(job)
    job.send("there")
    assert "there" in hints
    job.close()
    assert closed == [True]
