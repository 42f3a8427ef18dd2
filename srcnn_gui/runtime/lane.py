"""What a presenter needs of whatever runs its jobs: threads in the window, in place in a test."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Job = Generator[Any, Any, Any]
E = TypeVar("E")
R = TypeVar("R")


def nothing(*_: Any) -> None:
    """Do nothing: for the parts of a job's story that nobody needs."""


class Lane(Protocol):
    """Runs one job at a time; a new one silences the old. Callbacks come on the caller's thread."""

    def start(
        self,
        make_job: Callable[[], Generator[E, Any, R]],
        *,
        on_result: Callable[[R], object],
        on_failure: Callable[[Exception], object],
        on_event: Callable[[E], object] = nothing,
        on_cancelled: Callable[[], object] = nothing,
    ) -> None: ...

    def hint(self, value: Any) -> None: ...

    def pause(self, paused: bool) -> None: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Lanes:
    """A page's lanes: opening and saving go on beside the enlargement."""

    compute: Lane
    open: Lane
    save: Lane
    thumbnails: Lane
    models: Lane
