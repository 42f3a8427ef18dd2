"""Protocol of the job runners that presenters use. They use threads in the window, but not in tests."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Job = Generator[Any, Any, Any]
E = TypeVar("E")
R = TypeVar("R")


def do_nothing(*_: Any) -> None:
    """Do nothing. This is the default callback."""


class Lane(Protocol):
    """Job runner that cancels the current job when a new one starts.

    Callbacks run on the thread that calls `start`. See `srcnn_gui.runtime.task.Lane` for the methods.
    """

    def start(
        self,
        make_job: Callable[[], Generator[E, Any, R]],
        *,
        on_result: Callable[[R], object],
        on_failure: Callable[[Exception], object],
        on_event: Callable[[E], object] = do_nothing,
        on_canceled: Callable[[], object] = do_nothing,
    ) -> None: ...

    def hint(self, value: Any) -> None: ...

    def pause(self, paused: bool) -> None: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Lanes:
    """Lanes of the Compare page. Images can be opened and saved while another one is upscaled."""

    compute: Lane
    open: Lane
    save: Lane
    thumbnails: Lane
    models: Lane
