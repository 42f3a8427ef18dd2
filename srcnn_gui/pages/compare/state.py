"""State of the Compare page, and the interface of its view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.imaging.color import Pixels
from engine.imaging.tiles import Rect
from engine.upscaling.events import Pane
from engine.upscaling.request import Target
from srcnn_gui.canvas.view_layout import ViewLayout
from srcnn_gui.choices.options import ModelChoice
from srcnn_gui.pages.compare.readout import Readout

# no ground truth; the open image, which is downscaled and then upscaled; an image file
GroundTruthSource = Literal["none", "simulate", "file"]


@dataclass(frozen=True)
class ImageEntry:
    """An image in the filmstrip; `reason` is why it cannot be opened."""

    key: int
    name: str
    reason: str = ""


@dataclass(frozen=True)
class State:
    """Everything that the Compare page shows, except pixels."""

    strip: tuple[ImageEntry, ...] = ()
    current: int = -1  # key of the entry that is shown
    name: str = ""  # of the image; empty if none is open
    image_info: str = ""
    ground_truth: GroundTruthSource = "none"
    ground_truth_name: str = ""  # file name of the ground truth
    ground_truth_fits: bool = True  # whether the ground truth file has the size of the result
    view_layout: ViewLayout = ViewLayout()
    scale: int = 3
    scales: tuple[int, ...] = ()  # scale factors that have a model
    target: Target | None = None  # size that replaces the scale factor
    models: tuple[ModelChoice, ...] = ()  # for the scale factor
    model: ModelChoice | None = None
    devices: tuple[tuple[str, str], ...] = ()  # (kind, title)
    device: str = "auto"  # chosen kind
    device_title: str = ""  # title of the device in use
    self_ensemble: bool = False
    precision: str = "auto"
    output: str = ""
    time: str = ""
    working: bool = False
    can_start: bool = False  # stopped or failed, and can be started again
    status: str = ""
    notice: str = ""  # shown until dismissed
    has_result: bool = False  # finished, and what is chosen now
    saving: bool = False
    suggested_name: str = ""
    readout: Readout = Readout()

    @property
    def can_save(self) -> bool:
        """Whether the result can be saved, exported and copied."""
        return self.has_result and not self.saving

    @property
    def simulated(self) -> bool:
        """Whether the result is made from the downscaled image, and so has the size of the image."""
        return self.ground_truth == "simulate"

    @property
    def scored(self) -> bool:
        """Whether the result is compared with a ground truth."""
        return self.simulated or (self.ground_truth == "file" and self.ground_truth_fits)


class View(Protocol):
    """Interface of the view. `display` accepts any state at any time."""

    def display(self, state: State) -> None: ...
    def show_image(self, pixels: Pixels, icc: bytes | None, alpha: Pixels | None) -> None: ...
    def set_alphas(self, alphas: Mapping[str, Pixels]) -> None: ...
    def show_panes(self, panes: Mapping[Pane, Pixels], ground_truth: Pixels | None, original: Pixels) -> None: ...
    def show_tile(self, pane: str, rect: Rect) -> None: ...
    def show_thumbnail(self, key: int, pixels: Pixels) -> None: ...


@dataclass(frozen=True)
class Choices:
    """Choices that are stored between starts. Simulation is not stored."""

    scale: int = 3
    model: str = ""
    device: str = "auto"
    ensemble: bool = False
    precision: str = "auto"
    view: str = "side"
