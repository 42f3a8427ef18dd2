"""Measure the time of a run without its pauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Measures the time in seconds since its creation, without pauses."""

    def __init__(self) -> None:
        self._since = perf_counter()

    def seconds(self) -> float:
        """Return the elapsed time."""
        return perf_counter() - self._since

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Exclude the time inside the context."""
        paused = perf_counter()
        yield
        self._since += perf_counter() - paused
