"""Steps and remaining time of runs that are limited by time, with a simulated clock."""

import pytest

from engine.training import stopwatch
from engine.training.pace import Pace
from engine.training.request import STANDARD_RECIPE
from engine.training.schedule import learning_rate

VALIDATE_EVERY = 500


class SimulatedRun:
    """A run on a simulated clock. `step_s` returns the duration in seconds of each step."""

    def __init__(self, monkeypatch, step_s, validation_s=0.0):
        self.now = 0.0
        self.step_s, self.validation_s = step_s, validation_s
        monkeypatch.setattr(stopwatch, "perf_counter", lambda: self.now)
        self.step = 0
        self.steps = None
        self.rates = []
        self.seconds_left = []

    def train(self, pace, until=None):
        while (self.steps is None or self.step < self.steps) and self.step != until:
            self.rates.append(learning_rate(STANDARD_RECIPE, self.step, self.steps))
            self.now += self.step_s(self.step)
            self.step += 1
            self.steps = pace.step_done(self.step, self.steps)
            if self.step % 50 == 0:
                self.seconds_left.append((self.now, pace.seconds_left(self.step, self.steps)))
            if self.step % VALIDATE_EVERY == 0 or self.step == self.steps:
                with pace.measure_validation():
                    self.now += self.validation_s

    def pace(self, minutes=None):
        return Pace(stopwatch.Stopwatch(), VALIDATE_EVERY, minutes)


SPEEDS = {
    "steady": (lambda _: 0.02, 0),
    "slow first steps": (lambda step: 1.0 if step < 3 else 0.01, 0),
    "slow start": (lambda step: 0.05 if step < 100 else 0.01, 0),
    "slower from the middle": (lambda step: 0.01 if step < 3000 else 0.04, 0),
    "faster from the middle": (lambda step: 0.04 if step < 750 else 0.01, 0),
    "long validations": (lambda _: 0.01, 1.5),
    "long steps": (lambda _: 2.0, 0),
}


@pytest.mark.parametrize(("step_s", "validation_s"), SPEEDS.values(), ids=SPEEDS)
def test_run_takes_its_minutes_and_ends_its_schedule(monkeypatch, step_s, validation_s):
    run = SimulatedRun(monkeypatch, step_s, validation_s)
    run.train(run.pace(minutes=1))
    assert run.now == pytest.approx(60, rel=0.05)
    assert run.rates[-1] < 0.05 * max(run.rates)
    assert run.steps == run.step


def test_steady_run_keeps_its_number_of_steps(monkeypatch):
    run, seen = SimulatedRun(monkeypatch, lambda _: 0.02), set()
    pace = run.pace(minutes=1)
    for step in range(50, 3000, 50):
        run.train(pace, until=step)
        seen.add(run.steps)
    assert max(seen) - min(seen) <= 2


@pytest.mark.parametrize("minutes", [1, None])
def test_remaining_time_is_stable(monkeypatch, minutes):
    """The duration of the steps varies by a factor of four, and a validation takes as long as 50 steps."""
    run = SimulatedRun(monkeypatch, lambda step: (0.01, 0.04)[step // 10 % 2], 1.0)
    pace = run.pace(minutes)
    run.steps = None if minutes else 2200
    run.train(pace)
    ends = [now + left for now, left in run.seconds_left if left]
    assert max(ends) - min(ends) < 0.1 * run.now
    assert run.seconds_left[-1][1] <= 1 or minutes


def test_resumed_run_takes_the_rest_of_its_minutes(monkeypatch):
    run = SimulatedRun(monkeypatch, lambda _: 0.02)
    first = run.pace(minutes=1)
    run.train(first, until=2000)
    run.now += 3600  # between the two processes
    rest = run.pace(minutes=1)
    rest.resume(run.step, 40.0, 1)
    run.train(rest)
    assert run.now - 3600 == pytest.approx(60, rel=0.02)


def test_stopped_run_stays_stopped(monkeypatch):
    run = SimulatedRun(monkeypatch, lambda _: 0.02)
    pace = run.pace(minutes=1)
    run.train(pace, until=99)
    run.now += 0.02
    assert pace.step_done(100, 100) == 100
    assert pace.seconds_left(100, 100) == 0


def test_given_number_of_steps_is_kept(monkeypatch):
    run = SimulatedRun(monkeypatch, lambda step: (0.01, 0.5)[step > 300])
    run.steps = 400
    run.train(run.pace())
    assert run.step == 400
