"""A presenter of the Train page with a recording view, without Qt."""

from typing import Any

import pytest

from engine.training.events import Snapshot
from srcnn_gui.pages.train.presenter import TrainLanes, TrainPresenter
from srcnn_gui.pages.train.run_history import TrainCallbacks
from srcnn_gui.pages.train.state import State
from tests.srcnn_gui.lanes import SynchronousLane


class TrainView:
    """View that records the arguments of its calls."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.snapshots: list[Snapshot | None] = []
        self.patches: tuple[Any, Any] | None = None
        self.validation_images: tuple[Any, ...] = ()
        self.command = self.command_note = ""

    def display(self, state: State) -> None:
        self.states.append(state)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        self.snapshots.append(snapshot)

    def show_patches(self, inputs: Any, labels: Any) -> None:
        self.patches = (inputs, labels)

    def show_command(self, command: str, note: str) -> None:
        self.command, self.command_note = command, note

    def show_validation_images(self, images: Any) -> None:
        self.validation_images = images


class Page:
    """A presenter with its lanes and recorded callbacks."""

    def __init__(self, settings, run_lane) -> None:
        self.view, self.run, self.calls, self.saved_settings = TrainView(), run_lane, [], []
        callbacks = TrainCallbacks(
            lambda: self.calls.append("models"),
            lambda path: self.calls.append(path.name),
            lambda: self.calls.append("a run waits"),
        )
        lanes = TrainLanes(run_lane, SynchronousLane(), SynchronousLane())
        self.presenter = TrainPresenter(self.view, lanes, settings, self.saved_settings.append, callbacks)

    @property
    def state(self) -> State:
        return self.presenter.state

    def until(self, ready, most: int = 500) -> None:
        """Advance the run by at most `most` events until `ready` returns True for the state."""
        for _step in range(most):
            if ready(self.state):
                return
            self.run.step()
        pytest.fail("it never came")
