"""Events that a training job yields, and requests that you can send to it while it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels


@dataclass(frozen=True)
class PreparingPatches:
    """Progress of preparing the patches.

    Attributes
    ----------
    stage : "read" while images are read, then "cut" while patches are cut
    done, total : number of finished images, and number of all images
    """

    stage: Literal["read", "cut"]
    done: int
    total: int


@dataclass(frozen=True)
class PatchesBuilt:
    """The patches are ready.

    Attributes
    ----------
    patches : number of training patches
    images : number of training images, or None for a patch file
    validation_size : number of validation images. For a patch file, number of validation patches
    preview_images : validation images that can be previewed. The preview shows the first one at the start
    """

    patches: int
    images: int | None
    validation_size: int
    preview_images: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Resumed:
    """The run has been resumed from its checkpoint.

    Attributes
    ----------
    step : step of the checkpoint
    steps : number of steps of the run, or None while it is unknown
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
    """Training statistics.

    Attributes
    ----------
    step, steps : current step, and number of steps of the run
    loss : mean loss of the last steps. Their number is the same for each event, also for the last one of a run
    learning_rate : learning rate of the next step
    patches_per_s : number of patches processed per second
    seconds_left : estimated time until the end of the run, in seconds
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    patches_per_s: float
    seconds_left: float


@dataclass(frozen=True)
class Validated:
    """The model has been validated.

    Attributes
    ----------
    step : current step of the run
    psnr_db, bicubic_psnr_db : mean PSNR of the model and of bicubic interpolation on the validation set, in dB
    is_best : whether this is the highest PSNR of the run so far
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
    region : left, top, width and height of the crop, as fractions of the size of the image
    bicubic, upscaled, ground_truth : uint8 pixels with the shape (H, W, 1) or (H, W, 3)
    bicubic_psnr_db, psnr_db : PSNR of `bicubic` and `upscaled` in dB, on the Y channel, or on the levels of a gray
        image
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
    """Request to preview another region.

    Attributes
    ----------
    image : file name of a validation image
    center : (x, y) of the center of the region, as fractions of the size of the image
    """

    image: str
    center: tuple[float, float]


@dataclass(frozen=True)
class StopRequest:
    """Request to stop after the current step, validate the model, and finish the run."""


@dataclass(frozen=True)
class SuspendRequest:
    """Request to stop after the current step and save a checkpoint, so that the run can be resumed."""


@dataclass(frozen=True)
class Snapshot:
    """State of the model during training, for display.

    Attributes
    ----------
    step : current step of the run. At the end of a run, the step of its best model
    filters : filters of the first layer, with the shape (n1, f1, f1)
    preview : crop of a validation image, or None for a patch file
    """

    step: int
    filters: NDArray[np.float32]
    preview: PreviewCrop | None
