"""Stopwatch for the duration of a run, without its pauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Stopwatch that starts when it is created, and can be paused."""

    def __init__(self) -> None:
        self._since = perf_counter()

    def seconds(self) -> float:
        """Return the elapsed time in seconds, without pauses."""
        return perf_counter() - self._since

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Context manager that pauses the stopwatch."""
        paused = perf_counter()
        yield
        self._since += perf_counter() - paused
