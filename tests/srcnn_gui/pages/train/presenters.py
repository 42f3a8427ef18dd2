"""A Train page without Qt."""

from typing import Any

import pytest

from engine.training.events import Looked
from srcnn_gui.pages.train.presenter import TrainLanes, TrainPresenter
from srcnn_gui.pages.train.run_history import Neighbours
from srcnn_gui.pages.train.state import State
from tests.srcnn_gui.lanes import InPlaceLane


class TrainView:
    """Remembers what it was told to show."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.looks: list[Looked | None] = []
        self.patches: tuple[Any, Any] | None = None
        self.held_out: tuple[Any, ...] = ()

    def display(self, state: State) -> None:
        self.states.append(state)

    def show_look(self, look: Looked | None) -> None:
        self.looks.append(look)

    def show_patches(self, inputs: Any, labels: Any) -> None:
        self.patches = (inputs, labels)

    def show_held_out(self, pictures: Any) -> None:
        self.held_out = pictures


class Page:
    """A presenter with its lanes and a record of what it told others."""

    def __init__(self, choices, run_lane) -> None:
        self.view, self.run, self.told, self.remembered = TrainView(), run_lane, [], []
        neighbours = Neighbours(
            lambda: self.told.append("models"),
            lambda path: self.told.append(path.name),
            lambda: self.told.append("a run waits"),
        )
        lanes = TrainLanes(run_lane, InPlaceLane(), InPlaceLane())
        self.presenter = TrainPresenter(self.view, lanes, choices, self.remembered.append, neighbours)

    @property
    def state(self) -> State:
        return self.presenter.state

    def until(self, ready, most: int = 500) -> None:
        """Step the run until the state is as wanted."""
        for _step in range(most):
            if ready(self.state):
                return
            self.run.step()
        pytest.fail("it never came")
