"""Protocol of the job runners that presenters use: threads in the window, synchronous in tests."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Job = Generator[Any, Any, Any]
E = TypeVar("E")
R = TypeVar("R")


def nothing(*_: Any) -> None:
    """Do nothing: the default callback."""


class Lane(Protocol):
    """Runs one job at a time and cancels the previous one. Callbacks run on the thread of the caller."""

    def start(
        self,
        make_job: Callable[[], Generator[E, Any, R]],
        *,
        on_result: Callable[[R], object],
        on_failure: Callable[[Exception], object],
        on_event: Callable[[E], object] = nothing,
        on_canceled: Callable[[], object] = nothing,
    ) -> None: ...

    def hint(self, value: Any) -> None: ...

    def pause(self, paused: bool) -> None: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Lanes:
    """The lanes of the Compare page; opening and saving run in parallel to upscaling."""

    compute: Lane
    open: Lane
    save: Lane
    thumbnails: Lane
    models: Lane
