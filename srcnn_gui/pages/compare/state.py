"""State of the Compare page, and the protocol that its view implements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from engine.imaging.codecs.formats import FORMATS_BY_NAME, SAME_AS_SOURCE, OutputOptions
from engine.imaging.color import Pixels
from engine.imaging.tiles import Rect
from engine.upscaling.events import Pane
from engine.upscaling.request import Target
from srcnn_gui.canvas.view_layout import ViewLayout
from srcnn_gui.choices.options import DEVICE_PATTERN, LOSSY_FORMATS, ModelChoice
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.runtime.notice_action import NoticeAction, NoticeKind

# "none": no ground truth. "simulate": the open image, which is downscaled and then upscaled. "file": an image file.
GroundTruthSource = Literal["none", "simulate", "file"]


@dataclass(frozen=True)
class ImageEntry:
    """Image in the filmstrip. `reason` is the reason why it cannot be opened, or "" if there is none."""

    key: int
    name: str
    reason: str = ""


@dataclass(frozen=True)
class State:
    """All values that the Compare page shows, except pixels."""

    filmstrip: tuple[ImageEntry, ...] = ()
    current: int = -1  # key of the image that is shown, or -1 if none is
    selected: int = -1  # key of the selected entry, which is not `current` while it is opened or if it is unreadable
    can_reopen: bool = False  # whether entries that were closed can be restored
    name: str = ""  # name of the image that is shown, or "" if none is
    image_info: str = ""  # size and kind of the image
    region: tuple[int, int, int, int] | None = None  # (top, left, height, width) in px, if only this part is upscaled
    ground_truth: GroundTruthSource = "none"
    ground_truth_name: str = ""  # file name of the ground truth
    ground_truth_fits: bool = True  # whether the ground truth file has the size of the result
    view_layout: ViewLayout = ViewLayout()
    initial_zoom: int = 0  # zoom of images that are opened, in percent, or 0 to fit them to the window
    shows_file_names: bool = False  # whether file names are shown in the filmstrip
    scale: int = 3
    scales: tuple[int, ...] = ()  # scale factors that have a model
    target: Target | None = None  # target size that replaces the scale factor
    models: tuple[ModelChoice, ...] = ()  # entries of the model menu
    model: ModelChoice | None = None  # selected model
    devices: tuple[tuple[str, str], ...] = ()  # (kind, title) of the available devices
    device: str = "auto"  # kind of the selected device
    device_title: str = ""  # title of the device in use
    suggestion: str = ""  # text that suggests a photo model, or ""
    strength: int = 100  # percentage of the cleanup by a photo model
    sharpness: int = 0  # percentage of the unsharp mask
    seamless: bool = False  # whether the image is a seamless texture
    self_ensemble: bool = False
    precision: str = "auto"
    result_size: str = ""  # size of the result as text
    print_size: str = ""  # size of a print of the result as text
    estimated_time: str = ""  # estimated time as text
    working: bool = False  # whether the image is being upscaled
    can_start: bool = False  # whether upscaling was stopped or failed, and can be started again
    status: str = ""  # text in the status bar
    notice: str = ""  # text in the notice bar
    notice_actions: tuple[NoticeAction, ...] = ()  # buttons in the notice bar
    notice_kind: NoticeKind = "warning"
    has_result: bool = False  # whether the result of the current settings is finished
    saving: bool = False  # whether a file is being written
    suggested_name: str = ""  # file name of the result, unless another format is chosen
    output_options: OutputOptions = SAME_AS_SOURCE  # how the result is saved
    readout: Readout = Readout()

    @property
    def can_save(self) -> bool:
        """Whether the result can be saved, exported and copied."""
        return self.has_result and not self.saving

    @property
    def has_quality(self) -> bool:
        """Whether the result is saved in a format with a quality setting, such as JPEG."""
        extension = self.output_options.extension_for(self.name).lower()
        return any(extension in FORMATS_BY_NAME[name].extensions for name in LOSSY_FORMATS)

    @property
    def simulated(self) -> bool:
        """Whether the image is downscaled before it is upscaled, so that the result has its size."""
        return self.ground_truth == "simulate"

    @property
    def scored(self) -> bool:
        """Whether the result is compared with a ground truth."""
        return self.simulated or (self.ground_truth == "file" and self.ground_truth_fits)


class View(Protocol):
    """Protocol of the view that `Presenter` updates. `display` must accept any state at any time."""

    def display(self, state: State) -> None: ...
    def show_image(self, pixels: Pixels, icc: bytes | None, alpha: Pixels | None) -> None: ...
    def set_alphas(self, alphas: Mapping[str, Pixels]) -> None: ...
    def show_panes(self, panes: Mapping[Pane, Pixels], ground_truth: Pixels | None, low_res: Pixels) -> None: ...
    def show_tile(self, pane: str, rect: Rect) -> None: ...
    def show_thumbnail(self, key: int, pixels: Pixels) -> None: ...
    def open_file(self, path: Path) -> None: ...
    def show_in_folder(self, path: Path) -> None: ...


@dataclass(frozen=True)
class CompareSettings:
    """Settings of the Compare page that are saved for the next session. Simulation is not saved."""

    scale: int = 3
    model: str = ""
    device: str = field(default="auto", metadata={"pattern": DEVICE_PATTERN})
    self_ensemble: bool = False
    precision: str = "auto"
    view: str = "side"
    format: Literal["", "png", "jpg", "tif", "webp", "avif", "jxl", "bmp", "gif"] = ""
    quality: int = field(default=0, metadata={"range": (0, 100)})
    initial_zoom: int = field(default=0, metadata={"range": (0, 6400)})
    shows_file_names: bool = False
