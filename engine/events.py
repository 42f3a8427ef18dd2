"""What a running job may say. Each event is frozen; arrays in it belong to the job and are not to be changed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.filing.planning import Item
from engine.filing.report import Outcome
from engine.imaging.color import Pixels
from engine.imaging.metrics import Score, ScoreMaps
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


@dataclass(frozen=True)
class DeviceFellBack:
    """The device asked for cannot be used; the job runs on another."""

    asked: str
    used: str


@dataclass(frozen=True)
class BicubicBeyond:
    """The result is larger than the model upscales; bicubic does the rest."""

    model: str
    scale: int


@dataclass(frozen=True)
class PrecisionFellBack:
    """A reduced precision gave no picture; the job goes on with another."""

    before: str
    after: str


@dataclass(frozen=True)
class TileShrunk:
    """Memory ran out at a tile of `before` px; the job goes on with `after` px."""

    before: int
    after: int


@dataclass(frozen=True)
class FileFailed:
    """A picture was left out, for this reason; `index` is its place in a batch."""

    path: Path
    error: EngineError
    index: int | None = None

    def outcome(self, item: Item) -> Outcome:
        """What a report says of it."""
        return Outcome(self.path, item.output, "failed", str(self.error))


@dataclass(frozen=True)
class BatchPlanned:
    """It is decided what a batch will do; the events of its pictures give their place in `items`."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class FileBegun:
    """A picture of a batch is now the one in work; what an enlargement says from here on is about it."""

    path: Path
    index: int


@dataclass(frozen=True)
class FileDone:
    """A result of a batch is in its place and was opened again.

    Attributes
    ----------
    path : of the source
    index : its place in the batch
    output : the result
    width, height : of the result
    size : of the result's file, bytes
    seconds : that it took, without pauses
    """

    path: Path
    index: int
    output: Path
    width: int
    height: int
    size: int
    seconds: float

    def outcome(self, _item: Item) -> Outcome:
        """What a report says of it."""
        return Outcome(self.path, self.output, "done", "", self.width, self.height, self.size, self.seconds)


@dataclass(frozen=True)
class FileFetched:
    """A file of a set is in its place, downloaded just now or there before; so many of all are done."""

    path: Path
    downloaded: bool
    done: int
    total: int


@dataclass(frozen=True)
class PictureScored:
    """One picture of a set is measured: bicubic and model against the ground truth."""

    name: str
    bicubic: Score
    model: Score
    done: int
    total: int


@dataclass(frozen=True)
class Gathering:
    """Pictures to train on are being read ("read"), then cut into patches ("cut"): so many of all are done."""

    what: Literal["read", "cut"]
    done: int
    total: int


@dataclass(frozen=True)
class PatchesBuilt:
    """The patch set is ready: so many patches to train on.

    Attributes
    ----------
    patches : to train on
    pictures : that they were cut from; None for a patch file
    held_out : pictures held out; of a patch file, patches
    to_show : the pictures held out that a preview can be of, the one it begins with first
    """

    patches: int
    pictures: int | None
    held_out: int
    to_show: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Resumed:
    """A run goes on from its checkpoint at `step` of `steps` (None if it was stopped before that was known).

    `curve` is what it has shown so far: pairs of step and held-out PSNR, dB.
    """

    step: int
    steps: int | None
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Stepped:
    """A training step is done; `steps` is None until it is known how many there will be."""

    step: int
    steps: int | None


@dataclass(frozen=True)
class Step:
    """Training reached `step` of `steps`: mean loss since the last one, learning rate, speed, time to go."""

    step: int
    steps: int
    loss: float
    learning_rate: float
    patches_per_s: float
    seconds_left: float


@dataclass(frozen=True)
class Validated:
    """Held-out pictures were measured: mean PSNR of the model and of bicubic, dB; `best` if never higher."""

    step: int
    psnr_db: float
    bicubic_psnr_db: float
    best: bool


@dataclass(frozen=True)
class PicturePart:
    """A part of a held-out picture: pixels (H, W, 1|3) uint8, and the PSNR on the luma of that part, dB.

    `place` is where it lies: left, top, width and height in parts of the whole picture.
    """

    name: str
    place: tuple[float, float, float, float]
    bicubic: Pixels
    now: Pixels
    truth: Pixels
    bicubic_psnr_db: float
    psnr_db: float


@dataclass(frozen=True)
class Aim:
    """Said to a training: look at this held-out picture, by its file's name, around (x, y) in parts of its sides."""

    picture: str
    centre: tuple[float, float]


@dataclass(frozen=True)
class Finish:
    """Said to a training: the step in work is the last; measure what there is then, and be done."""


@dataclass(frozen=True)
class Suspend:
    """Said to a training: finish the current step, write a checkpoint, and stop; it can be resumed from there."""


@dataclass(frozen=True)
class Looked:
    """What a network in training looks like at `step`, for those who watch.

    Attributes
    ----------
    step : of the run
    filters : of the first layer, (n1, f1, f1) float32
    part : what it makes of a part of a held-out picture; None where there is no picture to show (a patch file)
    """

    step: int
    filters: NDArray[np.float32]
    part: PicturePart | None
