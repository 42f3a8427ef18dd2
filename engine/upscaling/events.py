"""What an upscale job reports. Events are frozen, and their arrays are read-only for the receiver."""

from dataclasses import dataclass
from typing import Literal

from engine.errors import Phrase, fill, mark
from engine.imaging.color import Pixels
from engine.imaging.metrics import ScoreMaps
from engine.imaging.tiles import Rect

Pane = Literal["bicubic", "srcnn"]


@dataclass(frozen=True)
class Preparing:
    """A ground truth is being reduced, or transparency enlarged: so many of all windows are done."""

    done: int
    total: int


@dataclass(frozen=True)
class Started:
    """An enlargement began. Its panes fill up tile by tile while the job runs.

    Attributes
    ----------
    panes : for each pane, the pixels (H, W, 1|3) uint8, zero where no tile is done yet
    scores : for each pane, its maps against the ground truth; empty without one
    truth : the ground truth as it is scored, cropped (H, W, 1|3) uint8, or None
    original : the small picture that is enlarged (h, w, 1|3)
    border : px that are left out of the scores on every side
    tile : side of the largest tile, px
    model : the name of the model that is used: for a target it may be another than asked for
    device : what computes, in words
    """

    panes: dict[Pane, Pixels]
    scores: dict[Pane, ScoreMaps]
    truth: Pixels | None
    original: Pixels
    border: int
    tile: int
    model: str
    device: str

    @property
    def scores_gray(self) -> bool:
        """Whether the scores are of gray levels as they are, 0 to 255, and not of BT.601 luma."""
        return self.truth is not None and self.truth.shape[2] == 1 and self.original.shape[2] == 1


@dataclass(frozen=True)
class TileDone:
    """A tile of a pane is in place, and so many of all tiles are done."""

    pane: Pane
    rect: Rect
    done: int
    total: int


@dataclass(frozen=True)
class FrameTileDone:
    """A tile of a further frame or page, the `frame`-th of `frames`, is done, and so many of all its tiles are."""

    frame: int
    frames: int
    done: int
    total: int


class Fallback:
    """A job continues with less than was asked for. Every kind says so in one sentence."""

    @property
    def sentence(self) -> Phrase:
        """What failed and what is used instead, to print or to translate."""
        raise NotImplementedError


@dataclass(frozen=True)
class DeviceFellBack(Fallback):
    """The device asked for cannot be used; the job runs on another."""

    asked: str
    used: str

    @property
    def sentence(self) -> Phrase:
        message = mark("{asked} can't be used on this computer; using {used}.")
        return fill(message, asked=self.asked.upper(), used=self.used)


@dataclass(frozen=True)
class BicubicBeyond(Fallback):
    """The result is larger than the model upscales; bicubic does the rest."""

    model: str
    scale: int

    @property
    def sentence(self) -> Phrase:
        message = mark("{model} is trained for ×{scale}. Bicubic upscales its result the rest of the way.")
        return fill(message, model=self.model, scale=self.scale)


@dataclass(frozen=True)
class PrecisionFellBack(Fallback):
    """A reduced precision gave no picture; the job goes on with another."""

    before: str
    after: str

    @property
    def sentence(self) -> Phrase:
        return fill(mark("{before} failed on this device; using {after}."), before=self.before, after=self.after)


@dataclass(frozen=True)
class TileShrunk(Fallback):
    """Memory ran out at a tile of `before` px; the job goes on with `after` px."""

    before: int
    after: int

    @property
    def sentence(self) -> Phrase:
        message = mark("Not enough memory for {before} px tiles; using {after} px tiles.")
        return fill(message, before=self.before, after=self.after)
