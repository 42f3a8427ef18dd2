"""What the Compare page shows, as data, and what its view must be able to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.imaging.color import Pixels
from engine.imaging.tiles import Rect
from engine.upscaling.events import Pane
from engine.upscaling.request import Target
from srcnn_gui.canvas.view_layout import Look
from srcnn_gui.choices.options import ModelChoice
from srcnn_gui.pages.compare.readout import Readout

# nothing; the image itself, which is then downscaled and upscaled (a simulation); an image of its own
Truth = Literal["none", "reduced", "file"]


@dataclass(frozen=True)
class Entry:
    """A picture in the filmstrip; `reason` says why it could not be opened."""

    key: int
    name: str
    reason: str = ""


@dataclass(frozen=True)
class State:
    """Everything the Compare page shows, but for the pixels."""

    strip: tuple[Entry, ...] = ()
    current: int = -1  # key of the entry that is shown
    name: str = ""  # of the picture; empty while there is none
    facts: str = ""
    truth: Truth = "none"
    truth_name: str = ""  # of a ground truth from a file
    truth_fits: bool = True  # whether that one has the result's size
    look: Look = Look()
    scale: int = 3
    scales: tuple[int, ...] = ()  # those that have a model
    target: Target | None = None  # another size than a scale's
    models: tuple[ModelChoice, ...] = ()  # for the scale
    model: ModelChoice | None = None
    devices: tuple[tuple[str, str], ...] = ()  # (kind, title)
    device: str = "auto"  # the kind chosen
    running_on: str = ""  # what computes, in words
    ensemble: bool = False
    precision: str = "auto"
    output: str = ""
    time: str = ""
    working: bool = False
    can_start: bool = False  # it was stopped or failed, and can be started again
    status: str = ""
    notice: str = ""  # a failure's sentence, until dismissed
    can_save: bool = False
    suggested_name: str = ""
    readout: Readout = Readout()

    @property
    def simulated(self) -> bool:
        """Whether the result is made from the downscaled image, and so has the image's own size."""
        return self.truth == "reduced"

    @property
    def scored(self) -> bool:
        """Whether the result is measured against a ground truth."""
        return self.simulated or (self.truth == "file" and self.truth_fits)


class View(Protocol):
    """What the page must be able to do. `display` may be called at any time, with any state."""

    def display(self, state: State) -> None: ...
    def show_picture(self, pixels: Pixels, icc: bytes | None, alpha: Pixels | None) -> None: ...
    def show_transparency(self, alphas: Mapping[str, Pixels]) -> None: ...
    def show_panes(self, panes: Mapping[Pane, Pixels], truth: Pixels | None, original: Pixels) -> None: ...
    def show_tile(self, pane: str, rect: Rect) -> None: ...
    def show_thumbnail(self, key: int, pixels: Pixels) -> None: ...


@dataclass(frozen=True)
class Choices:
    """What the window remembers between starts. Simulation is not among it: it ends with its image."""

    scale: int = 3
    model: str = ""
    device: str = "auto"
    ensemble: bool = False
    precision: str = "auto"
    view: str = "side"
