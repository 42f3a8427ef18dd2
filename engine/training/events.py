"""Events that a training job yields, and requests that it accepts while it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels


@dataclass(frozen=True)
class PreparingPatches:
    """Progress of preparing the patches: reading images ("read"), then cutting patches ("cut").

    Attributes
    ----------
    stage : what is done now
    done, total : number of images done, and of all images
    """

    stage: Literal["read", "cut"]
    done: int
    total: int


@dataclass(frozen=True)
class PatchesBuilt:
    """The patch set is ready.

    Attributes
    ----------
    patches : number of training patches
    images : number of training images; None for a patch file
    validation_size : number of validation images, or of validation patches for a patch file
    preview_images : validation images that can be previewed; the preview starts with the first
    """

    patches: int
    images: int | None
    validation_size: int
    preview_images: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Resumed:
    """The run resumed from its checkpoint.

    Attributes
    ----------
    step : the step of the checkpoint
    steps : number of steps of the run; None while it is unknown
    curve : pairs of step and validation PSNR in dB, up to the checkpoint
    """

    step: int
    steps: int | None
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class StepDone:
    """A training step is done. `steps` is None while the length of the run is unknown."""

    step: int
    steps: int | None


@dataclass(frozen=True)
class TrainingStats:
    """Training statistics since the previous event of this kind.

    Attributes
    ----------
    step, steps : step reached, and number of steps of the run
    loss : mean loss
    learning_rate : of the next step
    patches_per_s : speed
    seconds_left : estimated time to the end
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    patches_per_s: float
    seconds_left: float


@dataclass(frozen=True)
class Validated:
    """The model was validated.

    Attributes
    ----------
    step : step of the run
    psnr_db, bicubic_psnr_db : mean PSNR of the model and of bicubic on the validation set, dB
    is_best : whether no earlier PSNR of this run was as high
    """

    step: int
    psnr_db: float
    bicubic_psnr_db: float
    is_best: bool


@dataclass(frozen=True)
class PreviewCrop:
    """A crop of a validation image, upscaled by the current model.

    Attributes
    ----------
    name : file name of the image
    region : left, top, width and height as fractions of the image
    bicubic, upscaled, ground_truth : pixels (H, W, 1|3) uint8
    bicubic_psnr_db, psnr_db : PSNR on the Y channel of the crop, dB
    """

    name: str
    region: tuple[float, float, float, float]
    bicubic: Pixels
    upscaled: Pixels
    ground_truth: Pixels
    bicubic_psnr_db: float
    psnr_db: float


@dataclass(frozen=True)
class PreviewRegion:
    """Request to preview another region: the file name of a validation image, and (x, y) as fractions of it."""

    image: str
    center: tuple[float, float]


@dataclass(frozen=True)
class StopRequest:
    """Request to stop after the current step, validate, and finish the run."""


@dataclass(frozen=True)
class SuspendRequest:
    """Request to stop after the current step and write a checkpoint, so that the run can be resumed."""


@dataclass(frozen=True)
class Snapshot:
    """State of the model during training, for display.

    Attributes
    ----------
    step : step of the run
    filters : filters of the first layer, (n1, f1, f1) float32
    preview : crop of a validation image; None for a patch file
    """

    step: int
    filters: NDArray[np.float32]
    preview: PreviewCrop | None
