"""Events that a training job yields, and requests that you can send to the running job."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels


@dataclass(frozen=True)
class PreparingPatches:
    """Event: progress of preparing the training patches.

    Attributes
    ----------
    stage : "read" while images are read, then "cut" while patches are cut from them
    done, total : number of images that are done in this stage, and number of all images
    """

    stage: Literal["read", "cut"]
    done: int
    total: int


@dataclass(frozen=True)
class PatchesBuilt:
    """Event: the training patches are ready.

    Attributes
    ----------
    patches : number of training patches
    images : number of training images, or None for a patch file
    validation_size : number of validation images, or number of validation patches for a patch file
    preview_images : paths of the validation images that can be previewed. The first one is previewed by default
    """

    patches: int
    images: int | None
    validation_size: int
    preview_images: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Resumed:
    """Event: the run was resumed from its checkpoint.

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
    """Event: a training step is done.

    Attributes
    ----------
    step : number of steps done so far
    steps : number of steps of the run, or None while it is unknown
    """

    step: int
    steps: int | None


@dataclass(frozen=True)
class TrainingStats:
    """Event: statistics of the training.

    Attributes
    ----------
    step, steps : current step, and number of steps of the run
    loss : mean loss of the last REPORT_EVERY steps, also if fewer steps were done since the previous event
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
    """Event: the model was validated.

    Attributes
    ----------
    step : number of steps done so far
    psnr_db, bicubic_psnr_db : mean PSNR of the model and of bicubic interpolation on the validation set, in dB
    is_best : whether `psnr_db` is the highest PSNR of the run so far
    test_psnr_db, test_bicubic_psnr_db : the same on the test set, for reporting only, or None without a test set
    """

    step: int
    psnr_db: float
    bicubic_psnr_db: float
    is_best: bool
    test_psnr_db: float | None = None
    test_bicubic_psnr_db: float | None = None


@dataclass(frozen=True)
class StoppedEarly:
    """Event: the run stops before its last step, because the model does not improve.

    Attributes
    ----------
    step : number of steps done
    validations : number of validations since the best one
    """

    step: int
    validations: int


@dataclass(frozen=True)
class PreviewCrop:
    """A crop of a validation image, upscaled by the current model.

    Attributes
    ----------
    name : file name of the image
    region : (left, top, width, height) of the crop, as fractions of the width and height of the image
    bicubic, upscaled, ground_truth : result of bicubic interpolation, result of the model, and ground truth, as uint8
        pixels with the shape (H, W, 1) or (H, W, 3)
    bicubic_psnr_db, psnr_db : PSNR of `bicubic` and `upscaled` in dB, on the Y channel, or on the gray levels if the
        image is gray
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
    """Request to move the preview to a different region or image.

    Attributes
    ----------
    image : file name of a validation image
    center : (x, y) of the center of the region, as fractions of the width and height of the image
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
    """Event: filters and preview of the current model, for display during training.

    Attributes
    ----------
    step : number of steps that the model was trained for. The last snapshot of a run shows its best model
    filters : filters of the first layer, averaged over the input channels, with the shape (n1, f1, f1)
    preview : upscaled crop of a validation image, or None for a patch file
    """

    step: int
    filters: NDArray[np.float32]
    preview: PreviewCrop | None
