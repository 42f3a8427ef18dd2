"""Settings of an evaluation."""

from dataclasses import dataclass
from pathlib import Path

from engine.imaging.degradation import Degradation
from engine.models.catalog import Model
from engine.upscaling.request import UpscaleRequest


@dataclass(frozen=True)
class EvaluateRequest:
    """Settings for evaluating a model on a folder of ground-truth images.

    With a degradation, the downscaled images are degraded before they are upscaled, such as by JPEG compression.
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
