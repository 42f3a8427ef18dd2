"""Events of an upscaling job. They are frozen, and their arrays must be treated as read-only."""

from dataclasses import dataclass
from typing import Literal

from engine.errors import N_, LazyMessage, Message, lazy_format
from engine.imaging.color import Pixels
from engine.imaging.metrics import ScoreMaps
from engine.imaging.tiles import Rect

Pane = Literal["bicubic", "model"]


@dataclass(frozen=True)
class ResamplingProgress:
    """Event: a tile was resampled while downscaling a ground truth or upscaling an alpha channel.

    Attributes
    ----------
    done, total : number of tiles resampled so far, and number of all tiles
    """

    done: int
    total: int


@dataclass(frozen=True)
class PhotoModelChosen:
    """A photo model was chosen automatically for a JPEG file. `quality` is its estimated quality."""

    model: str
    quality: int

    @property
    def message(self) -> LazyMessage:
        """Translatable sentence that states the chosen model and the reason."""
        return lazy_format(
            N_("The image is a JPEG with a quality of about {quality}, so {model} is used."),
            quality=self.quality,
            model=self.model,
        )


@dataclass(frozen=True)
class PhotoModelSuggested:
    """The photo models of a family suit an image better than the model that is used.

    `reason` is a sentence.
    """

    family: str
    reason: LazyMessage


@dataclass(frozen=True)
class FileWarning:
    """Warning about damage in the source, or about data that the result will not contain.

    `message` is a sentence.
    """

    message: Message | LazyMessage


@dataclass(frozen=True)
class Started:
    """Upscaling of the first frame or page is about to start. The job fills the panes tile by tile.

    Attributes
    ----------
    panes : the uint8 or uint16 pixels of each pane, with the shape (H, W, 1) or (H, W, 3). Unfinished tiles are zero
    score_maps : the score maps of each pane, or an empty dict without a ground truth
    ground_truth : uint8 pixels of the cropped ground truth, or None without a ground truth
    low_res : pixels of the image before upscaling
    border : width in px of the border that is not scored, on each side
    tile : side of a tile in px
    model : name of the model that is used. It can differ from the requested model, depending on the target size
    device : display name of the device
    """

    panes: dict[Pane, Pixels]
    score_maps: dict[Pane, ScoreMaps]
    ground_truth: Pixels | None
    low_res: Pixels
    border: int
    tile: int
    model: str
    device: str

    @property
    def scores_gray(self) -> bool:
        """Whether the scores compare gray levels (0 to 255) instead of the Y channel (BT.601)."""
        return self.ground_truth is not None and self.ground_truth.shape[2] == 1 and self.low_res.shape[2] == 1


@dataclass(frozen=True)
class TileDone:
    """A tile of the first frame or page is done. `done` and `total` count the tiles of all panes."""

    pane: Pane
    rect: Rect
    done: int
    total: int


@dataclass(frozen=True)
class FrameTileDone:
    """A tile of a frame or page after the first is done.

    Attributes
    ----------
    frame, frames : number of this frame or page, counted from 1, and total number of frames or pages
    done, total : number of finished tiles and total number of tiles of this frame
    """

    frame: int
    frames: int
    done: int
    total: int


class Fallback:
    """Base class of events that report a setting that could not be used and was replaced."""

    @property
    def message(self) -> LazyMessage:
        """Translatable sentence that states what failed, and what the job uses instead."""
        raise NotImplementedError


@dataclass(frozen=True)
class DeviceFallback(Fallback):
    """The requested device is unavailable, so the job uses another one.

    `reason` is a sentence that states what is missing, if it is known.
    """

    requested: str
    used: str
    reason: str | None = None

    @property
    def message(self) -> LazyMessage:
        facts = {"asked": self.requested_title, "used": self.used}
        if self.reason is None:
            return lazy_format(N_("{asked} isn't available on this computer; using {used}."), **facts)
        message = N_("{asked} isn't available on this computer; using {used}. {reason}")
        return lazy_format(message, reason=self.reason, **facts)

    @property
    def requested_title(self) -> str:
        """The requested device for display: the name of a Vulkan GPU, or a name such as "CUDA"."""
        gpu = self.requested.removeprefix("vulkan:")
        return self.requested.upper() if gpu == self.requested or gpu.isdigit() else gpu


@dataclass(frozen=True)
class TrainingDeviceFallback(DeviceFallback):
    """The requested device can upscale but not train, so the job uses another one."""

    @property
    def message(self) -> LazyMessage:
        message = N_("{asked} can't be used for training, so {used} is used instead.")
        return lazy_format(message, asked=self.requested_title, used=self.used)


@dataclass(frozen=True)
class DeviceFailed(Fallback):
    """The device failed, so the job continues on another one.

    `reason` is a sentence that states what happened.
    """

    device: str
    used: str
    reason: str

    @property
    def message(self) -> LazyMessage:
        message = N_("{device} failed and isn't used until you restart the program. {reason} Using {used}.")
        return lazy_format(message, device=self.device, reason=self.reason, used=self.used)


@dataclass(frozen=True)
class BicubicFallback(Fallback):
    """The scale factor exceeds the model's, so bicubic interpolation completes the upscaling."""

    model: str
    scale: int

    @property
    def message(self) -> LazyMessage:
        message = N_("{model} is trained for ×{scale}. The result is upscaled further with bicubic interpolation.")
        return lazy_format(message, model=self.model, scale=self.scale)


@dataclass(frozen=True)
class PrecisionFallback(Fallback):
    """A reduced precision gave an invalid result, so the job uses another precision."""

    before: str
    after: str

    @property
    def message(self) -> LazyMessage:
        return lazy_format(N_("{before} failed on this device; using {after}."), before=self.before, after=self.after)


@dataclass(frozen=True)
class TileSizeReduced(Fallback):
    """Memory ran out, so the job reduces the side of a tile from `before` to `after` px."""

    before: int
    after: int

    @property
    def message(self) -> LazyMessage:
        message = N_("Not enough memory for {before} px tiles; using {after} px tiles.")
        return lazy_format(message, before=self.before, after=self.after)
