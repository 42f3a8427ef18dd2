"""Estimates of the remaining time of a run, and of the number of steps of a run with a time limit."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine.training.stopwatch import Stopwatch

_WINDOW = 10  # number of steps in a window, which is timed as a whole
_WINDOW_FRACTION = 0.02  # if steps are slow, a window ends after this fraction of the time limit
_FIRST_WINDOWS = 5  # number of windows before the first estimate of the number of steps
_FIRST_FRACTION = 0.05  # if steps are slow, the first estimate is made after this fraction of the time limit
_FREE_FRACTION = 0.1  # the number of steps is corrected after each window until this fraction of the time limit
_TOLERANCE = 0.02  # later, it is corrected if the estimated duration differs from the time limit by this fraction
_SMOOTHING = 0.02  # weight of a new window in the moving average, which covers about 50 windows


class Pace:
    """Measures the duration of steps and validations, to estimate the remaining time of a run.

    For a run with a time limit, it also estimates the number of steps.

    Parameters
    ----------
    stopwatch : stopwatch of the run, which is paused together with the run
    validate_every : number of steps between two validations
    minutes : time limit of the run in minutes, or None if the number of steps is given
    """

    def __init__(self, stopwatch: Stopwatch, validate_every: int, minutes: float | None = None) -> None:
        self._stopwatch, self._validate_every = stopwatch, validate_every
        self._limit_s = None if minutes is None else 60 * minutes
        self._started_at = stopwatch.seconds()
        self._windows = self._window_step = 0
        self._window_s = self._seconds_per_step = 0.0
        self._validations, self._validation_s = 0, 0.0

    @property
    def seconds(self) -> float:
        """Duration of the run so far in seconds, without pauses.

        For a resumed run, this includes earlier sessions.
        """
        return self._stopwatch.seconds() - self._started_at

    def resume(self, step: int, seconds: float, minutes: float | None) -> None:
        """Restore the state of a resumed run.

        Parameters
        ----------
        step : step of the checkpoint
        seconds : duration of the run until the checkpoint, in seconds
        minutes : time limit of the run in minutes, or None
        """
        self._started_at = self._stopwatch.seconds() - seconds
        self._limit_s = None if minutes is None else 60 * minutes
        self._window_step, self._window_s = step, self.seconds

    @contextmanager
    def measure_validation(self) -> Iterator[None]:
        """Context manager that measures the duration of a validation."""
        before = self.seconds
        yield
        seconds = self.seconds - before
        self._validations += 1
        self._validation_s += (seconds - self._validation_s) / self._validations
        self._window_s += seconds  # exclude the validation from the current window

    def step_done(self, step: int, steps: int | None) -> int | None:
        """Record that a step is done.

        Parameters
        ----------
        step : number of steps done so far
        steps : number of steps of the run, or None while it is unknown

        Returns
        -------
        New value for `steps`. If the run has a time limit, this can be a new estimate.
        """
        seconds = self.seconds
        if (
            step - self._window_step >= _WINDOW
            or self._fraction_of_limit(seconds - self._window_s) >= _WINDOW_FRACTION
        ):
            self._measure((seconds - self._window_s) / (step - self._window_step))
            self._window_step, self._window_s = step, seconds
            corrected = self._steps_in_limit(step, seconds)
            if corrected is not None and self._is_correction_due(step, steps, seconds):
                return corrected
        if steps != step and self._fraction_of_limit(seconds) >= 1:
            return step
        return steps

    def seconds_left(self, step: int, steps: int | None) -> float:
        """Return the estimated time in seconds until the run reaches `steps` steps or its time limit.

        0 if there is no time limit and `steps` is None.
        """
        if step == steps:
            return 0.0
        if self._limit_s is not None:
            return max(self._limit_s - self.seconds, 0.0)
        return 0.0 if steps is None else self._estimate_seconds(step, steps)

    def _estimate_seconds(self, step: int, steps: int) -> float:
        """Return the estimated time in seconds from `step` to `steps`, including validations."""
        seconds_per_step = self._seconds_per_step if self._windows else self.seconds / step
        return (steps - step) * (seconds_per_step + self._validation_s / self._validate_every) + self._validation_s

    def _measure(self, seconds_per_step: float) -> None:
        """Add a window to the moving average. The first window is slow, so the second one replaces it."""
        self._windows += 1
        weight = max(1 / max(self._windows - 1, 1), _SMOOTHING)
        self._seconds_per_step += weight * (seconds_per_step - self._seconds_per_step)

    def _fraction_of_limit(self, seconds: float) -> float:
        """Return a time as a fraction of the time limit, or 0 without a time limit."""
        return 0.0 if self._limit_s is None else seconds / self._limit_s

    def _steps_in_limit(self, step: int, seconds: float) -> int | None:
        """Return the estimated number of steps of the run within its time limit, at least `step` + 1.

        None without a time limit, or while too few steps have been measured.
        """
        is_measured = self._windows >= _FIRST_WINDOWS or self._fraction_of_limit(seconds) >= _FIRST_FRACTION
        if self._limit_s is None or not is_measured:
            return None
        cost_s = self._seconds_per_step + self._validation_s / self._validate_every
        return step + max(1, int((self._limit_s - seconds - self._validation_s) / cost_s))

    def _is_correction_due(self, step: int, steps: int | None, seconds: float) -> bool:
        """Return whether the number of steps of the run must be corrected."""
        if self._limit_s is None or step == steps:  # this is the last step, or the run is being stopped
            return False
        if steps is None or self._fraction_of_limit(seconds) < _FREE_FRACTION:
            return True
        return abs(self._fraction_of_limit(seconds + self._estimate_seconds(step, steps)) - 1) > _TOLERANCE
