"""Settings of an evaluation."""

from dataclasses import dataclass
from pathlib import Path

from engine.imaging.degradation import Degradation
from engine.models.catalog import Model
from engine.upscaling.request import UpscaleRequest


@dataclass(frozen=True)
class EvaluateRequest:
    """Settings for evaluating a model on a folder of ground-truth images.

    Attributes
    ----------
    folder : folder of the ground-truth images
    model : model to evaluate
    device : "cpu", "cuda" or "mps", or "auto" for the fastest available device
    tile : side of a tile in px of the result, or None for the default of the device
    self_ensemble : average the results of all eight flips and rotations
    precision : "float32", "float16" or "bfloat16". "auto" is float32
    degradation : degradation of the images besides downscaling, such as JPEG compression
    """

    folder: Path
    model: Model
    device: str = "auto"
    tile: int | None = None
    self_ensemble: bool = False
    precision: str = "float32"  # published scores use float32
    degradation: Degradation = Degradation()

    def __post_init__(self) -> None:
        UpscaleRequest(self.model, self.device, tile=self.tile, precision=self.precision)  # checks the values
