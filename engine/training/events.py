"""What a training job reports, and what it can be told while it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels


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
