"""Lanes that run jobs without threads, and a view that records its calls."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from srcnn_gui.pages.compare.state import State


class SynchronousLane:
    """Lane that runs a job to its end before `start` returns. Exceptions are passed to `on_failure`."""

    def __init__(self) -> None:
        self.hints: list[Any] = []
        self.paused: list[bool] = []
        self.started = 0

    def start(
        self, make_job: Callable[[], Any], *, on_result, on_failure, on_event=lambda _event: None, on_canceled=None
    ):
        self.started += 1
        try:
            job = make_job()
            while True:
                on_event(next(job))
        except StopIteration as stop:
            on_result(stop.value)
        except Exception as error:
            on_failure(error)

    def hint(self, value: Any) -> None:
        self.hints.append(value)

    def pause(self, paused: bool) -> None:
        self.paused.append(paused)

    def cancel(self) -> None:
        """Do nothing, because the job is already done."""


class SteppedLane(SynchronousLane):
    """Lane whose job advances only when the test calls `step`. A new job replaces the old one."""

    def start(self, make_job, *, on_result, on_failure, on_event=lambda _event: None, on_canceled=lambda: None):
        self.started += 1
        self.job, self._newest, self._begun = make_job(), None, False
        self.callbacks = (on_event, on_result, on_failure, on_canceled)

    def step(self, times: int = 1) -> None:
        """Advance the job by a number of events."""
        on_event, on_result, on_failure, _on_canceled = self.callbacks
        for _time in range(times):
            try:
                event = self.job.send(self._newest if self._begun else None)
                self._begun = True
                on_event(event)
            except StopIteration as stop:
                on_result(stop.value)
                return
            except Exception as error:
                on_failure(error)
                return

    def hint(self, value: Any) -> None:
        super().hint(value)
        self._newest = value

    def cancel(self) -> None:
        self.job.close()
        self.callbacks[3]()


class RecordingView:
    """View that records its calls."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.tiles: list[tuple[str, Any]] = []
        self.panes: dict[str, np.ndarray] = {}
        self.image: np.ndarray | None = None
        self.ground_truth: np.ndarray | None = None
        self.original: np.ndarray | None = None
        self.thumbnails: dict[int, np.ndarray] = {}
        self.alpha: np.ndarray | None = None
        self.transparency: list[dict[str, np.ndarray]] = []
        self.opened: list[tuple[str, Path]] = []

    def display(self, state: State) -> None:
        assert state.model is None or state.model in state.models, "a view finds the model in its menu"
        self.states.append(state)

    def show_image(self, pixels: np.ndarray, icc: bytes | None, alpha: np.ndarray | None = None) -> None:
        self.image, self.alpha = pixels, alpha

    def show_panes(self, panes: dict[str, np.ndarray], ground_truth: np.ndarray | None, low_res: np.ndarray) -> None:
        self.panes, self.ground_truth, self.original = panes, ground_truth, low_res
        self.tiles = []

    def set_alphas(self, alphas: dict[str, np.ndarray]) -> None:
        self.transparency.append(dict(alphas))

    def show_tile(self, pane: str, rect: Any) -> None:
        self.tiles.append((pane, rect))

    def show_thumbnail(self, key: int, pixels: np.ndarray) -> None:
        self.thumbnails[key] = pixels

    def open_file(self, path: Path) -> None:
        self.opened.append(("file", path))

    def show_in_folder(self, path: Path) -> None:
        self.opened.append(("folder", path))
