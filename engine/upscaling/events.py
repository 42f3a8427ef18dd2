"""Events of an upscale job. They are frozen. Treat their arrays as read-only."""

from dataclasses import dataclass
from typing import Literal

from engine.errors import N_, LazyMessage, lazy_format
from engine.imaging.color import Pixels
from engine.imaging.metrics import ScoreMaps
from engine.imaging.tiles import Rect

Pane = Literal["bicubic", "srcnn"]


@dataclass(frozen=True)
class Preparing:
    """Progress of downscaling a ground truth or upscaling an alpha channel, in tiles."""

    done: int
    total: int


@dataclass(frozen=True)
class Started:
    """The upscaling has started. The job fills the panes tile by tile.

    Attributes
    ----------
    panes : the pixels of each pane, (H, W, 1|3) uint8 or uint16, zero where no tile is done yet
    scores : the score maps of each pane, empty without a ground truth
    ground_truth : the cropped ground truth, (H, W, 1|3) uint8, or None
    low_res : the image before upscaling, (h, w, 1|3)
    border : width of the border that scoring crops on every side, px
    tile : side of a tile, px
    model : name of the model in use, which differs from the requested one for some target sizes
    device : display name of the device
    """

    panes: dict[Pane, Pixels]
    scores: dict[Pane, ScoreMaps]
    ground_truth: Pixels | None
    low_res: Pixels
    border: int
    tile: int
    model: str
    device: str

    @property
    def scores_gray(self) -> bool:
        """Whether scores compare gray levels, 0 to 255, instead of the Y channel of BT.601."""
        return self.ground_truth is not None and self.ground_truth.shape[2] == 1 and self.low_res.shape[2] == 1


@dataclass(frozen=True)
class TileDone:
    """A tile of a pane is done. `done` and `total` count the tiles of all panes."""

    pane: Pane
    rect: Rect
    done: int
    total: int


@dataclass(frozen=True)
class FrameTileDone:
    """A tile of a frame or page after the first is done. `done` and `total` count the tiles of this frame."""

    frame: int
    frames: int
    done: int
    total: int


class Fallback:
    """Base class of events that report a replaced setting."""

    @property
    def message(self) -> LazyMessage:
        """Translatable sentence: what failed, and what the job uses instead."""
        raise NotImplementedError


@dataclass(frozen=True)
class DeviceFallback(Fallback):
    """The requested device is unavailable, and the job uses another one."""

    requested: str
    used: str

    @property
    def message(self) -> LazyMessage:
        message = N_("{asked} can't be used on this computer; using {used}.")
        return lazy_format(message, asked=self.requested.upper(), used=self.used)


@dataclass(frozen=True)
class BicubicFallback(Fallback):
    """The result is larger than the model's scale allows. Bicubic upscales the rest of the way."""

    model: str
    scale: int

    @property
    def message(self) -> LazyMessage:
        message = N_("{model} is trained for ×{scale}. Bicubic upscales its result the rest of the way.")
        return lazy_format(message, model=self.model, scale=self.scale)


@dataclass(frozen=True)
class PrecisionFallback(Fallback):
    """A reduced precision gave an invalid result, and the job uses another one."""

    before: str
    after: str

    @property
    def message(self) -> LazyMessage:
        return lazy_format(N_("{before} failed on this device; using {after}."), before=self.before, after=self.after)


@dataclass(frozen=True)
class TileSizeReduced(Fallback):
    """Memory ran out, and the job reduces the tile size from `before` to `after` px."""

    before: int
    after: int

    @property
    def message(self) -> LazyMessage:
        message = N_("Not enough memory for {before} px tiles; using {after} px tiles.")
        return lazy_format(message, before=self.before, after=self.after)
