"""How long a training has worked, apart from its pauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Time at work since it was made, s; what passes while it is halted does not count."""

    def __init__(self) -> None:
        self._since = perf_counter()

    def seconds(self) -> float:
        return perf_counter() - self._since

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Leave out what happens inside."""
        halted = perf_counter()
        yield
        self._since += perf_counter() - halted
