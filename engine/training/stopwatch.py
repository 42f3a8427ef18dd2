"""Stopwatch for the duration of a run, excluding pauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Stopwatch that can be paused. It starts when it is created."""

    def __init__(self) -> None:
        self._since = perf_counter()

    def seconds(self) -> float:
        """Return the elapsed time in seconds, excluding pauses."""
        return perf_counter() - self._since

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Context manager that pauses the stopwatch until it exits."""
        paused = perf_counter()
        yield
        self._since += perf_counter() - paused
