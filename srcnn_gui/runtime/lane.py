"""Protocol of lanes, the runners for background jobs of a page. Tests use lanes without threads."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Job = Generator[Any, Any, Any]
E = TypeVar("E")
R = TypeVar("R")


def do_nothing(*_: Any) -> None:
    """Ignore all arguments and do nothing. This is the default callback."""


class Lane(Protocol):
    """Job runner that cancels the current job when a new one starts.

    Callbacks run on the thread that calls `start`. The methods are described in `srcnn_gui.runtime.task.Lane`.
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
class CompareLanes:
    """Lanes of the Compare page: one for each kind of job, so that different jobs run in parallel.

    Attributes
    ----------
    compute : upscales the image
    open, save : open images and save results
    thumbnails : loads the thumbnails of open images
    models : imports model files
    measure : measures the artifacts of the image
    """

    compute: Lane
    open: Lane
    save: Lane
    thumbnails: Lane
    models: Lane
    measure: Lane
