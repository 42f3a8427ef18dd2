"""What the Compare page shows, as data, and what its view must be able to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from engine import models
from engine.events import Pane
from engine.imaging.color import Pixels
from engine.imaging.pictures import FORMATS
from engine.imaging.tiles import Rect
from srcnn_gui.presenters.readout import Readout


@dataclass(frozen=True)
class ModelChoice:
    """A line of the model menu and its card: (label, value) rows."""

    key: str
    name: str
    title: str
    card: tuple[tuple[str, str], ...]


SCALES = models.SCALES
PICTURE_PATTERNS = " ".join(f"*{suffix}" for suffix in FORMATS)  # for file dialogs


@dataclass(frozen=True)
class State:
    """Everything the Compare page shows, but for the pixels."""

    name: str = ""  # of the picture; empty while there is none
    facts: str = ""
    reference: bool = False
    scale: int = 3
    scales: tuple[int, ...] = ()  # those that have a model
    models: tuple[ModelChoice, ...] = ()  # for the scale
    model: ModelChoice | None = None
    device: str = ""
    output: str = ""
    time: str = ""
    working: bool = False
    can_start: bool = False  # it was stopped or failed, and can be started again
    done: int = 0
    total: int = 0
    status: str = ""
    notice: str = ""  # a failure's sentence, until dismissed
    can_save: bool = False
    suggested_name: str = ""
    readout: Readout = Readout()


class View(Protocol):
    """What the page must be able to do. `render` may be called at any time, with any state."""

    def render(self, state: State) -> None: ...
    def show_picture(self, pixels: Pixels) -> None: ...
    def show_panes(self, panes: Mapping[Pane, Pixels]) -> None: ...
    def show_tile(self, pane: str, rect: Rect) -> None: ...


@dataclass(frozen=True)
class Choices:
    """What a person chose; the window remembers it between starts."""

    scale: int = 3
    model: str = ""
    reference: bool = False
